"""Structured logs: one JSON object a line, with ids, counts and codes; never a name or a value from the data."""

from __future__ import annotations

import logging
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from functools import lru_cache
from typing import Any, cast

import structlog

ALLOWED = frozenset(
    {
        "event",
        "level",
        "module",
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
    return cast("structlog.stdlib.BoundLogger", structlog.get_logger(module=name))


def keep_allowed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop keys that are not on the list: personal data cannot reach a log by a slip."""
    kept: MutableMapping[str, Any] = {key: value for key, value in event.items() if key in ALLOWED}
    dropped = len(event) - len(kept)
    if dropped:
        kept["dropped_keys"] = dropped
    return kept


def install(_django: dict[str, Any] | None = None) -> None:
    """Send what libraries log through ours: where and which kind of error, never their message (Django calls this)."""
    root = logging.getLogger()
    root.handlers = [*(h for h in root.handlers if not isinstance(h, _Libraries)), _Libraries()]
    root.setLevel(logging.WARNING)
    for name in ("django", "django.server", "procrastinate", "granian"):
        logging.getLogger(name).handlers = []
        logging.getLogger(name).propagate = True


@contextmanager
def silenced(library: str) -> Iterator[None]:
    """Only errors of this library meanwhile: one that tells of each of its steps."""
    logger = logging.getLogger(library)
    before = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(before)


class _Libraries(logging.Handler):
    """Messages of libraries may hold a value (an SQL error quotes it), so only names and places pass."""

    def emit(self, record: logging.LogRecord) -> None:
        kind, trace = (record.exc_info or (None, None, None))[0::2]
        last = traceback.extract_tb(trace)[-1:] if trace else []
        get(record.name).log(
            record.levelno,
            "library event",
            name=f"{record.module}:{record.lineno}",
            error_type=kind.__name__ if kind else None,
            route=f"{last[0].filename.rpartition('/')[2]}:{last[0].lineno}" if last else None,
        )


def quiet() -> None:
    """Only warnings from now on: a person at a terminal reads results and progress, not events."""
    _configure()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))


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
        # Where stderr leads when a logger is made: a process may turn it elsewhere after the first one.
        logger_factory=lambda *_names: structlog.PrintLogger(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
