"""A log with made-up facts, sealed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from suksala import audit
from suksala.audit import sealing
from tests.unit.audit.helpers import Tell, empty_log


@pytest.fixture
def data(data_dir: Path, transactional_db: None) -> Iterator[Path]:
    """An empty log and a data folder of its own, so that the key and the checkpoint's file are this test's."""
    empty_log()
    sealing.signer.cache_clear()
    yield data_dir
    sealing.signer.cache_clear()


@pytest.fixture
def tell() -> Tell:
    """Keeps so many facts, each about another made-up person."""

    def keep(count: int) -> None:
        for number in range(count):
            audit.record("read", actor="account:mali", purpose="PATRQT", person=1000 + number, detail={"n": number})

    return keep
