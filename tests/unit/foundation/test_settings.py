"""The public address: what may stand there, and what follows from it for hosts, forms and FHIR links."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from suksala.foundation import settings
from tests.record import Called

LOCAL = ("localhost", "127.0.0.1", "[::1]")


@pytest.fixture(autouse=True)
def read_again(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings from this test's environment, and from the former one afterwards."""
    monkeypatch.delenv("SUKSALA_HOSTS", raising=False)
    settings.forget()
    yield
    monkeypatch.undo()
    settings.forget()


def current(monkeypatch: pytest.MonkeyPatch, public: str) -> settings.Settings:
    """The settings with this public address."""
    monkeypatch.setenv("SUKSALA_PUBLIC_URL", public)
    settings.forget()
    return settings.current()


@pytest.mark.parametrize(
    ("written", "kept", "host", "origin"),
    [
        ("https://health.example.go.th", "https://health.example.go.th", "health.example.go.th", None),
        ("https://health.example.go.th/", "https://health.example.go.th", "health.example.go.th", None),
        ("HTTPS://Health.Example.go.th", "https://health.example.go.th", "health.example.go.th", None),
        ("https://h.example:8443", "https://h.example:8443", "h.example", "https://h.example:8443"),
        ("http://10.0.0.7:65535", "http://10.0.0.7:65535", "10.0.0.7", "http://10.0.0.7:65535"),
        ("https://h.example/Site/a.b/", "https://h.example/Site/a.b", "h.example", None),
        ("http://localhost:8000", "http://localhost:8000", "localhost", "http://localhost:8000"),
    ],
)
def test_what_an_address_means(
    written: str, kept: str, host: str, origin: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its host is answered to; its origin is that of forms, beside https on every host."""
    found = current(monkeypatch, written)
    hosts = tuple(dict.fromkeys([*LOCAL, host]))
    assert (found.public_url, found.hosts) == (kept, hosts)
    assert found.form_origins == [*(f"https://{h}" for h in hosts), *([origin] if origin else [])]


def test_without_an_address_nothing_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty is unset; any host (`*`) is no origin of forms."""
    found = current(monkeypatch, "")
    assert (found.public_url, found.hosts) == (None, LOCAL)
    monkeypatch.setenv("SUKSALA_HOSTS", "a.example,*")
    settings.forget()
    assert settings.current().form_origins == ["https://a.example"]


@pytest.mark.parametrize(
    "nonsense",
    [
        "health.example.go.th",
        "//health.example.go.th",
        "ftp://health.example.go.th",
        "https://",
        "https:///fhir",
        "https://-a.example",
        "https://a..example",
        "https://a example",
        "https://a.example:0",
        "https://a.example:65536",
        "https://a.example:x",
        "https://user:secret@a.example",
        "https://a.example?x=1",
        "https://a.example/#top",
        "https://a.example//fhir",
        "https://a.example/../fhir",
        "https://a.example\n",
        "https://สุขศาลา.example",
    ],
)
def test_nonsense_is_refused_in_two_languages(nonsense: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what to write; what stood there is not repeated, for it may hold a password."""
    with pytest.raises(settings.BadPublicUrl) as refused:
        current(monkeypatch, nonsense)
    problem = refused.value
    assert (problem.code, problem.exit_code) == ("SKL-SET-001", 2)
    assert all("https://health.example.go.th" in said for said in (problem.th, problem.en))
    assert "secret" not in problem.th + problem.en


def test_a_command_refuses_it_before_anything_starts(tmp_path: Path) -> None:
    """Also when the setting is of no use to the command: nothing is made in the folder."""
    env = {**os.environ, "SUKSALA_PUBLIC_URL": "nonsense"}
    for verb in (["doctor"], ["ingest", __file__], ["up"]):
        command = [sys.executable, "-m", "suksala", *verb, "--data", str(tmp_path)]
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr.splitlines()[-1]) == (2, "[SKL-SET-001]"), verb
    assert list(tmp_path.iterdir()) == []


@pytest.mark.django_db
def test_links_of_fhir_lead_to_the_public_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Behind a proxy with TLS the request says http and perhaps another host; without the setting it is believed."""
    asked = {"HTTP_HOST": "127.0.0.1:8000", "wsgi.url_scheme": "http"}
    current(monkeypatch, "https://h.example/site")
    assert Called("GET", "/fhir/metadata", **asked).json["implementation"]["url"] == "https://h.example/site/fhir"
    current(monkeypatch, "")
    assert Called("GET", "/fhir/metadata", **asked).json["implementation"]["url"] == "http://127.0.0.1:8000/fhir"


def test_the_pages_server_goes_by_it(tmp_path: Path) -> None:
    """Django's own settings, read anew in a process as the server reads them."""
    code = "from suksala.foundation import django_settings as s; print(s.ALLOWED_HOSTS, s.CSRF_TRUSTED_ORIGINS)"
    env = {
        **os.environ,
        "SUKSALA_DATA": str(tmp_path),
        "SUKSALA_HOSTS": "a.example",
        "SUKSALA_PUBLIC_URL": "https://b.example:8443",
    }
    done = subprocess.run([sys.executable, "-c", code], env=env, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == (
        "['a.example', 'b.example'] ['https://a.example', 'https://b.example', 'https://b.example:8443']"
    )


@pytest.mark.parametrize(("text", "port"), [("", 0), ("1", 1), ("65535", 65535)])
def test_the_port_of_websockets(text: str, port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unset it is nowhere."""
    monkeypatch.setenv("SUKSALA_WEBSOCKET_PORT", text)
    settings.forget()
    assert settings.current().websocket_port == port


@pytest.mark.parametrize("text", ["0", "65536", "-1", "8001x", "๘๐๐๑", " 8001"])
def test_what_is_no_port_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a code, in two languages."""
    monkeypatch.setenv("SUKSALA_WEBSOCKET_PORT", text)
    settings.forget()
    with pytest.raises(settings.BadPort) as refused:
        settings.current()
    assert (refused.value.code, "1 ถึง 65535" in refused.value.th) == ("SKL-SET-002", True)
