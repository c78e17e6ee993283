"""National numbers of people who do not exist: only from the range that the standard's module sets apart."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from random import Random
from typing import Final

from suksala.standards.thai_codes import citizen_number

_SPARE: Final = 900_000_000  # numbers from here on are given to nobody: a wrong number that passes comes from here
PASSING_SLIPS: Final = 0.09  # of typing slips; most because the check digit does not look at the third digit


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
    if draw < PASSING_SLIPS:
        return nobodys(rng, number), "wrong-but-valid"
    if draw < 0.19:
        return shortened(rng, number), "lost-digit"
    while True:
        place = rng.randrange(3, 12)
        wrong = transposed(number, place) if rng.random() < 0.35 else substituted(rng, number, place)
        if not passes(wrong):
            return wrong, "typo"


def passes(number: str) -> bool:
    """Is this thirteen digits whose check digit holds?"""
    return citizen_number.is_valid(number)


def nobodys(rng: Random, number: str) -> str:
    """A wrong number of the same class that passes the check digit, and that nobody holds."""
    return citizen_number.synthetic(_SPARE + rng.randrange(90_000_000), int(number[0]))


def shortened(rng: Random, number: str) -> str:
    """One digit lost."""
    place = rng.randrange(13)
    return number[:place] + number[place + 1 :]


def transposed(number: str, place: int) -> str:
    """A digit and its neighbour changed round; `place` 3 to 11, so that the number stays in the made-up range."""
    return number[:place] + number[place + 1] + number[place] + number[place + 2 :]


def substituted(rng: Random, number: str, place: int) -> str:
    """Any digit at one place, the right one too; `place` 3 to 12."""
    return number[:place] + str(rng.randrange(10)) + number[place + 1 :]


@lru_cache(maxsize=4096)
def trusted(number: str, birth: int | None) -> bool:
    """May this number, as sent, join registrations: a national or foreigner's number that fits the birth date."""
    read = citizen_number.classify(number, date.fromordinal(birth) if birth else None)
    return read.trusted and read.cls.value in {"T1", "T2"}
