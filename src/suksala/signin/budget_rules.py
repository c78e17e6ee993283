"""Budgets: how fast a client may ask, of how many people in an hour, how often it may export. Pure.

Three, not one (T04): a rate alone lets a stolen key read everybody slowly, a bound on people alone lets it hammer.
Source: NHS e-RS's published limits for rate and exports; the shared security plan for people.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, fields, replace
from datetime import timedelta

from suksala.foundation import SuksalaError

PEOPLE = "SKL-SIGNIN-031"
USUAL = "rate=10 burst=50 patients=1000 exports=2 rows=10000000 person=120 clerk=30"
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


class BadBudgets(SuksalaError):
    """SUKSALA_BUDGETS is not written as rate=10 burst=50 and so on."""

    code = "SKL-SET-010"


class OverBudget(SuksalaError):
    """A client asks more than it may just now. Nothing of what it asked was told.

    seconds       after which it may ask again
    is_of_people  whether of too many people, not too fast
    """

    http_status = 429

    def __init__(self, code: str, th: str, en: str, seconds: float) -> None:
        super().__init__(th, en, code=code)
        self.seconds = max(1, math.ceil(seconds))
        self.is_of_people = code == PEOPLE


@dataclass(frozen=True, slots=True)
class Budget:
    """What a client may; 0 is no bound.

    rate      requests a second, on the average
    burst     requests at once
    patients  different people whose data it is told within any hour
    exports   bulk exports within any day
    rows      resources in one export
    """

    rate: int = 10
    burst: int = 50
    patients: int = 1000
    exports: int = 2
    rows: int = 10_000_000

    @property
    def share(self) -> int:
        """How many requests a process takes out of the common bucket at a time: a tenth of a burst."""
        return max(1, self.burst // 10)


UNBOUND = Budget(0, 0, 0, 0, 0)


@dataclass(frozen=True, slots=True)
class Budgets:
    """The budgets of an installation.

    system  of a client of which nothing else is said
    person  people within an hour for whoever asks through an app or on pages, each clinician by themselves
    clerk   the same for a clerk, who meets one person at a time
    """

    system: Budget = Budget()
    person: int = 120
    clerk: int = 30

    def of_app(self, own: Budget) -> Budget:
        """What an app may in one person's name."""
        return replace(own, patients=self.person, exports=0)


def read(text: str) -> Budgets:
    """Budgets as an operator writes them; what is not named is as usual. Raises BadBudgets.

    >>> read("rate=20 person=60").system.rate, read("off").system, read("").person, read("").clerk
    (20, Budget(rate=0, burst=0, patients=0, exports=0, rows=0), 120, 30)
    """
    if text == "off":
        return Budgets(UNBOUND, 0, 0)
    names = {field.name for field in fields(Budget)} | {"person", "clerk"}
    found: dict[str, int] = {}
    for part in text.replace(",", " ").split():
        name, _, number = part.partition("=")
        if name not in names or not re.fullmatch("[0-9]{1,9}", number):
            raise BadBudgets(
                f"SUKSALA_BUDGETS เขียนแบบ {USUAL} หรือ off ไม่ใช่ {name}",
                f"SUKSALA_BUDGETS is written {USUAL}, or off; not {name}",
            )
        found[name] = int(number)
    person, clerk = found.pop("person", 120), found.pop("clerk", 30)
    return Budgets(Budget(**found), person, clerk)


def too_fast(seconds: float) -> OverBudget:
    """More requests than a second holds."""
    return OverBudget(
        "SKL-SIGNIN-030",
        "ขอถี่เกินกำหนดของระบบนี้ รอตาม Retry-After แล้วขอใหม่",
        "more requests than this client may send; wait as Retry-After says",
        seconds,
    )


def too_many_patients(seconds: float) -> OverBudget:
    """More people than an hour holds."""
    return OverBudget(
        PEOPLE,
        "ขอข้อมูลของคนจำนวนมากเกินกำหนดในหนึ่งชั่วโมง ไม่มีข้อมูลใดถูกส่ง",
        "data of more people than an hour allows was asked; nothing was told",
        seconds,
    )


def too_many_exports(seconds: float) -> OverBudget:
    """More exports than a day holds."""
    return OverBudget(
        "SKL-SIGNIN-032",
        "ส่งออกครบจำนวนครั้งของวันนี้แล้ว",
        "as many exports as a day allows were begun",
        seconds,
    )
