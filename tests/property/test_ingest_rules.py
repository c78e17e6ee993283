"""The compiled rules find what a reading in plain Python finds, row by row (bad_inputs 3; analytics/experiment 2)."""

from __future__ import annotations

import operator
import re
import tempfile
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from suksala.ingest import compiler
from suksala.ingest.rules import Rule, rules_of
from suksala.standards.file43 import FILES, code_table
from suksala.standards.thai_codes import citizen_number
from tests.deposits import USUAL

TODAY = date(2026, 11, 22)
JUDGE = compiler.Judge("99901", TODAY)
FILE_NAMES = ("PERSON", "SERVICE", "LABFU", "CHRONICFU", "NCDSCREEN", "CARD", "DEATH", "ADMISSION")

ODD = [
    "", "0", "00", "007", "12", "120", "120.5", "1e2", "1E2", "1_0", "0x1F", "+12", "-12", ".5", "5.", "1.2.3", "nan",
    "inf", "๑๒", "1,200", "99999999999999999999", "ปกติ", "9", "12 0", "20261001", "20260230", "25691001", "20261301",
    "2026100", "202610011", "20261001120000", "20261001240000", "20261001126000", "25691001120000", "18791231",
    "18800101", "20261122", "20261123", "20261123000000", "20261122235959", "00000000", "2026 101", "2026-1-1",
    "0000000000001", "1234567890123", "6666666666666", citizen_number.synthetic(7), "S001", "Z99", "x" * 300, "ก" * 14,
    "ก" * 16,
]  # fmt: skip


def typed(kind: str, text: str) -> object:
    """What a cell means, None when it means nothing: the standard's own words, in Python."""
    if kind == "num":
        return int(text) if re.fullmatch("[0-9]{1,18}", text, re.ASCII) else None
    if kind == "decimal":
        return float(text) if re.fullmatch(r"-?[0-9]{1,15}(\.[0-9]{0,15})?", text, re.ASCII) else None
    if kind in ("date", "datetime"):
        length, form = (8, "%Y%m%d") if kind == "date" else (14, "%Y%m%d%H%M%S")
        if not re.fullmatch(f"[0-9]{{{length}}}", text, re.ASCII) or not 1880 <= int(text[:4]) <= 2400:
            return None
        try:
            return datetime.strptime(text, form)  # noqa: DTZ007 - the files write Bangkok time without saying so
        except ValueError:
            return None
    return text


def citizen(text: str) -> bool:
    """13 digits with a right check digit; a number that begins with 0 has none."""
    if not re.fullmatch("[0-9]{13}", text, re.ASCII):
        return False
    total = sum(int(d) * (13 - i) for i, d in enumerate(text[:12]))
    return text[0] == "0" or (11 - total % 11) % 10 == int(text[12])


def breaks(rule: Rule, row: Mapping[str, str]) -> bool:
    """Whether a row breaks a rule, by reading the rule's meaning aloud."""
    spec = FILES[rule.file]
    text = row[rule.column]
    if rule.kind in ("key", "required"):
        return not text
    if rule.kind == "hospcode":
        return text != JUDGE.sender
    if rule.kind == "needs":
        return not text and row[rule.params[0]] in rule.params[1:]
    if not text:
        return False
    value = typed(spec.fields[spec.position(rule.column)].type, text)
    return MEANING[rule.kind](Case(rule, row, text, value))


def buddhist(text: str) -> bool:
    """A year of the Buddhist era where the standard writes Gregorian ones."""
    return "2401" <= text < "2701" and len(text.encode()) in (8, 14)


class Case(NamedTuple):
    """One cell before one rule: its text, and what it means."""

    rule: Rule
    row: Mapping[str, str]
    text: str
    value: object


MEANING: Mapping[str, Callable[[Case], bool]] = {
    "width": lambda c: len(c.text) > int(c.rule.params[0]),
    "type": lambda c: c.value is None,
    "date": lambda c: c.value is None and not buddhist(c.text),
    "buddhist-year": lambda c: c.value is None and buddhist(c.text),
    "future": lambda c: isinstance(c.value, datetime) and c.value.date() > TODAY,
    "code": lambda c: c.text not in code_table(c.rule.params[0]),
    "check-digit": lambda c: not citizen(c.text),
    "forbids": lambda c: c.row[c.rule.params[0]] in c.rule.params[1:],
    "prefix": lambda c: c.text.startswith(c.rule.params),
    "order": lambda c: _wrong_order(c.rule, c.row, c.value),
    "range": lambda c: _outside(c.rule, c.row, c.value),
}


