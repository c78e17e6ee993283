"""National numbers of people who do not exist: only from the range that the standard's module sets apart."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from random import Random
from typing import Final

from suksala.standards.thai_codes import citizen_number

_SPARE: Final = 900_000_000  # numbers from here on are given to nobody: a wrong number that passes comes from here


def national(n: int, birth_year: int, rng: Random) -> str:
    """The number of the n-th made-up Thai; the first digit tells how the birth was registered."""
    if birth_year >= 1984:
        return citizen_number.synthetic(n, 1 if rng.random() < 0.95 else 2)
    return citizen_number.synthetic(n, rng.choices((3, 4, 5), (87, 7, 6))[0])


def foreign(n: int, first_digit: int) -> str:
    """A number that begins with 0, 6 or 7, for people without Thai nationality."""
    return citizen_number.synthetic(n, first_digit)


def mistyped(rng: Random, number: str) -> tuple[str, str]:
    """A typing slip in a number, and its kind.

    One slip in eleven still passes the check digit (experiment.md section 3); it then leads to a number of the
    made-up range that nobody holds, never to a real one.
    """
    draw = rng.random()
    if draw < 0.09:
        return citizen_number.synthetic(_SPARE + rng.randrange(90_000_000), int(number[0])), "wrong-but-valid"
    if draw < 0.19:
        place = rng.randrange(13)
        return number[:place] + number[place + 1 :], "lost-digit"
    while True:
        wrong = _slip(rng, number)
        if not citizen_number.is_valid(wrong):
            return wrong, "typo"


@lru_cache(maxsize=4096)
def trusted(number: str, birth: int | None) -> bool:
    """May this number, as sent, join registrations: a national or foreigner's number that fits the birth date."""
    read = citizen_number.classify(number, date.fromordinal(birth) if birth else None)
    return read.trusted and read.cls.value in {"T1", "T2"}


def _slip(rng: Random, number: str) -> str:
    place = rng.randrange(3, 12)
    if rng.random() < 0.35:
        return number[:place] + number[place + 1] + number[place] + number[place + 2 :]
    return number[:place] + str(rng.randrange(10)) + number[place + 1 :]
