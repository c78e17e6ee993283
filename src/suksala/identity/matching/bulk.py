"""Weighing many registrations at once: Splink's SQL over the candidates, levels and weights that one has by itself.

For some thousand registrations and more; for few, `scoring` is quicker. Both give a pair the same weight to 1e-9.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

import pyarrow as pa

from suksala.foundation import log

from . import vetoes
from .comparing import LARGEST_BLOCK, REVIEW
from .comparisons import CHILD_YEARS, POPULATIONS
from .demographics import Demographics
from .engines import Engine, InMemory
from .training import SCHEMA, TERMS, table

KEYS = pa.schema([("key", pa.int64()), ("person", pa.int64())])
_MORE = pa.schema([("newborn", pa.bool_()), ("minor", pa.bool_()), ("is_foreign", pa.bool_())])
PEOPLE = pa.schema([*SCHEMA, *_MORE])

_FEW = f"SELECT key FROM keys GROUP BY key HAVING count(*) BETWEEN 2 AND {LARGEST_BLOCK}"
_KEYS_OF_FEW = "SELECT key, person FROM keys WHERE key IN (SELECT key FROM few)"
_WANTED = "SELECT person, row_number() OVER (ORDER BY person) - 1 AS place FROM asked"
# Pairs of which at least one is to be weighed, each once: who is not wanted, or comes later, is the other.
_CANDIDATES = """
SELECT DISTINCT least(k.person, o.person) AS person, greatest(k.person, o.person) AS other
FROM keys k JOIN wanted w ON w.person = k.person JOIN keys o ON o.key = k.key
LEFT JOIN wanted ow ON ow.person = o.person
WHERE w.place >= {first} AND w.place < {end} AND o.person <> k.person AND (ow.place IS NULL OR o.person > k.person)"""

_KINDS = f"""
SELECT person, other, {vetoes.NEWBORN_RULE} AS by_rule,
       CASE WHEN l.is_foreign OR r.is_foreign THEN 'foreigner' WHEN l.minor OR r.minor THEN 'child' ELSE 'adult' END
       AS kind
FROM candidates JOIN people l ON l.unique_id = person JOIN people r ON r.unique_id = other"""
_PAIRS = """
SELECT '0' AS match_key, person AS join_key_l, other AS join_key_r FROM kinds WHERE kind = '{kind}' AND {which}"""
_SHARES = """
SELECT p.{column}, coalesce(t.share, {rarest}) AS tf_{column}
FROM (SELECT DISTINCT {column} FROM people WHERE {column} IS NOT NULL) p
LEFT JOIN shares t ON t.value = p.{column}::VARCHAR"""
_TOLD = """
SELECT unique_id_l AS person, unique_id_r AS other, match_weight AS weight, [{places}] AS levels,
       [{rarities}] AS rarities, newborn_l OR newborn_r AS baby
FROM {predicted}"""
_EDGES = """
SELECT least(person, other) AS person, greatest(person, other) AS other, {number}::BIGINT AS model, weight, levels,
       rarities, veto, {newborn}::BOOLEAN AS newborn
