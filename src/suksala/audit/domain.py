"""What a fact is."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from suksala.foundation import SuksalaError

_KIND = re.compile(r"[a-z][a-z0-9-]*(\.[a-z][a-z0-9-]*)*")


class UnknownKind(SuksalaError):
    """The name of a kind of fact is not written as `words.with.dots`."""

    code = "SKL-AUDIT-001"


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that was done.

    at        the moment, aware
    kind      what was done: `read`, `phr.login`, `identity.undo`
    actor     who did it: `account:<login>`, `client:<name>`, `system:<part>`
    purpose   why, as HL7 ActReason code (PATRQT, TREAT, HOPERAT ...), where the law asks
    person    whose record, where it is one person's (a registration, see identity)
    facility  on behalf of which facility (HOSPCODE)
    rtype, rid  which FHIR resource, where it is one
    detail    counts and codes that explain the fact; never a value from a record
    seq       order of writing; 0 until it is kept
    origin    address of the connection that it came over; None for what no connection asked for
    """

    at: datetime
    kind: str
    actor: str
    purpose: str | None = None
    person: int | None = None
    facility: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    rtype: str | None = None
    rid: str | None = None
    seq: int = 0
    origin: str | None = None


@dataclass(frozen=True, slots=True)
class Veil:
    """Facts that the person whom they are about is not told yet; they stay in the log, and are told later.

    actor, purpose, since, until  what this reader did for this purpose in since <= at < until, and names no matter
    matter                        what tells of this matter, by its number in the detail `grant`
    """

    actor: str
    purpose: str
    since: datetime
    until: datetime
    matter: str


@dataclass(frozen=True, slots=True)
class Opening:
    """That somebody of a facility's staff saw one person's record on one day in Bangkok.

    hours   hours of the day at which they did
    times   how often
    chosen  whether they chose whom they saw; else the person was put before them (audit.SHOWN)
    """

    reader: str
    person: int
    facility: str
    on: date
    hours: frozenset[int]
    times: int
    chosen: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which facts somebody looks for; None: every one.

    facility        on whose behalf it was done
    consent         id of a Consent: what rested on it, and what was done to it
    since, until    since <= at < until
    before          older than this place (moment, number), to turn the page
    veils           without what is not told yet
    kinds           of these kinds, some of them only in parts: `parts[kind]` is the operations (of refused writes the
                    methods) that are wanted, all that are known, and whether unknown ones are wanted
    """

    persons: tuple[int, ...] | None = None
    facility: str | None = None
    actor: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    rtype: str | None = None
    rid: str | None = None
    consent: str | None = None
    seqs: tuple[int, ...] | None = None
    kinds: tuple[str, ...] | None = None
    parts: Mapping[str, tuple[list[str], list[str], bool]] = field(default_factory=dict)
    before: tuple[datetime, int] | None = None
    veils: tuple[Veil, ...] = ()
    limit: int = 100


# The log outlives the record it tells of: hospitals keep out-patient records 5 and in-patient records 10 years, the
# Computer Crime Act asks for traffic data of 90 days (../domain/hie_phr.md section 8).
KEEP_YEARS = 11


def kept_until(month: date) -> date:
    """The first day on which a month's facts need no longer be kept, those of its last day included.

    month  its first day
    """
    following = (month + timedelta(days=31)).replace(day=1)
    return following.replace(year=following.year + KEEP_YEARS)


def require_kind(kind: str) -> None:
    """Refuse a kind that later readers could not find again by name."""
    if not _KIND.fullmatch(kind):
        raise UnknownKind(
            "ชื่อประเภทเหตุการณ์ต้องเป็นอักษรอังกฤษตัวเล็กคั่นด้วยจุด เช่น phr.login",
            "the kind of a fact is lower-case words with dots, such as phr.login",
        )
