"""Who becomes one human by weight, who is asked about, and what no weight may join."""

from __future__ import annotations

from datetime import date
from itertools import permutations
from typing import Any

import pytest

from suksala.identity.components import Member, Outcome, Weighed, evaluate
from suksala.identity.domain import Evidence
from suksala.identity.matching.demographics import Demographics
from suksala.identity.matching.scoring import Part, Score
from suksala.identity.matching.vetoes import (
    Cluster,
    Registered,
    cluster_of,
    newborn_rule,
    of_clusters,
    of_pair,
    registered,
)

BORN = date(2020, 2, 2)
NOTHING_AGAINST = Cluster()


def at(hospcode: str, given: str, family: str = "ใจดี", *more: str, born: date = BORN, number: str = "") -> Cluster:
    """A human of one registration at a facility; `more` readings of the given name."""
    numbers = frozenset([number] if number else ())
    return Cluster(numbers=numbers, registered=registered(hospcode, born, given, family, more))


def cards(*replaceable: str, own: str = "") -> Cluster:
    """A human who bears numbers of class T2, and maybe one of class T1."""
    return Cluster(numbers=frozenset([own] if own else ()), replaceable=frozenset(replaceable))


def member(person: int, cluster: Cluster = NOTHING_AGAINST) -> Member:
    """A registration of which only the cluster matters."""
    said = Evidence(None, "", "", newborn=bool(cluster.placeholders))
    return Member(person, ("99801", str(person)), None, said, person, cluster)


def groups(outcome: Outcome) -> set[frozenset[int]]:
    """Who is one human."""
    found: dict[int, set[int]] = {}
    for person, human in outcome.human_of.items():
        found.setdefault(human, set()).add(person)
    return {frozenset(group) for group in found.values()}


def test_enough_joins_and_less_is_asked() -> None:
    outcome = evaluate(map(member, (1, 2, 3)), weighed=[Weighed(1, 2, 12.0, True), Weighed(2, 3, 5.0, False)])
    assert groups(outcome) == {frozenset({1, 2}), frozenset({3})}
    assert outcome.doubts == {("possible", 2, 3)}
    assert outcome.rules[1] == {"weight"}


def test_the_heaviest_pair_joins_first_whatever_the_order() -> None:
    """2 may be 1 or 3, who bear two numbers: the heavier takes it, the other is asked about; every order agrees."""
    pool = [member(1, Cluster(frozenset({"a"}))), member(2), member(3, Cluster(frozenset({"b"})))]
    pairs = [Weighed(1, 2, 12.0, True), Weighed(2, 3, 15.0, True)]
    for told in permutations(pairs):
        outcome = evaluate(pool, weighed=told)
        assert groups(outcome) == {frozenset({1}), frozenset({2, 3})}
        assert outcome.doubts == {("two-numbers", 1, 2)}


def test_a_veto_is_asked_about_and_never_joined() -> None:
    outcome = evaluate(map(member, (1, 2)), weighed=[Weighed(1, 2, 40.0, True, "twin")])
    assert (groups(outcome), outcome.doubts) == ({frozenset({1}), frozenset({2})}, {("twin", 1, 2)})


def test_a_death_is_asked_about_but_parts_nobody() -> None:
    """One register tells of a death: joined before, they stay one; not yet joined, a reviewer is asked."""
    dead, pairs = Cluster(dead=True), [Weighed(1, 2, 20.0, True)]
    asked = evaluate([member(1, dead), member(2)], weighed=pairs)
    assert (groups(asked), asked.doubts) == ({frozenset({1}), frozenset({2})}, {("dead", 1, 2)})
    stands = evaluate([member(1, dead), member(2)._replace(human=1)], weighed=pairs)
    assert (groups(stands), stands.doubts) == ({frozenset({1, 2})}, set())


