"""A registration as the comparisons see it: normalised, names one byte a sign, numbers by what they can prove."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from functools import lru_cache
from typing import NamedTuple

from suksala.standards.thai_codes import NumberClass, PersonName, citizen_number, dates, names, one_byte, phones

from ..domain import PersonRow, sound_keys

THAI = "099"
_IDENTITY = frozenset({"T1", "T2", "T3"})


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
    birth_year     the year of birth where nothing more is told, by itself or by an age
    district       4-digit code of the district where nothing nearer is told
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
    birth_year: int | None = None
    district: str | None = None


class Kept(NamedTuple):
    """What is kept of a registration: one spelling, yet nothing judged that depends on the day or on another field.

    number, cls    13 signs and their class ("T1" to "T5"), or None and ""
    given, family  normalised; a newborn's placeholder has no given name and the mother's family name
    readings       other ways to read the given name
    birth          as sent
    twin_order     the order among twins that a placeholder tells
    """

    number: str | None = None
    cls: str = ""
    given: str = ""
    family: str = ""
    readings: tuple[str, ...] = ()
    birth: date | None = None
    sex: str = ""
    phone: str | None = None
    mother: str | None = None
    passport: str | None = None
    nation: str = ""
    area: str = ""
    house: str = ""
    newborn: bool = False
    twin_order: int | None = None
    dead: bool = False


def keep(row: PersonRow, name: PersonName) -> Kept:
    """A row as sent, and its name as read, as it is kept."""
    baby = name.newborn
    number = citizen_number.classify(row.number) if row.number else None
    if number and number.cls is NumberClass.T6:
        number = None
    return Kept(
        number=number.text if number else None,
        cls=number.cls.value if number else "",
        given=name.given or "",
        family=name.family or (baby and baby.mother_family) or "",
        readings=name.aliases,
        birth=row.birth,
        sex=(row.sex or "")[:1],
        phone=phones.normalise(row.phone or "") or None,
        mother=_mother(row.mother),
        passport=_passport(row.passport or ""),
        nation=(row.nation or "")[:3],
        area=row.area if row.area and len(row.area) == 6 and not row.area.endswith("99") else "",
        house=names.normalise(row.house or "").replace(" ", ""),
        newborn=row.newborn or baby is not None,
        twin_order=baby.order if baby else None,
        dead=row.dead,
    )


def read(row: PersonRow, seen_on: date) -> Demographics:
    """What a row says, made comparable. `seen_on` is the day it was sent: nobody is born later."""
    return of_kept(keep(row, names.read_name(row.given or "", row.family or "", row.title or "")), seen_on)


def of_kept(kept: Kept, seen_on: date) -> Demographics:
    """What a kept registration says on a day, made comparable."""
    birth = dates.read_birth(kept.birth, seen_on)
    number, mother = own_number(kept, _IDENTITY, birth.day if birth else None), kept.mother
    if kept.newborn:  # it has no number of its own yet: one that is written is the mother's
        number, mother = None, mother or number
    (given_sound, given_sound_2), (family_sound, family_sound_2) = sound_keys(kept.given), sound_keys(kept.family)
    return Demographics(
        number=number,
        typed_number=kept.number if kept.cls == NumberClass.T5.value else None,
        given=_coded(kept.given),
        family=_coded(kept.family),
        readings=tuple(one_byte(reading) for reading in dict.fromkeys((kept.given, *kept.readings)) if reading),
        given_sound=given_sound,
        given_sound_2=given_sound_2,
        family_sound=family_sound,
        family_sound_2=family_sound_2,
        birth=birth.day if birth else None,
        year_only=bool(birth and birth.year_only),
        sex=kept.sex if kept.sex in {"1", "2"} else None,
        phone=kept.phone,
        area=kept.area or None,
        house=kept.house or None,
        mother=mother,
        passport=kept.passport,
        newborn=kept.newborn,
        order=kept.twin_order,
        foreign=kept.nation != THAI if kept.nation else kept.cls in _IDENTITY and (kept.number or "")[0] in "067",
    )


@lru_cache(maxsize=1 << 17)
def _coded(name: str) -> str | None:
    return one_byte(name) or None


def own_number(kept: Kept, classes: Collection[str], birth: date | None) -> str | None:
    """The number, if it is of these classes and may be the person's own. One that is written for the mother too, or
    whose class contradicts the birth date, is somebody else's, most often hers: it says nothing here (decision 0207).
    """
    bears = kept.number is not None and kept.cls in classes and citizen_number.is_plausible(kept.number, birth)
    return kept.number if bears and kept.number != kept.mother else None


def _mother(written: str | None) -> str | None:
    found = citizen_number.classify(written) if written else None
    return found.text if found and found.trusted else None


def _passport(written: str) -> str | None:
    kept = "".join(letter for letter in names.normalise(written) if letter.isascii() and letter.isalnum())
    return kept if len(kept) >= 6 and len(set(kept)) > 2 else None
