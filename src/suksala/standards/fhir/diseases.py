"""Plain names for the disease codes people meet most: ours, short, in Thai and English; not the text of ICD-10-TM."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache, lru_cache
from types import MappingProxyType
from typing import NamedTuple

from .terminology import rows


class Disease(NamedTuple):
    """A code's plain names."""

    th: str
    en: str


@cache
def diseases() -> Mapping[str, Disease]:
    """The codes that have names of their own, without a dot as the 43 files write them."""
    return MappingProxyType({row["code"]: Disease(row["th"], row["en"]) for row in rows("diseases.csv")})


@lru_cache(maxsize=1 << 14)
def disease(code: str) -> Disease | None:
    """The names of a code, or of the longest beginning of it that has any; None when none is known."""
    table = diseases()
    for length in range(len(code), 2, -1):
        found = table.get(code[:length])
        if found:
            return found
    return None
