"""A telephone that more bear than one household says nothing about who is one human, however pairs are weighed."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

import pytest

from suksala import identity
from suksala.foundation import database, keys
from suksala.identity import PersonRow, batch, telephones
from tests.matching import approve_model
from tests.people import CLINIC, HOSPITAL, UNIT, humans, mali, number, questions

pytestmark = pytest.mark.django_db

PHONE = "0890012457"
ONE = frozenset({(HOSPITAL, "1"), (UNIT, "A7")})
NAMES = ("สมชาย", "อารี", "ประเสริฐ", "วันเพ็ญ", "ธนกร", "จันทร์", "บุญมี", "กมล", "วิภา")


@pytest.fixture(autouse=True)
def model() -> None:
    """The made-up model, approved."""
    approve_model()


def worker(n: int, **changes: Any) -> PersonRow:
    """Somebody else who gave the same telephone, born on a day and called by a name of their own."""
    told = {"number": None, "given": NAMES[n], "family": f"ก{n}ข", "birth": date(1960 + n, 2, 3), "phone": PHONE}
    return mali(changes.pop("pid", f"w{n}"), **told | changes)


def two() -> None:
    """Two registrations that differ by a day: 9 bits, and 10 for the telephone."""
    identity.link(HOSPITAL, [mali("1", number=None, phone=PHONE)])
    identity.link(UNIT, [mali("A7", number=None, birth=date(1970, 5, 6), phone=PHONE)])


def weights() -> list[float]:
    return [weight for (weight,) in database.rows("SELECT weight FROM identity_edge WHERE until IS NULL ORDER BY 1")]


@pytest.mark.parametrize(
    ("others", "changes", "bits", "joined"),
    [
        (6, {}, 19.0, True),
        (7, {}, 9.0, False),
        (7, {"birth": date(1990, 1, 1)}, 9.0, False),
        (7, {"given": "สมชาย"}, 9.0, False),
        (7, {"given": "สมชาย", "birth": date(1990, 2, 3)}, 19.0, True),
    ],
    ids=[
        "8 births, 7 names",
        "9 births, 8 names",
        "born on one day, 8 names and one more",
        "one name, 9 births",
        "registered often, one human",
    ],
)
def test_more_than_eight_births_or_names_are_not_one_household(
    others: int, changes: dict[str, Any], bits: float, joined: bool
) -> None:
    """The two of Mali are one name and two days of birth among them."""
    names = 8 if changes == {"birth": date(1990, 1, 1)} else others  # with Mali's own nine
    identity.link(CLINIC, [worker(n, **changes) for n in range(names)])
    two()
    assert bits in weights()
    assert (ONE in humans()) is joined
    if not joined:
        assert ("possible", ONE) in questions()


def test_who_came_before_the_ninth_is_weighed_anew_at_night() -> None:
    """They were joined by 19 bits; 9 keep who is one."""
    two()
    assert ONE in humans()
    for n in range(7):
        identity.link(CLINIC, [worker(n)])
    assert database.rows("SELECT count(*) FROM identity_waiting") == [(9,)]
    assert 19.0 in weights()
    identity.weigh_waiting()
    assert 19.0 not in weights()
    assert 9.0 in weights()
    assert ONE in humans()


def test_a_telephone_that_few_bear_again_says_something_again() -> None:
    """Somebody's row is withdrawn, and at night the pair weighs as it did."""
    identity.link(CLINIC, [worker(n) for n in range(7)])
    two()
    assert ONE not in humans()
    identity.link(CLINIC, [], gone=["w0"])
    identity.weigh_waiting()
    assert 19.0 in weights()
    assert ONE in humans()


@pytest.mark.parametrize(("bearers", "is_shared"), [(499, False), (500, True), (501, True)])
def test_as_many_as_a_block_are_too_many_whatever_they_say(bearers: int, is_shared: bool) -> None:
    """No more are read of one telephone: of 501 alike it may not matter which 500 they were."""
    identity.link(CLINIC, [worker(0, pid=f"w{n}") for n in range(bearers)])
    sealed = keys.seal(PHONE)
    alone = frozenset({sealed}) if is_shared else frozenset()
    assert telephones.shared([sealed]) == telephones.all_shared() == alone
    assert telephones.shared_among([sealed], lambda persons: persons) == alone
    assert telephones.shared_among([sealed], lambda persons: sorted(persons)[:499]) == frozenset()


