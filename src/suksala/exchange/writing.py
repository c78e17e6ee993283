"""Writes: create, update, patch and delete, alone or many in one transaction.

Everything is decided before anything is written: targets of conditional writes, ids, links, content, whose record each
belongs to, versions. Then new resources are copied in, changed ones replaced with their former version kept, the audit
log told and identity informed, all in one transaction.
Source: FHIR R4 http (create, update, patch, delete, conditional interactions, transaction); decision 0060.
"""

from __future__ import annotations

import re
import uuid
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl

import psycopg
from psycopg.pq import TransactionStatus

from suksala import audit, registry
from suksala.foundation import SuksalaError, clock, database

from . import checking, exact, links, query, searching, standing, subscriptions, terminology, whose
from .domain import NUMBER, PUBLIC_PERSON, PUBLIC_TYPES, Draft, SearchProblem
from .outcome import Issue
from .standing import Key
from .storage import Batch, Item
from .writes import (
    DEPOSITED,
    OURS,
    Patch,
    Resource,
    Standing,
    Write,
    WriteProblem,
    Writer,
    Written,
    deposited,
    gone,
    refused,
    taken,
    version_conflict,
)

MOST_TRIES = 3
MOST_PATCHED = 16 * 1024 * 1024
MOST_SEARCHES = 200  # conditional references in one request
RACES = (psycopg.errors.UniqueViolation, psycopg.errors.DeadlockDetected, psycopg.errors.SerializationFailure)
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_OWN = frozenset({"resourceType", "id", "meta"})
_STAMPED = frozenset({"versionId", "lastUpdated", "source"})


@dataclass(eq=False)
class Plan:
    """One write while it is decided.

    found    for a conditional create: the resource that is there already; nothing is written then
    apart    its problem is its own and the others go on; else its problem is that of all
    problem  why it is not done, where it stands apart
    """

    write: Write
    rid: str = ""
    found: str | None = None
    body: Resource | None = None
    person: int = PUBLIC_PERSON
    standing: Standing | None = None
    warnings: list[Issue] = field(default_factory=list)
    batch: Batch | None = None
    apart: bool = False
    problem: SuksalaError | None = None

    @property
    def vid(self) -> int:
        """The version that was written; 0 where nothing changed."""
        return self.batch.versions.get((NUMBER[self.write.rtype], self.rid), 0) if self.batch else 0

    @property
    def key(self) -> Key:
        """Type and id."""
        return self.write.rtype, self.found or self.rid

    @property
    def is_new(self) -> bool:
        """The server gave the id just now, so nothing can stand there."""
        return self.write.method == "POST" and not self.found

    @property
    def is_living(self) -> bool:
        """A resource stands there afterwards that this write brings."""
        return self.body is not None and not self.found

    @property
    def is_answered(self) -> bool:
        """Its answer is what stands there already."""
        return self.standing is not None and not self.vid and (self.body is not None or self.found is not None)

    @property
    def creates(self) -> bool:
        """Nothing living stands there."""
        return self.standing is None or self.standing.deleted


def apply(writer: Writer, writes: Sequence[Write]) -> list[Written]:
    """Do all of these writes, or none of them.

    Raises WriteProblem with the place of the faulty write, and SearchProblem for criteria that cannot be searched.
    """
    plans = [Plan(write) for write in writes]
    for number, plan in enumerate(plans):
        with _Entry(number, plan):
            writer.require(plan.write.rtype, _right(plan.write))
    alone = database.connection().info.transaction_status == TransactionStatus.IDLE
    for attempt in range(1, MOST_TRIES + 1):
        try:
            with database.transaction():
                return _apply(writer, plans)
        except RACES as error:
            if not alone or attempt == MOST_TRIES:
                raise refused(
                    409,
                    "transient",
                    "มีผู้อื่นกำลังเขียนข้อมูลเดียวกัน ลองใหม่อีกครั้ง",
                    "somebody else is writing the same; try again",
                ) from error
            plans = [Plan(write) for write in writes]
    raise AssertionError("unreachable")  # pragma: no cover


