"""Whole-deposit and whole-file answers: a stable code, a sentence in Thai and one in English (sayings.csv).

Row faults are not errors: they are counted in the receipt.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from suksala.foundation import SuksalaError

SAYINGS = Path(__file__).parent / "sayings.csv"


@cache
def sayings() -> Mapping[str, tuple[str, str]]:
    """code -> the sentence in Thai and in English, with places for words in braces."""
    with SAYINGS.open(encoding="utf-8", newline="") as stream:
        return {row["code"]: (row["th"], row["en"]) for row in csv.DictReader(stream)}


class _Said(SuksalaError):
    """An answer from the table, its places filled."""

    family = ""

    def __init__(self, number: str, **words: object) -> None:
        code = f"SKL-{self.family}-{number}"
        th, en = sayings()[code]
        super().__init__(th.format(**words), en.format(**words), code=code)


class ZipRefused(_Said):
    """The zip itself cannot be used; nothing of it was taken in. Codes SKL-ZIP-001 to 016."""

    family = "ZIP"


class DepositRefused(_Said):
    """A deposit that is not taken in, or something that cannot be done with one. Codes SKL-DEP-001 to 011."""

    family = "DEP"


class FileSetAside(_Said):
    """One file of a deposit is set aside, the others go on. Codes SKL-FILE-011 to 014 (below 010: standards.file43)."""

    family = "FILE"
