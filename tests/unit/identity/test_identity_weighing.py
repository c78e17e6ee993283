"""Registrations without a number in common: joined by weight, asked about, or left, as the approved model says."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from django.db import connection

from suksala import audit, identity
from suksala.foundation import database
from suksala.identity import LinkResult, modelling, service
from suksala.identity.errors import ModelRefused
from tests.matching import approve_model, keep_model, told
from tests.people import CLINIC, HOSPITAL, UNIT, events, humans, mali, number, questions

APART = {frozenset({(HOSPITAL, "1")}), frozenset({(UNIT, "A7")})}
ONE = {frozenset({(HOSPITAL, "1"), (UNIT, "A7")})}


def open_edges() -> list[tuple[float, str]]:
    """Weight and veto of the edges that hold."""
    return [
        (weight, veto)
        for weight, veto in database.rows(
            "SELECT weight, veto FROM identity_edge WHERE until IS NULL ORDER BY person, other"
        )
    ]


@pytest.mark.django_db
class TestOneAfterAnother:
    """What links do, one at a time."""

    @pytest.fixture(autouse=True)
    def model(self) -> None:
        """The made-up model, approved."""
        approve_model()

    def test_two_that_agree_in_name_and_birth_are_one_human(self) -> None:
        """-16 before, 10 for each of given, family and birth, 1 for sex: 15 bits; 10 join."""
        identity.link(HOSPITAL, [mali("1", number=None)])
        assert identity.link(UNIT, [mali("A7")]) == LinkResult(created=1, changed=1, linked=1)
        assert humans() == ONE
        assert open_edges() == [(15.0, "")]
        [(evidence,)] = database.rows("SELECT evidence FROM identity_event WHERE kind = 'link'")
        assert evidence == {"persons": 2, "rules": ["weight"]}

    def test_too_little_asks_a_reviewer(self) -> None:
        """A birth date with two parts equal is 4 bits instead of 10: 9 in all."""
        identity.link(HOSPITAL, [mali("1", number=None)])
        other = mali("A7", birth=date(1970, 5, 6))
        assert identity.link(UNIT, [other]) == LinkResult(created=1, changed=1, reviews=1)
        assert (humans(), open_edges()) == (APART, [(9.0, "")])
        assert questions() == {("possible", frozenset({(HOSPITAL, "1"), (UNIT, "A7")}))}

    def test_less_than_two_bits_is_nothing(self) -> None:
        identity.link(HOSPITAL, [mali("1", number=None)])
        assert identity.link(UNIT, [mali("A7", given="อารี", sex="1")]) == LinkResult(created=1, changed=1)
        assert (humans(), open_edges(), questions()) == (APART, [], set())

    def test_twins_are_asked_about_however_much_they_weigh(self) -> None:
        """All that a house shares agrees, the given name does not: 10 + 10 + 1 + 10 + 10 - 4 - 16 bits."""
        home = {"phone": "0890012457", "area": "990101", "house": "1/2", "number": None}
        identity.link(HOSPITAL, [mali("1", **home)])
        identity.link(UNIT, [mali("A7", given="อารี", **home)])
        assert (humans(), open_edges()) == (APART, [(21.0, "twin")])
        assert questions() == {("twin", frozenset({(HOSPITAL, "1"), (UNIT, "A7")}))}

    def test_two_whom_one_facility_registered_are_asked_about_when_their_names_differ(self) -> None:
        """Names a sign apart are `near`, 11 bits in all: enough for two facilities, not against the word of one."""
        identity.link(HOSPITAL, [mali("1", number=None, given="มานะชัย"), mali("2", number=None, given="มานะชย")])
        assert open_edges() == [(11.0, "")]
        assert humans() == {frozenset({(HOSPITAL, "1")}), frozenset({(HOSPITAL, "2")})}
        assert questions() == {("two-pids", frozenset({(HOSPITAL, "1"), (HOSPITAL, "2")}))}
        identity.link(UNIT, [mali("A7", number=None, given="มานะชัย")])
        assert humans() == {frozenset({(HOSPITAL, "1"), (UNIT, "A7")}), frozenset({(HOSPITAL, "2")})}

    def test_whom_one_facility_registered_twice_under_one_name_is_one(self) -> None:
        identity.link(HOSPITAL, [mali("1", number=None), mali("2", number=None)])
        assert humans() == {frozenset({(HOSPITAL, "1"), (HOSPITAL, "2")})}

    def test_another_number_keeps_two_humans_apart(self) -> None:
        """One valid number a person: with so much else equal a reviewer is asked, nobody is joined."""
        home = {"phone": "0890012457", "area": "990101", "house": "1/2"}
        identity.link(HOSPITAL, [mali("1", **home)])
        identity.link(UNIT, [mali("A7", number=number(2), **home)])
        assert (humans(), open_edges()) == (APART, [(27.0, "")])
        assert questions() == {("two-numbers", frozenset({(HOSPITAL, "1"), (UNIT, "A7")}))}

    def test_two_numbers_that_may_be_replaced_are_asked_about(self) -> None:
        """Two foreigners' cards (class 6): all else is equal, and it may be one card issued again. A number for life of
        both, or one card of both, joins as ever.
        """
        home = {"phone": "0890012457", "area": "990101", "house": "1/2", "nation": "048"}
        identity.link(HOSPITAL, [mali("1", **home | {"number": number(1, 6)})])
        identity.link(UNIT, [mali("A7", **home | {"number": number(2, 6)})])
        assert (humans(), open_edges()) == (APART, [(27.0, "")])
        assert questions() == {("two-cards", frozenset({(HOSPITAL, "1"), (UNIT, "A7")}))}
        identity.link(UNIT, [mali("A7", **home | {"number": number(1, 6)})])
        assert (humans(), questions()) == (ONE, set())

    def test_another_card_parts_nobody_who_is_one(self) -> None:
        """A foreigner's card is issued again under another number: one record still, and a reviewer is asked once."""
        home = {"phone": "0890012457", "area": "990101", "house": "1/2", "nation": "048"}
        identity.link(HOSPITAL, [mali("1", **home | {"number": number(1, 6)})])
        identity.link(UNIT, [mali("A7", **home | {"number": number(1, 6)})])
        changed = mali("A7", **home | {"number": number(2, 6)})
        assert identity.link(UNIT, [changed]) == LinkResult(changed=1, reviews=1)
        asked = {("split", frozenset({(HOSPITAL, "1"), (UNIT, "A7")}))}
        assert (humans(), open_edges(), questions()) == (ONE, [(27.0, "")], asked)
        assert identity.relink() == LinkResult()
        identity.link(UNIT, [mali("A7", **home | {"number": number(1, 6)})])
        assert (humans(), questions()) == (ONE, set())

    def test_a_newborn_without_a_name_finds_the_only_child_it_may_be(self) -> None:
        born = {"birth": date(2025, 3, 3), "number": None, "phone": "0890012457"}
        identity.link(HOSPITAL, [mali("1", given="บุตร น.ส.มาลี", **born)])
        identity.link(UNIT, [mali("A7", given="ปิ่น", **born)])
        assert humans() == ONE
        identity.link(CLINIC, [mali("c", given="ปอ", **born)])
        assert humans() == APART | {frozenset({(CLINIC, "c")})}
        assert {kind for kind, _ in questions()} == {"newborn", "twin"}

    def test_who_says_something_else_now_is_weighed_anew(self) -> None:
        """The facility corrects the row: the human parts, and the old edge is kept with its end."""
        identity.link(HOSPITAL, [mali("1", number=None)])
        identity.link(UNIT, [mali("A7")])
        other = mali("A7", given="อารี", birth=date(1951, 2, 3))
        assert identity.link(UNIT, [other]) == LinkResult(changed=1, unlinked=1)
        assert (humans(), open_edges()) == (APART, [])
        assert database.rows("SELECT weight, until IS NULL FROM identity_edge") == [(15.0, False)]

    @pytest.mark.parametrize(
        ("changes", "bits", "asked"),
        [
            ({"birth": date(1970, 5, 6)}, 9.0, set()),
            ({"sex": "1", "phone": "0890012457"}, 4.0, set()),
            ({"sex": "1", "birth": date(1970, 5, 6)}, 2.0, {"split"}),
        ],
        ids=["a day", "the sex and another telephone", "the sex and a day"],
    )
    def test_a_correction_that_costs_some_bits_parts_nobody(
        self, changes: dict[str, object], bits: float, asked: set[str]
    ) -> None:
        """Below 10 bits they would not be joined; they were, by 15. Below 4 somebody is asked whether they are two."""
        identity.link(HOSPITAL, [mali("1", number=None, phone="0890012458")])
        identity.link(UNIT, [mali("A7")])
        assert identity.link(UNIT, [mali("A7", **changes)]) == LinkResult(changed=1, reviews=len(asked))
        assert (humans(), open_edges()) == (ONE, [(bits, "")])
        assert {kind for kind, _ in questions()} == asked
        assert identity.relink() == LinkResult()
        identity.link(UNIT, [mali("A7")])
        assert (humans(), questions()) == (ONE, set())

    @pytest.mark.parametrize(
        ("changes", "joins", "stays"),
        [
            ({}, True, ""),
            ({"birth": date(1970, 5, 6)}, False, "kept"),
            ({"sex": "1", "birth": date(1970, 5, 6)}, False, "asked"),
        ],
        ids=["15 bits", "9 bits", "2 bits"],
    )
    def test_explain_says_why_they_stay_one_whom_nothing_would_join(
        self, changes: dict[str, object], joins: bool, stays: str
    ) -> None:
        """Fewer bits keep than join: the page of the question tells the same."""
        identity.link(HOSPITAL, [mali("1", number=None)])
        identity.link(UNIT, [mali("A7")])
        identity.link(UNIT, [mali("A7", **changes)])
        pair = identity.person_of(HOSPITAL, "1"), identity.person_of(UNIT, "A7")
        told = identity.explain(*pair)
        assert (told.same_human, told.joins, told.threshold, told.stays) == (True, joins, 10.0, stays)
        if stays == "asked":
            assert identity.show("split", *pair, actor="account:anong").stays == "asked"

    def test_explain_does_not_say_of_two_why_they_are_one(self) -> None:
        """9 bits that never joined anybody."""
        identity.link(HOSPITAL, [mali("1", number=None)])
        identity.link(UNIT, [mali("A7", birth=date(1970, 5, 6))])
        pair = identity.person_of(HOSPITAL, "1"), identity.person_of(UNIT, "A7")
        told = identity.explain(*pair)
        assert (told.same_human, told.joins, told.stays) == (False, False, "")
        assert identity.show("possible", *pair, actor="account:anong").stays == ""

    def test_who_was_parted_needs_as_many_bits_as_anybody(self) -> None:
        """Somebody else for a while, then nearly the same again: 9 bits keep, and do not join."""
        identity.link(HOSPITAL, [mali("1", number=None)])
        identity.link(UNIT, [mali("A7")])
        identity.link(UNIT, [mali("A7", given="อารี", birth=date(1951, 2, 3))])
        identity.link(UNIT, [mali("A7", birth=date(1970, 5, 6))])
        assert (humans(), open_edges()) == (APART, [(9.0, "")])
        assert {kind for kind, _ in questions()} == {"possible"}

    def test_a_join_that_fewer_bits_keep_is_undone_exactly(self) -> None:
        """Undone for good; the undoing undone, they are one again by 9 bits."""
        identity.link(HOSPITAL, [mali("1", number=None)])
        identity.link(UNIT, [mali("A7")])
        identity.link(UNIT, [mali("A7", birth=date(1970, 5, 6))])
        undoing = identity.undo(events()[-1], actor="account:steward")
        assert (humans(), identity.relink()) == (APART, LinkResult())
        identity.undo(undoing, actor="account:steward")
        assert (humans(), identity.relink()) == (ONE, LinkResult())

    def test_what_was_withdrawn_joins_nobody(self) -> None:
        identity.link(HOSPITAL, [mali("1", number=None)])
        identity.link(UNIT, [mali("A7")])
        identity.link(UNIT, [], gone=["A7"])
        assert (humans(), open_edges()) == (APART, [])
        assert database.rows("SELECT count(*) FROM identity_block_key")[0][0] > 0
        identity.link(HOSPITAL, [], gone=["1"])
        assert database.rows("SELECT count(*) FROM identity_block_key") == [(0,)]

    def test_an_undone_join_by_weight_stays_undone(self) -> None:
        identity.link(HOSPITAL, [mali("1", number=None)])
        identity.link(UNIT, [mali("A7")])
        identity.undo(events()[-1], actor="account:steward")
        assert humans() == APART
        assert identity.relink() == LinkResult()
        identity.link(UNIT, [mali("A7", phone="0890012457")])
        assert (humans(), questions()) == (APART, set())

    def test_a_death_told_later_parts_nobody(self) -> None:
        identity.link(HOSPITAL, [mali("1", number=None)])
        identity.link(UNIT, [mali("A7")])
        identity.link(UNIT, [mali("A7", dead=True)])
        assert humans() == ONE
        assert identity.link(CLINIC, [mali("c", number=None)]).reviews == 1
        assert {kind for kind, _ in questions()} == {"dead"}

    def test_many_at_once_wait_to_be_weighed(self) -> None:
        """More rows than FEW are linked by number only; `weigh_waiting` does the rest, as if each had come alone."""
        identity.link(HOSPITAL, [mali("1", number=None)])
        crowd = [
            mali(f"x{n}", number=None, given=f"ก{n}", family=f"ข{n}", birth=date(1950, 1, 2))
            for n in range(service.FEW)
        ]
        identity.link(UNIT, [mali("A7"), *crowd])
        together = frozenset({(HOSPITAL, "1"), (UNIT, "A7")})
        assert together not in humans()
        assert identity.weigh_waiting(limit=1).changed == 1
        assert identity.weigh_waiting().changed == service.FEW
        assert together in humans()
        assert identity.weigh_waiting() == LinkResult()

    def test_nothing_that_tells_of_a_person_lies_open(self) -> None:
        """Telephone, mother, passport and number are sealed; keys are no hash of them without our key."""
        row = mali("1", phone="0890012457", mother=number(5), passport="AB1234567")
        identity.link(HOSPITAL, [row])
        told = str(database.rows("SELECT d::text FROM identity_demographics d"))
        assert [s for s in ("0890012457", number(1), number(5), "AB1234567") if s in told] == []


