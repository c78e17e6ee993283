"""PROCEDURE_OPD -> Procedure; EPI -> Immunization; APPOINTMENT -> Appointment; CARD -> Coverage."""

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
    encounter,
    organization,
    patient,
    place,
    provider,
    row_identifier,
    text_period,
)
from .concepts import ICD9CM, ICD10TM, Concept, concept, icd10

_procedure_id = row_identifier("po", "hospcode", "pid", "seq", "date_serv", "procedcode")
_vaccine_id = row_identifier("ep", "hospcode", "pid", "date_serv", "vaccinetype")
_appointment_id = row_identifier("ap", "hospcode", "pid", "seq", "date_serv", "aptype")
_card_id = row_identifier("cd", "hospcode", "pid", "instype_new")


@lru_cache(maxsize=1 << 12)
def procedure_code(hospcode: str, code: str) -> Concept:
    """A procedure code in the system its form tells: ICD-9-CM (up to 4 digits), ICD-10-TM procedures (7), else
    local.
    """
    plain = code.replace(".", "")
    if plain.isdigit() and 2 <= len(plain) <= 4:
        dotted = plain if len(plain) == 2 else f"{plain[:2]}.{plain[2:]}"
        return {"coding": [{"system": ICD9CM, "code": dotted}], "text": dotted}
    system = ICD10TM if plain.isdigit() and len(plain) == 7 else f"{LOCAL}{hospcode}/Procedure"
    return {"coding": [{"system": system, "code": code}], "text": code}


def procedure(row: Row) -> Iterator[Draft]:
    """One outpatient procedure."""
    body: Body = {"status": "completed", "code": procedure_code(row["hospcode"], row["procedcode"])}
    body.update(about(row, "performedDateTime", row.get("date_serv")))
    performer: Body = {
        "actor": provider(row) or organization(row["hospcode"]),
        "onBehalfOf": organization(row["hospcode"]),
    }
    body["performer"] = [performer]
    yield Draft("Procedure", _procedure_id(row), body)


def vaccine(row: Row) -> Iterator[Draft]:
    """One vaccine given; `primarySource` is false when another facility gave it and this one only reports it."""
    where = place(row, "vaccineplace")
    body: Body = {
        "status": "completed",
        "vaccineCode": concept("vaccinetype", row["vaccinetype"]),
        "patient": patient(row["hospcode"], row["pid"]),
    }
    at = encounter(row)
    if at:
        body["encounter"] = at
    body["occurrenceDateTime"] = row["date_serv"]
    body["primarySource"] = where == row["hospcode"]
    body["performer"] = [{"actor": organization(where)}]
    yield Draft("Immunization", _vaccine_id(row), body)


def appointment(row: Row) -> Iterator[Draft]:
    """One appointment. The file has a day only and FHIR wants instants, so it spans that day in Bangkok."""
    body: Body = {"status": "booked", "serviceType": [concept("aptype", row["aptype"])]}
    if row.get("apdiag"):
        body["reasonCode"] = [icd10(row["apdiag"].upper())]
    at = encounter(row)
    body["supportingInformation"] = [organization(row["hospcode"]), *([at] if at else [])]
    if row.get("apdate"):
        body["start"] = f"{row['apdate']}T00:00:00+07:00"
        body["end"] = f"{row['apdate']}T23:59:59+07:00"
    else:
        body["status"] = "proposed"  # invariant app-3: only proposed and cancelled ones may have no start
    body["created"] = row["date_serv"]
    body["participant"] = [{"actor": patient(row["hospcode"], row["pid"]), "status": "accepted"}]
    yield Draft("Appointment", _appointment_id(row), body)


def card(row: Row) -> Iterator[Draft]:
    """One entitlement to care. The file names the scheme, not the payer's organisation: the payor is a display."""
    scheme = concept("instype", row["instype_new"])
    body: Body = {}
    contracted = [
        {
            "url": EXTENSION + "ex-coverage-contracted-provider",
            "extension": [{"url": "provider", "valueReference": organization(row[column])}],
        }
        for column in ("main", "sub")
        if row.get(column)
    ]
    if contracted:
        body["extension"] = contracted
    if row.get("insid"):
        body["identifier"] = [{"system": f"{LOCAL}{row['hospcode']}/Inv", "value": row["insid"]}]
    body["status"] = "active"
    body["type"] = scheme
    body["beneficiary"] = patient(row["hospcode"], row["pid"])
    period = text_period(row.get("startdate"), row.get("expiredate"))
    if period:
        body["period"] = period
    body["payor"] = [{"display": scheme["text"]}]
    yield Draft("Coverage", _card_id(row), body)


PROCEDURE_OPD = FileMapping(
    "PROCEDURE_OPD",
    "po",
    ("hospcode", "pid", "seq", "date_serv", "procedcode", "provider"),
    (("Procedure", ""),),
    procedure,
    _procedure_id,
)
EPI = FileMapping(
    "EPI",
    "ep",
    ("hospcode", "pid", "seq", "date_serv", "vaccinetype", "vaccineplace"),
    (("Immunization", ""),),
    vaccine,
    _vaccine_id,
)
APPOINTMENT = FileMapping(
    "APPOINTMENT",
    "ap",
    ("hospcode", "pid", "seq", "date_serv", "apdate", "aptype", "apdiag"),
    (("Appointment", ""),),
    appointment,
    _appointment_id,
)
CARD = FileMapping(
    "CARD",
    "cd",
    ("hospcode", "pid", "instype_new", "insid", "startdate", "expiredate", "main", "sub"),
    (("Coverage", ""),),
    card,
    _card_id,
)
