"""Nobody rewrites the log unseen: not with all rights on the database, and not by setting it back (T17)."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from suksala import audit
from suksala.audit import retiring, sealing, tree_storage
from suksala.audit.leaves import Sealed
from suksala.audit.merkle import Peaks
from suksala.audit.notes import COSIGNATURE, Checkpoint, Note, Signer
from suksala.audit.verifying import digest
from suksala.foundation import SuksalaError, clock, database, settings
from tests.unit.audit.helpers import Tell, as_superuser

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("data")]


@pytest.fixture(autouse=True)
def sealed(data: Path, tell: Tell) -> None:
    """Ten facts, sealed in two passes: checkpoints of 6 and of 10, as if in different minutes."""
    tell(6)
    audit.seal()
    database.execute("UPDATE audit_checkpoint SET at = at - interval '1 hour'")
    tell(4)
    audit.seal()


def codes() -> dict[str, int]:
    """What a look finds, by code."""
    return dict(audit.verify().counts)


def resign() -> None:
    """Make every leaf, block and signed root anew, as somebody with the node's own key could."""
    with database.transaction():
        everything = [Sealed(leaf.sealed.fact, leaf.sealed.salt) for leaf in tree_storage.leaves(0, 100) if leaf.sealed]
        for table in ("audit_leaf", "audit_block", "audit_checkpoint"):
            database.execute(f"DELETE FROM {table}")
        tree_storage.append(Peaks(), everything)
    with database.transaction():
        note = sealing._sign(tree_storage.lock().peaks)
        tree_storage.keep_checkpoint(len(everything), clock.now(), str(note))


def test_an_honest_log_is_whole() -> None:
    """Ten facts, two signed roots and the file's; nothing is found."""
    report = audit.verify()
    assert report.whole
    assert (report.size, report.checkpoints, report.retired) == (10, 3, 0)


def test_an_edited_fact() -> None:
    """It no longer hashes to its leaf."""
    assert as_superuser("UPDATE audit SET actor = 'account:nobody' WHERE person = 1002") == 2
    assert codes() == {"altered": 2}
    assert audit.verify().findings[0].where == 2


def test_an_edited_fact_with_its_leaf() -> None:
    """The leaf fits again, so the roots signed after it do not: at 6, at 10, and the file's at 10."""
    as_superuser("UPDATE audit SET actor = 'account:nobody' WHERE seq = (SELECT seq FROM audit_leaf WHERE index = 2)")
    [leaf] = tree_storage.leaves(2, 1)
    assert leaf.sealed is not None
    database.execute("UPDATE audit_leaf SET digest = %s WHERE index = 2", [leaf.sealed.digest()])
    assert codes() == {"root": 2, "history": 1}


def test_a_fact_taken_out_of_the_middle() -> None:
    """Its leaf stays without a fact, and no end of keeping tells why."""
    as_superuser("DELETE FROM audit WHERE seq = (SELECT seq FROM audit_leaf WHERE index = 4)")
    assert codes() == {"gone": 1}


def test_a_fact_and_its_leaf_taken_out_of_the_middle() -> None:
    """The leaves have a gap, and nothing after it can be shown."""
    as_superuser("DELETE FROM audit WHERE seq = (SELECT seq FROM audit_leaf WHERE index = 4)")
    database.execute("DELETE FROM audit_leaf WHERE index = 4")
    assert codes() == {"gap": 1, "shorter": 2}


def test_the_tail_taken_off() -> None:
    """Facts, leaves, tree and checkpoint: the file outside the database has seen a longer log."""
    [(seq,)] = database.rows("SELECT seq FROM audit_leaf WHERE index = 6")
    as_superuser(f"DELETE FROM audit WHERE seq >= {seq}")
    for table, column in (("audit_leaf", "index"), ("audit_checkpoint", "size - 1")):
        database.execute(f"DELETE FROM {table} WHERE {column} >= 6")
    assert codes() == {"shorter": 1}


def test_a_fact_put_in_under_a_taken_number() -> None:
    """It has no leaf of its own."""
    database.execute(
        "INSERT INTO audit (seq, kind, actor) SELECT seq, 'read', 'account:nobody' FROM audit_leaf WHERE index = 3"
    )
    assert codes()["inserted"] == 1


