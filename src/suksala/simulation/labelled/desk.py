"""What a registration desk writes of one human: each field wrong on its own, whatever happens to the others.

That is the difference to `mistakes`, where one registration loses its name or its birth date but never both.
Rates are those of the distribution table in docs/reference/simulation.md.
"""

from __future__ import annotations

from random import Random
from typing import Final

from .. import mistakes, names, numbers
from ..calendar import ymd
from ..mistakes import DUMMIES, Desk
from ..people import phone
from .population import HOSPITALS, Household, Human, house, new_year

CARD_READ: Final = dict(zip(HOSPITALS, (0.72, 0.60, 0.50, 0.45, 0.55), strict=True))
CARD_FROM, RANK_FROM = 7, 20  # years
NUMBER: Final = (("missing", 0.104), ("slip", 0.021), ("dummy", 0.006), ("number-of-mother", 0.006))
SLIPS: Final = (("substitution", "transposition", "lost-digit", "two-digits"), (55, 30, 10, 5))
BIRTH: Final = (("day-month-swapped", 0.02), ("year-only", 0.03), ("year-off", 0.015), ("day-off", 0.02),
                ("missing", 0.015))  # fmt: skip
ERA: Final = (("buddhist-year", 0.014), ("year-minus-543", 0.009))  # of all rows: a fault of the program, not the hand
MISSPELT_GIVEN, MISSPELT_FAMILY, NOISE, GLUED = 0.052, 0.075, 0.035, 0.04
ORDER: Final = (("swapped", 0.006), ("both-in-one", 0.006))
WRONG_SEX: Final = 0.002
NEW_YEAR: Final = 0.82  # of the unknown days
PHONE: Final = (("blank", 0.30), ("changed", 0.18), ("dummy", 0.012))
MOVED, NO_HOUSE_NUMBER = 0.15, 0.10
NO_PAPERS, HOSPITAL_ISSUES = 0.18, 0.6  # foreigners; 60 % of those who show no number get one of the hospital's
_NO_PHONE: Final = ("0000000000", "1111111111", "1234567890")
_ZERO_WIDTH: Final = "\u200b"
_TITLES: Final = {  # the first spelling is the card's
    "boy": ("ด.ช.", "เด็กชาย", "ดช."),
    "girl": ("ด.ญ.", "เด็กหญิง", "ดญ."),
    "man": ("นาย", "นาย", "นาย", "นาย."),
    "miss": ("น.ส.", "นางสาว", "นส."),
    "wife": ("นาง", "นาง", "นาง", "นาง."),
    "foreign man": ("MR.", "MR", "นาย"),
    "foreign woman": ("MRS.", "MISS", "MS.", "นาง", "น.ส."),
}
_PLACEHOLDERS: Final = ("บุตร นาง", "บุตรนาง", "บุตร น.ส.", "ทารก", "ทารกแรกเกิด", "BABY OF ")
_NAMELESS: Final = "ทารกแรกเกิด"  # the only one that does not say whose child


def card(human: Human, day: int) -> Desk:
    """What the machine reads from the card: number, title and names as they are."""
    given, family = human.names_on(day)
    return Desk(human.number, given, family, _titles(human, day)[0], ymd(human.birth), human.sex, [])


def typed(rng: Random, human: Human, day: int) -> Desk:
    """What a clerk types of a Thai: number, names and birth date, each with its own mistakes."""
    desk = card(human, day)
    desk.title = rng.choice(_titles(human, day))
    _number(rng, desk, human, day)
    _names(rng, desk)
    _birth(rng, desk)
    return desk


def foreigner(rng: Random, human: Human, hospcode: str, day: int) -> tuple[Desk, str]:
    """What a clerk types of a foreigner, and the passport that was shown."""
    given, family = names.written(rng, human.syllables or [], rng.choice(names.MIGRANT_SPELLINGS))
    title = rng.choice(_TITLES["foreign man" if human.sex == "1" else "foreign woman"])
    desk = Desk(human.number, given, family, title, ymd(human.birth), human.sex, [])
    passport = human.passport
    if rng.random() < NO_PAPERS:
        desk.number = passport = ""
        desk.wrong("CID", "no-papers")
    if not desk.number and rng.random() < HOSPITAL_ISSUES:
        desk.number = f"0{hospcode}{rng.randrange(10_000_000):07d}"
        desk.wrong("CID", "hospital-issued")
    _birth(rng, desk)
    return desk, passport


def newborn(rng: Random, child: Human, day: int) -> Desk:
    """The record of a birth: no name of the child's own, seldom a number, and that is the mother's."""
    desk = card(child, day)
    mother = child.mother
    if mother is None:
        raise ValueError("a newborn with a mother expected")
    given, desk.family = mother.names_on(day)
    if mother.maiden and rng.random() < 0.25:
        desk.family = mother.maiden
    placeholder = rng.choice(_PLACEHOLDERS)
    desk.given = placeholder if placeholder == _NAMELESS else placeholder + given
    if child.order:
        desk.given += " " + rng.choice(("12", "AB"))[child.order - 1]
    desk.number = mother.number if rng.random() < 0.05 else ""
    _birth(rng, desk)
    return desk


