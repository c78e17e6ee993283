"""A form that broke off is no form: what came of it would decide something else, or be about somebody else."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from suksala import audit, signin
from suksala.foundation import settings

pytestmark = pytest.mark.django_db

FORM = {"CONTENT_TYPE": "application/x-www-form-urlencoded", "REQUEST_METHOD": "POST"}


@pytest.fixture(autouse=True)
def demo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Two made-up people; the beginning of one's name is the other's."""
    monkeypatch.setenv("SUKSALA_DEMO", "1")
    settings.forget()
    for login in ("citizen-1", "citizen-12"):
        signin.save_demo_account(login, role="citizen", display_th=login, display_en=login)
    yield
    monkeypatch.undo()
    settings.forget()


def posted(path: str, body: bytes, **told: str) -> tuple[Client, Any]:
    """What a form is answered of which so much came as `body`, and the browser that sent it."""
    client = Client()
    return client, client.request(PATH_INFO=path, **{"wsgi.input": io.BytesIO(body), **FORM, **told})


@pytest.mark.parametrize(
    ("told", "status"),
    [
        ({"CONTENT_LENGTH": "15"}, 302),  # citizen-1, as it was meant
        ({"CONTENT_LENGTH": "16"}, 400),  # citizen-12, but the last letter did not come
        ({"HTTP_TRANSFER_ENCODING": "chunked"}, 400),  # whole or not: nobody can tell
        ({"CONTENT_LENGTH": "-5"}, 400),
    ],
)
def test_half_a_form_signs_nobody_in(told: dict[str, str], status: int) -> None:
    """A page in both languages; no session, nothing in the log."""
    client, answer = posted("/demo-signin", b"login=citizen-1", **told)
    assert answer.status_code == status
    assert ("_auth_user_id" in client.session) is (status == 302)
    assert [fact.actor for fact in audit.facts("signin.session")] == ["account:citizen-1"] * (status == 302)
    if status == 400:
        shown = answer.content.decode()
        assert "ระบบอ่านคำขอนี้ไม่ได้" in shown
        assert "The request could not be read" in shown
