"""What came back with a copy of the database opens nothing until its person says so again (decision 0198).

Each test does to the tables what a restore does in its own transaction (operations.closing).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from suksala import consent, identity
from suksala.consent import (
    Channel,
    Choice,
    Decider,
    NoPermit,
    Proof,
    ProxyProblem,
    Purpose,
    Receiver,
    Relation,
    Right,
    Standing,
    State,
    Terms,
    giving,
    texts,
)
from suksala.foundation import database
from suksala.operations import closing
from tests.people import CLINIC, HOSPITAL, mali
from tests.staff import practitioner
from tests.unit.consent.emergency import Doctor
from tests.unit.consent.test_representing import Citizen

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
MALI = Decider("account:mali")
SHARE, REFUSE = texts.newest("share").digest, texts.newest("refuse").digest
DOCTOR = Doctor(hospcode=CLINIC)
TO_CLINIC = Choice(True, receivers=frozenset({Receiver("facility", CLINIC)}))
HELPER = Citizen("account:helper")
VIEW = frozenset({Right.VIEW})
BY_DOCUMENT = Terms(Relation.CHILD, VIEW, Proof.BIRTH_CERTIFICATE, "1-2345")


def restored() -> list[int]:
    """The database comes back; how many consents and representations that paused."""
    paused = [database.execute(closing.UNLESS_NOTHING_WAS_LOST[name]) for name in ("consents", "representatives")]
    consent.note_what_was_paused()
    return paused


@pytest.fixture
def person() -> int:
    """Mali, registered at the hospital; there is a clinic."""
    practitioner(CLINIC)
    identity.link(HOSPITAL, [mali("1")])
    return identity.person_of(HOSPITAL, "1")


def helper(born: date = date(1980, 1, 1)) -> int:
    """Somebody else of the register."""
    identity.link(HOSPITAL, [mali("2", number=None, given="ผู้ช่วย", birth=born)])
    return identity.person_of(HOSPITAL, "2")


def states(person: int) -> list[State]:
    return [each.state for each in consent.consent_history([person])]


def test_a_consent_of_before_the_restore_opens_nothing(person: int) -> None:
    """Nor is its giver on the facility's list; a refusal still closes; the history tells it."""
    given = consent.give(person, TO_CLINIC, MALI, NOW, text=SHARE)
    closed = consent.give(person, Choice(False, types=frozenset({"Condition"})), MALI, NOW, text=REFUSE)
    assert len(consent.patients_who_let(DOCTOR, NOW, limit=9)) == 1
    assert restored() == [1, 0]
    assert consent.consents_of([person], NOW) == [closed]
    assert [p.permit for rule in giving.rules_for([person], NOW) for p in rule.provisions] == [False]
    assert consent.patients_who_let(DOCTOR, NOW, limit=9) == []
    [paused] = consent.paused_consents([person], NOW)
    assert (paused.id, paused.state, paused.version, paused.base) == (given.id, State.PAUSED, 2, TO_CLINIC)
    assert sorted(states(person)) == ["given", "paused", "refused"]
    assert consent.note_what_was_paused() == (0, 0), "again keeps nothing twice"


@pytest.mark.parametrize(
    ("excepted", "opened", "after"),
    [
        ({Purpose.TREATMENT}, True, State.PAUSED),
        ({Purpose.EMERGENCY, Purpose.TREATMENT}, True, State.PAUSED),
        ({Purpose.EMERGENCY}, False, State.REFUSED),  # nothing is open by it before its doctor breaks the glass
    ],
)
def test_a_refusal_that_leaves_out_care_opens_nothing_either(
    person: int, excepted: set[Purpose], opened: bool, after: State
) -> None:
    """As other systems send it, "nobody, but for treatment" opens to whom it names what a permission would."""
    nobody = Choice(False, receivers=TO_CLINIC.receivers)
    paper = replace(MALI, channel=Channel.FHIR, source="Consent/paper-1")
    made = consent.give(person, nobody, paper, NOW, exceptions=(Choice(True, purposes=frozenset(excepted)),), text="d")
    assert opens_to_clinic(person) is opened
    restored()
    assert opens_to_clinic(person) is False
    newest = max(consent.consent_history([person]), key=lambda each: each.version)
    assert (newest.id, newest.state) == (made.id, after)


def opens_to_clinic(person: int) -> bool:
    """Whether a consent lets the clinic look for care."""
    ways = [p for rule in giving.rules_for([person], NOW) for p in rule.provisions]
    return any(way.permit and way.holds(CLINIC, Purpose.TREATMENT, NOW) for way in ways)


