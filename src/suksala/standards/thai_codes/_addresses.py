"""Places by their civil-registration code: 2 digits a province, 4 a district, 6 a sub-district.

Names are GeoThai's (DOPA's list, MIT and CC-BY-4.0), abolished areas included, for old rows carry their codes.
Bangkok has เขต and แขวง where the rest has อำเภอ and ตำบล.
A village is two characters inside a sub-district: 00 none (municipality), 01-99, then A0 = 100 to Z9 = 359.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cache
from typing import Literal, Protocol

BANGKOK = "10"
UNKNOWN = "99"
_VILLAGE = re.compile(r"[0-9A-Z][0-9]", re.ASCII)

Level = Literal["province", "district", "subdistrict"]
_WORDS: dict[Level, tuple[str, str]] = {  # elsewhere, in Bangkok
    "province": ("จังหวัด", ""),
    "district": ("อำเภอ", "เขต"),
    "subdistrict": ("ตำบล", "แขวง"),
}


@dataclass(frozen=True)
class Area:
    """A province, district or sub-district with its bare names.

    abolished_on  the day it ended, for a code that only old records hold
    """

    code: str
    th: str
    en: str
    level: Level
    abolished_on: date | None = None

    @property
    def full_th(self) -> str:
        """With the word for its level: อำเภอเสนา, เขตดุสิต, กรุงเทพมหานคร."""
        return _WORDS[self.level][self.code.startswith(BANGKOK)] + self.th


class _Named(Protocol):
    @property
    def name_th(self) -> str: ...
    @property
    def name_en(self) -> str | None: ...


def province(code: str) -> Area | None:
    """The province of a 2-digit code, or None."""
    import geothai

    return _area(code, "province", geothai.province)


def district(code: str) -> Area | None:
    """The district (อำเภอ, เขต) of a 4-digit code, or None."""
    import geothai

    return _area(code, "district", geothai.district)


def subdistrict(code: str) -> Area | None:
    """The sub-district (ตำบล, แขวง) of a 6-digit code, or None."""
    import geothai

    return _area(code, "subdistrict", geothai.subdistrict)


@cache
def _area(code: str, level: Level, find: Callable[[str], _Named | None]) -> Area | None:
    if found := find(code):
        return _bare(code, found, level)
    old = _abolished().get(code)
    return old if old and old.level == level else None


def _bare(code: str, found: _Named, level: Level) -> Area:
    """GeoThai writes เขต before Bangkok's districts, no other name; some abolished areas have no English."""
    th = found.name_th.removeprefix(_WORDS[level][1])
    return Area(code, th, found.name_en or th, level)


@cache
def _abolished() -> dict[str, Area]:
    """Areas of old records: บางนา was 104701 until 22 April 2022."""
    from geothai.abolished import abolished_areas

    return {
        old.code: replace(_bare(old.code, old, old.level), abolished_on=date.fromisoformat(old.abolished_on))
        for old in abolished_areas()
    }


def area(code: str) -> Area | None:
    """The area of a code of 2, 4 or 6 digits, or None."""
    finders = {2: province, 4: district, 6: subdistrict}
    find = finders.get(len(code))
    return find(code) if find else None


def districts(province_code: str) -> list[Area]:
    """The districts of a province, by code."""
    import geothai

    return [_bare(d.code, d, "district") for d in geothai.districts(province_code)]


def subdistricts(district_code: str) -> list[Area]:
    """The sub-districts of a district, by code."""
    import geothai

    return [_bare(s.code, s, "subdistrict") for s in geothai.subdistricts(district_code)]


def village_number(code: str) -> int | None:
    """Village (หมู่) number of a VILLAGE field: "07" 7, "A0" 100, "Z9" 359; None for 00, 99 (unknown) and others."""
    if not _VILLAGE.fullmatch(code) or code in {"00", UNKNOWN}:
        return None
    tens = int(code[0], 36)
    return tens * 10 + int(code[1])


def village_code(number: int) -> str:
    """The VILLAGE field of a village number, 1 to 359. 99 means unknown, so there is no village 99."""
    if not 1 <= number <= 359 or number == 99:
        raise ValueError("a village number is 1 to 98 or 100 to 359")
    tens = number // 10
    return (str(tens) if tens < 10 else chr(ord("A") + tens - 10)) + str(number % 10)


def thai_address(code: str) -> str:
    """The names down to this area, largest last: ตำบลเจ้าเจ็ด อำเภอเสนา จังหวัดพระนครศรีอยุธยา; blank when unknown."""
    parts = [area(code[:length]) for length in (6, 4, 2) if len(code) >= length]
    return " ".join(a.full_th for a in parts if a)
