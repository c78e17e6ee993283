"""Use cases of the facility registry. The whole list (some 30,000 in Thailand) is kept in memory for a short time."""

from __future__ import annotations

import csv
import time
from pathlib import Path
from types import MappingProxyType

from suksala.foundation import database
from suksala.standards.thai_codes import addresses

from . import domain, storage
from .domain import Facility, FacilityListProblem

CACHE_SECONDS = 30.0  # another process may import a list; ours forgets at once

_cache: tuple[float, MappingProxyType[str, Facility]] | None = None


def import_facilities(csv_path: Path) -> int:
    """Take in a facility list (CSV, UTF-8, columns of `Facility`); again and again gives the same registry.

    Returns how many facilities the list holds. Raises FacilityListProblem, and stores nothing, when a line is wrong.
    """
    try:
        with Path(csv_path).open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            facilities = domain.read_rows(reader.fieldnames, iter(reader))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise FacilityListProblem(
            "อ่านทะเบียนสถานบริการไม่ได้ ต้องเป็นแฟ้ม CSV ที่เข้ารหัส UTF-8",
            "the facility list cannot be read; it must be a CSV file in UTF-8",
        ) from error
    with database.transaction():
        storage.save(facilities)
        database.on_commit(forget_cache)
    forget_cache()
    return len(facilities)


def facility(hospcode: str) -> Facility | None:
    """The facility with this code, or None: a code that no list named."""
    return _all().get(hospcode)


def facilities(*, district: str | None = None, province: str | None = None) -> list[Facility]:
    """Facilities of a district (4 digits), a province (2 digits) or all, ordered by code."""
    return [
        f
        for f in _all().values()
        if (district is None or f.district == district) and (province is None or f.province == province)
    ]


def districts() -> list[str]:
    """Codes of the districts that have a facility here, in order."""
    return sorted({f.district for f in _all().values()})


def district_name(code: str) -> tuple[str, str]:
    """The district's name in Thai and English; the code itself for one that does not exist."""
    area = addresses.district(code)
    return (area.th, area.en) if area else (code, code)


def forget_cache() -> None:
    """Read the registry anew at the next look-up."""
    global _cache  # noqa: PLW0603  one process-wide cache of public data
    _cache = None


def _all() -> MappingProxyType[str, Facility]:
    global _cache  # noqa: PLW0603
    kept = _cache
    if kept is None or time.monotonic() - kept[0] > CACHE_SECONDS:
        kept = (time.monotonic(), MappingProxyType({f.hospcode: f for f in storage.select_all()}))
        _cache = kept
    return kept[1]
