"""The rules of the standard as data: one `Rule` per check of one column, derived from the field table.

A rule's id `<FILE>.<COLUMN>.<kind>` is stable: senders count by it, receipts print it, docs/reference lists it.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from suksala.standards.file43 import FILES, Field, code_table

Kind = Literal[
    "columns", "line", "key", "required", "hospcode", "width", "type", "date", "buddhist-year", "future", "code",
    "check-digit", "range", "order", "needs", "forbids", "prefix", "duplicate", "orphan",
]  # fmt: skip
Severity = Literal["refuse", "empty", "flag"]

PLAUSIBLE = Path(__file__).parent / "plausibility.csv"

# Elsewhere CID only repeats what PERSON says: one wrong number would count once for every visit.
OWN_NUMBER = frozenset({"PERSON", "PROVIDER"})

# Days that lie ahead by nature: appointments, expiry of a card, the expected day of delivery.
MAY_LIE_AHEAD = frozenset({"APDATE", "EXPIREDATE", "DATE_EXPIRE", "EDC", "DATE_ABSENT"})


@dataclass(frozen=True)
class Rule:
    """One check of one column.

    severity  refuse: the row is set aside; empty: the field is left empty, the row goes in; flag: only counted
    params    what the check compares with: a width, a table name, limits, another column
    """

    file: str
    column: str
    kind: Kind
    severity: Severity
    params: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        """The stable name of this rule."""
        return f"{self.file}.{self.column}.{self.kind}"


@cache
def rules_of(file: str) -> tuple[Rule, ...]:
    """Every rule of one file: of its rows, then of its columns in the standard's order, then plausibility."""
    spec = FILES[file]
    found = [Rule(file, "*", "columns", "refuse"), Rule(file, "*", "line", "refuse")]
    for field in spec.fields:
        found += _of_field(field)
    return (*found, *_plausible().get(file, ()), *_across(file))


def _of_field(field: Field) -> Iterator[Rule]:
    if field.name == "HOSPCODE":
        yield Rule(field.file, field.name, "hospcode", "refuse")
        return
    decisive = field.is_key or field.name == "D_UPDATE"
    if field.is_key:
        yield Rule(field.file, field.name, "key", "refuse")
    elif field.required:
        yield Rule(field.file, field.name, "required", "refuse" if decisive else "flag")
    yield from _of_type(field, decisive)
    if field.code_table and code_table(field.code_table).closed:
        yield Rule(field.file, field.name, "code", "flag", (field.code_table,))
    if field.name == "CID" and field.file in OWN_NUMBER:
        yield Rule(field.file, field.name, "check-digit", "flag")


def _of_type(field: Field, decisive: bool) -> Iterator[Rule]:
    hard: Severity = "refuse" if decisive else "empty"
    if field.type in ("date", "datetime"):
        yield Rule(field.file, field.name, "date", hard)
        strict = decisive or field.required
        yield Rule(field.file, field.name, "buddhist-year", "refuse" if strict else "empty")
        if field.name not in MAY_LIE_AHEAD:
            yield Rule(field.file, field.name, "future", "refuse" if field.name == "D_UPDATE" else "flag")
        return
    if field.type in ("num", "decimal"):
        yield Rule(field.file, field.name, "type", hard)
    if field.width:
        yield Rule(field.file, field.name, "width", "flag", (str(field.width),))


def _across(file: str) -> Iterator[Rule]:
    """Rules that look at other rows: counted after the file is in the lake."""
    yield Rule(file, "*", "duplicate", "flag")
    if file != "PERSON" and FILES[file].field("PID"):
        yield Rule(file, "PID", "orphan", "flag")


@cache
def _plausible() -> dict[str, tuple[Rule, ...]]:
    found: dict[str, list[Rule]] = {}
    with PLAUSIBLE.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            rule = Rule(row["file"], row["column"], row["rule"], "flag", tuple(row["params"].split()))  # type: ignore[arg-type]
            found.setdefault(rule.file, []).append(rule)
    return {file: tuple(rules) for file, rules in found.items()}
