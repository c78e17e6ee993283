"""Which search parameters a type answers, and which column holds each.

Every parameter that is sorted or combined has a typed column, the rest are hashes in `toks` (architecture, section 6).
A parameter that is not named here is unknown to the server and refused; the CapabilityStatement is printed from this
table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from .definitions import Definition, parameters

Link = Literal["patient", "encounter", "organization"]
TARGET: dict[Link, str] = {"patient": "Patient", "encounter": "Encounter", "organization": "Organization"}


@dataclass(frozen=True)
class Stored:
    """Where one resource type keeps its search parameters.

    tokens   parameters hashed into `toks`
    dates    parameters whose value is in `date` and `date_hi`; several only if no resource has more than one of them
    strings  parameters in `resource_string`; the first also in `str`
    unions   parameters that find what any of the named ones finds
    organization  the parameter that the sender's number in `org` answers exactly
    """

    code: str | None = None
    dates: tuple[str, ...] = ()
    status: str | None = None
    encounter: str | None = None
    patients: tuple[str, ...] = ("patient", "subject")
    tokens: tuple[str, ...] = ()
    strings: tuple[str, ...] = ()
    unions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    organization: str | None = None


STORED: dict[str, Stored] = {
    "Patient": Stored(
        dates=("birthdate",),
        patients=(),
        tokens=("identifier", "gender", "active", "deceased", "phone", "telecom"),
        strings=("family", "given", "name"),
        organization="organization",
    ),
    "Encounter": Stored(
        dates=("date",), status="status", tokens=("identifier", "class", "type"), organization="service-provider"
    ),
    "Observation": Stored(
        code="code",
        dates=("date",),
        status="status",
        encounter="encounter",
        tokens=("category", "component-code"),
        unions={"combo-code": ("code", "component-code")},
    ),
    "Condition": Stored(
        code="code",
        dates=("onset-date", "recorded-date"),
        status="clinical-status",
        encounter="encounter",
        tokens=("category", "verification-status"),
    ),
    "MedicationDispense": Stored(
        code="code", dates=("whenhandedover",), status="status", encounter="context", organization="performer"
    ),
    "Procedure": Stored(code="code", dates=("date",), status="status", encounter="encounter"),
    "AllergyIntolerance": Stored(
        code="code",
        dates=("date",),
        status="clinical-status",
        patients=("patient",),
        tokens=("category", "criticality", "verification-status", "manifestation"),
    ),
    "Immunization": Stored(code="vaccine-code", dates=("date",), status="status", patients=("patient",)),
    "Appointment": Stored(
        dates=("date",), status="status", patients=("patient", "actor"), tokens=("service-type", "reason-code")
    ),
    "Coverage": Stored(status="status", patients=("patient", "beneficiary"), tokens=("type", "identifier")),
    "Organization": Stored(patients=(), tokens=("identifier", "type", "active"), strings=("name",)),
}

EVERY_TYPE = ("_id", "_lastUpdated")


@lru_cache(maxsize=64)
def answered(rtype: str) -> dict[str, Definition]:
    """The parameters a type answers, with their definitions."""
    stored = STORED[rtype]
    names = [*stored.dates, *stored.patients, *stored.tokens, *stored.strings, *stored.unions]
    names += [name for name in (stored.code, stored.status, stored.encounter, stored.organization) if name]
    known = parameters(rtype)
    return {name: known[name] for name in sorted({*names, *EVERY_TYPE})}


@lru_cache(maxsize=64)
def references(rtype: str) -> dict[str, Link]:
    """The reference parameters of a type, each with what both ends of the reference share in the table."""
    stored = STORED[rtype]
    found: dict[str, Link] = dict.fromkeys(stored.patients, "patient")
    if stored.encounter:
        found[stored.encounter] = "encounter"
    if stored.organization:
        found[stored.organization] = "organization"
    return found


STRING_NUMBER = {"family": 1, "given": 2, "name": 3}
