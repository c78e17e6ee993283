"""Whose record somebody opens, and as what: a representation ends with death, whatever its day says (S1.31; T13)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest

from suksala import consent, identity, phr
from suksala.consent import NoPermit, Relation, Right, Terms
from suksala.foundation import clock
from tests.people import HOSPITAL, UNIT, mali
from tests.record import send

pytestmark = pytest.mark.django_db
NOW = clock.now()  # the record is read under the clock of the moment


@dataclass(frozen=True)
class Citizen:
    """An account."""

    actor: str
    person: int | None
    role: str = "citizen"


@pytest.fixture
def family() -> tuple[Citizen, Citizen]:
    """Mali, and a helper whom she asked."""
    identity.link(HOSPITAL, [mali("1")])
    identity.link(UNIT, [mali("5", number=None, given="ช่วย", family="ดูแล")])
    grandmother = Citizen("account:mali", identity.persons(HOSPITAL, ["1"])["1"])
    helper = Citizen("account:helper", identity.persons(UNIT, ["5"])["5"])
    assert grandmother.person is not None
    assert helper.person is not None
    terms = Terms(Relation.DELEGATE, frozenset({Right.VIEW}))
    consent.appoint(grandmother.person, helper.actor, helper.person, terms, grandmother.actor, NOW)
    return grandmother, helper


def public(account: Citizen) -> str:
    assert account.person is not None
    return identity.public_id(identity.human_of(account.person))


def test_whose_record_and_as_what(family: tuple[Citizen, Citizen]) -> None:
    grandmother, helper = family
    own = phr.record_of(grandmother, "", NOW)
    assert (own.relation, own.rights, own.name) == ("self", frozenset(Right), "มาลี ใจดี")
    hers = phr.record_of(helper, public(grandmother), NOW)
    assert (hers.relation, hers.rights, hers.persons) == (Relation.DELEGATE, {Right.VIEW}, own.persons)
    assert phr.permit_for(helper, hers, NOW).reader == "account:helper"
    with pytest.raises(NoPermit) as refused:
        hers.require(Right.CONSENT)
    assert refused.value.code == "SKL-PERMIT-003"


@pytest.mark.parametrize("patient", ["aaaaaaaaaaaaa", "x" * 200, "1"])
def test_nobody_is_nobodys(family: tuple[Citizen, Citizen], patient: str) -> None:
    with pytest.raises(NoPermit):
        phr.record_of(family[1], patient, NOW)


def test_an_unproven_account_has_no_record() -> None:
    for account in (Citizen("account:new", None), Citizen("account:doctor", 1, "clinician")):
        with pytest.raises(NoPermit):
            phr.own_record_of(account)


def test_death_ends_it_the_day_the_register_tells(family: tuple[Citizen, Citizen]) -> None:
    """As soon as a facility sends it, without anybody pressing anything."""
    grandmother, helper = family
    person = {"hospcode": HOSPITAL, "pid": "1", "name": "มาลี", "lname": "ใจดี", "sex": "2", "discharge": "9"}
    send("PERSON", person)
    assert phr.record_of(helper, public(grandmother), NOW).relation == Relation.DELEGATE
    send("PERSON", {**person, "discharge": "1", "ddischarge": "2026-11-21"})
    with pytest.raises(NoPermit):
        phr.record_of(helper, public(grandmother), NOW + timedelta(seconds=1))
