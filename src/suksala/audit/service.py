"""Use cases of the log."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from suksala.foundation import clock, database

from . import storage, wanted_storage
from .domain import Fact, Opening, Veil, Wanted, require_kind

MONTHS_AHEAD = 12


def record(
    kind: str,
    *,
    actor: str,
    purpose: str | None = None,
    person: int | None = None,
    facility: str | None = None,
    detail: Mapping[str, Any] | None = None,
    at: datetime | None = None,
) -> None:
    """Keep one fact, within the present transaction: the fact stands if and only if what it tells of does.

    at  the moment it happened, now when not given; the meaning of the others stands at `Fact`
    Raises UnknownKind for a kind that is not lower-case words with dots.
    """
    require_kind(kind)
    storage.insert(Fact(at or clock.now(), kind, actor, purpose, person, facility, detail or {}))


def record_many(facts: Iterable[Fact], *, once: bool = False) -> int:
    """Keep many facts at once, such as the usage log of an application. Returns how many were added.

    once  a fact with the same kind, moment, actor, person, facility and detail is kept a single time, however often
          it is sent
    """
    kept = list(facts)
    for kind in {fact.kind for fact in kept}:
        require_kind(kind)
    if not kept:
        return 0
    with database.transaction():
        storage.ensure_months(_bangkok_day(min(f.at for f in kept)), _bangkok_day(max(f.at for f in kept)))
        return storage.insert_once(kept) if once else storage.insert_all(kept)


def record_now(facts: Sequence[Fact]) -> None:
    """Keep facts of this moment within the present transaction, as `record` does with one: partitions for now are made
    when the system starts. Raises UnknownKind.
    """
    for kind in {fact.kind for fact in facts}:
        require_kind(kind)
    if facts:
        storage.insert_all(facts)


def ensure_partitions(months_ahead: int = MONTHS_AHEAD, *, since: date | None = None) -> Sequence[date]:
    """Make the monthly partitions from `since` (this month) to `months_ahead` months from now; safe to repeat.

    Returns the months whose facts already lie in the default partition: nothing is lost, only that month is not apart.
    """
    today = clock.today()
    last = today.replace(day=1).toordinal() + 31 * months_ahead
    with database.transaction():
        return storage.ensure_months(since or today, date.fromordinal(last))


def facts(kind: str, since: datetime | None = None, until: datetime | None = None) -> Iterator[Fact]:
    """Facts of one kind with since <= at < until, oldest first; the way an upper module learns what a lower one saw."""
    return storage.select(kind, since, until)


def of_persons(
    persons: Collection[int],
    *,
    limit: int = 200,
    before: datetime | None = None,
    consent: str | None = None,
    veils: Sequence[Veil] = (),
) -> list[Fact]:
    """Who looked, and what else was done to these persons' records, newest first.

    before   only facts older than this moment, to turn the page
    consent  id of a Consent: only what rested on it, and what was done to it
    veils    without what the persons are not told yet
    """
    wanted = Wanted(tuple(sorted(persons)), until=before, consent=consent, veils=tuple(veils), limit=limit)
    return wanted_storage.select(wanted) if persons else []


def facts_wanted(wanted: Wanted) -> list[Fact]:
    """Facts by what somebody looks for, newest first, at most `wanted.limit`."""
    return wanted_storage.select(wanted)


def opened_on(persons: Collection[int], actor: str, on: date) -> list[tuple[int, str | None]]:
    """Which of these persons' records somebody opened on a day in Bangkok, or had named in a list, and on behalf of
    which facility.
    """
    return wanted_storage.opened_on(sorted(persons), actor, on)


def openings(since: datetime, until: datetime) -> list[Opening]:
    """Whose record staff of facilities saw, one for each reader, person, facility and day in Bangkok."""
    return wanted_storage.openings(since, until)


def listings(since: datetime, until: datetime) -> list[Opening]:
    """Whom searches named to staff of facilities, opened or not; without hours or how often."""
    return wanted_storage.listings(since, until)


def readers_across(
    sides: Sequence[Collection[int]], since: datetime, until: datetime
) -> list[tuple[str, str | None, int, datetime]]:
    """Who read persons of several sides in since <= at < until: (reader, facility, how many facts, the newest)."""
    return wanted_storage.readers_across(sides, since, until) if len(sides) > 1 else []


def kinds() -> list[str]:
    """Every kind that stands in the log, by name."""
    return wanted_storage.kinds()


def _bangkok_day(at: datetime) -> date:
    return at.astimezone(clock.BANGKOK).date()
