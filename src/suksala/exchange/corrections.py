"""Whom to correct when people who were taken for one human are two after all: who was told, and who read them as one.

Their notices of the correction go by themselves (`alike`); what they did with the wrong one before is theirs to mend,
so somebody must be able to ask each of them.
Source: IHE PMIR, which leaves unmerging to local policy; decision 0174.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from suksala import audit, identity
from suksala.identity import Parting

from . import subscription_storage

MOST_SHOWN = 50
MOST_LOOKED = 1_000


@dataclass(frozen=True, slots=True)
class ToldClient:
    """A client that was told of what was taken back since.

    answered   its receiver took the notice; one that asks `$events` itself never answers
    corrected  it was told of the taking back, and took that notice too
    """

    client: str
    subscription: str
    answered: bool
    corrected: bool


@dataclass(frozen=True, slots=True)
class JointReader:
    """Somebody who opened registrations of both sides while they were taken for one human.

    actor, facility  as in the audit log; openings: how many facts of reading; last: the newest
    """

    actor: str
    facility: str | None
    openings: int
    last: datetime


@dataclass(frozen=True, slots=True)
class Corrections:
    """Whom to correct after an event took others back; `parting` tells what it took back."""

    parting: Parting
    told: tuple[ToldClient, ...] = ()
    readers: tuple[JointReader, ...] = ()


def corrections(event: int) -> Corrections | None:
    """Whom to correct after an event of identity: an undoing, or one that parted people. None where it took nothing
    back.
    """
    found = identity.parting(event)
    return of(found) if found else None


def recent(
    since: datetime, facilities: Collection[str] | None = None, before: int | None = None
) -> tuple[list[Corrections], int | None]:
    """Whom to correct after partings since a moment, the newest first, a page of them; and the event before which the
    next page goes on, None where that was all. Those that concern nobody are left out.

    facilities  whose registrations parted, every one of them; None: all
    Looks at partings until MOST_SHOWN concern somebody, at most at MOST_LOOKED of these facilities: a page may be
    empty, and another follow.
    """
    found: list[Corrections] = []
    for _ in range(MOST_LOOKED // identity.MOST_PARTINGS):
        page, before = identity.partings(since, facilities, before)
        found += [one for one in map(of, _within(page, facilities)) if one.told or one.readers]
        if before is None or len(found) >= MOST_SHOWN:
            break
    return found, before


def _within(page: list[Parting], facilities: Collection[str] | None) -> list[Parting]:
    """Those of which every registration is of these facilities."""
    if facilities is None:
        return page
    persons = {person for one in page for side in one.sides for person in side}
    ours = {one.person for one in identity.registrations(persons) if one.hospcode in facilities}
    return [one for one in page if ours.issuperset(person for side in one.sides for person in side)]


def of(parting: Parting) -> Corrections:
    """Whom to correct after a parting."""
    return Corrections(parting, tuple(_told(parting)), tuple(_readers(parting)))


def _told(parting: Parting) -> Iterator[ToldClient]:
    corrected = {one.subscription for one in subscription_storage.told_of(parting.events) if one.answered}
    answered: dict[tuple[str, str], bool] = {}
    for one in subscription_storage.told_of(parting.joins):
        key = (one.client, one.subscription)
        answered[key] = answered.get(key, True) and one.answered
    for (client, rid), taken in answered.items():
        yield ToldClient(client, rid, taken, rid in corrected)


def _readers(parting: Parting) -> list[JointReader]:
    return [JointReader(*row) for row in audit.readers_across(parting.sides, parting.since, parting.at)]
