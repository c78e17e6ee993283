"""The state of a data folder as one digest per table: `python -m tests.journeys.state DATA` prints it as JSON.

What depends on the order of identical rows is left out: which deposit brought a row first, numbers given by sequences,
times. What is left must not depend on order, repetition or kills.
"""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterable
from pathlib import Path

ORIGIN = {"_deposit", "_line", "_exported_at"}  # of two identical rows the one that was there stays
# The ids of staff follow from the order in which they were first told of, so their content is compared, not its digest.
RESOURCES = """
SELECT rtype, regexp_replace(rid, '^pc-[0-9a-f]+$', 'pc'), deleted, CASE WHEN body LIKE '%%/pc-%%' OR rid LIKE 'pc-%%'
    THEN md5(regexp_replace(regexp_replace(body, '"meta":{[^}]*},', ''), 'pc-[0-9a-f]+', 'pc', 'g')) ELSE sha END
FROM (SELECT rtype, rid, deleted, encode(substr(body_sha, 1, 16), 'hex') AS sha, convert_from(body, 'UTF8') AS body
    FROM resource) r"""
HUMANS = "SELECT hospcode, pid, person, human FROM members"


def digest(rows: Iterable[object]) -> str:
    """An order-free digest of rows."""
    total = 0
    for row in rows:
        total += int.from_bytes(hashlib.blake2b(repr(row).encode(), digest_size=16).digest(), "big")
    return f"{total % (1 << 128):032x}"


def lake() -> dict[str, str]:
    """Rows of every file of the lake."""
    from suksala import lake

    found = {}
    with lake.connect() as connection:
        for (name,) in connection.execute("SELECT view_name FROM duckdb_views() WHERE NOT internal").fetchall():
            columns = [str(row[0]) for row in connection.execute(f'DESCRIBE "{name}"').fetchall()]
            kept = ", ".join(f'"{column}"' for column in sorted(columns) if column not in ORIGIN)
            rows = connection.execute(f'SELECT {kept} FROM "{name}"').fetchall()
            if rows:
                found[f"lake.{name}"] = f"{len(rows)} {digest(rows)}"
    return found


def record() -> dict[str, str]:
    """Content of every resource, and which registrations are one human."""
    from suksala import identity
    from suksala.foundation import database

    resources = database.rows(RESOURCES, [])
    humans: dict[int, list[tuple[str, str]]] = {}
    for row in identity.memberships().to_pylist():
        humans.setdefault(row["human"], []).append((row["hospcode"], row["pid"]))
    groups = [tuple(sorted(group)) for group in humans.values()]
    return {
        "resources": f"{len(resources)} {digest(resources)}",
        "humans": f"{len(groups)} {digest(groups)}",
    }


def receipts() -> dict[str, str]:
    """What every sender was told: counts by zip."""
    from suksala import ingest

    rows = []
    for deposit in ingest.deposits(limit=100_000):
        told = ingest.receipt(deposit.id)
        rows.append((deposit.sha256, deposit.state, told.read, told.accepted, told.refused))
    return {"receipts": f"{len(rows)} {digest(rows)}"}


def of(data: Path) -> dict[str, str]:
    """Every digest of a data folder; starts its database if it must."""
    from suksala import operations

    with operations.running_database(data):
        return {**lake(), **record(), **receipts()}


if __name__ == "__main__":
    print(json.dumps(of(Path(sys.argv[1]))))