def test_a_fact_put_into_the_middle_of_the_tree() -> None:
    """The leaves behind it move, so the signed roots are others."""
    database.execute("UPDATE audit_leaf SET index = index + 100 WHERE index >= 3")
    database.execute("UPDATE audit_leaf SET index = index - 99 WHERE index >= 100")
    audit.record("read", actor="account:nobody")
    database.execute(
        "INSERT INTO audit_leaf SELECT 3, a.seq, %s::date, decode(repeat('00', 32), 'hex') "
        "FROM audit a WHERE actor = 'account:nobody'",
        [clock.today().replace(day=1)],
    )
    [leaf] = tree_storage.leaves(3, 1)
    assert leaf.sealed is not None
    database.execute("UPDATE audit_leaf SET digest = %s WHERE index = 3", [leaf.sealed.digest()])
    assert codes() == {"root": 2, "history": 1}


def test_a_fact_that_never_was_sealed() -> None:
    """Kept back from the tree for more than a minute."""
    audit.record("read", actor="account:nobody", at=datetime(2026, 11, 20, tzinfo=UTC))
    assert codes() == {"unsealed": 1}


def test_an_older_backup_restored(data: Path) -> None:
    """As the tail: the database alone is whole, the checkpoint outside knows better."""
    seen = Note.read((data / "audit" / "checkpoint").read_text(encoding="utf-8"))
    test_the_tail_taken_off()
    (data / "audit" / "checkpoint").unlink()
    assert audit.verify().whole
    assert dict(audit.verify([seen]).counts) == {"shorter": 1}


def test_another_history_signed_with_the_nodes_own_key(data: Path) -> None:
    """The operator rewrites everything and signs it again: who kept a checkpoint, sees it."""
    seen = Note.read((data / "audit" / "checkpoint").read_text(encoding="utf-8"))
    as_superuser("UPDATE audit SET actor = 'account:nobody' WHERE person = 1002")
    resign()
    (data / "audit" / "checkpoint").unlink()
    assert audit.verify().whole
    report = audit.verify([seen])
    assert dict(report.counts) == {"history": 1}
    assert report.findings[0].where == 10


@pytest.mark.parametrize("note", ["replace(note, E'\\n6\\n', E'\\n5\\n')", "'no note'"])
def test_a_checkpoint_signed_by_somebody_else(note: str) -> None:
    """Its signature is wrong, or it is none."""
    database.execute(f"UPDATE audit_checkpoint SET note = {note} WHERE size = 6")
    assert codes() == {"signature": 1}


def test_a_checkpoint_outside_that_cannot_be_read(data: Path) -> None:
    """It is not passed over in silence, and no newer one takes its place."""
    (data / "audit" / "checkpoint").write_bytes(b"\xff")
    audit.record("read", actor="account:mali")
    audit.seal()
    assert codes() == {"signature": 1}
    assert (data / "audit" / "checkpoint").read_bytes() == b"\xff"


def test_a_log_that_was_set_back_and_goes_on(tell: Tell) -> None:
    """Sealing goes on; the file outside the database stays and shows it: first shorter, then another history."""
    back = Peaks()
    for leaf in tree_storage.leaves(0, 6):
        back.append(leaf.hash)
    [(seq,)] = database.rows("SELECT seq FROM audit_leaf WHERE index = 6")
    as_superuser(f"DELETE FROM audit WHERE seq >= {seq}")
    for table, column in (("audit_leaf", "index"), ("audit_checkpoint", "size - 1")):
        database.execute(f"DELETE FROM {table} WHERE {column} >= 6")
    database.execute("UPDATE audit_tree SET size = 6, peaks = %s, low = 0, next_low = NULL", [back.to_bytes()])
    tell(1)
    assert audit.seal() == 1
    assert codes() == {"shorter": 1}
    tell(5)
    assert audit.seal() == 5
    assert codes() == {"history": 1}


