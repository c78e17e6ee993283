"""Notices between processes: told when a transaction commits, heard by whoever listens."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import django.db
import pytest

from suksala import signin
from suksala.foundation import database, notices
from suksala.signin import service

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def heard() -> Iterator[tuple[notices.Listener, list[str], threading.Event]]:
    """A listener in a thread, and what it heard after it began."""
    texts: list[str] = []
    came = threading.Event()

    def hear(text: str) -> None:
        texts.append(text)
        came.set()

    listener = notices.Listener("test_notices", hear)
    listener.start()
    assert came.wait(10)
    came.clear()
    yield listener, texts, came
    listener.stop()
    assert not listener.is_live


def test_a_notice_is_heard_when_it_is_committed(heard: tuple[notices.Listener, list[str], threading.Event]) -> None:
    """Within a second; one of a transaction that is rolled back is never heard."""
    listener, texts, came = heard
    assert (listener.is_live, texts) == (True, [""])
    with database.transaction():
        notices.tell("test_notices", "never")
        django.db.transaction.set_rollback(True)
    with database.transaction():
        notices.tell("test_notices", "a")
        assert not came.wait(0.2)
    assert came.wait(1)
    assert texts == ["", "a"]


def test_a_token_that_another_process_ends_stops_within_a_second() -> None:
    """Another process is another connection; nobody here is asked to forget anything."""
    token = signin.issue_token("lab", None, ["system/*.rs"], 1)
    texts = threading.Event()
    listener = notices.Listener(service.CHANNEL, lambda _: (signin.forget_cache(), texts.set()))
    listener.start()
    assert texts.wait(10)
    texts.clear()
    assert signin.authenticate_bearer(f"Bearer {token}")

    def end() -> None:
        database.execute("UPDATE signin_token SET revoked_at = now()")
        notices.tell(service.CHANNEL)
        django.db.connections.close_all()

    other = threading.Thread(target=end)
    other.start()
    assert texts.wait(1)
    other.join()
    assert signin.authenticate_bearer(f"Bearer {token}") is None
    listener.stop()


def test_whoever_cannot_listen_remembers_for_a_second(monkeypatch: pytest.MonkeyPatch) -> None:
    """Listening: 30 s. Deaf: 1 s. A process that never wanted to listen (a command): 30 s."""
    assert service._kept_seconds() == 30
    monkeypatch.setattr(notices.Listener, "is_started", True)
    assert service._kept_seconds() == 1
    monkeypatch.setattr(service._listener, "is_live", True)
    assert service._kept_seconds() == 30
