"""Models of this installation: trained on its registrations, or the one that ships with its names counted here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import pyarrow as pa

from suksala.foundation import clock, database

from . import everybody, modelling
from .errors import ModelRefused
from .matching import shipped, training
from .matching.comparisons import POPULATIONS, population

MOVED = 0.02  # share of registrations that come or go before names are counted anew: 0.03 bits of a name's rarity


class Made(NamedTuple):
    """A model that waits in shadow.

    number         it is known by
    registrations  of its population here
    trained        on these; else it is the one that ships, for they were too few
    """

    population: str
    number: int
    registrations: int
    trained: bool


def make(*, actor: str, only_shipped: bool = False) -> list[Made]:
    """Make a model for each population and keep it in shadow: trained here where there are registrations enough."""
    tables = registrations(clock.today())
    told = {kind: _trained(kind, table, only_shipped) for kind, table in tables.items()}
    numbers = modelling.keep(told, actor=actor)
    return [Made(kind, numbers[kind], tables[kind].num_rows, bool(told[kind]["records"])) for kind in POPULATIONS]


def _trained(kind: str, table: pa.Table, only_shipped: bool) -> dict[str, Any]:
    if not only_shipped and table.num_rows:
        try:
            return training.train(kind, table, seed=1)
        except ModelRefused:
            pass
    return _counted(kind, shipped.settings(kind), 0, table)


def _counted(kind: str, settings: Mapping[str, Any], records: int, table: pa.Table) -> dict[str, Any]:
    told = {"population": kind, "records": records, "settings": settings, "counted": table.num_rows}
    return told | training.frequencies(settings, table)


def refresh() -> list[int]:
    """Count names anew in the approved models if registrations moved by MOVED. Returns the numbers of the new ones:
    they weigh as approved, each in the place of the one that it follows.
    """
    standing = {kind: one.number for kind, one in modelling.standing().items() if one.joins}
    files = {kind: modelling.told(number)[1] for kind, number in standing.items()}
    before, now = sum(told.get("counted", told["records"]) for told in files.values()), everybody.count()
    if not files or abs(now - before) <= MOVED * before:
        return []
    tables = registrations(clock.today())
    with database.transaction():
        return [
            modelling.follow(standing[kind], _counted(kind, told["settings"], told["records"], tables[kind]))
            for kind, told in files.items()
        ]


def registrations(today: date) -> dict[str, pa.Table]:
    """The registrations of each population, as Splink takes them."""
    found: dict[str, list[pa.Table]] = {kind: [training.table(())] for kind in POPULATIONS}
    for piece in everybody.pieces(today):
        of: dict[str, list[tuple[int, Any]]] = {kind: [] for kind in POPULATIONS}
        for person, read in piece:
            of[population(read, read, today)].append((person, read))
        for kind, people in of.items():
            found[kind].append(training.table(people))
    return {kind: pa.concat_tables(tables) for kind, tables in found.items()}
