"""Consents among the resources: one that a system sends is a rule from the same transaction on; one that a person
decided here is shown, and changed by that person only.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from suksala import consent
from suksala.foundation import clock

from .domain import NUMBER
from .outcome import Issue
from .plans import Entry, Plan
from .writes import Resource, WriteProblem, Writer, refused

TYPE = "Consent"
_EVERY_TYPE = {"Resource", "DomainResource"}
_OWN = consent.resource_id(0)[:-1]


def decide(writer: Writer, plans: Sequence[Plan]) -> None:
    """See that each Consent can have its effect. Raises WriteProblem with the place of what cannot be carried out."""
    for number, plan in enumerate(plans):
        if plan.write.rtype == TYPE and not plan.found and not writer.own:
            with Entry(number, plan):
                _check(writer, plan)


def _check(writer: Writer, plan: Plan) -> None:
    if plan.rid.startswith(_OWN):
        raise refused(
            422,
            "business-rule",
            "คำยินยอมนี้เจ้าของประวัติตัดสินใจไว้ในระบบ เปลี่ยนได้เฉพาะเจ้าของ",
            "a person decided this here; only they change it",
            TYPE,
        )
    if plan.body is None:
        return
    try:
        consent.require_takable(plan.body, writer.hospcode)
        _require_somebody(plan)
        _require_types(plan.body)
    except consent.ConsentProblem as problem:
        raise _told(problem) from problem


def _require_somebody(plan: Plan) -> None:
    """An active Consent is about somebody here: of nobody it would be kept and close nothing."""
    if not plan.person and (plan.body or {}).get("status") == "active":
        raise consent.CannotCarryOut(
            f"{TYPE}.patient", "ต้องบอกว่าเป็นของผู้ป่วยคนใดในระบบนี้", "it must name a patient of this server"
        )


def _require_types(body: Resource) -> None:
    """A type that nobody knows would bound a denial to nothing."""
    root = body.get("provision")
    inner = root.get("provision") if isinstance(root, dict) else None
    for place, each in [("", root), *((".provision", one) for one in inner or ())]:
        if _types(each) - NUMBER.keys() - _EVERY_TYPE:
            where = f"{TYPE}.provision{place}.class"
            raise consent.CannotCarryOut(where, "ไม่มีทรัพยากรชนิดนี้", "there is no such resource type")


def _types(provision: object) -> set[str]:
    classes = provision.get("class") if isinstance(provision, dict) else None
    return {str(one.get("code")) for one in classes or () if isinstance(one, dict)}


def carry_out(writer: Writer, plan: Plan) -> None:
    """Let a written Consent have its effect, within its transaction, after `decide`. Raises WriteProblem."""
    if plan.write.rtype != TYPE or writer.own or not plan.vid or not plan.person:
        return
    try:
        _take_in(writer, plan, plan.body, clock.now())
    except consent.ConsentProblem as problem:
        raise _told(problem) from problem


def _take_in(writer: Writer, plan: Plan, body: Resource | None, now: datetime) -> None:
    consent.take_in(plan.person, f"{TYPE}/{plan.rid}", body, writer.permit.reader, writer.hospcode, now)


def _told(problem: consent.ConsentProblem) -> WriteProblem:
    place = getattr(problem, "place", TYPE)
    return WriteProblem(422, [Issue(problem.code, "business-rule", problem.th, problem.en, "error", place)])
