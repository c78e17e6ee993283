"""A made-up emergency for the tests: a doctor, an unconscious woman, and a clock that can be turned."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from suksala import audit
from suksala.consent import Need

BEGAN = datetime(2026, 11, 22, 3, 15, tzinfo=UTC)  # ten past three at night, by the doctor's watch 10:15
WORDS = "หมดสติ ไม่มีญาติมาด้วย แพ้ยาหรือไม่ไม่ทราบ"
NEED = Need("ucep-1", WORDS, "ER-2569/0012", "ว.12345", attested=True)


@dataclass(frozen=True)
class Doctor:
    """A clinician as sign-in knows them."""

    actor: str = "account:doctor"
    role: str = "clinician"
    hospcode: str = "99803"
    display_th: str = "พญ.สมหญิง รักเรียน · สมมติ"
    practitioner: int | None = None


class Turned:
    """The system's clock, the database's, and the seconds since the machine was started; `go` turns the clocks."""

    def __init__(self) -> None:
        self.wall = self.database = BEGAN
        self.up = 0.0

    def go(self, **by: float) -> None:
        self.wall += timedelta(**by)
        self.database += timedelta(**by)

    def to(self, moment: datetime) -> None:
        self.wall = self.database = moment


def facts(kind: str) -> list[audit.Fact]:
    """What the log says of this kind, oldest first."""
    return list(audit.facts(kind))
