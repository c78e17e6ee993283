"""What a facility records about its area and itself: villages, staff, activities, policy data, retractions."""

from __future__ import annotations

import json
from random import Random
from typing import Final

from . import names, numbers
from .calendar import CUT, END, START, ordinal, ymd
from .outbox import LATER, Outbox, Row
from .places import Facility
from .world import PROVIDERS

_ACTIVITIES: Final = ("2D001", "2D002", "2D003", "2B03", "2F09", "2C01")
_STAFF: Final = (("01", "01", "003"), ("03", "02", "004"), ("03", "02", "005"), ("05", "", "003"), ("04", "", "004"))
_FEW: Final = ("NTEMPLE", "NPSCHOOL", "NMARKET", "NDRUGSTORE", "NCLINIC", "NPCHC")
_MANY: Final = ("NSHOP", "NFOODSHOP", "NSTALL", "NFACTORY")
_STAFF_NUMBERS: Final = 800_000_000  # national numbers of made-up staff; inhabitants stay below


def describe(outbox: Outbox, facility: Facility, rng: Random) -> None:
    """All files of one facility that are about no patient."""
    _staff(outbox, facility, rng)
    _villages(outbox, facility, rng)
    if facility.kind == "hospital":
        _policy(outbox, facility)


def _staff(outbox: Outbox, facility: Facility, rng: Random) -> None:
    count = PROVIDERS * 3 if facility.kind == "hospital" else PROVIDERS
    for n in range(count):
        kind, council, title = _STAFF[n % len(_STAFF)]
        sex = "1" if title == "003" else "2"
        year = rng.randint(1968, 1999)
        birth = ordinal(year, rng.randint(1, 12), rng.randint(1, 28))
        row = {
            "PROVIDER": f"P{n + 1:03d}",
            "REGISTERNO": f"{facility.hospcode}{n + 1:04d}" if council else "",
            "COUNCIL": council,
            "CID": numbers.national(_STAFF_NUMBERS + facility.number * 100 + n, year, rng),
            "PRENAME": title,
            "NAME": names.given(rng, sex, year),
            "LNAME": names.family(rng),
            "SEX": sex,
            "BIRTH": ymd(birth),
            "PROVIDERTYPE": kind,
            "STARTDATE": ymd(START - rng.randrange(2000)),
        }
        outbox.send(facility, "PROVIDER", row, START, updated=START + n)


def _villages(outbox: Outbox, facility: Facility, rng: Random) -> None:
    area = facility.area
    for village in range(1, 10):
        vid = f"{area.code}{facility.tambon}{village:02d}"
        row: Row = {"VID": vid, "WASTEWATER": rng.choice("01"), "GARBAGE": rng.choice("2456"), "OUTDATE": ""}
        row |= {name: str(rng.randrange(3)) for name in _FEW} | {name: str(rng.randrange(12)) for name in _MANY}
        row |= {"NOLDERLYCLUB": "1", "NEXERCISECLUB": str(rng.randrange(3)), "NBROADCAST": "1"}
        row["LATITUDE"] = f"{area.latitude + rng.uniform(-0.04, 0.04):.6f}"
        row["LONGITUDE"] = f"{area.longitude + rng.uniform(-0.04, 0.04):.6f}"
        outbox.send(facility, "VILLAGE", row, START, updated=START + 40)
        for day in range(START + rng.randrange(60), END, 190):
            activity = {"VID": vid, "DATE_START": ymd(day), "DATE_FINISH": ymd(day),
                        "COMACTIVITY": rng.choice(_ACTIVITIES),
                        "PROVIDER": f"P{1 + rng.randrange(PROVIDERS):03d}"}  # fmt: skip
            outbox.send(facility, "COMMUNITY_ACTIVITY", activity, day)


def _policy(outbox: Outbox, facility: Facility) -> None:
    for year in (2024, 2025, 2026):
        data = json.dumps({"HOSPCODE": facility.hospcode, "measured": year % 7 + 10}, separators=(",", ":"))
        row = {"POLICY_ID": "001", "POLICY_YEAR": str(year), "POLICY_DATA": data}
        outbox.send(facility, "POLICY", row, ordinal(year, 6, 1), clean=True)


def retract(outbox: Outbox, facility: Facility, file: str, key: Row, *, single_quotes: bool) -> None:
    """A DATA_CORRECT row of the later zip that withdraws one row. One exporter writes it with single quotes."""
    text = json.dumps(key, separators=(",", ":"))
    if single_quotes:
        text = text.replace('"', "'")
    row = {"TABLENAME": file, "DATA_CORRECT": text}
    outbox.send(facility, "DATA_CORRECT", row, CUT + 20, clean=True, stage=LATER)
