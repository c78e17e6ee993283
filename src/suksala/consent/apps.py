"""Permits of apps: what the person who allowed the app may read, and of that only what they allowed (T10)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import NamedTuple, Protocol

from . import service
from .domain import StaffReader
from .permits import NoPermit, Permit, Rows, Scope


class AppReader(StaffReader, Protocol):
    """The person in whose name an app asks."""

    @property
    def person(self) -> int | None:
        """A citizen's own registration."""

    @property
    def patient(self) -> int | None:
        """A registration of the patient whose record the app may read; None: of nobody."""

    @property
    def patient_id(self) -> str | None:
        """By which FHIR id the app was told of that patient; None: by none."""


class Reach(NamedTuple):
    """What one thing that was allowed reaches: some types, of those only what bears tokens.

    types    FHIR resource types; None: every type
    bearing  of each set, a row bears one of the numbers
    """

    types: frozenset[str] | None = None
    bearing: tuple[frozenset[int], ...] = ()


def permit_for_app(reader: AppReader, reaches: Collection[Reach], now: datetime, *, seen: bool = False) -> Permit:
    """Leave for an app to read, in somebody's name, what they may read themselves and allowed it: never one row more.

    reaches  what was allowed; of several, a row may be in any
    seen     whether a clinician's facility saw the patient within policy.SEEN_WITHIN
    Raises NoPermit as the permit of the person does: a citizen's own record, a clinician's patient.
    """
    if reader.patient is None:
        raise NoPermit("แอปนี้ไม่ได้รับสิทธิเปิดประวัติของผู้ใด", "this app may read nobody's record")
    if reader.role == "citizen":
        permit = service.permit_for_own_record(reader, reader.person, now)
        if not permit.covers(reader.patient):
            raise NoPermit("แอปนี้ไม่ได้รับสิทธิเปิดประวัติของผู้ใด", "this app may read nobody's record")
    else:
        permit = service.permit_for_treatment(reader, reader.patient, now, seen=seen)
    told = (reader.patient_id, reader.patient) if reader.patient_id else None
    return replace(narrowed(permit, reaches), told_patient=told)


def narrowed(permit: Permit, reaches: Collection[Reach]) -> Permit:
    """The permit, less what none of the reaches holds."""
    scopes = tuple(_within(scope, reach) for scope in permit.scopes for reach in reaches)
    return replace(permit, scopes=scopes)


def _within(scope: Scope, reach: Reach) -> Scope:
    rows: Rows = scope.rows
    types = rows.types if reach.types is None else reach.types if rows.types is None else rows.types & reach.types
    return Scope(replace(rows, types=types, bearing=(*rows.bearing, *reach.bearing)), scope.without)
