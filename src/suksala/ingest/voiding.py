"""Taking a deposit back: the lake, the persons and the record become what the other deposits alone make them."""

from __future__ import annotations

from pathlib import Path

from suksala import exchange, identity, lake
from suksala.standards.file43 import FILES

from . import applying, domain, providers, storage
from .registrations import person_rows


def take_back(deposit: domain.Deposit, hospcode: str) -> None:
    """Rebuild every partition that this deposit touched from the staged rows of the facility's other deposits."""
    receipts = storage.load_files(deposit.id)
    touched = {f.file for f in receipts if f.state == "accepted" and f.accepted}
    # Killed while being applied it has no receipts yet, and a correction may reach any file: both must hold for a redo,
    # so nothing is asked of the lake, which the first try may have changed already.
    if not receipts or applying.CORRECTIONS in touched:
        touched = set(FILES)
    others = storage.others_of(hospcode, deposit.id)
    pids = _pids(deposit, hospcode) if "PERSON" in touched else set()
    # Corrections first: rebuilding the others asks which of them still stand.
    for file in sorted(touched, key=lambda name: name != applying.CORRECTIONS):
        lake.rebuild(file, hospcode, _staged(file, others))
    if pids:
        _relink(hospcode, pids)
    if providers.FILE in touched:
        providers.tell(hospcode)
    for file in sorted(touched & set(exchange.FILES), key=lambda name: FILES[name].number):
        applying.republish(hospcode, file)
    exchange.settle()


def _staged(file: str, others: list[domain.Deposit]) -> list[lake.Staged]:
    found = []
    for other in others:
        path = storage.staged_path(other.id, file)
        if path.is_file():
            first = storage.first_line(other.id, file)
            found.append(lake.Staged(path, other.id, other.exported_at, first))
    return found


def _pids(deposit: domain.Deposit, hospcode: str) -> set[str]:
    """PIDs whose PERSON row may change: those the deposit told of, and those its corrections took back."""
    path: Path = storage.staged_path(deposit.id, "PERSON")
    found = set(lake.rows("PERSON", hospcode, columns=["pid"]).read_all().column("pid").to_pylist())
    if path.is_file():
        sql = f"SELECT DISTINCT pid FROM read_parquet('{path}') WHERE NOT _refused"
        found |= {row[0] for row in lake.session().execute(sql).fetchall()}
    return found


def _relink(hospcode: str, pids: set[str]) -> None:
    rows = list(person_rows(hospcode))
    identity.link(hospcode, rows, gone=sorted(pids - {row.pid for row in rows}))
