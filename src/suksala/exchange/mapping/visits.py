"""SERVICE (outpatient visits) -> Encounter and the vital signs taken on arrival; ADMISSION (stays) -> Encounter and
body size.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..domain import Draft
from . import vitals
from .base import (
    EXTENSION,
    LOCAL,
    VITAL_SIGNS,
    Body,
    FileMapping,
    Row,
    observation,
    organization,
    patient,
    row_identifier,
    text_period,
)
from .concepts import HL7, concept, loinc, quantity
from .vitals import PULSE, RESPIRATION, TEMPERATURE, blood_pressure, measured

_ACT = HL7 + "v3-ActCode"
AMBULATORY = {"system": _ACT, "code": "AMB", "display": "ambulatory"}
EMERGENCY = {"system": _ACT, "code": "EMER", "display": "emergency"}
FIELD_VISIT = {"system": _ACT, "code": "FLD", "display": "field"}
VIRTUAL = {"system": _ACT, "code": "VR", "display": "virtual"}
INPATIENT = {"system": _ACT, "code": "IMP", "display": "inpatient encounter"}

_VITALS = (TEMPERATURE, PULSE, RESPIRATION)
_service_id = row_identifier("sv", "hospcode", "pid", "seq")
_admission_id = row_identifier("ad", "hospcode", "pid", "an")


def _class(row: Row) -> dict[str, str]:
    if row.get("typein") == "5":
        return VIRTUAL
    if row.get("typein") == "4":
        return EMERGENCY
    return FIELD_VISIT if row.get("servplace") == "2" else AMBULATORY


def _start(row: Row) -> str | None:
    day, time = row.get("date_serv"), row.get("time_serv")
    if day and time and len(time) == 6 and time.isdigit() and time < "240000":
        return f"{day}T{time[:2]}:{time[2:4]}:{time[4:]}+07:00" if time[2] < "6" and time[4] < "6" else day
    return day


def _hospitalization(row: Row, source: str, outcome: str, status: str) -> Body:
    found: Body = {}
    if row.get("referinhosp"):
        found["origin"] = organization(row["referinhosp"])
    if row.get("typein"):
        found["admitSource"] = concept(source, row["typein"])
    if row.get("referouthosp"):
        found["destination"] = organization(row["referouthosp"])
    if row.get(outcome):
        found["dischargeDisposition"] = concept(status, row[outcome])
    return found


def _encounter(row: Row, kind: dict[str, str], number: tuple[str, str], period: dict[str, Any]) -> Body:
    hospcode = row["hospcode"]
    body: Body = {
        "identifier": [{"system": f"{LOCAL}{hospcode}/{number[0]}", "value": number[1]}],
        "status": "finished",
        "class": kind,
        "subject": patient(hospcode, row["pid"]),
        "period": period,
        "serviceProvider": organization(hospcode),
    }
    return body


def visits(row: Row) -> Iterator[Draft]:
    """The Encounter of a visit and its vital signs."""
    rid = _service_id(row)
    period: dict[str, Any] = text_period(_start(row), row.get("date_serv"))
    if row.get("intime"):
        hour = {
            "url": EXTENSION + "ex-encounter-service-hour",
            "valueCodeableConcept": concept("intime", row["intime"]),
        }
        period["extension"] = [hour]
    body = _encounter(row, _class(row), ("VN", row["seq"]), period)
    if row.get("chiefcomp"):
        body["reasonCode"] = [{"text": row["chiefcomp"]}]
    hospitalization = _hospitalization(row, "typein", "typeout", "typeout")
    if hospitalization:
        body["hospitalization"] = hospitalization
    yield Draft("Encounter", rid, body)
    yield from blood_pressure(row, rid + "-bp", "sbp", "dbp")
    yield from measured(row, rid, _VITALS)


def stays(row: Row) -> Iterator[Draft]:
    """The Encounter of an inpatient stay, and weight and height on admission."""
    rid = _admission_id(row)
    admitted, discharged = row.get("datetime_admit"), row.get("datetime_disch")
    body = _encounter(row, INPATIENT, ("AN", row["an"]), text_period(admitted, discharged))
    if not discharged:
        body["status"] = "in-progress"
    hospitalization = _hospitalization(row, "admission_typein", "dischstatus", "dischstatus")
    if row.get("dischtype"):
        kind = {"url": EXTENSION + "ex-encounter-ipd-discharge-type"}
        hospitalization["extension"] = [{**kind, "valueCodeableConcept": concept("dischtype", row["dischtype"])}]
    if hospitalization:
        body["hospitalization"] = hospitalization
    if row.get("actlos"):
        body["length"] = quantity(row["actlos"], "d")
    yield Draft("Encounter", rid, body)
    day = {**row, "date_serv": admitted}
    for column, suffix, code, unit in (("admitweight", "-wt", "29463-7", "kg"), ("admitheight", "-ht", "8302-2", "cm")):
        if row.get(column):
            value: Body = {"valueQuantity": quantity(row[column], unit)}
            yield observation(day, rid + suffix, loinc(code), VITAL_SIGNS, value=value)


SERVICE = FileMapping(
    "SERVICE",
    "sv",
    (
        *(
            "hospcode",
            "pid",
            "seq",
            "date_serv",
            "time_serv",
            "intime",
            "typein",
            "referinhosp",
            "chiefcomp",
            "servplace",
        ),
        *("btemp", "sbp", "dbp", "pr", "rr", "typeout", "referouthosp"),
    ),
    (("Encounter", ""), ("Observation", "-bp"), *vitals.outputs(*_VITALS)),
    visits,
    _service_id,
)
ADMISSION = FileMapping(
    "ADMISSION",
    "ad",
    (
        *("hospcode", "pid", "an", "datetime_admit", "datetime_disch", "typein", "referinhosp", "referouthosp"),
        *("dischstatus", "dischtype", "actlos", "admitweight", "admitheight"),
    ),
    (("Encounter", ""), ("Observation", "-wt"), ("Observation", "-ht")),
    stays,
    _admission_id,
)
