"""Plain names for the disease codes people meet most: ours, short, in Thai and English; not the text of ICD-10-TM."""

from __future__ import annotations

import csv
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple


class Disease(NamedTuple):
    """A code's plain names."""

    th: str
    en: str


@lru_cache(maxsize=1)
def _table() -> dict[str, Disease]:
    with Path(__file__).with_name("diseases.csv").open(encoding="utf-8", newline="") as stream:
        return {row["code"]: Disease(row["th"], row["en"]) for row in csv.DictReader(stream)}


@lru_cache(maxsize=1 << 14)
def name(code: str) -> Disease | None:
    """The names of a code, or of the longest beginning of it that has any; None when none is known."""
    table = _table()
    for length in range(len(code), 2, -1):
        found = table.get(code[:length])
        if found:
            return found
    return None
