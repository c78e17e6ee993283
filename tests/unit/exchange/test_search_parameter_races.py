"""A search parameter and a resource at the same moment, in two sessions: nothing falls between (decision 0074)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import pytest
from django.db import connection

from suksala import signin
from suksala.exchange import own_parameters, parameter_storage, reindexing
from suksala.foundation import database
from tests.record import HOSPITAL, Called
from tests.unit.exchange.test_search_parameters import found, parameter, patient, put

pytestmark = pytest.mark.django_db(transaction=True)

_WAITING = "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
_FIRST = "INSERT INTO reindex (layout, after_person, after_id, ready) VALUES (%s, 0, 0, true) ON CONFLICT DO NOTHING"


@pytest.fixture(autouse=True)
def _looks(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tests of this kind empty every table; the one row of the walk comes back."""
    monkeypatch.setattr(reindexing, "LOOK_SECONDS", -1.0)
    monkeypatch.setattr(parameter_storage, "LOOK_SECONDS", -1.0)
    if not database.rows("SELECT FROM reindex"):
        database.execute(_FIRST, [reindexing.LAYOUT])
    yield
    own_parameters.install(0, [])


@pytest.fixture
def tokens() -> tuple[str, str]:
    """A system of the exchange itself, one of a hospital."""
    return (
        signin.issue_token("admin", None, ["system/*.cruds"], 30),
        signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30),
    )


def meanwhile(first: Callable[[], Called], second: Callable[[], Called]) -> tuple[int, int]:
    """Do the first and, before it is committed, ask for the second in another session, which waits."""

    def alone() -> int:
        try:
            return second().status
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as other:
        with database.transaction():
            done = first().status
            answer: Future[int] = other.submit(alone)
            ends = time.monotonic() + 20
            while database.rows(_WAITING) == [(0,)] and time.monotonic() < ends:
                time.sleep(0.01)
            assert not answer.done()
        return done, answer.result(30)


def test_a_resource_under_way_is_found_by_the_walk(tokens: tuple[str, str]) -> None:
    """It is written by the parameters of before; the change waits for it, and the walk begins after it."""
    admin, hospital = tokens
    statuses = meanwhile(lambda: put(patient("a", "yes"), hospital), lambda: put(parameter(), admin))
    assert statuses == (201, 201)
    assert found("Patient?blood-donor=yes", hospital) == ([], ["SKL-FHIR-207"])
    reindexing.run()
    assert found("Patient?blood-donor=yes", hospital) == (["a"], [])


def test_a_resource_that_waited_is_indexed_at_once(tokens: tuple[str, str]) -> None:
    """It was encoded by the parameters of before, and is encoded again."""
    admin, hospital = tokens
    statuses = meanwhile(lambda: put(parameter(), admin), lambda: put(patient("a", "yes"), hospital))
    assert statuses == (201, 201)
    assert found("Patient?blood-donor=yes", hospital) == (["a"], ["SKL-FHIR-207"])


def test_two_parameters_of_one_name_are_not_both_taken(tokens: tuple[str, str]) -> None:
    """The second waits, sees the first and is refused."""
    admin, _ = tokens
    other = {**parameter(), "id": "second", "url": "urn:second"}
    assert meanwhile(lambda: put(parameter(), admin), lambda: put(other, admin)) == (201, 422)
    assert database.rows("SELECT rid FROM search_parameter") == [("blood-donor",)]
