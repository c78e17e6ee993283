"""Patient/$match: which registered patients a described one may be, with a grade that says why.

Deterministic: by a number of a known system, else by the whole name with the birth date. Scores by probability come
with the person index (identity).
Source: FHIR R4 patient-operation-match; the grades are HL7's match-grade.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import orjson

from suksala.consent import Permit
from suksala.standards.thai_codes import folded

from . import exact, query, searching
from .domain import SearchProblem
from .writes import Resource

GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
MOST = 50
_SCORES = {"certain": 1.0, "probable": 0.8, "possible": 0.5}


class Asked(NamedTuple):
    """Who is looked for, and how much of an answer is wanted."""

    patient: Resource
    only_certain: bool
    most: int


def answer(permit: Permit, base: str, raw: bytes) -> bytes:
    """The Bundle of the patients that may be the described one, best first, all open to the permit. Raises
    SearchProblem for a description that says too little.
    """
    asked = read(raw)
    found: dict[str, tuple[str, bytes]] = {}
    for rid, body in _candidates(permit, asked.patient).items():
        grade = _grade(asked.patient, exact.loads(body))
        if grade and (grade == "certain" or not asked.only_certain):
            found[rid] = grade, body
    certain = [rid for rid, (grade, _) in found.items() if grade == "certain"]
    if asked.only_certain and len(certain) > 1:
        found = {}  # "only certain matches" promises one human; the caller must look at the others
    ranked = sorted(found.items(), key=lambda item: (-_SCORES[item[1][0]], item[0]))[: asked.most]
    entries = [_entry(base, rid, grade, body) for rid, (grade, body) in ranked]
    head: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": len(entries)}
    return orjson.dumps({**head, "entry": entries} if entries else head)


def read(raw: bytes) -> Asked:
    """Read Parameters (resource, onlyCertainMatches, count), or a Patient alone."""
    body = exact.loads(raw) if raw else {}
    parts: dict[str, Any] = {}
    if isinstance(body, dict) and body.get("resourceType") == "Parameters":
        for part in _dicts(body.get("parameter")):
            parts[str(part.get("name"))] = part
        patient = parts.get("resource", {}).get("resource")
    else:
        patient = body
    if not isinstance(patient, dict) or patient.get("resourceType") != "Patient":
        raise SearchProblem("ต้องส่ง Patient ที่ต้องการค้น", "send the Patient that is looked for", issue="required")
    count = parts.get("count", {}).get("valueInteger", 10)
    if type(count) is not int or not 0 < count <= MOST:
        raise SearchProblem(f"count ต้องเป็น 1 ถึง {MOST}", f"count is 1 to {MOST}")
    return Asked(patient, parts.get("onlyCertainMatches", {}).get("valueBoolean") is True, count)


def _candidates(permit: Permit, patient: Resource) -> dict[str, bytes]:
    """Patients with one of its numbers, or with its family name and birth date."""
    searches = [
        [("identifier", f"{_escaped(one['system'])}|{_escaped(one['value'])}")]
        for one in _dicts(patient.get("identifier"))
        if isinstance(one.get("system"), str) and isinstance(one.get("value"), str)
    ]
    family = next((str(name["family"]) for name in _dicts(patient.get("name")) if name.get("family")), None)
    if family and isinstance(patient.get("birthDate"), str):
        searches.append([("family", _escaped(family)), ("birthdate", patient["birthDate"])])
    if not searches:
        raise SearchProblem(
            "ต้องมีเลขประจำตัวพร้อมระบบ หรือนามสกุลกับวันเกิด",
            "give an identifier with its system, or a family name and a birth date",
            issue="required",
        )
    found = {}
    for pairs in searches[:10]:
        for row in searching.run(permit, query.read("Patient", [*pairs, ("_count", str(MOST))])).rows:
            found[row.rid] = row.body
    return found


def _grade(asked: Resource, other: Resource) -> str | None:
    """certain    one number and one birth date
    probable   one number and no birth date to compare, or one name and one birth date and no other sex
    possible   one number but another birth date, or one birth date and family name
    """
    births = [body["birthDate"] for body in (asked, other) if isinstance(body.get("birthDate"), str)]
    same_birth = len(births) == 2 and births[0] == births[1]
    if _numbers(asked) & _numbers(other):
        return "certain" if same_birth else "probable" if len(births) < 2 else "possible"
    sexes = {body.get("gender") for body in (asked, other)} - {None, "unknown", "other"}
    if not same_birth or len(sexes) > 1:
        return None
    return "probable" if _names(asked) & _names(other) else "possible"


def _numbers(patient: Resource) -> set[tuple[str, str]]:
    """Identifiers that say something: with a system and a value, and in use."""
    return {
        (str(one["system"]), str(one["value"]))
        for one in _dicts(patient.get("identifier"))
        if one.get("system") and one.get("value") and one.get("use") != "old"
    }


def _names(patient: Resource) -> set[str]:
    return {
        folded(" ".join([*map(str, name["given"]), str(name["family"])]))
        for name in _dicts(patient.get("name"))
        if isinstance(name.get("given"), list) and name["given"] and name.get("family")
    }


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace(",", "\\,").replace("|", "\\|").replace("$", "\\$")


def _entry(base: str, rid: str, grade: str, body: bytes) -> dict[str, Any]:
    search = {"extension": [{"url": GRADE, "valueCode": grade}], "mode": "match", "score": _SCORES[grade]}
    return {"fullUrl": f"{base}/Patient/{rid}", "resource": orjson.Fragment(body), "search": search}
