"""Giving and withdrawing: each decision is kept with its fact, a refusal of the rules keeps nothing (S1.28, S1.29)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from suksala import audit, consent, identity, registry
from suksala.consent import (
    Channel,
    Choice,
    ConsentProblem,
    Decider,
    NoPermit,
    NoSuchConsent,
    Purpose,
    Receiver,
    State,
    giving,
    texts,
)
from suksala.foundation import database
from tests.people import CLINIC, HOSPITAL, UNIT, mali
from tests.unit.consent.emergency import Doctor

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
MALI = Decider("account:mali")
SHARE, REFUSE = texts.newest("share").digest, texts.newest("refuse").digest
TO_CLINIC = Choice(True, receivers=frozenset({Receiver("facility", CLINIC)}))
FACILITIES = f"""hospcode,name_th,name_en,kind,province,district,subdistrict,network
{HOSPITAL},โรงพยาบาล,Hospital,hospital,19,1901,,เครือข่ายหนึ่ง
{UNIT},รพ.สต.,Unit,subdistrict-unit,19,1901,,เครือข่ายหนึ่ง
{CLINIC},คลินิก,Clinic,clinic,19,1901,,
"""


@pytest.fixture(autouse=True)
def facilities(tmp_path: Path) -> Iterator[None]:
    """Three made-up facilities; two are of one network."""
    (tmp_path / "f.csv").write_text(FACILITIES, encoding="utf-8")
    registry.import_facilities(tmp_path / "f.csv")
    yield
    registry.forget_cache()


@pytest.fixture
def person() -> int:
    """Mali, registered at the hospital and the unit."""
    identity.link(HOSPITAL, [mali("1")])
    identity.link(UNIT, [mali("77")])
    return identity.persons(HOSPITAL, ["1"])["1"]


def persons(person: int) -> list[int]:
    return sorted(identity.persons_of(identity.human_of(person)))


def kept() -> int:
    return int(database.rows("SELECT count(*) FROM consent_history")[0][0])


def test_a_consent_is_kept_with_text_giver_and_fact(person: int) -> None:
    given = consent.give(person, TO_CLINIC, MALI, NOW, text=SHARE)
    assert consent.consents_of(persons(person), NOW) == [given]
    assert (given.state, given.version, given.giver, given.text) == (State.GIVEN, 1, "account:mali", SHARE)
    assert texts.of_digest(given.text) == texts.newest("share")
    [fact] = audit.facts("consent.given")
    assert (fact.actor, fact.person, fact.purpose, fact.at) == ("account:mali", person, "PATRQT", NOW)
    assert fact.detail == {
        "consent": str(given.id),
        "version": 1,
        "relation": "self",
        "channel": "app",
        "receivers": [f"facility:{CLINIC}"],
    }


def test_it_speaks_for_every_registration_of_the_human(person: int) -> None:
    """Given with one registration in hand, found with any: it is the human who decides."""
    consent.give(person, TO_CLINIC, MALI, NOW, text=SHARE)
    assert len(consent.consents_of(persons(person), NOW)) == 1
    other = next(p for p in persons(person) if p != person)
    assert consent.consents_of([other], NOW) == []  # whoever asks asks for the human


def test_a_second_press_gives_nothing_twice(person: int) -> None:
    first = consent.give(person, TO_CLINIC, MALI, NOW, text=SHARE)
    assert consent.give(person, TO_CLINIC, MALI, NOW + timedelta(seconds=1), text=SHARE) == first
    assert kept() == 1


def test_withdrawing_is_at_once_and_for_good(person: int) -> None:
    """As easy as giving: one call, no reason asked (PDPA s.19)."""
    given = consent.give(person, TO_CLINIC, MALI, NOW, text=SHARE)
    ended = consent.withdraw(persons(person), given.id, MALI, NOW + timedelta(hours=1))
    assert consent.consents_of(persons(person), NOW + timedelta(hours=1)) == []
    assert [c.state for c in consent.consent_history(persons(person))] == [State.WITHDRAWN, State.GIVEN]
    assert ended.version == 2
    assert len(list(audit.facts("consent.withdrawn"))) == 1
    with pytest.raises(ConsentProblem):
        consent.withdraw(persons(person), given.id, MALI, NOW + timedelta(hours=2))
    assert kept() == 2


def test_the_history_keeps_what_it_was(person: int) -> None:
    """Narrowing makes a version; the one before stays as it was decided."""
    given = consent.give(person, TO_CLINIC, MALI, NOW, text=SHARE)
    hidden = (Choice(False, labels=frozenset({"MENTAL_HEALTH"})),)
    changed = consent.narrow(persons(person), given.id, hidden, MALI, NOW + timedelta(minutes=1))
    assert [c.exceptions for c in consent.consent_history(persons(person))] == [hidden, ()]
    assert consent.narrow(persons(person), given.id, hidden, MALI, NOW + timedelta(minutes=2)) == changed
    assert kept() == 2


def test_nobody_ends_anothers_consent(person: int) -> None:
    """The same answer as for none at all."""
    given = consent.give(person, TO_CLINIC, MALI, NOW, text=SHARE)
    identity.link(CLINIC, [mali("5", number=None, given="อื่น", family="คนละคน", birth=date(1990, 1, 1))])
    stranger = identity.persons(CLINIC, ["5"])["5"]
    for number in (given.id, 1):
        with pytest.raises(NoSuchConsent) as problem:
            consent.withdraw([stranger], number, Decider("account:other"), NOW)
        assert problem.value.code == "SKL-CONSENT-002"
    assert len(consent.consents_of(persons(person), NOW)) == 1


@pytest.mark.parametrize("facility", [CLINIC, HOSPITAL], ids=["a stranger", "who treats her"])
def test_the_list_of_who_lets_a_facility_look_is_of_consents_that_open(person: int, facility: str) -> None:
    """Who closed everything again is not on it, is not named, and nobody reads that they were on it."""
    doctor = Doctor(hospcode=facility)
    choice = Choice(True, receivers=frozenset({Receiver("facility", facility)}))
    given = consent.give(person, choice, MALI, NOW, text=SHARE)
    assert consent.patients_who_let(doctor, NOW, limit=9) == [given]
    consent.give(person, Choice(False), MALI, NOW, text=REFUSE)
    assert consent.patients_who_let(doctor, NOW, limit=9) == []
    assert [(f.person, f.detail["found"]) for f in audit.facts("search")] == [(person, 1), (None, 0)]


def test_of_two_consents_the_list_holds_the_one_that_opens(person: int) -> None:
    """By one the clinic sees diagnoses; the other is for an emergency alone, and opens nothing before one."""
    care = replace(TO_CLINIC, types=frozenset({"Condition"}))
    first = consent.give(person, care, MALI, NOW, text=SHARE, until=NOW + consent.VISIT)
    other = replace(TO_CLINIC, purposes=frozenset({Purpose.EMERGENCY}))
    consent.give(person, other, MALI, NOW + timedelta(seconds=1), text=SHARE)
    assert consent.patients_who_let(Doctor(hospcode=CLINIC), NOW + timedelta(seconds=2), limit=9) == [first]


def test_closed_ones_take_no_place_on_the_list(person: int) -> None:
    """The newest was closed again: an older one of somebody else is listed although one alone is asked for."""
    identity.link(CLINIC, [mali("5", number=None, given="อื่น", family="คนละคน", birth=date(1990, 1, 1))])
    stranger = identity.persons(CLINIC, ["5"])["5"]
    older = consent.give(stranger, TO_CLINIC, Decider("account:other"), NOW, text=SHARE)
    later = NOW + timedelta(seconds=1)
    consent.give(person, TO_CLINIC, MALI, later, text=SHARE)
    consent.give(person, Choice(False), MALI, later, text=REFUSE)
    assert consent.patients_who_let(Doctor(hospcode=CLINIC), later, limit=1) == [older]


def test_another_role_lists_nobody(person: int) -> None:
    consent.give(person, TO_CLINIC, MALI, NOW, text=SHARE)
    with pytest.raises(NoPermit):
        consent.patients_who_let(Doctor(hospcode=CLINIC, role="clerk"), NOW, limit=9)
    assert list(audit.facts("search")) == [], "a refused look is not a look"
    assert len(list(audit.facts("permit.refused"))) == 1


def test_an_end_is_written_down_once(person: int) -> None:
    """It counts from its moment whether or not the chore ran."""
    until = NOW + consent.VISIT
    consent.give(person, TO_CLINIC, MALI, NOW, text=SHARE, until=until)
    assert len(consent.consents_of(persons(person), until - timedelta(microseconds=1))) == 1
    assert consent.consents_of(persons(person), until) == []
    assert giving.write_down_ends(until - timedelta(seconds=1)) == 0
    assert (giving.write_down_ends(until), giving.write_down_ends(until)) == (1, 0)
    assert [c.state for c in consent.consent_history(persons(person))] == [State.EXPIRED, State.GIVEN]
    [fact] = audit.facts("consent.expired")
    assert fact.actor == "system:consent"


def test_a_refusal_names_its_own_text(person: int) -> None:
    refused = consent.give(person, Choice(False), MALI, NOW, text=REFUSE)
    assert refused.state is State.REFUSED
    assert len(list(audit.facts("consent.refused"))) == 1


@pytest.mark.parametrize(
    ("choice", "text", "code"),
    [
        (TO_CLINIC, REFUSE, "SKL-CONSENT-007"),  # the text of another decision
        (TO_CLINIC, "0" * 64, "SKL-CONSENT-007"),  # a former wording
        (Choice(True, receivers=frozenset({Receiver("facility", "00000")})), SHARE, "SKL-CONSENT-008"),
        (Choice(True, receivers=frozenset({Receiver("network", "none")})), SHARE, "SKL-CONSENT-008"),
        (Choice(True, receivers=frozenset({Receiver("planet", CLINIC)})), SHARE, "SKL-CONSENT-008"),
    ],
)
def test_a_refused_request_keeps_nothing(person: int, choice: Choice, text: str, code: str) -> None:
    with pytest.raises(ConsentProblem) as problem:
        consent.give(person, choice, MALI, NOW, text=text)
    assert problem.value.code == code
    assert kept() == 0
    assert list(audit.facts("consent.given")) == []


def test_a_child_may_close_but_not_open_alone(person: int) -> None:
    """PDPA s.20: a representative opens for a child; closing protects, so anybody may at any age."""
    identity.link(CLINIC, [mali("5", number=None, given="น้อง", birth=date(2012, 1, 1))])
    child = identity.persons(CLINIC, ["5"])["5"]
    with pytest.raises(ConsentProblem) as problem:
        consent.give(child, TO_CLINIC, Decider("account:child"), NOW, text=SHARE)
    assert problem.value.code == "SKL-CONSENT-010"
    assert kept() == 0
    consent.give(child, Choice(False), Decider("account:child"), NOW, text=REFUSE)
    consent.give(child, TO_CLINIC, Decider("account:mother", "child"), NOW, text=SHARE)
    assert kept() == 2


def test_a_document_of_another_system_is_kept_by_its_digest(person: int) -> None:
    sent = Decider("client:his", channel=Channel.FHIR, evidence="document", source="client:his")
    given = consent.give(person, TO_CLINIC, sent, NOW, text="f" * 64)
    assert (given.text, given.source) == ("f" * 64, "client:his")


def test_a_hundred_at_a_time(person: int) -> None:
    """A page that a person can still read; and no flood."""
    for number in range(giving.MOST_COUNTING):
        consent.give(person, TO_CLINIC, MALI, NOW, text=SHARE, until=NOW + timedelta(days=number + 1))
    with pytest.raises(ConsentProblem) as problem:
        consent.give(person, TO_CLINIC, MALI, NOW, text=SHARE)
    assert problem.value.code == "SKL-CONSENT-009"
    assert kept() == giving.MOST_COUNTING


def test_what_was_decided_is_a_rule_at_once_and_none_after(person: int) -> None:
    """Each question reads anew; the rule speaks of every registration of the human."""
    network = Choice(True, receivers=frozenset({Receiver("network", "เครือข่ายหนึ่ง")}))
    given = consent.give(person, network, MALI, NOW, text=SHARE)
    [rule] = consent.rules_for(persons(person), NOW)
    assert rule.persons == frozenset(persons(person))
    assert rule.provisions[0].receivers == {HOSPITAL, UNIT}
    consent.withdraw(persons(person), given.id, MALI, NOW + timedelta(seconds=1))
    assert consent.rules_for(persons(person), NOW + timedelta(seconds=1)) == ()


def test_a_network_that_is_gone_is_nobody(person: int, tmp_path: Path) -> None:
    """Not everybody: an empty list of receivers is no bound, and must not come of a name that means nothing."""
    network = Choice(True, receivers=frozenset({Receiver("network", "เครือข่ายหนึ่ง")}))
    consent.give(person, network, MALI, NOW, text=SHARE)
    (tmp_path / "f.csv").write_text(FACILITIES.replace("เครือข่ายหนึ่ง", ""), encoding="utf-8")
    registry.import_facilities(tmp_path / "f.csv")
    [rule] = consent.rules_for(persons(person), NOW)
    assert rule.provisions[0].receivers == frozenset()
