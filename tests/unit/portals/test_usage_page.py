"""The page of a client's own use: whose numbers it shows, and where a token must never be (decision 0079)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import nullcontext
from html import unescape
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client

from suksala import signin
from suksala.commands import client_usage
from suksala.exchange import usage
from tests.record import HOSPITAL, Called

pytestmark = pytest.mark.django_db


@pytest.fixture
def token() -> Iterator[str]:
    """A client that searched twice and was refused once, and another that was busier."""
    signin.forget_cache()
    usage._counts.clear()
    token = signin.issue_token("his", HOSPITAL, ["system/*.rs"], 30)
    other = signin.issue_token("busy", HOSPITAL, ["system/*.rs"], 30)
    for target in ("Patient", "Encounter", "Patient/nobody"):
        Called("GET", f"/fhir/{target}", token=token)
    for _ in range(77):
        Called("GET", "/fhir/Condition", token=other)
    usage.flush()
    yield token
    signin.forget_cache()


def shown(client: Client, token: str, status: int = 200, **cookies: str) -> str:
    """The page after a token was posted."""
    client.cookies.load(cookies)
    answer = client.post("/developers/usage", {"token": token})
    assert (answer.status_code, answer.headers["Cache-Control"]) == (status, "no-store, private")
    return unescape(answer.content.decode())


def test_a_client_sees_its_own_use_only(client: Client, token: str) -> None:
    """Requests, refusals by code, the chart with its table; nothing of the other client, not even its name."""
    page = shown(client, token)
    assert '<p class="skl-figure">3</p>' in page
    assert '<p class="skl-figure">1</p>' in page
    assert "SKL-FHIR-404" in page
    assert "<svg" in page
    assert "ดูเป็นตาราง" in page
    assert "77" not in page.partition("</form>")[2].partition("<svg")[0]
    assert all(word not in page for word in ("busy", "Condition"))


def test_in_english(client: Client, token: str) -> None:
    """The same in the reader's language."""
    assert "Resources read" in shown(client, token, **{settings.LANGUAGE_COOKIE_NAME: "en"})


@pytest.mark.parametrize("bad", ["", "skl_nobody-knows-this-token-at-all", "x", "<b>"])
def test_without_a_token_that_counts_nothing_is_shown(client: Client, token: str, bad: str) -> None:
    """One answer for every reason."""
    page = shown(client, bad, 422)
    assert "โทเค็นนี้ใช้ไม่ได้หรือหมดอายุแล้ว" in page
    assert "SKL-FHIR-404" not in page


def test_the_form_alone_reads_nothing(client: Client) -> None:
    """A visitor without a token gets the form."""
    page = client.get("/developers/usage").content.decode()
    assert 'name="token"' in page
    assert "skl-figure" not in page


def test_the_operator_sees_all(
    token: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """`suksala client usage` for every client, or for one; a name that was never given is refused."""
    monkeypatch.setattr(client_usage, "quiet_database", lambda _: nullcontext())
    monkeypatch.setattr(client_usage, "data_folder", lambda _: tmp_path)
    client_usage.show(None, days=1, data=None, as_json=True)
    told = json.loads(capsys.readouterr().out)
    assert [(one["client"], one["requests"], one["refused"]) for one in told["clients"]] == [
        ("busy", 77, 0),
        ("his", 3, 1),
    ]
    assert told["clients"][1]["refusals"] == {"SKL-FHIR-404": 1}
    assert told["clients"][1]["limits"]["export"] == {"used": 0, "most": 5}
    client_usage.show("his", days=1, data=None, as_json=False)
    printed = capsys.readouterr().out
    assert printed.startswith("his: 3 คำขอ · requests, 1 ไม่รับ · refused")
    with pytest.raises(signin.NoClient):
        client_usage.show("nobody", days=1, data=None, as_json=True)
