"""How many resources of each type there are, as PostgreSQL's statistics tell, and what follows for a way to search."""

from __future__ import annotations

import math
import time
from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from suksala.foundation import database

from .domain import NUMBER

LEAST = 1000  # so few rows are read by an index within some three milliseconds, in any table
LOOK_SECONDS = 60.0  # statistics change with ANALYZE

_SHARES = """
SELECT v, f * (SELECT greatest(reltuples, 0) FROM pg_class WHERE oid = 'resource'::regclass)
FROM pg_stats, unnest(most_common_vals::text::int[], most_common_freqs) AS u(v, f)
WHERE schemaname = current_schema() AND tablename = 'resource' AND attname = 'rtype'
"""


class _Looked(NamedTuple):
    moment: float = 0.0
    rows: Mapping[int, float] = MappingProxyType({})


_looked = _Looked()


def balanced(rtype: str, balance: float) -> int:
    """From how many rows found on it is sooner to follow the asked order than to read and sort what an index finds.

    Following the order fills a page of 20 after 20 * rows / found rows, so both cost the same where found * found is
    `balance` * rows; `balance` is 20 times what a row costs in the order over what it costs by the index.
    """
    return max(LEAST, math.isqrt(int(balance * _rows().get(NUMBER[rtype], 0.0))))


def _rows() -> Mapping[int, float]:
    global _looked  # noqa: PLW0603 - one answer for a process
    now = time.monotonic()
    if not _looked.moment or now - _looked.moment > LOOK_SECONDS:
        _looked = _Looked(now, dict(database.rows(_SHARES)))
    return _looked.rows