def test_a_rewritten_log_that_goes_on(tell: Tell) -> None:
    """Fact, leaves and tree made to fit and the signed roots deleted: the next seal does not wipe out the file's."""
    as_superuser("UPDATE audit SET actor = 'account:nobody' WHERE person = 1002")
    with database.transaction():
        everything = [leaf.sealed for leaf in tree_storage.leaves(0, 100) if leaf.sealed]
        for table in ("audit_leaf", "audit_block", "audit_checkpoint"):
            database.execute(f"DELETE FROM {table}")
        tree_storage.append(Peaks(), everything)
    tell(1)
    assert audit.seal() == 1
    assert codes() == {"history": 1}


@pytest.mark.parametrize("month", ["2015-01-01", None])
def test_an_end_of_keeping_that_is_made_up(month: str | None) -> None:
    """A fact of this month is taken out and told to have ended, as one of this month or of one long ago."""
    as_superuser("DELETE FROM audit WHERE seq = (SELECT seq FROM audit_leaf WHERE index = 4)")
    month = month or clock.today().replace(day=1).isoformat()
    database.execute("UPDATE audit_leaf SET month = %s::date WHERE index = 4", [month])
    told = {"month": month, "facts": 1, "indexes": digest([4])}
    audit.record("audit.retired", actor="system:operator", detail=told)
    audit.record("audit.retired", actor="system:operator", detail=told, at=datetime(2999, 1, 1, tzinfo=UTC))
    audit.record("audit.retired", actor="system:operator", detail={"month": [], "facts": {}})
    audit.seal()
    assert set(codes()) == ({"gone"} if month > "2015-01-01" else {"root", "history"})


@pytest.mark.parametrize(
    "change", ["UPDATE audit_block SET root = decode(repeat('00', 32), 'hex')", "DELETE FROM audit_block"]
)
def test_a_changed_block(change: str, monkeypatch: pytest.MonkeyPatch, tell: Tell) -> None:
    """Proofs are made with it, so it is compared with its leaves: the blocks of 4 leaves, and the one of 16."""
    monkeypatch.setattr(tree_storage, "BLOCK", 4)
    monkeypatch.setattr(tree_storage, "_HEIGHT", 2)
    resign()
    tell(8)
    audit.seal()
    (sealing.checkpoint_file()).unlink()
    assert audit.verify().whole
    database.execute(f"{change} WHERE level = 1 AND index = 2")
    assert codes() == {"block": 1}
    assert audit.verify().findings[0].where == 8
    database.execute(f"{change} WHERE level = 2")
    assert codes() == {"block": 2}


def test_a_fact_told_during_the_look(tell: Tell) -> None:
    """One with an older moment, as of a usage log, is no fault because it is not sealed yet."""

    def import_now(size: int) -> None:
        audit.record("phr.login", actor="client:moph-app", at=datetime(2026, 11, 1, tzinfo=UTC))

    assert audit.verify(told=import_now).whole
    assert codes() == {"unsealed": 1}


def test_a_fact_put_in_under_a_taken_number_in_another_month() -> None:
    """No leaf of its month bears the number."""
    database.execute(
        "INSERT INTO audit (seq, kind, actor, at) SELECT seq, 'read', 'account:nobody', timestamptz '2025-03-03' "
        "FROM audit_leaf WHERE index = 3"
    )
    audit.seal()
    assert codes() == {"unsealed": 1}


def test_the_logs_own_key_is_no_witness() -> None:
    """Neither as the key of the log nor as that of its node; and a key given twice counts once."""
    kept = tree_storage.newest_checkpoint()
    assert kept is not None
    note, now = Note.read(kept.note), clock.now()
    other = Signer("b.example", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))
    lines = [other.cosign(note.text, now), audit.signer().cosign(note.text, now)]
    tree_storage.keep_cosigned(kept._replace(note=str(note.also(lines)), witnesses=2))
    key = other.verifier(COSIGNATURE)
    assert audit.verify(keys=[*audit.own_keys(), key, key]).witnesses == 1
    assert audit.verify(keys=audit.own_keys()).whole


