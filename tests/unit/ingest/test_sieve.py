"""Structure: every line of the sender's file stays one row, so line numbers are exact whatever is broken."""

from __future__ import annotations

import io

import pytest

from suksala.ingest.errors import FileSetAside
from suksala.ingest.limits import Limits
from suksala.ingest.sieve import Sieve
from suksala.standards.file43 import FILES

HEADER = b"HOSPCODE|PID|SEQ|DATE_SERV|D_UPDATE\n"
GOOD = b"99901|1|2|20261001|20261001120000\n"


def passed(body: bytes, limits: Limits | None = None, header: bytes = HEADER) -> tuple[Sieve, list[bytes]]:
    """The sieve after one file, and the lines that it passed on."""
    out = io.BytesIO()
    sieve = Sieve(FILES["SERVICE"], out, limits or Limits())
    sieve.write(header + body)
    return sieve, out.getvalue().split(b"\n")[:-1]


def test_good_rows_pass_untouched() -> None:
    """Byte for byte."""
    sieve, lines = passed(GOOD * 3)
    assert lines == [GOOD.rstrip(b"\n")] * 3
    assert (sieve.rows, sieve.blank, sieve.broken, sieve.first_line) == (3, 0, [], 2)


def test_padding_around_delimiters_goes() -> None:
    """Blanks and tabs of fixed-width exporters; blanks inside a value stay."""
    _, lines = passed(b" 99901 |1\t| a  b |  |20261001120000 \n")
    assert lines == [b"99901|1|a  b||20261001120000"]


def test_broken_rows_leave_a_placeholder_of_the_right_width() -> None:
    """Too few, too many, blank: the rows behind keep their places."""
    sieve, lines = passed(GOOD + b"99901|1\n" + b"\n" + b"99901|1|2|3|4|5|6\n" + GOOD)
    assert [line.count(b"|") for line in lines] == [4] * 5
    assert [(b.line, b.why, b.raw) for b in sieve.broken] == [
        (3, "c", b"99901|1"),
        (5, "c", b"99901|1|2|3|4|5|6"),
    ]
    assert (sieve.rows, sieve.blank) == (5, 1)


def test_a_delimiter_at_the_end_of_every_row_is_a_habit_and_of_one_row_a_fault() -> None:
    """One row with a | too many and an empty last cell looks the same, but its cells have moved."""
    habit = GOOD.replace(b"\n", b"|\n")
    sieve, lines = passed(habit * 3)
    assert (lines, sieve.broken) == ([GOOD.rstrip(b"\n")] * 3, [])
    sieve, _ = passed(GOOD + habit)
    assert [b.line for b in sieve.broken] == [3]


def test_a_line_as_long_as_allowed_and_one_byte_more() -> None:
    """64 KiB by the published limit; here 40 bytes."""
    fits, over = b"|".join([b"99901", b"1", b"2", b"3", b"x" * 29]), b"|".join([b"99901", b"1", b"2", b"3", b"x" * 30])
    sieve, _ = passed(fits + b"\n" + over + b"\n", Limits(line_bytes=41))
    assert [(b.line, b.why) for b in sieve.broken] == [(3, "l")]


def test_too_many_broken_rows_set_the_file_aside() -> None:
    """Memory stays bounded: the bound is a limit, not a hope."""
    with pytest.raises(FileSetAside) as aside:
        passed(b"x\n" * 11, Limits(broken_rows=10))
    assert aside.value.code == "SKL-FILE-014"


def test_a_restart_forgets_everything() -> None:
    """Transcoding found out in the middle that the file is not UTF-8."""
    out = io.BytesIO()
    sieve = Sieve(FILES["SERVICE"], out, Limits())
    sieve.write(HEADER + GOOD + b"broken\n")
    sieve.seek(0)
    sieve.truncate()
    sieve.write(HEADER + GOOD)
    assert (out.getvalue(), sieve.rows, sieve.broken) == (GOOD, 1, [])
