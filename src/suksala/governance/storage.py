"""SQL of governance."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from suksala.foundation import database

from .breaches import Breach, Risk

_FIELDS = (
    "what, noticed_at, risk, began_at, ended_at, affected, data, measures, facility, actor, no_risk_reason, "
    "late_reason, office_told_at, persons_told_at"
)
_NAMES = _FIELDS.replace("affected", "persons").split(", ")
_CLASSES = """
SELECT c.relname::text, array_agg(DISTINCT split_part(coalesce(col_description(c.oid, a.attnum), ''), ':', 1))::text[]
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
AND a.attnum > 0 AND NOT a.attisdropped GROUP BY 1 ORDER BY 1
"""


def add(breach: Breach) -> int:
    """A new breach; returns its number."""
    [(made,)] = database.rows(
        f"INSERT INTO governance_breach ({_FIELDS}) VALUES ({', '.join(['%s'] * len(_NAMES))}) RETURNING id",
        _values(breach),
    )
    return int(made)


def save(breach: Breach) -> None:
    """What is known of a breach now."""
    sets = ", ".join(f"{name} = %s" for name in _FIELDS.split(", "))
    database.execute(f"UPDATE governance_breach SET {sets} WHERE id = %s", [*_values(breach), breach.id])


def breach(number: int, *, lock: bool = False) -> Breach | None:
    """The breach of this number."""
    found = database.rows(
        f"SELECT id, {_FIELDS} FROM governance_breach WHERE id = %s {'FOR UPDATE' if lock else ''}", [number]
    )
    return _breach(found[0]) if found else None


def breaches() -> list[Breach]:
    """Every breach, newest first."""
    sql = f"SELECT id, {_FIELDS} FROM governance_breach ORDER BY noticed_at DESC, id DESC"
    return [_breach(row) for row in database.rows(sql)]


def classes() -> dict[str, list[str]]:
    """The privacy classes of the columns of every table, as the catalogue tells them."""
    return dict(database.rows(_CLASSES))


def _values(breach: Breach) -> list[Any]:
    return [breach.risk.value if name == "risk" else getattr(breach, name) for name in _NAMES]


def _breach(row: Sequence[Any]) -> Breach:
    number, *values = row
    named = dict(zip(_NAMES, values, strict=True))
    return Breach(**{**named, "risk": Risk(named["risk"]), "id": number})
