"""SQL of the facility registry."""

from __future__ import annotations

from collections.abc import Sequence

from suksala.foundation import database

from .domain import Facility

_COLUMNS = "hospcode, name_th, name_en, kind, province, district, subdistrict, network"


def save(facilities: Sequence[Facility]) -> None:
    """Insert or replace by HOSPCODE; facilities that are not named stay."""
    update = ", ".join(f"{c} = excluded.{c}" for c in _COLUMNS.split(", ")[1:])
    sql = (
        f"INSERT INTO registry_facility ({_COLUMNS}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) "
        f"ON CONFLICT (hospcode) DO UPDATE SET {update}"
    )
    with database.cursor() as cur:
        cur.executemany(sql, [[getattr(f, c) for c in _COLUMNS.split(", ")] for f in facilities])


def select_all() -> list[Facility]:
    """Every facility, by code."""
    return [Facility(*row) for row in database.rows(f"SELECT {_COLUMNS} FROM registry_facility ORDER BY hospcode")]
