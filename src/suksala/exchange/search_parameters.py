"""Search parameters of the operator's: who may put one to work, what happens then, what it may not be confused with.

A SearchParameter in force (status `active`) is answered by every process, indexes what is written from that moment, and
what is stored already is made anew in the background (reindexing); until then searches of its types say so. Any other
status ends that: the resource stays, the parameter is unknown again.
"""

from __future__ import annotations

from collections.abc import Sequence

from suksala.consent import Permit

from . import parameter_storage as storage
from . import reindexing
from .defining import TYPE, is_in_force, read
from .own_parameters import Own
from .plans import Entry, Plan
from .writes import Writer, refused


def decide(writer: Writer, plans: Sequence[Plan]) -> None:
    """See that whoever changes what is searched by may do so. From here on until the end of the transaction nobody else
    writes a resource. Raises WriteProblem.
    """
    for number, plan in enumerate(plans):
        if plan.write.rtype == TYPE and not plan.found:
            with Entry(number, plan):
                _check(writer.permit, plan)


def _check(permit: Permit, plan: Plan) -> None:
    wanted = plan.body if is_in_force(plan.body) else None
    if wanted is None and not storage.standing([plan.rid]):
        return
    if not permit.is_unbounded:
        raise refused(
            403,
            "forbidden",
            "พารามิเตอร์ที่ใช้ค้นเปลี่ยนได้เฉพาะระบบกลาง",
            "only a system of the exchange itself changes what is searched by",
            TYPE,
        )
    if plan.apart:
        raise refused(
            422,
            "business-rule",
            "เปลี่ยนพารามิเตอร์ที่ใช้ค้นทีละรายการ ไม่ใช่ใน $import",
            "search parameters are changed one by one, not by $import",
            TYPE,
        )
    storage.hold_alone()
    if wanted is not None:
        _require_alone(plan.rid, read(wanted))


def _require_alone(rid: str, own: Own) -> None:
    for url, _ in storage.others(rid, own):
        path, th = ("url", "url นี้") if url == own.url else ("code", "code นี้ของชนิดเดียวกัน")
        raise refused(
            422,
            "duplicate",
            f"มี SearchParameter อื่นใช้ {th} อยู่ ปลดอันเดิมก่อน",
            f"another SearchParameter in force has this {path}; retire that first",
            f"{TYPE}.{path}",
        )


def carry_out(plan: Plan) -> None:
    """Put to work what a written SearchParameter says, within its transaction, after `decide`. Raises WriteProblem."""
    if plan.write.rtype != TYPE or not plan.vid:
        return
    if plan.body is not None and is_in_force(plan.body):
        own = read(plan.body)
        _require_alone(plan.rid, own)  # another of the same transaction
        touched = storage.save(plan.rid, own)
    else:
        touched = storage.retire(plan.rid)
    if touched:
        reindexing.parameters_changed(touched)
