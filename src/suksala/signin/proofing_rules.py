"""Identity proofing: how it was proven whose account this is, and what each level lets a citizen do. Pure.

The levels are those of the Thai standard for digital identity (ขมธอ. 19, ETDA): IAL 1.1 to 1.3 rest on what somebody
says or shows a copy of, 2.1 to 2.3 on the card with its status and a compared face, 3 on a fingerprint before an
officer. Reading R-75 (docs/readings.md) says which of our ways gives which.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

LEVELS = ("1.1", "1.2", "1.3", "2.1", "2.2", "2.3", "3")
RECORD_FROM = (
    "2.1"  # a health record is sensitive (PDPA section 26): it opens to who was seen with the card, or by ThaiD
)

GIVES = {
    "face-to-face": "2.1",  # staff of a facility saw card and face
    "thaid": "2.3",  # the Department of Provincial Administration compared face and chip
    "demo": "2.1",
}


@dataclass(frozen=True, slots=True)
class Proofing:
    """How it was proven whose account this is.

    level  IAL, "" while it was not
    how    face-to-face, thaid or demo
    by     who saw it, as in the audit log
    """

    level: str
    how: str
    at: datetime | None
    by: str


def level_of(claims: Mapping[str, Any]) -> str:
    """The level that ThaiD tells; one that is not understood proves nothing, none stands for what ThaiD gives.

    >>> level_of({"ial": "2.1"}), level_of({}), level_of({"ial": 2.3})
    ('2.1', '2.3', '1.1')
    """
    told = claims.get("ial", GIVES["thaid"])
    return told if told in LEVELS else LEVELS[0]


def opens_record(level: str) -> bool:
    """Whether a citizen of this level may open the own record.

    >>> opens_record(""), opens_record("1.3"), opens_record("2.1"), opens_record("3")
    (False, False, True, True)
    """
    return level in LEVELS and LEVELS.index(level) >= LEVELS.index(RECORD_FROM)


def is_better(level: str, former: str) -> bool:
    """Whether a new proofing says more than the one that stands."""
    return not former or LEVELS.index(level) >= LEVELS.index(former)
