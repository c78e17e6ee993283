"""Whose record somebody opens, and as what: a representation ends with death, whatever its day says (S1.31; T13)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from suksala import consent, identity, phr, registry
from suksala.consent import NoPermit, Relation, Right, Section, Terms
from suksala.foundation import clock, database
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
    assert refused.value.code == "SKL-PHR-004"


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


@pytest.fixture
def acting(tmp_path: Path, family: tuple[Citizen, Citizen]) -> Iterator[tuple[phr.Whose, phr.Whose]]:
    """Mali's record in her own hands, and in those of a helper who decides for her; a hospital that may be let see."""
    head = "hospcode,name_th,name_en,kind,province,district,subdistrict,network"
    (tmp_path / "f.csv").write_text(f"{head}\n{UNIT},หน่วย,Unit,subdistrict-unit,19,1901,,\n", encoding="utf-8")
    registry.import_facilities(tmp_path / "f.csv")
    grandmother, helper = family
    assert grandmother.person is not None
    assert helper.person is not None
    terms = Terms(Relation.DELEGATE, frozenset(Right))
    consent.appoint(grandmother.person, helper.actor, helper.person, terms, grandmother.actor, NOW)
    yield phr.record_of(grandmother, "", NOW), phr.record_of(helper, public(grandmother), NOW)
    registry.forget_cache()


def decided() -> list[tuple[object, ...]]:
    """Every version of every consent."""
    return database.rows("SELECT id, version, state, giver FROM consent_history ORDER BY decided, id, version")


SHARE, REFUSE = consent.newest("share").digest, consent.newest("refuse").digest


def test_nobody_but_the_person_lifts_what_they_closed(acting: tuple[phr.Whose, phr.Whose]) -> None:
    own, hers = acting
    [closed] = phr.hide_all(own, REFUSE, NOW)
    before = decided()
    with pytest.raises(NoPermit):
        phr.stop(hers, closed.id, NOW)
    assert decided() == before
    phr.stop(own, closed.id, NOW)
    assert phr.in_force(own, NOW) == []


def test_a_representative_lifts_what_they_closed(acting: tuple[phr.Whose, phr.Whose]) -> None:
    _, hers = acting
    [closed] = phr.hide(hers, [Section.MEDICINES], [], REFUSE, NOW)
    phr.stop(hers, closed.id, NOW)
    assert phr.in_force(hers, NOW) == []


def test_a_representative_opens_no_class_that_is_hidden_from_them(acting: tuple[phr.Whose, phr.Whose]) -> None:
    """Neither by giving, nor by lifting, nor by showing again; to stop somebody from seeing it is free."""
    own, hers = acting
    assert (own.unseen, hers.unseen >= {"HIV", "ADOLESCENT"}) == (frozenset(), True)
    given = phr.share(own, UNIT, phr.Offer(frozenset(Section), frozenset({"HIV"})), SHARE, NOW)
    phr.change(own, given.id, list(Section), [], NOW)
    [closed] = phr.hide(hers, [], ["HIV"], REFUSE, NOW)
    before = decided()
    with pytest.raises(NoPermit):
        phr.share(hers, UNIT, phr.Offer(frozenset(Section), frozenset({"HIV"})), SHARE, NOW)
    with pytest.raises(NoPermit):
        phr.stop(hers, closed.id, NOW)
    with pytest.raises(NoPermit):
        phr.change(hers, given.id, list(Section), ["HIV"], NOW)
    assert decided() == before
    phr.stop(hers, given.id, NOW)
