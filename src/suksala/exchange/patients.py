"""The parts of a Patient: kept per registration, so that PERSON, ADDRESS, HOME and DEATH may come in any order and
any deposit.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import orjson

from suksala.foundation import database
from suksala.registry import org_number

from .domain import NUMBER, Draft
from .mapping import people
from .mapping.base import patient_id
from .storage import Batch, Item

if TYPE_CHECKING:
    from .importing import Import
    from .rows import LakeRow

PERSON, DEATH, ADDRESS = 1, 2, 10  # an address part is 10 + its type
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "PERSON": people.PERSON_COLUMNS,
    "ADDRESS": people.ADDRESS_COLUMNS,
    "HOME": people.HOME_COLUMNS,
    "DEATH": people.DEATH_COLUMNS,
}

# A repeat with equal content keeps what stands, its source included, unless the source itself is to be put right.
_PUT = """
INSERT INTO patient_part AS p (person, part, org, hid, source, data)
SELECT * FROM unnest(%(person)s::bigint[], %(part)s::smallint[], %(org)s::bigint[], %(hid)s::text[],
%(source)s::text[], %(data)s::bytea[])
ON CONFLICT (person, part) DO UPDATE SET hid = EXCLUDED.hid, source = EXCLUDED.source, data = EXCLUDED.data
WHERE p.data <> EXCLUDED.data OR (%(exact)s AND p.source <> EXCLUDED.source)
RETURNING person
"""
_PUT_HOME = """
INSERT INTO home_part AS h (org, hid, source, data)
SELECT * FROM unnest(%(org)s::bigint[], %(hid)s::text[], %(source)s::text[], %(data)s::bytea[])
ON CONFLICT (org, hid) DO UPDATE SET source = EXCLUDED.source, data = EXCLUDED.data
WHERE h.data <> EXCLUDED.data OR (%(exact)s AND h.source <> EXCLUDED.source)
RETURNING hid
"""
_OF_HOMES = "SELECT person FROM patient_part WHERE org = %s AND hid = ANY(%s::text[])"
_PARTS = (
    "SELECT person, part, hid, source, data FROM patient_part WHERE person = ANY(%s::bigint[]) ORDER BY person, part"
)
_HOMES = "SELECT hid, data FROM home_part WHERE org = %s AND hid = ANY(%s::text[])"


def columns_of(file: str) -> tuple[str, ...]:
    """The columns of a file that a Patient needs."""
    return _COLUMNS.get(file, ())


def add(run: Import, rows: Sequence[LakeRow], batch: Batch) -> None:
    """Keep the parts that these rows are, and stage the Patients that changed by them."""
    org = org_number(run.hospcode)
    put = _put_homes if run.file == "HOME" else _put_parts
    stage(run, put(run, rows, org), batch)


def _put_parts(run: Import, rows: Sequence[LakeRow], org: int) -> list[int]:
    parts: dict[tuple[int, int], tuple[Any, ...]] = {}
    for row in rows:
        person, part = run.person(row), _part(run.file, row)
        run.seen.add((person, part, ""))
        data = orjson.dumps(_kept(run.file, row), option=orjson.OPT_SORT_KEYS)
        before = parts.get((person, part))
        if before is None or before[-1] < data:
            hid = row.fields.get("hid") if part == PERSON else None
            parts[person, part] = (person, part, org, hid, run.source(row), data)
    names = ("person", "part", "org", "hid", "source", "data")
    return _run(_PUT, names, parts.values(), run.exact)


def _put_homes(run: Import, rows: Sequence[LakeRow], org: int) -> list[int]:
    homes = {}
    for row in rows:
        hid = row.fields.get("hid")
        if hid:
            run.seen.add((org, 0, hid))
            homes[hid] = (org, hid, run.source(row), orjson.dumps(_kept("HOME", row), option=orjson.OPT_SORT_KEYS))
    changed = _run(_PUT_HOME, ("org", "hid", "source", "data"), homes.values(), run.exact)
    return [person for (person,) in database.rows(_OF_HOMES, [org, changed])] if changed else []


def _run(sql: str, names: Sequence[str], rows: Iterable[tuple[Any, ...]], exact: bool) -> list[Any]:
    columns = list(zip(*rows, strict=True))
    if not columns:
        return []
    values: dict[str, Any] = {name: list(column) for name, column in zip(names, columns, strict=True)}
    return [row[0] for row in database.rows(sql, {**values, "exact": exact})]


def _part(file: str, row: LakeRow) -> int:
    if file == "ADDRESS":
        kind = row.fields.get("addresstype", "0")
        return ADDRESS + (int(kind) if kind.isdigit() else 0)
    return PERSON if file == "PERSON" else DEATH


def _kept(file: str, row: LakeRow) -> dict[str, Any]:
    return {name: row.fields[name] for name in _COLUMNS[file] if name in row.fields}


def stage(run: Import, persons: Iterable[int], batch: Batch) -> None:
    """Build the Patients of these persons from their parts; without a PERSON row there is none."""
    wanted = sorted(set(persons))
    if not wanted:
        return
    parts: dict[int, dict[int, tuple[str | None, str, dict[str, Any]]]] = defaultdict(dict)
    for person, part, hid, source, data in database.rows(_PARTS, [wanted]):
        parts[person][part] = (hid, source, orjson.loads(data))
    hids = sorted({found[PERSON][0] or "" for found in parts.values() if PERSON in found})
    homes = {hid: orjson.loads(data) for hid, data in database.rows(_HOMES, [batch.org, hids])}
    for person, found in parts.items():
        if PERSON in found:
            batch.add(_patient(run.hospcode, person, found, homes))
        else:
            _forget(run.hospcode, person, found, batch)


def _patient(hospcode: str, person: int, found: Mapping[int, Any], homes: Mapping[str, Any]) -> Item:
    hid, source, row = found[PERSON]
    addresses = {str(part - ADDRESS): data for part, (_, _, data) in found.items() if part >= ADDRESS}
    death = found[DEATH][2] if DEATH in found else None
    parts = people.Parts({**row, "hospcode": hospcode}, addresses, homes.get(hid or ""), death)
    rid, body = people.patient(parts)
    return Item(person, Draft("Patient", rid, body), source)


def _forget(hospcode: str, person: int, found: Mapping[int, Any], batch: Batch) -> None:
    for _, _, row in found.values():
        if row.get("pid"):
            batch.forbid(person, NUMBER["Patient"], patient_id(hospcode, row["pid"]))


def sweep(run: Import, batch: Batch) -> None:
    """Drop the parts that no row of this file is any more, and stage what that changes."""
    if run.file == "HOME":
        kept = [hid for _, _, hid in run.seen]
        sql = "DELETE FROM home_part WHERE org = %s AND NOT hid = ANY(%s::text[]) RETURNING hid"
        gone = [hid for (hid,) in database.rows(sql, [batch.org, kept])]
        stage(run, [person for (person,) in database.rows(_OF_HOMES, [batch.org, gone])], batch)
        return
    low, high = {"PERSON": (PERSON, PERSON), "DEATH": (DEATH, DEATH), "ADDRESS": (ADDRESS, 32767)}[run.file]
    kept = [f"{person}/{part}" for person, part, rid in run.seen if rid == ""]
    sql = (
        "DELETE FROM patient_part WHERE org = %s AND part BETWEEN %s AND %s "
        "AND NOT person || '/' || part = ANY(%s::text[]) RETURNING person, data"
    )
    gone_rows = database.rows(sql, [batch.org, low, high, kept])
    if run.file == "PERSON":
        for person, data in gone_rows:
            batch.forbid(person, NUMBER["Patient"], patient_id(run.hospcode, orjson.loads(data)["pid"]))
    stage(run, [person for person, _ in gone_rows], batch)
