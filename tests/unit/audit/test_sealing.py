"""Sealing: every fact gets its leaf once, whatever the order in which transactions end."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from suksala import audit
from suksala.audit import merkle, sealing, tree_storage
from suksala.audit.notes import Checkpoint, Note, NoteProblem
from suksala.foundation import clock, database, settings
from tests.unit.audit.helpers import Tell

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("data")]

INSERT = "INSERT INTO audit (kind, actor) VALUES ('read', 'account:somchai')"


def size() -> int:
    """Leaves."""
    return tree_storage.lock().peaks.size


def newest() -> Checkpoint:
    """What was signed last."""
    kept = tree_storage.newest_checkpoint()
    assert kept is not None
    return Checkpoint.read(Note.read(kept.note).text)


def eventually(condition: Callable[[], bool]) -> None:
    """Seal until it holds: transactions of other databases in the cluster keep `low` down while they last."""
    audit.seal()
    until = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.05)
        audit.seal()


def test_an_empty_log_needs_nothing() -> None:
    """No leaf, no checkpoint."""
    assert audit.seal() == 0
    assert tree_storage.newest_checkpoint() is None


def test_facts_are_sealed_once_and_signed(tell: Tell, data: Path) -> None:
    """Three leaves; again nothing; two more. The signed root is the tree's, also in the file outside the database."""
    tell(3)
    assert audit.seal() == 3
    assert audit.seal() == 0
    tell(2)
    assert audit.seal() == 2
    assert [leaf.index for leaf in tree_storage.leaves(0, 10)] == [0, 1, 2, 3, 4]
    assert newest() == Checkpoint(audit.signer().name, 5, tree_storage.Subtrees()(0, 5))
    note = Note.read((data / "audit" / "checkpoint").read_text(encoding="utf-8"))
    assert Checkpoint.read(note.text) == newest()
    assert note.signed_by(audit.signer().verifier())


def test_the_leaf_is_the_hash_of_salt_and_fact() -> None:
    """The exact bytes that anybody can hash again (leaves.py)."""
    at = datetime(2026, 11, 22, 5, 0, 0, 250, tzinfo=UTC)
    audit.record("read", actor="account:mali", purpose="PATRQT", person=7, facility="99801", detail={"n": 1}, at=at)
    audit.seal()
    [leaf] = tree_storage.leaves(0, 10)
    assert leaf.sealed is not None
    text = (
        '{"actor":"account:mali","at":"2026-11-22T05:00:00.000250Z","detail":{"n":1},"facility":"99801","kind":"read",'
        f'"person":7,"purpose":"PATRQT","rid":null,"rtype":null,"seq":{leaf.seq},"v":1}}'
    )
    digest = hashlib.sha256(leaf.sealed.salt.bytes + text.encode()).digest()
    assert leaf.hash == merkle.leaf_hash(b"2026-11" + digest)
    assert str(leaf.month) == "2026-11-01"