def test_two_cards_are_asked_about_but_part_nobody() -> None:
    """One human already, by 20 bits or kept by 5: they stay one, and a reviewer is asked; nobody is when a reviewer
    said so. Two numbers for life part them.
    """
    one = [member(1, cards("6")), member(2, cards("7"))._replace(human=1)]
    for bits, is_enough in ((20.0, True), (5.0, False)):
        pairs = [Weighed(1, 2, bits, is_enough)]
        stands = evaluate(one, weighed=pairs)
        assert (groups(stands), stands.doubts) == ({frozenset({1, 2})}, {("split", 1, 2)})
        judged = evaluate(one, must={(1, 2)}, weighed=pairs)
        assert (groups(judged), judged.doubts) == ({frozenset({1, 2})}, set())
    pairs = [Weighed(1, 2, 20.0, True)]
    two = evaluate([member(1, cards("6")), member(2, cards("7"))], weighed=pairs)
    assert (groups(two), two.doubts) == ({frozenset({1}), frozenset({2})}, {("two-cards", 1, 2)})
    lives = [member(1, cards("6", own="1")), member(2, cards("7", own="2"))._replace(human=1)]
    parted = evaluate(lives, weighed=pairs)
    assert (groups(parted), parted.doubts) == ({frozenset({1}), frozenset({2})}, {("two-numbers", 1, 2)})


def test_what_parts_is_looked_for_before_two_cards() -> None:
    """One facility registered two with two cards: though one so far, they part."""
    first = at("99801", "มานะ")._replace(replaceable=frozenset({"6"}))
    other = at("99801", "มานพ")._replace(replaceable=frozenset({"7"}))
    parted = evaluate([member(1, first), member(2, other)._replace(human=1)], weighed=[Weighed(1, 2, 20.0, True)])
    assert (groups(parted), parted.doubts) == ({frozenset({1}), frozenset({2})}, {("two-pids", 1, 2)})


def test_two_humans_whom_people_made_are_joined_by_people_alone() -> None:
    """By weight nobody joins them; who was joined before somebody decided stays one."""
    judged, pairs = Cluster(judged=True), [Weighed(1, 2, 40.0, True)]
    asked = evaluate([member(1, judged), member(2, judged)], weighed=pairs)
    assert (groups(asked), asked.doubts) == ({frozenset({1}), frozenset({2})}, {("decided", 1, 2)})
    stands = evaluate([member(1, judged), member(2, judged)._replace(human=1)], weighed=pairs)
    assert (groups(stands), stands.doubts) == ({frozenset({1, 2})}, set())


def test_what_somebody_decided_is_not_asked_again_and_no_weight_goes_through_it() -> None:
    pairs = [Weighed(1, 2, 40.0, True), Weighed(1, 3, 30.0, True), Weighed(2, 3, 20.0, True)]
    outcome = evaluate(map(member, (1, 2, 3)), cannot={(1, 2)}, weighed=pairs)
    assert groups(outcome) == {frozenset({1, 3}), frozenset({2})}
    assert outcome.doubts == set()


def test_whom_one_facility_registered_as_two_stay_two_through_a_third() -> None:
    """1 and 3 are of one facility and called differently; 2, of another, is as near to both: it is who weighs more."""
    pool = [member(1, at("99801", "มานะ")), member(2, at("99802", "มานะ")), member(3, at("99801", "มานพ"))]
    pairs = [Weighed(1, 2, 30.0, True), Weighed(2, 3, 25.0, True), Weighed(1, 3, 24.0, True)]
    for told in permutations(pairs):
        outcome = evaluate(pool, weighed=told)
        assert groups(outcome) == {frozenset({1, 2}), frozenset({3})}
        assert outcome.doubts == {("two-pids", 2, 3)}
    assert groups(evaluate(pool, must={(1, 3)}, weighed=pairs)) == {frozenset({1, 2, 3})}


@pytest.mark.parametrize(
    ("weight", "stands", "one", "asked"),
    [
        (9.9, True, True, None),
        (4.0, True, True, None),
        (3.9, True, True, "split"),
        (2.0, True, True, "split"),
        (9.9, False, False, "possible"),
        (2.0, False, False, "possible"),
    ],
)
def test_it_takes_fewer_bits_to_stay_one_than_to_become_one(
    weight: float, stands: bool, one: bool, asked: str | None
) -> None:
    """From 4 bits on without a question; a pair that is not one human needs as many as the model says."""
    pool = [member(1), member(2)._replace(human=1 if stands else 2)]
    outcome = evaluate(pool, weighed=[Weighed(1, 2, weight, is_enough=False)])
    assert groups(outcome) == ({frozenset({1, 2})} if one else {frozenset({1}), frozenset({2})})
    assert outcome.doubts == ({(asked, 1, 2)} if asked else set())


