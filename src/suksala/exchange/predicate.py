"""A Permit as SQL: one predicate, put on every alias of the table `resource`. There is no other way to a row (S1.28,
X4).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
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

    def negated(self) -> Clause:
        """What this does not find, rows for which it is unknown among it."""
        return Clause(f"NOT coalesce({self.sql}, false)", self.values)

    def unindexed(self) -> Clause:
        """The same, which no index follows."""
        return Clause(f"(({self.sql}) IS TRUE)", self.values)


def either(parts: Sequence[Clause]) -> Clause:
    """What any of the parts finds."""
    joined = " OR ".join(part.sql for part in parts)
    return Clause(f"({joined})", tuple(value for part in parts for value in part.values))


def permitted(permit: Permit, alias: str = "r", rtype: str | None = None) -> Clause:
    """What of `alias` this permit opens, tombstones left out.

    rtype  the type asked for, if it is one; Organization is about no person and open to every permit
    Raises consent.NoPermit when the permit has ended.
    """
    return Clause(f"NOT {alias}.deleted") & opened(permit, alias, rtype)


def opened(permit: Permit, alias: str = "r", rtype: str | None = None) -> Clause:
    """As `permitted`, with tombstones: a deletion has person and facility of what was deleted, so only who could read
    that learns of it (decision 0039). For `alias` of resource or of resource_history.
    """
    permit.require_open(clock.now())
    if rtype in PUBLIC_TYPES:
        return Clause(f"{alias}.person = {PUBLIC_PERSON}")
    bounds = Clause("true")
    if permit.persons is not None:
        bounds &= _among(f"{alias}.person", permit.persons)
    if permit.organizations is not None:
        bounds &= _among(f"{alias}.org", permit.organizations)
    return bounds


def _among(column: str, numbers: Collection[int]) -> Clause:
    """One number, as most permits have, is compared as itself: half the cost of passing a list."""
    if len(numbers) == 1:
        return Clause(f"{column} = %s::bigint", tuple(numbers))
    return Clause(f"{column} = ANY(%s::bigint[])", (sorted(numbers),))
