"""Every kind of fact that the code writes is in exactly one class of the log; each class holds only what is written.

Kinds are read off the code: the first argument of `audit.record`, the second of `audit.Fact`, and whatever callers hand
to functions that pass it on.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from itertools import chain, combinations
from pathlib import Path
from typing import NamedTuple

import pytest

from suksala import audit, consent, privacy
from suksala.exchange import balp
from suksala.phr import domain as phr_domain
from suksala.portals import looked

SOURCE = Path(audit.__file__).parents[1]
CLASSES = {
    "chosen": audit.CHOSEN,
    "shown": audit.SHOWN,
    "named": audit.NAMED,
    "listed": audit.LISTED,
    "done": audit.DONE,
}
KINDS = frozenset(chain.from_iterable(CLASSES.values()))
SUFFIX = "[a-z.-]+"  # what an f-string fills in


class Writer(NamedTuple):
    """A function that passes a kind on: which argument it is."""

    file: Path
    function: str
    place: int | None
    name: str


@cache
def modules() -> dict[Path, ast.Module]:
    files = [path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts and path.parent.name != "audit"]
    return {path: ast.parse(path.read_text(encoding="utf-8")) for path in files}


def calls(tree: ast.Module) -> Iterator[tuple[ast.FunctionDef, ast.Call]]:
    for function in ast.walk(tree):
        if isinstance(function, ast.FunctionDef):
            yield from ((function, node) for node in ast.walk(function) if isinstance(node, ast.Call))


def called(call: ast.Call) -> tuple[str, str]:
    """The module by whose name a function is called, and the function."""
    if isinstance(call.func, ast.Attribute):
        return (call.func.value.id if isinstance(call.func.value, ast.Name) else ""), call.func.attr
    return "", call.func.id if isinstance(call.func, ast.Name) else ""


def argument(call: ast.Call, place: int | None, name: str) -> ast.expr | None:
    named = [keyword.value for keyword in call.keywords if keyword.arg == name]
    return named[0] if named else call.args[place] if place is not None and len(call.args) > place else None


class Found:
    """Patterns of kinds, the functions that pass them on, and what nobody could read."""

    def __init__(self) -> None:
        self.patterns: set[str] = set()
        self.writers: set[Writer] = set()
        self.unread: list[str] = []

    def read(self, file: Path, function: ast.FunctionDef, told: ast.expr | None) -> None:
        if isinstance(told, ast.Constant) and isinstance(told.value, str):
            self.patterns |= {re.escape(told.value)} if told.value else set()
        elif isinstance(told, ast.JoinedStr):
            parts = (re.escape(str(part.value)) if isinstance(part, ast.Constant) else SUFFIX for part in told.values)
            self.patterns.add("".join(parts))
        elif isinstance(told, ast.IfExp):
            self.read(file, function, told.body)
            self.read(file, function, told.orelse)
        elif isinstance(told, ast.BoolOp):
            for value in told.values:
                self.read(file, function, value)
        elif isinstance(told, ast.Name):
            self.read_name(file, function, told.id)
        elif isinstance(told, ast.Call):
            self.read_returned(file, called(told)[1])
        else:
            self.unread.append(f"{file.relative_to(SOURCE)}:{function.name}")

    def read_name(self, file: Path, function: ast.FunctionDef, name: str) -> None:
        """A parameter, a name of this function, or a constant of the module."""
        takes = [argument.arg for argument in function.args.args]
        if name in takes or name in [argument.arg for argument in function.args.kwonlyargs]:
            self.writers.add(Writer(file, function.name, takes.index(name) if name in takes else None, name))
            return
        values = [
            node.value
            for tree in (function, modules()[file])
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and any(isinstance(t, ast.Name) and t.id == name for t in node.targets)
        ]
        self.read(file, function, values[0] if values else None)

    def read_returned(self, file: Path, name: str) -> None:
        for function in ast.walk(modules()[file]):
            if isinstance(function, ast.FunctionDef) and function.name == name:
                for node in ast.walk(function):
                    if isinstance(node, ast.Return):
                        self.read(file, function, node.value)


@cache
def written() -> Found:
    found, seen = Found(), set[Writer]()
    for file, tree in modules().items():
        for function, call in calls(tree):
            match called(call):
                case ("audit", "record"):
                    found.read(file, function, argument(call, 0, "kind"))
                case ("audit", "Fact") | ("", "Fact") if "Fact" in ast.unparse(call.func):
                    if called(call)[0] or imports_fact(file):
                        found.read(file, function, argument(call, 1, "kind"))
                case ("audit", "read_values" | "page_values"):
                    found.read(file, function, argument(call, None, "kind") or ast.Constant("read"))
    while fresh := found.writers - seen:
        seen |= fresh
        for writer in fresh:
            follow(found, writer)
    return found


@cache
def imports_fact(file: Path) -> bool:
    """Whether `Fact` is the log's here: the warehouse has facts of its own."""
    return any(
        isinstance(node, ast.ImportFrom)
        and node.module == "suksala.audit"
        and any(a.name == "Fact" for a in node.names)
        for node in ast.walk(modules()[file])
    )


