"""From a row as sent to what is kept: one spelling, number classed and hidden, newborns recognised."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any

from suksala.foundation import clock, keys
from suksala.standards.thai_codes import NumberClass, PersonName, citizen_number, folded, names, sort_key

from .domain import PersonRow

NUMBER = "identity.number"
READING = "1"  # how rows are read; a new value makes every row a changed one
# T3 (pupils' G-codes) may be replaced by a real number any day, so it waits for deeper matching.
LINKING = frozenset({NumberClass.T1, NumberClass.T2})

# Given names repeat among people, and both among a human's registrations: most of the work is done once.
_sorted = lru_cache(maxsize=1 << 16)(sort_key.__wrapped__)
_folded = lru_cache(maxsize=1 << 16)(folded.__wrapped__)


def number_key(number: str) -> int:
    """What stands for a national number in tables: equal for equal numbers, meaningless without our key."""
    return keys.keyed_int(NUMBER, citizen_number.plain(number))


def content(row: PersonRow) -> bytes:
    """A keyed digest of the row as sent, to tell a change from a repeat before anything is read.

    Keyed, because whoever knows a person's name and birthday could otherwise try numbers against it.
    """
    parts = (READING, row.number, row.given, row.family, row.birth, row.sex, row.title, row.newborn, row.d_update)
    return keys.keyed_hash("identity.content", "\x1f".join(map(str, parts)))


def prepare(row: PersonRow, digest: bytes) -> tuple[Any, ...]:
    """The columns kept of a row, in the order of storage: pid, then the fields. `digest` is its content."""
    name = read_name(row.given or "", row.family or "", row.title or "")
    given, family = name.given or "", name.family or ""
    newborn = row.newborn or name.newborn is not None
    sex = (row.sex or "")[:1]
    shown = (name.title or "", given, family, _sorted(given) + _sorted(family), f"{_folded(given)} {_folded(family)}")
    return (row.pid, *_number(row), *shown, row.birth, sex, newborn, _in_bangkok(row.d_update), digest)


def linking_key(row: PersonRow) -> int | None:
    """The keyed hash of a number that may join registrations by itself, or None."""
    _, key, _, is_trusted = _number(row)
    return key if is_trusted else None


def _number(row: PersonRow) -> tuple[bytes | None, int | None, str, bool]:
    if not row.number:
        return None, None, "", False
    read = citizen_number.classify(row.number, row.birth)
    if read.cls is NumberClass.T6:
        return None, None, read.cls.value, False
    return keys.seal(read.text), keys.keyed_int(NUMBER, read.text), read.cls.value, read.trusted and read.cls in LINKING


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
