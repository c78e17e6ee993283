"""A permit of several scopes as SQL: exactly the union of its rows, and for one plain scope the SQL of before (S1.28, X4)."""
# ruff: noqa: E501 - a row of a table reads best on one line

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from unittest import mock

import pytest

from suksala import exchange, identity, registry
from suksala.consent import Label, NoPermit, Permit, Purpose, Rows, Scope
from suksala.exchange.predicate import names_persons, opened, permitted
from suksala.foundation import clock, database
from suksala.identity.storage import PERSONS_LIKE
from tests.record import HOSPITAL, UNIT, bundle, permit, person, send

pytestmark = pytest.mark.django_db
HERE, THERE = 99801, 99802
JANUARY, JUNE = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 6, 1, tzinfo=UTC)


@pytest.fixture(autouse=True)
def every_alias_under_a_permit() -> None:
    """No mark stands in these statements: their text itself is looked at."""


def of(*scopes: Scope) -> Permit:
    """Leave of these scopes."""
    return Permit("test:reader", Purpose.SYSTEM, scopes, clock.now() + timedelta(minutes=5), "system")


def test_one_plain_scope_is_one_or_two_comparisons() -> None:
    """The statement, and so its plan and its cost, is that of before there were scopes."""
    both = permitted(of(Scope(Rows(frozenset({7}), frozenset({HERE})))))
    assert both.sql == "NOT r.deleted AND true AND r.person = %s::bigint AND r.org = %s::bigint"
    assert both.values == (7, HERE)
    several = opened(of(Scope(Rows(persons=frozenset({8, 7})))), "v")
    assert (several.sql, several.values) == ("true AND v.person = ANY(%s::bigint[])", ([7, 8],))
    assert opened(of(Scope(Rows()))).sql == "true"


def test_what_reads_one_row_finds_the_registrations_of_one_human_itself() -> None:
    """Over several scopes too: nobody is asked who it is before the row is read."""
    human = identity.SameHuman(7)
    like = f"r.person = ANY(ARRAY({PERSONS_LIKE}))"
    with mock.patch.object(identity.storage, "persons_like") as asked:
        one = opened(of(Scope(Rows(human))), one_row=True)
        two = opened(of(Scope(Rows(human, since=JUNE)), Scope(Rows(human, before=JANUARY))), one_row=True)
    assert (one.sql, one.values) == (f"true AND {like}", (7,))
    assert two.sql == f"true AND {like} AND ((true AND {like} AND r.date >= %s) OR (true AND {like} AND r.date < %s))"
    assert (two.values, asked.call_count) == ((7, 7, JUNE, 7, JANUARY), 0)


def test_a_search_is_told_the_registrations_of_one_human(rows: dict[str, int]) -> None:
    """Its plan goes by them, as by those of any other permit."""
    human = identity.SameHuman(rows["old"])
    assert opened(of(Scope(Rows(human)))) == opened(of(Scope(Rows(frozenset({rows["old"]})))))


def test_whose_rows_they_are_is_said_only_where_every_scope_says_it() -> None:
    """Then a read by id needs no locator; what the register publishes is nobody's."""
    mine, theirs = Scope(Rows(frozenset({7}))), Scope(Rows(organizations=frozenset({HERE})))
    assert [names_persons(of(*scopes), "Observation") for scopes in ((mine,), (mine, theirs), (theirs,))] == [
        True,
        False,
        False,
    ]
    assert [names_persons(of(mine), name) for name in ("Patient", "Organization", "PractitionerRole")] == [
        True,
        False,
        False,
    ]
    by_human = of(Scope(Rows(identity.SameHuman(7))))
    with mock.patch.object(identity.storage, "persons_like") as asked:
        assert names_persons(by_human, "Observation")
    assert asked.call_count == 0


def test_no_scope_and_an_ended_permit_open_nothing() -> None:
    """An ended one does not even become SQL."""
    assert opened(of()).sql == "false"
    assert opened(of(Scope(Rows(persons=frozenset())))).values == ([],)
    with pytest.raises(NoPermit):
        opened(permit(7, minutes=0))


