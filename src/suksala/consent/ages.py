"""What somebody may decide alone at which age, by the law as we read it (docs/readings.md R-70).

PDPA s.20 asks the holder of parental power for a minor's consent, except where a minor may act alone (Civil and
Commercial Code s.22-24: what suits their station and needs). The age of majority is 20 (s.19).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime

from suksala import identity
from suksala.foundation import clock

from .consents import ConsentProblem

ALONE = 15  # completed years from which a minor lets somebody see alone; closing is everybody's at any age
MAJORITY = 20


def birth_of(persons: Collection[int]) -> date | None:
    """The birth date of a human, the latest that a registration tells: the one that protects longest. None: unknown."""
    known = [r.birth for r in identity.registrations(persons) if r.birth is not None]
    return max(known, default=None)


def birthday(birth: date, years: int) -> date:
    """The day on which somebody completes so many years; 29 February completes them on 1 March.

    >>> birthday(date(2008, 2, 29), 15)
    datetime.date(2023, 3, 1)
    """
    try:
        return birth.replace(year=birth.year + years)
    except ValueError:
        return date(birth.year + years, 3, 1)


def has_completed(birth: date, years: int, now: datetime) -> bool:
    """Whether so many years are completed on the day in Bangkok."""
    return now.astimezone(clock.BANGKOK).date() >= birthday(birth, years)


def require_may_consent_alone(birth: date | None, now: datetime) -> None:
    """Raises ConsentProblem for a child who needs a representative to open the record to somebody."""
    if birth is not None and not has_completed(birth, ALONE, now):
        raise ConsentProblem(
            f"ผู้มีอายุต่ำกว่า {ALONE} ปีต้องให้ผู้แทนโดยชอบธรรมเป็นผู้ยินยอม แต่ปิดหรือเลิกให้ดูได้เองทุกเมื่อ",
            f"below the age of {ALONE} a legal representative consents; closing is yours at any time",
            code="SKL-CONSENT-010",
        )
