"""Whether a write may have its place: what stands there is locked, and the writer may change it."""

from __future__ import annotations

from . import exact, standing, subscriptions, terminology
from .domain import PUBLIC_TYPES
from .plans import Entry, Plan
from .writes import DEPOSITED, Writer, deposited, gone, refused, taken, version_conflict


class TargetLost(Exception):
    """What a search found was deleted before it was locked: the search is to be asked again."""


def lock(writer: Writer, plans: list[Plan]) -> None:
    """Lock what stands under the ids and see that each write may have its place. Raises TargetLost."""
    there = standing.lock(writer.permit, [plan.key for plan in plans if not plan.is_new])
    for plan in plans:
        plan.standing = there.get(plan.key)
    if any(plan.has_lost_target for plan in plans):
        raise TargetLost
    for number, plan in enumerate(plans):
        with Entry(number, plan):
            if not plan.found:
                _may_stand(writer, plan)


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
    if write.rtype in PUBLIC_TYPES and not writer.permit.is_unbounded:
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
