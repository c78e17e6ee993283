"""What every answer tells a browser: cookies that no other host sets, content types to be believed, TLS alone.

ASVS 5 V3.3.1 to V3.3.4, V3.4.1, V3.4.4.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as django_settings
from django.test import Client

from suksala.foundation import settings
from suksala.portals import assets
from suksala.portals.wsgi import application
from tests.unit.portals.environ import environ

YEAR = "max-age=31536000; includeSubDomains"


@pytest.fixture
def public(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """An installation behind a proxy that ends TLS."""
    monkeypatch.setenv("SUKSALA_PUBLIC_URL", "https://health.example.go.th")
    settings.forget()
    yield monkeypatch
    monkeypatch.undo()
    settings.forget()


def answered(path: str, method: str = "GET", **more: str) -> tuple[int, list[tuple[str, str]]]:
    """Status and headers as the server in front of us gets them."""
    told: list[Any] = []
    body = application(environ(path, method, **more), lambda status, headers, *_: told.append((status, headers)))
    list(body)
    getattr(body, "close", lambda: None)()
    status, headers = told[-1]
    return int(status.split()[0]), headers


def asset() -> str:
    """The address of one file that pages name."""
    return "/static/" + next(p for p in sorted(assets.STATIC.rglob("*.css"))).relative_to(assets.STATIC).as_posix()


PATHS = {
    "a page": ("/", "GET", 200),
    "no page": ("/no-such-page", "GET", 404),
    "a form without its token": ("/signin/password", "POST", 403),
    "FHIR": ("/fhir/metadata", "GET", 200),
    "a refusal of FHIR": ("/fhir/Patient", "GET", 401),
    "a preflight": ("/fhir/Patient", "OPTIONS", 204),
    "the SMART configuration": ("/.well-known/smart-configuration", "GET", 200),
    "a static file": (asset(), "GET", 200),
    "health": ("/health", "GET", None),
}


@pytest.mark.parametrize("case", PATHS)
@pytest.mark.django_db
def test_every_door_says_nosniff_and_tls_once(case: str, public: pytest.MonkeyPatch) -> None:
    """Whoever made the answer; where people come by http there is nothing to promise, so nothing is said of TLS."""
    path, method, wanted = PATHS[case]
    origin = {"HTTP_ORIGIN": "https://elsewhere.example"} if method == "OPTIONS" else {}
    status, headers = answered(path, method, **origin)
    assert wanted in {None, status}
    assert [v for k, v in headers if k.lower() == "x-content-type-options"] == ["nosniff"]
    assert [v for k, v in headers if k.lower() == "strict-transport-security"] == [YEAR]
    public.setenv("SUKSALA_PUBLIC_URL", "http://10.0.0.5:8000")
    settings.forget()
    assert not [k for k, _ in answered(path, method, **origin)[1] if k.lower() == "strict-transport-security"]


@pytest.mark.django_db
def test_cookies_belong_to_this_host_alone(client: Client) -> None:
    """__Host-: over TLS only, for the whole site, for no other host of the domain; no script reads any of them."""
    client.get("/language/en")
    client.get("/signin")
    cookies = dict(client.cookies)
    assert sorted(cookies) == ["__Host-form", "__Host-suksala_language"]
    for cookie in cookies.values():
        said = (cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"])
        assert said == (True, True, "Lax", "/", "")


def test_the_session_has_the_same_name_and_marks() -> None:
    """What Django writes when somebody signs in."""
    s = django_settings
    assert (s.SESSION_COOKIE_NAME, s.SESSION_COOKIE_PATH, s.SESSION_COOKIE_DOMAIN) == ("__Host-session", "/", None)
    assert (s.SESSION_COOKIE_SECURE, s.SESSION_COOKIE_HTTPONLY, s.SESSION_COOKIE_SAMESITE) == (True, True, "Lax")


def test_a_demo_on_http_keeps_plain_names_and_nobody_else_does(tmp_path: Path) -> None:
    """A browser takes no __Host- cookie by http; debug pages are off unless asked for (ASVS V13.4.2)."""
    code = (
        "from suksala.foundation import django_settings as s;"
        "print(s.SESSION_COOKIE_NAME, s.CSRF_COOKIE_NAME, s.SESSION_COOKIE_SECURE, s.CSRF_COOKIE_SECURE, s.DEBUG)"
    )

    def said(**asked: str) -> str:
        env = {"SUKSALA_DATA": str(tmp_path), "PYTHONPATH": ":".join(sys.path), **asked}
        return subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True).stdout

    assert said() == "__Host-session __Host-form True True False\n"
    assert said(SUKSALA_DEMO="1") == "session form False False False\n"
    assert said(SUKSALA_DEBUG="1") == "session form False False True\n"
    assert said(SUKSALA_DEBUG="true") == "__Host-session __Host-form True True False\n"
