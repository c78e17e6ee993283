"""A form that takes longer to fill than a proof lives is asked for a new proof, and nothing that was typed is lost.

Source: step-up of at most five minutes before what is dangerous (security.md section 3; ASVS 5.0 V7.5.3).
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.test import Client

from suksala import audit, consent, identity, signin
from suksala.foundation import clock, database, settings
from suksala.portals import kept
from tests.people import HOSPITAL, mali, number
from tests.staff import practitioner

pytestmark = pytest.mark.django_db
FORM = "application/x-www-form-urlencoded"
WORDS = 'หมดสติ ไม่มีญาติมาด้วย <"แพ้ยา"> & อื่น ๆ'
SAID = {
    "number": number(1),
    "criterion": "ucep-1",
    "words": WORDS,
    "encounter": "ER-2569/0012",
    "attested": "yes",
}
OPEN, KEPT = "/care/emergency/open", "/account/kept/"


class Clock:
    """What time it is, by how much later than now."""

    def __init__(self) -> None:
        self.began = clock.now()
        self.now = self.began

    def later(self, **by: float) -> None:
        self.now += timedelta(**by)


@pytest.fixture
def at(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    """A doctor with a licence, a patient of another hospital, a clock that is turned; in demo mode."""
    monkeypatch.setenv("SUKSALA_DEMO", "1")
    monkeypatch.setenv("SUKSALA_EPOCH_KEYS", str(tmp_path / "keys"))
    settings.forget()
    turned = Clock()
    monkeypatch.setattr(clock, "now", lambda: turned.now)
    monkeypatch.setattr("suksala.consent.grants_storage.database_now", lambda: turned.now)
    identity.link(HOSPITAL, [mali("1")])
    names = {"role": "clinician", "display_th": "แพทย์สมมติ", "display_en": "Doctor", "hospcode": "99803"}
    signin.save_demo_account("doctor", **names, practitioner=practitioner("99803"))
    signin.save_demo_account("other", **names)
    yield turned
    consent.shred_now(actor="system:test")
    monkeypatch.undo()
    settings.forget()


def browser(login: str = "doctor", *, strict: bool = False) -> Client:
    client = Client(enforce_csrf_checks=strict)
    client.post("/demo-signin", {"login": login, **token(client.get("/demo-signin"))})
    return client


def token(page: HttpResponse) -> dict[str, str]:
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', page.content.decode())
    return {"csrfmiddlewaretoken": found[1]} if found else {}


def send(client: Client, to: str, fields: dict[str, Any] | list[tuple[str, str]], **headers: str) -> HttpResponse:
    """As a browser sends a form."""
    return client.post(to, urlencode(fields), content_type=FORM, headers=headers)


def fields_of(page: HttpResponse) -> tuple[str, list[tuple[str, str]]]:
    """Where the page's form goes, and what it carries."""
    text = page.content.decode()
    forms = re.findall(r'<form method="post" action="(/care/[^"]+)">(.*?)</form>', text, re.DOTALL)
    [(action, body)] = forms
    found = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', body)
    return unescape(action), [(unescape(name), unescape(value)) for name, value in found]


def grants() -> int:
    return int(database.rows("SELECT count(*) FROM consent_grant")[0][0])


def test_a_form_that_took_six_minutes_is_sent_after_a_new_proof_as_it_was(at: Clock) -> None:
    """Nothing is opened before; every letter and every field is there; what was kept is given out once."""
    client = browser()
    page = client.get("/care/emergency/")
    at.later(minutes=5, microseconds=1)
    answer = send(client, OPEN, {**SAID, **token(page)}, referer="http://testserver/care/emergency/")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/prove/?next=%2Faccount%2Fkept%2F")
    assert client.get(KEPT).headers["Location"].startswith("/account/prove/"), "not before the proof"
    assert (grants(), list(audit.facts("grant.sought"))) == (0, [])
    assert client.post("/account/prove/", {"next": KEPT}).headers["Location"] == KEPT
    shown = client.get(KEPT)
    action, carried = fields_of(shown)
    assert (action, dict(carried[-5:])) == (OPEN, SAID)
    assert 'href="/care/emergency/"' in shown.content.decode()
    assert client.get(KEPT).headers["Location"] == "/care/"
    assert grants() == 0
    assert send(client, action, carried).status_code == 302
    assert grants() == 1
    [grant] = consent.own_grants(signin.accounts_named({"doctor"})["doctor"])
    assert grant.need.words == WORDS


