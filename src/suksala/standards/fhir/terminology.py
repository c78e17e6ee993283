"""Code systems and laboratory tests.

LOINC is given only where the sources agree on analyte, specimen and kind of result; the rest keeps its Thai code
alone. 0531004 is one of these: its name says fasting, a guide pairs it with "not fasting" (docs/readings.md R-09).
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

DATA = Path(__file__).parent / "data"
LOINC = "http://loinc.org"
UCUM = "http://unitsofmeasure.org"
_CORE = "https://terms.sil-th.org/core/CodeSystem/"


@dataclass(frozen=True)
class LabTest:
    """A test of LABFU.

    code     7 digits, ICD-10-TM laboratory
    loinc    None when no LOINC code is sure
    display  LOINC's name, or a plain English one where there is none
    th       what a Thai reader calls it
    unit     UCUM, the unit in which Thai laboratories report; blank for coded results
    result   quantity, or coded: 0 negative, 1 trace, 2 positive
    """

    code: str
    loinc: str | None
    display: str
    th: str
    unit: str
    result: Literal["quantity", "coded"]


def _rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _lab(row: Mapping[str, str]) -> LabTest:
    result = cast("Literal['quantity', 'coded']", row["result"])
    return LabTest(row["code"], row["loinc"] or None, row["display"], row["th"], row["unit"], result)


@cache
def labs() -> Mapping[str, LabTest]:
    """The tests of chronic care by their 7-digit code."""
    return MappingProxyType({row["code"]: _lab(row) for row in _rows("labs.csv")})


def lab(code: str) -> LabTest | None:
    """The test of a 7-digit LABTEST code, None for one outside the list (its name is in code table labtest)."""
    return labs().get(code)


@cache
def _two_digits() -> Mapping[str, str]:
    return {row["old2"]: row["code"] for row in _rows("labs.csv") if row["old2"]}


def lab_of_two_digits(old: str) -> str | None:
    """The 7-digit code of a 2-digit one (used until fiscal 2560); None when unsure: 02, glucose not fasting."""
    return _two_digits().get(old)


@cache
def _systems() -> Mapping[str, str]:
    return {row["table"]: _CORE + row["system"] for row in _rows("code_systems.csv")}


def code_system(table: str) -> str | None:
    """SIL-TH's code system for a code table of the 43 files, or None when it published none with the same codes.

    >>> code_system("typearea")
    'https://terms.sil-th.org/core/CodeSystem/cs-thcc-person-status'
    """
    return _systems().get(table)
