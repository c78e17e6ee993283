"""A code on a telephone that the desk need not type: read back here by the rules of ISO/IEC 18004, not by its maker."""

from __future__ import annotations

import base64
import re

import pytest

from suksala.portals.qr import picture

SIZE = 21  # modules a side of version 1, which holds 6 digits
TIMING = 6
MASKS = [
    lambda r, c: (r + c) % 2,
    lambda r, _: r % 2,
    lambda _, c: c % 3,
    lambda r, c: (r + c) % 3,
    lambda r, c: (r // 2 + c // 3) % 2,
    lambda r, c: r * c % 2 + r * c % 3,
    lambda r, c: (r * c % 2 + r * c % 3) % 2,
    lambda r, c: ((r + c) % 2 + r * c % 3) % 2,
]


def modules(address: str) -> list[list[bool]]:
    """Which modules are dark, without the quiet zone."""
    svg = base64.b64decode(address.removeprefix("data:image/svg+xml;base64,")).decode()
    dark = [[False] * SIZE for _ in range(SIZE)]
    [size] = re.findall(r'viewBox="0 0 (\d+) \d+"', svg)
    assert int(size) == SIZE + 8
    for column, row in re.findall(r"M(\d+),(\d+)H\d+V\d+H\d+z", svg):
        dark[int(row) - 4][int(column) - 4] = True
    return dark


def is_data(row: int, column: int) -> bool:
    """Not of the three corners, their format bits, or the timing lines."""
    corner = (row < 9 and column < 9) or (row < 9 and column > 12) or (row > 12 and column < 9)
    return not corner and TIMING not in (row, column)


def bits(dark: list[list[bool]]) -> str:
    """The data bits: by pairs of columns from the right, up and down in turn, unmasked."""
    form = sum(dark[8][c] << (4 - n) for n, c in enumerate((0, 1, 2, 3, 4))) ^ 0b10101
    mask = MASKS[form & 0b111]
    found = []
    for turn, right in enumerate([20, 18, 16, 14, 12, 10, 8, 5, 3, 1]):
        for row in range(SIZE - 1, -1, -1) if turn % 2 == 0 else range(SIZE):
            found += [str(int(dark[row][c] ^ (mask(row, c) == 0))) for c in (right, right - 1) if is_data(row, c)]
    return "".join(found)


@pytest.mark.parametrize("digits", ["123456", "000000", "999999", "700013"])
def test_a_scanner_reads_the_six_digits_and_no_more(digits: str) -> None:
    """Numeric mode (0001), 6 characters, two groups of three digits in ten bits each, the end (0000)."""
    read = bits(modules(picture(digits)))
    assert (read[:4], int(read[4:14], 2)) == ("0001", 6)
    assert f"{int(read[14:24], 2):03}{int(read[24:34], 2):03}" == digits
    assert read[34:38] == "0000"
