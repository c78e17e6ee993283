"""From how many rows found on the asked order is followed: it grows with the square root of the type's size."""

from __future__ import annotations

import pytest

from suksala.exchange import sizes
from suksala.exchange.domain import NUMBER


@pytest.mark.parametrize(
    ("rows", "expected"), [(0, 1000), (138_888, 1000), (139_000, 1000), (140_000, 1003), (1_000_000, 2683), (4e6, 5366)]
)
def test_the_bound_grows_with_the_type(monkeypatch: pytest.MonkeyPatch, rows: float, expected: int) -> None:
    """Four times the rows, twice the bound; never below what any table gives quickly. A type without rows has none."""
    monkeypatch.setattr(sizes, "_rows", lambda: {NUMBER["Observation"]: rows})
    assert sizes.balanced("Observation", 7.2) == expected
    assert sizes.balanced("Patient", 7.2) == sizes.LEAST
