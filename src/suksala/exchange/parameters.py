"""Which search parameters a type answers, and where each is kept.

Every parameter that is sorted or combined has a typed column, the rest are hashes in `toks` (architecture, section 6).
The types that come in deposits have a layout by hand; whatever that does not name, and every other type, is kept as the
definition's kind says (decision 0061). The CapabilityStatement is printed from these tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

from . import own_parameters
from .definitions import Definition, parameter_names, parameters, resource_types
from .own_parameters import remembered

Link = Literal["patient", "encounter", "organization", "human"]
# Of these ends a reference may also lead elsewhere, which `resource_reference` tells: to another facility than the
# sender, to somebody whom a sender linked.
BESIDE: frozenset[Link] = frozenset({"organization", "human"})


@dataclass(frozen=True)
class Stored:
    """Where one resource type keeps its search parameters.

    code     its first coding is in `code`, the others in `toks`
    tokens   parameters hashed into `toks`
    dates    parameters whose value is in `date` and `date_hi`, of several the first that has one; the others' are in
             `resource_span`
    strings  parameters in `resource_string`; the first also in `str`
    unions   parameters that find what any of the named ones finds
    organization  the parameter that the sender's number in `org` answers, unless a token names another
    quantity      the parameter whose first value is in `num` and `unit`
    patients      parameters that name whose record it is; open when one may name somebody else as well, by a token
    human    the parameter that leads to the others of the same human too, whom nobody stored (decision 0184)
    derived  every other parameter of the definitions, kept by its kind
    """

    code: str | None = None
    dates: tuple[str, ...] = ()
    status: str | None = None
    encounter: str | None = None
    patients: tuple[str, ...] = ("patient", "subject")
    open: bool = False
    tokens: tuple[str, ...] = ()
    strings: tuple[str, ...] = ()
    unions: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    organization: str | None = None
    quantity: str | None = None
    human: str | None = None
    derived: Mapping[str, str] = field(default_factory=dict)

    @property
    def named(self) -> tuple[str, ...]:
        """The parameters with a place of their own."""
        single = (self.code, self.status, self.encounter, self.organization, self.quantity)
        several = (*self.dates, *self.patients, *self.tokens, *self.strings, *self.unions)
        return (*several, *(name for name in single if name))


_BY_HAND: dict[str, Stored] = {
    "Patient": Stored(
        dates=("birthdate",),
        patients=(),
        tokens=("identifier", "gender", "active", "deceased", "phone", "telecom"),
        strings=("family", "given", "name"),
        organization="organization",
        human="link",
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
        unions={
            "combo-code": ("code", "component-code"),
            "combo-value-quantity": ("value-quantity", "component-value-quantity"),
            "combo-value-concept": ("value-concept", "component-value-concept"),
            "combo-data-absent-reason": ("data-absent-reason", "component-data-absent-reason"),
        },
        organization="performer",
        quantity="value-quantity",
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
    "Procedure": Stored(code="code", dates=("date",), status="status", encounter="encounter", organization="performer"),
    "AllergyIntolerance": Stored(
        code="code",
        dates=("date",),
        status="clinical-status",
        patients=("patient",),
        tokens=("category", "criticality", "verification-status", "manifestation"),
    ),
    "Immunization": Stored(
        code="vaccine-code", dates=("date",), status="status", patients=("patient",), organization="performer"
    ),
    "Appointment": Stored(
        dates=("date",),
        status="status",
        patients=("patient", "actor"),
        open=True,
        tokens=("service-type", "reason-code"),
    ),
    "Coverage": Stored(status="status", patients=("patient", "beneficiary"), tokens=("type", "identifier")),
    "Organization": Stored(patients=(), tokens=("identifier", "type", "active"), strings=("name",)),
}

COMMON = "Resource"  # stands for every type: what is searched in several types at once
EVERY_TYPE = ("_id", "_lastUpdated", "_profile", "_security", "_source", "_tag")
IN_BODIES = {  # read from bodies: kept they would cost every blood pressure of a deposit two rows
    ("Observation", "component-value-quantity"),
    ("Observation", "component-value-concept"),
    ("Observation", "component-data-absent-reason"),
}
_NOT_ANSWERED = {"_content", "_query", "_text"}
# The date that a type is sorted by, where it has several.
_FIRST_DATES = ("date", "period", "occurrence", "authored", "authored-on", "authoredon", "sent", "created", "issued")


@remembered(256)
def defined(rtype: str) -> dict[str, Definition]:
    """The search parameters of a type: R4's and the operator's own."""
    own = own_parameters.of_type(rtype)
    return {**parameters(rtype), **{name: found.by_type[rtype] for name, found in own.items()}}


@remembered(256)
def stored(rtype: str) -> Stored:
    """Where a type keeps its parameters. Raises KeyError for what is no type of R4."""
    if rtype not in resource_types() and rtype != COMMON:
        raise KeyError(rtype)
    layout = _BY_HAND.get(rtype) or _by_kind(parameters(rtype))  # an operator's parameter moves nobody's column
    apart = {*layout.named, *EVERY_TYPE[:2], *_NOT_ANSWERED}
    derived = {name: found.kind for name, found in defined(rtype).items() if name not in apart}
    return Stored(**{**layout.__dict__, "derived": derived})


def _by_kind(known: Mapping[str, Definition]) -> Stored:
    """The typed columns of a type that no deposit brings: its code, one date, whose it is."""
    dates = sorted(name for name, found in known.items() if found.kind == "date" and not name.startswith("_"))
    first = next((name for name in _FIRST_DATES if name in dates), dates[0] if dates else None)
    whose = next((n for n in ("patient", "subject") if n in known and "Patient" in known[n].targets), None)
    return Stored(
        code="code" if "code" in known and known["code"].kind == "token" else None,
        dates=(first,) if first else (),
        patients=_same_element(known, whose) if whose else (),
        open=True,
    )


def _same_element(known: Mapping[str, Definition], whose: str) -> tuple[str, ...]:
    """`patient` is often `subject` where that is a Patient: both lead to whose record it is."""
    element = known[whose].expression.partition(".where(")[0]
    return tuple(
        n for n in ("patient", "subject") if n in known and known[n].expression.partition(".where(")[0] == element
    )


class _Types(Mapping[str, Stored]):
    """Every type, each with its layout."""

    def __getitem__(self, rtype: str) -> Stored:
        return stored(rtype)

    def __iter__(self) -> Iterator[str]:
        return iter(resource_types())

    def __len__(self) -> int:
        return len(resource_types())


STORED: Mapping[str, Stored] = _Types()


@remembered(256)
def answered(rtype: str) -> dict[str, Definition]:
    """The parameters a type answers, with their definitions."""
    layout, known = stored(rtype), defined(rtype)
    return {name: known[name] for name in sorted({*layout.named, *layout.derived, *EVERY_TYPE})}


@remembered(256)
def references(rtype: str) -> dict[str, tuple[str, ...]]:
    """The reference parameters of a type, each with the types that it may lead to."""
    return {
        name: ("Patient",) if name == "patient" else found.targets or resource_types()
        for name, found in answered(rtype).items()
        if found.kind == "reference"
    }


@remembered(1024)
def link_of(rtype: str, name: str, target: str) -> Link | None:
    """What both ends of a reference share: a column, or the human; None when only `resource_reference` knows where it
    leads.
    """
    layout = stored(rtype)
    if name in layout.patients and target == "Patient":
        return "patient"
    if name == layout.encounter and target == "Encounter":
        return "encounter"
    if name == layout.human and target == "Patient":
        return "human"
    return "organization" if name == layout.organization and target == "Organization" else None


_FIRST_NUMBERS = {"family": 1, "given": 2, "name": 3}


class _Numbers(dict[str, int]):
    """The numbers of R4's parameters, and of the operator's own, whose come from the database."""

    def __missing__(self, name: str) -> int:
        return own_parameters.number_of(name)


# What the column `param` of the side tables holds: stored, so appended to, never reordered.
NUMBER_OF: Mapping[str, int] = _Numbers(
    {**{name: n for n, name in enumerate(parameter_names(), start=10)}, **_FIRST_NUMBERS}
)