def test_what_would_have_ended_by_itself_is_not_asked_about(person: int) -> None:
    """To the moment of its end it is."""
    consent.give(person, TO_CLINIC, MALI, NOW, text=SHARE, until=NOW + timedelta(hours=24))
    restored()
    assert len(consent.paused_consents([person], NOW + timedelta(hours=24, seconds=-1))) == 1
    assert consent.paused_consents([person], NOW + timedelta(hours=24)) == []


def test_its_person_gives_it_anew_or_ends_it(person: int) -> None:
    """Given again it is a consent of its own and counts at once; the paused one can still be ended, once."""
    paused = consent.give(person, TO_CLINIC, MALI, NOW, text=SHARE)
    restored()
    again = consent.give(person, TO_CLINIC, MALI, NOW, text=SHARE)
    assert again.id != paused.id
    assert consent.consents_of([person], NOW) == [again]
    assert consent.withdraw([person], paused.id, MALI, NOW).state is State.WITHDRAWN
    assert consent.paused_consents([person], NOW) == []
    with pytest.raises(consent.ConsentProblem, match="SKL-CONSENT-005"):
        consent.withdraw([person], paused.id, MALI, NOW)
    assert consent.consents_of([person], NOW) == [again]


def test_a_paused_consent_is_not_changed_into_one_that_counts(person: int) -> None:
    paused = consent.give(person, TO_CLINIC, MALI, NOW, text=SHARE)
    restored()
    with pytest.raises(consent.ConsentProblem, match="SKL-CONSENT-005"):
        consent.narrow([person], paused.id, (Choice(False, types=frozenset({"Condition"})),), MALI, NOW)
    assert consent.consents_of([person], NOW) == []


def test_whom_somebody_asked_to_act_for_them_waits_for_their_yes(person: int) -> None:
    made = consent.appoint(person, HELPER.actor, helper(), Terms(Relation.DELEGATE, VIEW), MALI.actor, NOW)
    assert restored() == [0, 1]
    [found] = consent.representatives([person], NOW)
    assert (found.standing, found.asked) == (Standing.RESTORED, True)
    with pytest.raises(NoPermit):
        consent.permit_for_represented(HELPER, person, NOW)
    consent.agree_again(made.id, MALI.actor, [person], NOW)
    assert consent.representatives([person], NOW)[0].standing is Standing.COUNTS
    assert consent.permit_for_represented(HELPER, person, NOW).ground == "proxy"
    with pytest.raises(ProxyProblem, match="SKL-PROXY-009"):
        consent.agree_again(made.id, MALI.actor, [person], NOW)


@pytest.mark.parametrize(("born", "asked"), [(date(2011, 11, 22), True), (date(2011, 11, 23), False)])
def test_a_young_person_is_asked_at_15_and_a_parent_of_a_younger_child_shows_the_document(
    person: int, born: date, asked: bool
) -> None:
    """15 today, and 15 tomorrow; the document again takes the place of what was paused."""
    child = helper(born)
    made = consent.appoint(child, HELPER.actor, person, BY_DOCUMENT, "account:officer", NOW)
    restored()
    [found] = consent.representatives([child], NOW)
    assert (found.standing, found.asked) == (Standing.RESTORED, asked)
    if not asked:
        with pytest.raises(ProxyProblem, match="SKL-PROXY-009"):
            consent.agree_again(made.id, "account:child", [child], NOW)
    consent.appoint(child, HELPER.actor, person, BY_DOCUMENT, "account:officer", NOW)
    standings = sorted(each.standing for each in consent.representatives([child], NOW))
    assert standings == (["ask-again", "ended"] if asked else ["counts", "ended"])


def test_either_side_ends_what_is_paused_for_good(person: int) -> None:
    made = consent.appoint(person, HELPER.actor, helper(), Terms(Relation.DELEGATE, VIEW), MALI.actor, NOW)
    restored()
    consent.end_representation(made.id, HELPER, [], NOW)
    assert consent.representatives([person], NOW)[0].standing is Standing.ENDED
    with pytest.raises(ProxyProblem, match="SKL-PROXY-009"):
        consent.agree_again(made.id, MALI.actor, [person], NOW)


def test_death_and_the_last_day_go_before_the_pause(person: int) -> None:
    terms = Terms(Relation.DELEGATE, VIEW, last_day=date(2026, 12, 31))
    consent.appoint(person, HELPER.actor, helper(), terms, MALI.actor, NOW)
    restored()
    assert consent.representatives([person], NOW, dead=True)[0].standing is Standing.DEATH
    later = consent.representatives([person], NOW + timedelta(days=60))[0]
    assert (later.standing, later.asked) == (Standing.EXPIRED, False)
