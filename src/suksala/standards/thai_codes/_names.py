"""Names as Thai registers write them, made comparable: one spelling, titles apart, newborns' placeholders understood.

The rules are those of the matching design: nothing is dropped that could be part of a name. A title glued to a name
is taken off only when the title field says the same; otherwise both readings are kept.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, lru_cache

_INVISIBLE = re.compile(r"[\u200b-\u200d\u2060\ufeff\u00ad\u202a-\u202e\u2066-\u2069.]")
# What stands on or under a letter: the vowels, am, the tones and the signs. Nikhahit and aa, typed apart, are am.
_MARK = "[\u0e31\u0e33-\u0e3a\u0e47-\u0e4e]"
_LOOSE_ACCENTS = re.compile("[\u0300-\u036f]")  # accents that no letter took up
_NIKHAHIT, _AM = "\u0e4d", "\u0e33"
_MARKS = re.compile(f"({_MARK}*{_NIKHAHIT}{_MARK}*)\u0e32({_MARK}*)|{_MARK}{{2,}}")
_ORDER_OF_MARKS = (
    "\u0e31\u0e34\u0e35\u0e36\u0e37\u0e47\u0e3a\u0e38\u0e39\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e4d\u0e4e\u0e33"
)
_ARABIC = str.maketrans("๐๑๒๓๔๕๖๗๘๙", "0123456789")
# Thai fonts of the 1990s kept shifted vowels and tones in the private area; documents still carry them.
_OLD_GLYPHS = str.maketrans(
    "\uf700\uf701\uf702\uf703\uf704\uf705\uf706\uf707\uf708\uf709\uf70a\uf70b\uf70c\uf70d\uf70e\uf70f\uf710\uf711"
    "\uf712\uf713\uf714\uf715\uf716\uf717\uf718\uf719\uf71a",
    "\u0e10\u0e34\u0e35\u0e36\u0e37\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e0d\u0e31\u0e4d"
    "\u0e47\u0e48\u0e49\u0e4a\u0e4b\u0e4c\u0e38\u0e39\u0e3a",
)
NO_NAME = frozenset({"", "-", "--", "_", "ไม่มี", "ไม่มีนามสกุล", "NONE", "NULL"})

_ENGLISH_TITLES = {
    "MR": "นาย", "MISTER": "นาย", "MRS": "นาง", "MS": "นางสาว", "MISS": "นางสาว", "MASTER": "เด็กชาย",
    "DR": "ดร",
}  # fmt: skip
# Titles common enough that a name beginning with one may well be title and name in one field.
_GLUED = ("นางสาว", "เด็กหญิง", "เด็กชาย", "นาย", "นาง", "ดช", "ดญ", "นส")

# A consonant, a vowel written before one, or a Latin letter: นายิกา is a name, and no title followed by one.
_NAME_START = re.compile(r"[\u0e01-\u0e2e\u0e40-\u0e44A-Z]")

_PLACEHOLDER = re.compile(
    r"(?:(?:เด็กชาย|เด็กหญิง|ดช|ดญ)?\s*(?:ทารกเพศ(?:ชาย|หญิง)|ทารก|ทาร์ก)|บุตร(?:ชาย|หญิง)?(?=\s|นาง|นส|ดญ|\Z)"
    r"|BABY(?:\s+(?:BOY|GIRL))?\s+OF|B/O|BO(?=\s))\s*(?:ของ)?"
)
_ORDER = re.compile(r"\s*\(?(?:คนที่|แฝดคนที่|แฝด|TWIN)?\s*([1-4A-D])\)?\s*\Z")
_MOTHER_TITLE = re.compile(r"(?:นางสาว|นาง|นส|เด็กหญิง|ดญ|MRS|MISS|MS)\s*")


@dataclass(frozen=True)
class Newborn:
    """What a placeholder such as "บุตร น.ส.มาลี ใจดี 2" says: the mother's name, and the order among twins."""

    mother_given: str | None
    mother_family: str | None
    order: int | None


@dataclass(frozen=True)
class PersonName:
    """One written name, made comparable.

    given, family  None when there is none, or it is a placeholder
    title          full Thai title, or None
    aliases        other readings of the given name: joined, or with its first letters read as a title
    newborn        set when the name is a newborn's placeholder; `given` is then None
    """

    given: str | None
    family: str | None
    title: str | None
    aliases: tuple[str, ...] = ()
    newborn: Newborn | None = None