FROM told JOIN patterns USING (levels, baby)"""


class Trained(NamedTuple):
    """A model by its number and its file."""

    number: int
    told: Mapping[str, Any]


def rows(people: Iterable[tuple[int, Demographics]], today: date) -> pa.Table:
    """Registrations as a batch takes them."""
    numbered = list(people)
    found = table(numbered)
    flags = [
        pa.array([one.newborn for _, one in numbered], pa.bool_()),
        pa.array([_is_minor(one, today) for _, one in numbered], pa.bool_()),
        pa.array([one.foreign for _, one in numbered], pa.bool_()),
    ]
    for name, flag in zip(_MORE.names, flags, strict=True):
        found = found.append_column(name, flag)
    return found


def _is_minor(one: Demographics, today: date) -> bool:
    """As comparisons.population says it of either of a pair."""
    return one.newborn or (one.birth is not None and today.year - one.birth.year < CHILD_YEARS)


class Batch:
    """Registrations and their blocking keys, weighed by the models of a moment.

    models  the standing model of each population
    engine  where it happens; by itself the memory of this process
    """

    def __init__(self, models: Mapping[str, Trained], engine: Engine | None = None) -> None:
        self._models, self._engine = models, engine or InMemory()
        self._engine.append("people", PEOPLE.empty_table())
        self._engine.append("keys", KEYS.empty_table())

    def __enter__(self) -> Batch:
        return self

    def __exit__(self, *_: object) -> None:
        self._engine.close()

    def add(self, people: pa.Table) -> None:
        """Take in registrations (`rows`)."""
        self._engine.append("people", people)

    def add_keys(self, keys: pa.Table) -> None:
        """Take in blocking keys (KEYS), all holders of each: a key that too many hold says nothing."""
        self._engine.append("keys", keys)

    def holders(self) -> list[int]:
        """Who holds one of the keys."""
        found: list[int] = self._engine.fetch("SELECT DISTINCT person FROM keys")["person"].to_pylist()
        return found

    def edges(self, wanted: pa.Table) -> Iterator[pa.Table]:
        """The pairs of the wanted persons (column person) worth an edge, in pieces: person, other, model, weight,
        levels, rarities, veto, newborn. Each pair comes once, the older person first.
        """
        engine = self._engine
        engine.make("few", _FEW)
        engine.make("keys", _KEYS_OF_FEW)
        engine.put("asked", wanted)
        engine.make("wanted", _WANTED)
        scorers = [_Scorer(engine, kind, trained) for kind, trained in self._models.items()]
        for first in range(0, wanted.num_rows, engine.at_once):
            engine.make("candidates", _CANDIDATES.format(first=first, end=first + engine.at_once))
            engine.make("kinds", _KINDS)
            for scorer in scorers:
                yield from scorer.edges()


class _Scorer:
    """One population's model over the pairs of its kind."""

    def __init__(self, engine: Engine, kind: str, trained: Trained) -> None:
        from splink import Linker

        self._engine, self._kind, self._number = engine, kind, trained.number
        self._api = engine.api()
        settings = engine.settings(_settings(trained.told))
        self._linker = Linker(self._api.register("people"), settings, log_level=None)
        for column in TERMS:
            name = f"terms_{kind}_{column}"
            engine.put("shares", _shares(trained.told, column))
            engine.make(name, _SHARES.format(column=column, rarest=repr(_rarest(trained.told, column))))
            self._linker.table_management.register_term_frequency_lookup(self._api.register(name), column)

    def edges(self) -> Iterator[pa.Table]:
        """The edges of the present pairs: those heavy enough, and those that the rule for newborns may join."""
        yield from self._weighed("NOT by_rule", REVIEW, newborn=False)
        yield from self._weighed("by_rule", None, newborn=True)

    def _weighed(self, which: str, least: float | None, *, newborn: bool) -> Iterator[pa.Table]:
        self._engine.make("pairs", _PAIRS.format(kind=self._kind, which=which))
        if not self._engine.fetch("SELECT join_key_l FROM pairs LIMIT 1").num_rows:
            return
        with log.silenced("splink"):
            self._linker.table_management.register_blocked_pairs_for_predict(self._api.register("pairs"))
            found = self._linker.inference.predict(threshold_match_weight=least, warning_mode="never")
        yield self._told(found.physical_name, newborn=newborn)
        found.drop_table_from_database_and_remove_from_cache()

    def _told(self, predicted: str, *, newborn: bool) -> pa.Table:
        comparisons = POPULATIONS[self._kind]
        places = ", ".join(
            f"if(gamma_{c.name} < 0, -1, {len(c.levels) - 1} - gamma_{c.name})::SMALLINT" for c in comparisons
        )
        rarities = ", ".join(
            f"coalesce(mw_tf_adj_{c.name}, 0.0)" if c.levels[0].term else "0.0::DOUBLE" for c in comparisons
        )
        self._engine.make("told", _TOLD.format(places=places, rarities=rarities, predicted=predicted))
        self._engine.put("patterns", self._vetoes())
        return self._engine.fetch(_EDGES.format(number=self._number, newborn=newborn))

    def _vetoes(self) -> pa.Table:
        """The veto of each pattern of levels that occurs: thousands, where pairs are millions."""
        patterns = self._engine.fetch("SELECT DISTINCT levels, baby FROM told").to_pylist()
        said = [_veto(self._kind, one["levels"], baby=one["baby"]) for one in patterns]
        return pa.table(
            {
                "levels": pa.array([one["levels"] for one in patterns], pa.list_(pa.int16())),
                "baby": pa.array([one["baby"] for one in patterns], pa.bool_()),
                "veto": pa.array(said, pa.string()),
            }
        )


def _veto(kind: str, places: list[int], *, baby: bool) -> str:
    named = {
        c.name: c.levels[place].name if place >= 0 else "unknown"
        for c, place in zip(POPULATIONS[kind], places, strict=True)
    }
    return vetoes.of_levels(named, newborn=baby) or ""


def _settings(told: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a model's file, for predicting pairs that are given."""
    return {
        **told["settings"],
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "blocking_rules_to_generate_predictions": [],
        "retain_intermediate_calculation_columns": True,
        "retain_matching_columns": True,
        "additional_columns_to_retain": ["newborn"],
    }


def _shares(told: Mapping[str, Any], column: str) -> pa.Table:
    shares = told["terms"][column]
    return pa.table({"value": pa.array(list(shares), pa.string()), "share": pa.array(shares.values(), pa.float64())})


def _rarest(told: Mapping[str, Any], column: str) -> float:
    return float(told["rarest"][column] if told.get("rarest") else 1 / told["records"])
