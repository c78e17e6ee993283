"""Whose record a written resource belongs to.

A resource belongs to the registration that its `patient` (else `subject`) names first. A Patient sent over FHIR is a
registration of its sender: its local number is a digest of its id, so a resource that comes before its Patient is
already in the right record (decision 0060).
"""

from __future__ import annotations

import re
from base64 import b32encode
from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b

from suksala import identity

from . import standing
from .definitions import parameters
from .domain import PUBLIC_PERSON
from .outcome import Issue
from .patient_rows import person_row
from .plans import Entry, Plan
from .walkers import Walker, compile_expression
from .writes import Resource, Writer, refused

NOBODY = "00000"  # the facility of a Patient that a system of the exchange itself sends
_PATIENT = re.compile(r"Patient/([A-Za-z0-9.-]{1,64})(?:/_history/[^/]+)?")


@lru_cache(maxsize=256)
def _walker(rtype: str) -> Walker | None:
    known = parameters(rtype)
    for name in ("patient", "subject"):
        if name in known and "Patient" in known[name].targets:
            return compile_expression(known[name].expression)
    return None


def patient_of(rtype: str, body: Resource, base: str) -> str | None:
    """The id of the Patient that a resource is about; None when it names none of this server's."""
    walker = _walker(rtype)
    for found in walker(body) if walker else ():
        reference = found.get("reference") if isinstance(found, dict) else None
        if isinstance(reference, str):
            named = _PATIENT.fullmatch(reference.removeprefix(base + "/"))
            if named:
                return named[1]
    return None


def own(writer: Writer, plans: list[Plan]) -> None:
    """See whose record each resource belongs to."""
    living = [plan for plan in plans if plan.is_living]
    here = {plan.rid: plan for plan in living if plan.write.rtype == "Patient"}
    named = {number: _patient(writer, plan) for number, plan in enumerate(plans) if plan.is_living}
    wanted = {rid for rid in named.values() if rid is not None and rid not in here}
    known = standing.patients(writer.permit, wanted)
    unborn = {rid for rid, plan in here.items() if plan.standing is None}
    if writer.lenient:
        unborn |= wanted - known.keys()
    known |= births(writer.hospcode, unborn)
    known |= {rid: plan.standing.person for rid, plan in here.items() if plan.standing}
    for number, plan in enumerate(plans):
        if plan.is_living:
            with Entry(number, plan):
                _belongs(plan, named[number], known, wanted & unborn)
        elif plan.standing:
            plan.person = plan.standing.person


def _patient(writer: Writer, plan: Plan) -> str | None:
    if plan.write.rtype == "Patient":
        return plan.rid
    return patient_of(plan.write.rtype, plan.body or {}, writer.base)


def _belongs(plan: Plan, patient: str | None, known: dict[str, int], early: set[str]) -> None:
    if patient is not None and patient not in known:
        raise refused(
            422,
            "not-found",
            "ไม่พบผู้ป่วยที่อ้างถึง ส่ง Patient ก่อน หรือส่งใน transaction เดียวกัน",
            "the patient it refers to is not here; send the Patient first, or in the same transaction",
            plan.write.rtype,
        )
    plan.person = known[patient] if patient is not None else PUBLIC_PERSON
    if patient in early:
        plan.warnings.append(_EARLY)
    if plan.standing and plan.standing.person != plan.person:
        raise refused(
            422,
            "business-rule",
            "ย้ายข้อมูลไปเป็นของผู้ป่วยคนอื่นไม่ได้ ลบแล้วสร้างใหม่",
            "a resource cannot be moved to another patient; delete it and create it anew",
            plan.write.rtype,
        )


_EARLY = Issue(
    "SKL-FHIR-201",
    "not-found",
    "ยังไม่มี Patient ที่อ้างถึง รับไว้ก่อน",
    "the patient it refers to is not here yet; it was taken all the same",
    "warning",
)


def local_number(rid: str) -> str:
    """The local number (15 characters) under which a facility's FHIR Patient is registered."""
    return "~" + b32encode(blake2b(rid.encode(), digest_size=9).digest()).decode()[:14]


def births(hospcode: str | None, rids: Iterable[str]) -> dict[str, int]:
    """The person of every Patient id of this sender, given at first sight. Called after every row is locked: identity's
    lock comes last, so that no two writers wait for each other.
    """
    pids = {local_number(rid): rid for rid in rids}
    found = identity.persons(hospcode or NOBODY, pids) if pids else {}
    return {pids[pid]: person for pid, person in found.items()}


def link(patients: Mapping[int, Resource | None], now: datetime) -> None:
    """Tell identity what Patients say now, by person; None for one that was deleted."""
    rows: dict[str, list[identity.PersonRow]] = {}
    gone: dict[str, list[str]] = {}
    for registration in identity.registrations(patients):
        body = patients[registration.person]
        if body is None:
            gone.setdefault(registration.hospcode, []).append(registration.pid)
        else:
            rows.setdefault(registration.hospcode, []).append(person_row(registration.pid, body, now))
    senders = sorted({*rows, *gone})
    # The locks of a second linking are out of order with those of the first: several senders link alone.
    with identity.linking_alone() if len(senders) > 1 else nullcontext():
        for hospcode in senders:
            identity.link(hospcode, rows.get(hospcode, ()), gone=gone.get(hospcode, ()))