def prepare(writer: Writer, write: Write) -> list[Issue]:
    """The warnings of a write by its own id and without criteria, as far as it can be decided without the database.

    Raises WriteProblem and what `require` raises.
    """
    plan = apart(write, ())
    writer.require(write.rtype, _right(write))
    _check(writer, plan)
    return plan.warnings


def apart(write: Write, warnings: Sequence[Issue]) -> Plan:
    """The plan of a write that was prepared, one line of many."""
    return Plan(write, write.rid or "", body=write.body, warnings=list(warnings), apart=True)


def _nothing() -> None: ...


def apply_apart(writer: Writer, plans: Sequence[Plan], meanwhile: Callable[[], None] = _nothing) -> None:
    """Do what was prepared, within the present transaction; no two of the same id. What cannot be done says so in its
    `problem`, and the others are done.

    meanwhile  called when only the database is left to work: what it starts in another thread costs no time
    """
    left = list(plans)
    for decide in (_lock, _own):
        decide(writer, left)
        left = [plan for plan in left if plan.problem is None]
    _store(writer, left, clock.now(), meanwhile)


def _right(write: Write) -> str:
    return {"POST": "c", "DELETE": "d"}.get(write.method, "u")


class _Entry:
    """A problem inside is about this write. A class, for it stands around every step of every line of a bulk import."""

    __slots__ = ("number", "plan")

    def __init__(self, number: int, plan: Plan) -> None:
        self.number = number
        self.plan = plan

    def __enter__(self) -> None: ...

    def __exit__(self, _: object, problem: BaseException | None, __: object) -> bool:
        if isinstance(problem, WriteProblem) and not self.plan.apart:
            problem.entry = self.number
        if not isinstance(problem, SuksalaError) or not self.plan.apart:
            return False
        self.plan.problem = problem.with_traceback(None)  # which would keep every frame alive
        return True


def _apply(writer: Writer, plans: list[Plan]) -> list[Written]:
    _name(writer, plans)
    _lock(writer, plans)
    _content(writer, plans)
    _own(writer, plans)
    return _write(writer, plans)


# ---- what is written where ------------------------------------------------------------------------------------------


def _name(writer: Writer, plans: list[Plan]) -> None:
    """Give every write its id and resolve what leads from one to another."""
    held = [f"{p.write.rtype}?{sorted(p.write.criteria)}" for p in plans if p.write.criteria is not None]
    standing.hold(writer.hospcode or "", held)
    for number, plan in enumerate(plans):
        with _Entry(number, plan):
            _target(writer, plan)
    known: dict[str, str] = {}
    searched = 0
    for plan in plans:
        if plan.write.full_url:
            known[plan.write.full_url] = f"{plan.write.rtype}/{plan.found or plan.rid}"
    for number, plan in enumerate(plans):
        with _Entry(number, plan):
            for text in set(links.searches(plan.body)) - known.keys():
                searched += 1
                if searched > MOST_SEARCHES:
                    raise refused(
                        413,
                        "too-costly",
                        f"อ้างอิงด้วยเงื่อนไขได้ไม่เกิน {MOST_SEARCHES} แบบ",
                        f"at most {MOST_SEARCHES} conditional references at once",
                    )
                known[text] = _one(writer, text)
    keys = Counter(plan.key for plan in plans if not plan.found)
    for number, plan in enumerate(plans):
        if not plan.found and keys[plan.key] > 1:
            with _Entry(number, plan):
                raise refused(400, "invalid", "ข้อมูลเดียวกันถูกเขียนสองครั้ง", "the same resource is written twice")
        if plan.body is not None and known:
            plan.body = links.resolved(plan.body, known)


