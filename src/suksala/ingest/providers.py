"""PROVIDER rows of the lake as the registry wants them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

from suksala import exchange, lake, registry
from suksala.foundation import clock
from suksala.standards.file43 import code_table
from suksala.standards.thai_codes import names

from . import storage

FILE = "PROVIDER"
COLUMNS = (
    *("provider", "registerno", "council", "cid", "prename", "name", "lname", "providertype"),
    *("startdate", "outdate", "d_update"),
)


def told_by(deposit: int, hospcode: str, received: date) -> None:
    """Tell the registry who works at a facility now, and whom this deposit named; and the record what it says of it."""
    path = storage.staged_path(deposit, FILE)
    sql = f"SELECT DISTINCT provider FROM read_parquet('{path}') WHERE NOT _refused"
    named = [row[0] for row in lake.session().execute(sql).fetchall()] if path.is_file() else []
    registry.take_providers(hospcode, rows(hospcode), named=named, on=received)
    exchange.publish_staff(hospcode)


def tell(hospcode: str) -> None:
    """Tell the registry and the record who works at a facility now, after rows were taken back."""
    registry.take_providers(hospcode, rows(hospcode))
    exchange.publish_staff(hospcode)


def rows(hospcode: str) -> Iterator[registry.ProviderRow]:
    """What stands in the lake for one facility. Birth and sex of staff are nobody's business and not handed on."""
    table = lake.rows(FILE, hospcode, columns=COLUMNS).read_all()
    return map(_row, table.to_pylist())


def _row(cells: dict[str, Any]) -> registry.ProviderRow:
    titles = code_table("prename").labels
    name = names.read_name(cells["name"] or "", cells["lname"] or "", titles.get(cells["prename"] or "", ""))
    written = cells["d_update"]
    return registry.ProviderRow(
        local=cells["provider"],
        council=cells["council"] or "",
        licence=cells["registerno"] or "",
        number=cells["cid"] or "",
        title=name.title or "",
        given_th=name.given or "",
        family_th=name.family or "",
        codes=registry.type_codes(cells["providertype"] or ""),
        since=cells["startdate"],
        until=cells["outdate"],
        named_at=written.replace(tzinfo=clock.BANGKOK) if written and written.tzinfo is None else written,
    )