def follow(found: Found, writer: Writer) -> None:
    for file, tree in modules().items():
        if file.parent != writer.file.parent or (file != writer.file and writer.function.startswith("_")):
            continue
        for function, call in calls(tree):
            told = argument(call, writer.place, writer.name) if called(call)[1] == writer.function else None
            if told is not None:
                found.read(file, function, told)


def test_every_kind_that_is_written_can_be_read_off_the_code() -> None:
    assert written().unread == []
    assert len(written().patterns) > 90
    assert {"read\\.copy", "panel\\.read", "grant\\.opened", "consent\\." + SUFFIX} <= written().patterns


def test_every_kind_that_is_written_is_in_one_class_and_no_other_is() -> None:
    unlisted = [one for one in written().patterns if not any(re.fullmatch(one, kind) for kind in KINDS)]
    assert unlisted == []
    unwritten = [kind for kind in KINDS if not any(re.fullmatch(one, kind) for one in written().patterns)]
    assert unwritten == []
    for one, other in combinations(CLASSES.values(), 2):
        assert one.isdisjoint(other)


def test_what_an_f_string_fills_in_is_listed_too() -> None:
    """Each state after which a kind is named; a restore pauses them all, and tells of it in the fact of the restore."""
    filled = {f"consent.{state}" for state in consent.State if state is not consent.State.PAUSED}
    filled |= {f"consent.code-{state}" for state in ("used", "declined")}
    filled |= {f"privacy.request-{state}" for state in (privacy.RequestState.ANSWERED, privacy.RequestState.REFUSED)}
    filled |= {f"phr.{kind}" for kind in phr_domain.KINDS}
    assert filled <= audit.DONE
    open_ended = {one for one in written().patterns if SUFFIX in one}
    assert open_ended == {"consent\\." + SUFFIX, "consent\\.code\\-" + SUFFIX, "phr\\." + SUFFIX,
                          "privacy\\.request\\-" + SUFFIX}  # fmt: skip


@pytest.mark.parametrize("kind", sorted(audit.READINGS))
def test_every_reading_is_a_reading_to_balp_and_to_the_citizen(kind: str) -> None:
    """A Read or a Query, never an activity; and the citizen is told what it was, unless it was the record itself."""
    assert balp.shape_of(kind).name in {"Read", "Query"}
    assert kind in looked.MATTERS or kind in {"read", "read.copy"}


@pytest.mark.parametrize("kind", sorted(audit.DONE - {"create", "update", "delete"}))
def test_what_shows_nothing_is_no_reading_to_balp(kind: str) -> None:
    assert balp.shape_of(kind).name not in {"Read", "Query"}
