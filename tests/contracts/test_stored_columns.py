"""Every stored column says what it means for privacy, and every person table can be split by person."""

from __future__ import annotations

import pytest

from suksala.foundation import database
from suksala.governance.reference import class_of, columns_of_models
from suksala.governance.safeguards import WITHOUT_MODEL

pytestmark = pytest.mark.django_db

# Routing tables answer "which person?" and so cannot be keyed by person (architecture, section 6: locator).
ROUTING = {"locator", "identity_registration"}

COLUMNS = """
SELECT c.relname, a.attname, coalesce(col_description(c.oid, a.attnum), '')
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
  AND a.attnum > 0 AND NOT a.attisdropped ORDER BY 1, a.attnum"""

UNIQUES = """
SELECT c.relname, i.relname,
       array(SELECT a.attname FROM pg_attribute a
             WHERE a.attrelid = c.oid AND a.attnum = ANY (x.indkey::smallint[]))::text[]
FROM pg_index x JOIN pg_class c ON c.oid = x.indrelid JOIN pg_class i ON i.oid = x.indexrelid
WHERE x.indisunique AND c.relnamespace = 'public'::regnamespace AND NOT c.relispartition"""


def columns() -> list[tuple[str, str, str]]:
    """(table, column, comment) of everything stored."""
    return [(t, c, d) for t, c, d in database.rows(COLUMNS)]


def test_every_stored_column_is_classed_for_privacy() -> None:
    """A comment `<class>: meaning` stands in the catalogue; those of libraries are classed by table."""
    unclassed = [f"{table}.{column}" for table, column, comment in columns() if not class_of(table, comment)]
    assert unclassed == []
    assert class_of("resource", "") == ""
    assert class_of("resource", "secret: no such class") == ""


def test_the_printed_classes_are_those_of_the_database() -> None:
    """docs/reference/classes.md is printed from the models; the catalogue says the same of every column."""
    stored = {(table, column): class_of(table, comment) for table, column, comment in columns()}
    printed = {(table, column): class_of(table, comment) for table, column, comment in columns_of_models()}
    without = {place: told for place, told in stored.items() if place[0] in WITHOUT_MODEL}
    assert set(without.values()) == {"technical"}
    assert printed == {place: told for place, told in stored.items() if place not in without}


def test_every_key_of_a_person_table_contains_person() -> None:
    """That keeps PostgreSQL one data copy away from a cluster split by person (X1; architecture, section 6)."""
    person_tables = {table for table, column, _ in columns() if column == "person"} - ROUTING
    assert {"resource", "resource_history"} <= person_tables
    without = [
        (table, index) for table, index, key in database.rows(UNIQUES) if table in person_tables and "person" not in key
    ]
    assert without == []


def test_person_tables_have_no_triggers() -> None:
    """Triggers do not exist on distributed tables; history and facts are written by the application."""
    found = database.rows(
        "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid "
        "JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'person' WHERE NOT t.tgisinternal"
    )
    assert found == []
