"""The guides for developers, run as they stand: their code blocks, against a running server."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.journeys.running import Suksala

ROOT = Path(__file__).parents[2]
GUIDES = ROOT / "docs" / "how-to"
NODE_CLIENTS = ROOT / "build" / "node-clients" / "node_modules"
NAMES = ("from-python", "from-javascript", "with-curl")
BACKEND = "connect-a-backend-service"
_ADDING = re.compile(r"^suksala (client add .+)$", re.MULTILINE)


def blocks(guide: str, language: str) -> list[str]:
    """The code blocks of a guide in one language, in order."""
    name = guide if guide == BACKEND else f"use-fhir-{guide}"
    text = (GUIDES / f"{name}.md").read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def run(served: Suksala, command: list[str], program: Path, text: str) -> str:
    """Run a program of a guide, which must succeed, with a token made by the guide's own command; what it printed.

    The guides in Python and JavaScript hold assertions of their own and print nothing.
    """
    [adding] = _ADDING.findall(blocks(NAMES[0], "sh")[0])
    code, made = served.run(*[word.strip("'") for word in adding.split()])
    assert code == 0, made
    program.write_text(text, encoding="utf-8")
    done = subprocess.run(
        [*command, str(program)],
        env={**os.environ, "FHIR": f"{served.address}/fhir", "TOKEN": made["token"]},
        cwd=program.parent,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-4000:])
    return done.stdout


def run_backend(served: Suksala, folder: Path) -> dict[str, object]:
    """The guide for backend services: the key is made, registered by the operator, and used; what registering said."""
    making, *using = blocks(BACKEND, "python")
    _python(served, folder, making)
    [adding] = _ADDING.findall(blocks(BACKEND, "sh")[0])
    words = [word.strip("'") for word in adding.replace("public.json", str(folder / "public.json")).split()]
    code, made = served.run(*words)
    assert code == 0, made
    _python(served, folder, "\n".join(using))
    return made


def _python(served: Suksala, folder: Path, text: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", text],
        env={**os.environ, "FHIR": f"{served.address}/fhir"},
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, (done.stdout[-2000:], done.stderr[-4000:])
