"""What was decided is written: resources with their former versions, and those told who must know.

The audit log has a fact for each write, identity what Patients say now, subscriptions what changed; all in the present
transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from suksala import audit, registry

from . import consenting, labelling, search_parameters, standing, subscriptions, whose
from .domain import NUMBER, Draft
from .plans import Entry, Plan
from .storage import Batch, Item
from .writes import OURS, Resource, Writer, Written, refused

_OWN = frozenset({"resourceType", "id", "meta"})
_STAMPED = frozenset({"versionId", "lastUpdated", "source"})


def nothing() -> None:
    """What there is to do meanwhile, where there is nothing."""


def store(writer: Writer, plans: list[Plan], now: datetime, meanwhile: Callable[[], None] = nothing) -> None:
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
        with Entry(number, plan):
            _leaves_no_orphan(plan, own)
    _tell(writer, plans, now)
    for number, plan in enumerate(plans):
        if plan.write.rtype == subscriptions.TYPE and plan.vid and not writer.own:
            subscriptions.begin(writer.permit.reader.removeprefix("client:"), plan.rid, plan.body)
        with Entry(number, plan):
            search_parameters.carry_out(plan)
            consenting.carry_out(writer, plan)


def _leaves_no_orphan(plan: Plan, own: int | None) -> None:
    """A Patient goes only with all of its data; looked at after the writes, for they may bring data or take it away."""
    deleted = plan.write.method == "DELETE" and plan.write.rtype == "Patient" and plan.vid
    if deleted and standing.has_data(plan.person, own):
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
        labelling.settle(patients)  # an adolescent's matter is told by the birth date, which is known now


def _kind(plan: Plan) -> str:
    """What a write was: one that changed nothing has answered with what stands there, as a read does."""
    if not plan.vid:
        return "read"
    return "delete" if plan.body is None else "create" if plan.creates else "update"


def answer(plan: Plan, now: datetime) -> Written:
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
