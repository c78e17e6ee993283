"""Who practises health care, with which licence, where and until when. Pure rules; a day is an argument.

A person is known by a national number or by a licence, whoever tells of them; a facility's own number of staff is
known only there. What contradicts is told as a Conflict and never merged (decision 0124).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from suksala.foundation import SuksalaError
from suksala.standards.file43 import code_table
from suksala.standards.thai_codes import folded

DOCTORS = frozenset({"01", "011"})  # PROVIDERTYPE: physician, family physician
_LICENCE = re.compile(r"[0-9A-Za-zก-ฮ][0-9A-Za-zก-ฮ./-]{0,14}")
_OF_COUNCIL = re.compile(r"^[^0-9]+")


class PractitionerProblem(SuksalaError):
    """What was told of a practitioner or a role cannot be kept; nothing of it was."""

    code = "SKL-REG-005"


class Source(StrEnum):
    """Who tells of a role."""

    DEPOSIT = "deposit"  # a PROVIDER row
    LIST = "list"  # a list that the steward took in
    STEWARD = "steward"  # the steward's page
    PROVIDER_ID = "provider-id"  # the ministry's sign-in for staff


@dataclass(frozen=True, slots=True)
class Licence:
    """Leave of a professional council to practise.

    council  a code of the table COUNCIL, such as 01 for the Medical Council
    number   as the council writes it
    since    first day, None: not told
    until    last day, None: not told
    """

    council: str
    number: str = field(repr=False)
    since: date | None = None
    until: date | None = None

    def is_valid(self, on: date) -> bool:
        """Whether it counts on this day as far as is known; its first and last day do."""
        return (self.since is None or self.since <= on) and (self.until is None or on <= self.until)


@dataclass(frozen=True, slots=True)
class Practitioner:
    """One human who gives care; public are name and qualification, never a number.

    number  the keyed hash of the national number, None where none can be trusted
    """

    id: int
    title: str
    given_th: str
    family_th: str
    given_en: str = ""
    family_en: str = ""
    licences: tuple[Licence, ...] = ()
    number: int | None = field(default=None, repr=False)
    named_at: datetime | None = None

    @property
    def name_th(self) -> str:
        """Title, given name, family name in Thai."""
        return f"{self.title}{self.given_th} {self.family_th}".strip()

    @property
    def name_en(self) -> str:
        """Given name and family name in English; the Thai ones where no English was told."""
        return f"{self.given_en} {self.family_en}".strip() or f"{self.given_th} {self.family_th}".strip()

    def licence(self, council: str) -> Licence | None:
        """The licence of this council, valid or not."""
        return next((held for held in self.licences if held.council == council), None)

    def is_licensed(self, council: str, on: date) -> bool:
        """Whether a licence of this council counts on this day."""
        held = self.licence(council)
        return held is not None and held.is_valid(on)


@dataclass(frozen=True, slots=True)
class Role:
    """That a practitioner works at a facility.

    practitioner  number of the Practitioner
    local         the facility's own number (PROVIDER of the files), "" for a role that no deposit told
    codes         what they do, codes of the table PROVIDERTYPE
    since, until  first and last day as told; `until` None: open
    ended         last day as a steward decided, whatever is told
    told          last day on which a deposit named it, None: none ever did
    """

    id: int
    practitioner: int
    hospcode: str
    local: str
    codes: tuple[str, ...]
    since: date | None
    until: date | None
    source: Source
    told: date | None = None
    ended: date | None = None

    @property
    def last_day(self) -> date | None:
        """The earlier of the two ends, None: open."""
        return min((day for day in (self.until, self.ended) if day is not None), default=None)

    def is_in_force(self, on: date) -> bool:
        """Whether it counts on this day; its first and last day do."""
        last = self.last_day
        return (self.since is None or self.since <= on) and (last is None or on <= last)

    @property
    def is_doctor(self) -> bool:
        """Whether it is a physician's."""
        return not DOCTORS.isdisjoint(self.codes)


@dataclass(frozen=True, slots=True)
class ProviderRow:
    """What a PROVIDER row, or a line of a list, tells of one practitioner at one facility.

    local    the facility's own number; "" in a list
    number   national number as written
    named_at when it was written: the name told last is kept
    licence_since, licence_until  as a list tells; a deposit does not
    """

    local: str
    council: str = ""
    licence: str = field(default="", repr=False)
    number: str = field(default="", repr=False)
    title: str = ""
    given_th: str = field(default="", repr=False)
    family_th: str = field(default="", repr=False)
    given_en: str = field(default="", repr=False)
    family_en: str = field(default="", repr=False)
    codes: tuple[str, ...] = ()
    since: date | None = None
    until: date | None = None
    licence_since: date | None = None
    licence_until: date | None = None
    named_at: datetime | None = None

    @property
    def licensed(self) -> tuple[str, str] | None:
        """Council and number of the licence, if the row names one that can be one."""
        known = self.council in code_table("council").labels and _LICENCE.fullmatch(self.licence)
        return (self.council, self.licence) if known else None


