"""What a facility's files say about each person it registered, gathered for identity: PERSON, the home, a death."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any, NamedTuple

from suksala import lake
from suksala.identity import PersonRow
from suksala.standards.file43 import code_table
from suksala.standards.thai_codes import addresses

DEAD = "1"  # PERSON.DISCHARGE: dead
# ADDRESSTYPE 1 is the house register's, the same wherever somebody is treated; 2 is where they can be reached.
_REGISTER, _CONTACT = "1", "2"
_PERSON = (
    "pid", "cid", "name", "lname", "birth", "sex", "prename", "d_update", "hid", "nation", "mother", "discharge",
    "passport", "telephone", "mobile",
)  # fmt: skip
_PLACE = ("village", "tambon", "ampur", "changwat")


class Home(NamedTuple):
    """Where somebody lives: 6-digit code of the sub-district, house number and village ("12/3/5"), or None."""

    area: str | None = None
    house: str | None = None


class _Person(NamedTuple):
    pid: str
    cid: str | None
    name: str | None
    lname: str | None
    birth: date | None
    sex: str | None
    prename: str | None
    d_update: datetime | None
    hid: str | None
    nation: str | None
    mother: str | None
    discharge: str | None
    passport: str | None
    telephone: str | None
    mobile: str | None


def person_rows(hospcode: str, deposit: int | None = None) -> Iterator[PersonRow]:
    """What the facility's files say now about the people it registered.

    deposit  only people whose PERSON, ADDRESS, HOME or DEATH row this deposit brought
    """
    pids = None if deposit is None else _concerned(hospcode, deposit)
    if pids is not None and not pids:
        return
    titles = code_table("prename").labels
    live, dead = _Homes(hospcode), _pids("DEATH", hospcode)
    for batch in lake.rows("PERSON", hospcode, pids=pids, columns=_PERSON):
        for values in zip(*(batch.column(name).to_pylist() for name in _PERSON), strict=True):
            one = _Person(*values)
            area, house = live.of(one.pid, one.hid)
            yield PersonRow(
                pid=one.pid,
                number=one.cid,
                given=one.name,
                family=one.lname,
                birth=one.birth,
                sex=one.sex,
                title=titles.get(one.prename or "", one.prename),
                d_update=one.d_update,
                phone=one.mobile or one.telephone,
                mother=one.mother,
                passport=one.passport,
                nation=one.nation,
                area=area,
                house=house,
                dead=one.discharge == DEAD or one.pid in dead,
            )


def _concerned(hospcode: str, deposit: int) -> set[str]:
    found = {pid for file in ("PERSON", "ADDRESS", "DEATH") for pid in _pids(file, hospcode, deposit)}
    homes = {hid for (hid,) in _rows("HOME", hospcode, ("hid",), deposit)}
    if homes:
        found |= {pid for pid, hid in _rows("PERSON", hospcode, ("pid", "hid")) if hid in homes}
    return found


def _pids(file: str, hospcode: str, deposit: int | None = None) -> set[str]:
    return {pid for (pid,) in _rows(file, hospcode, ("pid",), deposit)}


def _rows(file: str, hospcode: str, columns: tuple[str, ...], deposit: int | None = None) -> Iterator[tuple[Any, ...]]:
    for batch in lake.rows(file, hospcode, deposit=deposit, columns=columns):
        yield from zip(*(batch.column(name).to_pylist() for name in columns), strict=True)


class _Homes:
    """Where the people of a facility live: as the house register says, else where they can be reached."""

    def __init__(self, hospcode: str) -> None:
        self._by_pid: dict[str, dict[str, Home]] = {_REGISTER: {}, _CONTACT: {}}
        for pid, kind, *place in _rows("ADDRESS", hospcode, ("pid", "addresstype", "houseno", *_PLACE)):
            if kind in self._by_pid:
                self._by_pid[kind][pid] = home(*place)
        columns = ("hid", "house", *_PLACE)
        self._by_hid = {hid: home(*place) for hid, *place in _rows("HOME", hospcode, columns)}

    def of(self, pid: str, hid: str | None) -> Home:
        """The home of one person."""
        tries: tuple[tuple[Mapping[str, Home], str], ...] = (
            (self._by_pid[_REGISTER], pid),
            (self._by_hid, hid or ""),
            (self._by_pid[_CONTACT], pid),
        )
        return next((found for homes, key in tries if (found := homes.get(key)) and found.area), Home())


def home(number: str | None, village: str | None, tambon: str | None, ampur: str | None, changwat: str | None) -> Home:
    """A home from its parts as the files write them; without the three parts of the sub-district there is none.

    >>> home("12/3", "05", "01", "01", "99")
    Home(area='990101', house='12/3/5')
    """
    parts = [part.strip() if part else "" for part in (changwat, ampur, tambon)]
    if not all(len(part) == 2 for part in parts):
        return Home()
    number, moo = (number or "").strip(), addresses.village_number((village or "").strip())
    return Home("".join(parts), f"{number}/{moo or ''}" if number else None)
