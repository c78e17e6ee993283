"""Permits as values: which rows somebody may read, why, and until when. Pure: time is an argument.

Speaks HL7 v3 ActReason (purposes) and ActCode (InformationSensitivityPolicy: the labels); decision 0092.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Set
from dataclasses import dataclass
from datetime import datetime
from enum import IntFlag, StrEnum

from suksala.foundation import SuksalaError
from suksala.identity import SameHuman


class Purpose(StrEnum):
    """Why a record is opened, as HL7 v3 ActReason codes."""

    OWN_RECORD = "PATRQT"
    TREATMENT = "TREAT"
    EMERGENCY = "ETREAT"
    REGISTRATION = "PATADMIN"
    OPERATIONS = "HOPERAT"
    PUBLIC_HEALTH = "PUBHLTH"
    SYSTEM = "HSYSADMIN"

    # The codes themselves are names too: Purpose.PATRQT is Purpose.OWN_RECORD.
    PATRQT = "PATRQT"
    TREAT = "TREAT"
    ETREAT = "ETREAT"
    PATADMIN = "PATADMIN"
    HOPERAT = "HOPERAT"
    PUBHLTH = "PUBHLTH"
    HSYSADMIN = "HSYSADMIN"


class Label(IntFlag):
    """Sensitive classes: what a row tells that many would not have told on. A row bears none, one or several."""

    HIV = 1
    MENTAL_HEALTH = 2
    SEXUAL_VIOLENCE = 4
    ADOLESCENT = 8  # reproductive health between the 10th and the 20th birthday
    ADDICTION = 16


SENSITIVE = Label.HIV | Label.MENTAL_HEALTH | Label.SEXUAL_VIOLENCE | Label.ADOLESCENT | Label.ADDICTION


class NoPermit(SuksalaError):
    """The record stays closed; nothing of it was read."""

    code = "SKL-PERMIT-001"
    http_status = 403


@dataclass(frozen=True, slots=True)
class Rows:
    """A set of rows: those that pass every field that is given; a field that is None passes every row.

    persons        registrations, as identity numbers them; those of one human may be an identity.SameHuman, which
                   nobody asks for before it is needed
    organizations  facilities that recorded them, as registry.org_number
    types          FHIR resource types by name
    labels         rows that bear any of these
    since, before  the moment that a resource tells of is at or after, and before; of none: before everything
    bearing        of each set, a row bears one of the numbers: coded values, as exchange numbers them
    """

    persons: Set[int] | None = None
    organizations: Set[int] | None = None
    types: frozenset[str] | None = None
    labels: Label | None = None
    since: datetime | None = None
    before: datetime | None = None
    bearing: tuple[frozenset[int], ...] = ()

    @property
    def is_bounded(self) -> bool:
        """Whether it is bound to persons or to facilities."""
        return self.persons is not None or self.organizations is not None


@dataclass(frozen=True, slots=True)
class Scope:
    """Some rows without others of them."""

    rows: Rows
    without: tuple[Rows, ...] = ()


@dataclass(frozen=True, slots=True)
class Permit:
    """Leave to read what any of its scopes holds. `exchange` reads nothing without one.

    It is asked for anew for each answer, page and piece, so that no stream outlives what it stands on (decision 0144).

    reader    who reads, as the audit log names them
    scopes    none: nothing
    until     the moment at which it ends; at that moment it is over
    ground    why, in a word that the policy knows: own-record, treatment, registration, team, system, proxy, consent,
              emergency
    facility  HOSPCODE on whose behalf somebody reads; None: nobody's
    consents  ids of the Consents by which some of its scopes are open: the log names them
    told_patient  the FHIR id by which its reader was told whose record is open, and a registration of that person: an
                  app knows it from its token, whether or not it may read the Patient (SMART App Launch 2.2, 2.4)
    """

    reader: str
    purpose: Purpose
    scopes: tuple[Scope, ...]
    until: datetime
    ground: str
    facility: str | None = None
    consents: tuple[str, ...] = ()
    told_patient: tuple[str, int] | None = None

    def __post_init__(self) -> None:
        if self.ground != "system" and not all(scope.rows.is_bounded for scope in self.scopes):
            raise ValueError("a permit without any bound is for systems only")

    @property
    def persons(self) -> Set[int] | None:
        """The registrations that it reaches, as far as persons go; None: those of the organizations."""
        return _together(scope.rows.persons for scope in self.scopes)

    @property
    def organizations(self) -> Set[int] | None:
        """The facilities that it reaches; None where what any facility recorded may be read of somebody."""
        return _together(scope.rows.organizations for scope in self.scopes)

    @property
    def is_unbounded(self) -> bool:
        """Whether it opens every row there is: a part or a system of the exchange itself."""
        return any(scope == Scope(Rows()) for scope in self.scopes)

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
        return any(scope.rows.persons is None or person in scope.rows.persons for scope in self.scopes)

    def lists(self, organization: int) -> bool:
        """Whether it opens a facility's rows of whomever they tell: leave to see lists of people."""
        every = (scope.rows for scope in self.scopes)
        whole = (rows for rows in every if rows.persons is None and rows.types is None and not rows.bearing)
        return any(rows.organizations is not None and organization in rows.organizations for rows in whole)


def one_scope(
    persons: Collection[int] | None, organizations: Collection[int] | None, without: tuple[Rows, ...] = ()
) -> tuple[Scope, ...]:
    """The scopes of a permit of one scope: these persons at these facilities."""
    return (Scope(Rows(_kept(persons), _kept(organizations)), without),)


def _kept(bound: Collection[int] | None) -> Set[int] | None:
    """As a set that nobody widens; one human stays as it is, for nobody need ask yet who that is."""
    return bound if bound is None or isinstance(bound, SameHuman) else frozenset(bound)


def _together(bounds: Iterable[Set[int] | None]) -> Set[int] | None:
    every = list(bounds)
    given = [bound for bound in every if bound is not None]
    if len(given) < len(every):
        return None
    if given and all(bound is given[0] for bound in given):
        return given[0]
    return frozenset[int]().union(*given)
