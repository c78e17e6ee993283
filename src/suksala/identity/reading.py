"""From a row as sent to what is kept: one spelling, number classed and hidden, newborns recognised, blocking keys."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any, NamedTuple

from suksala.foundation import clock, keys
from suksala.standards.thai_codes import NumberClass, PersonName, citizen_number, folded, names, sort_key

from .domain import PersonRow
from .matching import demographics
from .matching.blocking import block_keys
from .matching.demographics import Demographics, Kept

NUMBER = "identity.number"
READING = "3"  # how rows are read; a new value makes every row a changed one
# T3 (pupils' G-codes) may be replaced by a real number any day, so it waits for deeper matching.
LINKING = frozenset({NumberClass.T1.value, NumberClass.T2.value})

# Given names repeat among people, and both among a human's registrations: most of the work is done once.
_sorted = lru_cache(maxsize=1 << 16)(sort_key.__wrapped__)
_folded = lru_cache(maxsize=1 << 16)(folded.__wrapped__)


class Prepared(NamedTuple):
    """A row ready to be kept.

    pid      the facility's own number of the person
    columns  the values of storage.FIELDS, in their order
    blocks   the keys by which candidates for the same human are found
    numbered the keyed hash of a number that links by itself, or None
    phone    the sealed telephone, or None
    """

    pid: str
    columns: tuple[Any, ...]
    blocks: list[int]
    numbered: int | None
    phone: bytes | None


def number_key(number: str) -> int:
    """What stands for a national number in tables: equal for equal numbers, meaningless without our key."""
    return keys.keyed_int(NUMBER, citizen_number.plain(number))


def content(row: PersonRow) -> bytes:
    """A keyed digest of the row as sent, to tell a change from a repeat before anything is read.

    Keyed, because whoever knows a person's name and birthday could otherwise try numbers against it.
    """
    said = (
        row.number, row.given, row.family, row.birth, row.sex, row.title, row.newborn, row.phone, row.mother,
        row.passport, row.nation, row.area, row.house, row.dead, row.d_update,
    )  # fmt: skip
    return keys.keyed_hash("identity.content", "\x1f".join(map(str, (READING, *said))))


def prepare(row: PersonRow, digest: bytes, today: date) -> Prepared:
    """What is kept of a row. `digest` is its content, `today` the day it is read."""
    name = read_name(row.given or "", row.family or "", row.title or "")
    kept = demographics.keep(row, name)
    linking = number_that_links(kept)
    numbered = keys.keyed_int(NUMBER, linking) if linking else None
    sort, search = _sorted(kept.given) + _sorted(kept.family), f"{_folded(kept.given)} {_folded(kept.family)}"
    phone, mother, passport = (keys.seal(text) if text else None for text in (kept.phone, kept.mother, kept.passport))
    return Prepared(
        row.pid,
        (
            *_hidden(kept.number),
            kept.cls or ("T6" if row.number else ""),
            linking is not None,
            name.title or "",
            kept.given,
            kept.family,
            sort,
            search,
            kept.birth,
            kept.sex,
            kept.newborn,
            list(kept.readings),
            phone,
            mother,
            passport,
            kept.nation,
            kept.area,
            kept.house,
            kept.twin_order,
            kept.dead,
            _in_bangkok(row.d_update),
            digest,
        ),
        block_keys(demographics.of_kept(kept, today)),
        numbered,
        phone,
    )


def comparable(columns: Sequence[Any], today: date, shared: Collection[bytes]) -> Demographics:
    """A kept registration as the comparisons see it.

    columns  storage.COMPARED of its row
    shared   sealed telephones that say nothing (`telephones`)
    """
    sealed, cls, given, family, readings, birth, sex, newborn, phone, mother, passport, *rest = columns
    phone = None if phone is None or bytes(phone) in shared else phone
    number, phone, mother, passport = (
        keys.unseal(hidden) if hidden else None for hidden in (sealed, phone, mother, passport)
    )
    nation, area, house, order, dead = rest
    kept = Kept(
        number, cls, given, family, tuple(readings), birth, sex, phone, mother, passport, nation, area, house,
        newborn, order, dead,
    )  # fmt: skip
    return demographics.of_kept(kept, today)


def number_that_links(kept: Kept) -> str | None:
    """The number, if it may join registrations by itself."""
    return demographics.own_number(kept, LINKING, kept.birth)


def linking_key(row: PersonRow) -> int | None:
    """The keyed hash of a row's number that may join registrations by itself, or None."""
    number = number_that_links(demographics.keep(row, read_name(row.given or "", row.family or "", row.title or "")))
    return keys.keyed_int(NUMBER, number) if number else None


def _hidden(number: str | None) -> tuple[bytes | None, int | None]:
    return (keys.seal(number), keys.keyed_int(NUMBER, number)) if number else (None, None)


def _in_bangkok(moment: datetime | None) -> datetime | None:
    """Moments in the files have no zone; they are Bangkok's."""
    return moment.replace(tzinfo=clock.BANGKOK) if moment and moment.tzinfo is None else moment


def read_name(given: str, family: str, title: str) -> PersonName:
    """As standards.thai_codes reads it, a given name once for all who bear it."""
    if not family.strip():
        return names.read_name(given, family, title)
    name = _read_given(given, title)
    return PersonName(name.given, names.normalise_family(family) or None, name.title, name.aliases, name.newborn)


@lru_cache(maxsize=1 << 16)
def _read_given(given: str, title: str) -> PersonName:
    return names.read_name(given, "-", title)
