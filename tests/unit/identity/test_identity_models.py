"""Models made here: trained where registrations are enough, else the one that ships; in shadow until approved."""

from __future__ import annotations

import re
from datetime import date

import orjson
import pytest

from suksala import audit, identity
from suksala.foundation import database
from suksala.identity import modelling, teaching
from suksala.identity.errors import ModelRefused
from suksala.identity.matching import shipped, training
from suksala.identity.matching.comparisons import POPULATIONS
from suksala.identity.matching.demographics import Demographics
from suksala.identity.matching.model import load
from tests.labelled import register
from tests.people import HOSPITAL, UNIT, humans, mali

WITH_FREQUENCIES = 3  # given, family, birth


@pytest.mark.parametrize("kind", list(POPULATIONS))
class TestShipped:
    """The model that ships."""

    def test_every_level_is_trained(self, kind: str) -> None:
        told = {"settings": shipped.settings(kind), "records": 0}
        told |= training.frequencies(told["settings"], training.table(()))
        assert len(load(kind, told).comparisons) == len(POPULATIONS[kind])

    def test_it_names_nobody(self, kind: str) -> None:
        text = orjson.dumps(shipped.settings(kind)).decode()
        assert re.findall(r"[฀-๿]|\d{4}-\d\d-\d\d|\d{9,13}(?=\")", text) == []

    def test_where_nobody_is_registered_names_are_as_common_as_the_mean(self, kind: str) -> None:
        """No agreement is worth more, or less, than where it was trained; one registration moves it a thousandth."""
        settings = shipped.settings(kind)
        means = training._mean_shares(settings)
        assert len(means) == WITH_FREQUENCIES
        assert training.frequencies(settings, training.table(()))["rarest"] == means
        one = training.table([(1, Demographics(given="a", birth=date(1950, 1, 2)))])
        found = training.frequencies(settings, one)
        assert found["terms"]["given"] == {"a": (1 + 1000 * means["given"]) / 1001}
        assert found["terms"]["birth"] == {"1950-01-02": (1 + 1000 * means["birth"]) / 1001}
        assert found["rarest"]["given"] == 1000 * means["given"] / 1001
        assert (found["terms"]["family"], found["rarest"]["family"]) == ({}, means["family"])


@pytest.mark.django_db
class TestMade:
    """What `train` makes."""

    def test_of_too_few_the_one_that_ships_is_taken(self) -> None:
        identity.link(HOSPITAL, [mali("1", number=None)])
        made = identity.make_model(actor="account:steward")
        assert [(one.population, one.registrations, one.trained) for one in made] == [
            ("adult", 1, False), ("child", 0, False), ("foreigner", 0, False),
        ]  # fmt: skip
        assert {kind: (s.number, s.joins) for kind, s in modelling.standing().items()} == {
            one.population: (one.number, False) for one in made
        }
        assert modelling.told(made[0].number)[1]["terms"]["family"]

    def test_of_enough_it_is_trained_here(self) -> None:
        """900 made-up people: enough adults, not enough foreigners."""
        register(900)
        made = {one.population: one for one in identity.make_model(actor="account:steward")}
        assert (made["adult"].trained, made["foreigner"].trained) == (True, False)
        assert database.rows("SELECT records FROM identity_model WHERE population = 'adult'") == [
            (made["adult"].registrations,)
        ]

    def test_what_approving_would_do_is_seen_before(self) -> None:
        identity.link(HOSPITAL, [mali("1", number=None)])
        identity.link(UNIT, [mali("A7", phone="0890012457", area="990101")])
        assert identity.rehearse_model(actor="a") == identity.Run(applied=False)
        identity.make_model(actor="account:steward")
        before = humans()
        run = identity.rehearse_model(actor="account:steward")
        assert (run.weighed, run.linked, run.applied) == (2, 1, False)
        assert humans() == before
        assert {standing.joins for standing in modelling.standing().values()} == {False}
        assert list(audit.facts("identity.model.approved")) == []
        identity.approve_model(actor="account:steward")
        assert identity.weigh(everybody=True, anyway=True).linked == 1


@pytest.mark.django_db
class TestRefreshed:
    """Names are counted anew when registrations have moved by 2 %."""

    def test_the_model_that_follows_weighs_in_its_place(self) -> None:
        identity.link(HOSPITAL, [mali("1", number=None)])
        identity.make_model(actor="a")
        identity.approve_model(actor="account:steward")
        before = {kind: standing.number for kind, standing in modelling.standing().items()}
        assert teaching.refresh() == []
        identity.link(UNIT, [mali("A7", given="อารี")])
        following = teaching.refresh()
        assert sorted(s.number for s in modelling.standing().values()) == sorted(following)
        assert not {*before.values()} & {*following}
        assert {standing.joins for standing in modelling.standing().values()} == {True}
        assert database.rows("SELECT DISTINCT approved_by FROM identity_model WHERE state = 'automatic'") == [
            ("account:steward",)
        ]
        [adult] = [n for n in following if modelling.told(n)[0] == "adult"]
        assert len(modelling.told(adult)[1]["terms"]["given"]) == 2
        assert teaching.refresh() == []

    def test_a_model_in_shadow_stays_as_it_is(self) -> None:
        identity.make_model(actor="a")
        identity.link(HOSPITAL, [mali("1", number=None)])
        assert teaching.refresh() == []


@pytest.mark.django_db
def test_a_model_that_cannot_follow_leaves_the_one_before() -> None:
    identity.make_model(actor="a")
    identity.approve_model(actor="a")
    number = modelling.standing()["adult"].number
    kind, told = modelling.told(number)
    told["settings"]["comparisons"] = []
    with pytest.raises(ModelRefused):
        modelling.follow(number, told)
    assert modelling.standing()[kind].number == number
