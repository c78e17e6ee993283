"""A Permit as SQL: one predicate, put on every alias of the table `resource`. There is no other way to a row (S1.28,
X4).
"""

from __future__ import annotations

from typing import Any, NamedTuple

from suksala.consent import Permit
from suksala.foundation import clock

from .domain import PUBLIC_PERSON, PUBLIC_TYPES


class Clause(NamedTuple):
    """A piece of SQL and the values of its placeholders, in order."""

    sql: str
    values: tuple[Any, ...] = ()

    def __and__(self, other: Clause) -> Clause:
        return Clause(f"{self.sql} AND {other.sql}", self.values + other.values)


def permitted(permit: Permit, alias: str = "r", rtype: str | None = None) -> Clause:
    """What of `alias` this permit opens. A tombstone is opened to nobody: it tells that something was.

    rtype  the type asked for, if it is one; Organization is about no person and open to every permit
    Raises consent.NoPermit when the permit has ended.
    """
    permit.require_open(clock.now())
    living = Clause(f"NOT {alias}.deleted")
    if rtype in PUBLIC_TYPES:
        return living & Clause(f"{alias}.person = {PUBLIC_PERSON}")
    if permit.persons is not None:
        living &= Clause(f"{alias}.person = ANY(%s::bigint[])", (sorted(permit.persons),))
    if permit.organizations is not None:
        living &= Clause(f"{alias}.org = ANY(%s::bigint[])", (sorted(permit.organizations),))
    return living
