"""No event, no answer: what cannot be written down is not shown (T18); and no header forges an event."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import orjson
import psycopg
import pytest
from django.test import RequestFactory

from suksala import audit, signin
from suksala.exchange.mapping.base import patient_id
from suksala.foundation import database
from suksala.portals.middleware import UnavailableMiddleware
from tests.record import HOSPITAL, Called, send

MALI = patient_id(HOSPITAL, "1")
FULL = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = '{code}'; END $$;
CREATE TRIGGER no_room BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION no_room()"""
REFUSALS = {
    "disk full": FULL.format(code="53100"),
    "broken storage": FULL.format(code="58030"),
    "a rule of the table": "ALTER TABLE audit ADD CONSTRAINT none CHECK (kind = 'none') NOT VALID",
    "renamed away": "ALTER TABLE audit RENAME TO audit_gone",
}
MENDED = """
DROP TRIGGER IF EXISTS no_room ON audit; DROP FUNCTION IF EXISTS no_room();
ALTER TABLE audit DROP CONSTRAINT IF EXISTS none"""
ADDRESSES = [
    ("GET", f"/fhir/Patient/{MALI}"),
    ("HEAD", f"/fhir/Patient/{MALI}"),
    ("GET", "/fhir/Patient"),
    ("GET", "/fhir/Patient?_total=accurate&_count=0"),
    ("GET", f"/fhir/Patient/{MALI}/$everything"),
    ("GET", f"/fhir/Patient/{MALI}/$summary"),
    ("GET", f"/fhir/Patient/{MALI}/_history"),
    ("GET", "/fhir/Patient/_history"),
    ("GET", "/fhir/_history"),
    ("GET", "/fhir?_type=Patient"),
    ("GET", f"/fhir/Patient/{MALI}/_history/1"),
    ("GET", "/fhir/AuditEvent"),
    ("DELETE", f"/fhir/Patient/{MALI}"),
]


@contextmanager
def refusing(how: str) -> Iterator[None]:
    """A log that takes no more facts."""
    database.execute(REFUSALS[how])
    try:
        yield
    finally:
        if how == "renamed away":
            database.execute("ALTER TABLE audit_gone RENAME TO audit")
        database.execute(MENDED)


@pytest.fixture
def token(transactional_db: None) -> str:
    send("PERSON", {"pid": "1", "name": "มาลีวัลย์"})
    return signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30)


@pytest.mark.parametrize("how", REFUSALS)
def test_what_cannot_be_written_down_is_not_shown(token: str, how: str) -> None:
    """Every address that gives data: 503, one constant body, and the record as before."""
    assert Called("GET", ADDRESSES[0][1], token=token).status == 200
    [[events]] = database.rows("SELECT count(*) FROM audit")
    with refusing(how):
        answers = [Called(method, address, token=token) for method, address in ADDRESSES]
    assert [a.status for a in answers] == [503] * len(ADDRESSES)
    assert len({a.raw for a in answers if a.raw}) == 1
    assert "มาลีวัลย์".encode() not in b"".join(a.raw for a in answers)
    assert database.rows("SELECT count(*) FROM audit") == [(events,)]
    assert Called("GET", ADDRESSES[0][1], token=token).status == 200


@pytest.mark.parametrize("how", ["disk full", "a rule of the table"])
def test_a_page_says_so_too(token: str, how: str) -> None:
    """Whatever a view was about to show, the page is the one that says that nothing is shown."""
    with refusing(how), pytest.raises(psycopg.Error) as raised:
        audit.record("read", actor="account:doctor")
    request = RequestFactory().get("/care/")
    answer = UnavailableMiddleware(lambda _: None).process_exception(request, raised.value)  # type: ignore[arg-type,return-value]
    assert answer is not None
    assert answer.status_code == 503
    assert "Nothing was opened" in answer.content.decode()


def test_other_failures_are_not_called_unavailable() -> None:
    request = RequestFactory().get("/care/")
    assert UnavailableMiddleware(lambda _: None).process_exception(request, ValueError("x")) is None  # type: ignore[arg-type,return-value]


EVIL = ['x\r\n{"event":"forged"}', "x\x1b[31mred", 'x\u2028{"event":"forged"}', "x\x00y", "x" * 9_000]
HEADERS = [
    "HTTP_USER_AGENT", "HTTP_REFERER", "HTTP_X_REQUEST_ID", "HTTP_X_FORWARDED_FOR", "HTTP_ACCEPT_LANGUAGE",
    "HTTP_PREFER", "HTTP_IF_MATCH", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_ORIGIN", "HTTP_HOST",
    "CONTENT_TYPE", "HTTP_AUTHORIZATION", "HTTP_COOKIE", "HTTP_ACCEPT", "HTTP_TRANSFER_ENCODING",
]  # fmt: skip


@pytest.mark.parametrize("header", HEADERS)
def test_no_header_forges_a_line(token: str, header: str, capfd: pytest.CaptureFixture[str]) -> None:
    """CR, LF, ANSI, U+2028, NUL and length: nothing of a header stands in an event, and the log stays one line each."""
    [[last]] = database.rows("SELECT max(seq) FROM audit")
    for evil in EVIL:
        for method, address in (
            ("GET", f"/fhir/Patient/{MALI}"),
            ("GET", "/fhir/Patient/_history"),
            ("PUT", "/fhir/X"),
        ):
            assert Called(method, address, **{"HTTP_AUTHORIZATION": f"Bearer {token}", header: evil}).status < 500
    written = database.rows("SELECT a::text FROM audit a WHERE seq > %s", [last])
    assert not [row for (row,) in written if "forged" in row or "\x1b" in row or "\u2028" in row or "xxxx" in row]
    told = capfd.readouterr()
    lines = (told.out + told.err).splitlines()
    assert all("event" in orjson.loads(line) for line in lines)
    assert "forged" not in told.out + told.err


def test_the_address_is_that_of_the_connection(token: str) -> None:
    """What a proxy or a liar says of it in a header is not taken."""
    audit.coming_from("192.0.2.9")
    try:
        Called("GET", f"/fhir/Patient/{MALI}", token=token, HTTP_X_FORWARDED_FOR="203.0.113.1")
    finally:
        audit.coming_from(None)
    assert database.rows("SELECT origin FROM audit WHERE kind = 'read' ORDER BY seq DESC LIMIT 1") == [("192.0.2.9",)]
