"""An alias of the table `resource` in a search, and how two of them are the ends of one reference."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from suksala import identity
from suksala.consent import Permit

from .domain import NUMBER, OPEN_TYPES
from .parameters import NUMBER_OF, Link
from .predicate import Clause, either, permitted

NOTHING = Clause("false")
EVERYTHING = Clause("true")
_JOINS: dict[Link, str] = {
    "patient": "{b}.person = {a}.person",
    "encounter": "{b}.person = {a}.person AND {b}.enc = {a}.enc",
    "organization": "{b}.org = {a}.org",
    "human": "EXISTS (SELECT FROM ("
    + identity.EVER_TOGETHER
    + ") h WHERE h.person = {a}.person AND h.other = {b}.person AND h.now)",
}


class At(NamedTuple):
    """An alias of the table `resource` for rows of one type, under a permit."""

    permit: Permit
    rtype: str
    alias: str = "r"
    among: tuple[str, ...] = ()  # the types, where they are several (then `rtype` is COMMON)
    row_by_row: bool = False  # side tables are looked at for each row, not read first: many of their rows pass


def open_rows(at: At) -> Clause:
    """The rows of the type, or of the types, that the permit opens."""
    if at.among:
        return open_among(at.permit, at.among, at.alias)
    return permitted(at.permit, at.alias, at.rtype) & Clause(f"{at.alias}.rtype = %s", (NUMBER[at.rtype],))


def open_among(permit: Permit, rtypes: Sequence[str], alias: str) -> Clause:
    """The rows of these types that the permit opens; those about no person are open to every permit."""
    public = [name for name in rtypes if name in OPEN_TYPES]
    others = [NUMBER[name] for name in rtypes if name not in OPEN_TYPES]
    parts = [open_rows(At(permit, name, alias)) for name in public]
    if others:
        parts.append(permitted(permit, alias) & Clause(f"{alias}.rtype = ANY(%s::smallint[])", (others,)))
    return either([Clause(f"({part.sql})", part.values) for part in parts]) if len(parts) > 1 else parts[0]


def ends(name: str, link: Link | None, source: str, target: str) -> Clause:
    """That alias `source` refers to alias `target` by the parameter `name`: by what both share, or by a row of
    `resource_reference`.

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


def located(rtype: str, rids: Sequence[str], alias: str = "r", among: Sequence[str] = ()) -> Clause:
    """The resources of a type, or of one among several, with one of these ids."""
    found = (
        "SELECT l.person, l.rtype, l.rid FROM locator l WHERE l.rtype = ANY(%s::smallint[]) AND l.rid = ANY(%s::text[])"
    )
    numbers = [NUMBER[name] for name in (among or (rtype,))]
    return Clause(f"({alias}.person, {alias}.rtype, {alias}.rid) IN ({found})", (numbers, list(rids)))


def beside_rows(at: At, table: str, name: str, test: Clause) -> Clause:
    """The resource has a row of a side table for a parameter that passes a test on the alias `t`."""
    of_row = f"t.person = {at.alias}.person AND t.id = {at.alias}.id AND t.param = %s"
    fence = " OFFSET 0" if at.row_by_row else ""  # such an EXISTS becomes neither a join nor a hash
    sql = f"EXISTS (SELECT FROM {table} t WHERE {of_row} AND {test.sql}{fence})"
    return Clause(sql, (NUMBER_OF[name], *test.values))


def tagged(at: At, numbers: Sequence[int]) -> Clause:
    """The resource has one of these tokens."""
    return Clause(f"{at.alias}.toks && %s::bigint[]", (list(numbers),))