def test_what_keeps_who_is_one_yields_to_what_joins_to_vetoes_and_to_people() -> None:
    """1 and 2 are one human by 9 bits. 3 bears another number than 1 and weighs 15 with 2; or the pair has a veto; or
    somebody decided.
    """
    pool = [member(1, Cluster(frozenset({"a"}))), member(2)._replace(human=1), member(3, Cluster(frozenset({"b"})))]
    kept = Weighed(1, 2, 9.0, is_enough=False)
    stronger = evaluate(pool, weighed=[kept, Weighed(2, 3, 15.0, is_enough=True)])
    assert (groups(stronger), stronger.doubts) == ({frozenset({1}), frozenset({2, 3})}, {("possible", 1, 2)})
    vetoed = evaluate(pool[:2], weighed=[kept._replace(veto="twin")])
    assert (groups(vetoed), vetoed.doubts) == ({frozenset({1}), frozenset({2})}, {("twin", 1, 2)})
    decided = evaluate(pool[:2], cannot={(1, 2)}, weighed=[kept])
    assert (groups(decided), decided.doubts) == ({frozenset({1}), frozenset({2})}, set())


def test_a_strong_pair_spares_the_question_about_a_weak_one() -> None:
    """3 is one human with both: 5 bits with 1, 3 with 2."""
    pool = [member(1), member(2)._replace(human=1), member(3)._replace(human=1)]
    pairs = [Weighed(1, 2, 12.0, True), Weighed(2, 3, 3.0, False), Weighed(1, 3, 5.0, False)]
    outcome = evaluate(pool, weighed=pairs)
    assert (groups(outcome), outcome.doubts) == ({frozenset({1, 2, 3})}, set())


def test_one_question_for_two_humans() -> None:
    """Of three pairs between them the heaviest is asked about."""
    pairs = [
        Weighed(1, 2, 20.0, True),
        Weighed(1, 3, 4.0, False),
        Weighed(2, 3, 6.0, False),
    ]
    assert evaluate(map(member, (1, 2, 3)), weighed=pairs).doubts == {("possible", 2, 3)}


def test_a_placeholder_joins_the_only_child_it_may_be() -> None:
    """One human of two registrations is one child; two children are asked about, both."""
    born = Cluster(births=frozenset({2020}))
    baby = Cluster(placeholders=frozenset({2020}))
    pool = [member(1, baby), member(2, born), member(3, born)]
    joined = evaluate(pool, weighed=[Weighed(2, 3, 20.0, True)], newborns=[(1, 2), (1, 3)])
    assert (groups(joined), joined.doubts) == ({frozenset({1, 2, 3})}, set())
    asked = evaluate(pool, newborns=[(1, 2), (1, 3)])
    assert groups(asked) == {frozenset({1}), frozenset({2}), frozenset({3})}
    assert asked.doubts == {("newborn", 1, 2), ("newborn", 1, 3)}
    judged = evaluate(pool, cannot={(1, 2)}, newborns=[(1, 2), (1, 3)])
    assert (groups(judged), judged.doubts) == ({frozenset({1, 3}), frozenset({2})}, set())


@pytest.mark.parametrize("order", [1, 2])
def test_a_placeholder_of_twins_is_asked_about_though_one_child_alone_may_be_it(order: int) -> None:
    """The other twin may have no registration yet."""
    baby = Cluster(placeholders=frozenset({2020}), orders=frozenset({order}))
    pool = [member(1, baby), member(2, Cluster(births=frozenset({2020})))]
    asked = evaluate(pool, newborns=[(1, 2)])
    assert (groups(asked), asked.doubts) == ({frozenset({1}), frozenset({2})}, {("newborn", 1, 2)})


