"""What somebody allowed an app ends with them: who leaves, whose account is closed, whose device is cut off (T09, T12).

The next request and the next renewal are refused; what introspection tells agrees with both.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from suksala import audit, identity, signin
from suksala.exchange.mapping.base import patient_id
from suksala.foundation import clock, database
from tests import smart_app as app
from tests.oauth_clients import claims, form, jwks, key, post, signed
from tests.people import mali as mali_row
from tests.record import HOSPITAL, UNIT, Called, send
from tests.staff import practitioner

pytestmark = pytest.mark.django_db
MALI = patient_id(HOSPITAL, "1")


@pytest.fixture
def mali(db: None) -> Any:
    """A patient of one hospital who signs in, and an app that she may allow."""
    signin.forget_cache()
    identity.link(HOSPITAL, [mali_row("1")])
    send("PERSON", {"pid": "1", "name": "มาลี", "birth": "1970-05-05"})
    app.add_app()
    return app.account(person=identity.person_of(HOSPITAL, "1"))


@pytest.fixture
def works(db: None) -> Callable[..., int]:
    """Say until when the register knows a doctor at the hospital: `works(until=...)`, None for no end."""

    def known(until: Any = None) -> int:
        return practitioner(HOSPITAL, works_until=until)

    known()
    return known


def reads(told: dict[str, Any]) -> int:
    """The status with which the app's token is answered."""
    return Called("GET", f"/fhir/Patient/{MALI}", token=told["access_token"]).status


def counts(told: dict[str, Any]) -> bool:
    """Whether introspection says that the token counts, asked by the app under its key."""
    app.add_app(jwks=jwks(key("app")))
    asked = form(signed(claims("growth"), key("app")), grant_type=None, scope=None, token=told["access_token"])
    answer = post(asked, "/oauth/introspect").json()
    app.add_app()
    return bool(answer["active"])


def is_in(told: dict[str, Any]) -> bool:
    """Whether it reads and counts."""
    return (reads(told), counts(told)) == (200, True)


def is_out(told: dict[str, Any]) -> bool:
    """Whether it neither reads, counts, nor renews."""
    return (reads(told), counts(told), app.refresh(told["refresh_token"]).status_code) == (401, False, 400)


def allowed(browser: Client, **picked: str) -> dict[str, Any]:
    """Allow the app in this browser; what it gets for its code."""
    answer = app.ask(browser, app.asked(), do="allow", **picked)
    return dict(app.exchange(app.told(answer)["code"]).json())


def doctor_of(works: Callable[..., int]) -> Any:
    """The account of the doctor, tied by the operator."""
    app.account("doctor", role="clinician", hospcode=HOSPITAL)
    signin.tie_account("doctor", works(), actor="system:operator")
    return signin.accounts_named({"doctor"})["doctor"]


def doctors(works: Callable[..., int]) -> dict[str, Any]:
    """An app that a clinician of the hospital allowed to read Mali's record."""
    return allowed(app.browser(doctor_of(works)), patient=identity.public_id(identity.human_of(mali_person())))


def mali_person() -> int:
    """Her registration."""
    return identity.person_of(HOSPITAL, "1")


def why() -> list[str]:
    """Why apps ended, as the log says."""
    return [fact.detail["why"] for fact in audit.facts("signin.app-ended")]


def test_a_leavers_app_is_out_the_day_after_the_last(mali: Any, works: Callable[..., int]) -> None:
    """On the last day it reads; a day later neither request nor renewal, and the renewal ends it for good."""
    told = doctors(works)
    works(until=clock.today())
    assert is_in(told)
    works(until=clock.today() - timedelta(days=1))
    assert is_out(told)
    assert why() == ["left"]
    works()
    assert reads(told) == 401, "who comes back allows it again"


