"""Columns of sealed text, and how what they hold comes under the newest master key (decision 0159)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db import models

from . import database, keys

BATCH = 2000
if TYPE_CHECKING:
    _Bytes = models.BinaryField[Any, Any]  # generic to its stubs alone
else:
    _Bytes = models.BinaryField


class SealedField(_Bytes):
    """What `keys.seal` made. To the schema it is bytes; to a turn of the master key it is a column to go through."""

    def deconstruct(self) -> Any:
        """As a BinaryField: no migration knows the difference, for there is none in the database."""
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.BinaryField", args, kwargs


def columns() -> Iterator[tuple[str, str]]:
    """(table, column) of every sealed column."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, SealedField):
                yield model._meta.db_table, str(field.column)


def reseal(table: str, column: str) -> int:
    """Bring one column under the newest master key, in transactions of BATCH rows: broken off, what is done stays done
    and the rest opens as before. Returns how many rows were changed.
    """
    changed = 0
    while batch := _batch(table, column):
        changed += batch
    return changed


def _batch(table: str, column: str) -> int:
    mark = keys.mark(keys.newest())
    with database.transaction():
        found = database.rows(
            f"SELECT ctid::text, {column} FROM {table} WHERE {column} IS NOT NULL"
            f" AND substring({column} FROM 1 FOR {len(mark)}) <> %s LIMIT {BATCH} FOR UPDATE",
            [mark],
        )
        if found:
            places, sealed = zip(*((place, keys.resealed(before)) for place, before in found), strict=True)
            database.execute(
                f"UPDATE {table} SET {column} = new.sealed"
                " FROM unnest(%s::text[]::tid[], %s::bytea[]) AS new(place, sealed) WHERE ctid = new.place",
                [list(places), list(sealed)],
            )
    return len(found)
