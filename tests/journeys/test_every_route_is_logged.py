"""Every page of every role: what it leaves in the log has one BALP shape that holds. No list of pages: a new one is
tried as soon as it has an address (T08, T17). That others stay out is told in test_pages_access.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from suksala import audit, signin
from suksala.exchange import audit_events
from suksala.foundation import database
from suksala.portals.access import HOME
from suksala.standards import fhir
from tests.journeys.pages import World
from tests.journeys.visiting import signed_in
from tests.record import of_facility

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pages")]

ROLES = ("citizen-1", "clinician", "clerk", "district-1901", "steward", "privacy", "privacy-exchange")
# What a record's pages leave behind: role, address -> profile of BALP.
RECORDS = [
    ("citizen-1", "/me/", "PatientQuery"),
    ("clinician", "/care/{patient}/", "PatientQuery"),
    ("clerk", "/desk/{patient}/", "PatientQuery"),
]


def addresses(patterns: list[URLPattern | URLResolver] | None = None, before: str = "/") -> Iterator[str]:
    """Every address without a variable part."""
    for one in patterns if patterns is not None else get_resolver().url_patterns:
        route = before + str(one.pattern)
        if isinstance(one, URLResolver):
            yield from addresses(one.url_patterns, route)
        elif "<" not in route and "^" not in route:
            yield route


def newest() -> int:
    return int(database.rows("SELECT coalesce(max(seq), 0) FROM audit")[0][0])


def events_since(seq: int) -> list[dict[str, object]]:
    """The AuditEvents of what was told since; each holds against its profile."""
    seqs = tuple(n for (n,) in database.rows("SELECT seq FROM audit WHERE seq > %s", [seq]))
    facts = audit.facts_wanted(audit.Wanted(seqs=seqs)) if seqs else []
    events = audit_events._events(of_facility(None), facts, "https://suksala.test/fhir")
    for event in events:
        assert [i.rule for i in fhir.validation.check(event) if i.severity == "error"] == [], event["meta"]
    return events


@pytest.mark.parametrize("login", ROLES)
def test_what_a_page_leaves_in_the_log_has_a_shape(pages_world: World, login: str) -> None:
    client = signed_in(login)
    door = HOME[signin.demo_account(login).role]
    own = sorted({one for one in addresses() if one.startswith((door, "/account/"))})
    assert door in own
    for address in own:
        seq = newest()
        assert client.get(address).status_code < 500, address
        assert all(len(event["meta"]["profile"]) == 1 for event in events_since(seq))  # type: ignore[index]


@pytest.mark.parametrize(("login", "address", "profile"), RECORDS)
def test_a_record_that_is_shown_is_a_patient_query(pages_world: World, login: str, address: str, profile: str) -> None:
    client, seq = signed_in(login), newest()
    assert client.get(address.format(patient=pages_world.patient)).status_code == 200
    profiles = {str(event["meta"]["profile"][0]).rpartition(".")[2] for event in events_since(seq)}  # type: ignore[index]
    assert profile in profiles


def test_signing_in_and_out_are_told(pages_world: World) -> None:
    client, seq = Client(), newest()
    client.force_login(signin.demo_account("clinician"))
    client.post("/sign-out")
    subtypes = {event["subtype"][0]["code"] for event in events_since(seq)}  # type: ignore[index]
    assert subtypes >= {"110122", "110123"}
