"""The SQL that a measure may use: what passes, what is refused, where and why (decision 0041)."""

from __future__ import annotations

from datetime import date

import pytest

from suksala.warehouse import silver
from suksala.warehouse.errors import NotPortable
from suksala.warehouse.portable import compile_sql

TABLES = ("lab", "resident")


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT human FROM lab WHERE on_date >= :period_start AND on_date <= :period_end",
        "WITH a AS (SELECT human, MAX(value) AS value FROM lab GROUP BY human) SELECT a.human, a.value FROM a",
        "SELECT human, ROW_NUMBER() OVER (PARTITION BY human ORDER BY on_date DESC, value DESC) AS place FROM lab",
        "SELECT l.human FROM lab AS l LEFT JOIN resident AS r ON r.human = l.human AND r.sex = '1'",
        "SELECT human FROM lab UNION ALL SELECT human FROM resident",
        "SELECT COUNT(*) AS n, COUNT(DISTINCT human) AS k, SUM(CASE WHEN value < 7.0 THEN 1 ELSE 0 END) AS c FROM lab",
        "SELECT COALESCE(value, 0) AS v, NULLIF(value, 0) AS w, value * 2 + 1 - 3 AS x FROM lab",
        "SELECT CAST(NULL AS DATE) AS none, DATE '2025-01-31' AS day FROM lab",
        "SELECT human FROM lab WHERE labtest IN ('05', '0531601') AND NOT value IS NULL AND value BETWEEN 3 AND 20",
        "SELECT human FROM (SELECT human FROM lab) AS l",
    ],
)
def test_what_passes(sql: str) -> None:
    """It prints to one canonical text, and reading that text again changes nothing."""
    found = compile_sql(sql, tables=TABLES)
    assert compile_sql(found.text, tables=TABLES) == found
    assert compile_sql(f"/* a remark */ {sql}  -- another", tables=TABLES).text == found.text


