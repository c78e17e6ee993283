"""The silver layer: typed tables of people and services that the measures read, made from the lake by portable SQL."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from importlib import resources

from .portable import SILVER_NODES, PortableSql, compile_sql

LAKE_FILES = (
    "person", "death", "chronic", "diagnosis_opd", "diagnosis_ipd", "labfu", "chronicfu", "service", "ncdscreen",
)  # fmt: skip
# Handed in by the service: who belongs to whom (identity), and what people did with their own record (audit).
GIVEN = ("membership", "phr_fact")
AGED = "resident_aged"
_NAME = re.compile(r"^-- name: (\w+)\n", re.MULTILINE)
_AGE_COLUMN = {"fiscal-year-start": "age_fy", "period-end": "age_end", "none": "age_end"}


@lru_cache(maxsize=1)
def statements() -> Mapping[str, PortableSql]:
    """Every silver table's statement by name, in an order in which each reads only those before it."""
    text = (resources.files(__package__) / "silver.sql").read_text(encoding="utf-8")
    found: dict[str, PortableSql] = {}
    parts = _NAME.split(text)[1:]
    for name, statement in zip(parts[::2], parts[1::2], strict=True):
        found[name] = compile_sql(statement, tables=(*LAKE_FILES, *GIVEN, *found), nodes=SILVER_NODES)
    return found


def needed(tables: frozenset[str]) -> tuple[str, ...]:
    """The silver tables to make for a measure that reads `tables`, in order; `resident` stands for `resident_aged`."""
    wanted = {AGED if t == "resident" else t for t in tables}
    for name in reversed(list(statements())):
        if name in wanted:
            wanted |= statements()[name].tables
    return tuple(name for name in statements() if name in wanted)


def resident_view(age_reference: str) -> str:
    """The table `resident` as a measure sees it, with age on its own reference date."""
    age = _AGE_COLUMN[age_reference]
    return f"SELECT human, person, hospcode, sex, nation, birth, {age} AS age, reason, contested FROM {AGED}"


@lru_cache(maxsize=1)
def digest() -> str:
    """Changes when any silver statement does; part of every definition hash."""
    text = "\x1e".join(f"{name}\x1f{sql.text}" for name, sql in statements().items())
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


# What a measure may read: named apart from `statements` so that definitions load without compiling them twice.
MEASURE_TABLES = ("resident", "disease", "hba1c", "ht_blood_pressure", "screening", "served", "phr_fact")
