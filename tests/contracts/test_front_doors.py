"""Every name of a front door is documented; every public class has its row in GLOSSARY.md, and no row is stale."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import re
from pathlib import Path
from types import ModuleType

import pytest

import suksala
from suksala import foundation, standards

ROOT = Path(__file__).parents[2]


def doors() -> list[ModuleType]:
    """The front doors: each module of the house, each package of standards, each file of the foundation."""
    names = [f"suksala.{m.name}" for m in pkgutil.iter_modules(suksala.__path__) if m.ispkg]
    names += [f"suksala.standards.{m.name}" for m in pkgutil.iter_modules(standards.__path__)]
    names += [f"suksala.foundation.{m.name}" for m in pkgutil.iter_modules(foundation.__path__)]
    return [importlib.import_module(n) for n in names if not n.endswith("django_settings")]


def public(door: ModuleType) -> dict[str, object]:
    """What a door offers: its `__all__`, or what a file of the foundation defines without an underscore."""
    names = getattr(door, "__all__", None)
    if names is None:
        names = [
            n for n, v in vars(door).items() if not n.startswith("_") and getattr(v, "__module__", "") == door.__name__
        ]
    return {name: getattr(door, name) for name in names}


def glossary() -> set[str]:
    """The names in the first column of GLOSSARY.md."""
    rows = [line.split("|")[1] for line in (ROOT / "GLOSSARY.md").read_text().splitlines() if line.startswith("| `")]
    return {name for cell in rows for name in re.findall(r"`([^`]+)`", cell)}


@pytest.mark.parametrize("door", doors(), ids=lambda d: d.__name__)
def test_every_public_name_is_documented(door: ModuleType) -> None:
    """A first line says what it does, for whom."""
    assert inspect.getdoc(door)
    silent = [n for n, v in public(door).items() if (inspect.isclass(v) or inspect.isfunction(v)) and not v.__doc__]
    assert silent == []


def test_every_public_class_has_a_glossary_row() -> None:
    """A word of the code that the field or a Thai reader would not know is explained in one place."""
    classes = {n for door in doors() for n, v in public(door).items() if inspect.isclass(v)}
    known = {name.rpartition(".")[2] for name in glossary()}
    assert sorted(classes - known) == []


def test_no_glossary_row_names_code_that_is_gone() -> None:
    """`Name`, `module.name` and `Class.member` must still exist behind a front door."""
    offered = {n: v for door in doors() for n, v in public(door).items()}
    modules = {door.__name__.rpartition(".")[2]: public(door) for door in doors()}
    gone = []
    for name in glossary():
        head, _, tail = name.partition(".")
        member_of_class = head in offered and hasattr(offered[head], tail)
        if not (name in offered or name in modules or member_of_class or tail in modules.get(head, {})):
            gone.append(name)
    assert gone == []
