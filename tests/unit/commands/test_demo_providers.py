"""Made-up ThaiD and Provider ID come and go with the demo, here, and never where real ones could be meant."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import urllib3

from suksala import identity, operations, registry, signin
from suksala.commands.demo_providers import made_up_providers
from suksala.foundation import database, settings
from tests.people import mali
from tests.record import HOSPITAL, person

pytestmark = pytest.mark.django_db


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A demo of one hospital and one citizen, whose number the truth of the made-up world tells."""
    monkeypatch.setenv("SUKSALA_DEMO", "1")
    monkeypatch.delenv("SUKSALA_PROVIDERS", raising=False)
    settings.forget()
    registry.forget_cache()
    database.execute(
        "INSERT INTO registry_facility (hospcode, name_th, name_en, kind, province, district, subdistrict, network) "
        "VALUES (%s, 'ก', 'A', 'hospital', '19', '1901', '', '') ON CONFLICT DO NOTHING",
        [HOSPITAL],
    )
    identity.link(HOSPITAL, [mali("1")])
    signin.save_demo_account(
        "citizen-1", role="citizen", display_th="มาลี ใจดี · สมมติ", display_en="M", person=person("1")
    )
    (tmp_path / "truth").mkdir()
    (tmp_path / "truth" / "registrations.csv").write_text(f"hospcode,pid,true_number\n{HOSPITAL},1,3000000000017\n")
    yield tmp_path
    monkeypatch.undo()
    settings.forget()
    registry.forget_cache()


def server(folder: Path) -> operations.Server:
    return operations.Server(folder, port=8000, demo=True)


def test_they_are_there_while_the_demo_runs(world: Path) -> None:
    """At this machine's own address; the file with the secret is its owner's; afterwards nothing is left."""
    with made_up_providers(server(world), world):
        found = signin.providers()
        assert {one.name_th for one in found.values()} == {"ThaiD (ตัวอย่าง)", "Provider ID (ตัวอย่าง)"}
        issuer = found["thaid"].issuer
        assert issuer.startswith("http://127.0.0.1:")
        assert stat.S_IMODE((world / "providers.toml").stat().st_mode) == 0o600
        back = "http://localhost:8000/signin/with/thaid/back"
        asked = {"client_id": found["thaid"].client_id, "redirect_uri": back}
        shown = urllib3.request("GET", f"{issuer}/authorize", fields=asked, timeout=5).data.decode()
        assert "มาลี ใจดี" in shown
        assert "3000000000017" not in shown
        posted = urllib3.request("POST", f"{issuer}/token", body="code=x", timeout=5)
        assert posted.status == 400
    assert (signin.providers(), os.environ.get("SUKSALA_PROVIDERS"), list(world.glob("*.toml"))) == ({}, None, [])
    with pytest.raises(urllib3.exceptions.HTTPError):
        urllib3.request("GET", f"{issuer}/jwks", timeout=1, retries=False)


@pytest.mark.parametrize(
    "told",
    [
        {"SUKSALA_DEMO": "0"},
        {"SUKSALA_PUBLIC_URL": "https://health.example.go.th"},  # its visitors' machine is another
        {"SUKSALA_PROVIDERS": "own.toml"},  # the operator set up their own
    ],
)
def test_they_are_nowhere_else(world: Path, monkeypatch: pytest.MonkeyPatch, told: dict[str, str]) -> None:
    for name, text in told.items():
        monkeypatch.setenv(name, text)
    settings.forget()
    with made_up_providers(server(world), world):
        assert os.environ.get("SUKSALA_PROVIDERS") == told.get("SUKSALA_PROVIDERS")
        assert list(world.glob("*.toml")) == []
