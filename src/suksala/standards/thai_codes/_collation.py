"""Thai order and search keys.

The order of the Royal Institute's dictionary: by consonant first, so a leading vowel (เ แ โ ใ ไ) is read after the
consonant it is written before; tone marks and other signs above decide only between otherwise equal words.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from ._names import normalise

_LEADING_VOWEL = re.compile(r"([\u0e40-\u0e44])([\u0e01-\u0e2e])")
_MARKS = "\u0e47\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e4d\u0e4e"
_IGNORED = re.compile(r"[^0-9a-z\u0e01-\u0e39\u0e3f-\u0e59 ]+")
_SEPARATOR = "\x01"  # below every letter, and unlike NUL allowed in PostgreSQL text


@lru_cache(maxsize=1 << 14)
def sort_key(text: str) -> str:
    """A key whose plain (code point, "C") order is Thai dictionary order.

    >>> sorted(["แก", "ขา", "เกา", "กา"], key=sort_key)
    ['กา', 'เกา', 'แก', 'ขา']
    """
    plain = _IGNORED.sub("", normalise(text).lower())
    swapped = _LEADING_VOWEL.sub(r"\2\1", plain)
    first = "".join(c for c in swapped if c not in _MARKS)
    return f"{first}{_SEPARATOR}{_accents(swapped)}"


def _accents(text: str) -> str:
    """For each letter the marks on it, so that กา before ก่า before ก้า, wherever the mark stands."""
    return "".join(chr(ord("1") + _MARKS.index(c)) if c in _MARKS else "0" for c in text)


@lru_cache(maxsize=1 << 14)
def folded(text: str) -> str:
    """A key for searching: one spelling, lower case, without tone marks, signs, accents and punctuation.

    >>> folded("น้ำ  ทิพย์"), folded("José")
    ('นำ ทิพย', 'jose')
    """
    return folded_text(text)


def folded_text(text: str) -> str:
    """As `folded`, for long texts: they do not come again, and would fill its memory."""
    lower = normalise(text).lower()
    latin = "".join(
        c for c in unicodedata.normalize("NFKD", lower) if not unicodedata.combining(c) or "\u0e00" < c < "\u0e80"
    )
    joined = latin.replace("\u0e4d\u0e32", "\u0e33")  # NFKD takes sara am apart
    kept = "".join(c for c in joined if c not in _MARKS).replace("เเ", "แ")
    return " ".join(_IGNORED.sub(" ", kept).split())
