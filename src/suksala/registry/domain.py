"""What a facility is, and how a row of a facility list becomes one."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from suksala.foundation import SuksalaError, keys
from suksala.standards.thai_codes import addresses

from .agencies import AGENCIES, health_region

KINDS = ("hospital", "subdistrict-unit", "clinic", "other")
COLUMNS = ("hospcode", "name_th", "name_en", "kind", "province", "district", "subdistrict", "network")
MORE_COLUMNS = ("hospcode9", "affiliation", "sector", "services", "latitude", "longitude")  # a list may leave them out
BOUNDS = {"latitude": (5.0, 21.0), "longitude": (97.0, 106.0)}  # Thailand, in degrees (WGS 84)
SECTORS = ("public", "private")
_HOSPCODE = re.compile(r"[0-9A-Z]{5}")
_HOSPCODE9 = re.compile(r"[0-9A-Z]{9}")
_SERVICE = re.compile(r"[0-9A-Za-z-]{1,20}")
_BEYOND_CODES = 1_000_000  # a 5-digit code stays itself; anything else is numbered above every code


class FacilityListProblem(SuksalaError):
    """A facility list cannot be taken in; nothing of it was."""

    code = "SKL-REG-001"


@dataclass(frozen=True, slots=True)
class Facility:
    """One facility.

    kind         one of KINDS: hospital, sub-district health promoting unit, community clinic, other
    province, district, subdistrict  codes of 2, 4 and 6 digits; the last may be ""
    network      the group of units that care for one population together, or ""
    hospcode9    the 9-character code of the 43 files since version 2.4.1, or ""
    affiliation  the agency that it belongs to, a code of AGENCIES, or ""
    sector       one of SECTORS, or "" where no list said
    services     its levels in the ministry's service plans, such as A, S, M1, F2, as the list names them
    latitude, longitude  where it stands, in degrees (WGS 84); None where no list said
    """

    hospcode: str
    name_th: str
    name_en: str
    kind: str
    province: str
    district: str
    subdistrict: str = ""
    network: str = ""
    hospcode9: str = ""
    affiliation: str = ""
    sector: str = ""
    services: tuple[str, ...] = ()
    latitude: float | None = None
    longitude: float | None = None

    @property
    def region(self) -> int | None:
        """The health region, 1 to 13 (S3.35)."""
        return health_region(self.province)


def org_number(hospcode: str) -> int:
    """The integer that stands for a facility in typed columns: the code itself, or a keyed number above a million.

    >>> org_number("10661")
    10661
    """
    if hospcode.isascii() and hospcode.isdigit():
        return int(hospcode)
    return _BEYOND_CODES + abs(keys.keyed_int("registry.org", hospcode)) % 2**52


def read_rows(header: Sequence[str] | None, rows: Iterator[Mapping[str, str]]) -> list[Facility]:
    """Facilities of a CSV list, or FacilityListProblem that names line and column."""
    missing = [column for column in COLUMNS[:6] if column not in (header or ())]
    if missing:
        raise FacilityListProblem(
            f"ทะเบียนสถานบริการขาดคอลัมน์ {', '.join(missing)} (ต้องมี {', '.join(COLUMNS)})",
            f"the facility list lacks the columns {', '.join(missing)}; it needs {', '.join(COLUMNS)}",
        )
    found: dict[str, Facility] = {}
    for line, row in enumerate(rows, start=2):
        cells = {column: (row.get(column) or "").strip() for column in (*COLUMNS, *MORE_COLUMNS)}
        place = {column: _degrees(line, column, cells[column]) for column in BOUNDS}
        facility = Facility(**{**cells, **place, "services": tuple(cells["services"].split())})  # type: ignore[arg-type]
        _check(line, facility, found)
        found[facility.hospcode] = facility
    return list(found.values())


def _check(line: int, facility: Facility, seen: Mapping[str, Facility]) -> None:
    if not _HOSPCODE.fullmatch(facility.hospcode):
        raise _problem(line, "hospcode", "ต้องเป็นรหัส 5 ตัว", "must be 5 digits or capital letters")
    if facility.hospcode in seen:
        raise _problem(line, "hospcode", "ซ้ำกับบรรทัดก่อนหน้า", "stands in an earlier line too")
    if not facility.name_th:
        raise _problem(line, "name_th", "ต้องไม่ว่าง", "must not be empty")
    if facility.kind not in KINDS:
        raise _problem(line, "kind", f"ต้องเป็น {', '.join(KINDS)}", f"must be one of {', '.join(KINDS)}")
    _check_areas(line, facility)
    _check_more(line, facility)


def _check_more(line: int, facility: Facility) -> None:
    if facility.hospcode9 and not _HOSPCODE9.fullmatch(facility.hospcode9):
        raise _problem(line, "hospcode9", "ต้องเป็นรหัส 9 ตัว", "must be 9 digits or capital letters")
    if facility.affiliation and facility.affiliation not in AGENCIES:
        known = ", ".join(AGENCIES)
        raise _problem(line, "affiliation", f"ต้องเป็น {known}", f"must be one of {known}")
    if facility.sector and facility.sector not in SECTORS:
        raise _problem(line, "sector", "ต้องเป็น public หรือ private", "must be public or private")
    if (facility.latitude is None) != (facility.longitude is None):
        raise _problem(line, "longitude", "ต้องมีคู่กับ latitude", "must come with a latitude")
    if not all(_SERVICE.fullmatch(level) for level in facility.services):
        raise _problem(line, "services", "ต้องเป็นรหัสคั่นด้วยช่องว่าง", "must be codes with blanks between them")


def _degrees(line: int, column: str, text: str) -> float | None:
    low, high = BOUNDS[column]
    try:
        found = float(text) if text else None
    except ValueError:
        found = high + 1
    if found is not None and not low <= found <= high:
        raise _problem(
            line, column, f"ต้องเป็นองศา {low} ถึง {high}", f"must be degrees from {low} to {high}, such as 14.5289"
        )
    return found


def _check_areas(line: int, facility: Facility) -> None:
    if addresses.province(facility.province) is None:
        raise _problem(line, "province", "ไม่ใช่รหัสจังหวัด 2 หลัก", "is not a 2-digit province code")
    if not facility.district.startswith(facility.province) or addresses.district(facility.district) is None:
        raise _problem(
            line, "district", "ไม่ใช่รหัสอำเภอ 4 หลักของจังหวัดนั้น", "is not a 4-digit district code of that province"
        )
    sub = facility.subdistrict
    if sub and (not sub.startswith(facility.district) or addresses.subdistrict(sub) is None):
        raise _problem(
            line, "subdistrict", "ไม่ใช่รหัสตำบล 6 หลักของอำเภอนั้น", "is not a 6-digit sub-district code of that district"
        )


def _problem(line: int, column: str, th: str, en: str) -> FacilityListProblem:
    return FacilityListProblem(
        f"ทะเบียนสถานบริการ บรรทัด {line} คอลัมน์ {column}: {th} ยังไม่มีแถวใดถูกบันทึก แก้แล้วนำเข้าใหม่ได้",
        f"facility list, line {line}, column {column}: {en}; no line was stored, correct it and import again",
    )
