"""On Spark the same registrations have the same edges as in DuckDB: the same pairs, levels and vetoes, weights to 1e-9.

Runs where pyspark and Java are: `make proof-spark`.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from suksala.identity.matching import blocking, bulk, demographics, shipped, training
from suksala.identity.matching.comparisons import POPULATIONS
from suksala.identity.matching.demographics import Demographics
from suksala.identity.matching.engines import Engine
from suksala.identity.matching.spark import Spark, translated
from tests.labelled import registered

PEOPLE = 300
TODAY = date(2026, 1, 1)
SAME = ("model", "levels", "veto", "newborn")


@pytest.fixture(scope="module")
def session() -> Iterator[Any]:
    """Spark in this process alone, on two cores."""
    sql = pytest.importorskip("pyspark.sql", reason="pyspark comes with make proof-spark")
    settings = {
        "spark.ui.enabled": "false", "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1",
        "spark.sql.shuffle.partitions": "2", "spark.default.parallelism": "2", "spark.io.encryption.enabled": "true",
    }  # fmt: skip
    builder = sql.SparkSession.builder.master("local[2]")
    for name, value in settings.items():
        builder = builder.config(name, value)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYSPARK_PYTHON", sys.executable)  # its workers need rapidfuzz
        found = builder.getOrCreate()
        yield found
        found.stop()


@pytest.fixture(scope="module")
def people() -> list[tuple[int, Demographics]]:
    """Made-up people's registrations, with the errors of registers."""
    return list(enumerate(demographics.read(row, TODAY) for _, row in registered(PEOPLE)))


def edges(people: list[tuple[int, Demographics]], engine: Engine | None) -> dict[tuple[int, int], dict[str, Any]]:
    """What a batch finds, by pair, under the models that ship with the names counted here."""
    models = {}
    for number, kind in enumerate(POPULATIONS):
        settings = shipped.settings(kind)
        told = {"population": kind, "records": 0, "settings": settings}
        models[kind] = bulk.Trained(number, told | training.frequencies(settings, training.table(people)))
    keys = [{"key": key, "person": person} for person, one in people for key in blocking.block_keys(one)]
    with bulk.Batch(models, engine) as batch:
        batch.add(bulk.rows(people[:100], TODAY))
        batch.add(bulk.rows(people[100:], TODAY))
        batch.add_keys(pa.Table.from_pylist(keys, schema=bulk.KEYS))
        wanted = pa.table({"person": pa.array(sorted(batch.holders()), pa.int64())})
        found = [edge for piece in batch.edges(wanted) for edge in piece.to_pylist()]
    return {(edge["person"], edge["other"]): edge for edge in found}


def test_edges_are_those_of_one_machine(session: Any, people: list[tuple[int, Demographics]], tmp_path: Path) -> None:
    (tmp_path / "of others").touch()
    here, there = edges(people, None), edges(people, Spark(session, tmp_path.as_uri()))
    assert len(here) > 500
    assert {edge["veto"] for edge in here.values()} >= {"", "newborn"}
    assert set(there) == set(here)
    for pair, edge in here.items():
        other = there[pair]
        assert [other[name] for name in SAME] == [edge[name] for name in SAME]
        assert abs(other["weight"] - edge["weight"]) < 1e-9
        assert other["rarities"] == pytest.approx(edge["rarities"], abs=1e-9)
    assert [path.name for path in tmp_path.iterdir()] == ["of others"]


@pytest.mark.parametrize(
    ("here", "there"),
    [
        ("readings_l && readings_r", "ARRAYS_OVERLAP(readings_l, readings_r)"),
        (
            "jaro_winkler_similarity(given_l, given_r) >= 0.92",
            "JARO_WINKLER_SIMILARITY(given_l, given_r) >= 0.92",
        ),
        ("regexp_matches(given_l, '[A-Z]')", "given_l RLIKE '[A-Z]'"),
        ("(a = b)::INT + (c = d)::INT = 2", "CAST((a = b) AS INT) + CAST((c = d) AS INT) = 2"),
        ("SELECT [1::SMALLINT] AS levels", "SELECT ARRAY(CAST(1 AS SMALLINT)) AS levels"),
    ],
)
def test_conditions_in_sparks_words(here: str, there: str) -> None:
    assert translated(here) == there
