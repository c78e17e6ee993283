"""DATA_CORRECT: the standard's only way to take a row back.

A correction names a file and the key of a row as JSON; it takes back that row up to the correction's own D_UPDATE.
Corrections are rows of the lake themselves, so they work whether they come before or after what they take back.
A correction must give the whole key: half a key would take back a person's every visit (docs/decisions/0012).
"""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

import duckdb

from suksala.standards.file43 import FileSpec, file_named

from . import domain

# v2.1-2.3 keyed visit files by SEQ alone and stays by AN alone; exporters of that age still send such corrections.
_OLD_KEYS = (frozenset({"PID", "SEQ"}), frozenset({"PID", "AN"}))


@dataclass(frozen=True)
class Withdrawal:
    """One correction: the row of `file` whose key columns have these texts is taken back up to `until`."""

    file: str
    key: tuple[tuple[str, str], ...]  # (lower-case column, text), sorted
    until: datetime


def parse(table: str, body: str, until: datetime) -> Withdrawal | None:
    """Read one DATA_CORRECT row; None when it names no file, no key, or only a part of a key.

    One public exporter writes single quotes where JSON has double ones: that is understood.
    """
    spec = file_named(f"{table.strip()}.txt")
    values = _object(body)
    if spec is None or values is None:
        return None
    key = {name: text for name, text in values.items() if name != "HOSPCODE" and text}
    used = _usable_key(spec, frozenset(key))
    if used is None:
        return None
    return Withdrawal(spec.name, tuple(sorted((name.lower(), key[name]) for name in used)), until)


def _object(body: str) -> dict[str, str] | None:
    for read in (json.loads, ast.literal_eval):
        try:
            found = read(body)
        except (ValueError, SyntaxError, RecursionError, MemoryError, TypeError):
            continue
        if isinstance(found, dict):
            return {str(k).strip().upper(): str(v).strip() for k, v in found.items() if isinstance(v, str | int)}
    return None


def _usable_key(spec: FileSpec, given: frozenset[str]) -> frozenset[str] | None:
    whole = frozenset(name for name in spec.key if name != "HOSPCODE")
    if whole and whole <= given:
        return whole
    for old in _OLD_KEYS:
        rest = whole - {"PID", "SEQ", "AN", "DATE_SERV", "DATETIME_ADMIT", "DATETIME_DISCH", "DATETIME_SERV"}
        if spec.field("DATE_SERV" if "SEQ" in old else "AN") and (old | rest) <= given and whole - rest:
            return old | rest
    return None


def conditions(con: duckdb.DuckDBPyConnection, found: Sequence[Withdrawal]) -> list[str]:
    """Conditions that are true for a row of table {t} that a correction takes back; one per set of key columns in use.

    Makes the temporary tables w0, w1 ... that they look into.
    """
    made = []
    for number, (used, group) in enumerate(groupby(sorted(found, key=_columns), key=_columns)):
        columns = ", ".join(f'"{c}" VARCHAR' for c in used)
        con.execute(f"CREATE OR REPLACE TEMP TABLE w{number} ({columns}, until TIMESTAMP)").fetchall()
        marks = ", ".join("?" * (len(used) + 1))
        con.executemany(f"INSERT INTO w{number} VALUES ({marks})", [[*(v for _, v in w.key), w.until] for w in group])
        same = " AND ".join(f'{_text(found[0].file, c)} = w."{c}"' for c in used)
        made.append(f"EXISTS (SELECT 1 FROM w{number} w WHERE {same} AND {{t}}.d_update <= w.until)")
    return made


def _columns(withdrawal: Withdrawal) -> tuple[str, ...]:
    return tuple(name for name, _ in withdrawal.key)


def _text(file: str, column: str) -> str:
    """A key column as the text that a sender would write."""
    kinds = {c.name: c.sql_type for c in domain.columns(file)}
    forms = {"DATE": "strftime({{t}}.\"{c}\", '%Y%m%d')", "TIMESTAMP": "strftime({{t}}.\"{c}\", '%Y%m%d%H%M%S')"}
    return forms.get(kinds[column], '{{t}}."{c}"::VARCHAR').format(c=column)
