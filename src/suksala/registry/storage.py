"""SQL of the facility registry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from suksala.foundation import database

from .domain import Facility

_COLUMNS = (
    "hospcode, name_th, name_en, kind, province, district, subdistrict, network, "
    "hospcode9, affiliation, sector, services, latitude, longitude"
)
_NAMES = _COLUMNS.split(", ")


def save(facilities: Sequence[Facility]) -> None:
    """Insert or replace by HOSPCODE; facilities that are not named stay."""
    update = ", ".join(f"{c} = excluded.{c}" for c in _NAMES[1:])
    sql = (
        f"INSERT INTO registry_facility ({_COLUMNS}) VALUES ({', '.join(['%s'] * len(_NAMES))}) "
        f"ON CONFLICT (hospcode) DO UPDATE SET {update}"
    )
    with database.cursor() as cur:
        cur.executemany(sql, [[_stored(f, name) for name in _NAMES] for f in facilities])


def select_all() -> list[Facility]:
    """Every facility, by code."""
    found = database.rows(f"SELECT {_COLUMNS} FROM registry_facility ORDER BY hospcode")
    return [_facility(dict(zip(_NAMES, row, strict=True))) for row in found]


def _facility(named: dict[str, Any]) -> Facility:
    return Facility(**{**named, "services": tuple(named["services"])})


def _stored(facility: Facility, name: str) -> object:
    found = getattr(facility, name)
    return list(found) if isinstance(found, tuple) else found
