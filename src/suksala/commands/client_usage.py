"""`suksala client usage`: what programs ask over FHIR, for their operator."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from .console import print_json
from .serving import data_folder, quiet_database

if TYPE_CHECKING:
    from suksala.exchange import Usage


def show(name: str | None, *, days: int, data: Path | None, as_json: bool) -> None:
    """Print the usage of one client, or of every client that asked."""
    with quiet_database(data_folder(data)):
        from suksala import exchange, signin

        if name is not None and name not in {one.name for one in signin.clients()}:
            raise signin.NoClient
        names = exchange.usage_clients(days) if name is None else [name]
        found = [exchange.usage_of_client(one, days) for one in names]
        limits = {one: exchange.usage_limits(one) for one in names}
    if as_json:
        print_json({"days": days, "clients": [_document(one, limits[one.client]) for one in found]})
        return
    for one in found:
        _print(one)
    if not found:
        print("ไม่มีการใช้งานในช่วงนี้ · nobody asked in these days")


def _document(usage: Usage, limits: list[Any]) -> dict[str, Any]:
    return {
        "client": usage.client,
        "requests": usage.requests,
        "refused": usage.refused,
        "resources": usage.rows,
        "by_day": [dict(day._asdict()) for day in usage.days],
        "by_interaction": [dict(kind._asdict()) for kind in usage.kinds],
        "refusals": dict(usage.refusals),
        "limits": {limit.name: {"used": limit.used, "most": limit.most} for limit in limits},
    }


def _print(usage: Usage) -> None:
    print(
        f"{usage.client}: {usage.requests:,} คำขอ · requests, {usage.refused:,} ไม่รับ · refused, "
        f"{usage.rows:,} รายการ · resources"
    )
    for kind in usage.kinds:
        p50, p95 = (f"≤ {ms} ms" if ms else "> 10 s" for ms in (kind.p50_ms, kind.p95_ms))
        print(f"  {kind.interaction:<18} {kind.rtype:<22} {kind.requests:>9,} {kind.rows:>9,}  p50 {p50}  p95 {p95}")
    for code, count in usage.refusals:
        print(f"  {code:<41} {count:>9,}")
