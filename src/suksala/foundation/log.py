"""Structured logs: one JSON object a line, with ids, counts and codes; never a name or a value from the data."""

from __future__ import annotations

import logging
import sys
from functools import lru_cache
from typing import Any, cast

import structlog

ALLOWED = frozenset(
    {
        "event",
        "level",
        "logger",
        "timestamp",
        "code",
        "count",
        "deposit",
        "file",
        "files",
        "rows",
        "accepted",
        "refused",
        "seconds",
        "kind",
        "state",
        "port",
        "process",
        "name",
        "job",
        "attempt",
        "status",
        "method",
        "route",
        "version",
        "exit_code",
        "signal",
        "facility",
        "measure",
        "period",
        "error_type",
        "workers",
        "resources",
    }
)


def get(name: str) -> structlog.stdlib.BoundLogger:
    """A logger; its events carry only the keys in ALLOWED, anything else is dropped and counted."""
    _configure()
    return cast("structlog.stdlib.BoundLogger", structlog.get_logger(logger=name))


def keep_allowed(_logger: Any, _method: str, event: dict[str, Any]) -> dict[str, Any]:
    """Drop keys that are not on the list: personal data cannot reach a log by a slip."""
    kept = {key: value for key, value in event.items() if key in ALLOWED}
    dropped = len(event) - len(kept)
    if dropped:
        kept["dropped_keys"] = dropped
    return kept


@lru_cache(maxsize=1)
def _configure() -> None:
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            keep_allowed,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