def test_a_code_that_a_leaver_gave_is_worth_nothing(mali: Any, works: Callable[..., int]) -> None:
    """The role ended between allowing and handing the code in."""
    doctor = doctor_of(works)
    patient = identity.public_id(identity.human_of(mali_person()))
    code = app.told(app.ask(app.browser(doctor), app.asked(), do="allow", patient=patient))["code"]
    works(until=clock.today() - timedelta(days=1))
    assert app.exchange(code).status_code == 400
    assert database.rows("SELECT 1 FROM signin_token WHERE authorization_id IS NOT NULL") == []


def test_an_app_reads_for_the_facility_of_the_session_that_allowed_it(mali: Any, works: Callable[..., int]) -> None:
    """Whose account moves takes no app along: it reads for the hospital, while the role there lasts."""
    told = doctors(works)
    database.execute("UPDATE signin_account SET hospcode = %s WHERE login = 'doctor'", [UNIT])
    signin.forget_cache()
    assert is_in(told)
    works(until=clock.today() - timedelta(days=1))
    assert is_out(told)


def test_an_account_that_is_closed_takes_its_apps_with_it_at_once(mali: Any) -> None:
    """No wait for what a process remembers; opened again, the account allows nothing."""
    told = allowed(app.browser(mali))
    assert is_in(told)
    signin.disable_account("mali", actor="system:operator")
    assert is_out(told)
    [fact] = audit.facts("signin.app-ended")
    assert (fact.actor, fact.detail) == ("system:operator", {"client": "growth", "why": "account-closed"})
    database.execute("UPDATE signin_account SET is_active = true WHERE login = 'mali'")
    signin.forget_cache()
    assert reads(told) == 401


def test_introspection_of_an_account_that_was_closed_elsewhere(mali: Any) -> None:
    """Also where the account was closed without ending what it allowed."""
    told = allowed(app.browser(mali))
    database.execute("UPDATE signin_account SET is_active = false WHERE login = 'mali'")
    assert not counts(told)


def test_a_device_that_is_cut_off_takes_the_apps_allowed_on_it(mali: Any) -> None:
    """Those of the owner's own device stay."""
    owner, now = app.browser(mali), clock.now()
    mine = allowed(owner)
    thief = app.browser(mali)
    [_, new] = signin.devices_of(mali)
    database.execute("UPDATE signin_device SET settled_at = %s WHERE id = %s", [now, new.id])
    theirs = allowed(thief)
    assert is_in(theirs)
    assert owner.post(f"/account/devices/{new.id}", {"answer": "unknown"}).status_code == 302
    assert is_out(theirs)
    assert is_in(mine)
    assert why() == ["device-cut-off"]


def test_a_device_that_is_known_keeps_its_apps(mali: Any) -> None:
    """The other answer."""
    owner = app.browser(mali)
    other = app.browser(mali)
    [_, new] = signin.devices_of(mali)
    database.execute("UPDATE signin_device SET settled_at = %s WHERE id = %s", [clock.now(), new.id])
    told = allowed(other)
    assert owner.post(f"/account/devices/{new.id}", {"answer": "mine"}).status_code == 302
    assert is_in(told)


@pytest.mark.parametrize(("minutes", "asked"), [(5, True), (6, False)])
def test_allowing_asks_for_a_fresh_proof(mali: Any, monkeypatch: pytest.MonkeyPatch, minutes: int, asked: bool) -> None:
    """Of five minutes at most; older, the reader proves who they are and comes back to the question."""
    browser = app.browser(mali)
    [(proved,)] = database.rows("SELECT proved_at FROM signin_session")
    monkeypatch.setattr(clock, "now", lambda: proved + timedelta(minutes=minutes))
    for sent in ({}, {"do": "allow"}):
        answer = app.ask(browser, app.asked(), **sent)
        assert (answer.status_code in (200, 303)) is asked
        if not asked:
            assert answer.headers["Location"].startswith("/account/prove/?next=%2Foauth%2Fauthorize%3Fresponse_type")
    assert len(list(audit.facts("signin.app-allowed"))) == asked


def test_saying_no_asks_for_nothing(mali: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who refuses gives nothing away."""
    browser, now = app.browser(mali), clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(minutes=6))
    assert app.told(app.ask(browser, app.asked(), do="refuse"))["error"] == "access_denied"
