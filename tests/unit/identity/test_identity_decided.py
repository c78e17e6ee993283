"""What reviewers decided holds on every way by which registrations are joined: it is asked again on none of them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from suksala import identity
from suksala.foundation import database
from suksala.identity import Answer, Judgement, Reviewer, batch, edges, judging, service
from tests.matching import approve_model
from tests.people import CLINIC, HOSPITAL, UNIT, humans, mali, number, questions

pytestmark = pytest.mark.django_db

NEARLY = date(1970, 5, 6)  # two parts of the birth date: 9 bits, a question
FIRST, SECOND = (HOSPITAL, "1"), (UNIT, "A7")


@pytest.fixture(autouse=True)
def model(monkeypatch: pytest.MonkeyPatch) -> None:
    """The made-up model, approved; no pair is in the sample."""
    approve_model()
    monkeypatch.setattr(judging, "is_in_sample", lambda _a, _b: False)


def judge(one: tuple[str, str], other: tuple[str, str], answer: Answer) -> None:
    """A reviewer answers what is asked about two registrations."""
    persons = sorted(identity.person_of(*both) for both in (one, other))
    [kind] = {asked.kind for asked in identity.questions(Reviewer("account:anong")) if asked.person in persons}
    identity.judge(kind, (persons[0], persons[1]), Judgement(answer, "โทรถามแล้ว", 9), Reviewer("account:anong"))


def relink() -> None:
    identity.relink()


def weigh_everybody() -> None:
    identity.weigh(everybody=True, anyway=True)


def weigh_who_waits(*, in_bulk: bool) -> None:
    edges.wait([person for (person,) in database.rows("SELECT person FROM identity_demographics")])
    if in_bulk:
        batch.weigh_waiting(actor="system:test")
    else:
        service.weigh_waiting()


def send_alone() -> None:
    identity.link(UNIT, [mali("A7", number=None, phone="0890012457")])


def send_among_many() -> None:
    crowd = [mali(f"x{n}", number=None, given=f"ก{n}", family=f"ข{n}") for n in range(service.FEW)]
    identity.link(UNIT, [mali("A7", number=None, phone="0890012457"), *crowd])
    service.weigh_waiting()


WAYS = {
    "registered alone": send_alone,
    "registered among many": send_among_many,
    "relinked": relink,
    "waiting, one by one": lambda: weigh_who_waits(in_bulk=False),
    "waiting, in bulk": lambda: weigh_who_waits(in_bulk=True),
    "everybody": weigh_everybody,
}
every_way = pytest.mark.parametrize("go", WAYS.values(), ids=list(WAYS))


@every_way
def test_different_people_stay_two_however_much_they_weigh(go: Callable[[], None]) -> None:
    """Judged at 9 bits; since then the unit sends the birth date that makes it 15, which joins by itself."""
    identity.link(HOSPITAL, [mali("1", number=None)])
    identity.link(UNIT, [mali("A7", number=None, birth=NEARLY)])
    judge(FIRST, SECOND, Answer.DIFFERENT)
    identity.link(UNIT, [mali("A7", number=None)])
    go()
    assert {frozenset({FIRST}), frozenset({SECOND})} <= humans()
    assert not [both for _, both in questions() if FIRST in both or SECOND in both]


@every_way
def test_different_people_stay_two_under_one_number_and_through_a_third(go: Callable[[], None]) -> None:
    """A clinic's registration is as near to both: it joins one of them, and brings nobody together."""
    identity.link(HOSPITAL, [mali("1", number=None)])
    identity.link(UNIT, [mali("A7", number=None, birth=NEARLY)])
    judge(FIRST, SECOND, Answer.DIFFERENT)
    identity.link(UNIT, [mali("A7", number=number(1))])
    identity.link(HOSPITAL, [mali("1", number=number(1))])
    identity.link(CLINIC, [mali("c", number=None)])
    go()
    [with_first] = [human for human in humans() if FIRST in human]
    assert SECOND not in with_first


@every_way
def test_two_humans_whom_reviewers_made_are_joined_by_reviewers_alone(go: Callable[[], None]) -> None:
    """Each was joined to another registration by a reviewer; the 15 bits between them come later, and ask."""
    identity.link(HOSPITAL, [mali("1", number=None), mali("2", number=None, birth=NEARLY)])
    judge((HOSPITAL, "1"), (HOSPITAL, "2"), Answer.SAME)
    other = {"number": None, "given": "อารี"}
    identity.link(UNIT, [mali("A7", **other)])
    identity.link(CLINIC, [mali("c", **(other | {"birth": NEARLY}))])
    judge(SECOND, (CLINIC, "c"), Answer.SAME)
    identity.link(UNIT, [mali("A7", number=None)])
    go()
    [with_first] = [human for human in humans() if FIRST in human]
    assert with_first == {FIRST, (HOSPITAL, "2")}
    assert "decided" in {kind for kind, _ in questions()}