def test_within_five_minutes_nobody_is_asked(at: Clock) -> None:
    """To the moment; it opens at once, and widening it asks again after five more."""
    client = browser()
    at.later(minutes=5)
    answer = send(client, OPEN, SAID)
    assert grants() == 1
    record = answer.headers["Location"]
    assert client.get(record).status_code == 200
    at.later(microseconds=1)
    more = send(client, f"{record}more", {"confirmed": "yes", "more": "full"}, referer=f"http://testserver{record}")
    assert more.headers["Location"] == "/account/prove/?next=%2Faccount%2Fkept%2F"
    [grant] = consent.own_grants(signin.accounts_named({"doctor"})["doctor"])
    assert grant.extent is consent.Extent.EMERGENCY_SET
    client.post("/account/prove/", {"next": KEPT})
    action, carried = fields_of(client.get(KEPT))
    assert send(client, action, carried).status_code == 302
    [grant] = consent.own_grants(signin.accounts_named({"doctor"})["doctor"])
    assert grant.extent is consent.Extent.FULL_RECORD


def test_a_screen_that_locked_meanwhile_keeps_the_form_too(at: Clock) -> None:
    """Called away to another patient for twenty minutes: one proof, and the form is there."""
    client = browser()
    client.get("/care/emergency/")
    at.later(minutes=20)
    assert send(client, OPEN, SAID).headers["Location"].endswith("next=%2Faccount%2Fkept%2F")
    client.post("/account/prove/", {"next": KEPT})
    assert dict(fields_of(client.get(KEPT))[1][-5:]) == SAID
    assert grants() == 0


@pytest.mark.parametrize(("minutes", "there"), [(15, True), (15.001, False)])
def test_what_was_kept_is_gone_after_a_quarter_of_an_hour(at: Clock, minutes: float, there: bool) -> None:
    """At the moment it still is."""
    client = browser()
    at.later(minutes=6)
    send(client, OPEN, SAID)
    at.later(minutes=minutes)
    client.post("/account/prove/", {"next": KEPT})
    assert (client.get(KEPT).status_code == 200) is there
    assert grants() == 0


def test_nobody_else_finds_what_was_kept(at: Clock) -> None:
    """Neither who reads the table of sessions, nor who takes the computer over."""
    client = browser()
    at.later(minutes=6)
    send(client, OPEN, SAID)
    assert kept.KEY in client.session
    held = str(dict(client.session))
    assert number(1) not in held
    assert "หมดสติ" not in held
    client.post("/account/switch")
    client.post("/demo-signin", {"login": "other"})
    assert client.get(KEPT).headers["Location"] == "/care/"
    assert kept.KEY not in client.session


def test_a_form_without_our_token_is_not_kept(at: Clock) -> None:
    """What another site sends is refused as ever, on an open screen and on a locked one."""
    client = browser(strict=True)
    page = client.get("/care/emergency/")
    at.later(minutes=6)
    assert send(client, OPEN, SAID).status_code == 403
    at.later(minutes=20)
    assert send(client, OPEN, SAID).headers["Location"].startswith("/account/prove/?next=%2Fcare%2F")
    assert kept.KEY not in client.session
    send(client, OPEN, {**SAID, **token(page)})
    assert kept.KEY in client.session


def test_a_password_is_never_kept(at: Clock) -> None:
    """Nor a form that is too large, or broke off."""
    signin.save_demo_account("steward", role="steward", display_th="ผู้ดูแล", display_en="Steward")
    steward, doctor = browser("steward"), browser()
    at.later(minutes=6)
    send(steward, "/account/password", {"password": "correct horse battery staple", "code": "123456"})
    assert kept.KEY not in steward.session
    send(doctor, OPEN, {**SAID, "words": "x" * kept.MOST_BYTES})
    assert kept.KEY not in doctor.session
    at.later(minutes=15)  # locked: nothing else looks at the form first
    body = urlencode(SAID).encode()
    for length, there in ((len(body) + 1, False), (len(body), True)):
        told = {"REQUEST_METHOD": "POST", "CONTENT_TYPE": FORM, "CONTENT_LENGTH": str(length)}
        doctor.request(PATH_INFO=OPEN, **{"wsgi.input": io.BytesIO(body), **told})
        assert (kept.KEY in doctor.session) is there
    assert grants() == 0


def test_a_page_that_there_is_not_is_no_way_round_the_lock(at: Clock) -> None:
    """A locked screen answers no address with a page that names who sat there."""
    client = browser()
    at.later(minutes=15)
    for path in ("/care/", "/no-such-page/", "/care/emergency/"):
        assert client.get(path).headers["Location"].startswith("/account/prove/"), path