def _target(writer: Writer, plan: Plan) -> None:
    write = plan.write
    plan.body = write.body
    plan.rid = write.rid or str(uuid.uuid4())
    if write.criteria is None:
        return
    matches = _matches(writer, write.rtype, write.criteria)
    if len(matches) > 1:
        raise refused(412, "multiple-matches", "เงื่อนไขตรงกับหลายรายการ", "the criteria match more than one")
    if write.method == "POST":
        plan.found = matches[0] if matches else None
    elif write.method == "PUT":
        own = (write.body or {}).get("id")
        if own is not None and not (isinstance(own, str) and _ID.fullmatch(own)):
            raise refused(400, "value", "id ไม่ถูกรูปแบบ", "the id is not an id", f"{write.rtype}.id")
        if matches and own not in (None, matches[0]):
            raise refused(400, "invalid", "id ไม่ตรงกับที่ค้นพบ", "the id is not that of the one found", f"{write.rtype}.id")
        plan.rid = matches[0] if matches else own or plan.rid
    elif matches:
        plan.rid = matches[0]
    else:
        raise gone()


def _matches(writer: Writer, rtype: str, criteria: Sequence[tuple[str, str]]) -> list[str]:
    """Ids of up to two resources that the writer may see; what it may not see decides nothing."""
    if not criteria or any(name.startswith("_") and name not in ("_id", "_tag", "_profile") for name, _ in criteria):
        raise SearchProblem("เงื่อนไขใช้ได้เฉพาะพารามิเตอร์ค้น", "criteria are search parameters only")
    asked = query.read(rtype, [*criteria, ("_count", "2")])
    for name in asked.types:
        writer.require(name, "s")
    return [row.rid for row in searching.run(writer.permit, asked).rows]


def _one(writer: Writer, text: str) -> str:
    rtype, _, criteria = text.partition("?")
    if rtype not in NUMBER:
        raise refused(400, "value", "การอ้างอิงด้วยเงื่อนไขต้องเป็น ชนิด?เงื่อนไข", "a conditional reference is Type?criteria")
    matches = _matches(writer, rtype, parse_qsl(criteria, keep_blank_values=True))
    if len(matches) != 1:
        raise refused(
            412,
            "multiple-matches" if matches else "not-found",
            "การอ้างอิงด้วยเงื่อนไขต้องพบหนึ่งรายการพอดี",
            f"a conditional reference must find exactly one {rtype}",
        )
    return f"{rtype}/{matches[0]}"


def _lock(writer: Writer, plans: list[Plan]) -> None:
    """Lock what stands under the ids and see that each write may have its place."""
    there = standing.lock(writer.permit, [plan.key for plan in plans if not plan.is_new])
    for number, plan in enumerate(plans):
        plan.standing = there.get(plan.key)
        with _Entry(number, plan):
            if not plan.found:
                _may_stand(writer, plan)
            elif plan.standing is None or plan.standing.deleted:  # deleted since it was found
                raise refused(409, "transient", "ข้อมูลเพิ่งถูกลบ ลองใหม่", "what was found was just deleted; try again")


def _may_stand(writer: Writer, plan: Plan) -> None:
    """Refuse a write that may not have its place: hidden, deposited, of another version, not this writer's to do."""
    write, before = plan.write, plan.standing
    changes_what_is_there = write.method in ("PATCH", "DELETE")
    _may_write(writer, plan)
    if before is None and changes_what_is_there:
        raise gone()
    if before is not None and not before.open:
        raise gone() if changes_what_is_there else taken()
    if write.if_match is not None and (plan.creates or before is None or before.vid != write.if_match):
        raise version_conflict()
    if write.absent and not plan.creates:
        raise version_conflict()
    if write.method == "PATCH" and plan.creates:
        raise gone()
    if write.method == "PUT" and plan.creates:
        writer.require(write.rtype, "c")
    if write.rtype == subscriptions.TYPE and before is not None and not writer.own:
        subscriptions.require_own(writer.permit, plan.rid)
    if before is not None and not before.deleted and _source(before.body).startswith(DEPOSITED):
        raise deposited()