@lru_cache(maxsize=1 << 16)
def normalise(text: str) -> str:
    """One spelling for what looks the same: NFC, no invisible characters or dots, single blanks, upper-case Latin.

    Nikhahit with aa becomes am, two e become ae, a tone stands after its vowel, doubled signs are written once,
    Thai digits become ASCII ones, glyphs of old Thai fonts become letters.

    >>> normalise("น\u0e4d\u0e49าทิพย์"), normalise("เเสง  ๑")
    ('น้ำทิพย์', 'แสง 1')
    """
    text = _INVISIBLE.sub("", text.translate(_OLD_GLYPHS).translate(_ARABIC))
    text = _LOOSE_ACCENTS.sub("", unicodedata.normalize("NFC", text.upper())).replace("เเ", "แ")
    return " ".join(unicodedata.normalize("NFC", _MARKS.sub(_in_order, text)).split())


def _in_order(found: re.Match[str]) -> str:
    """The marks of one letter: each once, vowel before tone before sign, am last."""
    marks = set(found[0])
    if found[1] is not None:
        marks = marks - {_NIKHAHIT, "\u0e32"} | {_AM}
    return "".join(mark for mark in _ORDER_OF_MARKS if mark in marks)


@cache
def titles() -> dict[str, str]:
    """Every spelling of a title, normalised -> its full Thai form: the official list and the English ones."""
    from suksala.standards.file43 import code_table

    table = code_table("prename")
    full = {code: normalise(table.extra["full_th"][code] or label) for code, label in table.labels.items()}
    spelt = {normalise(label): full[code] for code, label in reversed(list(table.labels.items()))}
    spelt |= {title: title for title in full.values()}
    spelt |= {normalise(code): full[code] for code in table.labels}
    return {spelling: title for spelling, title in spelt.items() if spelling} | _ENGLISH_TITLES


@cache
def _longest_first() -> dict[str, list[str]]:
    """Titles by their first letter, the longest first: a name is compared with few of the thousand."""
    found: dict[str, list[str]] = {}
    for title in sorted((t for t in titles() if not t.isdigit()), key=len, reverse=True):
        found.setdefault(title[0], []).append(title)
    return found


def normalise_title(text: str) -> str:
    """The full Thai title of a PRENAME code, an abbreviation or an English title; what is unknown stays as written.

    >>> normalise_title("003"), normalise_title("น.ส."), normalise_title("Mr.")
    ('นาย', 'นางสาว', 'นาย')
    """
    plain = normalise(text)
    return titles().get(plain, plain)


def normalise_given(text: str, title: str = "") -> str:
    """A given name without its title; blank for none and for a newborn's placeholder. `title` as in PRENAME."""
    return read_name(text, "-", title).given or ""


def normalise_family(text: str) -> str:
    """A family name; blank for "-", "." and the like."""
    plain = normalise(text)
    return "" if plain in NO_NAME else plain


def read_name(given: str, family: str, title: str = "") -> PersonName:
    """Everything a row of PERSON says about a name. `title` is a PRENAME code or text.

    >>> read_name("นายสมชาย", "ใจดี", "003")
    PersonName(given='สมชาย', family='ใจดี', title='นาย', aliases=(), newborn=None)
    """
    said = normalise_title(title)
    plain, surname = normalise(given), normalise_family(family)
    if newborn := _newborn(plain, surname):
        return PersonName(None, surname or None, said or None, newborn=newborn)
    found, rest = _take_title(plain, said)
    rest = "" if rest in NO_NAME else rest
    if not family.strip() and " " in rest:  # "." and "-" say that there is no family name
        first, _, last = rest.partition(" ")
        return PersonName(first, last, found or said or None, (rest,))
    return PersonName(rest or None, surname or None, found or said or None, tuple(_other_readings(rest)))


def _take_title(name: str, said: str) -> tuple[str, str]:
    """Title and the rest: a title followed by a blank, or glued when the title field says the same."""
    for spelling in _longest_first().get(name[:1], ()):
        rest = name.removeprefix(spelling)
        if rest and rest != name and (rest[0] == " " or (titles()[spelling] == said and _NAME_START.match(rest))):
            return titles()[spelling], rest.strip()
    return "", name


def _other_readings(name: str) -> Iterator[str]:
    for title in _GLUED:
        rest = name.removeprefix(title)
        if rest != name and len(rest) > 1 and _NAME_START.match(rest):
            yield rest
            return


def _newborn(name: str, surname: str) -> Newborn | None:
    found = _PLACEHOLDER.match(name)
    if not found:
        return None
    rest = name[found.end() :].strip()
    order = _ORDER.search(rest)
    mother = _MOTHER_TITLE.sub("", rest[: order.start()] if order else rest, count=1).split()
    return Newborn(
        mother_given=mother[0] if mother else None,
        mother_family=" ".join(mother[1:]) or surname or None,
        order=_number(order[1]) if order else None,
    )


def _number(mark: str) -> int:
    return int(mark) if mark.isdigit() else ord(mark) - ord("A") + 1
