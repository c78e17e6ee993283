"""Progress off a terminal: plain lines, few of them."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from suksala.commands import console


def test_lines_tell_beginning_and_end_and_now_and_then_between(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both edges of ten seconds: 9.9 s say nothing, 10 s say where we are."""
    now = [0.0]
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    lines = console.Lines()
    lines.start("reading", 2000)
    for seconds in (9.9, 10.0, 19.9):
        now[0] = seconds
        lines.advance(500)
    now[0] = 25.0
    lines.finish()
    lines.finish()
    assert capsys.readouterr().err.splitlines() == [
        "reading …",
        "reading: 1,000 / 2,000",
        "reading: 1,500 / 2,000, 25.0 s",
    ]


def test_bars_only_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """A pipe, a file, a CI page get lines; --json gets silence."""

    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert isinstance(console.progress(), console.Lines)
    assert not isinstance(console.progress(quiet=True), console.Lines)
    monkeypatch.setattr("sys.stderr", Terminal())
    assert isinstance(console.progress(), console.Bar)


def test_a_bar_is_full_at_the_end(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Also of a step whose length was not known, and after a step that was not closed."""
    bar = console.Bar()
    bar.advance()
    bar.start("first")
    bar.advance(3)
    bar.start("second", 2)
    bar.finish()
    bar.finish()
    err = capsys.readouterr().err
    assert "3/3" in err
    assert "2/2" in err


def test_json_has_readable_thai_and_dates(capsys: pytest.CaptureFixture[str]) -> None:
    """One document, UTF-8, moments in ISO 8601."""
    console.print_json({"th": "สุขศาลา", "at": datetime(2026, 11, 22, tzinfo=UTC), "score": Decimal("1.50")})
    out = capsys.readouterr().out
    assert "สุขศาลา" in out
    assert json.loads(out) == {"th": "สุขศาลา", "at": "2026-11-22T00:00:00+00:00", "score": "1.50"}
