"""What the names of zips and of the files in them say, and no more: a name is looked up, never used as a path."""

from __future__ import annotations

import re
from datetime import date, datetime, time
from functools import cache
from typing import NamedTuple

from .model import FileSpec
from .tables import FILES

# accident_07487_20251101.txt: some programs add the sender and the time to the official name.
_SUFFIX = re.compile(r"[ _-]+[0-9][0-9_ -]*\Z")
_EXTENSION = re.compile(r"(?: *\.TXT){1,2}\Z")
_ZIP = re.compile(r"(?<![0-9])([0-9]{5})[_-]([0-9]{14})(?![0-9])")
_SENDER = re.compile(r"(?:\A|F[0-9]{2}[_-])([0-9]{5})(?![0-9])", re.IGNORECASE)
BUDDHIST_FROM = 2400  # a year above this is a Buddhist one: the standard writes Gregorian years (README of v2.4.1)


class ZipName(NamedTuple):
    """What a zip's name tells: the sender and when it was exported (Bangkok local time, Gregorian)."""

    hospcode: str | None
    exported_at: datetime | None


@cache
def _spellings() -> dict[str, FileSpec]:
    wrong = {alias: spec for spec in FILES.values() for alias in spec.aliases}
    return wrong | {spec.name: spec for spec in FILES.values()}


def file_named(entry_name: str) -> FileSpec | None:
    """Which of the 52 files an entry of a zip is, from its name; None for anything else.

    Any case; one folder above is allowed; "_<sender>_<time>" after the name, a blank before the dot, a doubled
    ".txt" and the known misspellings SURVEILANCE and DISABLITY are understood. A name with "..", an absolute path
    or two folders is nobody's file.

    >>> file_named("F43_10953_20261101103000/accident_10953_20261101.txt").name
    'ACCIDENT'
    """
    folders = entry_name.replace("\\", "/").split("/")
    if len(folders) > 2 or folders[0] in {"", "."} or ".." in folders or not folders[-1]:
        return None
    stem, extensions = _EXTENSION.subn("", folders[-1].strip().upper())
    if not extensions:
        return None
    return _spellings().get(stem) or _spellings().get(_SUFFIX.sub("", stem))


def zip_name(name: str) -> ZipName:
    """Sender and export time from a name such as F43_10953_25691101103000.zip; None for what it does not tell.

    One public exporter writes the Buddhist year, the others the Gregorian: both give the Gregorian time.
    """
    base = name.replace("\\", "/").rsplit("/", 1)[-1]
    if found := _ZIP.search(base):
        return ZipName(found[1], _moment(found[2]))
    sender = _SENDER.search(base)
    return ZipName(sender[1] if sender else None, None)


def _moment(digits: str) -> datetime | None:
    year, month, day, hour, minute, second = int(digits[:4]), *(int(digits[i : i + 2]) for i in range(4, 14, 2))
    if year > BUDDHIST_FROM:
        year -= 543
    try:
        return datetime.combine(date(year, month, day), time(hour, minute, second))
    except ValueError:
        return None
