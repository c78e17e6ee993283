"""A receipt in the forms that leave the house: JSON for programs, CSV for a data officer's spreadsheet."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

from . import storage
from .domain import FileReceipt, Problem, Receipt
from .rules import Rule

WORDS = Path(__file__).parent / "words.csv"
BOM = "\N{ZERO WIDTH NO-BREAK SPACE}"  # Excel takes a CSV without it for the Windows code page
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a cell that begins so is executed by spreadsheets
COLUMNS = ("deposit", "file", "column", "rule", "severity", "rows", "lines", "th", "en")
COUNTS = storage.COUNTS


@dataclass(frozen=True)
class Saying:
    """What a kind of rule says when it is broken: what was found, what was expected and what to do."""

    found_th: str
    found_en: str
    do_th: str
    do_en: str


@cache
def words() -> dict[str, Saying]:
    """kind of rule -> its saying."""
    with WORDS.open(encoding="utf-8", newline="") as stream:
        return {r["kind"]: Saying(r["found_th"], r["found_en"], r["do_th"], r["do_en"]) for r in csv.DictReader(stream)}


def sentences(rule: Rule) -> tuple[str, str]:
    """One sentence in Thai and one in English: where, what, and what to do. No value from the data."""
    said = words()[rule.kind]
    where = rule.file if rule.column == "*" else f"{rule.file}.{rule.column}"
    filled = {"limits": " ".join(rule.params), "first": rule.params[0] if rule.params else ""}
    th = f"{where}: {said.found_th.format(**filled)} {said.do_th}"
    en = f"{where}: {said.found_en.format(**filled)} {said.do_en}"
    return th, en


def receipt_document(receipt: Receipt) -> dict[str, Any]:
    """The receipt for a program: states, codes, counts, rules and lines; no value from a row."""
    deposit = receipt.deposit
    names = ("id", "sha256", "file_name", "hospcode", "state", "code", "th", "en")
    moments = ("received_at", "exported_at", "applied_at")
    totals = {
        "read": receipt.read,
        "accepted": receipt.accepted,
        "refused": receipt.refused,
        "flagged": receipt.flagged,
    }
    return {
        **{name: getattr(deposit, name) for name in names},
        **{name: _iso(getattr(deposit, name)) for name in moments},
        **totals,
        "persons": dict(receipt.linked),
        "files": [_file_document(file) for file in receipt.files],
    }


def _iso(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _file_document(file: FileReceipt) -> dict[str, Any]:
    about = ("file", "entry", "state", "code", "th", "en", "encoding", "version", "has_header", "missing", "unknown")
    return {
        **{name: getattr(file, name) for name in (*about, *COUNTS)},
        "problems": [_problem_document(problem) for problem in file.problems],
    }


def _problem_document(problem: Problem) -> dict[str, Any]:
    th, en = sentences(problem.rule)
    lines = [sample.line for sample in problem.samples]
    return {
        "rule": problem.rule.id,
        "severity": problem.rule.severity,
        "rows": problem.count,
        "lines": lines,
        "th": th,
        "en": en,
    }


def receipt_csv(receipt: Receipt) -> str:
    """The receipt for a spreadsheet: one line per broken rule, or per file without a fault."""
    return _sheet(COLUMNS, _receipt_rows(receipt))


def _receipt_rows(receipt: Receipt) -> Iterator[Sequence[object]]:
    number = receipt.deposit.id
    if receipt.deposit.code:
        yield number, "", "", receipt.deposit.code, "refuse", "", "", receipt.deposit.th, receipt.deposit.en
    for file in receipt.files:
        if not file.problems:
            yield number, file.file or file.entry, "", file.code, file.state, file.read, "", file.th, file.en
        for problem in file.problems:
            rule = problem.rule
            lines = " ".join(str(sample.line) for sample in problem.samples)
            yield number, rule.file, rule.column, rule.id, rule.severity, problem.count, lines, *sentences(rule)


def refused_pids(deposit_id: int, file: str) -> frozenset[str]:
    """The local numbers of the people whom the refused rows of one file are about, as far as they can be read."""
    header = [column.upper() for column in storage.refused_columns(deposit_id, file)]
    if "PID" not in header:
        return frozenset()
    at = header.index("PID")
    rows = (row.raw.split("|") for row in storage.refused_rows(deposit_id, file))
    return frozenset(cells[at].strip() for cells in rows if len(cells) > at) - {""}


def refused_csv(deposit_id: int, file: str) -> str:
    """The refused rows of one file for its sender to correct: line, rules, then the columns as they were sent."""
    header = storage.refused_columns(deposit_id, file)
    rows = ((row.line, " ".join(row.rules), *row.raw.split("|")) for row in storage.refused_rows(deposit_id, file))
    return _sheet(("line", "rules", *header), rows)


def _sheet(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    out = io.StringIO()
    out.write(BOM)
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(header)
    writer.writerows([_harmless(cell) for cell in row] for row in rows)
    return out.getvalue()


def _harmless(cell: object) -> object:
    """A text that a spreadsheet would run as a formula gets an apostrophe in front."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(FORMULA) else cell


def rules_markdown(rules: Iterable[Rule]) -> str:
    """A table of rules for docs/reference: id, what happens to the row, what it compares with, the sentence."""
    lines = ["| rule | severity | compares with | says |", "|---|---|---|---|"]
    lines += [f"| `{r.id}` | {r.severity} | {' '.join(r.params)} | {sentences(r)[1]} |" for r in rules]
    return "\n".join(lines) + "\n"
