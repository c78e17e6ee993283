"""A read that is its own transaction: its fact does not wait for the disk, and nothing after it does so too."""

from __future__ import annotations

import pytest

from suksala import audit
from suksala.foundation import database

pytestmark = pytest.mark.django_db(transaction=True)


def synchronous() -> str:
    """Whether a commit waits for the disk."""
    [(value,)] = database.rows("SHOW synchronous_commit")
    return str(value)


def test_only_the_reads_own_commit_is_quick() -> None:
    """The rows come, the fact stands, and the next statement's commit waits for the disk again."""
    before = synchronous()
    values = audit.read_values("client:lab", purpose="HSYSADMIN", person=7)
    rows = database.rows(
        f"{audit.READ_CTE} SELECT current_setting('synchronous_commit'), n FROM generate_series(1, 2) n", values
    )
    assert [n for _, n in rows] == [1, 2]
    assert synchronous() == before == "on"
    [fact] = audit.facts("read")
    assert (fact.actor, fact.person) == ("client:lab", 7)


@pytest.mark.parametrize(("found", "told"), [([3, 1, 3], [1, 3]), ([3], [3]), ([], [None]), ([0], [None])])
def test_a_page_tells_each_person_on_it_once(found: list[int], told: list[int | None]) -> None:
    """An empty page is told too; 0 stands for resources about nobody."""
    page = "WITH page AS (SELECT unnest(%s::bigint[]) AS person), "
    ways = [
        (durable, one_row) for durable in (True, False) for one_row in (True, False) if len(found) < 2 or not one_row
    ]
    for durable, one_row in ways:
        log = audit.page_cte(durable=durable, one_row=one_row)
        rows = database.rows(f"{page}{log} SELECT person FROM page", [found, *audit.page_values("client:lab")])
        assert [person for (person,) in rows] == found
    assert sorted((fact.person for fact in audit.facts("read")), key=str) == sorted(told * len(ways), key=str)