def born(*years: int, name: str = "มาลี", own: str = "", card: str = "") -> Cluster:
    """A human whose registrations tell these years of birth, a number of their own, one that may be replaced."""
    told = [registered("99801", date(year, 5, 5), name, "ใจดี", ()) for year in years]
    return Cluster(
        births=frozenset(years),
        numbers=frozenset([own] if own else ()),
        replaceable=frozenset([card] if card else ()),
        registered=frozenset().union(*told),
    )


@pytest.mark.parametrize(
    ("a", "b", "reason"),
    [
        (Cluster(numbers=frozenset({"1"})), Cluster(numbers=frozenset({"1"})), None),
        (Cluster(numbers=frozenset({"1"})), Cluster(numbers=frozenset({"2"})), "two-numbers"),
        (Cluster(numbers=frozenset({"1"})), Cluster(), None),
        (cards("6"), cards("7"), "two-cards"),  # of class T2: a card may be issued again, so a reviewer is asked
        (cards("6"), cards("6"), None),
        (cards("6"), cards("6", "7"), None),  # one of them was replaced
        (cards("6"), Cluster(numbers=frozenset({"1"})), None),  # who gets a number for life keeps no card
        (cards("6", own="1"), cards("7", own="1"), None),
        (Cluster(orders=frozenset({1})), Cluster(orders=frozenset({2})), "twin"),
        (Cluster(orders=frozenset({1})), Cluster(orders=frozenset({1})), None),
        (Cluster(placeholders=frozenset({2020})), Cluster(births=frozenset({2020})), None),
        (Cluster(placeholders=frozenset({2020})), Cluster(births=frozenset({2019})), "newborn"),
        (Cluster(placeholders=frozenset({2020})), Cluster(births=frozenset({2020, 2010})), None),  # one mistyped year
        (Cluster(placeholders=frozenset({2020})), Cluster(placeholders=frozenset({2020})), None),
        (Cluster(placeholders=frozenset({2020})), Cluster(placeholders=frozenset({2021})), "newborn"),
        (born(1986), born(1999, name="สิริชนก"), "generation"),  # parent and child
        (born(1986), born(1998, name="สิริชนก"), None),
        (born(1986), born(2021, 1996, name="สิริชนก"), None),  # a year that was mistyped once
        (born(1986), born(2021, name="มาลัย"), "generation"),  # .82 alike
        (born(1986, name="มานะชัย"), born(2021, name="มานะชาย"), None),  # one name spelled twice, and a slip of the year
        (born(1986, name=""), born(2021, name="สิริชนก"), None),  # nothing is known of one's name
        (born(1986, name="TIN"), born(2021, name="สิริชนก"), None),  # two scripts say nothing of each other
        (born(1986), at("99802", "ใจดี", "มาลี")._replace(births=frozenset({2021})), None),  # each in the other's place
        (born(1986, own="1"), born(2021, name="สิริชนก", own="1"), None),
        (born(1986, card="6"), born(2021, name="สิริชนก", card="6"), "generation"),  # shown for the child
        (Cluster(dead=True), Cluster(), "dead"),
        (Cluster(dead=True), Cluster(dead=True), None),
        (Cluster(judged=True), Cluster(judged=True), "decided"),
        (Cluster(judged=True), Cluster(), None),
        (at("99801", "มานะ"), at("99801", "มานพ"), "two-pids"),
        (at("99801", "มานะ"), at("99801", "มานะ"), None),  # entered twice: the weight decides
        (at("99801", "นายมานะ", "ใจดี", "มานะ"), at("99801", "มานะ"), None),  # a title that was glued to the name
        (at("99801", "มานะ"), at("99802", "มานพ"), None),  # two facilities: spelled otherwise
        (at("99801", "มานะ"), at("99801", "มานพ", born=date(2020, 2, 3)), None),
        (at("99801", "มานะ"), at("99801", ""), None),  # no name
        (at("99801", "มานะ"), at("99801", "ใจดี", "มานะ"), None),  # one in the place of the other
        (at("99801", "มานะ"), at("99801", "มานะ ใจดี", ""), None),  # both in one field
        (at("99801", "ถิ่น", ""), at("99801", "TIN", ""), None),  # two scripts
        (at("99801", "TIN", ""), at("99801", "TUN", ""), "two-pids"),
        (at("99801", "มานะ", number="1"), at("99801", "มานพ", number="1"), None),  # a number says otherwise
        (at("99801", "มานะ", number="1"), at("99801", "มานพ"), "two-pids"),
    ],
)
def test_what_keeps_two_humans_apart(a: Cluster, b: Cluster, reason: str | None) -> None:
    assert (of_clusters(a, b), of_clusters(b, a)) == (reason, reason)