@pytest.mark.django_db
def test_without_an_approved_model_nobody_is_joined_by_weight() -> None:
    """None at all: no edge. One in shadow: edges to look at, no human changes, nobody is asked."""
    identity.link(HOSPITAL, [mali("1", number=None)])
    identity.link(UNIT, [mali("A7")])
    assert (humans(), open_edges()) == (APART, [])
    keep_model()
    identity.link(UNIT, [mali("A7", phone="0890012457")])
    assert (humans(), open_edges(), questions()) == (APART, [(15.0, "")], set())
    modelling.approve(actor="account:steward")
    assert identity.relink() == LinkResult(linked=1)
    assert humans() == ONE


@pytest.mark.django_db
def test_a_model_in_shadow_leaves_the_approved_one_at_work() -> None:
    approve_model()
    first = {kind: standing.number for kind, standing in modelling.standing().items()}
    second = keep_model()
    assert {kind: standing.number for kind, standing in modelling.standing().items()} == first
    assert modelling.approve(actor="account:steward") == sorted(second.values())
    assert {kind: (s.number, s.joins) for kind, s in modelling.standing().items()} == {
        kind: (n, True) for kind, n in second.items()
    }
    assert [fact.detail for fact in audit.facts("identity.model.approved")][-1] == {"models": sorted(second.values())}


