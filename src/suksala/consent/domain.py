"""Permits and the rules that give them. Time is an argument; nothing here looks anything up."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from .permits import SENSITIVE, NoPermit, Permit, Purpose, Rows, Scope, one_scope

OWN_RECORD = timedelta(minutes=15)  # one page or export of a citizen; asking again costs nothing
TREATMENT = timedelta(hours=1)  # one consultation
TEAM_LIST = timedelta(hours=1)
REGISTRATION = timedelta(minutes=15)  # one person at the counter
CLIENT_CALL = timedelta(minutes=15)  # one call of a system, paging included


class CitizenReader(Protocol):
    """Somebody who may ask for the own record."""

    @property
    def actor(self) -> str:
        """Name in the audit log."""

    @property
    def role(self) -> str:
        """What they come to do."""


class StaffReader(CitizenReader, Protocol):
    """Somebody who works at a facility."""

    @property
    def hospcode(self) -> str:
        """The facility, or ""."""


class TeamReader(CitizenReader, Protocol):
    """Somebody of a district health team."""

    @property
    def district(self) -> str:
        """The district's 4-digit code, or ""."""


class ClientReader(Protocol):
    """A system with a valid token."""

    @property
    def actor(self) -> str:
        """Name in the audit log."""

    @property
    def hospcode(self) -> str | None:
        """The facility whose data it sees, None for all."""

    @property
    def purpose(self) -> str:
        """Why it asks, as HL7 ActReason code."""


class Place(NamedTuple):
    """A facility: its HOSPCODE, and the number under which its rows are kept."""

    hospcode: str
    organization: int


def own_record(actor: str, persons: Collection[int], now: datetime) -> Permit:
    """A citizen reads everything that any facility recorded about them (PATRQT)."""
    return Permit(actor, Purpose.OWN_RECORD, one_scope(persons, None), now + OWN_RECORD, "own-record")


def team_list(actor: str, organizations: Collection[int], now: datetime) -> Permit:
    """A district team reads what the units of its district recorded, but for sensitive classes (HOPERAT)."""
    scopes = one_scope(None, organizations, (Rows(labels=SENSITIVE),))
    return Permit(actor, Purpose.OPERATIONS, scopes, now + TEAM_LIST, "team")


def registration(actor: str, persons: Collection[int], place: Place, types: frozenset[str], now: datetime) -> Permit:
    """A clerk reads some types of what the own facility recorded, but for sensitive classes (PATADMIN)."""
    rows = Rows(frozenset(persons), frozenset({place.organization}), types)
    scopes = (Scope(rows, (Rows(labels=SENSITIVE),)),)
    return Permit(actor, Purpose.REGISTRATION, scopes, now + REGISTRATION, "registration", place.hospcode)


def client_call(actor: str, place: Place | None, now: datetime, purpose: Purpose = Purpose.SYSTEM) -> Permit:
    """A system reads its own facility's records, or all when it is bound to none, for a purpose that it registered."""
    scopes = one_scope(None, None if place is None else {place.organization})
    facility = None if place is None else place.hospcode
    return Permit(actor, purpose, scopes, now + CLIENT_CALL, "system", facility)


def require_role(role: str, needed: str) -> None:
    """Raises NoPermit unless somebody comes in the role that this kind of permit is for."""
    if role != needed:
        raise NoPermit("บัญชีนี้ไม่มีสิทธิเปิดดูข้อมูลส่วนนี้", "this account may not open these records")


def require_proven(person: int | None) -> int:
    """The citizen's own registration. Raises NoPermit while none is connected to the account."""
    if person is None:
        raise NoPermit("บัญชีนี้ยังไม่ผูกกับข้อมูลสุขภาพของท่าน", "this account is not connected to a record yet")
    return person


def not_registered_here() -> NoPermit:
    """The same answer for somebody unknown and for somebody registered elsewhere: it tells nothing."""
    return NoPermit("ไม่พบผู้ป่วยนี้ในทะเบียนของหน่วยบริการของท่าน", "this patient is not registered at your facility")
