"""Tests of a search as SQL. Every alias of `resource` that one of them adds stands under the permit's predicate, so
what a reader may not see decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from suksala import identity

from . import bodies, composites, concepts, measures, moments, narratives, tokens, wording
from .at import At, ends, located, open_rows
from .domain import NUMBER
from .filters import Filter, Kind, OfType, Related, Test, Together
from .parameters import NUMBER_OF
from .predicate import Clause, either
from .referring import has_reference, persons_named, persons_of, references_to, same_human

__all__ = ["At", "condition", "ends", "open_rows", "persons_named", "persons_of", "same_human"]


def condition(at: At, test: Test) -> Clause:
    """One test as a condition on the alias."""
    if isinstance(test, Related):
        return _related(at, test)
    if isinstance(test, Together):
        return _together(at, test)
    if isinstance(test, OfType):
        then = condition(At(at.permit, test.rtype, at.alias), test.then)
        return Clause(f"({at.alias}.rtype = %s AND {then.sql})", (NUMBER[test.rtype], *then.values))
    if test.modifier == "missing":
        present = _PRESENT[test.kind](at, test.name)
        return present if test.values == ("false",) else present.negated()
    found = _MAKERS[test.kind](at, test)
    return found.negated() if test.modifier in {"not", "not-in"} else found


def _related(at: At, test: Related) -> Clause:
    other = At(at.permit, test.rtype, at.alias + "r")
    if test.link == "human":
        return _of_same_human(at, other, test)
    source, target = (other.alias, at.alias) if test.back else (at.alias, other.alias)
    joined = ends(test.name, test.link, source, target)
    if test.link == "organization":
        joined &= Clause(f"NOT {source}.toks @> %s::bigint[]", ([tokens.beside(test.name)],))
    where = joined & open_rows(other) & condition(other, test.then)
    return Clause(f"EXISTS (SELECT FROM resource {other.alias} WHERE {where.sql})", where.values)


def _of_same_human(at: At, other: At, test: Related) -> Clause:
    """Whom links show beside a Patient that passes a test, and whom senders linked: these are found from the other end,
    once. Two ways joined by OR are no join to the planner: it went both of them for every Patient there is.
    """
    near = at.alias + "s"
    passing = open_rows(other) & condition(other, test.then) & open_rows(At(at.permit, at.rtype, near))
    source, target = (other.alias, near) if test.back else (near, other.alias)
    shown = (
        f"SELECT {near}.person, {near}.id FROM resource {other.alias} JOIN ({identity.EVER_TOGETHER}) h ON h.now "
        f"AND h.other = {other.alias}.person JOIN resource {near} ON {near}.person = h.person WHERE {passing.sql}"
    )
    said = (
        f"SELECT {near}.person, {near}.id FROM resource {source} "
        f"JOIN resource_reference x ON x.person = {source}.person AND x.id = {source}.id AND x.param = %s "
        f"JOIN locator l ON l.rtype = x.rtype AND l.rid = x.rid "
        f"JOIN resource {target} ON {target}.person = l.person AND {target}.rtype = x.rtype AND {target}.rid = x.rid "
        f"WHERE {passing.sql}"
    )
    values = (*passing.values, NUMBER_OF[test.name], *passing.values)
    return Clause(f"({at.alias}.person, {at.alias}.id) IN ({shown} UNION ALL {said})", values)


def _together(at: At, test: Together) -> Clause:
    parts = [condition(at, part) for part in test.parts]
    if test.how == "not":
        return parts[0].negated()
    if test.how == "or":
        return either(parts)
    every = parts[0]
    for part in parts[1:]:
        every &= part
    return Clause(f"({every.sql})", every.values)


def _ids(at: At, test: Filter) -> Clause:
    return located(at.rtype, test.values, at.alias, at.among)


def _listed(at: At, test: Filter) -> Clause:
    """What a List names, if the permit opens that List."""
    listing = At(at.permit, "List", at.alias + "l")
    named = Clause(
        f"t.person = {listing.alias}.person AND t.id = {listing.alias}.id AND t.param = %s "
        f"AND t.rtype = {at.alias}.rtype AND t.rid = {at.alias}.rid",
        (NUMBER_OF["item"],),
    )
    where = named & open_rows(listing) & located("List", test.values, listing.alias)
    return Clause(
        f"EXISTS (SELECT FROM resource_reference t JOIN resource {listing.alias} ON true WHERE {where.sql})",
        where.values,
    )


def _source(at: At, test: Filter) -> Clause:
    """Where it came from: in the body only, so a search by it alone looks through a type."""
    if test.modifier == "below":
        tests = [f"@ starts with {bodies.literal(value)}" for value in test.values]
        return bodies.passes(at.alias, "Resource.meta.source", tests)
    return either(
        [bodies.passes(at.alias, "Resource.meta.source", [f"@ == {bodies.literal(v)}"], marker=v) for v in test.values]
    )


_MAKERS: dict[Kind, Callable[[At, Filter], Clause]] = {
    "string": wording.strings,
    "token": concepts.coded,
    "date": moments.spans,
    "updated": moments.updated,
    "id": _ids,
    "list": _listed,
    "source": _source,
    "text": narratives.narrated,
    "content": narratives.contained,
    "uri": wording.uris,
    "reference": references_to,
    "number": measures.numbers,
    "quantity": measures.amounts,
    "near": measures.near,
    "composite": lambda at, test: composites.composite(at, test, condition),
}
_PRESENT: dict[Kind, Callable[[At, str], Clause]] = {
    "string": wording.has_words,
    "uri": wording.has_words,
    "token": concepts.has_code,
    "date": moments.has_span,
    "reference": has_reference,
    "number": measures.has_amount,
    "quantity": measures.has_amount,
    "near": measures.has_near,
    "composite": composites.has_composite,
}
