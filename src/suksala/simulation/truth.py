"""The lines of truth/: who is whom, what every facility wrote down, and why it can or cannot be linked."""

from __future__ import annotations

from typing import Final

from . import numbers
from .calendar import ymd
from .people import Person, title
from .world import Registration, World

PEOPLE: Final = ("human", "number", "title", "given", "family", "sex", "birth", "died", "nation", "district",
                 "catchment", "dm_since", "ht_since")  # fmt: skip
REGISTRATIONS: Final = ("human", "hospcode", "pid", "true_number", "sent_number", "typearea", "linkable", "reason",
                        "mistakes")  # fmt: skip
ERRORS: Final = ("zip", "file", "line", "column", "kind", "verdict", "rule")
INDICATORS: Final = ("code", "period", "hospcode", "district", "province", "a", "b", "true_a", "true_b")
MEMBERS: Final = ("code", "period", "basis", "hospcode", "pid", "in_a")
USAGE: Final = ("hospcode", "pid", "kind", "at", "demonstration")


def person_line(person: Person, world: World) -> tuple[str, ...]:
    """One row of people.csv: the human as he or she truly is."""
    facility = world.district.facilities[world.home.catchment]
    return (
        person.human, person.number, title(person, person.died or 10**6), person.given, person.family, person.sex,
        ymd(person.birth), _day(person.died), person.nation, world.district.area.code, facility.hospcode,
        _day(person.dm), _day(person.ht),
    )  # fmt: skip


def registration_line(reg: Registration) -> tuple[str, ...]:
    """One row of registrations.csv."""
    row = reg.sent.row
    linkable = row is not None and numbers.trusted(row.number, row.birth) and row.number == reg.person.number
    return (
        reg.person.human, reg.facility.hospcode, reg.pid, reg.person.number, row.number if row else "",
        reg.typearea, "1" if linkable else "0", "" if linkable else _reason(reg),
        " ".join(f"{column}:{kind}" for column, kind in reg.desk.mistakes),
    )  # fmt: skip


def _reason(reg: Registration) -> str:
    row = reg.sent.row
    if row is None:
        return "person-row-refused"
    if not row.number:
        return "no-number"
    if numbers.trusted(row.number, row.birth):
        return "other-number"
    return "number-not-trusted"


def _day(day: int) -> str:
    return ymd(day) if day else ""
