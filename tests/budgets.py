"""Other budgets for one test, and no memory of those of another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from suksala import signin
from suksala.foundation import settings
from suksala.signin import budgets


@contextmanager
def so_much(told: str | None = None) -> Iterator[None]:
    """Budgets as SUKSALA_BUDGETS tells them; None: the usual ones."""
    with pytest.MonkeyPatch.context() as patched:
        if told is not None:
            patched.setenv("SUKSALA_BUDGETS", told)
        _forget()
        yield
    _forget()


def _forget() -> None:
    settings.forget()
    signin.forget_cache()
    budgets.forget()
