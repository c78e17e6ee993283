"""The engine of many machines: the same queries and the same settings of Splink, in Spark's words.

Needs pyspark (requirements/spark.txt), and rapidfuzz where the workers are. What is weighed lies in a folder that all
of them see, and in what Spark spills: both are to be encrypted (docs/how-to/match-on-a-cluster.md).
"""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pyarrow as pa
import sqlglot
from sqlglot import expressions as exp

from ..errors import NoSpark

SIMILARITY, EDITS = "jaro_winkler_similarity", "damerau_levenshtein"


class Spark:
    """Tables of one Spark session, which is for this alone.

    folder  where registrations and keys are put while they are weighed, as Spark names it: in a folder of their own in
            it, which `close` deletes
    """

    at_once = 1_000_000

    def __init__(self, session: Any, folder: str) -> None:
        self._session, self._folder = session, f"{folder}/weighing-{uuid4().hex}"
        _functions(session)

    @classmethod
    def of_this_machine(cls, folder: str) -> Spark:
        """The cluster that SPARK_CONF_DIR names. Raises NoSpark."""
        try:
            from pyspark.sql import SparkSession
        except ImportError as error:
            raise NoSpark from error
        session = SparkSession.builder.appName("suksala").config("spark.io.encryption.enabled", "true").getOrCreate()
        return cls(session, folder)

    def api(self) -> Any:
        from splink import SparkAPI

        return SparkAPI(spark_session=self._session, break_lineage_method="persist", register_udfs_automatically=False)

    def settings(self, told: dict[str, Any]) -> dict[str, Any]:
        comparisons = [
            comparison | {"comparison_levels": [_level(level) for level in comparison["comparison_levels"]]}
            for comparison in told["comparisons"]
        ]
        return told | {"comparisons": comparisons, "sql_dialect": "spark"}

    def append(self, name: str, rows: pa.Table) -> None:
        path = f"{self._folder}/{name}"
        self._frame(rows).write.mode("append").parquet(path)
        self._session.read.parquet(path).createOrReplaceTempView(name)

    def put(self, name: str, rows: pa.Table) -> None:
        self._frame(rows).createOrReplaceTempView(name)

    def _frame(self, rows: pa.Table) -> Any:
        return self._session.createDataFrame(rows)

    def make(self, name: str, select: str) -> None:
        self._session.sql(translated(select)).persist().createOrReplaceTempView(name)

    def fetch(self, select: str) -> pa.Table:
        found: pa.Table = self._session.sql(translated(select)).toArrow()
        return found

    def close(self) -> None:
        self._session.catalog.clearCache()
        path = self._session._jvm.org.apache.hadoop.fs.Path(self._folder)
        path.getFileSystem(self._session._jsc.hadoopConfiguration()).delete(path, True)


def _level(told: dict[str, Any]) -> dict[str, Any]:
    condition = told["sql_condition"]
    return told if condition == "ELSE" else told | {"sql_condition": translated(condition)}


def translated(sql: str) -> str:
    """A query or condition of DuckDB in Spark's words."""
    return sqlglot.parse_one(sql, read="duckdb").transform(_in_spark).sql(dialect="spark")


def _in_spark(node: exp.Expression) -> exp.Expression:
    """What the translator leaves in DuckDB's words."""
    if isinstance(node, exp.ArrayOverlaps):
        return exp.Anonymous(this="arrays_overlap", expressions=[node.this, node.expression])
    if isinstance(node, exp.JarowinklerSimilarity):
        return exp.Anonymous(this=SIMILARITY, expressions=[node.this, node.expression])
    return node


def _functions(session: Any) -> None:
    """The two functions that Spark lacks, of the library that compares one pair: the jar beside Splink counts half of
    an odd transposition, and 73 of 68,706 pairs of names were on another side of a level's bound by it.
    """

    def similarity(a: str | None, b: str | None) -> float | None:
        from rapidfuzz.distance import JaroWinkler

        return None if a is None or b is None else JaroWinkler.similarity(a, b)

    def edits(a: str | None, b: str | None) -> int | None:
        from rapidfuzz.distance import DamerauLevenshtein

        return None if a is None or b is None else DamerauLevenshtein.distance(a, b)

    session.udf.register(SIMILARITY, similarity, "double")
    session.udf.register(EDITS, edits, "int")
