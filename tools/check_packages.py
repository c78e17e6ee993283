"""Say which packages are overdue: not brought up to date in time, or weak for longer than allowed (`make check`).

`make lock` writes the day into requirements/locked.day. Weaknesses that a scanner or a notice told of (it reads what
`make sbom` writes) stand in requirements/weaknesses.toml until they are mended. Days: governance.connections, printed
in docs/reference/packages.md. Source: ASVS 5 V15.2.1; decision 0148.
"""

from __future__ import annotations

import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from suksala.governance.connections import EXPLOITED_DAYS, MENDED, OTHERWISE_DAYS
from tools.print_sbom import pins

FOLDER = Path(__file__).parents[1] / "requirements"
LISTS = ("runtime.txt", "test.txt", "datasets.txt", "spark.txt")
DAYS = {one.severity: one.days for one in MENDED}


@dataclass(frozen=True)
class Weakness:
    """One that is known and not mended yet.

    package    as it is pinned
    id         its number, such as CVE-2026-0001
    severity   critical, high, medium or low (CVSS 4.0)
    published  the day from which the days count
    exploited  attackers use it already
    unreached  why what is weak is never called; "" where it may be
    """

    package: str
    id: str
    severity: str
    published: date
    exploited: bool = False
    unreached: str = ""

    @property
    def due(self) -> date:
        """The last day on which it may be unmended."""
        days = DAYS[self.severity]
        return self.published + timedelta(days=min(days, EXPLOITED_DAYS) if self.exploited else days)


def overdue(today: date, locked: date, weaknesses: list[Weakness], pinned: set[str]) -> Iterator[str]:
    """What was to be done before today, a sentence each.

    locked  when every package was last brought up to date
    """
    if today > locked + timedelta(days=OTHERWISE_DAYS):
        yield f"packages were last brought up to date on {locked}, more than {OTHERWISE_DAYS} days ago: make lock"
    if locked > today:
        yield f"packages were brought up to date on {locked}, which is not yet: a clock is wrong"
    for one in weaknesses:
        if one.package not in pinned:
            yield f"{one.id}: {one.package} is not pinned any more: take it out of weaknesses.toml"
        elif today > one.due and not one.unreached:
            yield f"{one.id}: {one.package} was to be mended by {one.due} ({one.severity}): make lock, or say unreached"


def read(text: str) -> list[Weakness]:
    """The weaknesses of a file. Raises ValueError for an entry that says too little or too much."""
    try:
        found = [Weakness(**entry) for entry in tomllib.loads(text).get("weakness", [])]
    except TypeError as error:
        raise ValueError(f"weaknesses.toml: {error}") from error
    for one in found:
        if one.severity not in DAYS or type(one.published) is not date:
            raise ValueError(f"weaknesses.toml: {one.id} needs a severity ({', '.join(DAYS)}) and a day")
    return found


def main() -> int:
    """Print what is overdue; 1 when anything is."""
    locked = date.fromisoformat((FOLDER / "locked.day").read_text().strip())
    pinned = {pin.name for name in LISTS for pin in pins((FOLDER / name).read_text())}
    late = list(overdue(datetime.now(UTC).date(), locked, read((FOLDER / "weaknesses.toml").read_text()), pinned))
    for sentence in late:
        print(sentence)
    return 1 if late else 0


if __name__ == "__main__":
    sys.exit(main())
