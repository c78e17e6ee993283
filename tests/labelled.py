"""Made-up people's registrations, with the errors of registers, sent by their facilities."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import date

from suksala import identity
from suksala.identity import PersonRow
from suksala.simulation import LabelledRow, labelled_registrations


def registered(people: int, seed: int = 20261121) -> Iterator[tuple[LabelledRow, PersonRow]]:
    """Registrations with the truth, and as a facility sends them."""
    for row in labelled_registrations(people, seed):
        house = f"{row.house}/{row.village}" if row.house else None
        yield (
            row,
            PersonRow(
                row.pid, row.number or None, row.given, row.family, _day(row.birth), row.sex, row.title,
                phone=row.phone, mother=row.mother_number, passport=row.passport, nation=row.nation or None,
                area=row.tambon, house=house,
            ),
        )  # fmt: skip


def register(people: int, seed: int = 20261121) -> dict[tuple[str, str], str]:
    """Send them all, a facility at a time. Returns the true human of each registration."""
    of: dict[str, list[PersonRow]] = defaultdict(list)
    truth = {}
    for row, sent in registered(people, seed):
        of[row.hospcode].append(sent)
        truth[row.hospcode, row.pid] = row.human
    for hospcode, rows in of.items():
        identity.link(hospcode, rows)
    return truth


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