@pytest.mark.parametrize(
    ("sql", "reason"),
    [
        ("SELECT a / b AS x FROM lab", "DIV: dividing whole numbers differs"),
        ("SELECT a // b AS x FROM lab", "cannot be read as SQL"),
        ("SELECT * FROM lab", "name the columns"),
        ("SELECT l.* FROM lab AS l", "name the columns"),
        ("SELECT human FROM lab LIMIT 3", "LIMIT"),
        ("SELECT human FROM lab ORDER BY human", "ORDER BY stands in a window only"),
        ("SELECT DISTINCT human FROM lab", "DISTINCT"),
        ("SELECT CURRENT_DATE AS d FROM lab", "the day of the run must not change a figure"),
        ("SELECT NOW() AS d FROM lab", "NOW: this function is not known"),
        ("SELECT RANDOM() AS d FROM lab", "RAND"),
        ("SELECT DATEDIFF('year', a, b) AS x FROM lab", "datediff counts boundaries"),
        ("SELECT DATE_TRUNC('year', a) AS x FROM lab", "TRUNC"),
        ("SELECT EXTRACT(YEAR FROM a) AS x FROM lab", "EXTRACT"),
        ("SELECT human FROM lab WHERE regexp_matches(x, 'a')", "REGEXP_MATCHES"),
        ("SELECT human FROM lab WHERE x LIKE 'E1%'", "LIKE"),
        ("SELECT CAST(x AS VARCHAR) AS y FROM lab", "a cast goes to"),
        ("SELECT TRY_CAST(x AS INT) AS y FROM lab", "TRYCAST"),
        ("SELECT x || 'a' AS y FROM lab", "DPIPE"),
        ("SELECT x[1] AS y FROM lab", "BRACKET"),
        ("SELECT arg_max(a, b) AS x FROM lab", "ARGMAX"),
        ("SELECT first(a) AS x FROM lab", "FIRST"),
        ("SELECT AVG(a) AS x FROM lab", "AVG"),
        ("SELECT SUM(a) FILTER (WHERE b = 1) AS x FROM lab", "FILTER"),
        ("SELECT ROW_NUMBER() OVER (PARTITION BY a) AS n FROM lab", "a window needs PARTITION BY and an ORDER BY"),
        ("SELECT ROW_NUMBER() OVER (ORDER BY a) AS n FROM lab", "a window needs PARTITION BY and an ORDER BY"),
        ("SELECT RANK() OVER (PARTITION BY a ORDER BY b) AS n FROM lab", "only ROW_NUMBER()"),
        ("SELECT SUM(a) OVER (PARTITION BY a ORDER BY b) AS n FROM lab", "only ROW_NUMBER()"),
        ("SELECT a FROM lab QUALIFY ROW_NUMBER() OVER (PARTITION BY a ORDER BY b) = 1", "QUALIFY"),
        ("SELECT a FROM lab RIGHT JOIN resident ON lab.a = resident.a", "only JOIN and LEFT JOIN"),
        ("SELECT a FROM lab CROSS JOIN resident", "only JOIN and LEFT JOIN"),
        ("SELECT a FROM lab, resident", "a join needs ON"),
        ("SELECT a FROM lab JOIN resident USING (a)", "a join needs ON"),
        ("SELECT a FROM lab NATURAL JOIN resident", "only JOIN and LEFT JOIN"),
        ("SELECT a FROM lab UNION SELECT a FROM resident", "UNION ALL only"),
        ("SELECT a FROM lab EXCEPT SELECT a FROM resident", "exactly one SELECT"),
        ("SELECT a FROM lab WHERE a IN (SELECT a FROM resident)", "IN takes a list of constants"),
        ("SELECT a FROM lab WHERE EXISTS (SELECT 1 FROM resident)", "EXISTS"),
        ("SELECT (SELECT MAX(a) FROM lab) AS x FROM lab", "a subquery stands in FROM"),
        ("SELECT a FROM read_csv('/etc/passwd')", "READCSV"),
        ("SELECT a FROM 'secret.parquet'", "there is no table secret.parquet"),
        ("SELECT a FROM person", "there is no table person"),
        ("SELECT a FROM main.lab", "a table has one plain name"),
        ("SELECT a FROM lab WHERE b = :today", "there is no parameter today"),
        ("SELECT a FROM lab WHERE b = ?", "there is no parameter"),
        ("WITH RECURSIVE c AS (SELECT 1 AS n UNION ALL SELECT n + 1 AS n FROM c) SELECT n FROM c", "RECURSIVE"),
        ("SELECT a FROM lab FOR UPDATE", "LOCK"),
        ("DELETE FROM lab", "exactly one SELECT"),
        ("SELECT a FROM lab; SELECT b FROM lab", "exactly one SELECT"),
        ("COPY lab TO 'x'", "exactly one SELECT"),
        ("PRAGMA version", "exactly one SELECT"),
        ("SELECT a FROM", "cannot be read as SQL"),
        ("", "exactly one SELECT"),
    ],
)
def test_what_is_refused(sql: str, reason: str) -> None:
    """One clear sentence says where and why, in Thai and in English."""
    with pytest.raises(NotPortable) as refusal:
        compile_sql(sql, tables=TABLES)
    assert reason in refusal.value.en
    assert "บรรทัด" in refusal.value.th


def test_the_place_is_told() -> None:
    """Line and column of the fault, so that the author finds it."""
    with pytest.raises(NotPortable, match="line 3, column"):
        compile_sql("SELECT human\nFROM lab\nWHERE value / 2 > 3", tables=TABLES)


def test_parameters_become_date_literals() -> None:
    """The period comes in from outside, as a literal that every engine reads alike; a text cannot break out of it."""
    found = compile_sql("SELECT human FROM lab WHERE on_date >= :period_start", tables=TABLES)
    assert found.parameters == {"period_start"}
    assert found.bound({"period_start": date(2024, 10, 1), "period_end": date(2025, 9, 30)}) == (
        "SELECT human FROM lab WHERE on_date >= CAST('2024-10-01' AS DATE)"
    )


def test_silver_tables_are_made_in_order_and_only_when_needed() -> None:
    """What a measure reads decides what is computed."""
    assert silver.needed(frozenset({"phr_fact"})) == ()
    assert silver.needed(frozenset({"resident", "disease", "hba1c"})) == (
        "registration",
        "death_of",
        "disease",
        "hba1c",
        "resident_aged",
    )
    assert silver.needed(frozenset({"ht_blood_pressure"})) == ("disease", "ht_blood_pressure")
    assert set(silver.MEASURE_TABLES) <= {*silver.statements(), *silver.GIVEN, "resident"}
