"""The registry as FHIR: places, services, practitioners and roles that every permit may read (S3.3-S3.26, issue C1)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from suksala import consent, exchange, registry
from suksala.consent import Permit, Purpose, Rows, Scope
from suksala.exchange import register
from suksala.foundation import clock, database
from suksala.registry import ProviderRow
from suksala.standards.fhir import validation
from suksala.standards.thai_codes import citizen_number

pytestmark = pytest.mark.django_db

HOSPITAL, UNIT = "99801", "99802"
DAY = date(2026, 11, 22)
NUMBER, LICENCE = citizen_number.synthetic(901), "980010001"
DOCTOR = ProviderRow(
    "P001", "01", LICENCE, NUMBER, "นาย", "สมชาย", "ใจดี", "Somchai", "Jaidee", codes=("01",),
    since=date(2024, 1, 1), licence_until=date(2027, 1, 31), named_at=datetime(2026, 1, 1, tzinfo=UTC),
)  # fmt: skip
HEADER = (
    "hospcode,name_th,name_en,kind,province,district,subdistrict,network,affiliation,services,latitude,longitude\n"
    "99801,โรงพยาบาลสมมติ,Made-up Hospital,hospital,19,1901,190101,99801,moph,F2 M,14.5300,100.9100\n"
    "99802,รพ.สต.สมมติ,Made-up Unit,subdistrict-unit,19,1901,,99801,,,14.6800,100.9100\n"
)


@pytest.fixture(autouse=True)
def two_facilities(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """A hospital and a unit of its network, 17 km apart, on one day."""
    monkeypatch.setattr(clock, "today", lambda: DAY)
    registry.forget_cache()
    (tmp_path / "facilities.csv").write_text(HEADER, encoding="utf-8")
    registry.import_facilities(tmp_path / "facilities.csv")
    exchange.publish_facilities()
    yield
    registry.forget_cache()


def permits() -> list[Permit]:
    """A system of the exchange, one of the unit, a citizen, a clinician of the unit."""
    now, place = clock.now(), consent.domain.Place(UNIT, registry.org_number(UNIT))
    return [
        consent.permit_for_system("exchange", now),
        consent.domain.client_call("client:unit", place, now),
        consent.domain.own_record("account:citizen", [1], now),
        Permit(
            "account:doctor",
            Purpose.TREATMENT,
            (Scope(Rows(frozenset({1}), frozenset({registry.org_number(UNIT)}))),),
            now + timedelta(hours=1),
            "treating",
        ),
    ]


def found(rtype: str, asked: str = "", permit: Permit | None = None) -> list[dict[str, Any]]:
    """What a search gives, included resources too."""
    pairs = [(name, value) for name, _, value in (part.partition("=") for part in asked.split("&") if part)]
    bundle = json.loads(exchange.search(permit or permits()[0], rtype, pairs))
    return [entry["resource"] for entry in bundle.get("entry", [])]


def ids(rtype: str, asked: str = "", permit: Permit | None = None) -> list[str]:
    """Types and ids of what a search gives."""
    return [f"{r['resourceType']}/{r['id']}" for r in found(rtype, asked, permit)]


def publish(*rows: ProviderRow, hospcode: str = HOSPITAL) -> None:
    """Take rows in and publish them."""
    registry.take_providers(hospcode, rows)
    exchange.publish_staff(hospcode)


def test_a_facility_is_a_place_and_a_service_too() -> None:
    """With the levels of its service plans, its address, and where it stands."""
    [place] = found("Location", "name=โรงพยาบาลสมมติ")
    assert place["position"] == {"longitude": 100.91, "latitude": 14.53}
    assert place["managingOrganization"] == {"reference": "Organization/99801"}
    [service] = found("HealthcareService", "organization=Organization/99801")
    assert [c["text"] for c in service["characteristic"]] == ["F2", "M"]
    assert ids("HealthcareService", "location=Location/99802") == ["HealthcareService/99802"]


@pytest.mark.parametrize(("km", "count"), [(1, 1), (16, 1), (18, 2)])
def test_what_is_near(km: int, count: int) -> None:
    """The unit stands 16.7 km north of the hospital."""
    assert len(found("Location", f"near=14.53|100.91|{km}|km")) == count


def test_agencies_and_networks_stand_above_facilities() -> None:
    """All 12 agencies; the facilities are part of their network, which is part of the agency of its lead."""
    assert len(found("Organization", "type=govt&_count=50")) == 12
    [network] = found("Organization", "name=เครือข่ายโรงพยาบาลสมมติ")
    assert network["partOf"] == {"reference": "Organization/moph"}
    under = f"partof=Organization/{network['id']}&_sort=_id"
    assert ids("Organization", under) == ["Organization/99801", "Organization/99802"]


def test_a_practitioner_has_name_and_qualification_and_no_number() -> None:
    """Council and validity of the licence are told; licence and national number leave by no way, sealed or not."""
    publish(DOCTOR)
    [doctor] = found("Practitioner", "family=ใจดี")
    assert [name["text"] for name in doctor["name"]] == ["นายสมชาย ใจดี", "Somchai Jaidee"]
    [held] = doctor["qualification"]
    assert (held["code"]["text"], held["period"]) == ("แพทยสภา", {"end": "2027-01-31"})
    assert "identifier" not in doctor
    bodies = database.rows("SELECT convert_from(body, 'UTF8') FROM resource WHERE person = 0")
    assert not [body for (body,) in bodies if NUMBER in body or LICENCE in body]


def test_a_role_leads_to_practitioner_organization_place_and_service() -> None:
    """By includes, chains and the facility's own number."""
    publish(DOCTOR)
    by_number = f"identifier=https://terms.sil-th.org/hcode/5/{HOSPITAL}/Provider|P001"
    wanted = ["practitioner", "organization", "location", "service"]
    asked = by_number + "".join(f"&_include=PractitionerRole:{name}" for name in wanted)
    kinds = sorted(one.partition("/")[0] for one in ids("PractitionerRole", asked))
    assert kinds == ["HealthcareService", "Location", "Organization", "Practitioner", "PractitionerRole"]
    assert len(found("PractitionerRole", "practitioner.family=ใจดี&organization.name=โรงพยาบาล")) == 1
    assert [len(found("PractitionerRole", f"role={code}")) for code in ("01", "03")] == [1, 0]


