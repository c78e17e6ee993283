"""Representation as it is kept: both sides know it, either ends it, a permit follows while it counts (S1.31; T13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from suksala import audit, consent, identity
from suksala.consent import Label, NoPermit, NoSuchProxy, Proof, ProxyProblem, Relation, Right, Standing, Terms
from suksala.foundation import database
from tests.people import CLINIC, HOSPITAL, mali

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
VIEW = frozenset({Right.VIEW})
FOR_CHILD = Terms(Relation.CHILD, VIEW, Proof.BIRTH_CERTIFICATE, "1-2345")
DELEGATION = Terms(Relation.DELEGATE, VIEW)


@dataclass(frozen=True)
class Citizen:
    """An account."""

    actor: str
    role: str = "citizen"


MOTHER, OTHER = Citizen("account:mother"), Citizen("account:other")


@pytest.fixture
def family() -> tuple[int, int]:
    """A child of 13 and its mother."""
    identity.link(HOSPITAL, [mali("1"), mali("2", number=None, given="น้อง", family="ใจดี", birth=date(2013, 5, 5))])
    found = identity.persons(HOSPITAL, ["1", "2"])
    return found["2"], found["1"]


def versions() -> int:
    return int(database.rows("SELECT count(*) FROM consent_proxy_history")[0][0])


def test_both_sides_know_it(family: tuple[int, int]) -> None:
    child, mother = family
    made = consent.appoint(child, MOTHER.actor, mother, FOR_CHILD, "account:officer", NOW, facility=HOSPITAL)
    [theirs] = consent.represented_by(MOTHER.actor, NOW)
    [ours] = consent.representatives([child], NOW)
    assert theirs == ours == consent.Represented(made, Standing.COUNTS)
    [fact] = audit.facts("proxy.appointed")
    assert (fact.actor, fact.person, fact.facility) == ("account:officer", child, HOSPITAL)
    assert fact.detail["representative"] == "account:mother"
    assert "1-2345" not in str(fact)
    [[sealed]] = database.rows("SELECT document FROM consent_proxy")
    assert b"1-2345" not in bytes(sealed)


def test_a_permit_follows_without_what_is_told_in_confidence(family: tuple[int, int]) -> None:
    child, mother = family
    consent.appoint(child, MOTHER.actor, mother, FOR_CHILD, "account:officer", NOW)
    permit = consent.permit_for_represented(MOTHER, child, NOW)
    [scope] = permit.scopes
    assert (permit.reader, permit.purpose, permit.ground) == ("account:mother", "PATRQT", "proxy")
    assert scope.rows.persons == {child}
    assert scope.without[0].labels == Label.ADOLESCENT


@pytest.mark.parametrize("who", [OTHER, Citizen("account:mother", "clinician")])
def test_nobody_else_gets_one(family: tuple[int, int], who: Citizen) -> None:
    child, mother = family
    consent.appoint(child, MOTHER.actor, mother, FOR_CHILD, "account:officer", NOW)
    with pytest.raises(NoPermit):
        consent.permit_for_represented(who, child, NOW)
    assert len(list(audit.facts("permit.refused"))) == 1


@pytest.mark.parametrize(
    ("now", "dead"),
    [
        (datetime(2028, 5, 4, 17, 0, tzinfo=UTC), False),  # the 15th birthday
        (datetime(2033, 5, 4, 17, 0, tzinfo=UTC), False),  # the 20th
        (NOW, True),
    ],
)
def test_the_permit_ends_with_birthdays_and_death(family: tuple[int, int], now: datetime, dead: bool) -> None:
    child, mother = family
    consent.appoint(child, MOTHER.actor, mother, FOR_CHILD, "account:officer", NOW)
    with pytest.raises(NoPermit):
        consent.permit_for_represented(MOTHER, child, now, dead=dead)


def test_a_young_person_says_yes_again(family: tuple[int, int]) -> None:
    child, mother = family
    made = consent.appoint(child, MOTHER.actor, mother, FOR_CHILD, "account:officer", NOW)
    birthday = datetime(2028, 5, 4, 17, 0, tzinfo=UTC)
    with pytest.raises(ProxyProblem):
        consent.agree_again(made.id, "account:child", [child], NOW)  # nothing waits yet
    with pytest.raises(NoSuchProxy):
        consent.agree_again(made.id, MOTHER.actor, [mother], birthday)  # the mother does not answer for the child
    consent.agree_again(made.id, "account:child", [child], birthday)
    assert consent.permit_for_represented(MOTHER, child, birthday).ground == "proxy"


@pytest.mark.parametrize(
    ("birth", "standing"),
    [(date(2011, 11, 23), Standing.COUNTS), (date(2011, 11, 22), Standing.ASK_AGAIN), (None, Standing.COUNTS)],
)
def test_from_15_on_the_young_person_is_asked_first(birth: date | None, standing: Standing) -> None:
    """15 tomorrow, 15 today, unknown: an officer with the document says yes only for a child."""
    identity.link(HOSPITAL, [mali("1"), mali("2", number=None, given="น้อง", family="ใจดี", birth=birth)])
    found = identity.persons(HOSPITAL, ["1", "2"])
    made = consent.appoint(found["2"], MOTHER.actor, found["1"], FOR_CHILD, "account:officer", NOW)
    [hers] = consent.represented_by(MOTHER.actor, NOW)
    assert hers.standing is standing
    if standing is Standing.ASK_AGAIN:
        with pytest.raises(NoPermit):
            consent.permit_for_represented(MOTHER, found["2"], NOW)
        consent.agree_again(made.id, "account:child", [found["2"]], NOW)
    assert consent.permit_for_represented(MOTHER, found["2"], NOW).ground == "proxy"


@pytest.mark.parametrize("by_child", [True, False])
def test_either_side_ends_it_at_once(family: tuple[int, int], by_child: bool) -> None:
    child, mother = family
    made = consent.appoint(child, MOTHER.actor, mother, FOR_CHILD, "account:officer", NOW)
    who, own = (Citizen("account:child"), [child]) if by_child else (MOTHER, [mother])
    consent.end_representation(made.id, who, own, NOW + timedelta(seconds=1))
    with pytest.raises(NoPermit):
        consent.permit_for_represented(MOTHER, child, NOW + timedelta(seconds=1))
    consent.end_representation(made.id, who, own, NOW + timedelta(seconds=2))
    assert versions() == 2


def test_a_stranger_ends_nothing(family: tuple[int, int]) -> None:
    child, mother = family
    made = consent.appoint(child, MOTHER.actor, mother, FOR_CHILD, "account:officer", NOW)
    for number in (made.id, 1):
        with pytest.raises(NoSuchProxy):
            consent.end_representation(number, OTHER, [999], NOW)
    assert versions() == 1


def test_new_terms_take_the_place_of_the_old(family: tuple[int, int]) -> None:
    child, mother = family
    consent.appoint(child, MOTHER.actor, mother, FOR_CHILD, "account:officer", NOW)
    wider = Terms(Relation.CHILD, frozenset({Right.VIEW, Right.CONSENT}), Proof.BIRTH_CERTIFICATE, "1-2345")
    consent.appoint(child, MOTHER.actor, mother, wider, "account:officer", NOW + timedelta(seconds=1))
    found = consent.representatives([child], NOW + timedelta(seconds=1))
    assert [r.standing for r in found] == [Standing.COUNTS, Standing.ENDED]
    assert found[0].may(Right.CONSENT)


def test_nobody_represents_themself_and_no_child_delegates(family: tuple[int, int]) -> None:
    child, mother = family
    for person, own, terms in ((mother, mother, DELEGATION), (child, mother, DELEGATION)):
        with pytest.raises((ProxyProblem, consent.ConsentProblem)):
            consent.appoint(person, "account:x", own, terms, "account:x", NOW)
    assert versions() == 0


def test_it_speaks_for_every_registration(family: tuple[int, int]) -> None:
    child, mother = family
    identity.link(CLINIC, [mali("9")])  # the mother, at another facility too
    delegate = consent.appoint(mother, OTHER.actor, child, DELEGATION, "account:mother", NOW)
    permit = consent.permit_for_represented(OTHER, identity.persons(CLINIC, ["9"])["9"], NOW)
    assert permit.scopes[0].rows.persons == {mother, identity.persons(CLINIC, ["9"])["9"]}
    assert delegate.until == NOW + consent.proxies.LONGEST
