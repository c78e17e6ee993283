"""Search columns made anew: complete, resumable, without a new version, and told while it goes on (S4.23)."""

from __future__ import annotations

import pytest

from suksala import exchange, signin
from suksala.exchange import reindexing
from suksala.foundation import database
from tests.record import HOSPITAL, Called, person, send

pytestmark = pytest.mark.django_db

COLUMNS = (
    "SELECT person, id, vid, upd, code, date, date_hi, enc, status, str, toks, num, unit, body "
    "FROM resource ORDER BY 1, 2"
)
SIDES = ("resource_text", "resource_string", "resource_span", "resource_quantity", "resource_reference")


@pytest.fixture(autouse=True)
def _look_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reindexing, "LOOK_SECONDS", -1.0)


@pytest.fixture
def token() -> str:
    """A system of a hospital with a small record."""
    person("1")
    send("PERSON", {"pid": "1", "name": "มาลี", "lname": "ใจดี", "birth": "1970-05-05"})
    send("SERVICE", *({"pid": "1", "seq": str(n), "date_serv": f"2026-01-{n:02}", "pr": 70 + n} for n in range(1, 6)))
    return signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30)


def everything() -> list[list[tuple[object, ...]]]:
    """All that a search reads, and what must not change."""
    sides = [database.rows(f"SELECT * FROM {table} ORDER BY 1, 2, 3") for table in SIDES]
    return [[tuple(map(str, row)) for row in rows] for rows in (database.rows(COLUMNS), *sides)]


def old_layout() -> None:
    """As if the rows had been stored before: nothing is found by most parameters."""
    database.execute("UPDATE resource SET toks = '{}', code = NULL, num = NULL, unit = NULL, str = NULL")
    for table in SIDES:
        database.execute(f"DELETE FROM {table}")
    database.execute("UPDATE reindex SET layout = 1")


def outcomes(token: str, target: str) -> tuple[int, list[str]]:
    """How many matches, and the codes of what is told beside them."""
    entries = Called("GET", f"/fhir/{target}", token=token).json.get("entry", [])
    told = [e["resource"]["issue"][0] for e in entries if e["search"]["mode"] == "outcome"]
    return len(entries) - len(told), [issue["details"]["coding"][0]["code"] for issue in told]


def test_a_new_installation_is_ready() -> None:
    """Nothing was stored by an older layout."""
    assert exchange.index_state() == (0, True)


def test_everything_is_as_if_it_had_been_stored_now(token: str) -> None:
    """Columns and rows beside them; no version, no moment, no body changes."""
    before = everything()
    old_layout()
    exchange.keep_index()
    reindexing.run()
    assert everything() == before
    assert exchange.index_state() == (len(before[0]), True)


def test_it_is_told_until_it_is_ready(token: str) -> None:
    """A search answers, with a warning that it may lack something."""
    old_layout()
    exchange.keep_index()
    assert outcomes(token, "Patient?name=มาลี") == (0, ["SKL-FHIR-207"])
    reindexing.run()
    assert outcomes(token, "Patient?name=มาลี") == (1, [])


def test_killed_in_the_middle_it_goes_on(token: str) -> None:
    """Each step keeps the place; asked for twice, it is done once."""
    before = everything()
    old_layout()
    exchange.keep_index()
    exchange.keep_index()
    assert reindexing.step(3)
    assert exchange.index_state() == (3, False)
    exchange.keep_index()  # a restart
    assert exchange.index_state() == (3, False)
    while reindexing.step(2):
        pass
    assert everything() == before
    assert exchange.index_state() == (len(before[0]), True)


def test_the_job_is_asked_for_once(token: str) -> None:
    """And not at all when it is ready."""

    def waiting() -> int:
        [(count,)] = database.rows("SELECT count(*) FROM procrastinate_jobs WHERE task_name = %s", [reindexing.REINDEX])
        return int(count)

    exchange.keep_index()
    assert waiting() == 0
    old_layout()
    exchange.keep_index()
    exchange.keep_index()
    assert waiting() == 1
