"""Rows that come a second time in the later zip: repeated, put right, or older than what is known."""

from __future__ import annotations

from random import Random
from typing import Final

from .calendar import CUT, day_of, ymd
from .outbox import HISTORY, LATER, Outbox, Row
from .places import Facility

RECENT: Final = CUT - 150  # only recent rows come again
SHARE: Final = 0.05
_WRONG: Final = {
    "LABFU": {"LABRESULT": "14.2"},
    "CHRONICFU": {"SBP": "188", "DBP": "104"},
    "NCDSCREEN": {"SBP_1": "192", "DBP_1": "108"},
    "SERVICE": {"CHIEFCOMP": "บันทึกผิด"},
    "EPI": {"PROVIDER": "P099"},
    "SPECIALPP": {"PROVIDER": "P099"},
}
FILES: Final = frozenset(_WRONG)


def twice(rng: Random, outbox: Outbox, facility: Facility, file: str, row: Row, day: int) -> Row:
    """Send one row in both zips; the answer is the row that stands in the end."""
    draw = rng.random()
    if draw < 0.72:
        outbox.send(facility, file, row, day, clean=True)
        outbox.again(facility, file, row)
        return row
    if draw < 0.88:
        return _corrected(rng, outbox, facility, file, row, day)
    outbox.send(facility, file, row, day, clean=True)
    older = (day_of(row["D_UPDATE"]) or day) - rng.randint(1, 9)
    outbox.again(facility, file, row | _WRONG[file] | {"D_UPDATE": ymd(older) + row["D_UPDATE"][8:]})
    outbox.blame(facility, LATER, file, "D_UPDATE", ("older-in-later-zip", "accepted-older-loses", ""))
    return row


def _corrected(rng: Random, outbox: Outbox, facility: Facility, file: str, row: Row, day: int) -> Row:
    outbox.send(facility, file, row | _WRONG[file], day, clean=True)
    outbox.blame(facility, HISTORY, file, "*", ("corrected-in-later-zip", "accepted-older-loses", ""))
    outbox.send(facility, file, row, day, updated=CUT + 5 + rng.randrange(60), clean=True, stage=LATER)
    return row
