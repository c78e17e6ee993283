"""Who somebody is, of all registrations together: for each field the best value and where it was said.

Computed whenever it is asked for and kept nowhere, so nothing of it has to be taken apart when a human parts (design,
section 6). Also: who was whom at an earlier moment.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Generic, TypeVar

from suksala.foundation import clock, database, keys
from suksala.standards.thai_codes import dates

from .arrays import ints
from .errors import NoSuchHuman

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Source:
    """The registration that says something, and when its facility last changed it (None where it does not tell).

    until  when the facility began to say something else; None while it says it
    """

    hospcode: str
    pid: str
    at: datetime | None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Said(Generic[T]):
    """A value and who says it."""

    value: T = field(repr=False)
    source: Source


@dataclass(frozen=True, slots=True)
class Number:
    """A national number, its class (T1 to T5), and whether it may speak for one human. Never log it."""

    text: str = field(repr=False)
    cls: str
    trusted: bool


@dataclass(frozen=True, slots=True)
class View:
    """The best that is known of a human; None and empty where nobody says anything.

    Of several values the one of the registration that was changed last; a whole birth date goes before a year alone, a
    name before a newborn's placeholder.

    families   every family name, the present ones first, then former ones with when they ended (marriage)
    numbers    every national number, those that speak for one human first
    phones     every telephone, the newest first
    dead       who tells of the death
    """

    human: int
    title: Said[str] | None
    given: Said[str] | None
    family: Said[str] | None
    birth: Said[date] | None
    sex: Said[str] | None
    families: tuple[Said[str], ...]
    numbers: tuple[Said[Number], ...]
    phones: tuple[Said[str], ...]
    passports: tuple[Said[str], ...]
    dead: Source | None


@dataclass(frozen=True, slots=True)
class _Row:
    source: Source
    newborn: bool
    title: str = field(repr=False)
    given: str = field(repr=False)
    family: str = field(repr=False)
    birth: date | None = field(repr=False)
    sex: str
    number: Number | None
    phone: str | None = field(repr=False)
    passport: str | None = field(repr=False)
    dead: bool


_ROWS = (
    "SELECT r.hospcode, r.pid, d.d_update, d.newborn, d.title, d.given, d.family, d.birth, d.sex, d.number_sealed, "
    "d.number_class, d.trusted, d.phone_sealed, d.passport_sealed, d.dead "
    "FROM identity_membership m JOIN identity_registration r USING (person) "
    "JOIN identity_demographics d USING (person) "
    "WHERE m.human = %s AND m.closed_by IS NULL AND (%s::text[] IS NULL OR r.hospcode = ANY(%s)) "
    "ORDER BY d.d_update DESC NULLS LAST, r.hospcode, r.pid"
)
_FORMER = (
    "SELECT r.hospcode, r.pid, f.family, f.until FROM identity_former_name f "
    "JOIN identity_registration r USING (person) JOIN identity_membership m USING (person) "
    "WHERE m.human = %s AND m.closed_by IS NULL AND f.family <> '' AND (%s::text[] IS NULL OR r.hospcode = ANY(%s)) "
    "ORDER BY f.until DESC, r.hospcode, r.pid"
)


def view(human: int, facilities: Collection[str] | None = None) -> View:
    """The best that is known of a human now, field by field with its source. Raises NoSuchHuman.

    facilities  whose registrations may be told of; None: all. Where these know nothing, every field is empty
    """
    served = [None if facilities is None else sorted(facilities)] * 2
    rows = [_row(found) for found in database.rows(_ROWS, [human, *served])]
    if not rows and not database.rows("SELECT 1 FROM identity_membership WHERE human = %s LIMIT 1", [human]):
        raise NoSuchHuman
    named = sorted(rows, key=lambda row: row.newborn)
    numbers = sorted(_all(rows, lambda row: row.number), key=lambda said: not said.value.trusted)
    return View(
        human=human,
        title=_first(named, lambda row: row.title),
        given=_first(named, lambda row: row.given),
        family=_first(named, lambda row: row.family),
        birth=_first(sorted(rows, key=_only_the_year), lambda row: row.birth),
        sex=_first(rows, lambda row: row.sex if row.sex in {"1", "2"} else None),
        families=(*(now := _all(named, lambda row: row.family)), *_former(human, {said.value for said in now}, served)),
        numbers=tuple(numbers),
        phones=_all(rows, lambda row: row.phone),
        passports=_all(rows, lambda row: row.passport),
        dead=next((row.source for row in rows if row.dead), None),
    )


def _row(found: Sequence[Any]) -> _Row:
    hospcode, pid, at, newborn, title, given, family, birth, sex, sealed, cls, trusted, phone, passport, dead = found
    number = Number(keys.unseal(sealed), cls, trusted) if sealed else None
    phone, passport = (keys.unseal(hidden) if hidden else None for hidden in (phone, passport))
    source = Source(hospcode, pid, at)
    return _Row(source, newborn, title, given, family, birth, sex, number, phone, passport, dead)


def _only_the_year(row: _Row) -> bool:
    read = dates.read_birth(row.birth, clock.today())
    return read is None or read.year_only


def _first(rows: Iterable[_Row], of: Callable[[_Row], T | None]) -> Said[T] | None:
    return next((Said(value, row.source) for row in rows if (value := of(row))), None)


def _all(rows: Iterable[_Row], of: Callable[[_Row], T | None]) -> tuple[Said[T], ...]:
    """Every value once, by who comes first."""
    found: dict[T, Said[T]] = {}
    for row in rows:
        if value := of(row):
            found.setdefault(value, Said(value, row.source))
    return tuple(found.values())


def _former(human: int, present: Collection[str], served: Sequence[Any]) -> tuple[Said[str], ...]:
    found: dict[str, Said[str]] = {}
    for hospcode, pid, family, until in database.rows(_FORMER, [human, *served]):
        if family not in present:
            found.setdefault(family, Said(family, Source(hospcode, pid, None, until)))
    return tuple(found.values())


# ---- earlier moments ------------------------------------------------------------------------------------------------


def last_event() -> int:
    """The newest event: a report that keeps this number can say whom it counted as one. 0 before the first."""
    [(seq,)] = database.rows("SELECT coalesce(max(seq), 0) FROM identity_event")
    return int(seq)


def event_at(moment: datetime) -> int:
    """The last event until a moment, 0 where there was none: "whom did we take this for on 3 March?"."""
    [(seq,)] = database.rows("SELECT coalesce(max(seq), 0) FROM identity_event WHERE at <= %s", [moment])
    return int(seq)


def humans_as_of(persons: Collection[int], seq: int) -> dict[int, int]:
    """The human that each of these persons was after event `seq`; those not yet registered are left out."""
    found = database.rows(
        "SELECT person, human FROM identity_membership WHERE person = ANY(%s::bigint[]) AND opened_by <= %s "
        "AND (closed_by IS NULL OR closed_by > %s)",
        [ints(persons), seq, seq],
    )
    return dict(found)


def persons_as_of(human: int, seq: int) -> frozenset[int]:
    """The registrations that were this human after event `seq`; none for a human that was not yet, or no longer."""
    found = database.rows(
        "SELECT person FROM identity_membership WHERE human = %s AND opened_by <= %s "
        "AND (closed_by IS NULL OR closed_by > %s)",
        [human, seq, seq],
    )
    return frozenset(person for (person,) in found)