def _may_write(writer: Writer, plan: Plan) -> None:
    write = plan.write
    if write.rtype in PUBLIC_TYPES and writer.permit.organizations is not None:
        raise refused(
            403,
            "forbidden",
            "ทะเบียนหน่วยบริการแก้ได้เฉพาะระบบกลาง",
            "only the exchange itself writes the register of facilities",
        )
    if write.rtype == "CodeSystem" and terminology.holds(plan.rid):
        raise refused(422, "business-rule", "ระบบรหัสนี้มากับเซิร์ฟเวอร์ แก้ไม่ได้", "this code system is the server's own")
    if write.rtype == "AuditEvent" and write.method != "POST":
        raise refused(405, "not-supported", "บันทึกการใช้งานเปลี่ยนไม่ได้", "an AuditEvent is never changed")


def _source(body: bytes) -> str:
    return str(exact.loads(body)["meta"].get("source", ""))


# ---- what is written ------------------------------------------------------------------------------------------------


def _content(writer: Writer, plans: list[Plan]) -> None:
    """Apply patches and check every resource."""
    for number, plan in enumerate(plans):
        with _Entry(number, plan):
            if plan.write.patch and plan.standing:
                plan.body = _patched(plan.write.patch, plan.standing.body, plan)
            _check(writer, plan)


def _check(writer: Writer, plan: Plan) -> None:
    if plan.body is not None and not plan.found:
        plan.warnings += checking.check(plan.write.rtype, plan.body, lenient=writer.lenient)
        if plan.write.rtype == subscriptions.TYPE and not writer.own:
            subscriptions.check(writer, plan.body)


def _patched(patch: Patch, before: bytes, plan: Plan) -> Resource:
    raw = exact.dumps(patch(exact.loads(before)))
    if len(raw) > MOST_PATCHED:
        raise refused(413, "too-long", "ผลของ PATCH ใหญ่เกินไป", "the patch makes the resource too large")
    new: Resource = exact.loads(raw)  # what is kept must be what can be read again
    if (new.get("resourceType"), new.get("id")) != plan.key:
        raise refused(422, "business-rule", "PATCH เปลี่ยนชนิดหรือ id ไม่ได้", "a patch changes neither type nor id")
    return new


def _own(writer: Writer, plans: list[Plan]) -> None:
    """See whose record each resource belongs to."""
    living = [plan for plan in plans if plan.is_living]
    here = {plan.rid: plan for plan in living if plan.write.rtype == "Patient"}
    named = {number: _patient(writer, plan) for number, plan in enumerate(plans) if plan.is_living}
    wanted = {rid for rid in named.values() if rid is not None and rid not in here}
    known = standing.patients(writer.permit, wanted)
    unborn = {rid for rid, plan in here.items() if plan.standing is None}
    if writer.lenient:
        unborn |= wanted - known.keys()
    known |= whose.births(writer.hospcode, unborn)
    known |= {rid: plan.standing.person for rid, plan in here.items() if plan.standing}
    for number, plan in enumerate(plans):
        if plan.is_living:
            with _Entry(number, plan):
                _belongs(plan, named[number], known, wanted & unborn)
        elif plan.standing:
            plan.person = plan.standing.person


def _patient(writer: Writer, plan: Plan) -> str | None:
    if plan.write.rtype == "Patient":
        return plan.rid
    return whose.patient_of(plan.write.rtype, plan.body or {}, writer.base)


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


# ---- writing --------------------------------------------------------------------------------------------------------


def _write(writer: Writer, plans: list[Plan]) -> list[Written]:
    now = clock.now()
    _store(writer, plans, now)
    return [_answer(plan, now) for plan in plans]


