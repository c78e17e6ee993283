"""What a registration tells about its human, and when two registrations with one number are one human."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance import JaroWinkler

SPELLING = 0.85  # Jaro-Winkler on characters; with the number equal .9999 of pairs are right (1 M made-up records)
YEAR_PRECISION_APART = 1  # years between two birth dates of which one is "only the year is known"
DUMMY_BIRTHS = 8  # a number with more birth dates than this belongs to nobody (found exactly the dummies in 1 M)
DUMMY_LOOKS = 64  # or with more different names and dates than this: bounds the pairs that one number can ask for


@dataclass(frozen=True, slots=True)
class PersonRow:
    """What a facility sends about one registered person (file PERSON), as the lake holds it.

    pid       the facility's own number of the person
    number    national number as sent (CID), or None; class and trust are decided here
    given, family, title  as sent; normalised here
    birth     None when unknown or refused; 1 January may mean "only the year is known" (43-file rule)
    newborn   a placeholder name of a newborn, where the sender knows; recognised from the name too
    d_update  when the facility last changed the row
    phone, mother, passport, nation  as sent (MOBILE or TELEPHONE, MOTHER, PASSPORT, NATION)
    dead      the register tells of the death (DISCHARGE 1)
    area, house  where the person lives: 6-digit code of the sub-district; house number and village (file ADDRESS)
    """

    pid: str
    number: str | None = field(default=None, repr=False)
    given: str | None = field(default=None, repr=False)
    family: str | None = field(default=None, repr=False)
    birth: date | None = field(default=None, repr=False)
    sex: str | None = None
    title: str | None = None
    newborn: bool = False
    d_update: datetime | None = None
    phone: str | None = field(default=None, repr=False)
    mother: str | None = field(default=None, repr=False)
    passport: str | None = field(default=None, repr=False)
    nation: str | None = None
    area: str | None = None
    house: str | None = field(default=None, repr=False)
    dead: bool = False


@dataclass(frozen=True, slots=True)
class Registration:
    """One person row as a page shows it. `number` is the national number in clear; never log it."""

    person: int
    human: int
    hospcode: str
    pid: str
    given: str = field(default="", repr=False)
    family: str = field(default="", repr=False)
    title: str = field(default="", repr=False)
    birth: date | None = field(default=None, repr=False)
    sex: str = ""
    number: str | None = field(default=None, repr=False)
    trusted: bool = False

    @property
    def name(self) -> str:
        """Given and family name, or "" for an orphan that no PERSON row told of."""
        return f"{self.given} {self.family}".strip()


@dataclass(frozen=True, slots=True)
class LinkResult:
    """What one linking changed.

    created   registrations seen for the first time
    changed   registrations whose demographics are new or other than before
    linked    persons that joined another human; unlinked: persons that left one
    reviews   questions for a reviewer that were not open before
    dummies   numbers in the batch that more than eight birth dates share; they link nobody
    """

    created: int = 0
    changed: int = 0
    linked: int = 0
    unlinked: int = 0
    reviews: int = 0
    dummies: int = 0


class Evidence(NamedTuple):
    """The part of a registration that the guard looks at."""

    birth: date | None
    given: str
    family: str
    newborn: bool


def guard(a: Evidence, b: Evidence) -> str | None:
    """Why two registrations with one trusted number are one human, or None: then a reviewer decides whose number it is.

    A newborn's placeholder says nothing by its name, and often carries the mother's number: it needs the birth date.

    >>> guard(Evidence(date(1960, 5, 1), "มาลี", "ใจดี", False), Evidence(date(1960, 5, 1), "สมศรี", "ใจดี", False))
    'birth'
    """
    if a.birth is not None and a.birth == b.birth:
        return "birth"
    if a.newborn or b.newborn:
        return None
    if a.given and b.given:
        if JaroWinkler.similarity(a.given, b.given) >= SPELLING:
            return "given-spelling"
        if sounds_alike(a.given, b.given):
            return "given-sound"
    return "year-family" if _year_and_family(a, b) else None


def _year_and_family(a: Evidence, b: Evidence) -> bool:
    if not a.family or a.family != b.family or a.birth is None or b.birth is None:
        return False
    return abs(a.birth.year - b.birth.year) <= YEAR_PRECISION_APART


def sounds_alike(a: str, b: str) -> bool:
    """Whether two names have a sound key in common, each with its own kind.

    lk82 and udom83 together join 88 % of the Thai spellings that sound alike (2,617 real pairs).
    """
    return any(one is not None and one == other for one, other in zip(sound_keys(a), sound_keys(b), strict=True))


@lru_cache(maxsize=1 << 17)
def sound_keys(name: str) -> tuple[str | None, str | None]:
    """Two sound keys of a name: lk82 and udom83 of a Thai one, double metaphone of a Latin one.

    None for a key that the name does not have, so that '' never equals ''.
    """
    if any("ก" <= letter <= "ฮ" for letter in name):
        from pythainlp.soundex import lk82, udom83  # a second to import; most names are equal or unlike before this

        return lk82(name) or None, udom83(name) or None
    import metaphone

    first, second = metaphone.doublemetaphone(name) if name.isascii() else ("", "")
    return first or None, second or None
