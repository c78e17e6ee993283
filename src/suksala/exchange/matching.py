"""Patient/$match: which registered patients a described one may be, with a grade that says why.

By the person index (identity.match), and by what it does not weigh: identifiers of any system, and the whole name with
the birth date where no model was trained. One entry for each human. Only what the permit opens counts: the rest is as
if it were not registered, as a runner-up or a veto too (decision 0168).
Source: FHIR R4 patient-operation-match, with R5's onlySingleMatch; IHE PDQm ITI-119; the grades are HL7's match-grade.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from suksala import identity
from suksala.consent import Permit
from suksala.foundation import clock
from suksala.standards import fhir
from suksala.standards.thai_codes import folded

from . import alike, checking, cross_reference, exact, query, searching, tokens, usage
from .domain import SearchProblem
from .patient_rows import person_row
from .writes import Resource

GRADE = "http://hl7.org/fhir/StructureDefinition/match-grade"
MOST = 50
MOST_SEARCHES = 10
_SCORES = {"certain": 1.0, "probable": 0.8, "possible": 0.5}
_BEST = tuple(_SCORES)


class Asked(NamedTuple):
    """Who is looked for, and how much of an answer is wanted."""

    patient: Resource
    only_certain: bool
    only_single: bool
    most: int


class Match(NamedTuple):
    """One Patient that may be the described one; the best of a human comes first in order."""

    place: int
    against: float
    rid: str

    @property
    def grade(self) -> str:
        """certain, probable or possible."""
        return _BEST[self.place]


def answer(permit: Permit, base: str, raw: bytes) -> bytes:
    """The Bundle of the patients that may be the described one, best first, all open to the permit. Raises
    SearchProblem for a description that says too little.
    """
    asked = read(raw)
    bodies = _candidates(permit, asked.patient)
    ranked = [one for one in _ranked(permit, asked, bodies) if one.grade == "certain" or not asked.only_certain]
    if asked.only_certain and len(ranked) > 1:
        ranked = []  # "only certain matches" promises one human; the caller must look at the others
    told = ranked[: 1 if asked.only_single else asked.most]
    bodies |= _read(permit, [one.rid for one in told if one.rid not in bodies])
    found = alike.shown(permit, {one.rid: bodies[one.rid] for one in told if one.rid in bodies})
    entries = [_entry(base, one, found[one.rid]) for one in told if one.rid in found]
    head: dict[str, Any] = {"resourceType": "Bundle", "type": "searchset", "total": len(entries)}
    return orjson.dumps({**head, "entry": entries} if entries else head)


_TAKES: dict[str, tuple[str, type]] = {
    "resource": ("resource", dict),
    "onlyCertainMatches": ("valueBoolean", bool),
    "onlySingleMatch": ("valueBoolean", bool),
    "count": ("valueInteger", int),
}


def read(raw: bytes) -> Asked:
    """Read Parameters (resource, onlyCertainMatches, onlySingleMatch, count), each once, or a Patient alone. Raises
    SearchProblem, and WriteProblem for what is not shaped as a Patient, with the place of each fault.

    A parameter that is misspelt is refused: to take `onlyCertainMatches` for not said would join the wrong person.
    """
    body = exact.loads(raw) if raw else {}
    given: dict[str, Any] = {"resource": body}
    if isinstance(body, dict) and body.get("resourceType") == "Parameters":
        given = _parameters(body)
    patient = given.get("resource")
    if not isinstance(patient, dict) or patient.get("resourceType") != "Patient":
        raise SearchProblem("ต้องส่ง Patient ที่ต้องการค้น", "send the Patient that is looked for", issue="required")
    checking.check("Patient", patient, lenient=True)
    count = given.get("count", 10)
    if not 0 < count <= MOST:
        raise SearchProblem(f"count ต้องเป็น 1 ถึง {MOST}", f"count is 1 to {MOST}")
    return Asked(patient, given.get("onlyCertainMatches", False), given.get("onlySingleMatch", False), count)


def _parameters(body: Resource) -> dict[str, Any]:
    """The value of each parameter by name."""
    found: dict[str, Any] = {}
    listed = body.get("parameter")
    for part in listed if isinstance(listed, list) else ():
        name = part.get("name") if isinstance(part, dict) else None
        if not isinstance(name, str) or name not in _TAKES or name in found:
            able = ", ".join(_TAKES)
            raise SearchProblem(f"ใช้ได้เฉพาะ {able} อย่างละครั้ง", f"it takes {able}, each once", issue="not-supported")
        key, kind = _TAKES[name]
        if type(part.get(key)) is not kind:
            raise SearchProblem(f"{name} ต้องเป็น {key}", f"{name} is a {key}")
        found[name] = part[key]
    return found


def _candidates(permit: Permit, patient: Resource) -> dict[str, bytes]:
    """Patients with one of its numbers, or with its family name and birth date."""
    searches = [
        [("identifier", f"{query.escaped(one['system'])}|{query.escaped(one['value'])}")]
        for one in _dicts(patient.get("identifier"))
        if isinstance(one.get("system"), str) and isinstance(one.get("value"), str)
    ]
    family = _family(patient)
    if family and isinstance(patient.get("birthDate"), str):
        searches.append([("family", query.escaped(family)), ("birthdate", patient["birthDate"])])
    if len(searches) > MOST_SEARCHES:
        raise SearchProblem("มีตัวระบุมากเกินไป", f"at most {MOST_SEARCHES} identifiers", issue="too-costly")
    if not searches and not _is_described(patient):
        raise SearchProblem(
            "ต้องมีเลขประจำตัวพร้อมระบบ หรือสองอย่างจาก ชื่อ วันเกิด โทรศัพท์ บ้าน",
            "give an identifier with its system, or two of: name, birth date, telephone, house",
            issue="required",
        )
    found = {}
    for pairs in searches:
        for row in searching.run(permit, query.read("Patient", [*pairs, ("_count", str(MOST))])).rows:
            found[row.rid] = row.body
    return found


def _is_described(patient: Resource) -> bool:
    """Whether the person index can look for them: a Burmese worker has no family name, yet a name and a telephone."""
    row = person_row("", patient, clock.now())
    return sum(map(bool, (row.given or row.family, row.birth, row.phone, row.house))) > 1


def _family(patient: Resource) -> str | None:
    """The family name that is searched for."""
    return next((str(name["family"]) for name in _dicts(patient.get("name")) if name.get("family")), None)


def _ranked(permit: Permit, asked: Asked, bodies: Mapping[str, bytes]) -> list[Match]:
    """The best Patient of each human, the best human first."""
    graded = {rid: _grade(asked.patient, exact.loads(body)) for rid, body in bodies.items()}
    found = [(rid, Match(_BEST.index(grade), -_SCORES[grade], rid)) for rid, grade in graded.items() if grade]
    best: dict[int, Match] = {}
    humans = cross_reference.humans_of([rid for rid, _ in found])
    for human, one in [*((humans[rid], one) for rid, one in found), *_weighed(permit, asked.patient)]:
        best[human] = min(best.get(human, one), one)
    return sorted(best.values())


def _weighed(permit: Permit, patient: Resource) -> list[tuple[int, Match]]:
    """What the person index says, among the registrations whose Patient the permit opens."""
    row = person_row("", patient, clock.now())
    decision = identity.match(row, visible=lambda persons: cross_reference.patients_of(permit, persons))
    if not decision.candidates:
        usage.pay(_asked_for(row, patient))
    rids = cross_reference.patients_of(permit, [one.person for one in decision.candidates])
    return [
        (one.human, Match(_BEST.index(one.grade), -one.probability, rids[one.person]))
        for one in decision.candidates
        if one.person in rids
    ]


def _asked_for(row: identity.PersonRow, patient: Resource) -> set[int]:
    """A number for whom the index alone was asked for: numbers were asked for by a search each, and so was a family
    name with a birth date. Who is found counts as themselves.
    """
    searched = row.family == _family(patient) and row.birth is not None and not (row.phone or row.house)
    told = (row.given, row.family, row.birth, row.phone, row.area, row.house)
    if searched or not (row.given or row.family or row.phone):
        return set()
    return {tokens.number_of("\x1f".join(("described", *map(str, told))))}


def _read(permit: Permit, rids: Iterable[str]) -> dict[str, bytes]:
    """Patients that the index found, read and logged as a search does."""
    wanted = ",".join(sorted(rids))
    if not wanted:
        return {}
    asked = query.read("Patient", [("_id", wanted), ("_count", str(MOST))])
    return {row.rid: row.body for row in searching.run(permit, asked).rows}


def _grade(asked: Resource, other: Resource) -> str | None:
    """certain    one number of a facility or the like, and one birth date
    probable   one number and no birth date to compare; one national number and one birth date, for whose it is says the
               person index; or one name and one birth date and no other sex
    possible   one number but another birth date, or one birth date and family name
    """
    births = [body["birthDate"] for body in (asked, other) if isinstance(body.get("birthDate"), str)]
    same_birth = len(births) == 2 and births[0] == births[1]
    shared = _numbers(asked) & _numbers(other)
    if shared:
        is_national = {fhir.canonical(system) for system, _ in shared} == {fhir.CITIZEN_ID}
        if same_birth and not is_national:
            return "certain"
        return "probable" if same_birth or len(births) < 2 else "possible"
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
        folded(" ".join([*filter(None, name["given"]), str(name["family"])]))
        for name in _dicts(patient.get("name"))
        if isinstance(name.get("given"), list) and name["given"] and name.get("family")
    }


def _dicts(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _entry(base: str, one: Match, body: bytes) -> dict[str, Any]:
    told = {"extension": [{"url": GRADE, "valueCode": one.grade}], "mode": "match", "score": round(-one.against, 6)}
    return {"fullUrl": f"{base}/Patient/{one.rid}", "resource": orjson.Fragment(body), "search": told}