@pytest.fixture
def rows(db: None) -> dict[str, int]:
    """Mali and Dam at the hospital, Mali's visit at the unit bears labels, one is gone."""
    send("PERSON", {"pid": "1", "name": "มาลี", "sex": "2"}, {"pid": "2", "name": "ดำ", "sex": "1"})
    send("PERSON", {"pid": "1", "name": "มาลี", "sex": "2"}, hospcode=UNIT)
    send(
        "SERVICE",
        {"pid": "1", "seq": "old", "date_serv": "2026-01-05"},
        {"pid": "2", "seq": "dam", "date_serv": "2026-02-06"},
    )
    send(
        "SERVICE",
        {"pid": "1", "seq": "plain", "date_serv": "2026-05-31"},
        {"pid": "1", "seq": "hiv", "date_serv": "2026-06-01"},
        hospcode=UNIT,
    )
    found = {}
    for name, hospcode, pid in (
        ("old", HOSPITAL, "1"),
        ("dam", HOSPITAL, "2"),
        ("plain", UNIT, "1"),
        ("hiv", UNIT, "1"),
    ):
        found[name] = person(pid, hospcode)
    for rid, seq in database.rows(
        "SELECT rid, convert_from(body, 'UTF8') FROM resource WHERE rtype = (SELECT min(rtype) FROM resource WHERE rid LIKE 'sv-%%')"
    ):
        if '"value":"hiv"' in seq:
            database.execute("UPDATE resource SET label = %s WHERE rid = %s", [int(Label.HIV | Label.ADDICTION), rid])
    return found


MALI, DAM = "MALI", "DAM"
CASES: list[tuple[str, list[Scope], set[str]]] = [
    ("one facility", [Scope(Rows(organizations=frozenset({HERE})))], {"old", "dam"}),
    ("one facility, and another one", [Scope(Rows(organizations=frozenset({HERE}))), Scope(Rows(organizations=frozenset({THERE})))], {"old", "dam", "plain", "hiv"}),
    ("rows that bear a class, of several", [Scope(Rows(labels=Label.ADDICTION | Label.MENTAL_HEALTH))], {"hiv"}),
    ("another class", [Scope(Rows(labels=Label.MENTAL_HEALTH))], set()),
    ("all but a class", [Scope(Rows(), (Rows(labels=Label.HIV),))], {"old", "dam", "plain"}),
    ("all but a class at one facility", [Scope(Rows(), (Rows(labels=Label.HIV, organizations=frozenset({HERE})),))], {"old", "dam", "plain", "hiv"}),
    ("from a moment on", [Scope(Rows(since=JUNE - timedelta(hours=7)))], {"hiv"}),
    ("before a moment", [Scope(Rows(before=JUNE - timedelta(hours=7)))], {"old", "dam", "plain"}),
    ("a type that others are of", [Scope(Rows(types=frozenset({"Observation"})))], set()),
    ("a type that nobody knows", [Scope(Rows(types=frozenset({"Encounter", "Spell"})))], {"old", "dam", "plain", "hiv"}),
    ("a denial does not reach into another scope", [Scope(Rows(organizations=frozenset({THERE})), (Rows(labels=Label.HIV),)), Scope(Rows(labels=Label.HIV))], {"plain", "hiv"}),
    ("two denials", [Scope(Rows(), (Rows(labels=Label.HIV), Rows(organizations=frozenset({HERE}))))], {"plain"}),
]  # fmt: skip


@pytest.mark.usefixtures("rows")
@pytest.mark.parametrize(("what", "scopes", "opens"), CASES, ids=[case[0] for case in CASES])
def test_the_union_of_scopes(what: str, scopes: list[Scope], opens: set[str]) -> None:
    """Found, counted and read one by one alike."""
    assert registry.org_number(HOSPITAL) == HERE
    leave = of(*scopes)
    answer = bundle(exchange.search(leave, "Encounter", [("_total", "accurate")]))
    found = {entry["resource"]["identifier"][0]["value"]: entry["resource"]["id"] for entry in answer.get("entry", [])}
    assert {name.rpartition("-")[2] for name in found} == opens, what
    assert answer["total"] == len(opens)
    every = bundle(exchange.search(of(Scope(Rows())), "Encounter", []))["entry"]
    read = {e["resource"]["id"] for e in every if exchange.read(leave, "Encounter", e["resource"]["id"])}
    assert read == set(found.values())


def test_persons_of_two_scopes(rows: dict[str, int]) -> None:
    """What the scopes share stands first, each alternative after it."""
    leave = of(
        Scope(Rows(persons=frozenset({rows["old"]}), organizations=frozenset({HERE}))),
        Scope(Rows(persons=frozenset({rows["dam"]}), types=frozenset({"Encounter"}))),
    )
    sql = opened(leave).sql
    assert sql.startswith("true AND r.person = ANY(%s::bigint[]) AND ((true AND r.person = %s::bigint AND")
    found = bundle(exchange.search(leave, "Encounter", []))
    assert len(found["entry"]) == 2
    assert len(bundle(exchange.search(leave, "Patient", []))["entry"]) == 1
