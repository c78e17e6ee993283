"""Accounts: made-up people exist only in demo mode, and nobody enters with an empty password."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib.auth import authenticate, get_user
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

from suksala import audit, signin
from suksala.foundation import settings
from suksala.signin.models import Account

pytestmark = pytest.mark.django_db


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Demo mode is on."""
    monkeypatch.setenv("SUKSALA_DEMO", "1")
    settings.forget()
    yield monkeypatch
    monkeypatch.undo()
    settings.forget()


def doctor(**changes: object) -> Account:
    """A made-up doctor."""
    names = {"role": "clinician", "display_th": "แพทย์สมมติ", "display_en": "Made-up doctor", "hospcode": "99801"}
    return signin.save_demo_account("doctor", **(names | changes))  # type: ignore[arg-type]


def request() -> HttpRequest:
    """A browser that has just come."""
    made = HttpRequest()
    made.session = SessionStore()
    return made


def test_made_up_people_are_there_in_demo_mode(demo: pytest.MonkeyPatch) -> None:
    """Made again they are the same account with new words."""
    first = doctor()
    again = doctor(display_en="Made-up doctor two")
    assert (again.pk, again.display_en, again.actor) == (first.pk, "Made-up doctor two", "account:doctor")
    assert [a.login for a in signin.demo_accounts()] == ["doctor"]
    assert signin.demo_account("doctor").role == "clinician"
    with pytest.raises(signin.NoDemo):
        signin.demo_account("nobody")


def test_outside_demo_mode_they_are_not(demo: pytest.MonkeyPatch) -> None:
    """Neither listed nor entered nor made; nothing is told as signed in."""
    account = doctor()
    demo.delenv("SUKSALA_DEMO")
    settings.forget()
    assert signin.demo_accounts() == []
    for attempt in (lambda: signin.demo_account("doctor"), doctor, lambda: signin.open_session(request(), account)):
        with pytest.raises(signin.NoDemo):
            attempt()
    assert list(audit.facts("signin.session")) == []


def test_a_session_is_told_and_ends_with_demo_mode(demo: pytest.MonkeyPatch) -> None:
    """A new session id, the account in it, a fact; after demo mode the session is nobody's."""
    browser = request()
    signin.open_session(browser, doctor())
    assert get_user(browser).login == "doctor"  # type: ignore[union-attr]
    [fact] = audit.facts("signin.session")
    [session] = signin.sessions_of(signin.demo_account("doctor"))
    told = {"role": "clinician", "demo": True, "proof": "demo", "session": session.id}
    assert (fact.actor, fact.facility, fact.detail) == ("account:doctor", "99801", told)
    demo.delenv("SUKSALA_DEMO")
    settings.forget()
    assert get_user(browser).is_anonymous


def test_a_closed_account_has_no_session(demo: pytest.MonkeyPatch) -> None:
    """From the next request on."""
    browser = request()
    account = doctor()
    signin.open_session(browser, account)
    Account.objects.filter(pk=account.pk).update(is_active=False)
    assert get_user(browser).is_anonymous
    assert signin.demo_accounts() == []


def test_no_password_opens_anything(demo: pytest.MonkeyPatch) -> None:
    """A demo account has none, whatever was given; our backend asks for none."""
    account = Account.objects.create_account("demo", "a long password of somebody", demo=True, role="steward")
    assert not account.has_usable_password()
    assert not doctor().has_usable_password()
    assert authenticate(login="demo", password="a long password of somebody") is None


def test_a_real_account_is_never_taken_for_a_demo(demo: pytest.MonkeyPatch) -> None:
    """The same login does not make it one."""
    real = Account.objects.create_account("doctor", "a long password of somebody", role="steward")
    with pytest.raises(signin.LoginTaken):
        doctor()
    real.refresh_from_db()
    assert (real.role, real.demo, real.has_usable_password()) == ("steward", False, True)


def test_account_is_offered_by_the_front_door() -> None:
    """Lazily, because Django is not ready when the door opens."""
    assert signin.Account is Account
    with pytest.raises(AttributeError):
        _ = signin.Nothing  # type: ignore[attr-defined]
