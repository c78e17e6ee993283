"""The comparisons of two registrations: for each field the levels of agreement, from the strongest down.

A level is told twice, as SQL in DuckDB's words (Splink trains on it and scores batches with it) and as Python (one
record against its candidates). Both must say the same of every pair; tests/accuracy holds them together to 1e-9 bits.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from rapidfuzz.distance import DamerauLevenshtein, JaroWinkler

from .demographics import Demographics

NEAR, ALIKE = 0.92, 0.85  # Jaro-Winkler on letters; 0.8 % of unrelated given names reach 0.7, 0.03 % 0.88
LATIN = re.compile("[A-Z]")  # in a name of one byte a sign: Thai signs have other bytes
EDITS = 2  # a number that fails its check digit and is this near another is that number mistyped

Holds = Callable[[Demographics, Demographics], bool]


class Level(NamedTuple):
    """One degree of agreement.

    name  what agrees, in a word that pages translate
    sql   the condition over the columns of Demographics with _l and _r, or ELSE
    holds the same in Python
    term  the column whose frequency of the agreeing value counts: a rare name says more than a common one
    """

    name: str
    sql: str
    holds: Holds
    term: str | None = None


class Comparison(NamedTuple):
    """One field: when it says nothing (`unknown`), and else which of its levels, strongest first; the last is ELSE."""

    name: str
    unknown: Level
    levels: tuple[Level, ...]

    def level(self, a: Demographics, b: Demographics) -> int:
        """The place of the first level that holds, -1 where nothing is known."""
        if self.unknown.holds(a, b):
            return -1
        return next(place for place, level in enumerate(self.levels) if level.holds(a, b))


def _always(_a: Demographics, _b: Demographics) -> bool:
    return True


def _unknown(field: str) -> Level:
    def holds(a: Demographics, b: Demographics) -> bool:
        return getattr(a, field) is None or getattr(b, field) is None

    return Level("unknown", f"{field}_l IS NULL OR {field}_r IS NULL", holds)


def _equal(field: str) -> Comparison:
    """A field that agrees or does not."""

    def holds(a: Demographics, b: Demographics) -> bool:
        return bool(getattr(a, field) == getattr(b, field))

    return Comparison(field, _unknown(field), (Level("equal", f"{field}_l = {field}_r", holds), OTHERWISE))


OTHERWISE = Level("differs", "ELSE", _always)


# ---- number ---------------------------------------------------------------------------------------------------------


def _number_unknown(a: Demographics, b: Demographics) -> bool:
    return not (a.number or a.typed_number) or not (b.number or b.typed_number)


def _number_equal(a: Demographics, b: Demographics) -> bool:
    return a.number is not None and a.number == b.number


def _number_near(a: Demographics, b: Demographics) -> bool:
    if a.typed_number is None and b.typed_number is None:
        return False
    return DamerauLevenshtein.distance(_written(a), _written(b), score_cutoff=EDITS) <= EDITS


def _number_failing(a: Demographics, b: Demographics) -> bool:
    return a.typed_number is not None or b.typed_number is not None


def _written(one: Demographics) -> str:
    return one.number or one.typed_number or ""


# Two numbers that both pass are equal or not: twins and families listed in 1984 differ by a digit or two.
NUMBER = Comparison(
    "number",
    Level(
        "unknown",
        "coalesce(number_l, typed_number_l) IS NULL OR coalesce(number_r, typed_number_r) IS NULL",
        _number_unknown,
    ),
    (
        Level("equal", "number_l = number_r", _number_equal),
        Level(
            "mistyped",
            "(typed_number_l IS NOT NULL OR typed_number_r IS NOT NULL) AND damerau_levenshtein("
            f"coalesce(number_l, typed_number_l), coalesce(number_r, typed_number_r)) <= {EDITS}",
            _number_near,
        ),
        Level("fails", "typed_number_l IS NOT NULL OR typed_number_r IS NOT NULL", _number_failing),
        OTHERWISE,
    ),
)


# ---- names ----------------------------------------------------------------------------------------------------------


def _swapped(a: Demographics, b: Demographics) -> bool:
    return a.given is not None and a.family is not None and a.given == b.family and a.family == b.given


def _other_reading(a: Demographics, b: Demographics) -> bool:
    return not set(a.readings).isdisjoint(b.readings)


def _name(field: str, *own: Level) -> Comparison:
    """The comparison of a given or a family name; `own` levels of one of them come after the equal and swapped ones."""

    def of(one: Demographics, suffix: str = "") -> str | None:
        found: str | None = getattr(one, field + suffix)
        return found

    def sounds_alike(a: Demographics, b: Demographics) -> bool:
        return any(of(a, key) is not None and of(a, key) == of(b, key) for key in ("_sound", "_sound_2"))

    def similar(name: str, least: float) -> Level:
        sql = f"jaro_winkler_similarity({field}_l, {field}_r) >= {least}"
        return Level(name, sql, lambda a, b: JaroWinkler.similarity(of(a) or "", of(b) or "") >= least)

    sounds = f"{field}_sound_l = {field}_sound_r OR {field}_sound_2_l = {field}_sound_2_r"
    return Comparison(
        field,
        _unknown(field),
        (
            Level("equal", f"{field}_l = {field}_r", lambda a, b: of(a) == of(b), field),
            Level("swapped", "given_l = family_r AND family_l = given_r", _swapped),
            *own,
            similar("near", NEAR),
            Level("sounds", sounds, sounds_alike),
            similar("alike", ALIKE),
            OTHERWISE,
        ),
    )


GIVEN = _name("given", Level("reading", "readings_l && readings_r", _other_reading))
FAMILY = _name("family")


# ---- birth ----------------------------------------------------------------------------------------------------------


def _both(test: Callable[[date, date], bool]) -> Holds:
    def holds(a: Demographics, b: Demographics) -> bool:
        return a.birth is not None and b.birth is not None and test(a.birth, b.birth)

    return holds


def _year_known(a: Demographics, b: Demographics) -> bool:
    return (a.year_only or b.year_only) and a.birth is not None and b.birth is not None and a.birth.year == b.birth.year


def _parts_equal(a: date, b: date) -> int:
    return (a.year == b.year) + (a.month == b.month) + (a.day == b.day)


_PARTS = (
    "(year(birth_l) = year(birth_r))::INT + (month(birth_l) = month(birth_r))::INT + (day(birth_l) = day(birth_r))::INT"
)
BIRTH = Comparison(
    "birth",
    _unknown("birth"),
    (
        Level("equal", "birth_l = birth_r", _both(lambda a, b: a == b), "birth"),
        Level(
            "swapped",
            "year(birth_l) = year(birth_r) AND month(birth_l) = day(birth_r) AND day(birth_l) = month(birth_r)",
            _both(lambda a, b: (a.year, a.month, a.day) == (b.year, b.day, b.month)),
        ),
        Level("year-known", "(year_only_l OR year_only_r) AND year(birth_l) = year(birth_r)", _year_known),
        Level("two-parts", f"{_PARTS} = 2", _both(lambda a, b: _parts_equal(a, b) == 2)),
        Level(
            "near",
            "abs(year(birth_l) - year(birth_r)) <= 1 AND month(birth_l) = month(birth_r)",
            _both(lambda a, b: abs(a.year - b.year) <= 1 and a.month == b.month),
        ),
        OTHERWISE,
    ),
)


# ---- the rest -------------------------------------------------------------------------------------------------------

SEX, PHONE, MOTHER, PASSPORT = _equal("sex"), _equal("phone"), _equal("mother"), _equal("passport")
ADDRESS = Comparison(
    "address",
    _unknown("area"),
    (
        Level(
            "house",
            "area_l = area_r AND house_l = house_r",
            lambda a, b: a.area == b.area and a.house is not None and a.house == b.house,
        ),
        Level("area", "area_l = area_r", lambda a, b: a.area == b.area),
        Level("district", "left(area_l, 4) = left(area_r, 4)", lambda a, b: (a.area or "")[:4] == (b.area or "")[:4]),
        OTHERWISE,
    ),
)

# A line list of an outbreak tells an age where it tells anything: two lists of one person are a year apart or two.
BIRTH_YEAR = Comparison(
    "birth_year",
    _unknown("birth_year"),
    (
        Level("equal", "birth_year_l = birth_year_r", lambda a, b: a.birth_year == b.birth_year),
        Level("near", "abs(birth_year_l - birth_year_r) <= 1", lambda a, b: _years_apart(a, b) <= 1),
        Level("close", "abs(birth_year_l - birth_year_r) <= 3", lambda a, b: _years_apart(a, b) <= 3),
        OTHERWISE,
    ),
)
DISTRICT = _equal("district")


def _latin(name: str) -> bool:
    return LATIN.search(name) is not None


def _one_script(comparison: Comparison) -> Comparison:
    """The same comparison, saying nothing of two names in two scripts: a list bears one name of a foreigner or the
    other, and letters of two scripts never agree.
    """
    field, known = comparison.name, comparison.unknown

    def unknown(a: Demographics, b: Demographics) -> bool:
        return known.holds(a, b) or _latin(getattr(a, field)) != _latin(getattr(b, field))

    left, right = (f"regexp_matches({field}_{side}, '{LATIN.pattern}')" for side in "lr")
    level = Level(known.name, f"{known.sql} OR {left} <> {right}", unknown)
    return comparison._replace(unknown=level)


def _years_apart(a: Demographics, b: Demographics) -> int:
    return abs((a.birth_year or 0) - (b.birth_year or 0))


# Who is compared by what. Children share houses, telephones and family names with brothers and sisters, foreigners have
# few names and no stable number: each kind of pair weighs the same agreement differently.
_COMMON = (NUMBER, GIVEN, FAMILY, BIRTH, SEX, PHONE, ADDRESS)
POPULATIONS: dict[str, tuple[Comparison, ...]] = {
    "adult": _COMMON,
    "child": (*_COMMON, MOTHER),
    "foreigner": (*_COMMON, PASSPORT),
}
LINE_LIST = "line-list"
COMPARISONS: dict[str, tuple[Comparison, ...]] = {
    **POPULATIONS,
    LINE_LIST: (NUMBER, _one_script(GIVEN), _one_script(FAMILY), BIRTH_YEAR, PHONE, DISTRICT, PASSPORT),
}
CHILD_YEARS = 15


def population(a: Demographics, b: Demographics, today: date) -> str:
    """Which model weighs a pair: foreigner if either is, else child if either is below 15, else adult."""
    if a.foreign or b.foreign:
        return "foreigner"
    births = [one.birth for one in (a, b) if one.birth]
    is_child = any(today.year - birth.year < CHILD_YEARS for birth in births) or a.newborn or b.newborn
    return "child" if is_child else "adult"
