"""DRUG_OPD and DRUG_IPD -> MedicationDispense; DRUGALLERGY -> AllergyIntolerance.

Dispense, not request: AMOUNT is the quantity handed over and neither file holds an order or a dose (SIL-TH's file 55
names request,
dispense and administration; only the dispense is in these columns; decision 0031).
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from ..domain import Draft
from .base import (
    EXTENSION,
    LOCAL,
    Body,
    FileMapping,
    Row,
    about,
    organization,
    patient,
    provider,
    row_identifier,
    text_period,
)
from .concepts import CORE, Concept, concept, hl7

_DISPENSE = "medicationdispense-category"
OUTPATIENT = hl7(_DISPENSE, "outpatient", "Outpatient")
INPATIENT = hl7(_DISPENSE, "inpatient", "Inpatient")
DISCHARGE = hl7(_DISPENSE, "discharge", "Discharge")

ACTIVE = hl7("allergyintolerance-clinical", "active", "Active")
CONFIRMED = hl7("allergyintolerance-verification", "confirmed", "Confirmed")
UNCONFIRMED = hl7("allergyintolerance-verification", "unconfirmed", "Unconfirmed")

_opd_id = row_identifier("ro", "hospcode", "pid", "seq", "date_serv", "didstd")
_ipd_id = row_identifier("ri", "hospcode", "pid", "an", "datetime_admit", "typedrug", "didstd")
_allergy_id = row_identifier("al", "hospcode", "pid", "drugallergy")


@lru_cache(maxsize=1 << 14)
def drug(hospcode: str, code: str, name: str | None) -> Concept:
    """A drug code in the system its form tells: 24 digits, TMT (6 or 7 digits), else the facility's own list."""
    if len(code) == 24 and code.isdigit():
        system = CORE + "cs-th-24drug"
    elif len(code) in (6, 7) and code.isdigit():
        system = CORE + "cs-th-tmt"
    else:
        system = f"{LOCAL}{hospcode}/Drug"
    return {"coding": [{"system": system, "code": code}], "text": name or code}


def _dispense(row: Row, rid: str, category: Concept, moment: str | None) -> Draft:
    linked = about(row, "whenHandedOver", moment)
    body: Body = {
        "status": "completed",
        "category": category,
        "medicationCodeableConcept": drug(row["hospcode"], row["didstd"], row.get("dname")),
        "subject": linked["subject"],
    }
    if "encounter" in linked:
        body["context"] = linked["encounter"]
    body["performer"] = [{"actor": organization(row["hospcode"])}]
    if row.get("amount") is not None:
        body["quantity"] = {"value": row["amount"]}
    if moment:
        body["whenHandedOver"] = moment
    return Draft("MedicationDispense", rid, body)


def outpatient(row: Row) -> Iterator[Draft]:
    """What was handed over at a visit."""
    yield _dispense(row, _opd_id(row), OUTPATIENT, row.get("date_serv"))


def inpatient(row: Row) -> Iterator[Draft]:
    """What was handed over during a stay, or taken home (TYPEDRUG 2), with the days it was given for."""
    category = DISCHARGE if row.get("typedrug") == "2" else INPATIENT
    draft = _dispense(row, _ipd_id(row), category, row.get("datestart") or row.get("datetime_admit"))
    bounds = text_period(row.get("datestart"), row.get("datefinish"))
    if bounds:
        draft.body["dosageInstruction"] = [{"timing": {"repeat": {"boundsPeriod": bounds}}}]
    yield draft


def allergy(row: Row) -> Iterator[Draft]:
    """One drug that harms the person. Only "certain" (TYPEDX 1) is confirmed; R4 has no word between."""
    body: Body = {}
    levels = (("typedx", "drugallergy_typedx", "certainty"), ("alevel", "drugallergy_alevel", "severity"))
    extension = [
        {"url": f"{EXTENSION}ex-allergyintolerance-allergy-{name}", "valueCodeableConcept": concept(table, row[column])}
        for column, table, name in (*levels, ("informant", "drugallergy_informant", "assert-type"))
        if row.get(column)
    ]
    if extension:
        body["extension"] = extension
    body["clinicalStatus"] = ACTIVE
    body["verificationStatus"] = CONFIRMED if row.get("typedx") == "1" else UNCONFIRMED
    body["type"] = "allergy"
    body["category"] = ["medication"]
    if row.get("alevel"):
        body["criticality"] = "low" if row["alevel"] == "1" else "high"
    body["code"] = drug(row["hospcode"], row["drugallergy"], row.get("dname"))
    body["patient"] = patient(row["hospcode"], row["pid"])
    if row.get("daterecord"):
        body["recordedDate"] = row["daterecord"]
    recorder = provider(row)
    if recorder:
        body["recorder"] = recorder
    if row.get("symptom"):
        body["reaction"] = [{"manifestation": [concept("drugallergy_symptom", row["symptom"])]}]
    yield Draft("AllergyIntolerance", _allergy_id(row), body)


DRUG_OPD = FileMapping(
    "DRUG_OPD",
    "ro",
    ("hospcode", "pid", "seq", "date_serv", "didstd", "dname", "amount"),
    (("MedicationDispense", ""),),
    outpatient,
    _opd_id,
)
DRUG_IPD = FileMapping(
    "DRUG_IPD",
    "ri",
    ("hospcode", "pid", "an", "datetime_admit", "typedrug", "didstd", "dname", "datestart", "datefinish", "amount"),
    (("MedicationDispense", ""),),
    inpatient,
    _ipd_id,
)
DRUGALLERGY = FileMapping(
    "DRUGALLERGY",
    "al",
    ("hospcode", "pid", "daterecord", "drugallergy", "dname", "typedx", "alevel", "symptom", "informant", "provider"),
    (("AllergyIntolerance", ""),),
    allergy,
    _allergy_id,
)
