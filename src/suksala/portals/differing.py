"""What differs between two texts, sign by sign: a Thai consonant keeps its vowels and tone marks when one is marked."""

from __future__ import annotations

import unicodedata
from difflib import SequenceMatcher

Part = tuple[str, bool]  # text, whether it differs


def differing(one: str, other: str) -> tuple[list[Part], list[Part]]:
    """Both texts in parts, those marked that the other one does not have in that place.

    >>> differing("มาลี", "มาลา")
    ([('มา', False), ('ลี', True)], [('มา', False), ('ลา', True)])
    """
    first, second = _signs(one), _signs(other)
    if not first or not second:
        return [(one, False)] if one else [], [(other, False)] if other else []
    found: tuple[list[Part], list[Part]] = ([], [])
    for kind, a, b, c, d in SequenceMatcher(None, first, second, autojunk=False).get_opcodes():
        for side, text in zip(found, ("".join(first[a:b]), "".join(second[c:d])), strict=True):
            if text:
                side.append((text, kind != "equal"))
    return found


def _signs(text: str) -> list[str]:
    """What a reader sees as one sign: a letter with all that stands above, below and behind it."""
    signs: list[str] = []
    for letter in text:
        if signs and (unicodedata.category(letter) in {"Mn", "Mc"} or letter in "ะาำ"):
            signs[-1] += letter
        else:
            signs.append(letter)
    return signs
