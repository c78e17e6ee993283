"""A person's record as lines that people read: when, what, how much, who sent it, and the row it came from."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import lru_cache
from typing import Any

import orjson

from suksala import registry
from suksala.consent import Permit
from suksala.standards import fhir
from suksala.standards.file43 import code_table

from . import reads
from .domain import NAME, Entry, split_source
from .mapping.concepts import FIELD, ICD10TM, LOINC, table_of
from .predicate import Clause

Body = dict[str, Any]

TYPES = (
    *("Encounter", "Observation", "Condition", "MedicationDispense", "Procedure", "AllergyIntolerance", "Immunization"),
    *("Appointment", "Coverage"),
)
EMERGENCY_TYPES = (*TYPES, "Device", "DocumentReference")
MOST = 5000  # lines of one person; the busiest simulated person has some 900

_KIND_BY_LETTERS = {
    "sv": "visit",
    "ad": "admission",
    "do": "diagnosis",
    "di": "diagnosis",
    "ch": "chronic",
    "ro": "drug",
    "ri": "drug",
    "al": "allergy",
    "lb": "lab",
    "nc": "screening",
    "cf": "screening",
    "nu": "prevention",
    "an": "pregnancy",
    "sp": "prevention",
    "po": "procedure",
    "ep": "vaccine",
    "ap": "appointment",
    "cd": "coverage",
    "de": "death",
}
# What a client wrote has no file: its type says where it stands.
_KIND_BY_TYPE = {
    "Observation": "lab",
    "Condition": "diagnosis",
    "MedicationDispense": "drug",
    "Procedure": "procedure",
    "AllergyIntolerance": "allergy",
    "Immunization": "vaccine",
    "Appointment": "appointment",
    "Coverage": "coverage",
    "Device": "device",
    "DocumentReference": "document",
}
_CLASSES = {
    "AMB": ("ผู้ป่วยนอก", "Outpatient visit"),
    "EMER": ("ฉุกเฉิน", "Emergency visit"),
    "FLD": ("เยี่ยมนอกหน่วยบริการ", "Visit outside the facility"),
    "VR": ("การแพทย์ทางไกล", "Telemedicine visit"),
    "IMP": ("นอนโรงพยาบาล", "Inpatient stay"),
}
# What an English reader calls it; LOINC's own names are for machines.
_PLAIN = {
    "4548-4": "HbA1c",
    "1558-6": "Fasting blood glucose",
    "1556-0": "Fasting capillary glucose",
    "2345-7": "Blood glucose, not fasting",
    "32016-8": "Capillary glucose, not fasting",
    "2339-0": "Blood glucose",
    "2571-8": "Triglyceride",
    "2093-3": "Total cholesterol",
    "2085-9": "HDL cholesterol",
    "13457-7": "LDL cholesterol",
    "2160-0": "Creatinine",
    "62238-1": "eGFR",
    "718-7": "Haemoglobin",
    "20570-8": "Haematocrit",
    "9318-7": "Urine albumin/creatinine",
    "2890-2": "Urine protein/creatinine",
    "2823-3": "Potassium",
    "8280-0": "Waist",
    "85354-9": "Blood pressure",
    "882-1": "Blood group ABO and Rh",
    "883-9": "Blood group ABO",
    "10331-7": "Blood group Rh",
    "72166-2": "Smoking",
    "11331-6": "Alcohol",
    "9843-4": "Head circumference",
    "11996-6": "Pregnancy number",
    "57714-8": "Gestational age",
}


def read(permit: Permit, *, limit: int, before: Clause | None = None, types: Sequence[str] = TYPES) -> list[Entry]:
    """Lines of the permitted record, newest first; one audited statement, and only these bodies are parsed."""
    rows = reads.record(
        permit,
        types,
        before or Clause("true"),
        order="r.date DESC, r.id DESC",
        limit=limit,
        detail={"operation": "timeline"},
    )
    senders = hospcodes()
    return [
        replace(entry(NAME[rtype], rid, senders.get(org, f"{org:05d}"), body), person=person)
        for rtype, rid, _, _, org, _, person, body in rows
    ]


def hospcodes() -> dict[int, str]:
    """Facility code by the number in the column org."""
    return {registry.org_number(facility.hospcode): facility.hospcode for facility in registry.facilities()}


def entry(rtype: str, rid: str, facility: str, raw: bytes) -> Entry:
    """One line from one resource."""
    body: Body = orjson.loads(raw)
    title_th, title_en, value = _DESCRIBE[rtype](body)
    link = body.get("encounter") or body.get("context") or {}
    visit = rid if rtype == "Encounter" else link.get("reference", "").removeprefix("Encounter/") or None
    source = split_source(body.get("meta", {}).get("source", ""))
    return Entry(_when(body), kind(rtype, rid, body), title_th, title_en, value, facility, source, rtype, rid, visit)


def kind(rtype: str, rid: str, body: Body) -> str:
    """Which shelf a line stands on: told by the file it came from; measurements of the body are one shelf."""
    if rtype == "Observation" and "vital-signs" in _categories(body):
        return "vital"
    deposited = split_source(body.get("meta", {}).get("source", "")) is not None
    return (_KIND_BY_LETTERS.get(rid[:2]) if deposited else None) or _KIND_BY_TYPE.get(rtype, "visit")


def _categories(body: Body) -> set[str]:
    return {coding.get("code", "") for concept in body.get("category", ()) for coding in concept.get("coding", ())}


_DATES = (
    "effectiveDateTime",
    "recordedDate",
    "onsetDateTime",
    "whenHandedOver",
    "whenPrepared",
    "performedDateTime",
    "occurrenceDateTime",
    "start",
)


def _when(body: Body) -> str:
    for name in _DATES:
        if name in body:
            # An appointment is a day stretched to instants, see mapping.events.
            return str(body[name])[:10] if name == "start" else str(body[name])
    periods = [value for name, value in body.items() if name.lower().endswith("period") and isinstance(value, dict)]
    return str(next((period["start"] for period in periods if "start" in period), ""))


def _names(concept: Body) -> tuple[str, str]:
    codings = concept.get("coding", [])
    first = codings[0] if codings else {}
    thai = concept.get("text") or first.get("display") or first.get("code", "")
    for coding in codings:
        english = _english(coding.get("system", ""), coding.get("code", ""), coding.get("display"))
        if english:
            return thai, english
    return thai, thai


@lru_cache(maxsize=1 << 13)
def _english(system: str, code: str, display: str | None) -> str | None:
    if system == LOINC:
        return _PLAIN.get(code, display)
    if system == ICD10TM:
        named = fhir.disease(code)
        return named.en if named else None
    table = table_of(system)
    if system == FIELD and ":" in code:
        table, _, code = code.partition(":")
    elif system == FIELD:
        return display
    return code_table(table).labels_en.get(code) if table else None


def _encounter(body: Body) -> tuple[str, str, str]:
    thai, english = _CLASSES.get(body.get("class", {}).get("code", ""), _CLASSES["AMB"])
    reasons = [reason["text"] for reason in body.get("reasonCode", ()) if reason.get("text")]
    return thai, english, ", ".join(reasons)


def _observation(body: Body) -> tuple[str, str, str]:
    thai, english = _names(body.get("code", {}))
    return thai, english, value_text(body)


def value_text(body: Body) -> str:
    """The value of an Observation as one short text: 130/80 mmHg, 7.2 %, <0.5 mg/dL, a code's name."""
    if "component" in body:
        readings = [part["valueQuantity"] for part in body["component"] if "value" in part.get("valueQuantity", {})]
        return "/".join(_number(q["value"]) for q in readings) + (f" {readings[0].get('unit', '')}" if readings else "")
    if "valueQuantity" in body:
        return _quantity(body["valueQuantity"])
    if "valueCodeableConcept" in body:
        return _names(body["valueCodeableConcept"])[0]
    return str(body.get("valueString", body.get("valueInteger", "")))