class Clash(StrEnum):
    """In what a row contradicts what is known."""

    TWO_PEOPLE = "two-people"  # its national number is one practitioner's, its licence another's
    OTHER_LICENCE = "other-licence"  # the number is somebody's with another licence of that council
    OTHER_NAME = "other-name"  # the licence is somebody's of quite another name, and no number tells


@dataclass(frozen=True, slots=True)
class Conflict:
    """A contradiction that waits for a steward; what it is about was not merged.

    practitioner  of the role
    other         whom the row's licence or number is known as
    """

    hospcode: str
    local: str
    clash: Clash
    practitioner: int
    other: int
    found: date
    id: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """Whom a row tells of.

    practitioner   None: somebody new
    takes_licence  whether the row's licence becomes theirs
    takes_number   whether the row's national number becomes theirs
    clash, other   what contradicts, and with whom
    """

    practitioner: int | None
    takes_licence: bool
    takes_number: bool
    clash: Clash | None = None
    other: int | None = None


@dataclass(frozen=True, slots=True)
class Known:
    """What the rule of matching needs of a practitioner.

    alone  nothing but this very row's role is known of them: what only this row told, it may correct
    """

    who: Practitioner
    alone: bool


def match(
    row: ProviderRow, number: int | None, by_number: Known | None, by_licence: Known | None, before: Known | None
) -> Match:
    """Whom a row tells of.

    number      keyed hash of the row's national number, None where it cannot be trusted
    by_number   whose that number is
    by_licence  whose the row's licence is
    before      whom the facility's own number stood for until now
    """
    if by_number is not None:
        return _by_number(row, by_number, by_licence)
    if by_licence is not None:
        return _by_licence(row, number, by_licence, before)
    if before is not None and (number is None or before.who.number is None) and is_same_name(row, before.who):
        return _licensed(row, before, takes_number=number is not None)
    return Match(None, takes_licence=True, takes_number=True)


def _by_number(row: ProviderRow, found: Known, by_licence: Known | None) -> Match:
    if by_licence is not None and by_licence.who.id != found.who.id:
        return Match(found.who.id, False, False, Clash.TWO_PEOPLE, by_licence.who.id)
    return _licensed(row, found, takes_number=False)


def _licensed(row: ProviderRow, found: Known, *, takes_number: bool) -> Match:
    """Known by the number or as before: a second number of licence of one council is told, unless nobody else said the
    first.
    """
    held = found.who.licence(row.council)
    if row.licensed and held is not None and held.number != row.licence and not found.alone:
        return Match(found.who.id, False, takes_number, Clash.OTHER_LICENCE, found.who.id)
    return Match(found.who.id, True, takes_number)


def _by_licence(row: ProviderRow, number: int | None, found: Known, before: Known | None) -> Match:
    named = is_same_name(row, found.who)
    free = found.who.number is None or found.alone  # a number told first, or one that only this row had told
    if named and (number is None or free):
        return Match(found.who.id, True, takes_number=number is not None)
    if number is not None:
        return Match(None, False, takes_number=True, clash=Clash.TWO_PEOPLE, other=found.who.id)
    stays = before is not None and before.who.id != found.who.id and is_same_name(row, before.who)
    own = before.who.id if before is not None and stays else None
    return Match(own, False, takes_number=False, clash=Clash.OTHER_NAME, other=found.who.id)


def is_same_name(row: ProviderRow, who: Practitioner) -> bool:
    """Whether given or family name agree: a marriage changes one of them, a slip of the licence both."""
    return _folded(row.given_th) == _folded(who.given_th) or _folded(row.family_th) == _folded(who.family_th)


def _folded(text: str) -> str:
    return folded(text) if text else ""


def bare_number(licence: str) -> str:
    """A licence's number without the letters of its council, which some write and some leave out.

    >>> bare_number("ว.12345"), bare_number("12345")
    ('12345', '12345')
    """
    return _OF_COUNCIL.sub("", licence)


def type_codes(text: str) -> tuple[str, ...]:
    """Codes of PROVIDERTYPE in a field that may list several; what is no code is left out.

    >>> type_codes("03, 14,xx")
    ('03', '14')
    """
    known = code_table("providertype").labels
    return tuple(dict.fromkeys(code for part in text.split(",") if (code := part.strip()) in known))


def require_codes(codes: Iterable[str]) -> tuple[str, ...]:
    """At least one code of PROVIDERTYPE, and nothing else. Raises PractitionerProblem."""
    given = tuple(codes)
    known: Collection[str] = code_table("providertype").labels
    if not given or any(code not in known for code in given):
        raise PractitionerProblem(
            "ต้องระบุประเภทบุคลากรตามรหัสมาตรฐาน PROVIDERTYPE เช่น 01 แพทย์ 03 พยาบาล",
            "a role needs codes of the table PROVIDERTYPE, such as 01 physician or 03 nurse",
        )
    return given


def require_order(since: date | None, until: date | None) -> None:
    """Raises PractitionerProblem for a time that ends before it begins."""
    if since is not None and until is not None and until < since:
        raise PractitionerProblem("วันสิ้นสุดต้องไม่ก่อนวันเริ่ม", "the last day cannot be before the first")
