"""What each write makes of its resource: a patch applied, and everything checked."""

from __future__ import annotations

from . import alike, attached, checking, cross_reference, exact, subscriptions
from .plans import Entry, Plan
from .writes import Patch, Resource, Writer, refused

MOST_PATCHED = 16 * 1024 * 1024


def decide(writer: Writer, plans: list[Plan]) -> None:
    """Apply patches and check every resource."""
    for number, plan in enumerate(plans):
        with Entry(number, plan):
            if plan.write.patch and plan.standing:
                plan.body = _patched(plan.write.patch, plan.standing.body, plan)
            check(writer, plan)


def check(writer: Writer, plan: Plan) -> None:
    """Check a resource that is to be written; its warnings stay with the plan. Raises WriteProblem."""
    if plan.body is not None and not plan.found:
        plan.warnings += checking.check(plan.write.rtype, plan.body, lenient=writer.lenient)
        attached.scan(plan.body)
        if plan.write.rtype == "Patient":
            alike.written(plan.body)
            cross_reference.check(plan.body)
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
