"""Code systems, laboratory tests, and the one table of LOINC names: `labs.csv` for tests, `loinc.csv` for the rest.

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
CORE = "https://terms.sil-th.org/core/CodeSystem/"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
ICD10TM = CORE + "cs-th-icd10tm"
FILE43 = "urn:suksala:file43"  # what only the 43 files define: FILE.FIELD observed, or table:code


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


def rows(name: str) -> list[dict[str, str]]:
    """One of the tables under data/."""
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _lab(row: Mapping[str, str]) -> LabTest:
    result = cast("Literal['quantity', 'coded']", row["result"])
    return LabTest(row["code"], row["loinc"] or None, row["display"], row["th"], row["unit"], result)


@cache
def labs() -> Mapping[str, LabTest]:
    """The tests of chronic care by their 7-digit code."""
    return MappingProxyType({row["code"]: _lab(row) for row in rows("labs.csv")})


def lab(code: str) -> LabTest | None:
    """The test of a 7-digit LABTEST code, None for one outside the list (its name is in code table labtest)."""
    return labs().get(code)


@cache
def _two_digits() -> Mapping[str, str]:
    return {row["old2"]: row["code"] for row in rows("labs.csv") if row["old2"]}


def lab_of_two_digits(old: str) -> str | None:
    """The 7-digit code of a 2-digit one (used until fiscal 2560); None when unsure: 02, glucose not fasting."""
    return _two_digits().get(old)


@cache
def loinc_names() -> Mapping[str, tuple[str, str]]:
    """LOINC code -> (LOINC's name, what a Thai reader calls it), for every code that the record uses."""
    others = {row["code"]: (row["display"], row["th"]) for row in rows("loinc.csv")}
    return MappingProxyType(others | {test.loinc: (test.display, test.th) for test in labs().values() if test.loinc})


@cache
def field_names() -> Mapping[str, tuple[str, str]]:
    """FILE.FIELD -> (English, Thai), for observations that only the 43 files define."""
    return MappingProxyType({row["code"]: (row["en"], row["th"]) for row in rows("fields.csv")})


@cache
def units() -> Mapping[str, str]:
    """UCUM code -> the unit as people write it, for every unit that the record uses."""
    return MappingProxyType({row["code"]: row["unit"] for row in rows("units.csv")})


def icd10_of(code: str) -> str | None:
    """The ICD-10 code of an ICD-10-TM one (no dot) where the two are known to agree; None where they are not.

    ICD-10-TM adds digits from the fifth on and its own chapter U; three and four characters elsewhere are the
    international code.

    >>> icd10_of("E119"), icd10_of("E11"), icd10_of("E1190"), icd10_of("U57")
    ('E11.9', 'E11', None, None)
    """
    if not (len(code) in (3, 4) and "A" <= code[0] <= "Z" and code[0] != "U" and code.isascii() and code[1:].isdigit()):
        return None
    return code if len(code) == 3 else f"{code[:3]}.{code[3:]}"


@cache
def _systems() -> Mapping[str, str]:
    return {row["table"]: CORE + row["system"] for row in rows("code_systems.csv")}


def code_system(table: str) -> str | None:
    """SIL-TH's code system for a code table of the 43 files, or None when it published none with the same codes.

    >>> code_system("typearea")
    'https://terms.sil-th.org/core/CodeSystem/cs-thcc-person-status'
    """
    return _systems().get(table)