def _quantity(quantity: Body) -> str:
    value = _number(quantity["value"]) if "value" in quantity else ""
    return f"{quantity.get('comparator', '')}{value} {quantity.get('unit', '')}".strip()


def _number(value: float) -> str:
    return f"{value:g}" if abs(value) < 1e6 else str(value)


def _condition(body: Body) -> tuple[str, str, str]:
    concept = body.get("code", {})
    thai, english = _names(concept)
    code = next((str(coding["code"]) for coding in concept.get("coding", ()) if "code" in coding), "")
    return thai, english, "" if thai == code else code


def _dispense(body: Body) -> tuple[str, str, str]:
    reference = body.get("medicationReference", {}).get("display", "")
    thai, english = _names(body.get("medicationCodeableConcept", {"text": reference}))
    return thai, english, _quantity(body["quantity"]) if "quantity" in body else ""


def _coded(name: str) -> Callable[[Body], tuple[str, str, str]]:
    def describe(body: Body) -> tuple[str, str, str]:
        found = body.get(name) or {}
        return (*_names(found[0] if isinstance(found, list) else found), "")

    return describe


def _allergy(body: Body) -> tuple[str, str, str]:
    thai, english = _names(body.get("code", {}))
    signs = [_names(sign)[1] for reaction in body.get("reaction", ()) for sign in reaction.get("manifestation", ())]
    return thai, english, ", ".join(signs)


_DESCRIBE: dict[str, Callable[[Body], tuple[str, str, str]]] = {
    "Encounter": _encounter,
    "Observation": _observation,
    "Condition": _condition,
    "MedicationDispense": _dispense,
    "Procedure": _coded("code"),
    "AllergyIntolerance": _allergy,
    "Immunization": _coded("vaccineCode"),
    "Appointment": _coded("serviceType"),
    "Coverage": _coded("type"),
    "Device": _coded("type"),
    "DocumentReference": _coded("type"),
}
