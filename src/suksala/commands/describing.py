"""`suksala identity match`: a described person read from a file or from options, and what the register says of it."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import weighing_words as words
from .console import print_json
from .failures import BadUsage
from .identifying import ACTOR
from .serving import data_folder, quiet_database

if TYPE_CHECKING:
    from suksala.identity import Candidate, Decision, PersonRow

STDIN = Path("-")
_NOT_ASKED = frozenset({"pid", "d_update"})
_FLAGS = frozenset({"newborn", "dead"})


def match(file: Path | None, told: Mapping[str, str | None], *, data: Path | None, as_json: bool) -> None:
    """Print which humans a described person may be, and why; nothing is linked. That somebody looked is recorded."""
    row = described(file, told)
    with quiet_database(data_folder(data)):
        from suksala import audit, identity

        found = identity.match(row)
        audit.record("search", actor=ACTOR, detail={"operation": "match", "found": len(found.candidates)})
        keys = _registrations(found)
    if as_json:
        print_json(_document(found, keys))
    else:
        _print(found, keys)


def described(file: Path | None, told: Mapping[str, str | None]) -> PersonRow:
    """The person that a JSON file (fields of PersonRow) and options describe; options win. Raises BadUsage."""
    from suksala.identity import PersonRow

    known = {one.name for one in fields(PersonRow)} - _NOT_ASKED
    found = {**(_read(file) if file else {}), **{name: text for name, text in told.items() if text is not None}}
    wrong = sorted(found.keys() - known)
    wrong += [name for name in sorted(found.keys() & known) if not isinstance(found[name], _kind(name))]
    if wrong:
        able = ", ".join(sorted(known))
        raise BadUsage(
            f"ใช้ไม่ได้: {', '.join(wrong)} (ใช้ได้ {able})", f"not fields of a person: {', '.join(wrong)}; {able}"
        )
    if not any(found.values()):
        raise BadUsage(
            "ระบุแฟ้ม JSON หรือตัวเลือกอย่างน้อยหนึ่งอย่าง เช่น --given", "give a JSON file, or an option such as --given"
        )
    return PersonRow("", **{**found, "birth": _birth(found.get("birth"))})


def _kind(name: str) -> type:
    return bool if name in _FLAGS else str


def _read(file: Path) -> dict[str, Any]:
    try:
        text = sys.stdin.read() if file == STDIN else file.read_text(encoding="utf-8-sig")
        found = json.loads(text)
    except (OSError, ValueError) as error:
        raise _not_json(file) from error
    if not isinstance(found, dict):
        raise _not_json(file)
    return {name: value for name, value in found.items() if value is not None}


def _not_json(file: Path) -> BadUsage:
    return BadUsage(f"อ่าน {file} ไม่ได้ ต้องเป็นวัตถุ JSON หนึ่งรายการ", f"{file} cannot be read as one JSON object")


def _birth(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadUsage("birth ต้องเป็น YYYY-MM-DD", "birth is YYYY-MM-DD") from error


def _registrations(found: Decision) -> dict[int, list[str]]:
    """HOSPCODE/PID of each candidate's registrations."""
    from suksala import identity

    return {
        one.human: [f"{r.hospcode}/{r.pid}" for r in identity.registrations(one.persons)] for one in found.candidates
    }


def _document(found: Decision, keys: Mapping[int, list[str]]) -> dict[str, Any]:
    return {
        "verdict": found.verdict,
        "reason": found.reason,
        "candidates": [_candidate(one, keys[one.human]) for one in found.candidates],
    }


def _candidate(one: Candidate, registrations: list[str]) -> dict[str, Any]:
    weighed = one.waterfall
    return {
        "grade": one.grade,
        "probability": round(one.probability, 6),
        "bits": one.weight,
        "rule": one.rule,
        "veto": one.veto,
        "registrations": registrations,
        "prior": weighed.prior if weighed else None,
        "parts": [part._asdict() for part in weighed.parts] if weighed else [],
    }


def _print(found: Decision, keys: Mapping[int, list[str]]) -> None:
    why = (words.RULES if found.verdict == "link" else words.REASONS)[found.reason]
    print(f"{words.VERDICTS[found.verdict]}: {why}")
    for place, one in enumerate(found.candidates, start=1):
        bits = "" if one.weight is None else f" {one.weight:.2f} บิต · bits,"
        print(f"{place}. {words.GRADES[one.grade]},{bits} p = {one.probability:.4f}: {', '.join(keys[one.human])}")
        for said in (words.RULES.get(one.rule), words.VETOES.get(one.veto)):
            if said:
                print(f"  {said}")
        for line in words.waterfall_lines(one.waterfall) if one.waterfall else ():
            print(line)
