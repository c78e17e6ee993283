"""The log: appended, never changed, found again by kind, person and time; a read and its fact in one statement."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import psycopg
import pytest

from suksala import audit
from suksala.audit import Fact
from suksala.foundation import clock, database

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)  # 12:00 in Bangkok


def fact(**changes: object) -> Fact:
    """A login of a citizen, with any field changed."""
    about = {
        "at": NOON,
        "kind": "phr.login",
        "actor": "account:mali",
        "purpose": "PATRQT",
        "person": 1,
        "facility": "99801",
    }
    return Fact(**(about | changes))  # type: ignore[arg-type]


def test_a_fact_is_found_again_whole() -> None:
    """Everything that was told, and the order of writing."""
    audit.record(
        "phr.login", actor="account:mali", purpose="PATRQT", person=1, facility="99801", detail={"n": 1}, at=NOON
    )
    [found] = audit.facts("phr.login")
    assert found == fact(detail={"n": 1}, seq=found.seq)
    assert found.seq > 0


def test_a_fact_without_a_moment_is_of_now() -> None:
    """And one about nobody stays so."""
    before = clock.now()
    audit.record("ingest.received", actor="system:ingest")
    [found] = audit.facts("ingest.received")
    assert before <= found.at <= clock.now()
    assert (found.person, found.purpose, found.facility, found.detail) == (None, None, None, {})


@pytest.mark.parametrize(("since", "until", "seen"), [(0, 1, 1), (1, 2, 0), (-1, 0, 0), (None, None, 1), (0, None, 1)])
def test_bounds_of_time_are_half_open(since: int | None, until: int | None, seen: int) -> None:
    """since <= at < until, in seconds from the fact; both edges."""
    audit.record("read", actor="account:mali", at=NOON)

    def bound(seconds: int | None) -> datetime | None:
        return None if seconds is None else NOON + timedelta(seconds=seconds)

    assert len(list(audit.facts("read", bound(since), bound(until)))) == seen
    assert list(audit.facts("write", bound(since), bound(until))) == []


@pytest.mark.parametrize("statement", ["UPDATE audit SET actor = 'nobody'", "DELETE FROM audit"])
@pytest.mark.parametrize("part", ["audit", "the month's partition", "audit_default"])
def test_nothing_is_changed_or_taken_out(statement: str, part: str) -> None:
    """Neither through the table nor through a part of it; the fact stands as it was."""
    at = NOON if part != "audit_default" else datetime(1950, 1, 1, tzinfo=UTC)
    audit.record("read", actor="account:mali", at=at)
    [(name,)] = database.rows("SELECT tableoid::regclass::text FROM audit")
    assert (name == "audit_default") == (part == "audit_default")
    with pytest.raises(psycopg.errors.InsufficientPrivilege), database.transaction():
        database.execute(statement.replace("audit", "audit" if part == "audit" else name, 1))
    assert [f.actor for f in audit.facts("read")] == ["account:mali"]


@pytest.mark.parametrize("kind", ["", "Read", "phr login", "phr.", ".login", "phr..login", "อ่าน", "a;b"])
def test_a_kind_nobody_would_find_again_is_refused(kind: str) -> None:
    """Lower-case words with dots; nothing is kept, one by one or many at once."""
    with pytest.raises(audit.UnknownKind):
        audit.record(kind, actor="account:mali")
    with pytest.raises(audit.UnknownKind):
        audit.record_many([fact(), fact(kind=kind)])
    assert database.rows("SELECT 1 FROM audit") == []


def test_a_read_and_its_fact_travel_in_one_statement() -> None:
    """The rows come back as from the SELECT alone; the fact stands, whether or not there were rows."""
    for answer in (3, 0):
        values = audit.read_values(
            "client:lab",
            purpose="HSYSADMIN",
            person=7,
            facility="99801",
            rtype="Observation",
            rid="x-1",
            detail={"n": 1},
        )
        rows = database.rows(f"{audit.DURABLE_CTE} SELECT n FROM generate_series(1, %s) n", [*values, answer])
        assert rows == [(n,) for n in range(1, answer + 1)]
    first, second = audit.facts("read")
    assert (first.actor, first.purpose, first.person, first.rtype, first.rid) == (
        "client:lab", "HSYSADMIN", 7, "Observation", "x-1",
    )  # fmt: skip
    assert (second.facility, second.detail) == ("99801", {"n": 1})


def test_a_read_that_fails_leaves_no_fact_of_having_been_done() -> None:
    """One statement: both or neither."""
    with pytest.raises(psycopg.errors.DivisionByZero), database.transaction():
        database.rows(f"{audit.DURABLE_CTE} SELECT 1 / %s", [*audit.read_values("client:lab"), 0])
    assert list(audit.facts("read")) == []


def test_who_looked_newest_first_page_by_page() -> None:
    """Facts about these persons only; `before` turns the page."""
    for minute, person in enumerate((1, 2, 1, 3)):
        audit.record("read", actor=f"account:{minute}", person=person, at=NOON + timedelta(minutes=minute))
    page = audit.of_persons({1, 2}, limit=2)
    assert [f.actor for f in page] == ["account:2", "account:1"]
    assert [f.actor for f in audit.of_persons({1, 2}, limit=2, before=page[-1].at)] == ["account:0"]
    assert audit.of_persons(set()) == []


def test_what_rested_on_a_consent_is_found_behind_everything_newer() -> None:
    """The newest are taken among those of the consent, not of all."""
    audit.record("read", actor="account:far", person=1, at=NOON, detail={"consents": ["own-7"]})
    for minute in (1, 2):
        audit.record("read", actor="account:own", person=1, at=NOON + timedelta(minutes=minute))
    assert [f.actor for f in audit.of_persons({1}, limit=1, consent="own-7")] == ["account:far"]
    assert audit.of_persons({1}, limit=1, consent="own-7", before=NOON) == []
    assert audit.of_persons({2}, limit=1, consent="own-7") == []


def test_many_facts_at_once_and_a_log_sent_twice() -> None:
    """`once` counts what is new: repeats inside the log and over logs are one; without it each stands."""
    log = [fact(), fact(), fact(person=2), fact(at=NOON + timedelta(seconds=1)), fact(detail={"demonstration": True})]
    assert audit.record_many(log, once=True) == 4
    assert audit.record_many(log, once=True) == 0
    assert audit.record_many([*log, fact(person=None, facility=None, detail={})], once=True) == 1
    assert audit.record_many([fact(), fact()]) == 2
    assert audit.record_many([]) == 0
    assert len(list(audit.facts("phr.login"))) == 7


def test_facts_lie_in_the_month_of_bangkok() -> None:
    """23:59 and 00:00 in Bangkok, seven hours ahead of UTC."""
    last = datetime(2024, 2, 29, 16, 59, 59, tzinfo=UTC)
    audit.record_many([fact(at=last), fact(at=last + timedelta(seconds=1))])
    parts = database.rows("SELECT tableoid::regclass::text FROM audit ORDER BY at")
    assert [part for (part,) in parts] == ["audit_2024_02", "audit_2024_03"]


def test_partitions_are_made_ahead_and_repeating_is_safe() -> None:
    """This month and twelve more stand; months asked for are made, again and again."""
    assert audit.ensure_partitions(12, since=date(2023, 10, 1)) == []
    assert audit.ensure_partitions(12, since=date(2023, 10, 1)) == []
    names = {
        name
        for (name,) in database.rows(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit'::regclass"
        )
    }
    ahead = clock.today().replace(day=1)
    assert {"audit_2023_10", "audit_2025_01", f"audit_{ahead:%Y_%m}", f"audit_{ahead.year + 1}_{ahead:%m}"} <= names


def test_a_month_that_was_not_foreseen_is_kept_in_the_default_part() -> None:
    """Nothing is lost; the month is told and stays where it is."""
    far = datetime(2055, 6, 15, tzinfo=UTC)
    audit.record("read", actor="account:mali", at=far)
    months = (far.year - clock.today().year) * 12 + 12
    assert audit.ensure_partitions(months, since=date(2055, 5, 1)) == [date(2055, 6, 1)]
    assert [f.at for f in audit.facts("read")] == [far]
