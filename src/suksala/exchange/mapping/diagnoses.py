"""DIAGNOSIS_OPD and DIAGNOSIS_IPD -> Condition of an encounter; CHRONIC -> Condition of the chronic-disease
register.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import Draft
from .base import EXTENSION, Body, FileMapping, Row, about, provider, row_identifier
from .concepts import concept, hl7, icd10

CONFIRMED = hl7("condition-ver-status", "confirmed", "Confirmed")
OF_ENCOUNTER = hl7("condition-category", "encounter-diagnosis", "Encounter Diagnosis")
PROBLEM = hl7("condition-category", "problem-list-item", "Problem List Item")

# CHRONIC.TYPEDISCH -> clinicalStatus. Refused treatment, lost to treatment and moved away are people who still have
# the disease;
# the register does not say whether one who died (02) had it to the end, so the condition is no longer active.
CLINICAL = {
    "01": "resolved",
    "02": "inactive",
    "03": "active",
    "04": "active",
    "05": "active",
    "06": "active",
    "07": "resolved",
    "08": "remission",
    "09": "active",
    "10": "active",
    "11": "relapse",
}
_CLINICAL_STATUS = {code: hl7("condition-clinical", code, code.capitalize()) for code in set(CLINICAL.values())}
_ABATED = {"inactive", "resolved", "remission"}  # invariant con-4: only these may have an abatement

_opd_id = row_identifier("do", "hospcode", "pid", "seq", "date_serv", "diagcode")
_ipd_id = row_identifier("di", "hospcode", "pid", "an", "datetime_admit", "diagcode")
_chronic_id = row_identifier("ch", "hospcode", "pid", "date_diag", "chronic")


def _diagnosis(row: Row, rid: str, role_table: str, moment: str | None) -> Draft:
    category = [OF_ENCOUNTER]
    if row.get("diagtype"):
        category.append(concept(role_table, row["diagtype"]))
    body: Body = {"verificationStatus": CONFIRMED, "category": category, "code": icd10(row["diagcode"].upper())}
    body.update(about(row, "recordedDate", moment))
    asserter = provider(row)
    if asserter:
        body["asserter"] = asserter
    return Draft("Condition", rid, body)


def outpatient(row: Row) -> Iterator[Draft]:
    """The Condition of one outpatient diagnosis; its role in the visit is a second category."""
    yield _diagnosis(row, _opd_id(row), "diagtype_opd", row.get("date_serv"))


def inpatient(row: Row) -> Iterator[Draft]:
    """The Condition of one inpatient diagnosis."""
    yield _diagnosis(row, _ipd_id(row), "diagtype_ipd", row.get("datetime_admit"))


def chronic(row: Row) -> Iterator[Draft]:
    """The Condition of one entry of the chronic-disease register."""
    status = CLINICAL.get(row.get("typedisch") or "", "active")
    extension = [{"url": EXTENSION + "ex-condition-is-chronic", "valueBoolean": True}]
    if row.get("typedisch"):
        reason = concept("chronic_typedisch", row["typedisch"])
        extension.append({"url": EXTENSION + "ex-condition-chronic-discharge-reason", "valueCodeableConcept": reason})
    body: Body = {
        "extension": extension,
        "clinicalStatus": _CLINICAL_STATUS[status],
        "verificationStatus": CONFIRMED,
        "category": [PROBLEM],
        "code": icd10(row["chronic"].upper()),
        **about(row, "onsetDateTime", row.get("date_diag")),
    }
    if row.get("date_disch") and status in _ABATED:
        body["abatementDateTime"] = row["date_disch"]
    yield Draft("Condition", _chronic_id(row), body)


DIAGNOSIS_OPD = FileMapping(
    "DIAGNOSIS_OPD",
    "do",
    ("hospcode", "pid", "seq", "date_serv", "diagtype", "diagcode", "provider"),
    (("Condition", ""),),
    outpatient,
    _opd_id,
)
DIAGNOSIS_IPD = FileMapping(
    "DIAGNOSIS_IPD",
    "di",
    ("hospcode", "pid", "an", "datetime_admit", "diagtype", "diagcode", "provider"),
    (("Condition", ""),),
    inpatient,
    _ipd_id,
)
CHRONIC = FileMapping(
    "CHRONIC",
    "ch",
    ("hospcode", "pid", "date_diag", "chronic", "typedisch", "date_disch"),
    (("Condition", ""),),
    chronic,
    _chronic_id,
)
