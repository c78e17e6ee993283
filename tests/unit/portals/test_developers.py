"""The developers' page: whose token, what is asked, and where a token must never be."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from html import unescape

import pytest
from django.test import Client

from suksala import audit, signin
from suksala.foundation import settings
from suksala.portals.public import trying
from suksala.portals.public.examples import EXAMPLES
from suksala.portals.wsgi import application
from tests.record import HOSPITAL, Called, one_human, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def token() -> Iterator[str]:
    """A client of the hospital, which knows one patient."""
    signin.forget_cache()
    one_human((HOSPITAL, "1"))
    send("PERSON", {"pid": "1", "name": "มาลี", "birth": "1970-05-05"})
    yield signin.issue_token("his", HOSPITAL, ["system/Patient.rs"], 30)
    signin.forget_cache()


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SUKSALA_DEMO", "1")
    settings.forget()
    yield
    monkeypatch.undo()
    settings.forget()


def ask(client: Client, address: str, token: str) -> str:
    """The page after a question."""
    answer = client.post("/developers", {"address": address, "token": token})
    assert answer.headers["Cache-Control"] == "no-store, private"
    return unescape(answer.content.decode())


def test_a_question_is_answered_as_over_http_and_logged_as_the_client(client: Client, token: str) -> None:
    """The same permit, the same fact in the log."""
    page = ask(client, "Patient?_count=3", token)
    assert "200 OK" in page
    assert '"resourceType": "Bundle"' in page
    assert "มาลี" in page
    assert "Content-Type: application/fhir+json; charset=utf-8" in page
    assert [fact.actor for fact in audit.facts("read")] == ["client:his"]


def test_the_next_page_is_one_button_away(client: Client, token: str) -> None:
    """Its address and the token travel in the form again."""
    one_human((HOSPITAL, "2"))
    send("PERSON", {"pid": "2", "name": "มะลิ", "birth": "1971-05-05"})
    page = ask(client, "Patient?_count=1", token)
    following = re.findall(r'name="address" value="(Patient\?[^"]*_cursor=[^"]+)"', page)
    assert len(following) == 1
    last = ask(client, following[0], token)
    assert "200 OK" in last
    assert {"มาลี" in page, "มาลี" in last} == {True, False}
    assert 'type="hidden" name="address"' not in last


@pytest.mark.parametrize(
    ("address", "given", "status"),
    [
        ("Patient", "", "401 Unauthorized"),
        ("Patient", "skl_" + "a" * 43, "401 Unauthorized"),
        ("Observation", "own", "403 Forbidden"),
        ("Patient/nobody", "own", "404 Not Found"),
        ("Patient?nonsense=1", "own", "400 Bad Request"),
        ("Nonsense", "own", "404 Not Found"),
        ("Patient?name=มะ ลิ&x=%", "own", "400 Bad Request"),
        ("metadata?mode=terminology", "", "200 OK"),
    ],
)
def test_a_refusal_is_shown_as_it_is(client: Client, token: str, address: str, given: str, status: str) -> None:
    """Nothing is read that the token does not open."""
    page = ask(client, address, token if given == "own" else given)
    assert status in page
    assert "มาลี" not in page


@pytest.mark.parametrize(
    ("address", "given", "field"), [("", "", "address"), ("/fhir/", "", "address"), ("Patient", "skl_x y", "token")]
)
def test_what_cannot_be_asked_is_told_beside_its_field(client: Client, address: str, given: str, field: str) -> None:
    answer = client.post("/developers", {"address": address, "token": given})
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.content.decode()


@pytest.mark.parametrize(
    "written",
    ["Patient?_count=3", "/Patient?_count=3", "/fhir/Patient?_count=3", "https://x.go.th/fhir/Patient?_count=3"],
)
def test_an_address_may_be_pasted_whole(written: str) -> None:
    """And so may the header of a token."""
    asked = trying.read(f" {written} ", "Authorization: Bearer skl_0123456789012345")
    assert (asked.address, asked.token, asked.problem) == ("Patient?_count=3", "skl_0123456789012345", None)
    assert "skl_" not in repr(asked)


def test_every_digit_is_shown() -> None:
    assert trying._readable(b'{"value":1.50,"th":"\xe0\xb8\x81","n":[0.10]}') == (
        '{\n  "value": 1.50,\n  "th": "ก",\n  "n": [\n    0.10\n  ]\n}'
    )


def test_the_demo_token_is_offered_in_demo_mode_only(
    client: Client, demo: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It reads and does not write; it is derived, so it is the same in every process, and ends with its client."""
    signin.forget_cache()
    assert "skl_" not in client.get("/developers").content.decode().replace("Bearer skl_...", "")
    token = signin.renew_demo_token("demo")
    assert token == signin.renew_demo_token("demo") == signin.demo_token()
    assert token in client.get("/developers").content.decode()
    assert Called("POST", "/fhir/Patient", token=token, CONTENT_TYPE="application/json", body=b"{}").status in {
        400,
        403,
    }
    monkeypatch.setenv("SUKSALA_DEMO", "0")
    settings.forget()
    assert signin.demo_token() is None
    assert token not in client.get("/developers").content.decode()
    with pytest.raises(signin.NoDemo):
        signin.renew_demo_token("demo")
    monkeypatch.setenv("SUKSALA_DEMO", "1")
    settings.forget()
    signin.revoke_client("demo", actor="system:demo")
    assert signin.demo_token() is None


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda one: one.address)
def test_every_example_is_one_that_the_server_understands(token: str, example: object) -> None:
    """On the made-up districts each has an answer; here, that none is refused. The first person of the first hospital
    there is here too.
    """
    one_human(("99011", "0000001"))
    send("PERSON", {"pid": "0000001", "name": "มะลิ"}, hospcode="99011")
    everything = signin.issue_token("all", None, ["system/*.rs"], 1)
    path, _, query = str(example.address).partition("?")  # type: ignore[attr-defined]
    assert Called("GET", f"/fhir/{path}?{query}", token=everything).status == 200


def test_the_bruno_collection_is_one_zip(client: Client) -> None:
    answer = client.get("/developers/bruno.zip")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert "suksala-bruno/bruno.json" in archive.namelist()
        assert len(archive.namelist()) == len(EXAMPLES) + 3


@pytest.mark.parametrize(
    ("method", "path", "accept", "kind"),
    [
        ("GET", "/fhir", "text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("GET", "/fhir/", "text/html,*/*", "text/html"),
        ("GET", "/fhir/", "*/*", "application/fhir+json"),
        ("GET", "/fhir/", "", "application/fhir+json"),
        ("GET", "/fhir/", "text/html, application/fhir+json", "application/fhir+json"),
        ("POST", "/fhir/", "text/html,*/*", "application/fhir+json"),
        ("GET", "/fhir/Patient", "text/html,*/*", "application/fhir+json"),
    ],
)
def test_a_browser_at_the_base_sees_the_page_a_program_does_not(method: str, path: str, accept: str, kind: str) -> None:
    found: list[str] = []
    environ = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "HTTP_ACCEPT": accept,
        "HTTP_HOST": "localhost",
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "CONTENT_LENGTH": "0",
    }
    list(application(environ, lambda *told: found.append(dict(told[1])["Content-Type"])))
    assert found[0].startswith(kind)