def test_a_new_name_and_the_old_key(data: Path, monkeypatch: pytest.MonkeyPatch, tell: Tell) -> None:
    """After the log was given another name, its older checkpoints hold for who names the older key."""
    old = audit.signer().verifier()
    monkeypatch.setenv("SUKSALA_AUDIT_NAME", "b.example/audit")
    settings.forget()
    sealing.signer.cache_clear()
    (data / "audit" / "checkpoint").unlink()
    tell(1)
    audit.seal()
    assert set(codes()) == {"signature"}
    assert audit.verify(keys=[old]).whole
    assert Note.read((data / "audit" / "checkpoint").read_text()).signed_by(audit.signer().verifier())


def test_facts_told_late_are_counted_and_no_fault() -> None:
    """A usage log of an application comes days later; who looks sees how many and of which kind."""
    audit.record("phr.login", actor="client:moph-app", at=datetime(2026, 11, 1, tzinfo=UTC))
    audit.seal()
    report = audit.verify()
    assert report.whole
    assert report.late == {"phr.login": 1}


def test_a_month_ends_and_the_proof_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    """After 11 years the facts go, leaves and roots stay; what was taken and what was retired are told apart."""
    audit.ensure_partitions(0, since=date(2020, 1, 15))
    audit.record("read", actor="account:mali", person=5, at=datetime(2020, 1, 20, tzinfo=UTC))
    audit.record("read", actor="account:mali", person=6, at=datetime(2020, 1, 31, 16, 59, tzinfo=UTC))
    audit.record("read", actor="account:mali", person=7, at=datetime(2020, 1, 31, 17, 0, tzinfo=UTC))
    audit.seal()
    january = date(2020, 1, 1)
    with pytest.raises(retiring.TooYoung):
        audit.retire(january, actor="system:operator")
    assert audit.verify().size == 13
    monkeypatch.setattr(clock, "today", lambda: date(2031, 1, 31))  # the youngest is of age tomorrow
    with pytest.raises(retiring.TooYoung):
        audit.retire(january, actor="system:operator")
    monkeypatch.setattr(clock, "today", lambda: date(2031, 2, 1))
    monkeypatch.setattr(clock, "now", lambda: datetime(2031, 2, 1, tzinfo=UTC))
    with psycopg.connect(database.connection().info.dsn) as long, monkeypatch.context() as quick:
        quick.setattr(tree_storage, "DROP_WAIT_SECONDS", 0.1)
        long.execute("INSERT INTO audit (kind, actor) VALUES ('read', 'account:somchai')")
        with pytest.raises(SuksalaError) as raised:
            audit.retire(january, actor="system:operator")
        assert raised.value.code == "SKL-AUDIT-006"
        long.rollback()
    assert audit.retire(january, actor="system:operator") == 2
    audit.seal()
    report = audit.verify()
    assert report.whole
    assert (report.size, report.retired) == (14, 2)
    as_superuser("DELETE FROM audit WHERE person = 7")
    assert codes() == {"gone": 1}


@pytest.mark.parametrize("month", [date(2015, 1, 2), date(2014, 12, 1), date(2020, 2, 1)])
def test_what_is_no_month_of_the_log_does_not_end(month: date) -> None:
    """A day inside a month, a month without facts of its own, a young one."""
    with pytest.raises(retiring.TooYoung) as raised:
        audit.retire(month, actor="system:operator")
    assert raised.value.code == "SKL-AUDIT-005"
    assert list(audit.facts("audit.retired")) == []


def test_a_month_with_a_fact_that_is_not_sealed_does_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing goes before its leaf is in the tree."""
    audit.ensure_partitions(0, since=date(2020, 1, 15))
    audit.record("read", actor="account:mali", person=5, at=datetime(2020, 1, 20, tzinfo=UTC))
    monkeypatch.setattr(clock, "today", lambda: date(2031, 1, 1))
    with pytest.raises(retiring.TooYoung):
        audit.retire(date(2020, 1, 1), actor="system:operator")
    assert len(list(audit.facts("read"))) == 11


def test_the_newest_root_is_the_trees() -> None:
    """The checkpoint that others are shown."""
    kept = tree_storage.newest_checkpoint()
    assert kept is not None
    assert Checkpoint.read(kept.note.split("\n\n")[0] + "\n").root == tree_storage.lock().peaks.root()
