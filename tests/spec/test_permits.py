"""Who may open what, as tables: each row is one reader before one record (S1.28, X4; HL7 ActReason)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from suksala import audit, consent, identity, registry
from suksala.consent import SENSITIVE, NoPermit, Permit, Purpose, Rows, Scope
from tests.people import CLINIC, HOSPITAL, UNIT, mali, number

NOW = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@dataclass(frozen=True)
class Reader:
    """Somebody who asks."""

    role: str = "clinician"
    hospcode: str = ""
    district: str = ""
    actor: str = "account:somebody"


@dataclass(frozen=True)
class System:
    """A client with a valid token."""

    hospcode: str | None
    actor: str = "client:lab"
    purpose: str = "HSYSADMIN"


@dataclass(frozen=True)
class District:
    """Mali is known in two facilities of district 1901, Somchai in the clinic of district 1401."""

    mali_hospital: int
    mali_unit: int
    somchai: int


@pytest.fixture
def world(db: None, tmp_path: Path) -> Iterator[District]:
    """Three facilities, two humans, three registrations."""
    registry.forget_cache()
    listed = tmp_path / "facilities.csv"
    listed.write_text(
        "hospcode,name_th,name_en,kind,province,district\n"
        f"{HOSPITAL},ก,A,hospital,19,1901\n{UNIT},ข,B,subdistrict-unit,19,1901\n{CLINIC},ค,C,clinic,14,1401\n"
    )
    registry.import_facilities(listed)
    identity.link(HOSPITAL, [mali("1")])
    identity.link(UNIT, [mali("A7")])
    identity.link(CLINIC, [mali("9", number=number(2), given="สมชาย")])
    yield District(*(identity.persons(h, [p])[p] for h, p in ((HOSPITAL, "1"), (UNIT, "A7"), (CLINIC, "9"))))
    registry.forget_cache()


def refusals() -> list[tuple[str, str | None]]:
    """Refusals in the log: who, and for what purpose."""
    return [(fact.actor, fact.purpose) for fact in audit.facts("permit.refused")]


def test_a_citizen_opens_the_own_record_over_all_facilities(world: District) -> None:
    """From either registration: every registration of the same human, whatever facility recorded (PATRQT)."""
    for own in (world.mali_hospital, world.mali_unit):
        permit = consent.permit_for_own_record(Reader("citizen"), own, NOW)
        assert permit.persons == {world.mali_hospital, world.mali_unit}
        assert (permit.organizations, permit.purpose, permit.reader) == (None, Purpose.PATRQT, "account:somebody")
        assert not permit.covers(world.somchai)


def test_a_citizens_record_follows_the_human(world: District) -> None:
    """After a wrong link is undone the next permit is smaller."""
    [(seq, _)] = [e for e in identity.explain(world.mali_hospital, world.mali_unit).events if e[1] == "link"]
    identity.undo(seq, actor="account:steward")
    permit = consent.permit_for_own_record(Reader("citizen"), world.mali_hospital, NOW)
    assert permit.persons == {world.mali_hospital}


@pytest.mark.parametrize("role", ["clinician", "district", "steward", ""])
def test_only_a_citizen_has_an_own_record_here(world: District, role: str) -> None:
    """Refused, told in the log, nothing opened."""
    with pytest.raises(NoPermit):
        consent.permit_for_own_record(Reader(role), world.mali_hospital, NOW)
    assert refusals() == [("account:somebody", "PATRQT")]


def test_a_citizen_without_a_proven_registration_has_no_record(world: District) -> None:
    """Nobody connected: refused and told."""
    with pytest.raises(NoPermit):
        consent.permit_for_own_record(Reader("citizen"), None, NOW)
    assert refusals() == [("account:somebody", "PATRQT")]


def test_a_registration_that_there_is_not_opens_nothing(world: District) -> None:
    """A permit about nobody, not about everybody."""
    permit = consent.permit_for_own_record(Reader("citizen"), 4711, NOW)
    assert (permit.persons, permit.covers(4711), permit.is_unbounded) == (frozenset(), False, False)


@pytest.mark.parametrize(
    ("hospcode", "patient", "opens"),
    [
        (HOSPITAL, "mali_hospital", True),  # registered here
        (HOSPITAL, "mali_unit", True),  # the same human, found by another facility's registration
        (UNIT, "mali_hospital", True),
        (CLINIC, "mali_hospital", False),  # registered elsewhere
        (CLINIC, "somchai", True),
        (HOSPITAL, "somchai", False),
        ("00000", "mali_hospital", False),  # a facility that nobody knows
        ("", "mali_hospital", False),  # no facility
    ],
)
def test_a_clinician_opens_what_the_own_facility_recorded(
    world: District, hospcode: str, patient: str, opens: bool
) -> None:
    """About patients registered there, and nothing that another facility recorded (TREAT)."""
    reader, person = Reader("clinician", hospcode), getattr(world, patient)
    if not opens:
        with pytest.raises(NoPermit):
            consent.permit_for_treatment(reader, person, NOW)
        assert refusals() == [("account:somebody", "TREAT")]
        return
    permit = consent.permit_for_treatment(reader, person, NOW)
    assert permit.organizations == {registry.org_number(hospcode)}
    assert permit.persons == identity.persons_of(identity.human_of(person))
    assert permit.purpose is Purpose.TREAT
    assert refusals() == []


def test_unknown_and_registered_elsewhere_are_told_apart_by_nothing(world: District) -> None:
    """Or the refusal would tell that somebody is a patient somewhere."""
    told = []
    for person in (world.somchai, 4711):
        with pytest.raises(NoPermit) as refused:
            consent.permit_for_treatment(Reader("clinician", HOSPITAL), person, NOW)
        told.append((refused.value.th, refused.value.en, refused.value.code, refused.value.http_status))
    assert told[0] == told[1]


@pytest.mark.parametrize("role", ["citizen", "district", "steward", ""])
def test_only_a_clinician_treats(world: District, role: str) -> None:
    """Whatever facility the account names."""
    with pytest.raises(NoPermit):
        consent.permit_for_treatment(Reader(role, HOSPITAL), world.mali_hospital, NOW)
    assert refusals() == [("account:somebody", "TREAT")]


@pytest.mark.parametrize(
    ("role", "district", "units"),
    [
        ("district", "1901", {HOSPITAL, UNIT}),
        ("district", "1401", {CLINIC}),
        ("district", "1001", None),  # no unit of ours stands there
        ("district", "", None),
        ("clinician", "1901", None),
        ("citizen", "1901", None),
        ("steward", "1901", None),
    ],
)
def test_a_district_team_opens_what_its_own_units_recorded(
    world: District, role: str, district: str, units: set[str] | None
) -> None:
    """Lists of people to care for, bound to the units of the district (HOPERAT)."""
    if units is None:
        with pytest.raises(NoPermit):
            consent.permit_for_team(Reader(role, district=district), NOW)
        assert refusals() == [("account:somebody", "HOPERAT")]
        return
    permit = consent.permit_for_team(Reader(role, district=district), NOW)
    assert permit.organizations == {registry.org_number(unit) for unit in units}
    assert (permit.persons, permit.purpose, permit.ground) == (None, Purpose.HOPERAT, "team")
    assert [scope.without for scope in permit.scopes] == [(Rows(labels=SENSITIVE),)]


@pytest.mark.parametrize(
    ("role", "hospcode", "patient", "opens"),
    [
        ("clerk", HOSPITAL, "mali_hospital", True),
        ("clerk", HOSPITAL, "mali_unit", True),  # the same human, by another facility's registration
        ("clerk", HOSPITAL, "somchai", False),  # registered elsewhere
        ("clerk", "", "mali_hospital", False),  # no facility
        ("clinician", HOSPITAL, "mali_hospital", False),
        ("district", HOSPITAL, "mali_hospital", False),
        ("privacy", HOSPITAL, "mali_hospital", False),
    ],
)
def test_a_clerk_opens_who_somebody_is_and_what_covers_them(
    world: District, role: str, hospcode: str, patient: str, opens: bool
) -> None:
    """Of patients of the own facility, as it recorded it, without sensitive classes, for a quarter of an hour."""
    reader, person = Reader(role, hospcode), getattr(world, patient)
    if not opens:
        with pytest.raises(NoPermit):
            consent.decision_for_registration(reader, person, NOW)
        assert refusals() == [("account:somebody", "PATADMIN")]
        return
    permit = consent.decision_for_registration(reader, person, NOW).granted()
    [scope] = permit.scopes
    assert scope.rows.types == {"Patient", "RelatedPerson", "Coverage"}
    assert scope.rows.persons == {world.mali_hospital, world.mali_unit}
    assert scope.rows.organizations == {registry.org_number(HOSPITAL)}
    assert scope.without == (Rows(labels=SENSITIVE),)
    assert (permit.purpose, permit.ground, permit.until) == (Purpose.PATADMIN, "registration", NOW + 900 * SECOND)
    assert not permit.lists(registry.org_number(HOSPITAL))


@pytest.mark.parametrize("opening", [consent.permit_for_treatment, consent.decision_for_treatment])
def test_a_clerk_is_no_clinician(world: District, opening: Any) -> None:
    """Not of a patient of the own facility either."""
    with pytest.raises(NoPermit):
        opening(Reader("clerk", HOSPITAL), world.mali_hospital, NOW, seen=True)
    assert refusals() == [("account:somebody", "TREAT")]


def test_a_system_opens_its_facility_or_all(db: None) -> None:
    """Bound by its registration, not by what it asks (HSYSADMIN)."""
    bound = consent.permit_for_client(System(HOSPITAL), NOW)
    assert (bound.organizations, bound.persons, bound.reader) == ({99801}, None, "client:lab")
    free = consent.permit_for_client(System(None), NOW)
    assert (free.organizations, free.persons, free.purpose) == (None, None, Purpose.HSYSADMIN)


def test_a_client_s_permit_is_decided_once_a_minute(db: None) -> None:
    """One for all calls of a minute, which ends no later than one made now; another for whoever is another client."""
    minute = NOW.replace(second=0, microsecond=0)
    early, late = (consent.permit_for_client(System(UNIT), minute + timedelta(seconds=s)) for s in (0, 59))
    assert (early is late, late.until) == (True, minute + timedelta(minutes=15))
    assert consent.permit_for_client(System(UNIT), minute + timedelta(minutes=1)).until == early.until + timedelta(
        minutes=1
    )
    others = [System(HOSPITAL), System(None), System(UNIT, actor="client:x-ray"), System(UNIT, purpose="TREAT")]
    told = [(p.reader, p.facility, p.purpose) for p in (consent.permit_for_client(o, minute) for o in others)]
    assert told == [
        ("client:lab", HOSPITAL, Purpose.SYSTEM),
        ("client:lab", None, Purpose.SYSTEM),
        ("client:x-ray", UNIT, Purpose.SYSTEM),
        ("client:lab", UNIT, Purpose.TREAT),
    ]


@pytest.mark.parametrize(
    ("kind", "lasts"),
    [
        ("own", timedelta(minutes=15)),
        ("treatment", timedelta(hours=1)),
        ("team", timedelta(hours=1)),
        ("client", timedelta(minutes=15)),
    ],
)
def test_each_permit_ends(world: District, kind: str, lasts: timedelta) -> None:
    """Open until its last instant, over at it; both edges."""
    permit = {
        "own": lambda: consent.permit_for_own_record(Reader("citizen"), world.mali_unit, NOW),
        "treatment": lambda: consent.permit_for_treatment(Reader("clinician", UNIT), world.mali_unit, NOW),
        "team": lambda: consent.permit_for_team(Reader("district", district="1901"), NOW),
        "client": lambda: consent.permit_for_client(System(None), NOW),
    }[kind]()
    assert permit.until == NOW + lasts
    permit.require_open(NOW + lasts - SECOND / 1_000_000)
    with pytest.raises(NoPermit) as ended:
        permit.require_open(NOW + lasts)
    assert ended.value.code == "SKL-PERMIT-002"


@pytest.mark.parametrize("purpose", [p for p in Purpose if p is not Purpose.SYSTEM])
def test_nobody_but_a_system_gets_a_permit_without_bounds(purpose: Purpose) -> None:
    """Such a permit cannot even be written down."""
    with pytest.raises(ValueError, match="without any bound"):
        Permit("account:somebody", purpose, (Scope(Rows(persons=frozenset({1}))), Scope(Rows())), NOW, "treatment")


def test_an_empty_permit_opens_nothing() -> None:
    """No persons is nobody, not everybody."""
    for scopes in ((Scope(Rows(persons=frozenset())),), ()):
        permit = Permit("account:somebody", Purpose.TREAT, scopes, NOW, "treatment")
        assert (permit.covers(1), permit.persons, permit.is_unbounded) == (False, frozenset(), False)


def test_purposes_are_the_codes_of_hl7() -> None:
    """By either name."""
    assert [p.value for p in Purpose] == ["PATRQT", "TREAT", "ETREAT", "PATADMIN", "HOPERAT", "PUBHLTH", "HSYSADMIN"]
    assert Purpose.ETREAT is Purpose.EMERGENCY
    assert f"{Purpose.TREAT}" == "TREAT"
