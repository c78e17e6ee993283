"""The inventory of packages says exactly what is installed: every pin, its version and its digests (ASVS V15.1.2)."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tools.print_sbom import Pin, inventory, pins

ROOT = Path(__file__).parents[3]
ONE, TWO = "a" * 64, "b" * 64


def test_the_inventory_is_what_is_pinned() -> None:
    """Counted in the list itself: no package more, none less, and every digest under its own package."""
    command = [sys.executable, "-m", "tools.print_sbom"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    told = json.loads(done.stdout)
    listed = (ROOT / "requirements" / "runtime.txt").read_text()
    pinned = [
        (entry.split("==")[0].split("[")[0], entry.split("==")[1].split()[0], entry.count("--hash=sha256:"))
        for entry in listed.replace("\\\n", " ").splitlines()
    ]
    found = [(one["name"], one["version"], len(one["hashes"])) for one in told["components"]]
    assert sorted(found) == sorted(pinned)
    assert len(found) > 50
    digests = {each["content"] for one in told["components"] for each in one["hashes"]}
    assert all(digest in listed for digest in digests)
    assert (told["bomFormat"], told["specVersion"]) == ("CycloneDX", "1.6")
    assert told["metadata"]["component"]["name"] == "suksala"


def test_what_is_told_of_a_package() -> None:
    """Its name, its version, its address as a package and the digests that pip asks for."""
    (told,) = json.loads(inventory("1.2", [Pin("orjson", "3.13.1", (ONE, TWO))]))["components"]
    assert told == {
        "bom-ref": "pkg:pypi/orjson@3.13.1",
        "hashes": [{"alg": "SHA-256", "content": ONE}, {"alg": "SHA-256", "content": TWO}],
        "name": "orjson",
        "purl": "pkg:pypi/orjson@3.13.1",
        "type": "library",
        "version": "3.13.1",
    }


def test_lines_of_a_list() -> None:
    """Extras, markers and comments are no part of a name; a line without a version is refused, not left out."""
    listed = f"# ours\nuvloop[docs]==1.0 ; sys_platform == 'linux' \\\n    --hash=sha256:{ONE}\n\n"
    assert list(pins(listed)) == [Pin("uvloop", "1.0", (ONE,))]
    with pytest.raises(ValueError, match="no pin: orjson>=3"):
        list(pins("orjson>=3\n"))
