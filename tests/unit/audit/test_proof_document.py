"""What a person takes home: who looked, and the proof that it stands in the log, checked without any server."""

from __future__ import annotations

import copy
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from suksala import audit
from suksala.audit import tree_storage
from suksala.audit.notes import COSIGNATURE, Note, NoteProblem, Signer
from suksala.foundation import clock
from tests.unit.audit.helpers import Tell

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("data")]

WITNESS = Signer("ayutthaya.example", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


@pytest.fixture
def document(tell: Tell) -> dict[str, Any]:
    """Two facts about persons 1003 and 1005 among ten, as they come from a file."""
    tell(10)
    audit.seal()
    made: dict[str, Any] = json.loads(json.dumps(audit.document_of([1003, 1005])))
    return made


def test_it_holds_the_persons_facts_and_no_others(document: dict[str, Any]) -> None:
    """Newest first."""
    assert [one["fact"]["person"] for one in document["facts"]] == [1005, 1003]
    assert document["facts"][0]["fact"]["actor"] == "account:mali"


def test_it_is_proven_without_the_database(document: dict[str, Any]) -> None:
    """By itself, and with the log's key that the reader holds."""
    assert audit.verify_document(document).whole
    report = audit.verify_document(document, [audit.signer().verifier()])
    assert report.whole
    assert (report.size, report.checkpoints, report.witnesses) == (2, 1, 0)


@pytest.mark.parametrize(
    ("place", "value"),
    [
        (("facts", 0, "fact", "actor"), "account:nobody"),
        (("facts", 0, "fact", "at"), "2026-11-22T05:00:00.000001Z"),
        (("facts", 0, "fact", "v"), 2),
        (("facts", 0, "fact", "detail"), {}),
        (("facts", 0, "salt"), "00" * 16),
        (("facts", 0, "index"), 0),
        (("facts", 0, "index"), "many"),
        (("facts", 0, "index"), float("inf")),
        (("facts", 0, "proof"), []),
        (("facts", 0, "proof", 0), "!"),
        (("facts", 0, "fact"), None),
    ],
)
def test_any_change_shows(document: dict[str, Any], place: tuple[Any, ...], value: Any) -> None:
    """One finding, at the first fact; the other is still proven."""
    changed = copy.deepcopy(document)
    at = changed
    for step in place[:-1]:
        at = at[step]
    at[place[-1]] = value
    report = audit.verify_document(changed)
    assert dict(report.counts) == {"proof": 1}
    assert report.findings[0].where == 0


def test_another_log_that_calls_itself_the_same_is_not_believed(document: dict[str, Any]) -> None:
    """A forger signs with an own key and puts it into the file: the reader's key says otherwise."""
    forger = Signer(audit.signer().name, WITNESS.private)
    text = Note.read(document["checkpoint"]).text
    document |= {"log": str(forger.verifier()), "checkpoint": str(Note(text, (forger.sign(text),)))}
    assert audit.verify_document(document).whole
    assert dict(audit.verify_document(document, [audit.signer().verifier()]).counts) == {"signature": 1}


def test_another_log_of_another_name_is_not_believed(document: dict[str, Any]) -> None:
    """The reader names the key of one log: a file of any other is not taken at its own word."""
    mine = audit.signer().verifier()
    root = Note.read(document["checkpoint"]).text.partition("\n")[2]
    text = f"{WITNESS.name}\n{root}"
    document |= {"log": str(WITNESS.verifier()), "checkpoint": str(Note(text, (WITNESS.sign(text),)))}
    assert dict(audit.verify_document(document, [mine]).counts) == {"signature": 1}
    assert audit.verify_document(document, [mine, WITNESS.verifier()]).whole


def test_a_witness_counts(document: dict[str, Any]) -> None:
    """Its co-signature, by a key that the reader holds."""
    note = Note.read(document["checkpoint"])
    document["checkpoint"] = str(note.also([WITNESS.cosign(note.text, datetime(2026, 11, 22, tzinfo=UTC))]))
    report = audit.verify_document(document, [audit.signer().verifier(), WITNESS.verifier(COSIGNATURE)])
    assert report.whole
    assert report.witnesses == 1


def test_the_checkpoint_is_one_that_others_signed(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    """As long as it is of the last minute; then the newest, so that no fact is missing when witnesses are away."""
    tell(1)
    audit.seal()
    kept = tree_storage.newest_checkpoint()
    assert kept is not None
    tell(1)
    audit.seal()
    tree_storage.keep_cosigned(kept._replace(witnesses=1))
    assert len(audit.document_of([1000])["facts"]) == 1
    later = kept.at + timedelta(seconds=61)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert len(audit.document_of([1000])["facts"]) == 2


@pytest.mark.parametrize("wrong", [None, [], {}, {"checkpoint": 3}, {"checkpoint": "x", "log": "y", "facts": []}])
def test_what_is_no_such_document_is_refused(wrong: Any) -> None:
    """With a sentence, never a traceback."""
    with pytest.raises(NoteProblem):
        audit.verify_document(wrong)


def test_a_fact_that_is_not_sealed_yet_is_left_out(tell: Tell) -> None:
    """It comes with the next download."""
    tell(1)
    assert audit.document_of([1000])["facts"] == []
    audit.seal()
    assert len(audit.document_of([1000])["facts"]) == 1
