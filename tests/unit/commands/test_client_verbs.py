"""`suksala client app|add|list`: an operator says whether tokens must be bound to a key (DPoP; decision 0181)."""

from __future__ import annotations

import json
from contextlib import nullcontext
from pathlib import Path

import pytest
from typer.testing import CliRunner

from suksala import signin
from suksala.commands import clients
from suksala.commands.client_verbs import client
from suksala.commands.failures import BadUsage
from tests.oauth_clients import jwks, key, one_facility

pytestmark = pytest.mark.django_db
APP = (
    "app",
    "growth",
    "--title-th",
    "ก",
    "--title-en",
    "A",
    "--redirect",
    "https://app.example/back",
    "--scope",
    "openid",
)
ADD = ("add", "his", "--scope", "system/*.rs", "--sender", "99801")


@pytest.fixture(autouse=True)
def running(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's own database stands for the running one; one facility may exchange."""
    monkeypatch.setattr(clients, "quiet_database", lambda _: nullcontext())
    one_facility()


def said(*words: str) -> str:
    """What a command prints."""
    done = CliRunner().invoke(client, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_a_new_app_is_bound_and_its_operator_is_told() -> None:
    """Without a word about it; `--no-dpop` is the way to say no, and says what that means for people."""
    assert "โทเค็นผูกกับกุญแจของแอป" in said(*APP)
    assert "โทเค็นไม่ผูกกับกุญแจ" in said(*APP, "--no-dpop")
    assert "โทเค็นไม่ผูกกับกุญแจ" in said(*APP)  # as it was
    assert json.loads(said(*APP, "--dpop", "--json"))["dpop_bound"] is True
    assert said("list").split()[-1] == "dpop"


def test_a_system_with_keys_may_be_bound(tmp_path: Path) -> None:
    """The list tells it, also to a program."""
    file = tmp_path / "public.json"
    file.write_text(jwks(key()), encoding="utf-8")
    said(*ADD, "--jwks", str(file), "--dpop")
    assert [one["dpop_bound"] for one in json.loads(said("list", "--json"))["clients"]] == [True]
    said(*ADD, "--jwks", str(file), "--no-dpop")
    assert [one.dpop_bound for one in signin.clients()] == [False]


@pytest.mark.parametrize("option", ["--dpop", "--no-dpop"])
def test_a_token_made_by_hand_is_bound_to_nothing(option: str) -> None:
    """So the option is refused with it, and no client is made."""
    with pytest.raises(BadUsage):
        said(*ADD, option)
    assert signin.clients() == []
