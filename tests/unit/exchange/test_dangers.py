"""What makes a wrong answer of the review desk dangerous, as the record tells: at both edges, and never which."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from suksala import identity
from suksala.exchange import tasks
from suksala.exchange.dangers import LATELY, dangers
from suksala.foundation import clock, database
from suksala.identity import Signs
from tests.people import mali
from tests.record import HOSPITAL, UNIT, keep, person, send

pytestmark = pytest.mark.django_db


def test_nothing_recorded_is_no_sign() -> None:
    send("PERSON", {"pid": "1", "name": "มาลี", "sex": "2"})
    assert dangers([person("1")]) == {}
    assert dangers([]) == {}


def test_an_allergy_is_a_sign_of_its_own_registration() -> None:
    send("PERSON", {"pid": "1", "name": "มาลี", "sex": "2"}, {"pid": "2", "name": "ดำ", "sex": "1"})
    send("DRUGALLERGY", {"pid": "1", "daterecord": "2020-01-01", "drugallergy": "1" * 24, "dname": "PENICILLIN V"})
    assert dangers([person("1"), person("2")]) == {person("1"): Signs(allergy=True)}


def given(days: int) -> dict[str, Any]:
    """A medicine that was handed over so many days ago."""
    return {
        "resourceType": "MedicationDispense",
        "id": f"drug-{days}",
        "status": "completed",
        "medicationCodeableConcept": {"text": "METFORMIN"},
        "whenHandedOver": f"{clock.today() - timedelta(days=days)}T00:00:00+07:00",
    }


@pytest.mark.parametrize(("days", "counts"), [(0, True), (LATELY.days, True), (LATELY.days + 1, False)])
def test_a_medicine_counts_for_120_days(days: int, counts: bool) -> None:
    send("PERSON", {"pid": "1", "name": "มาลี", "sex": "2"})
    keep(given(days), person=person("1"), hospcode=HOSPITAL)
    assert dangers([person("1")]) == {person("1"): Signs(drug=counts)}


def test_an_order_counts_by_the_day_it_was_told() -> None:
    """Its own day tells when to take the medicine, if anything."""
    send("PERSON", {"pid": "1", "name": "มาลี", "sex": "2"})
    order = {"resourceType": "MedicationRequest", "id": "order", "status": "active", "intent": "order"}
    keep({**order, "medicationCodeableConcept": {"text": "METFORMIN"}}, person=person("1"), hospcode=HOSPITAL)
    assert dangers([person("1")]) == {person("1"): Signs(drug=True)}


@pytest.mark.parametrize(("days", "counts"), [(-1, False), (0, True), (1, False)])
def test_a_visit_counts_on_its_day(days: int, counts: bool) -> None:
    send("PERSON", {"pid": "1", "name": "มาลี", "sex": "2"})
    on = (clock.today() + timedelta(days=days)).isoformat()
    send("SERVICE", {"pid": "1", "seq": "10", "date_serv": on})
    assert dangers([person("1")])[person("1")].visit is counts


def test_the_chore_puts_the_dangerous_question_first() -> None:
    """Two registrations with one number that do not look like one human; one of them has an allergy."""
    identity.link(HOSPITAL, [mali("1")])
    identity.link(UNIT, [mali("A7", given="สมหญิง", family="อื่น", birth=None)])
    send("DRUGALLERGY", {"pid": "1", "daterecord": "2020-01-01", "drugallergy": "1" * 24, "dname": "PENICILLIN V"})
    tasks.rank_questions()
    assert database.rows("SELECT kind, danger, gain FROM identity_review") == [("whose-card", 2, 0.5)]