def child(**changes: Any) -> Demographics:
    """A child of a house, with any field changed."""
    fields = {"given": "a", "family": "f", "birth": BORN, "sex": "1", "area": "130101", "house": "1/1"} | changes
    return Demographics(**fields)


def scored(**levels: str) -> Score:
    """A score with these levels, everything else equal."""
    names = ("number", "given", "family", "birth", "sex", "phone", "address")
    return Score(20.0, tuple(Part(name, levels.get(name, "equal"), 1.0, 0.0, 0) for name in names))


@pytest.mark.parametrize(
    ("levels", "reason"),
    [
        ({"given": "differs", "number": "unknown"}, "twin"),
        ({"given": "alike", "number": "differs"}, "twin"),
        ({"given": "near", "number": "unknown"}, None),
        ({"given": "sounds", "number": "unknown"}, "twin"),  # ปิยวิทย์ and ปิยวุฒิ
        ({"given": "differs", "number": "equal"}, None),
        ({"given": "differs", "number": "unknown", "birth": "two-parts"}, None),
        ({"given": "differs", "number": "equal", "birth": "differs"}, "whose-card"),  # a mother and her daughter
        ({"given": "alike", "number": "equal", "birth": "differs"}, "whose-card"),
        ({"given": "sounds", "number": "equal", "birth": "differs"}, None),
        ({"given": "differs", "number": "equal", "birth": "two-parts"}, None),
        ({"sex": "differs", "birth": "differs"}, "sex-and-birth"),
        ({"sex": "differs", "birth": "two-parts"}, None),
    ],
)
def test_what_keeps_a_pair_from_being_joined_by_weight(levels: dict[str, str], reason: str | None) -> None:
    assert of_pair(child(), child(), scored(**levels)) == reason
    assert of_pair(child(newborn=True), child(), scored()) == "newborn"


@pytest.mark.parametrize(
    ("changes", "may_be"),
    [
        ({}, True),
        ({"house": "2/2"}, True),  # the family name
        ({"house": "2/2", "family": "g"}, False),
        ({"house": "2/2", "family": "g", "mother": "3890000000001"}, True),
        ({"birth": date(2020, 2, 3)}, False),
        ({"sex": "2"}, False),
        ({"birth": None}, False),
    ],
)
def test_the_rule_for_newborns(changes: dict[str, Any], may_be: bool) -> None:
    baby = child(given=None, newborn=True, mother="3890000000001")
    assert newborn_rule(baby, child(**changes)) is newborn_rule(child(**changes), baby) is may_be
    assert not newborn_rule(child(), child(**changes))  # two children with names: the weight decides


def test_which_numbers_are_one_each() -> None:
    """Class T1 is; a 0, 6 or 7 may be replaced by another number, and a placeholder has none of its own."""
    assert cluster_of(child(number="1890000000001")).numbers == {"1890000000001"}
    assert cluster_of(child(number="0890000000001")).numbers == frozenset()
    told = Registered("99801", BORN, frozenset({"a", "b", "af", "fa"}), latin=False, given="a")
    assert cluster_of(child(readings=("a", "b")), "99801").registered == {told}
    assert cluster_of(child(readings=("a", "b"))).registered == frozenset()  # a row of a list
    assert cluster_of(child(newborn=True, order=2)) == Cluster(placeholders=frozenset({2020}), orders=frozenset({2}))
