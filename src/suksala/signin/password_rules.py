"""Which passwords anybody could guess: one or two known words, however they are dressed up. Pure.

A list of whole passwords says little of those of 15 characters: few lists hold any. So a password is taken apart: what
is left when known words, digits, signs and runs are taken out of it must not be next to nothing (ASVS 5.0 V6.1.2,
V6.2.4, V6.2.11).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection

# Words of this service and of who uses it, which who knows the place tries first (docs/reference/sign-in.md).
CONTEXT = (
    *("suksala", "health", "hospital", "clinic", "doctor", "nurse", "patient", "medical", "medicine", "pharmacy"),
    *("moph", "nhso", "thaid", "thailand", "bangkok", "province", "district", "provider", "passkey", "welcome"),
    *("สุขศาลา", "สุขภาพ", "โรงพยาบาล", "รพสต", "อนามัย", "สาธารณสุข", "แพทย์", "พยาบาล", "หมอ", "เภสัช", "ผู้ป่วย", "คนไข้"),
    *("อสม", "จังหวัด", "อำเภอ", "ตำบล", "ประเทศไทย", "กรุงเทพ", "รหัสผ่าน", "สวัสดี"),
)
MOST_WORDS = 2  # as many known words, each as often as one likes, are still guessed by machine
MOST_REST = 3  # letters beside them that add next to nothing
SHORTEST = 3  # letters of a known word; shorter ones are in everything
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "asdfghjkl", "zxcvbnm", "ฟหกดเ้่าสวง", "ๆไำพะัีรนยบล", "ผปแอิืทมใฝ")
_DRESSED = str.maketrans("@4013$57", "aaoiesst")


def known_words(common: Collection[str], own: Collection[str]) -> frozenset[str]:
    """What is taken out of a password: common passwords, words of this place, and what its owner is called."""
    parts = (part for name in own for part in re.split(r"[\s._-]+", name))
    words = (_plain(word) for word in (*common, *CONTEXT, *parts))
    return frozenset(word for word in words if len(word) >= SHORTEST and not word.isdigit())


def is_guessable(password: str, known: frozenset[str]) -> bool:
    """Whether a password is no more than one or two known words with digits, signs, runs and a few letters.

    >>> known = known_words(["password", "horse", "battery"], ["somchai.k"])
    >>> [is_guessable(p, known) for p in ("P4ssw0rd-P4ssw0rd-2569", "Somchai.Hospital.01")]
    [True, True]
    >>> is_guessable("correct horse battery staple", known)
    False
    """
    plain = _plain(password)
    return any(_is_covered(one, known) for one in {plain, plain.translate(_DRESSED)})


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _is_covered(text: str, known: frozenset[str]) -> bool:
    """Whether the text can be laid out of known words, at most `MOST_WORDS` different ones, and little else."""
    longest = max(map(len, known), default=0)
    reached: list[set[tuple[frozenset[str], int]]] = [set() for _ in range(len(text) + 1)]
    reached[0].add((frozenset(), 0))
    for start, states in enumerate(reached[:-1]):
        ends = range(start + SHORTEST, min(start + longest, len(text)) + 1) if states else range(0)
        found = [text[start:end] for end in ends if _is_known(text[start:end], known)]
        rest = 0 if _adds_nothing(text, start) else 1
        for used, left in states:
            if left + rest <= MOST_REST:
                reached[start + 1].add((used, left + rest))
            for word in found:
                if len(used | {word}) <= MOST_WORDS:
                    reached[start + len(word)].add((used | {word}, left))
    return bool(reached[-1])


def _is_known(word: str, known: frozenset[str]) -> bool:
    return word in known or any(word in row for row in _ROWS)


def _adds_nothing(text: str, at: int) -> bool:
    """A digit, a sign, a space, or the letter before it once more."""
    return unicodedata.category(text[at])[0] not in "LM" or (at > 0 and text[at] == text[at - 1])
