"""`suksala fhir search-parameter`: what is searched by beside the parameters of FHIR R4."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from .console import print_json
from .failures import BadUsage
from .registering import require_file
from .serving import data_folder, quiet_database

MOST_BYTES = 1 << 20


def add(file: Path, *, data: Path | None, as_json: bool) -> None:
    """Put the parameter of a file to work."""
    require_file(file)
    with quiet_database(data_folder(data)):
        from suksala import exchange

        rid, version = exchange.add_search_parameter(_resource(file))
        done = {"id": rid, "version": version, "ready": exchange.index_state().ready}
    if as_json:
        print_json(done)
        return
    print(f"SearchParameter/{rid} รุ่น {version} · version {version}")
    if not done["ready"]:
        print("ข้อมูลเดิมกำลังถูกทำดัชนีใหม่ ดู `list` · what is stored is being indexed, see `list`")


def _resource(file: Path) -> dict[str, Any]:
    from suksala import exchange

    if file.stat().st_size > MOST_BYTES:
        raise BadUsage(f"{file} ใหญ่เกินไป", f"{file} is larger than a SearchParameter")
    return exchange.read_resource(file.read_bytes())


def show(*, data: Path | None, as_json: bool) -> None:
    """List them."""
    with quiet_database(data_folder(data)):
        from suksala import exchange

        listed, state = exchange.list_search_parameters(), exchange.index_state()
    if as_json:
        print_json({"parameters": [one._asdict() for one in listed], "ready": state.ready, "done": state.done})
        return
    for one in listed:
        word = "ใช้อยู่ · in force" if one.active else "เลิกใช้ · retired"
        print(f"{', '.join(one.types)}?{one.code}  {word}  {one.rid}  {one.url}")
    if not listed:
        print("ไม่มี · none")
    if not state.ready:
        print(f"กำลังทำดัชนี ทำแล้ว {state.done:,} รายการ · being indexed, {state.done:,} resources done")


def retire(name: str, *, data: Path | None, as_json: bool) -> None:
    """Take one out of force."""
    with quiet_database(data_folder(data)):
        from suksala import exchange

        rid = exchange.retire_search_parameter(name)
    if as_json:
        print_json({"id": rid})
    else:
        print(f"เลิกใช้ SearchParameter/{rid} แล้ว · SearchParameter/{rid} is retired")
