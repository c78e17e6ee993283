"""A withdrawal works for the very next question, on any connection: nothing is kept in memory (T13)."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from django.db import connections

from suksala import consent, identity, registry
from suksala.consent import Choice, Decider, NoPermit, Purpose, Receiver
from suksala.foundation import clock
from tests.people import CLINIC, HOSPITAL, UNIT, mali

pytestmark = pytest.mark.django_db(transaction=True)
FACILITIES = f"""hospcode,name_th,name_en,kind,province,district,subdistrict,network
{HOSPITAL},โรงพยาบาล,Hospital,hospital,19,1901,,
{UNIT},รพ.สต.,Unit,subdistrict-unit,19,1901,,
{CLINIC},คลินิก,Clinic,clinic,19,1901,,
"""
MALI = Decider("account:mali")


@dataclass(frozen=True)
class Doctor:
    """A clinician of a facility where Mali is not known."""

    actor: str = "account:far"
    role: str = "clinician"
    hospcode: str = CLINIC


@dataclass
class Asker:
    """Asks for the permit again and again on a connection of its own; keeps when each question began and its answer."""

    person: int
    stop: threading.Event = field(default_factory=threading.Event)
    answers: list[tuple[float, bool]] = field(default_factory=list)

    def run(self) -> None:
        """Until told to stop."""
        try:
            while not self.stop.is_set():
                self.answers.append((time.monotonic(), self.asked()))
        finally:
            connections.close_all()

    def asked(self) -> bool:
        """Whether it is open now."""
        try:
            return consent.permit_for_treatment(Doctor(), self.person, clock.now()).ground == "consent"
        except NoPermit:
            return False


@pytest.fixture
def person(tmp_path: Path) -> Iterator[int]:
    """Mali, at the hospital."""
    (tmp_path / "f.csv").write_text(FACILITIES, encoding="utf-8")
    registry.import_facilities(tmp_path / "f.csv")
    identity.link(HOSPITAL, [mali("1")])
    yield identity.persons(HOSPITAL, ["1"])["1"]
    registry.forget_cache()


def test_no_question_that_begins_after_a_withdrawal_opens_anything(person: int) -> None:
    choice = Choice(True, frozenset({Receiver("facility", CLINIC)}), frozenset({Purpose.TREATMENT}))
    asker = Asker(person)
    thread = threading.Thread(target=asker.run)
    given = consent.give(person, choice, MALI, clock.now(), text=consent.newest("share").digest)
    thread.start()
    try:
        while not any(opened for _, opened in asker.answers):
            time.sleep(0.01)
        consent.withdraw([person], given.id, MALI, clock.now())
        withdrawn = time.monotonic()
        while sum(began > withdrawn for began, _ in asker.answers) < 5:
            time.sleep(0.01)
    finally:
        asker.stop.set()
        thread.join()
    assert [opened for began, opened in asker.answers if began > withdrawn].count(True) == 0
