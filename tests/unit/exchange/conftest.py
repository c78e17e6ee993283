"""What holds for every test of the exchange."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.record_watch import Watch, marked


@pytest.fixture(autouse=True)
def every_alias_under_a_permit() -> Iterator[None]:
    """Whatever a test asks, no statement reads the record without the permit (decision 0197)."""
    watch = Watch()
    with marked(), watch.looking():
        yield
    assert watch.bare == set()
