"""What reaches a log: names, codes and counts; a value from the data is dropped, whoever writes it."""

from __future__ import annotations

import json
import logging

import pytest

from suksala.foundation import log

SECRET = "สมชาย ใจดี 1234567890123"


def test_only_keys_on_the_list_pass() -> None:
    """The rest is dropped and counted, so that somebody notices."""
    written = {"event": "deposit applied", "rows": 12, "patient": SECRET, "reason": SECRET}
    assert log.keep_allowed(None, "info", written) == {"event": "deposit applied", "rows": 12, "dropped_keys": 2}
    assert log.keep_allowed(None, "info", {"event": "deposit applied"}) == {"event": "deposit applied"}


def test_what_a_library_says_is_left_out(capfd: pytest.CaptureFixture[str]) -> None:
    """An SQL error quotes the row: where it was and its kind are kept, its message is not."""
    record = logging.LogRecord("django.db", logging.ERROR, "pool.py", 7, "duplicate key (cid)=(%s)", (SECRET,), None)
    log._Libraries().emit(record)
    told = capfd.readouterr()
    [line] = (told.out + told.err).splitlines()
    assert SECRET.split(" ", maxsplit=1)[0] not in line
    assert json.loads(line) | {"timestamp": ""} == {
        "event": "library event",
        "level": "error",
        "module": "django.db",
        "name": "pool:7",
        "error_type": None,
        "route": None,
        "timestamp": "",
    }


def test_a_silenced_library_speaks_again_afterwards() -> None:
    """Also when what it did failed."""
    logger = logging.getLogger("made-up-library")
    with log.silenced("made-up-library"):
        assert [logger.isEnabledFor(level) for level in (logging.WARNING, logging.ERROR)] == [False, True]
    assert logger.isEnabledFor(logging.WARNING)
    with pytest.raises(ZeroDivisionError), log.silenced("made-up-library"):
        1 / 0  # noqa: B018
    assert logger.isEnabledFor(logging.WARNING)
