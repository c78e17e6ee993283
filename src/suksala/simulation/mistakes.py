"""What a registration desk does to a name, a birth date and a number.

Kinds and rates follow the labelled population the project measured its linkage on: rates are of records typed by
hand, unless "of all" is said. At most one mistake of name and birth together, so that a trusted number still finds
its own human (the guard: same birth date, or given names alike); docs/reference/simulation.md says so as a limit.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random
from typing import Final

from . import numbers
from .calendar import ordinal, ymd
from .people import Person

CARD_READ: Final = {"hospital": 0.66, "unit": 0.52, "clinic": 0.45}  # exact name and number
_HOMOPHONES: Final = (("ณ", "น"), ("ศ", "ส"), ("ษ", "ส"), ("ธ", "ท"), ("ภ", "พ"), ("ญ", "ย"), ("ฎ", "ด"),
                      ("ติ", "ต"), ("ใ", "ไ"), ("ช", "ฉ"), ("ร", "ล"), ("น", "ณ"))  # fmt: skip
_DROPPED: Final = "่้๊๋์็ิีุู"
_KEYBOARD: Final = str.maketrans(
    {"ก": "ด", "ด": "เ", "า": "ส", "ร": "ี", "น": "ร", "ม": "ท", "ว": "ง", "พ": "ะ", "ส": "ว"}
)
DUMMIES: Final = ("1111111111119", "9999999999994", "1234567890121", "0000000000000", "1111111111111")
TITLE_TEXT: Final = {
    "001": "ด.ช.",
    "002": "ด.ญ.",
    "003": "นาย",
    "004": "นางสาว",
    "005": "นาง",
    "218": "ร.ต.",
    "220": "จ.ส.อ.",
    "222": "จ.ส.ต.",
}
_VERDICTS: Final = {
    ("BIRTH", "buddhist-year"): ("refused", "buddhist-year"),
    ("BIRTH", "year-minus-543"): ("field-null", "date"),
    ("BIRTH", "missing"): ("suspicious", "required"),
    ("CID", "typo"): ("suspicious", "check-digit"),
    ("CID", "lost-digit"): ("suspicious", "check-digit"),
}


@dataclass(slots=True)
class Desk:
    """What one facility wrote down about one human, and what was wrong with it."""

    number: str
    given: str
    family: str
    title: str
    birth: str  # YYYYMMDD as typed
    sex: str
    mistakes: list[tuple[str, str]]  # (column, kind)

    def wrong(self, column: str, kind: str) -> None:
        """Remember one mistake."""
        self.mistakes.append((column, kind))


def exact(person: Person, title: str) -> Desk:
    """The registration without a mistake."""
    return Desk(person.number, person.given, person.family, title, ymd(person.birth), person.sex, [])


def typed(rng: Random, person: Person, title: str, kind: str, day: int) -> Desk:
    """The registration as the desk of a facility of this kind made it, on a given day."""
    desk = exact(person, title)
    desk.birth = ymd(person.birth)
    if person.married_on and day < person.married_on:
        desk.family = person.maiden
        desk.wrong("LNAME", "maiden-name")
    if person.age(day) >= 7 and rng.random() < CARD_READ[kind]:
        return desk
    _number(rng, desk, person, day)
    severe = rng.random()
    if severe < 0.075:
        _birth(rng, desk, person)
    elif severe < 0.30:
        _names(rng, desk)
    elif severe < 0.302:
        desk.sex = "2" if person.sex == "1" else "1"
        desk.wrong("SEX", "wrong-sex")
    if person.number == "" and person.nation == "099":
        desk.wrong("CID", "missing")
    return desk


def clash(desk: Desk, others: list[Desk]) -> bool:
    """Would no rule join two registrations: the birth date wrong in one, the given name lost in the other?"""
    lost = {("NAME", "swapped"), ("NAME", "both-in-one"), ("NAME", "title-glued"), ("NAME", "misspelt")}
    desks = [desk, *others]
    wrong_birth = [d for d in desks if any(column == "BIRTH" for column, _ in d.mistakes)]
    lost_name = [d for d in desks if lost & set(d.mistakes)]
    return bool(wrong_birth and lost_name) and (desk in wrong_birth or desk in lost_name)


def verdict(column: str, kind: str) -> tuple[str, str, str]:
    """Kind, verdict and rule of a mistake in a PERSON row, for the list of injected errors."""
    answer, rule = _VERDICTS.get((column, kind), ("accepted", ""))
    return kind, answer, f"PERSON.{column}.{rule}" if rule else ""


def newborn(rng: Random, child: Person, mother: Person) -> Desk:
    """The first record of a newborn: no name of its own and nearly always no number."""
    style = rng.randrange(3)
    if style == 0:
        given = f"บุตร นาง{mother.given}"
    elif style == 1:
        given = f"ทารก{mother.given}"
    else:
        given = "ทารกแรกเกิด"
    if child.twin:
        given += f" {'AB'[child.twin - 1]}"
    desk = replace(
        exact(child, "001" if child.sex == "1" else "002"), given=given[:50], family=mother.family, number=""
    )
    desk.mistakes = [("NAME", "newborn-placeholder"), ("CID", "missing")]
    return desk


def _number(rng: Random, desk: Desk, person: Person, day: int) -> None:
    if not desk.number or person.nation != "099":
        return
    draw = rng.random()
    child = person.age(day) < 15
    if draw < 0.104:
        desk.number = ""
        desk.wrong("CID", "missing")
    elif draw < 0.125:
        desk.number, kind = numbers.mistyped(rng, desk.number)
        desk.wrong("CID", kind)
    elif draw < 0.131:
        desk.number = rng.choice(DUMMIES)
        desk.wrong("CID", "dummy")
    elif child and person.mother and person.mother.number and draw < 0.137 and desk.given[0] != person.mother.given[0]:
        desk.number = person.mother.number
        desk.wrong("CID", "number-of-mother")


def _names(rng: Random, desk: Desk) -> None:
    draw = rng.random() * 22.5
    if draw < 5.2:
        desk.given = misspelt(rng, desk.given)
        desk.wrong("NAME", "misspelt")
    elif draw < 12.7:
        desk.family = misspelt(rng, desk.family)
        desk.wrong("LNAME", "misspelt")
    elif draw < 16.2:
        desk.given = noise(rng, desk.given)
        desk.wrong("NAME", "encoding-noise")
    elif draw < 20.2 and desk.title in TITLE_TEXT:
        desk.given = TITLE_TEXT[desk.title] + desk.given
        desk.wrong("NAME", "title-glued")
    elif draw < 20.8:
        desk.given, desk.family = desk.family, desk.given
        desk.wrong("NAME", "swapped")
    elif draw < 21.4:
        desk.given, desk.family = f"{desk.given} {desk.family}", "-"
        desk.wrong("NAME", "both-in-one")


def _birth(rng: Random, desk: Desk, person: Person) -> None:
    day, month = desk.birth[6:], desk.birth[4:6]
    draw = rng.random() * 13
    if draw < 2 and int(day) <= 12 and day != month:
        kind = "day-month-swapped"
    elif draw < 5:
        kind = "year-only"
    elif draw < 6.5:
        kind = "year-off"
    elif draw < 8.5:
        kind = "day-off"
    elif draw < 10:
        kind = "missing"
    elif draw < 11.8:
        kind = "buddhist-year"
    else:
        kind = "year-minus-543"
    desk.birth = misdated(rng, desk.birth, kind)
    if desk.birth != ymd(person.birth):
        desk.wrong("BIRTH", kind)


def misdated(rng: Random, text: str, kind: str) -> str:
    """A birth date (YYYYMMDD) with one mistake: day-month-swapped, year-only, year-off, day-off or missing, or one of
    the two mistakes of the era, buddhist-year and year-minus-543. Not every date can be wrong in every way."""
    year, month, day = text[:4], text[4:6], text[6:]
    if kind == "day-month-swapped":
        return year + day + month if int(day) <= 12 else text
    if kind == "year-only":
        return year + "0101"
    if kind == "year-off":
        return f"{int(year) - rng.choice((1, 10))}" + ("0228" if month + day == "0229" else month + day)
    if kind == "day-off":
        return f"{year}{month}{int(day) - 1:02d}" if int(day) > 1 else f"{year}{month}02"
    if kind == "missing":
        return ""
    return f"{int(year) + (543 if kind == 'buddhist-year' else -543)}{month}{day}"


def misspelt(rng: Random, text: str) -> str:
    """One slip: a letter of the same sound, a lost tone mark, or the neighbour on the keyboard."""
    draw = rng.random()
    if draw < 0.62:
        found = [pair for pair in _HOMOPHONES if pair[0] in text[1:]]
        if found:
            old, new = rng.choice(found)
            return text[0] + text[1:].replace(old, new, 1)
    if draw < 0.80:
        marks = [n for n, letter in enumerate(text) if letter in _DROPPED]
        if marks:
            place = rng.choice(marks)
            return text[:place] + text[place + 1 :]
    place = rng.randrange(1, len(text)) if len(text) > 1 else 0
    return text[:place] + text[place].translate(_KEYBOARD) + text[place + 1 :]


def noise(rng: Random, text: str) -> str:
    """The same name in other signs: am or ae typed in two strokes, a blank or a dot too many."""
    if "ำ" in text:
        return text.replace("ำ", "ํา")  # the vowel typed in two strokes
    if "แ" in text:
        return text.replace("แ", "เเ")
    return rng.choice((f"{text} ", f" {text}", f"{text}.", f"{text[:2]}  {text[2:]}"))


def unknown_day(year: int) -> int:
    """Unknown day and month of birth: 1 January, the written rule of the standard."""
    return ordinal(year, 1, 1)
