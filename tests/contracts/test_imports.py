"""The house: who may import whom (pyproject.toml, [tool.importlinter])."""

from __future__ import annotations

import subprocess
import sys
import tomllib
from pathlib import Path

from tests.contracts.front_door import door

ROOT = Path(__file__).parents[2]


def test_every_import_contract_is_kept() -> None:
    """Layers between modules, front doors, layers inside a module."""
    lint = Path(sys.executable).with_name("lint-imports")
    run = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr


def test_no_contract_has_an_ignore_list() -> None:
    """A contract with exceptions is a wish."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["contracts"]
    assert [c["name"] for c in contracts if any(key.startswith("ignore") for key in c)] == []
    assert contracts[0]["exhaustive"] is True


def test_the_door_of_a_module_is_its_package() -> None:
    """`standards` and `foundation` hold several doors each."""
    assert door("suksala.identity.storage") == "suksala.identity"
    assert door("suksala.standards.file43.reader") == "suksala.standards.file43"
    assert door("suksala.foundation.clock") == "suksala.foundation.clock"
