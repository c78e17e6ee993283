"""Many rows with such a word: the same rows in the same order, whichever way they are found."""

from __future__ import annotations

import json
from collections.abc import Iterator
from unittest import mock

import pytest

from suksala import exchange
from suksala.exchange import common, searching, sizes
from suksala.foundation import database
from tests.record import UNIT, of_facility, resources, send

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def record() -> None:
    """Two called Mali at the hospital, one at the unit, and somebody else."""
    send("PERSON", *({"pid": pid, "name": name, "lname": "ใจดี"} for pid, name in names_of()))
    send("PERSON", {"pid": "9", "name": "มาลี", "lname": "มีสุข"}, hospcode=UNIT)


def names_of() -> list[tuple[str, str]]:
    """Local numbers and given names."""
    return [("1", "มาลี"), ("2", "ดำ"), ("3", "มาลี"), ("4", "ใจ")]


@pytest.fixture
def plans() -> Iterator[list[str]]:
    """The statements that were run."""
    seen: list[str] = []
    real = database.rows

    def rows(sql: str, values: object = (), **more: object) -> object:
        seen.append(sql)
        return real(sql, values, **more)  # type: ignore[arg-type]

    with mock.patch.object(database, "rows", rows):
        yield seen


@pytest.mark.parametrize("asked", ["name=มาลี", "family=ใจดี", "name=มาลี,ใจดี", "given=ไม่มีใคร", "name=ม&family=ใ"])
@pytest.mark.parametrize("sort", ["", "-_lastUpdated", "birthdate"])
def test_both_ways_find_the_same(asked: str, sort: str) -> None:
    """As if every word were common, and as if none were."""
    pairs = [(name, value) for name, _, value in (part.partition("=") for part in asked.split("&"))]
    pairs += [("_sort", sort)] if sort else []
    found = []
    for is_common in (True, False):
        with mock.patch.object(searching.common, "is_common", return_value=is_common):
            found.append(json.dumps(resources(exchange.search(of_facility(None), "Patient", pairs))))
    assert found[0] == found[1]


@pytest.mark.parametrize(("least", "by_row"), [(1, True), (1000, False)])
def test_a_word_is_common_when_the_index_holds_enough(
    plans: list[str], monkeypatch: pytest.MonkeyPatch, least: int, by_row: bool
) -> None:
    """As many as the bound; then each row is looked at. A word that nobody has never is."""
    monkeypatch.setattr(sizes, "LEAST", least)
    monkeypatch.setattr(common, "BALANCE", 0)
    exchange.search(of_facility(None), "Patient", [("name", "มาลี")])
    assert any("OFFSET 0" in sql for sql in plans) is by_row
    plans.clear()
    exchange.search(of_facility(None), "Patient", [("name", "ไม่มีใคร")])
    assert not any("OFFSET 0" in sql for sql in plans)


@pytest.mark.parametrize(
    "asked", [("name:exact", "มาลี"), ("name:contains", "มาลี"), ("gender", "female"), ("name", "..")]
)
def test_other_questions_count_nothing(plans: list[str], asked: tuple[str, str]) -> None:
    """No statement more for a modifier or another type."""
    exchange.search(of_facility(None), "Patient", [asked])
    assert not any("FROM resource_string t WHERE t.param = %s AND" in sql and "count(*)" in sql for sql in plans)
