"""From a row as sent to what is kept: one spelling, number classed and hidden, newborns recognised."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from suksala.foundation import clock, keys
from suksala.standards.thai_codes import NumberClass, PersonName, citizen_number, folded, names, sort_key

from .domain import PersonRow, content_of

NUMBER = "identity.number"
# T3 (pupils' G-codes) may be replaced by a real number any day, so it waits for deeper matching.
LINKING = frozenset({NumberClass.T1, NumberClass.T2})


def number_key(number: str) -> int:
    """What stands for a national number in tables: equal for equal numbers, meaningless without our key."""
    return keys.keyed_int(NUMBER, citizen_number.plain(number))


def prepare(rows: Iterable[PersonRow]) -> Iterator[tuple[Any, ...]]:
    """The columns kept for each row, in the order of storage: pid, then the fields."""
    for row in rows:
        yield _prepare(row)


def _prepare(row: PersonRow) -> tuple[Any, ...]:
    name = read_name(row.given or "", row.family or "", row.title or "")
    given, family = name.given or "", name.family or ""
    plain, sealed, key, cls, trusted = _number(row)
    shown = f"{given} {family}".strip()
    # Naive moments in the files are Bangkok's.
    changed = (
        row.d_update.replace(tzinfo=clock.BANGKOK) if row.d_update and row.d_update.tzinfo is None else row.d_update
    )
    newborn = row.newborn or name.newborn is not None
    sex = (row.sex or "")[:1]
    kept = (
        sealed,
        key,
        cls,
        trusted,
        name.title or "",
        given,
        family,
        sort_key(shown),
        folded(shown),
        row.birth,
        sex,
        newborn,
    )
    content = content_of({"n": plain, "f": kept[2:7], "b": row.birth, "s": sex, "x": newborn, "d": changed})
    return (row.pid, *kept, changed, content)


def _number(row: PersonRow) -> tuple[str, bytes | None, int | None, str, bool]:
    if not row.number:
        return "", None, None, "", False
    read = citizen_number.classify(row.number, row.birth)
    if read.cls is NumberClass.T6:
        return read.text, None, None, read.cls.value, False
    return read.text, keys.seal(read.text), number_key(read.text), read.cls.value, read.trusted and read.cls in LINKING


def read_name(given: str, family: str, title: str) -> PersonName:
    """As standards.thai_codes reads it; a given name is read once for all who bear it, which is most of the work."""
    if not family.strip():
        return names.read_name(given, family, title)
    name = _read_given(given, title)
    return PersonName(name.given, names.normalise_family(family) or None, name.title, name.aliases, name.newborn)


@lru_cache(maxsize=1 << 16)
def _read_given(given: str, title: str) -> PersonName:
    return names.read_name(given, "-", title)
