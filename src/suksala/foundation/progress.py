"""Progress of long work: the worker tells, the one who started it decides how to show it."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """How long work tells where it is. `total` counts the units that `advance` adds."""

    def start(self, label: str, total: int | None = None) -> None:
        """A new step named `label` begins."""

    def advance(self, done: int = 1) -> None:
        """`done` more units are finished."""

    def finish(self) -> None:
        """The step is over."""


class _Silent:
    def start(self, label: str, total: int | None = None) -> None: ...

    def advance(self, done: int = 1) -> None: ...

    def finish(self) -> None: ...


def silent() -> Progress:
    """Progress that nobody watches."""
    return _Silent()
