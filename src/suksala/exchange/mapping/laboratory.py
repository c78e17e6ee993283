"""LABFU -> Observation: the lab code of ICD-10-TM (or the old two digits), LOINC where sure, a number with its unit
or the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from suksala.standards.fhir import LabTest, lab, lab_of_two_digits

from ..domain import Draft
from .base import LABORATORY, Body, FileMapping, Row, observation, place, row_identifier
from .concepts import LOINC, UCUM, UNITS, Concept, concept, hl7

# Results of the tests whose answer is a code (code sheet of 27 Feb 2024).
_INTERPRETATION = {
    "0": hl7("v3-ObservationInterpretation", "NEG", "Negative") | {"text": "ผลลบ"},
    "1": {"text": "พบเล็กน้อย (trace)"},
    "2": hl7("v3-ObservationInterpretation", "POS", "Positive") | {"text": "ผลบวก"},
}
_COMPARATOR = re.compile(r"\s*(<=|>=|<|>|≤|≥)")
_ASCII = {"≤": "<=", "≥": ">="}
_lab_id = row_identifier("lb", "hospcode", "pid", "date_serv", "labtest")


@lru_cache(maxsize=4096)
def test_code(code: str) -> Concept:
    """The code of a test: LOINC first where sure, then the code as sent."""
    sent = concept("labtest_2digit" if len(code) == 2 else "labtest", code)
    known = known_test(code)
    if known is None:
        return sent
    loinc = [{"system": LOINC, "code": known.loinc, "display": known.display}] if known.loinc else []
    return {"coding": [*loinc, *sent["coding"]], "text": known.th}


@lru_cache(maxsize=4096)
def known_test(code: str) -> LabTest | None:
    """What the table of tests knows of a 7-digit code, or of the 7-digit code of an old one."""
    current = lab_of_two_digits(code) if len(code) == 2 else code
    return lab(current) if current else None


def result(row: Row) -> Body:
    """The value[x] of a result: coded, a quantity with its comparator, or the text as sent."""
    text, number, code = row.get("labresult"), row.get("labnum"), row["labtest"]
    if text is None:
        return {"dataAbsentReason": hl7("data-absent-reason", "unknown", "Unknown")}
    known = known_test(code)
    if known and known.result == "coded" and text.strip() in _INTERPRETATION:
        return {"valueCodeableConcept": _INTERPRETATION[text.strip()]}
    if number is None:
        return {"valueString": text}
    value: Body = {"value": int(number) if number == int(number) else number}
    comparator = _COMPARATOR.match(text)
    if comparator:
        value["comparator"] = _ASCII.get(comparator[1], comparator[1])
    if known and known.unit:
        value.update(unit=UNITS.get(known.unit, known.unit), system=UCUM, code=known.unit)
    return {"valueQuantity": value}


def results(row: Row) -> Iterator[Draft]:
    """The Observation of one test of one day."""
    yield observation(
        row, _lab_id(row), test_code(row["labtest"]), LABORATORY, value=result(row), performer=place(row, "labplace")
    )


LABFU = FileMapping(
    "LABFU",
    "lb",
    ("hospcode", "pid", "seq", "date_serv", "labtest", "labresult", "labnum", "labplace"),
    (("Observation", ""),),
    results,
    _lab_id,
)
