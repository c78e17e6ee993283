"""Pages that anyone may open, through the whole of Django."""

from __future__ import annotations

import pytest
from django.test import Client

from suksala.foundation import settings


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUKSALA_DEMO", "1")
    settings.forget()
    yield
    monkeypatch.undo()
    settings.forget()


@pytest.mark.django_db
def test_the_landing_page_is_thai_and_shows_four_doors(client: Client) -> None:
    answer = client.get("/")
    page = answer.content.decode()
    assert answer.status_code == 200
    assert '<html lang="th">' in page
    assert answer.headers["Content-Language"] == "th"
    assert [page.count(f'href="{door}"') for door in ("/me/", "/care/", "/district/", "/steward/", "/privacy/")] == [
        1
    ] * 5


@pytest.mark.django_db
def test_the_switch_to_english_is_remembered_and_leads_back(client: Client) -> None:
    answer = client.get("/language/en", {"next": "/health"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/health")
    page = client.get("/")
    assert '<html lang="en">' in page.content.decode()
    assert page.headers["Content-Language"] == "en"


@pytest.mark.parametrize("elsewhere", ["https://example.org/", "//example.org/x", "javascript:alert(1)", ""])
@pytest.mark.django_db
def test_the_switch_never_leads_to_another_site(client: Client, elsewhere: str) -> None:
    assert client.get("/language/en", {"next": elsewhere}).headers["Location"] == "/"


@pytest.mark.django_db
def test_the_browsers_preference_is_not_asked(client: Client) -> None:
    """A shared computer in a health centre prefers English; its readers do not."""
    assert '<html lang="th">' in client.get("/", headers={"accept-language": "en"}).content.decode()


@pytest.mark.django_db
def test_without_demo_mode_there_is_no_demo_sign_in_and_no_banner(client: Client) -> None:
    assert client.get("/demo-signin").status_code == 404
    assert client.post("/demo-signin", {"login": "citizen-1"}).status_code == 404
    assert "ข้อมูลสมมติทั้งหมด" not in client.get("/").content.decode()


@pytest.mark.django_db
def test_in_demo_mode_every_page_says_that_data_is_made_up(client: Client, demo: None) -> None:
    for address in ("/", "/demo-signin", "/no-such-page"):
        assert "ข้อมูลสมมติทั้งหมด" in client.get(address).content.decode()


@pytest.mark.django_db
def test_health_tells_numbers_and_versions(client: Client) -> None:
    answer = client.get("/health")
    told = answer.json()
    assert set(told) == {"status", "database", "worker", "lake", "audit", "backup", "versions"}
    assert told["backup"] == {"ok": True, "made_hours": None, "kept_hours": None}
    assert told["database"]["ok"] is True
    assert told["worker"] == {"ok": False, "silent_seconds": None, "jobs_waiting": 0}
    assert set(told["audit"]) == {"ok", "facts_waiting", "oldest_seconds", "uncosigned_seconds", "exchange_stopped"}


@pytest.mark.django_db
def test_pages_carry_a_strict_content_security_policy(client: Client) -> None:
    policy = client.get("/").headers["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
