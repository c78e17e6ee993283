"""Permits and the rules that give them. Time is an argument; nothing here looks anything up."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NoReturn, Protocol

from suksala.foundation import SuksalaError

OWN_RECORD = timedelta(minutes=15)  # one page or export of a citizen; asking again costs nothing
TREATMENT = timedelta(hours=1)  # one consultation
TEAM_LIST = timedelta(hours=1)
CLIENT_CALL = timedelta(minutes=15)  # one call of a system, paging included


class Purpose(StrEnum):
    """Why a record is opened, as HL7 v3 ActReason codes."""

    OWN_RECORD = "PATRQT"
    TREATMENT = "TREAT"
    EMERGENCY = "ETREAT"
    OPERATIONS = "HOPERAT"
    PUBLIC_HEALTH = "PUBHLTH"
    SYSTEM = "HSYSADMIN"

    # The codes themselves are names too: Purpose.PATRQT is Purpose.OWN_RECORD.
    PATRQT = "PATRQT"
    TREAT = "TREAT"
    ETREAT = "ETREAT"
    HOPERAT = "HOPERAT"
    PUBHLTH = "PUBHLTH"
    HSYSADMIN = "HSYSADMIN"


class NoPermit(SuksalaError):
    """The record stays closed; nothing of it was read."""

    code = "SKL-PERMIT-001"
    http_status = 403


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


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to read records. `exchange` reads nothing without one.

    reader         who reads, as the audit log names them
    persons        the registrations that may be read; None: those of the organizations
    organizations  only what these facilities recorded, as registry.org_number; None: what any facility recorded
    until          the moment at which it ends; at that moment it is over
    """

    reader: str
    purpose: Purpose
    persons: frozenset[int] | None
    organizations: frozenset[int] | None
    until: datetime

    def __post_init__(self) -> None:
        if self.persons is None and self.organizations is None and self.purpose is not Purpose.SYSTEM:
            raise ValueError("a permit without any bound is for systems only")

    def is_open(self, now: datetime) -> bool:
        """Whether it still holds at this moment."""
        return now < self.until

    def require_open(self, now: datetime) -> None:
        """Raises NoPermit when it has ended."""
        if not self.is_open(now):
            raise NoPermit(
                "สิทธิเปิดดูหมดเวลาแล้ว กรุณาเปิดใหม่", "this permit has ended; open the record again", code="SKL-PERMIT-002"
            )

    def covers(self, person: int) -> bool:
        """Whether this registration may be read, as far as persons go."""
        return self.persons is None or person in self.persons


def own_record(actor: str, persons: Collection[int], now: datetime) -> Permit:
    """A citizen reads everything that any facility recorded about them (PATRQT)."""
    return Permit(actor, Purpose.OWN_RECORD, frozenset(persons), None, now + OWN_RECORD)


def treatment(actor: str, persons: Collection[int], organization: int, now: datetime) -> Permit:
    """A clinician reads what the own facility recorded about its own patient (TREAT)."""
    return Permit(actor, Purpose.TREATMENT, frozenset(persons), frozenset({organization}), now + TREATMENT)


def team_list(actor: str, organizations: Collection[int], now: datetime) -> Permit:
    """A district team reads what the units of its district recorded (HOPERAT)."""
    if not organizations:
        raise no_permit_for_list()
    return Permit(actor, Purpose.OPERATIONS, None, frozenset(organizations), now + TEAM_LIST)


def client_call(actor: str, organization: int | None, now: datetime) -> Permit:
    """A system reads its own facility's records, or all when it is bound to none (HSYSADMIN)."""
    organizations = None if organization is None else frozenset({organization})
    return Permit(actor, Purpose.SYSTEM, None, organizations, now + CLIENT_CALL)


def require_role(role: str, needed: str) -> None:
    """Raises NoPermit unless somebody comes in the role that this kind of permit is for."""
    if role != needed:
        raise NoPermit("บัญชีนี้ไม่มีสิทธิเปิดดูข้อมูลส่วนนี้", "this account may not open these records")


def require_proven(person: int | None) -> int:
    """The citizen's own registration. Raises NoPermit while none is connected to the account."""
    if person is None:
        raise NoPermit("บัญชีนี้ยังไม่ผูกกับข้อมูลสุขภาพของท่าน", "this account is not connected to a record yet")
    return person


def refuse_stranger() -> NoReturn:
    """Raises NoPermit: the patient is not registered at the reader's facility."""
    raise not_registered_here()


def not_registered_here() -> NoPermit:
    """The same answer for somebody unknown and for somebody registered elsewhere: it tells nothing."""
    return NoPermit("ไม่พบผู้ป่วยนี้ในทะเบียนของหน่วยบริการของท่าน", "this patient is not registered at your facility")


def no_permit_for_list() -> NoPermit:
    """No unit stands in the district of the account."""
    return NoPermit("ไม่มีหน่วยบริการในอำเภอของบัญชีนี้", "there is no facility in the district of this account")