def _store(writer: Writer, plans: list[Plan], now: datetime, meanwhile: Callable[[], None] = _nothing) -> None:
    """Write what was decided, tell the audit log, identity and subscriptions."""
    own = None if writer.hospcode is None else registry.org_number(writer.hospcode)
    batches: dict[int | None, Batch] = {}
    for plan in plans:
        if plan.found or (plan.body is None and plan.creates):
            continue
        org = plan.standing.org if plan.standing else own
        plan.batch = batches.setdefault(org, Batch(org, now))
        if plan.body is None:
            plan.batch.forbid(plan.person, NUMBER[plan.write.rtype], plan.rid)
        else:
            plan.batch.add(_item(plan, plan.body), new=plan.standing is None)
    for batch in batches.values():
        batch.encode()
    meanwhile()
    for batch in batches.values():
        batch.write()
    for number, plan in enumerate(plans):
        with _Entry(number, plan):
            _leaves_no_orphan(plan)
    _tell(writer, plans, now)
    for plan in plans:
        if plan.write.rtype == subscriptions.TYPE and plan.vid and not writer.own:
            subscriptions.begin(writer.permit.reader.removeprefix("client:"), plan.rid, plan.body)


def _leaves_no_orphan(plan: Plan) -> None:
    """A Patient goes only with all of its data; looked at after the writes, for they may bring data or take it away."""
    deleted = plan.write.method == "DELETE" and plan.write.rtype == "Patient" and plan.vid
    if deleted and standing.has_data(plan.person):
        raise refused(
            409,
            "conflict",
            "ยังมีข้อมูลของผู้ป่วยนี้ ลบข้อมูลเหล่านั้นก่อน",
            "this patient still has data here; delete those first",
        )


def _item(plan: Plan, body: Resource) -> Item:
    meta = body.get("meta") or {}
    kept = {name: value for name, value in meta.items() if name not in _STAMPED}
    source = str(meta.get("source", ""))
    content = {name: value for name, value in body.items() if name not in _OWN}
    return Item(
        plan.person,
        Draft(plan.write.rtype, plan.rid, content),
        "" if source.startswith(OURS) else source,
        kept or None,
    )


def _tell(writer: Writer, plans: list[Plan], now: datetime) -> None:
    """Tell the audit log what was written, and identity what Patients say now."""
    facts = [
        audit.Fact(
            now,
            _kind(plan),
            writer.permit.reader,
            str(writer.permit.purpose),
            plan.person or None,
            writer.hospcode,
            {"version": plan.vid} if plan.vid else {"operation": "write"},
            *plan.key,
        )
        for plan in plans
        if plan.vid or plan.is_answered
    ]
    audit.record_now(facts)
    patients = {plan.person: plan.body for plan in plans if plan.write.rtype == "Patient" and plan.vid}
    if patients:
        whose.link(patients, now)


def _kind(plan: Plan) -> str:
    """What a write was: one that changed nothing has answered with what stands there, as a read does."""
    if not plan.vid:
        return "read"
    return "delete" if plan.body is None else "create" if plan.creates else "update"


def _answer(plan: Plan, now: datetime) -> Written:
    """What became of one write; an update that changes nothing makes no new version."""
    rtype, before = plan.write.rtype, plan.standing
    if plan.found and before:
        return Written(rtype, plan.found, before.vid, before.changed, 200, before.body, plan.warnings)
    if plan.body is None:
        vid, at = (plan.vid, now) if plan.vid else (before.vid, before.changed) if before else (0, now)
        return Written(rtype, plan.rid, vid, at, 204)
    if plan.vid and plan.batch:
        body = plan.batch.body(NUMBER[rtype], plan.rid)
        return Written(rtype, plan.rid, plan.vid, now, 201 if plan.creates else 200, body, plan.warnings)
    assert before is not None  # noqa: S101 - unchanged, so it stood there
    return Written(rtype, plan.rid, before.vid, before.changed, 200, before.body, plan.warnings)