def test_a_fact_that_shows_late_is_sealed_too(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    """A transaction that numbered its fact first and commits long after others were sealed is not passed over."""
    monkeypatch.setattr(tree_storage, "SETTLE_SECONDS", 0)
    with psycopg.connect(database.connection().info.dsn) as slow:
        slow.execute(INSERT)
        for _ in range(4):
            tell(2)
            assert audit.seal() == 2
    assert audit.seal() == 1
    found = [leaf.sealed.fact.actor for leaf in tree_storage.leaves(0, 20) if leaf.sealed]
    assert found == ["account:mali"] * 8 + ["account:somchai"]


def test_two_facts_under_one_number_do_not_stop_the_sealing(tell: Tell) -> None:
    """Only a forger makes them: one is sealed with all the others, and the look at the log shows the other."""
    tell(2)
    database.execute("INSERT INTO audit (seq, kind, actor) SELECT max(seq), 'read', 'account:nobody' FROM audit")
    assert audit.seal() == 2
    tell(1)
    assert audit.seal() == 1
    assert audit.verify().counts["inserted"] == 1


def test_the_look_starts_higher_when_transactions_have_ended(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Otherwise each pass would go through the whole log; while one is open the look stays below it."""
    monkeypatch.setattr(tree_storage, "SETTLE_SECONDS", 0)
    tell(3)
    eventually(lambda: tree_storage.lock().low == tree_storage.leaves(2, 1)[0].seq)
    with psycopg.connect(database.connection().info.dsn) as slow:
        slow.execute(INSERT)
        for _ in range(3):
            tell(1)
            audit.seal()
        below = database.rows("SELECT last_value FROM audit_seq")[0][0]
        assert tree_storage.lock().low < below - 3
    eventually(lambda: tree_storage.lock().low == below)


def test_nothing_is_written_while_nothing_happens(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    """An idle installation does not fill its log of writes."""
    monkeypatch.setattr(tree_storage, "SETTLE_SECONDS", 0)
    tell(1)
    eventually(lambda: not tree_storage.is_waiting())
    assert tree_storage.lock().peaks.size == 1


def test_data_restored_into_another_cluster_go_on(tell: Tell) -> None:
    """There transactions are numbered anew: the noted number lies in the future, and is noted again."""
    tell(1)
    audit.seal()
    database.execute("UPDATE audit_tree SET next_xid = 9000000000000")
    assert tree_storage.lock().foreign
    tell(1)
    assert audit.seal() == 1
    assert not tree_storage.lock().foreign


def test_a_second_look_finds_what_was_passed_over(tell: Tell) -> None:
    """Should a fact ever show below the look's start, it is sealed within the hour."""
    tell(2)
    audit.seal()
    tell(1)
    database.execute(
        "UPDATE audit_tree SET low = (SELECT max(seq) FROM audit), next_low = (SELECT max(seq) FROM audit)"
    )
    assert audit.seal() == 0
    audit.look_back()
    assert audit.seal() == 1


def test_more_than_a_pass_is_sealed_pass_by_pass(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    """All of them, in order of writing."""
    monkeypatch.setattr(sealing, "AT_ONCE", 4)
    tell(11)
    assert audit.seal() == 11
    seqs = [leaf.seq for leaf in tree_storage.leaves(0, 20)]
    assert seqs == sorted(seqs)


def test_blocks_make_proofs_short_and_equal(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    """With blocks of 4 leaves and two levels of them every proof leads to the signed root."""
    monkeypatch.setattr(tree_storage, "BLOCK", 4)
    monkeypatch.setattr(tree_storage, "_HEIGHT", 2)
    for count in (3, 6, 14):
        tell(count)
        audit.seal()
    found = database.rows("SELECT level, count(*)::int FROM audit_block GROUP BY 1 ORDER BY 1")
    assert found == [(1, 5), (2, 1)]
    root = newest().root
    for leaf in tree_storage.leaves(0, 30):
        proof = merkle.inclusion_proof(leaf.index, 23, tree_storage.Subtrees())
        assert merkle.includes(leaf.hash, leaf.index, 23, proof, root)


def test_checkpoints_of_a_minute_become_one(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless somebody co-signed them: 1,440 a day, not 86,400."""
    minute = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
    for second in (0, 20, 59, 60):
        monkeypatch.setattr(clock, "now", lambda s=second: minute.replace(minute=s // 60, second=s % 60))
        tell(1)
        audit.seal()
        if second == 20:
            database.execute("UPDATE audit_checkpoint SET witnesses = 1 WHERE size = 2")
    assert [kept.size for kept in tree_storage.checkpoints()] == [2, 3, 4]


def test_older_checkpoints_become_one_an_hour() -> None:
    """The one that most have co-signed, then the largest; those of two days and the newest of all stay."""
    hour = datetime(2026, 11, 1, 5, tzinfo=UTC)
    for size, minutes, signed in ((1, 0, 0), (2, 10, 2), (3, 20, 1), (4, 60, 0), (5, 70, 0), (6, 120, 1), (7, 130, 0)):
        at = hour + timedelta(minutes=minutes)
        database.execute("INSERT INTO audit_checkpoint VALUES (%s, %s, 'made up', %s)", [size, at, signed])
    tree_storage.thin_checkpoints(hour + timedelta(minutes=60))
    assert [kept.size for kept in tree_storage.checkpoints()] == [2, 4, 5, 6, 7]
    audit.look_back()
    assert [kept.size for kept in tree_storage.checkpoints()] == [2, 5, 6, 7]


@pytest.mark.parametrize("name", ["two words", "a+b", "x" * 121])
def test_a_name_that_no_note_can_bear_is_refused(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before anything is signed in it; the setting is named."""
    monkeypatch.setenv("SUKSALA_AUDIT_NAME", name)
    settings.forget()
    with pytest.raises(NoteProblem, match="SUKSALA_AUDIT_NAME"):
        audit.signer()


def test_the_name_is_the_operators_or_the_keys(monkeypatch: pytest.MonkeyPatch, data: Path) -> None:
    """The key lies outside the database, closed to others, and makes the name when none is given."""
    key = audit.signer().verifier()
    assert key.name == f"suksala-{key.public[:6].hex()}"
    assert (data / "keys" / "audit.key").stat().st_mode & 0o777 == 0o600
    sealing.signer.cache_clear()
    assert audit.signer().verifier() == key


def test_lag_tells_what_waits(tell: Tell) -> None:
    """How many facts, and how old the oldest is."""
    tell(2)
    count, age = tree_storage.lag(clock.now())
    assert count == 2
    assert 0 <= age < 60
    audit.seal()
    assert tree_storage.lag(clock.now()) == (0, 0.0)
