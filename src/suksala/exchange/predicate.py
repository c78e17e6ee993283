"""A Permit as SQL: one predicate, put on every alias of the table `resource`. There is no other way to a row (S1.28,
X4).

What all scopes share stands before them, so that an index serves a permit of several; a permit of one plain scope is
the comparison of one or two columns (decision 0092).
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import replace
from typing import Any, NamedTuple

from suksala import consent, identity
from suksala.consent import Permit, Rows, Scope
from suksala.foundation import clock

from .domain import NUMBER, OPEN_TYPES, PUBLIC_PERSON, PUBLIC_TYPES, REGISTER_TYPES
from .labelled import labelled


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


def permitted(permit: Permit, alias: str = "r", rtype: str | None = None, *, one_row: bool = False) -> Clause:
    """What of `alias` this permit opens, tombstones left out.

    rtype    the type asked for, if it is one; Organization, and what the register tells of places and staff, is about
             no patient and open to every permit
    one_row  the statement finds its row by id: then it finds the registrations of one human too. A search is told
             them, for it is planned by them (measured: up to 1.7 times the CPU otherwise, decision 0153)
    Raises consent.NoPermit when the permit has ended, consent.NotWitnessed while nobody vouches for the audit log,
    NotLabelled while stored rows are being given the labels that all of it goes by.
    """
    return Clause(f"NOT {alias}.deleted") & opened(permit, alias, rtype, one_row=one_row)


def opened(permit: Permit, alias: str = "r", rtype: str | None = None, *, one_row: bool = False) -> Clause:
    """As `permitted`, with tombstones: a deletion has person and facility of what was deleted, so only who could read
    that learns of it (decision 0039). For `alias` of resource or of resource_history.
    """
    permit.require_open(clock.now())
    if rtype in PUBLIC_TYPES:
        return Clause(f"{alias}.person = {PUBLIC_PERSON}")
    own = _scopes(permit, alias, one_row)
    if rtype in REGISTER_TYPES:
        registered = Clause(f"({alias}.person = {PUBLIC_PERSON} AND {alias}.org IS NULL)")
        return either([registered, Clause(f"({own.sql})", own.values)])
    return own


def names_persons(permit: Permit, rtype: str) -> bool:
    """Whether every row that a permit opens of this type is of a person whom it names."""
    return rtype not in OPEN_TYPES and all(scope.rows.persons is not None for scope in permit.scopes)


def _scopes(permit: Permit, alias: str, one_row: bool) -> Clause:
    """What the permit itself opens."""
    permit = labelled(consent.witnessed(permit))
    if len(permit.scopes) == 1:
        return _scope(permit.scopes[0], alias, one_row)
    if not permit.scopes:
        return Clause("false")
    shared = _bounds(Rows(permit.persons, permit.organizations), alias, one_row)
    parts = [_scope(scope, alias, one_row) for scope in permit.scopes]
    return shared & either([Clause(f"({part.sql})", part.values) for part in parts])


def opened_former(permit: Permit, alias: str, rtype: str | None = None) -> Clause:
    """As `opened`, for `alias` of resource_history: a former version is open where it and the present one are. Person
    and facility never change, moments and labels do: who may not see the diagnosis of now sees none of its drafts.
    """
    found = opened(permit, alias, rtype)
    if rtype in PUBLIC_TYPES or not any(_depends_on_version(scope) for scope in permit.scopes):
        return found
    now = f"{alias}now"
    same = f"{now}.person = {alias}.person AND {now}.rtype = {alias}.rtype AND {now}.rid = {alias}.rid"
    present = Clause(same) & opened(permit, now, rtype)
    return found & Clause(f"EXISTS (SELECT FROM resource {now} WHERE {present.sql})", present.values)


def _depends_on_version(scope: Scope) -> bool:
    """Whether two versions of one resource may differ in what the scope goes by."""
    every = (scope.rows, *scope.without)
    return any(replace(rows, persons=None, organizations=None, types=None) != Rows() for rows in every)


def _scope(scope: Scope, alias: str, one_row: bool) -> Clause:
    found = _bounds(scope.rows, alias, one_row)
    for rows in scope.without:
        left_out = _bounds(rows, alias, one_row)
        found &= Clause(f"({left_out.sql})", left_out.values).negated()
    return found


def _bounds(rows: Rows, alias: str, one_row: bool) -> Clause:
    """Every field of a set of rows that is given."""
    found = Clause("true")
    if one_row and isinstance(rows.persons, identity.SameHuman):
        found &= Clause(*rows.persons.among(f"{alias}.person"))
    elif rows.persons is not None:
        found &= _among(f"{alias}.person", rows.persons)
    if rows.organizations is not None:
        found &= _among(f"{alias}.org", rows.organizations)
    if rows.types is not None:
        found &= Clause(f"{alias}.rtype = ANY(%s::smallint[])", (sorted(NUMBER[t] for t in rows.types if t in NUMBER),))
    if rows.labels is not None:
        found &= Clause(f"{alias}.label & {int(rows.labels)} <> 0")
    if rows.since is not None:
        found &= Clause(f"{alias}.date >= %s", (rows.since,))
    if rows.before is not None:
        found &= Clause(f"{alias}.date < %s", (rows.before,))
    for numbers in rows.bearing:  # the first coding of a resource stands in the column, every other value in the array
        wanted = sorted(numbers)
        found &= Clause(f"({alias}.code = ANY(%s::bigint[]) OR {alias}.toks && %s::bigint[])", (wanted, wanted))
    return found


def _among(column: str, numbers: Set[int]) -> Clause:
    """One number, as most permits have, is compared as itself: half the cost of passing a list."""
    if len(numbers) == 1:
        return Clause(f"{column} = %s::bigint", tuple(numbers))
    return Clause(f"{column} = ANY(%s::bigint[])", (sorted(numbers),))
