"""A registration as the comparisons see it: normalised, names one byte a sign, numbers by what they can prove."""

from __future__ import annotations

from datetime import date
from typing import NamedTuple

from suksala.standards.thai_codes import NumberClass, citizen_number, dates, names, one_byte, phones

from ..domain import PersonRow, sound_keys

THAI = "099"
_IDENTITY = frozenset({NumberClass.T1, NumberClass.T2, NumberClass.T3})


class Demographics(NamedTuple):
    """What two registrations are compared by. None (or an empty tuple) where nothing is known.

    number         a number that bears identity (T1 to T3), and that somebody born then may hold
    typed_number   a number that fails its check digit (T5): compared by edits, never a key
    given, family  one byte a sign (`thai_codes.one_byte`)
    readings       the given name, and other ways to read the field
    given_sound, given_sound_2, family_sound, family_sound_2  two sound keys of a name (domain.sound_keys)
    birth          a plausible date, its year Gregorian; year_only: 1 January or 1 July
    sex            "1" or "2"
    phone          national digits; area: 6-digit tambon; house: number and village
    mother         the mother's number; passport: letters and digits
    newborn        a placeholder for a newborn: no given name, and the family name is the mother's
    order          the order among twins that a placeholder tells
    foreign        of another nationality, or without a Thai number class
    """

    number: str | None = None
    typed_number: str | None = None
    given: str | None = None
    family: str | None = None
    readings: tuple[str, ...] = ()
    given_sound: str | None = None
    given_sound_2: str | None = None
    family_sound: str | None = None
    family_sound_2: str | None = None
    birth: date | None = None
    year_only: bool = False
    sex: str | None = None
    phone: str | None = None
    area: str | None = None
    house: str | None = None
    mother: str | None = None
    passport: str | None = None
    newborn: bool = False
    order: int | None = None
    foreign: bool = False


def read(row: PersonRow, seen_on: date) -> Demographics:
    """What a registration says, made comparable. `seen_on` is the day it was sent: nobody is born later."""
    name = names.read_name(row.given or "", row.family or "", row.title or "")
    baby = name.newborn
    given, family = name.given or "", name.family or (baby and baby.mother_family) or ""
    (given_sound, given_sound_2), (family_sound, family_sound_2) = sound_keys(given), sound_keys(family)
    birth = dates.read_birth(row.birth, seen_on)
    number, typed, foreign_number = _numbers(row.number, birth.day if birth else None)
    mother = _numbers(row.mother)[0]
    if baby or row.newborn:  # a newborn has no number of its own yet: one that is written is the mother's
        number, mother = None, mother or number
    return Demographics(
        number=number,
        typed_number=typed,
        given=_coded(given),
        family=_coded(family),
        readings=tuple(one_byte(reading) for reading in dict.fromkeys((given, *name.aliases)) if reading),
        given_sound=given_sound,
        given_sound_2=given_sound_2,
        family_sound=family_sound,
        family_sound_2=family_sound_2,
        birth=birth.day if birth else None,
        year_only=bool(birth and birth.year_only),
        sex=row.sex if row.sex in {"1", "2"} else None,
        phone=phones.normalise(row.phone or "") or None,
        area=row.area if row.area and len(row.area) == 6 and not row.area.endswith("99") else None,
        house=names.normalise(row.house or "").replace(" ", "") or None,
        mother=mother,
        passport=_passport(row.passport or ""),
        newborn=row.newborn or baby is not None,
        order=baby.order if baby else None,
        foreign=foreign_number if row.nation is None else row.nation != THAI,
    )


def _coded(name: str) -> str | None:
    return one_byte(name) or None


def _numbers(written: str | None, birth: date | None = None) -> tuple[str | None, str | None, bool]:
    """The number that bears identity, the one that fails its check, and whether it is of a class for foreigners.

    A number whose class contradicts the birth year is somebody else's, most often the mother's: it says nothing here.
    """
    if not written:
        return None, None, False
    found = citizen_number.classify(written, birth)
    if found.cls in _IDENTITY:
        return (found.text if found.trusted else None), None, found.text[0] in "067"
    return None, found.text if found.cls is NumberClass.T5 else None, False


def _passport(written: str) -> str | None:
    kept = "".join(letter for letter in names.normalise(written) if letter.isascii() and letter.isalnum())
    return kept if len(kept) >= 6 and len(set(kept)) > 2 else None
