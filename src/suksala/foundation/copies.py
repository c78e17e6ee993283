"""Copies for a third place: where they wait to be fetched, and how old the newest is.

    <folder>/suksala-20261122T031500Z-3f9a0b1c2d4e5f60.backup        an encrypted archive (operations makes it)
    <folder>/suksala-20261122T031500Z-3f9a0b1c2d4e5f60.backup.json   its length and SHA-256
    <folder>/kept/<name>.json                                        another machine has it: the same, and since when

The name bears the moment and the digest, so no archive ever takes the place of another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from . import clock, settings

NAME = re.compile(r"suksala-(\d{8}T\d{6}Z)-([0-9a-f]{16})\.backup", re.ASCII)
KEPT = "kept"
_LONGEST = 4096


@dataclass(frozen=True)
class Copy:
    """One archive, as its label says.

    name    of the file
    size    bytes
    sha256  of the file, in hexadecimal
    at      of a label: when it was made; of a receipt: when another machine had it
    """

    name: str
    size: int
    sha256: str
    at: datetime

    def write(self, path: Path) -> None:
        """Write the label or the receipt, whole or not at all."""
        fresh = path.with_name(f".{path.name}.new")
        fresh.write_text(json.dumps({**asdict(self), "at": self.at.isoformat()}), encoding="utf-8")
        fresh.replace(path)


@dataclass(frozen=True)
class Age:
    """How old the newest copies are; None where there is none.

    made  the newest that this machine made
    kept  the newest of which another machine said that it has it
    told  whether another machine can say so here: there is a folder for receipts
    """

    made: timedelta | None
    kept: timedelta | None
    told: bool = True

    def is_fresh(self, within: timedelta) -> bool:
        """Both are younger than `within`; only the newest made here where no other machine can say what it has."""
        ages = (self.made, self.kept) if self.told else (self.made,)
        return all(age is not None and age < within for age in ages)


def read(path: Path) -> Copy | None:
    """The label or receipt in a file, None for one that is none: other machines write there too."""
    try:
        if not path.is_file():  # a pipe would be waited for
            return None
        with path.open("rb") as source:
            told = json.loads(source.read(_LONGEST))
        copy = Copy(str(told["name"]), told["size"], str(told["sha256"]), datetime.fromisoformat(told["at"]))
        moments = _moment(copy.name), copy.at.astimezone(UTC)
    except (OSError, ValueError, LookupError, TypeError, RecursionError, OverflowError):
        return None
    named = NAME.fullmatch(copy.name)
    fits = named is not None and copy.sha256.startswith(named[2]) and len(copy.sha256) == 64
    return replace(copy, at=moments[1]) if fits and type(copy.size) is int and copy.at.tzinfo is not None else None


def labelled(folder: Path) -> Iterator[Copy]:
    """The archives of a folder that have their label, oldest first."""
    for path in sorted(folder.glob("suksala-*.backup.json")):
        copy = read(path)
        if copy is not None and f"{copy.name}.json" == path.name and (folder / copy.name).is_file():
            yield copy


def name_of(made_at: datetime, sha256: str) -> str:
    """The name of an archive."""
    return f"suksala-{made_at.astimezone(UTC):%Y%m%dT%H%M%SZ}-{sha256[:16]}.backup"


def age() -> Age:
    """How old the newest copies of this installation are."""
    return age_in(settings.current().backups_dir, clock.now())


def age_in(folder: Path, now: datetime) -> Age:
    """The same of a folder. What says that it is of later than now, by a clock that stood wrong, tells no age."""
    receipts = (read(path) for path in (folder / KEPT).glob("suksala-*.backup.json"))
    made = [_since(copy) for copy in labelled(folder)]
    kept = [_since(copy) for copy in receipts if copy is not None]
    made_age, kept_age = (min((now - m for m in moments if m <= now), default=None) for moments in (made, kept))
    return Age(made_age, kept_age, (folder / KEPT).is_dir())


def _since(copy: Copy) -> datetime:
    """From when an archive's age counts: when it was made, or when it came, so that no name makes it younger."""
    return min(_moment(copy.name), copy.at)


def _moment(name: str) -> datetime:
    return datetime.strptime(name.split("-")[1], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
