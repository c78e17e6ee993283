"""Workers at work at the same time: no registration twice, no human twice."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from random import Random
from threading import Barrier
from time import sleep

import pytest
from django.db import connection

from suksala import identity
from suksala.foundation import database
from suksala.identity import LinkResult, PersonRow
from tests.matching import approve_model
from tests.people import CLINIC, HOSPITAL, UNIT, humans, mali, number, questions

pytestmark = pytest.mark.django_db(transaction=True)
FACILITIES = (HOSPITAL, UNIT, CLINIC, "99804")
PEOPLE = int(os.environ.get("SUKSALA_PROOF_RACERS", "60"))
FAMILIES = PEOPLE // 10  # of one birthday and one family name: their members share blocking keys, and so locks
SYLLABLES = ("ชัย", "พร", "ดา", "ศรี", "กมล", "นภา", "ทอง", "บุญ")
GIVEN = ("มาลี", "สมชาย", "วิภา", "อรุณ", "กมล", "ประเสริฐ", "ทองดี", "บุญมี", "สุดา", "เพ็ญ")


def at_once(tasks: list[Callable[[], object]]) -> list[object]:
    """Run each task in its own thread with its own connection."""

    def alone(task: Callable[[], object]) -> object:
        try:
            return task()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(tasks)) as pool:
        return list(pool.map(alone, tasks))


def test_three_facilities_register_the_same_people_at_once() -> None:
    """Without a lock 588 of 599 such registrations got two ids (measured); with it none."""
    rows = [mali(str(n), number=number(n)) for n in range(60)]
    at_once([lambda h=h: identity.link(h, rows) for h in (HOSPITAL, UNIT, CLINIC)])
    assert humans() == {frozenset((h, str(n)) for h in (HOSPITAL, UNIT, CLINIC)) for n in range(60)}


def test_four_workers_meet_the_same_strangers() -> None:
    """One person each, and every worker is told the same one."""
    pids = [str(n) for n in range(50)]
    answers = at_once([lambda: identity.persons(HOSPITAL, pids) for _ in range(4)])
    assert answers[0] == answers[1] == answers[2] == answers[3]
    assert identity.memberships().num_rows == 50


def of_families(numbered: bool) -> list[PersonRow]:
    """Ten of each family, born on one day: no two are alike enough to be asked about."""
    made = []
    for n in range(PEOPLE):
        house = n % FAMILIES
        surname = SYLLABLES[house % 8] + SYLLABLES[house // 8] + "วงศ์"
        born = date(1925 + house, 1 + house % 12, 1 + house % 28)
        own = number(n) if numbered else None
        made.append(mali(str(n), number=own, given=GIVEN[n // FAMILIES], family=surname, birth=born))
    return made


def register(hospcode: str, rows: Sequence[PersonRow], order: int, start: Barrier) -> LinkResult:
    """Link them in an order of one's own, `order` of them at a time, beginning when all do."""
    mine = Random(order).sample(rows, len(rows))
    start.wait(timeout=30)
    done = [identity.link(hospcode, mine[first : first + order]) for first in range(0, len(mine), order)]
    return LinkResult(sum(one.created for one in done), sum(one.changed for one in done))


@pytest.mark.parametrize("numbered", [False, True], ids=["by weight", "by number"])
def test_four_sessions_register_the_same_people_in_four_orders(numbered: bool) -> None:
    """A human of four registrations for each: none twice, none lost, and nobody waits for one who waits for them."""
    approve_model()
    people = of_families(numbered)
    start = Barrier(len(FACILITIES))
    told = at_once([lambda h=h, n=n: register(h, people, n, start) for n, h in enumerate(FACILITIES, 1)])
    assert humans() == {frozenset((h, str(n)) for h in FACILITIES) for n in range(PEOPLE)}
    assert [(one.created, one.changed) for one in told] == [(PEOPLE, PEOPLE)] * 4
    assert questions() == set()


WAITS = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
PHONE = "0890012457"


@pytest.mark.parametrize(
    ("kept", "first", "second", "waiting"),
    [
        (7, mali("7", number=None, phone=PHONE), mali("8", given="อารี", phone=PHONE, birth=date(1951, 2, 3)), 9),
        (10, mali("7", number=None), mali("8", number=None, given="อารี", birth=date(1951, 2, 3)), 8),
    ],
    ids=["the eighth and the ninth that give it", "two of ten that give it no more"],
)
def test_two_facilities_do_not_cross_the_limit_of_a_telephone_unseen(
    kept: int, first: PersonRow, second: PersonRow, waiting: int
) -> None:
    """They have nothing in common but the telephone: the second waits until the first is counted, and then all who
    give it wait to be weighed anew.
    """
    approve_model()
    for n in range(kept):
        born = date(1960 + n, 1 + n, 2 + n)
        facility = {7: HOSPITAL, 8: UNIT}.get(n, CLINIC)
        identity.link(facility, [mali(str(n), number=None, given=GIVEN[n], family=None, birth=born, phone=PHONE)])
    database.execute("DELETE FROM identity_waiting")

    def link_second() -> None:
        try:
            identity.link(UNIT, [second])
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with database.transaction():
            identity.link(HOSPITAL, [first])
            other = pool.submit(link_second)
            while not other.done() and not database.rows(WAITS):
                sleep(0.01)
        other.result(timeout=60)
    assert database.rows("SELECT count(*) FROM identity_waiting") == [(waiting,)]


def test_an_event_that_a_figure_keeps_has_none_before_it_still_to_come() -> None:
    """Whoever links has drawn its number already: who asks meanwhile waits for it."""
    identity.link(HOSPITAL, [mali("1")])
    before = identity.last_event()

    def ask() -> int:
        try:
            return identity.settled_event()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with database.transaction():
            identity.link(UNIT, [mali("A7")])
            asked = pool.submit(ask)
            while not asked.done() and not database.rows(WAITS):
                sleep(0.01)
        event = asked.result(timeout=60)
    assert event == identity.last_event() > before
    a, b = identity.person_of(HOSPITAL, "1"), identity.person_of(UNIT, "A7")
    assert identity.humans_as_of([a, b], event) == {a: a, b: a}


def test_four_sessions_of_one_facility_register_the_same_people() -> None:
    """A deposit and three desks: each registration is kept once, whoever was first."""
    approve_model()
    people = of_families(numbered=False)
    start = Barrier(4)
    told = at_once([lambda n=n: register(HOSPITAL, people, n, start) for n in range(1, 5)])
    assert humans() == {frozenset({(HOSPITAL, str(n))}) for n in range(PEOPLE)}
    assert sum(one.created for one in told) == sum(one.changed for one in told) == PEOPLE