def test_everybody_reads_the_register_and_only_it() -> None:
    """Whatever the permit, the same; but a Practitioner that a facility's system wrote is that facility's."""
    publish(DOCTOR)
    for permit in permits():
        assert len(found("Practitioner", permit=permit)) == 1
        assert len(found("PractitionerRole", permit=permit)) == 1
        assert len(found("Location", permit=permit)) == 2
        assert len(found("HealthcareService", permit=permit)) == 2
    database.execute("UPDATE resource SET org = %s WHERE rtype = %s", [99801, exchange.domain.NUMBER["Practitioner"]])
    assert [len(found("Practitioner", permit=permit)) for permit in permits()] == [1, 0, 0, 0]


def test_publishing_again_changes_nothing_and_a_gone_row_takes_its_role_along() -> None:
    """Nobody is told of a change where there is none."""
    publish(DOCTOR, replace(DOCTOR, local="P002", licence="2", number="", given_th="มะลิ", family_th="งามตา"))
    assert exchange.publish_staff(HOSPITAL).written == 0
    assert exchange.publish_facilities().written == 0
    publish(DOCTOR)
    assert len(found("PractitionerRole")) == 1


def test_a_role_that_ended_is_not_active_from_the_day_after(monkeypatch: pytest.MonkeyPatch) -> None:
    """The chore sees to it; the practitioner is active as long as any role is."""
    publish(replace(DOCTOR, until=DAY))
    publish(DOCTOR, hospcode=UNIT)
    assert ids("PractitionerRole", "active=true&organization=Organization/99801") != []
    monkeypatch.setattr(clock, "today", lambda: DAY + timedelta(days=1))
    register.turn_roles()
    assert ids("PractitionerRole", "active=true&organization=Organization/99801") == []
    assert found("Practitioner")[0]["active"] is True


@pytest.mark.parametrize("rtype", ["Organization", "Location", "HealthcareService", "Practitioner", "PractitionerRole"])
def test_what_is_published_is_valid_fhir(rtype: str) -> None:
    """By our own validator, errors and warnings."""
    publish(DOCTOR)
    for resource in found(rtype, "_count=50"):
        told = [i for i in validation.check(resource) if i.severity in {"error", "fatal"}]
        assert told == []
