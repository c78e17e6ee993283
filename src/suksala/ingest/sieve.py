"""Rows with the right number of columns pass; the others leave a placeholder behind and are kept beside their line.

Structure is checked here, before DuckDB reads the file, because a reader that skips lines loses count of them. Every
line of the sender's file stays one row, so a row's number plus the first line is its line, always (decision 0011).
Cheap: two counts per line in C, 0.2 microseconds a row.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import BinaryIO

from suksala.standards.file43 import FileSpec, Layout, read_layout

from .compiler import MARK
from .errors import FileSetAside
from .limits import Limits

COLUMNS, TOO_LONG, BLANK = "c", "l", "b"


@dataclass(frozen=True)
class BrokenRow:
    """A line that is not a row: its number, why (COLUMNS or TOO_LONG) and its text as UTF-8."""

    line: int
    why: str
    raw: bytes = field(repr=False)


class Sieve(io.RawIOBase):
    """What `standards.file43.transcode` writes to: whole lines, UTF-8, LF. Passes rows of data on to `out`."""

    def __init__(self, spec: FileSpec, out: BinaryIO, limits: Limits) -> None:
        super().__init__()
        self.spec = spec
        self.out = out
        self.limits = limits
        self._restart()

    def _restart(self) -> None:
        self.layout: Layout | None = None
        self.rows = 0  # lines after the header, blank and broken ones included
        self.blank = 0
        self.broken: list[BrokenRow] = []
        self._broken_bytes = 0
        self._ends_with_pipe: bool | None = None

    @property
    def first_line(self) -> int:
        """Line number of the first row of data."""
        return 2 if self.layout and self.layout.has_header else 1

    def seekable(self) -> bool:
        return True

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return 0

    def seek(self, _offset: int, _whence: int = io.SEEK_SET) -> int:
        """Only a restart: transcoding found that the file is not UTF-8 and begins again."""
        self.out.seek(0)
        return 0

    def truncate(self, _size: int | None = None) -> int:
        self.out.truncate(0)
        self._restart()
        return 0

    def write(self, block: object) -> int:
        data = bytes(block)  # type: ignore[call-overload]
        body = data
        if self.layout is None and data:
            end = data.index(b"\n") + 1
            self.layout = read_layout(data[:end].decode(), self.spec)
            if self.layout.has_header:
                body = data[end:]
        if body:
            self._pass(_without_blanks_at_edges(body))
        return len(data)

    def _pass(self, body: bytes) -> None:
        assert self.layout is not None  # noqa: S101 - set by the first block
        pipes = len(self.layout.columns) - 1
        lines = body.split(b"\n")
        lines.pop()  # every block ends with a line end
        counts = set(map(_pipes, lines))
        if self._ends_with_pipe is None:
            self._ends_with_pipe = counts == {pipes + 1} and len(lines) > 1 and all(x.endswith(b"|") for x in lines)
        if counts == {pipes} and max(map(len, lines)) <= self.limits.line_bytes and pipes:
            self.out.write(body)
        else:
            self.out.write(b"\n".join(self._row(n, line, pipes) for n, line in enumerate(lines)) + b"\n")
        self.rows += len(lines)

    def _row(self, number: int, line: bytes, pipes: int) -> bytes:
        """The line itself, or a placeholder of as many columns that says why it is none."""
        if not line:
            self.blank += 1
            return _placeholder(BLANK, pipes)
        count = line.count(b"|")
        # Some programs end every row with a delimiter. A single such row is a broken one: its cells may have moved.
        if self._ends_with_pipe and count == pipes + 1 and line.endswith(b"|"):
            line, count = line[:-1], pipes
        if count == pipes and len(line) <= self.limits.line_bytes:
            return line
        why = COLUMNS if count != pipes else TOO_LONG
        self._keep_broken(BrokenRow(self.first_line + self.rows + number, why, line[: self.limits.line_bytes]))
        return _placeholder(why, pipes)

    def _keep_broken(self, row: BrokenRow) -> None:
        self.broken.append(row)
        self._broken_bytes += len(row.raw)
        if len(self.broken) > self.limits.broken_rows or self._broken_bytes > self.limits.broken_bytes:
            raise FileSetAside("014")


def _pipes(line: bytes) -> int:
    return line.count(b"|")


def _placeholder(why: str, pipes: int) -> bytes:
    return f"{MARK}{why}".encode() + b"|" * pipes


def _without_blanks_at_edges(body: bytes) -> bytes:
    """Blanks around a delimiter are padding of the exporter, never part of a value."""
    if b"\t" in body:
        body = body.replace(b"\t", b" ")
    for blank, bare in ((b" |", b"|"), (b"| ", b"|"), (b" \n", b"\n"), (b"\n ", b"\n")):
        while blank in body:
            body = body.replace(blank, bare)
    return body.lstrip(b" ")