def every_row(rng: Random, desk: Desk, human: Human) -> None:
    """What goes wrong in rows of all kinds, card or hand: sex, era, and the day that nobody knows."""
    if human.day_unknown and desk.birth == ymd(human.birth) and rng.random() >= NEW_YEAR:
        desk.birth = ymd(new_year(human.birth) + int(rng.random() * 365))
        desk.wrong("BIRTH", "day-guessed")
    if (era := _one(rng, ERA)) and desk.birth:
        desk.birth = mistakes.misdated(rng, desk.birth, era)
        desk.wrong("BIRTH", era)
    if rng.random() < WRONG_SEX:
        desk.sex = "2" if human.sex == "1" else "1"
        desk.wrong("SEX", "wrong-sex")


def phone_and_place(rng: Random, desk: Desk, human: Human, home: Household, areas: list[str]) -> tuple[str, ...]:
    """Phone, house number, village and sub-district as one desk has them. `areas` are where people move to."""
    number, kind = human.phone, _one(rng, PHONE)
    if kind:
        number = "" if kind == "blank" else phone(rng) if kind == "changed" else rng.choice(_NO_PHONE)
        desk.wrong("MOBILE", kind)
    where = (home.house, home.village, home.tambon)
    if rng.random() < MOVED:
        where = (house(rng), str(1 + int(rng.random() * 12)), rng.choice(areas))
        desk.wrong("HOUSE", "moved")
    if rng.random() < NO_HOUSE_NUMBER:
        where = ("", *where[1:])
        desk.wrong("HOUSE", "blank")
    return number, *where


def misspelt(rng: Random, text: str) -> str:
    """One slip that changes the name; where no letter has a neighbour in sound or on the keyboard, the last doubled."""
    for _ in range(20):
        wrong = mistakes.misspelt(rng, text)
        if wrong != text:
            return wrong
    return text + text[-1:]


def _one(rng: Random, rates: tuple[tuple[str, float], ...]) -> str:
    """At most one of several kinds, each with its own rate."""
    draw = rng.random()
    for kind, rate in rates:
        if draw < rate:
            return kind
        draw -= rate
    return ""


def _titles(human: Human, day: int) -> tuple[str, ...]:
    """The spellings of the title of that day: a child's, a rank, or by sex and marriage."""
    age = human.age(day)
    if age < 15:
        return _TITLES["boy" if human.sex == "1" else "girl"]
    if human.rank and age >= RANK_FROM:
        return (human.rank,)
    if human.sex == "1":
        return _TITLES["man"]
    return _TITLES["wife" if human.wife and day >= human.married_on else "miss"]


def _number(rng: Random, desk: Desk, human: Human, day: int) -> None:
    kind = _one(rng, NUMBER)
    if kind == "missing":
        desk.number = ""
    elif kind == "slip":
        desk.number, kind = slip(rng, desk.number)
    elif kind == "dummy":
        desk.number = rng.choice(DUMMIES)
    elif kind == "number-of-mother":
        if human.mother is None or human.age(day) >= 15:
            return
        desk.number = human.mother.number
    if kind:
        desk.wrong("CID", kind)


def slip(rng: Random, number: str) -> tuple[str, str]:
    """A typing slip in a number, and its kind; one in eleven passes the check digit and leads to nobody."""
    if rng.random() < numbers.PASSING_SLIPS:
        return numbers.nobodys(rng, number), "wrong-but-valid"
    kind = rng.choices(*SLIPS)[0]
    while True:
        wrong = _slipped(rng, number, kind)
        if wrong != number and not numbers.passes(wrong):
            return wrong, kind


def _slipped(rng: Random, number: str, kind: str) -> str:
    if kind == "lost-digit":
        return numbers.shortened(rng, number)
    place = 3 + int(rng.random() * 9)
    if kind == "transposition":
        return numbers.transposed(number, place)
    wrong = numbers.substituted(rng, number, place)
    return wrong if kind == "substitution" else numbers.substituted(rng, wrong, 3 + int(rng.random() * 10))


def _names(rng: Random, desk: Desk) -> None:
    if rng.random() < MISSPELT_GIVEN:
        desk.given = misspelt(rng, desk.given)
        desk.wrong("NAME", "misspelt")
    if rng.random() < MISSPELT_FAMILY:
        desk.family = misspelt(rng, desk.family)
        desk.wrong("LNAME", "misspelt")
    if rng.random() < NOISE:
        desk.given = _noise(rng, desk.given)
        desk.wrong("NAME", "encoding-noise")
    if rng.random() < GLUED:
        desk.given = desk.title + desk.given
        desk.wrong("NAME", "title-glued")
    if order := _one(rng, ORDER):
        joined = (f"{desk.given} {desk.family}", "-")
        desk.given, desk.family = (desk.family, desk.given) if order == "swapped" else joined
        desk.wrong("NAME", order)


def _noise(rng: Random, text: str) -> str:
    if rng.random() < 0.2:
        place = rng.randrange(1, len(text)) if len(text) > 1 else 1
        return text[:place] + _ZERO_WIDTH + text[place:]
    return mistakes.noise(rng, text)


def _birth(rng: Random, desk: Desk) -> None:
    if kind := _one(rng, BIRTH):
        wrong = mistakes.misdated(rng, desk.birth, kind)
        if wrong != desk.birth:
            desk.birth = wrong
            desk.wrong("BIRTH", kind)