def test_in_bulk_they_weigh_as_one_by_one() -> None:
    """The same edges, bit for bit, from Splink's SQL."""
    identity.link(CLINIC, [worker(n) for n in range(7)])
    two()
    columns = "person, other, weight, levels, veto"
    edges = database.rows(f"SELECT {columns} FROM identity_edge WHERE until IS NULL ORDER BY 1, 2")
    database.execute("DELETE FROM identity_edge")
    assert batch.weigh_everybody(actor="system:test", anyway=True).applied
    assert database.rows(f"SELECT {columns} FROM identity_edge WHERE until IS NULL ORDER BY 1, 2") == edges
    assert 9.0 in weights()


def test_who_asks_sees_the_same_and_only_by_those_they_see() -> None:
    """`match`: 9 bits. For somebody who sees no worker the telephone is one household's."""
    identity.link(CLINIC, [worker(n) for n in range(8)])
    identity.link(HOSPITAL, [mali("1", number=None, phone=PHONE)])
    asked = mali("", number=None, birth=date(1970, 5, 6), phone=PHONE)
    person = identity.person_of(HOSPITAL, "1")

    def bits(**how: Any) -> list[float | None]:
        return [one.weight for one in identity.match(asked, **how).candidates if one.person == person]

    assert bits() == [9.0]
    assert bits(visible=lambda persons: persons) == [9.0]
    assert bits(visible=lambda persons: {person} & set(persons)) == [19.0]


@pytest.mark.parametrize(("unseen", "bits", "asked_about"), [(3, 19.0, 4), (4, 9.0, 0)])
def test_of_a_telephone_that_far_too_many_bear_no_more_are_read(
    monkeypatch: pytest.MonkeyPatch, unseen: int, bits: float, asked_about: int
) -> None:
    """A bound of 4: a fifth bearer, and it is shared for every asker, whoever they see; nobody's leave is looked up."""
    monkeypatch.setattr(telephones, "FAR_TOO_MANY", 4)
    identity.link(CLINIC, [worker(n) for n in range(unseen)])
    identity.link(HOSPITAL, [mali("1", number=None, phone=PHONE)])
    person, asked = identity.person_of(HOSPITAL, "1"), set[int]()

    def visible(persons: Collection[int]) -> set[int]:
        asked.update(persons)
        return {person} & set(persons)

    sealed = keys.seal(PHONE)
    assert telephones.shared_among({sealed}, visible) == ({sealed} if bits == 9.0 else set())
    assert len(asked) == asked_about
    found = identity.match(mali("", number=None, birth=date(1970, 5, 6), phone=PHONE), visible=visible)
    assert [one.weight for one in found.candidates] == [bits]


def test_two_workers_of_one_name_and_birthday_stay_two() -> None:
    """Two foreigners without a number, born on the first of January, for whom the factory gave its telephone."""
    told = {"number": None, "given": "MIN", "family": "AUNG", "birth": date(1990, 1, 1), "nation": "048", "sex": "1"}
    identity.link(CLINIC, [worker(n) for n in range(8)])
    identity.link(HOSPITAL, [mali("1", **told, phone=PHONE, area="990101", house="1/1")])
    identity.link(UNIT, [mali("A7", **told | {"family": "AUNG WIN"}, phone=PHONE, area="120202", house="7/7")])
    assert ONE not in humans()


def test_a_number_joins_whatever_the_telephone() -> None:
    """The guard looks at no telephone."""
    identity.link(CLINIC, [worker(n) for n in range(8)])
    identity.link(HOSPITAL, [mali("1", phone=PHONE)])
    identity.link(UNIT, [mali("A7", number=number(1), phone=PHONE)])
    assert ONE in humans()
