"""The sample app beside the demo: it goes the way of any app, and is nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from suksala import identity, signin
from suksala.exchange.mapping.base import patient_id
from suksala.foundation import settings
from tests import smart_app as app
from tests.record import HOSPITAL, one_human, send

pytestmark = pytest.mark.django_db
BACK = f"{app.SITE}/developers/app/back"


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """Somebody of the demo with a record; the sample app is registered."""
    monkeypatch.setenv("SUKSALA_DEMO", "1")
    settings.forget()
    signin.forget_cache()
    one_human((HOSPITAL, "1"))
    send("PERSON", {"pid": "1", "name": "มาลี"})
    app.add_app("sample", redirects=(BACK,), dpop_bound=True)
    yield app.browser(app.account(person=identity.person_of(HOSPITAL, "1")))
    monkeypatch.undo()
    settings.forget()


def test_it_asks_is_allowed_and_shows_what_it_sees(demo: Any) -> None:
    """Through the question and back, with a token that is bound to its key; neither is in any page."""
    asked = demo.get("/developers/app").headers["Location"]
    away = demo.post(asked, {"do": "allow"}).headers["Location"]
    assert away.startswith(f"{BACK}?code=")
    shown = demo.get(away).content.decode()
    assert f"Patient/{patient_id(HOSPITAL, '1')}" in shown
    assert "ผูกกับกุญแจของแอป" in shown
    assert '<span class="skl-mono">200 OK</span>' in shown
    assert "skl_" not in shown
    assert "แอปไม่ได้รับสิทธิ" in demo.get(away).content.decode()  # a code and a state count once


@pytest.mark.parametrize("changed", [("state=", "state=x"), ("iss=", "iss=x"), ("code=", "error=")])
def test_an_answer_that_is_not_its_own_is_not_taken(demo: Any, changed: tuple[str, str]) -> None:
    """Another state, another issuer, no code: nothing is handed in."""
    asked = demo.get("/developers/app").headers["Location"]
    away = demo.post(asked, {"do": "allow"}).headers["Location"]
    assert "แอปไม่ได้รับสิทธิ" in demo.get(away.replace(*changed)).content.decode()


def test_it_is_only_beside_the_demo(db: None) -> None:
    """404 elsewhere."""
    browser = app.browser(app.account())
    assert [browser.get(path).status_code for path in ("/developers/app", "/developers/app/back")] == [404, 404]
