"""Co-signing between nodes, over HTTP as C2SP tlog-witness says."""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from suksala import audit
from suksala.audit import tree_storage, witnesses
from suksala.audit.notes import COSIGNATURE, Checkpoint, Note, NoteProblem, Signer
from suksala.audit.witnesses import Witness, WitnessRefusal
from suksala.foundation import clock, settings
from tests.unit.audit.helpers import Tell

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("data")]

OTHER = Signer("ayutthaya.example", Ed25519PrivateKey.from_private_bytes(bytes(range(32))))


def newest() -> Note:
    """The newest signed checkpoint."""
    kept = tree_storage.newest_checkpoint()
    assert kept is not None
    return Note.read(kept.note)


def posted(old: int) -> str:
    """What this node would send to a witness that saw `old` leaves last."""
    return witnesses.request(old, Checkpoint.read(newest().text).size, newest())


@pytest.fixture
def trusting(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This node is a witness of a log: for the test, of its own."""
    monkeypatch.setenv("SUKSALA_AUDIT_LOGS", str(audit.signer().verifier()))
    settings.forget()


@pytest.mark.usefixtures("trusting")
def test_a_log_that_only_grew_is_cosigned(tell: Tell) -> None:
    """From nothing, from a shorter one, and once more the same; what was seen last is remembered."""
    key = audit.signer().verifier(COSIGNATURE)
    for old, count in ((0, 3), (3, 4), (7, 0)):
        tell(count)
        audit.seal()
        line = audit.add_checkpoint(posted(old))
        assert newest().also(line.splitlines()).cosigned_at(key) is not None
        assert tree_storage.witnessed(audit.signer().name) == (old + count, tree_storage.lock().peaks.root())


@pytest.mark.usefixtures("trusting")
def test_another_old_size_is_answered_with_the_one_that_was_seen(tell: Tell) -> None:
    """409 and the number, and nothing is remembered anew."""
    tell(3)
    audit.seal()
    audit.add_checkpoint(posted(0))
    tell(1)
    audit.seal()
    with pytest.raises(WitnessRefusal) as raised:
        audit.add_checkpoint(posted(2))
    assert (raised.value.http_status, raised.value.body) == (409, "3\n")
    assert tree_storage.witnessed(audit.signer().name) == (3, tree_storage.Subtrees()(0, 3))


@pytest.mark.usefixtures("trusting")
def test_two_histories_are_not_cosigned(tell: Tell) -> None:
    """One of the same length with another root: 409; a longer one that does not begin with what was seen: 422."""
    tell(3)
    audit.seal()
    audit.add_checkpoint(posted(0))
    kept = tree_storage.witnessed(audit.signer().name)
    forged = Checkpoint(audit.signer().name, 3, bytes(32)).text
    body = f"old 3\n\n{Note(forged, (audit.signer().sign(forged),))}"
    with pytest.raises(WitnessRefusal) as raised:
        audit.add_checkpoint(body)
    assert (raised.value.http_status, raised.value.body) == (409, "3\n")
    tell(2)
    audit.seal()
    proof = posted(3).split("\n\n")[0]
    forged = Checkpoint(audit.signer().name, 5, bytes(32)).text
    with pytest.raises(WitnessRefusal) as raised:
        audit.add_checkpoint(f"{proof}\n\n{Note(forged, (audit.signer().sign(forged),))}")
    assert raised.value.http_status == 422
    assert tree_storage.witnessed(audit.signer().name) == kept


def test_a_log_that_is_not_listed_is_not_cosigned(tell: Tell) -> None:
    """404, and nothing is kept about it."""
    tell(1)
    audit.seal()
    with pytest.raises(WitnessRefusal) as raised:
        audit.add_checkpoint(posted(0))
    assert raised.value.http_status == 404
    assert tree_storage.witnessed(audit.signer().name) is None


@pytest.mark.usefixtures("trusting")
def test_a_checkpoint_that_its_log_did_not_sign_is_not_cosigned(tell: Tell) -> None:
    """403: the name alone is no proof."""
    tell(1)
    audit.seal()
    text = newest().text
    with pytest.raises(WitnessRefusal) as raised:
        audit.add_checkpoint(f"old 0\n\n{Note(text, (OTHER.sign(text),))}")
    assert raised.value.http_status == 403
    assert tree_storage.witnessed(audit.signer().name) is None


@pytest.mark.usefixtures("trusting")
@pytest.mark.parametrize(
    "change",
    [
        lambda body: body[:0],
        lambda body: body.replace("old 0", "old 00"),
        lambda body: body.replace("old 0", "new 0"),
        lambda body: body.replace("old 0", "old 9"),
        lambda body: body.replace("old 0\n", "old 0\nnot base64!\n"),
        lambda body: body.replace("old 0\n", "old 0\n" + "AAAA\n" * 64),
        lambda body: body.split("\n\n")[0] + "\n\nno note",
        lambda body: body + "x" * 20_000,
    ],
)
def test_what_is_not_as_the_protocol_says_is_refused(tell: Tell, change: object) -> None:
    """400 with a sentence in both languages; nothing is kept."""
    tell(1)
    audit.seal()
    with pytest.raises(WitnessRefusal) as raised:
        audit.add_checkpoint(change(posted(0)))  # type: ignore[operator]
    assert (raised.value.http_status, raised.value.code) == (400, "SKL-AUDIT-003")
    assert tree_storage.witnessed(audit.signer().name) is None


class Answering(BaseHTTPRequestHandler):
    """A witness that answers as the test has prepared."""

    answers: ClassVar[list[tuple[int, str]]] = []
    asked: ClassVar[list[str]] = []

    def do_POST(self) -> None:
        """Take the question, give the next answer; {} in it becomes the co-signature of the checkpoint."""
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        self.asked.append(f"{self.path} {body.splitlines()[0]}")
        status, text = self.answers.pop(0)
        checkpoint = Note.read(body.partition("\n\n")[2]).text
        answer = text.replace("{}", OTHER.cosign(checkpoint, datetime(2026, 11, 22, tzinfo=UTC))).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002
        """Quiet."""


@pytest.fixture
def witness(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[type[Answering]]:
    """A witness listening on loopback, named in the settings."""
    server = HTTPServer(("127.0.0.1", 0), Answering)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    Answering.answers, Answering.asked = [], []
    address = f"http://127.0.0.1:{server.server_port}/audit/"
    monkeypatch.setenv("SUKSALA_AUDIT_WITNESSES", f"{address}#{OTHER.verifier(COSIGNATURE)}")
    settings.forget()
    yield Answering
    server.shutdown()
    server.server_close()


def test_a_witness_is_asked_and_its_signature_kept(tell: Tell, witness: type[Answering]) -> None:
    """First from nothing; then with the size that it says it saw. A signed checkpoint is not asked about again."""
    witness.answers = [(200, "{}\n"), (409, "3\n"), (200, "{}\n")]
    tell(3)
    audit.seal()
    assert audit.gather() == 1
    assert audit.gather() == 1
    tell(2)
    audit.seal()
    assert audit.gather() == 1
    assert witness.asked == [f"/audit/add-checkpoint old {n}" for n in (0, 0, 3)]
    assert newest().cosigned_at(OTHER.verifier(COSIGNATURE)) == datetime(2026, 11, 22, tzinfo=UTC)
    assert [kept.witnesses for kept in tree_storage.checkpoints()] == [1, 1]
    report = audit.verify(keys=[OTHER.verifier(COSIGNATURE)])
    assert report.whole
    assert report.witnesses == 1


@pytest.mark.parametrize(
    "answers",
    [
        [(403, "")],
        [(500, "oops")],
        [(200, "nonsense\n")],
        [(200, "— somebody.else AAAAAAAA\n")],
        [(409, "9\n")],
        [(409, "many\n")],
        [(409, "1\n"), (409, "1\n")],
    ],
)
def test_a_witness_that_does_not_sign_changes_nothing(
    tell: Tell, witness: type[Answering], answers: list[tuple[int, str]]
) -> None:
    """A refusal, nonsense, a stranger's signature, a longer log than ours, the same again."""
    witness.answers = list(answers)
    tell(2)
    audit.seal()
    before = newest()
    assert audit.gather() == 0
    assert newest() == before
    assert witness.answers == []


def test_a_witness_adds_its_own_signature_only(tell: Tell, witness: type[Answering]) -> None:
    """Beside the right line it sends a wrong one in the log's name, which would spoil the checkpoint for everybody."""
    witness.answers = [(200, f"{audit.signer().sign('another text')}\n{{}}\n— c.example AAAAAAAA\n")]
    tell(3)
    audit.seal()
    assert audit.gather() == 1
    assert [line.split(" ")[1] for line in newest().signatures] == [audit.signer().name, OTHER.name]
    assert newest().signed_by(audit.signer().verifier())
    report = audit.verify()
    assert report.whole
    assert report.witnesses == 1


def test_a_checkpoint_that_was_replaced_while_it_was_signed_is_kept(
    tell: Tell, witness: type[Answering], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sealing goes on every second: a newer checkpoint of the minute takes the place of the one that is out."""
    minute = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
    monkeypatch.setattr(clock, "now", lambda: minute)
    witness.answers = [(200, "{}\n")]
    tell(1)
    audit.seal()
    ask = witnesses._ask

    def slowly(who: Witness, note: Note) -> str:
        tell(1)
        audit.seal()
        return ask(who, note)

    monkeypatch.setattr(witnesses, "_ask", slowly)
    assert audit.gather() == 1
    assert [(kept.size, kept.witnesses) for kept in tree_storage.checkpoints()] == [(1, 1), (2, 0)]
    assert audit.verify().witnesses == 1


def test_a_witness_that_trickles_is_cut_off(
    tell: Tell, witness: type[Answering], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each byte in time, the whole never: the others wait no longer than twice the time of one byte."""
    monkeypatch.setattr(witnesses, "TIMEOUT", 0.3)

    def trickle(self: Answering) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "1000")
        self.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(100):
                self.wfile.write(b"x")
                self.wfile.flush()
                time.sleep(0.1)

    monkeypatch.setattr(Answering, "do_POST", trickle)
    tell(1)
    audit.seal()
    began = time.monotonic()
    assert audit.gather() == 0
    assert time.monotonic() - began < 5


def test_a_witness_that_is_away_is_asked_again(tell: Tell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody listens at its address: no error, no signature."""
    monkeypatch.setenv("SUKSALA_AUDIT_WITNESSES", f"http://127.0.0.1:9/x#{OTHER.verifier(COSIGNATURE)}")
    settings.forget()
    tell(1)
    audit.seal()
    assert audit.gather() == 0


def test_a_setting_that_is_no_witness_is_refused() -> None:
    """With a sentence, before anything is sent."""
    with pytest.raises(NoteProblem):
        Witness.read("http://127.0.0.1:9/x")
    key = OTHER.verifier(COSIGNATURE)
    assert Witness.read(f"https://witness.example/x#{key}").address == "https://witness.example/x"
    with pytest.raises(NoteProblem):
        Witness.read(f"http://witness.example/x#{key}")


def test_nothing_is_asked_without_a_checkpoint(witness: type[Answering]) -> None:
    """Or without a witness."""
    assert audit.gather() == 0
    assert witness.asked == []
