"""Whether any resource has a token at all: asked of the statistics first, of the index then (decision 0073)."""

from __future__ import annotations

from typing import Any

import pytest

from suksala.exchange import referring, tokens
from suksala.foundation import database
from tests.record import person, send

pytestmark = pytest.mark.django_db

FINAL = tokens.token("category", tokens.ANY, "vital-signs")
NOWHERE = tokens.token("category", tokens.ANY, "nowhere")


@pytest.fixture(autouse=True)
def _look_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(referring, "LOOK_SECONDS", -1.0)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The statements that are run."""
    told: list[str] = []
    rows = database.rows

    def listening(sql: str, *values: Any, **more: Any) -> Any:
        told.append(sql)
        return rows(sql, *values, **more)

    monkeypatch.setattr(database, "rows", listening)
    return told


def test_the_index_tells_of_what_the_statistics_do_not_know(asked: list[str]) -> None:
    """A token is found from its first resource on, and none is found that nobody has."""
    assert not referring.is_known([FINAL])
    person("1")
    send("SERVICE", {"pid": "1", "seq": "1", "date_serv": "2026-01-05", "pr": 72})
    asked.clear()
    assert referring.is_known([FINAL])
    assert not referring.is_known([NOWHERE])
    assert referring.is_known([NOWHERE, FINAL])
    assert sum("FROM resource" in sql for sql in asked) == 3


def test_no_row_is_looked_at_for_a_common_token(asked: list[str]) -> None:
    """The statistics name it."""
    person("1")
    send("SERVICE", *({"pid": "1", "seq": str(n), "date_serv": "2026-01-05", "pr": 72} for n in range(100)))
    database.execute("ANALYZE resource")
    asked.clear()
    assert referring.is_known([NOWHERE, FINAL])
    assert not any("FROM resource" in sql for sql in asked)
    assert not referring.is_known([NOWHERE])
