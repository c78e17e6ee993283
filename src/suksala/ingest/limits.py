"""How large a deposit may be (docs/reference/receipt.md prints them)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    """The largest zip, its largest content and the worst lines that are still looked at.

    ratio applies only from `ratio_from` unpacked bytes: a small file of equal rows packs very well.
    """

    zip_bytes: int = 200 << 20
    entries: int = 128
    file_bytes: int = 2 << 30
    unpacked_bytes: int = 4 << 30
    ratio: int = 200
    ratio_from: int = 64 << 20
    line_bytes: int = 64 << 10
    broken_rows: int = 100_000
    broken_bytes: int = 64 << 20


LIMITS = Limits()
