"""From a figure to the people behind it, for the team that cares for them: never for anybody else (S1.38)."""

from __future__ import annotations

from typing import Any

import pyarrow.parquet as pq

from suksala import audit, consent, identity, registry
from suksala.consent import Permit, Purpose
from suksala.foundation import clock
from suksala.standards.thai_codes import Period

from . import domain, service, storage
from .domain import Member
from .errors import NotYourPanel

PANEL = "panel.read"


def members(permit: Permit, code: str, period: Period, hospcode: str) -> list[Member]:
    """The people whom a published figure counts at a facility, those outside the numerator first.

    permit  for care operations (HOPERAT) at this very facility
    Raises NotYourPanel, and nothing is read or written. Each person's own log tells who saw them on a list.
    """
    return _people(permit, code, period, hospcode, counted=True)


def excluded(permit: Permit, code: str, period: Period, hospcode: str) -> list[Member]:
    """The people in a measure's universe at a facility who are not in the denominator, with the reason of each."""
    return _people(permit, code, period, hospcode, counted=False)


def _people(permit: Permit, code: str, period: Period, hospcode: str, *, counted: bool) -> list[Member]:
    _require(permit, hospcode)
    run = service.newest_run(code, period)
    rows = _rows(run.id, hospcode, counted)
    registrations = {r.person: r for r in identity.registrations([row["person"] for row in rows])}
    found = [_member(row, registrations.get(row["person"])) for row in rows]
    detail = {"code": code, "period": run.period, "list": "counted" if counted else "excluded"}
    audit.record_many(
        audit.Fact(clock.now(), PANEL, permit.reader, permit.purpose.value, m.person, hospcode, detail) for m in found
    )
    return sorted(found, key=lambda m: (m.in_a, m.reason or "", m.name, m.pid))


def _require(permit: Permit, hospcode: str) -> None:
    permit = consent.witnessed(permit)
    own = permit.purpose is Purpose.HOPERAT and permit.lists(registry.org_number(hospcode))
    if not own or not permit.is_open(clock.now()):
        raise NotYourPanel(
            "รายชื่อนี้เปิดได้เฉพาะทีมที่ดูแลคนเหล่านี้ ยังไม่มีข้อมูลใดถูกเปิด",
            "this list opens only for the team that cares for these people; nothing was read",
        )


def _rows(run: int, hospcode: str, counted: bool) -> list[dict[str, Any]]:
    path = storage.rows_file(run)
    columns = ["human", "hospcode", "person", "reason", "in_b", "in_a", "value", "value_2", "value_on"]
    found: list[dict[str, Any]] = pq.read_table(
        path, columns=columns, filters=[("hospcode", "=", hospcode), ("in_b", "=", int(counted))]
    ).to_pylist()
    return found


def _member(row: dict[str, Any], registration: identity.Registration | None) -> Member:
    return Member(
        hospcode=row["hospcode"],
        pid=registration.pid if registration else "",
        person=row["person"],
        in_b=bool(row["in_b"]),
        in_a=bool(row["in_a"]),
        reason=row["reason"],
        value=domain.shown_value(row["value"], row["value_2"]),
        value_on=row["value_on"],
        name=registration.name if registration else "",
        birth=registration.birth if registration else None,
        sex=registration.sex if registration else "",
    )
