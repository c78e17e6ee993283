"""Files inside resources are scanned before they are kept: readers get what clients attach (ASVS V5.4.3)."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from suksala.exchange.attached import files
from suksala.foundation import scanning, settings
from suksala.operations import Verdict, doctor
from tests.record import Called
from tests.scanner import Clamd, clamd
from tests.unit.exchange.test_writing import FHIR, MALI, post, put, token, versions

__all__ = ["token"]
pytestmark = pytest.mark.django_db

LETTER = b"%PDF-1.7 a letter"
PATIENT = {"reference": f"Patient/{MALI['id']}"}


@pytest.fixture
def scanner(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clamd]:
    """The operator named a scanner."""
    with clamd() as server:
        monkeypatch.setenv("SUKSALA_CLAMD", str(server.place))
        settings.forget()
        yield server
    monkeypatch.undo()
    settings.forget()


def base64_of(content: bytes) -> str:
    return base64.b64encode(content).decode()


def document(content: bytes) -> dict[str, Any]:
    """A letter about Mali."""
    return {
        "resourceType": "DocumentReference",
        "status": "current",
        "subject": PATIENT,
        "content": [{"attachment": {"contentType": "application/pdf", "data": base64_of(content)}}],
    }


def test_a_clean_file_is_looked_at_and_kept(token: str, scanner: Clamd) -> None:
    """Byte for byte, once."""
    put(token, MALI)
    assert scanner.got == []
    made = post(token, document(LETTER))
    assert (made.status, scanner.got) == (201, [LETTER])


def test_a_malicious_file_is_refused_and_nothing_is_kept(token: str, scanner: Clamd) -> None:
    """In both languages, with a code; the file's words and the scanner's are not repeated."""
    put(token, MALI)
    before = versions()
    answer = post(token, document(scanning.SPECIMEN))
    [issue] = answer.json["issue"]
    assert (answer.status, issue["code"]) == (422, "business-rule")
    assert b"SKL-SCAN-001" in answer.raw
    assert b"EICAR" not in answer.raw.upper()
    assert "อันตราย" in answer.raw.decode()
    assert versions() == before


def wrapped(kind: str, content: str) -> dict[str, Any]:
    """The same file in another place of a resource."""
    places: dict[str, dict[str, Any]] = {
        "binary": {"resourceType": "Binary", "contentType": "application/pdf", "data": content},
        "photo": {**MALI, "photo": [{"contentType": "image/png", "data": content}]},
        "extension": {**MALI, "extension": [{"url": "urn:example:x", "valueBase64Binary": content}]},
        "contained": {
            **document(LETTER),
            "contained": [{"resourceType": "Binary", "id": "b", "contentType": "text/plain", "data": content}],
            "context": {"related": [{"reference": "#b"}]},
        },
    }
    return places[kind]


@pytest.mark.parametrize("kind", ["binary", "photo", "extension", "contained"])
def test_wherever_it_stands(token: str, scanner: Clamd, kind: str) -> None:
    """Attachments, Binary, extensions, contained resources."""
    if kind not in ("photo", "extension"):
        put(token, MALI)
    before = versions()
    body = wrapped(kind, base64_of(scanning.SPECIMEN))
    answer = put(token, body) if "id" in body else post(token, body)
    assert (answer.status, versions()) == (422, before)
    assert scanner.got[-1] == scanning.SPECIMEN
    assert len(scanner.got[-1]) == 68


def test_a_patch_brings_no_file_in(token: str, scanner: Clamd) -> None:
    """What stands there stays as it was."""
    put(token, MALI)
    before = versions()
    added = {"contentType": "image/png", "data": base64_of(scanning.SPECIMEN)}
    answer = Called(
        "PATCH",
        f"/fhir/Patient/{MALI['id']}",
        token=token,
        body=orjson.dumps([{"op": "add", "path": "/photo", "value": [added]}]),
        **{**FHIR, "CONTENT_TYPE": "application/json-patch+json"},
    )
    assert (answer.status, versions()) == (422, before)


def test_one_bad_file_refuses_its_whole_transaction(token: str, scanner: Clamd) -> None:
    """The clean one is not kept either."""
    put(token, MALI)
    before = versions()
    entries = [
        {"resource": document(content), "request": {"method": "POST", "url": "DocumentReference"}}
        for content in (LETTER, scanning.SPECIMEN)
    ]
    answer = post(token, {"resourceType": "Bundle", "type": "transaction", "entry": entries}, "/fhir")
    assert (answer.status, versions()) == (422, before)


@pytest.mark.parametrize(
    "says", [b"INSTREAM size limit exceeded. ERROR\0", b"", b"stream: OK", b"UNKNOWN COMMAND\0", b"stream: OKAY\0"]
)
def test_without_a_verdict_nothing_is_taken(token: str, scanner: Clamd, says: bytes) -> None:
    """An answer that is none, or is cut off, is not taken for a good one."""
    put(token, MALI)
    before = versions()
    scanner.says = says
    answer = post(token, document(LETTER))
    assert (answer.status, b"SKL-SCAN-002" in answer.raw, versions()) == (503, True, before)


def test_a_scanner_that_is_away_lets_no_file_in_and_the_rest_goes_on(
    token: str, scanner: Clamd, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fail closed, for files alone."""
    monkeypatch.setenv("SUKSALA_CLAMD", str(scanner.place.with_name("nobody")))
    settings.forget()
    assert put(token, MALI).status == 201
    before = versions()
    assert (post(token, document(LETTER)).status, versions()) == (503, before)


def test_without_a_scanner_files_are_taken_as_before(token: str) -> None:
    """The setting is the operator's; `suksala doctor` warns."""
    put(token, MALI)
    assert post(token, document(LETTER)).status == 201


def test_a_large_file_is_sent_in_pieces(scanner: Clamd) -> None:
    """Just under, at and over the size of a piece."""
    for size in (0, scanning.PIECE - 1, scanning.PIECE, scanning.PIECE + 1):
        scanning.scan(b"a" * size)
    assert [len(one) for one in scanner.got] == [0, scanning.PIECE - 1, scanning.PIECE, scanning.PIECE + 1]


def test_text_that_is_no_base64_is_no_file() -> None:
    """And lines inside base64 are allowed, as mail breaks them."""
    assert list(files({"data": "not base64!", "x": [{"data": 5}]})) == []
    assert list(files({"data": "aGVs\nbG8="})) == [b"hello"]


# ---- the operator's look ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("says", "verdict"), [(None, Verdict.OK), (b"stream: OK\0", Verdict.BAD), (b"", Verdict.BAD)])
def test_doctor_tries_the_specimen(scanner: Clamd, says: bytes | None, verdict: Verdict) -> None:
    """A scanner that finds nothing is as bad as none."""
    scanner.says = says
    assert doctor._scanner().verdict is verdict


@pytest.mark.parametrize(("demo", "verdict"), [("", Verdict.WARN), ("1", Verdict.OK)])
def test_doctor_warns_where_people_data_are_not_scanned(
    monkeypatch: pytest.MonkeyPatch, demo: str, verdict: Verdict
) -> None:
    """Made-up data need no scanner."""
    monkeypatch.delenv("SUKSALA_CLAMD", raising=False)
    monkeypatch.delenv("SUKSALA_DEBUG", raising=False)
    monkeypatch.setenv("SUKSALA_DEMO", demo)
    settings.forget()
    assert doctor._scanner().verdict is verdict
    monkeypatch.undo()
    settings.forget()
