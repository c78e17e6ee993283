"""What commands print: results on stdout, progress on stderr; a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import json
import sys
import time
from datetime import date
from typing import Any

from suksala.foundation.progress import Progress, silent

LINE_EVERY_SECONDS = 10.0


def progress(*, quiet: bool = False) -> Progress:
    """The progress display for this process; `quiet` (--json) shows none."""
    if quiet:
        return silent()
    return Bar() if sys.stderr.isatty() else Lines()


def print_json(document: Any) -> None:
    """Print the one document of --json."""
    print(json.dumps(document, ensure_ascii=False, indent=2, default=_text))


def _text(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def say(text: str) -> None:
    """Tell the person at the terminal something that is not the result."""
    print(text, file=sys.stderr, flush=True)


class Lines:
    """Progress as plain lines, at most one in ten seconds: readable in a log or a CI page."""

    def __init__(self) -> None:
        self._label = ""
        self._done = 0
        self._total: int | None = None
        self._started = self._spoke = time.monotonic()

    def start(self, label: str, total: int | None = None) -> None:
        """A step begins."""
        self._label, self._done, self._total = label, 0, total
        self._started = self._spoke = time.monotonic()
        say(f"{label} …")

    def advance(self, done: int = 1) -> None:
        """Units are finished; a line now and then."""
        self._done += done
        if time.monotonic() - self._spoke >= LINE_EVERY_SECONDS:
            self._spoke = time.monotonic()
            say(f"{self._label}: {self._count()}")

    def finish(self) -> None:
        """The step is over."""
        if self._label:
            count = f"{self._count()}, " if self._done else ""
            say(f"{self._label}: {count}{time.monotonic() - self._started:.1f} s")
            self._label = ""

    def _count(self) -> str:
        return f"{self._done:,} / {self._total:,}" if self._total else f"{self._done:,}"


class Bar:
    """Progress as bars on a terminal, one a step, with the time taken."""

    def __init__(self) -> None:
        self._display: Any = None
        self._step: Any = None

    def start(self, label: str, total: int | None = None) -> None:
        """A step begins."""
        self.finish()
        self._display = _display()
        self._step = self._display.add_task(label, total=total)
        self._display.start()

    def advance(self, done: int = 1) -> None:
        """Units are finished."""
        if self._display is not None:
            self._display.advance(self._step, done)

    def finish(self) -> None:
        """The step is over; its bar stays on the screen, full."""
        if self._display is None:
            return
        task = self._display.tasks[0]
        total = task.total or max(1, task.completed)
        self._display.update(self._step, total=total, completed=total)
        self._display.stop()
        self._display = None


def _display() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, SpinnerColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Display

    columns = (
        SpinnerColumn(finished_text="✓"),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    return Display(*columns, console=Console(stderr=True))
