"""A database into a file and back: row by row the same, in one transaction with what must never be seen otherwise."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from suksala.operations import dumping
from suksala.operations.errors import BackupFailed, NotEmpty

ODD = "ก\tข\\n\nค\r\\.\n\\"  # what COPY must escape, and what looks like its end
TABLES = """
CREATE FUNCTION twice(n int) RETURNS int LANGUAGE sql AS 'SELECT 2 * n';
CREATE TABLE account (id int PRIMARY KEY, said text, raw bytea, ids bigint[]);
CREATE TABLE session (id serial PRIMARY KEY, account int NOT NULL REFERENCES account, ended timestamptz);
CREATE TABLE fact (at date NOT NULL, said text) PARTITION BY RANGE (at);
CREATE TABLE fact_2026 PARTITION OF fact FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
CREATE INDEX ON fact (twice(length(said)));
INSERT INTO session (account) SELECT 1 WHERE false"""
ENDED = ("UPDATE public.session SET ended = now() WHERE ended IS NULL",)


@contextmanager
def a_database(name: str) -> Iterator[str]:
    """An empty database beside that of the tests; its address."""
    own = os.environ["DATABASE_URL"]
    with psycopg.connect(own, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        try:
            yield psycopg.conninfo.make_conninfo(own, dbname=name)
        finally:
            connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def target() -> Iterator[str]:
    """Where it comes back."""
    with a_database(f"dumping_to_{os.getpid()}") as address:
        yield address


@pytest.fixture
def dumped(tmp_path: Path) -> Path:
    """A dump of two accounts, with a session that goes on and one that ended."""
    with a_database(f"dumping_from_{os.getpid()}") as address:
        with psycopg.connect(address) as connection:
            connection.execute(TABLES)
            connection.execute(
                "INSERT INTO account VALUES (1, %s, %s, '{1,2}'), (2, NULL, '', '{}')", [ODD, bytes(range(256))]
            )
            connection.execute("INSERT INTO session (account, ended) VALUES (1, NULL), (2, '2026-01-01T00:00:00Z')")
            connection.execute("INSERT INTO fact VALUES ('2026-11-23', %s)", [ODD])
        with dumping.one_moment(address) as moment:
            assert moment.tables == {"account": 2, "fact_2026": 1, "session": 2}
            dumping.dump(address, moment.snapshot, tmp_path / "dump", None)
    return tmp_path / "dump"


def rows(address: str, query: str) -> list[tuple[object, ...]]:
    """What a stranger sees."""
    with psycopg.connect(address) as connection:
        return connection.execute(query.encode()).fetchall()


def test_every_row_comes_back_as_it_was(dumped: Path, target: str) -> None:
    """Texts with what COPY escapes, bytes, lists, NULL; partitions, keys, functions and counters work."""
    assert dumping.restore(target, dumped, None) == []
    assert dumping.counts(target) == {"account": 2, "fact_2026": 1, "session": 2}
    assert rows(target, "SELECT * FROM account ORDER BY id") == [
        (1, ODD, bytes(range(256)), [1, 2]),
        (2, None, b"", []),
    ]
    assert rows(target, "SELECT said, twice(2) FROM fact_2026") == [(ODD, 4)]
    assert rows(target, "INSERT INTO session (account) VALUES (1) RETURNING id") == [(3,)]
    with pytest.raises(psycopg.errors.ForeignKeyViolation):
        rows(target, "INSERT INTO session (account) VALUES (3)")


def test_no_moment_exists_in_which_an_old_session_stands(dumped: Path, target: str) -> None:
    """It is ended by the transaction that brings it back: whoever sees the row sees it ended."""
    assert dumping.restore(target, dumped, None, ENDED) == [1]
    assert rows(target, "SELECT count(*) FROM session WHERE ended IS NULL") == [(0,)]
    assert rows(target, "SELECT count(DISTINCT x) FROM (SELECT xmin::text FROM session UNION SELECT xmin::text "
                        "FROM account) AS t (x)") == [(1,)]  # fmt: skip


def test_all_of_it_or_nothing(dumped: Path, target: str) -> None:
    """What cannot be ended is not brought back; nor is half of a dump."""
    with pytest.raises(BackupFailed, match="42P01"):
        dumping.restore(target, dumped, None, ("UPDATE public.nowhere SET x = 1",))
    assert dumping.counts(target) == {}
    half = dumped.with_name("half")
    half.write_bytes(dumped.read_bytes()[: dumped.stat().st_size // 2])
    with pytest.raises(BackupFailed):
        dumping.restore(target, half, None, ENDED)
    assert dumping.counts(target) == {}
    dumping.restore(target, dumped, None, ENDED)
    with pytest.raises(NotEmpty):
        dumping.restore(target, dumped, None, ENDED)


def test_a_refusal_tells_no_row(dumped: Path, target: str) -> None:
    """The server's words may hold the data."""
    with pytest.raises(BackupFailed) as refused:
        dumping.restore(target, dumped, None, ("INSERT INTO public.account VALUES (1, 'มาลี', '', '{}')",))
    assert "23505" in str(refused.value)
    assert "มาลี" not in f"{refused.value.th}{refused.value.en}"
