"""Codes as FHIR writes them: systems, codings with Thai displays, shared and never changed after they are made.

A code keeps its original system. LOINC stands beside it only where the map is sure (decision 0031).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from suksala.standards import fhir
from suksala.standards.file43 import CODE_TABLES, code_table

Concept = dict[str, Any]

CORE = fhir.CORE
LOINC = fhir.LOINC
UCUM = fhir.UCUM
HL7 = "http://terminology.hl7.org/CodeSystem/"
ICD10 = fhir.ICD10
ICD9CM = "http://hl7.org/fhir/sid/icd-9-cm"
ICD10TM = fhir.ICD10TM
FIELD = fhir.FILE43
HCODE = fhir.HOSPCODE
CID = fhir.CITIZEN_ID

UNITS = fhir.units()


@lru_cache(maxsize=1 << 14)
def concept(table: str, code: str) -> Concept:
    """A code of a code table with its Thai display; a code that the table lacks keeps its text and has no display."""
    label = code_table(table).labels.get(code)
    system = fhir.code_system(table)
    coding = {"system": system, "code": code} if system else {"system": FIELD, "code": f"{table}:{code}"}
    if label is None:
        return {"coding": [coding], "text": code}
    return {"coding": [{**coding, "display": label}], "text": label}


@lru_cache(maxsize=1)
def _tables() -> dict[str, str]:
    return {system: table for table in CODE_TABLES if (system := fhir.code_system(table))}


def table_of(system: str) -> str | None:
    """The code table of the 43 files whose code system this is."""
    return _tables().get(system)


@lru_cache(maxsize=256)
def loinc(code: str) -> Concept:
    """A LOINC code; the text is what a Thai reader calls it."""
    english, thai = fhir.loinc_names()[code]
    return {"coding": [{"system": LOINC, "code": code, "display": english}], "text": thai}


@lru_cache(maxsize=256)
def field(name: str) -> Concept:
    """The code of an observation that only the 43 files define, FILE.FIELD."""
    english, thai = fhir.field_names()[name]
    return {"coding": [{"system": FIELD, "code": name, "display": english}], "text": thai}


@lru_cache(maxsize=256)
def hl7(system: str, code: str, display: str) -> Concept:
    """A code of HL7's own terminology."""
    return {"coding": [{"system": HL7 + system, "code": code, "display": display}]}


def quantity(value: float, unit: str) -> dict[str, Any]:
    """A value with its UCUM unit."""
    return {"value": value, "unit": UNITS[unit], "system": UCUM, "code": unit}


@lru_cache(maxsize=1 << 14)
def icd10(code: str) -> Concept:
    """An ICD-10-TM code as sent (no dot), and the same ICD-10 code where the two are known to agree."""
    codings = [{"system": ICD10TM, "code": code}]
    international = fhir.icd10_of(code)
    if international:
        codings.append({"system": ICD10, "code": international})
    named = fhir.disease(code)
    if named is None:
        return {"coding": codings, "text": code}
    codings[0]["display"] = named.th
    return {"coding": codings, "text": named.th}
