"""The demo's staff: licences with an end, one who works at two places and one who has left. All of them are made up."""

from __future__ import annotations

import csv
import tempfile
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING

from .registering import take_practitioners

if TYPE_CHECKING:
    from suksala.registry import Facility, Practitioner, Role

ACTOR = "system:demo"
COLUMNS = ("hospcode", "given_th", "family_th", "given_en", "family_en", "title", "codes", "council", "licence")
DAYS = ("licence_until", "since", "until")
# How many days from today licences end: the first doctor's in two years, then soon, and yesterday; the rest later.
ENDS = (730, 730, 40, -1)
LEFT = timedelta(days=7)


def hospital_of(district: str) -> Facility | None:
    """The first hospital of a district, or its first facility."""
    from suksala import registry

    own = registry.facilities(district=district)
    return next(iter([f for f in own if f.kind == "hospital"] or own), None)


def make_staff(district: str) -> int | None:
    """Tell the registry more of the staff of the district's hospital than deposits do; again gives the same.

    Returns the number of a doctor there, None when no deposit named one.
    """
    from suksala import exchange, registry
    from suksala.foundation import clock

    hospital = hospital_of(district)
    staff = registry.roles_at(hospital.hospcode) if hospital else []
    known = registry.practitioners([role.practitioner for role in staff])
    licensed = [(role, known[role.practitioner]) for role in staff if known[role.practitioner].licences]
    doctors = [role for role, _ in licensed if role.is_doctor]
    if hospital is None or not doctors:
        return None
    unit = next(iter([f for f in registry.facilities(district=district) if f != hospital]), hospital)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "practitioners.csv"
        _write(path, _lines(licensed, unit.hospcode, clock.today()))
        take_practitioners(path, ACTOR)
    last = licensed[-1][0]
    if last.ended is None and last.id != doctors[0].id:
        registry.end_role(last.id, clock.today() - LEFT, actor=ACTOR)
        exchange.publish_staff(hospital.hospcode)
    return doctors[0].practitioner


def doctor_of(hospcode: str) -> int | None:
    """A licensed doctor of a facility, None when no deposit named one."""
    from suksala import registry

    doctors = [role.practitioner for role in registry.roles_at(hospcode) if role.is_doctor]
    return next((one.id for one in registry.practitioners(doctors).values() if one.licences), None)


def _lines(staff: list[tuple[Role, Practitioner]], unit: str, today: date) -> Iterator[tuple[object, ...]]:
    """A line for each of them, and one for the second, who began at a unit some days ago too."""
    for number, ((role, who), days) in enumerate(zip(staff, chain(ENDS, repeat(900)), strict=False)):
        [licence] = who.licences[:1]
        english = ("Somchai", "Jaidee") if number == 0 else ("", "")
        about = (who.given_th, who.family_th, *english, who.title, role.codes[0], licence.council, licence.number)
        until = today + timedelta(days=days)
        yield (role.hospcode, *about, until, role.since, "")
        if number == 1:
            yield (unit, *about, until, today - timedelta(days=10), "")
    yield (unit, "สมหญิง", "ย้ายไกล", "Somying", "Yaiklai", "นาง", "04", "", "", "", "2024-01-01", today - LEFT)


def _write(path: Path, lines: Iterator[tuple[object, ...]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow((*COLUMNS, *DAYS))
        writer.writerows(lines)
