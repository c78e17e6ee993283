"""The tables under data/, read when first asked for."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Generic, TypeVar, cast

from .model import CodeTable, Field, FieldType, FileSpec, Vocabulary

DATA = Path(__file__).parent / "data"

# Oldest first. "2.2-2.3" columns came in one of the two versions; nobody published which.
VERSIONS = ("2.0", "2.1", "2.2", "2.2-2.3", "2.4", "2.4.1")

Value = TypeVar("Value")


class _Lazy(Mapping[str, Value], Generic[Value]):
    """A mapping that is read from disk at its first use, so that importing this package costs nothing."""

    def __init__(self, load: Callable[[], Mapping[str, Value]]) -> None:
        self._load = cache(load)

    def __getitem__(self, key: str) -> Value:
        return self._load()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._load())

    def __len__(self) -> int:
        return len(self._load())


def rows(path: Path) -> list[dict[str, str]]:
    """One of our own CSV tables as dictionaries."""
    with path.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def _field(row: Mapping[str, str]) -> Field:
    return Field(
        file=row["file"],
        name=row["field"],
        type=cast("FieldType", row["type"]),
        width=int(row["width"]) if row["width"] else None,
        scale=int(row["scale"]) if row["scale"] else None,
        required=row["required"] == "Y",
        is_key=row["key"] == "Y",
        code_table=row["code_table"] or None,
        vocabulary=cast("Vocabulary | None", row["vocabulary"] or None),
        since_version=row["since"],
        aliases=tuple(row["aliases"].split()),
        label_en=row["description_en"],
    )


def _file(row: Mapping[str, str], fields: tuple[Field, ...]) -> FileSpec:
    return FileSpec(
        name=row["file"],
        number=int(row["number"]),
        kind=row["kind"],
        fields=fields,
        key=tuple(row["key"].split()),
        service_date=row["service_date"] or None,
        since_version=row["since"],
        aliases=tuple(row["aliases"].split()),
        description_en=row["description_en"],
    )


def _files() -> dict[str, FileSpec]:
    fields: dict[str, list[Field]] = {}
    for row in rows(DATA / "fields.csv"):
        fields.setdefault(row["file"], []).append(_field(row))
    return {row["file"]: _file(row, tuple(fields[row["file"]])) for row in rows(DATA / "files.csv")}


@cache
def _index() -> dict[str, dict[str, str]]:
    return {row["table"]: row for row in rows(DATA / "code_tables.csv")}


@cache
def code_table(name: str) -> CodeTable:
    """The code table of this name, as `Field.code_table` gives it. Raises KeyError."""
    about = _index()[name]
    body = rows(DATA / "codes" / f"{name}.csv")
    extras = [column for column in (body[0] if body else {}) if column not in {"code", "th", "en"}]
    return CodeTable(
        name=name,
        title_en=about["title_en"],
        closed=about["closed"] == "Y",
        labels={row["code"]: row["th"] or row["en"] for row in body},
        labels_en={row["code"]: row["en"] or row["th"] for row in body},
        extra={column: {row["code"]: row[column] for row in body} for column in extras},
    )


FILES: Mapping[str, FileSpec] = _Lazy(_files)
CODE_TABLES: Mapping[str, CodeTable] = _Lazy(lambda: {name: code_table(name) for name in _index()})