@pytest.mark.django_db
@pytest.mark.parametrize("missing", ["a population", "a weight"])
def test_a_model_that_is_not_whole_is_not_kept(missing: str) -> None:
    models = {kind: told(kind) for kind in ("adult", "child", "foreigner")}
    if missing == "a population":
        del models["child"]
    else:
        models["child"]["settings"]["comparisons"][0]["comparison_levels"][1]["m_probability"] = 0
    with pytest.raises(ModelRefused):
        modelling.keep(models, actor="account:steward")
    assert database.rows("SELECT count(*) FROM identity_model") == [(0,)]
    assert list(audit.facts("identity.model.kept")) == []


@pytest.mark.django_db(transaction=True)
def test_four_sessions_register_the_same_people_at_once() -> None:
    """Nobody has a number: only weights can tell. Each person is one human of four registrations."""
    approve_model()
    names = [f"{a}{b}" for a in ("สมชาย", "วิภา", "อรุณ", "กมล") for b in ("รัตน์", "พร", "ชัย", "ดา", "ศรี")]
    people = [
        mali(str(n), number=None, given=given, birth=date(1950 + n % 40, 1 + n % 12, 2 + n // 12))
        for n, given in enumerate(names)
    ]
    facilities = (HOSPITAL, UNIT, CLINIC, "99804")

    def register(hospcode: str) -> None:
        try:
            for row in people:
                identity.link(hospcode, [row])
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(register, facilities))
    assert humans() == {frozenset((h, str(n)) for h in facilities) for n in range(len(people))}
