"""All registrations as the comparisons see them, in pieces: a million at once would not fit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from suksala.foundation import database

from . import reading, storage, telephones
from .arrays import column, ints
from .matching.demographics import Demographics

PIECE = 20_000


class Told(NamedTuple):
    """A registration and what is compared of it."""

    person: int
    read: Demographics


def pieces(today: date, persons: Sequence[int] | None = None) -> Iterator[list[Told]]:
    """These persons, or everybody of whom something is known, by person. Each piece is read by itself: others may
    change meanwhile.
    """
    wanted = (
        sorted(persons) if persons is not None else column("SELECT person FROM identity_demographics ORDER BY person")
    )
    shared = telephones.all_shared()
    for first in range(0, len(wanted), PIECE):
        found = database.rows(
            f"SELECT person, {storage.COMPARED} FROM identity_demographics "
            "WHERE person = ANY(%s::bigint[]) ORDER BY person",
            [ints(wanted[first : first + PIECE])],
        )
        yield [Told(person, reading.comparable(columns, today, shared)) for person, *columns in found]


def count() -> int:
    """How many there are."""
    [(found,)] = database.rows("SELECT count(*) FROM identity_demographics")
    return int(found)
