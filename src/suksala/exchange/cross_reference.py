"""`Patient/$ihe-pix`: the identifiers that the human of one identifier has elsewhere, as far as the permit opens.

The exchange is a domain of its own: every human has an id there, opaque, whose old ones are answered with the present
one for ever.
Source: IHE PIXm 3.1, ITI-83; decision 0169.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import orjson

from suksala import identity
from suksala.consent import Permit
from suksala.foundation import database

from . import exact, query, searching
from .answers import Refusal
from .asked import texts
from .domain import NUMBER, SearchProblem
from .formats import is_format
from .predicate import permitted
from .searching import Row
from .writes import Resource, refused

HUMAN = "urn:suksala:human"  # the domain of the exchange's own ids of humans
MOST = 200  # registrations of one human that are told of
_PROFILE = "https://profiles.ihe.net/ITI/PIXm/StructureDefinition/IHE.PIXm.Query.Parameters.Out"


def patients_of(permit: Permit, persons: Collection[int]) -> dict[int, str]:
    """The id of the living Patient of each of these registrations, where the permit opens it."""
    if not persons:
        return {}
    where = permitted(permit, "r", "Patient")
    sql = f"SELECT r.person, r.rid FROM resource r WHERE r.rtype = %s AND r.person = ANY(%s::bigint[]) AND {where.sql}"
    return dict(database.rows(sql, [NUMBER["Patient"], sorted(persons), *where.values]))


def humans_of(rids: Collection[str]) -> dict[str, int]:
    """The human of each of these Patients, which the caller has found under a permit."""
    sql = "SELECT rid, person FROM locator WHERE rtype = %s AND rid = ANY(%s::text[])"
    persons: dict[str, int] = dict(database.rows(sql, [NUMBER["Patient"], sorted(rids)])) if rids else {}
    humans = identity.humans_of(persons.values())
    return {rid: humans[person] for rid, person in persons.items()}


class Asked(NamedTuple):
    """What is asked: the identifier that is known, and in which domains others are wanted (none: in all)."""

    system: str
    value: str
    targets: frozenset[str]


def read(pairs: Iterable[tuple[str, str]], raw: bytes = b"") -> Asked:
    """Read the parameters, of the address or of posted Parameters, which leave no number in logs of addresses. Raises
    SearchProblem.
    """
    sources: list[str] = []
    targets: set[str] = set()
    for name, value in (*pairs, *texts(raw)):
        if name == "sourceIdentifier":
            sources.append(value)
        elif name == "targetSystem" and value:
            targets.add(value)
        elif name != "_pretty" and not is_format(name, value):
            raise SearchProblem(
                "ใช้ได้เฉพาะ sourceIdentifier และ targetSystem", "it takes sourceIdentifier and targetSystem",
                issue="not-supported",
            )  # fmt: skip
    system, bar, value = sources[0].partition("|") if len(sources) == 1 else ("", "", "")
    if not (bar and system and value):
        raise SearchProblem(
            "ต้องมี sourceIdentifier หนึ่งค่า แบบ ระบบ|ค่า",
            "give one sourceIdentifier, as system|value",
            issue="code-invalid",
        )
    return Asked(system, value, frozenset(targets))


def check(patient: Resource) -> None:
    """Refuse a Patient that says which other one it is: who is one human is decided by the register and by those who
    review it, not by a feed. Raises WriteProblem.
    """
    links = patient.get("link")
    types = {link.get("type") for link in links if isinstance(link, dict)} if isinstance(links, list) else set()
    if types & {"replaced-by", "replaces"}:
        raise refused(
            422,
            "business-rule",
            "รวมบุคคลด้วย Patient.link ไม่ได้ แก้เลขประจำตัวให้ตรง หรือให้ผู้ตรวจทานตัดสิน",
            "a Patient.link joins nobody here; mend the identifiers, or let a reviewer decide",
            "Patient.link",
        )


def answer(permit: Permit, asked: Asked) -> bytes:
    """The Parameters that tell the identifiers and the Patients of the human who bears the one that is known.

    What is not there and what the permit does not open are one: Refusal with 404.
    """
    human = _human_of_id(permit, asked.value) if asked.system == HUMAN else _human_of_number(permit, asked)
    told = list(_told(human, _patients(permit, human), asked))
    body = {"resourceType": "Parameters", "meta": {"profile": [_PROFILE]}}
    return orjson.dumps({**body, "parameter": told} if told else body)


def _human_of_id(permit: Permit, value: str) -> int:
    """The human of an id of ours, old or present, if the permit opens one of its registrations. A human is named by a
    person, who is some human for ever.
    """
    with suppress(identity.NoSuchHuman, identity.NoSuchPerson):
        human = identity.human_of(identity.human_of_public(value))
        if patients_of(permit, identity.persons_of(human)):
            return human
    _searched(permit, [("identifier", f"{HUMAN}|{query.escaped(value)}")])  # so that it is logged and counted
    raise _unknown()


def _human_of_number(permit: Permit, asked: Asked) -> int:
    """The one human of whom a Patient that the permit opens bears this identifier."""
    rows = _searched(permit, [("identifier", f"{query.escaped(asked.system)}|{query.escaped(asked.value)}")])
    humans = set(humans_of([row.rid for row in rows]).values())
    if len(humans) > 1:
        raise Refusal(409, "multiple-matches", "เลขนี้เป็นของมากกว่าหนึ่งคน", "more than one human bears this identifier")
    if not humans:
        raise _unknown()
    return humans.pop()


def _patients(permit: Permit, human: int) -> list[tuple[str, Resource]]:
    """The Patients of a human that the permit opens, read and logged as a search does."""
    rids = patients_of(permit, identity.persons_of(human))
    rows = _searched(permit, [("_id", ",".join(sorted(rids.values())[:MOST]))])
    return sorted((row.rid, exact.loads(row.body)) for row in rows)


def _searched(permit: Permit, pairs: list[tuple[str, str]]) -> list[Row]:
    return list(searching.run(permit, query.read("Patient", [*pairs, ("_count", str(MOST))])).rows)


def _told(human: int, found: Iterable[tuple[str, Resource]], asked: Asked) -> Iterator[dict[str, Any]]:
    """Each identifier once, the one that was asked by left out; a Patient for the domains that it bears. Of the
    exchange's own domain only the exchange speaks: what a Patient bears of it may be old, or anybody's.
    """
    seen, targets = {(asked.system, asked.value)}, asked.targets
    own = (HUMAN, identity.public_id(human))
    if own not in seen and (not targets or HUMAN in targets):
        yield _identifier(*own)
    for rid, body in found:
        numbers = [
            (str(one.get("system")), str(one.get("value")))
            for one in body.get("identifier", [])
            if one.get("system") not in (None, "", HUMAN) and one.get("value") and one.get("use") != "old"
        ]
        if not targets or any(system in targets for system, _ in numbers):
            yield {"name": "targetId", "valueReference": {"reference": f"Patient/{rid}"}}
        for number in numbers:
            if number not in seen and (not targets or number[0] in targets):
                seen.add(number)
                yield _identifier(*number)


def _identifier(system: str, value: str) -> dict[str, Any]:
    return {"name": "targetIdentifier", "valueIdentifier": {"system": system, "value": value}}


def _unknown() -> Refusal:
    return Refusal(404, "not-found", "ไม่พบเลขนี้ในระบบ", "sourceIdentifier Patient Identifier not found")
