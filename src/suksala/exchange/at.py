"""An alias of the table `resource` in a search, and how two of them are the ends of one reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from suksala.consent import Permit

from .domain import NUMBER
from .parameters import NUMBER_OF, Link
from .predicate import Clause, permitted

NOTHING = Clause("false")
EVERYTHING = Clause("true")
_JOINS: dict[Link, str] = {
    "patient": "{b}.person = {a}.person",
    "encounter": "{b}.person = {a}.person AND {b}.enc = {a}.enc",
    "organization": "{b}.org = {a}.org",
}


class At(NamedTuple):
    """An alias of the table `resource` for rows of one type, under a permit."""

    permit: Permit
    rtype: str
    alias: str = "r"


def open_rows(at: At) -> Clause:
    """The rows of the type that the permit opens."""
    return permitted(at.permit, at.alias, at.rtype) & Clause(f"{at.alias}.rtype = %s", (NUMBER[at.rtype],))


def ends(name: str, link: Link | None, source: str, target: str) -> Clause:
    """That alias `source` refers to alias `target` by the parameter `name`: by a column that both share, or by a row
    of `resource_reference`.

    name  `*` for whatever reference
    """
    if link:
        return Clause(_JOINS[link].format(a=source, b=target))
    return Clause(
        "EXISTS (SELECT FROM resource_reference x JOIN locator l ON l.rtype = x.rtype AND l.rid = x.rid "
        f"WHERE x.person = {source}.person AND x.id = {source}.id {'' if name == '*' else 'AND x.param = %s '}"
        f"AND l.person = {target}.person AND x.rtype = {target}.rtype AND x.rid = {target}.rid)",
        () if name == "*" else (NUMBER_OF[name],),
    )


def located(rtype: str, rids: Sequence[str], alias: str = "r") -> Clause:
    """The resources of a type with one of these ids."""
    found = "SELECT l.person, l.rtype, l.rid FROM locator l WHERE l.rtype = %s AND l.rid = ANY(%s::text[])"
    return Clause(f"({alias}.person, {alias}.rtype, {alias}.rid) IN ({found})", (NUMBER[rtype], list(rids)))


def beside_rows(at: At, table: str, name: str, test: Clause) -> Clause:
    """The resource has a row of a side table for a parameter that passes a test on the alias `t`."""
    of_row = f"t.person = {at.alias}.person AND t.id = {at.alias}.id AND t.param = %s"
    return Clause(f"EXISTS (SELECT FROM {table} t WHERE {of_row} AND {test.sql})", (NUMBER_OF[name], *test.values))


def tagged(at: At, numbers: Sequence[int]) -> Clause:
    """The resource has one of these tokens."""
    return Clause(f"{at.alias}.toks && %s::bigint[]", (list(numbers),))
