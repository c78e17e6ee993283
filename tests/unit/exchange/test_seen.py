"""Whether a facility saw somebody: a visit there, or a referral to it, at both edges of the period."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from suksala import exchange
from tests.record import HOSPITAL, UNIT, keep, person, send

pytestmark = pytest.mark.django_db

VISIT = datetime(2026, 1, 4, 17, 0, tzinfo=UTC)  # 5 January in Bangkok


def test_a_visit_counts_at_its_own_facility_from_its_first_moment() -> None:
    """Not at another one, and not for another person."""
    send("PERSON", {"pid": "1", "name": "มาลี", "sex": "2"}, {"pid": "2", "name": "ดำ", "sex": "1"})
    send("SERVICE", {"pid": "1", "seq": "10", "date_serv": "2026-01-05"})
    mali, dam = person("1"), person("2")
    assert exchange.seen_at(HOSPITAL, [mali], VISIT)
    assert exchange.seen_at(HOSPITAL, [dam, mali], VISIT)
    assert not exchange.seen_at(HOSPITAL, [mali], VISIT + timedelta(microseconds=1))
    assert not exchange.seen_at(HOSPITAL, [dam], VISIT)
    assert not exchange.seen_at(UNIT, [mali], VISIT)
    assert not exchange.seen_at(HOSPITAL, [], VISIT)


def test_a_referral_counts_where_it_goes() -> None:
    """Written by the unit, sent to the hospital."""
    send("PERSON", {"pid": "1", "name": "มาลี", "sex": "2"}, hospcode=UNIT)
    mali = person("1", UNIT)
    referral = {
        "resourceType": "ServiceRequest",
        "id": "refer",
        "status": "active",
        "intent": "order",
        "authoredOn": "2026-01-05",
        "occurrenceDateTime": "2026-01-05",
        "performer": [{"reference": f"Organization/{HOSPITAL}"}],
    }
    keep(referral, person=mali, hospcode=UNIT)
    assert exchange.seen_at(HOSPITAL, [mali], VISIT)
    assert not exchange.seen_at(UNIT, [mali], VISIT)


@pytest.mark.parametrize(
    ("status", "start", "counts"),
    [
        ("finished", "2026-11-01", True),
        ("in-progress", "2026-11-01", True),
        ("cancelled", "2026-11-01", False),
        ("entered-in-error", "2026-11-01", False),
        ("planned", "2026-11-01", False),
        ("finished", "2090-01-01", False),  # nobody was there yet
    ],
)
def test_a_visit_that_never_was_counts_nowhere(status: str, start: str, counts: bool) -> None:
    """Whoever writes a visit decides no more than that it took place."""
    send("PERSON", {"pid": "1", "name": "มาลี", "sex": "2"})
    visit = {"resourceType": "Encounter", "id": "e", "status": status, "period": {"start": start}}
    keep(visit, person=person("1"))
    assert exchange.seen_at(HOSPITAL, [person("1")], VISIT) is counts


@pytest.mark.parametrize(
    ("status", "day", "counts"),
    [
        ("active", "2026-11-01", True),
        ("active", "2090-01-01", False),
        ("draft", "2026-11-01", False),
        ("revoked", "2026-11-01", False),
        ("entered-in-error", "2026-11-01", False),
    ],
)
def test_a_referral_that_was_not_sent_counts_nowhere(status: str, day: str, counts: bool) -> None:
    """Nor one for a day that is years ahead."""
    send("PERSON", {"pid": "1", "name": "มาลี", "sex": "2"}, hospcode=UNIT)
    performer = [{"reference": f"Organization/{HOSPITAL}"}]
    referral = {"resourceType": "ServiceRequest", "id": "r", "status": status, "performer": performer}
    keep({**referral, "authoredOn": day, "occurrenceDateTime": day}, person=person("1", UNIT), hospcode=UNIT)
    assert exchange.seen_at(HOSPITAL, [person("1", UNIT)], VISIT) is counts