def _wrong_order(rule: Rule, row: Mapping[str, str], value: object) -> bool:
    spec = FILES[rule.file]
    sign, name = rule.params
    other = typed(spec.fields[spec.position(name)].type, row[name]) if row[name] else None
    if value is None or other is None:
        return False
    holds: dict[str, Callable[[Any, Any], bool]] = {">": operator.gt, ">=": operator.ge, "<>": operator.ne}
    return not holds[sign](value, other)


def _outside(rule: Rule, row: Mapping[str, str], value: object) -> bool:
    if rule.params[0] == "labnum":
        _, low, high, column, code = rule.params
        clean = row[rule.column].translate(str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789", "<>=, "))
        number = float(clean) if re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,9})?", clean, re.ASCII) else None
        return row[column] == code and number is not None and not float(low) <= number <= float(high)
    return isinstance(value, int | float) and not float(rule.params[0]) <= value <= float(rule.params[1])


@st.composite
def row_sets(draw: st.DrawFn) -> tuple[str, list[dict[str, str]]]:
    """A file and rows of it: usual values, some cells odd."""
    file = draw(st.sampled_from(FILE_NAMES))
    names = [f.name for f in FILES[file].fields]
    usual = {name: USUAL.get(name, "") for name in names}
    odd = st.dictionaries(st.sampled_from(names), st.sampled_from(ODD), max_size=8)
    return file, [{**usual, **changed} for changed in draw(st.lists(odd, min_size=1, max_size=12))]


@settings(max_examples=20, deadline=None)
@given(row_sets())
@example(("SERVICE", [{**{f.name: USUAL.get(f.name, "") for f in FILES["SERVICE"].fields}, "SBP": odd} for odd in ODD]))
@example(("PERSON", [{**{f.name: USUAL.get(f.name, "") for f in FILES["PERSON"].fields}, "CID": odd} for odd in ODD]))
@example(
    ("CHRONICFU", [{**{f.name: USUAL.get(f.name, "") for f in FILES["CHRONICFU"].fields}, "WEIGHT": o} for o in ODD])
)
@example(("CARD", [{**{f.name: USUAL.get(f.name, "") for f in FILES["CARD"].fields}, "STARTDATE": odd} for odd in ODD]))
def test_compiled_rules_agree_with_their_meaning(given_rows: tuple[str, list[dict[str, str]]]) -> None:
    """The slow pass names exactly the rules broken; the fast pass sets their bits and refuses by their severity."""
    file, rows = given_rows
    program = compiler.Program(file, tuple(FILES[file].fields))
    with tempfile.TemporaryDirectory() as folder, duckdb.connect() as con:
        text, staged = Path(folder) / "t.txt", Path(folder) / "s.parquet"
        text.write_text("".join("|".join(row.values()) + "\n" for row in rows), encoding="utf-8")
        con.execute(f"COPY ({compiler.staging(program, str(text), JUDGE)}) TO '{staged}' (FORMAT parquet)").fetchall()
        named = con.execute(compiler.faulty(program, str(staged), JUDGE)).fetchall()
        flags = con.execute(f"SELECT _errs, _refused, _raw FROM '{staged}'").fetchall()
    expected = {(n, r.id) for n, row in enumerate(rows) for r in program.rules if breaks(r, row)}
    assert {(row, program.rules[rule].id) for row, rule, _ in named} == expected
    severity = {r.id: r.severity for r in program.rules}
    for n, (bits, refused, raw) in enumerate(flags):
        broken = {rule for row, rule in expected if row == n}
        assert bits == sum(1 << FILES[file].position(c) for c in {rule.split(".")[1] for rule in broken})
        assert refused == any(severity[rule] == "refuse" for rule in broken)
        assert raw == ("|".join(rows[n].values()) if broken else None)


@pytest.mark.parametrize("file", sorted(FILES))
def test_every_file_compiles_and_a_usual_row_passes(file: str, tmp_path: Path) -> None:
    """All 52 files: the SQL is valid, and ids are unique."""
    program = compiler.Program(file, tuple(FILES[file].fields))
    text = tmp_path / "t.txt"
    text.write_text("|".join(USUAL.get(f.name, "") for f in FILES[file].fields) + "\n", encoding="utf-8")
    with duckdb.connect() as con:
        ((refused,),) = con.execute(f"SELECT _refused FROM ({compiler.staging(program, str(text), JUDGE)})").fetchall()
    assert isinstance(refused, bool)
    ids = [r.id for r in rules_of(file) if r.kind != "range"]
    assert len(ids) == len(set(ids))
