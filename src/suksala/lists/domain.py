"""What a line list says and who of it is missing. Pure: the present moment is an argument."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import takewhile
from typing import NamedTuple

from suksala.foundation import SuksalaError

PURPOSE = "PUBHLTH"  # HL7 ActReason: to control a disease


class ListProblem(SuksalaError):
    """A list that cannot be read at all, or something asked of the lists that is not there or makes no sense."""

    code = "SKL-LST-001"


class Status(StrEnum):
    """What an agency noted about somebody, and when."""

    POSITIVE = "positive"
    WAITING = "waiting"
    ASSIGNED = "unit-assigned"
    VEHICLE_SENT = "vehicle-sent"
    HOME_ISOLATION = "home-isolation"
    COMMUNITY_ISOLATION = "community-isolation"
    IN_HOSPITAL = "in-hospital"
    RECOVERED = "recovered"
    DEAD = "dead"
    UNREACHABLE = "unreachable"


CARE = frozenset({Status.HOME_ISOLATION, Status.COMMUNITY_ISOLATION, Status.IN_HOSPITAL})
CLOSED = frozenset({Status.RECOVERED, Status.DEAD})


class StatusAt(NamedTuple):
    """One line of a history."""

    status: Status
    at: datetime


@dataclass(frozen=True, slots=True)
class Line:
    """One row of an agency's list.

    row         the agency's own id of the row
    given, family, number, passport, phone  as written, "" for unknown
    birth_year  Gregorian, told or from the age
    district    4-digit code or ""
    risk        the agency marked a risk: an illness, a pregnancy
    history     what was noted, oldest first
    """

    row: str = field(repr=False)
    given: str = field(default="", repr=False)
    family: str = field(default="", repr=False)
    number: str = field(default="", repr=False)
    passport: str = field(default="", repr=False)
    phone: str = field(default="", repr=False)
    birth_year: int | None = field(default=None, repr=False)
    district: str = ""
    risk: bool = False
    history: tuple[StatusAt, ...] = ()

    @property
    def name(self) -> str:
        """Given and family name as written."""
        return f"{self.given} {self.family}".strip()


class LineProblem(NamedTuple):
    """What is wrong with a row, for its sender: where, a stable code, what was expected, what to do. Never the value.

    is_in  the row is in all the same, without that one cell
    """

    line: int
    column: str
    code: str
    th: str
    en: str
    is_in: bool = False


class Imported(NamedTuple):
    """What became of a list that was sent.

    rows       rows of it; new: seen for the first time, changed: another version or more history, unchanged: sent again
    set_aside  rows that are not in; problems: what was wrong with them, and with cells that were left out
    """

    rows: int
    new: int
    changed: int
    unchanged: int
    set_aside: int
    problems: tuple[LineProblem, ...]


_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
_AGENCY = re.compile(r"(?:(facility|system):)?([a-z0-9][a-z0-9._-]{0,31})")
_FACILITY = re.compile("[0-9]{5}")


def require_names(agency: str, name: str) -> tuple[str, str]:
    """Agency and list as they are kept: small and capital letters are one, and an agency says its kind, so that a
    system that is called like a facility is not that facility. Five digits alone are a facility, another name a system.

    Raises ListProblem.

    >>> require_names("LAB", "2026-11"), require_names("99801", "july"), require_names("system:99801", "july")
    (('system:lab', '2026-11'), ('facility:99801', 'july'), ('system:99801', 'july'))
    """
    found, listed = _AGENCY.fullmatch(agency.strip().lower()), name.strip().lower()
    if found is None or not _NAME.fullmatch(listed):
        raise ListProblem(
            "รหัสหน่วยงานและชื่อรายชื่อใช้ a-z 0-9 จุด และขีด ไม่เกิน 32 ตัว เช่น lab, 2026-11",
            "an agency and a list are named by a-z, 0-9, dots and dashes, 32 at most, such as lab, 2026-11",
            code="SKL-LST-003",
        )
    kind = found[1] or ("facility" if _FACILITY.fullmatch(found[2]) else "system")
    return f"{kind}:{found[2]}", listed


def party_of(agency: str) -> tuple[str, bool]:
    """The party of agreements that an agency may be, and whether that is a facility: `facility:99801`, `system:nhso`.

    >>> party_of("facility:99801"), party_of("system:nhso"), party_of("system:99801")
    (('99801', True), ('nhso', False), ('99801', False))
    """
    kind, _, code = agency.partition(":")
    return code, kind == "facility"


class Kind(StrEnum):
    """The six ways to be missing, and who is asked about because a link that took them off a list is weak."""

    NO_CONTACT = "no-contact"
    NO_UNIT = "no-unit"
    NOT_ACCEPTED = "not-accepted"
    NO_REPORT = "no-report"
    NOT_RECEIVED = "not-received"
    TWO_AGENCIES = "two-agencies"
    DOUBTFUL = "doubtful-link"


LIMITS = {  # after which somebody counts as missing
    Kind.NO_CONTACT: timedelta(hours=24),
    Kind.NO_UNIT: timedelta(hours=24),
    Kind.NOT_ACCEPTED: timedelta(hours=24),
    Kind.NO_REPORT: timedelta(hours=48),
    Kind.NOT_RECEIVED: timedelta(hours=24),
    Kind.TWO_AGENCIES: timedelta(hours=24),
}
INTAKE = {  # how somebody in nobody's care is missing, by what was noted last
    Status.POSITIVE: Kind.NO_CONTACT,
    Status.UNREACHABLE: Kind.NO_CONTACT,
    Status.WAITING: Kind.NO_UNIT,
    Status.ASSIGNED: Kind.NOT_ACCEPTED,
    Status.VEHICLE_SENT: Kind.NOT_RECEIVED,
}
OPENS = frozenset(INTAKE) - {Status.UNREACHABLE}  # says that somebody is ill; a call that nobody answered does not
# Whoever was isolated was rung for 14 days, and discharged on day 10 or 14 (the city's rule of 2564 and the clinical
# guideline, decision 0193): care that nothing was heard of for so long hides nobody any more.
CARE_LASTS = timedelta(days=14)
_REPORTING = frozenset({Status.HOME_ISOLATION, Status.COMMUNITY_ISOLATION})


class Standing(NamedTuple):
    """How a person stands over all lists, by the time of each event and not by the order in which lists came.

    status, at   the latest of all
    care         the latest status of care, and since; None: in nobody's care
    closed_at    when the latest recovery or death was noted
    intake       the latest other status, and when; first: when the first of them was noted
    All but the first two are of the present illness: what was before it counts no more.
    """

    status: Status
    at: datetime
    care: StatusAt | None = None
    closed_at: datetime | None = None
    intake: StatusAt | None = None
    first: datetime | None = None

    @property
    def is_closed(self) -> bool:
        """Recovered or dead, and nobody took them into care since."""
        return self.closed_at is not None and (self.care is None or self.care.at <= self.closed_at)

    @property
    def hides(self) -> bool:
        """Whether it takes somebody off the list of the missing: care or a closure of the present illness."""
        return self.care is not None or self.closed_at is not None

    def care_status(self, now: datetime) -> str:
        """What an agency is told: none, in-care (and heard of within 14 days) or closed."""
        if self.is_closed:
            return "closed"
        return "in-care" if self.care and now - self.care.at < CARE_LASTS else "none"


def standing(history: Iterable[StatusAt]) -> Standing:
    """How somebody with at least one status stands; the order of the history plays no part.

    Whoever recovered and is noted as ill again, or is noted as ill 14 days after care was last heard of, is ill anew.
    A death is not undone by a result that comes after it.
    """
    told = sorted(history, key=lambda one: (one.at, one.status))
    anew = _ill_anew(told)
    present = [one for one in told if anew is None or one.at >= anew]
    care = [one for one in present if one.status in CARE]
    intake = [one for one in present if one.status in INTAKE]
    closed = [one.at for one in present if one.status in CLOSED]
    return Standing(
        told[-1].status,
        told[-1].at,
        care[-1] if care else None,
        closed[-1] if closed else None,
        intake[-1] if intake else None,
        intake[0].at if intake else None,
    )


def _ill_anew(told: Sequence[StatusAt]) -> datetime | None:
    """When the present illness began, where another was before it; None where all that is told is of one."""
    if any(one.status == Status.DEAD for one in told):
        return None
    care = max((one.at for one in told if one.status in CARE), default=None)
    closed = max((one.at for one in told if one.status in CLOSED), default=None)
    ill = [one.at for one in told if one.status in OPENS]
    after_recovery = [at for at in ill if closed and at > closed and (care is None or care <= closed)]
    after_silence = [at for at in ill if care and at - care >= CARE_LASTS]
    return min((*after_recovery, *after_silence), default=None)


def missing_kind(one: Standing, now: datetime) -> tuple[Kind, datetime] | None:
    """How somebody is missing and since when they wait, or None: in care and heard of, closed, or not yet too long.

    A call that nobody answered, or another test, takes nobody out of care; a vehicle that left after care began does,
    until somebody receives them. Whoever is in nobody's care waits since the first note about this illness. A hospital
    has its own rounds, so it need not report for two weeks, and then it is asked too.
    """
    if one.is_closed:
        return None
    limit = None
    if one.care is None:
        kind, since = INTAKE[one.intake.status] if one.intake else None, one.first
    elif one.intake and one.intake.status == Status.VEHICLE_SENT and one.intake.at > one.care.at:
        kind, since = Kind.NOT_RECEIVED, one.intake.at
    else:
        kind, since = Kind.NO_REPORT, one.care.at
        limit = None if one.care.status in _REPORTING else CARE_LASTS
    if kind is None or since is None or now - since < (limit or LIMITS[kind]):
        return None
    return kind, since


def in_two_agencies(rows: Iterable[tuple[str, Sequence[StatusAt]]], now: datetime) -> datetime | None:
    """Since when two agencies both care for somebody, each by what it noted last itself: neither may be doing so.

    rows  of one person: the agency and what it noted, oldest first
    None where there are no two, or not for 24 hours yet: to hand somebody over takes time.
    """
    since: dict[str, datetime] = {}
    for agency, noted in rows:
        stay = [*takewhile(lambda one: one.status in CARE, reversed(noted))]
        if stay and now - stay[0].at < CARE_LASTS:
            since[agency] = min(stay[-1].at, since.get(agency, stay[-1].at))
    both = sorted(since.values())[1:2]
    return both[0] if both and now - both[0] >= LIMITS[Kind.TWO_AGENCIES] else None
