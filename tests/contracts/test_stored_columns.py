"""Every stored column says what it means for privacy, and every person table can be split by person."""

from __future__ import annotations

import re

import pytest

from suksala.foundation import database

pytestmark = pytest.mark.django_db

CLASSES = ("technical", "key", "quasi", "direct", "sensitive")

# Tables of libraries, whose columns we cannot comment; each class covers all columns of the tables that match.
LIBRARIES = {
    r"django_(migrations|content_type|session)": "technical",
    r"auth_(group|permission|group_permissions)": "technical",
    r"procrastinate_\w+": "technical",
    r"account_email(address|confirmation)": "technical",  # django-allauth's; empty: nobody signs in by e-mail
    r"mfa_authenticator": "sensitive",  # django-allauth's: public keys, sealed secrets
    r"signin_account_(groups|user_permissions)": "technical",
}

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
    """A comment `<class>: meaning` stands in the catalogue; tables of libraries are classed here."""
    unclassed = [
        f"{table}.{column}"
        for table, column, comment in columns()
        if comment.split(":")[0] not in CLASSES and not any(re.fullmatch(name, table) for name in LIBRARIES)
    ]
    assert unclassed == []


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
