"""Tests of texts: strings and addresses, as rows of `resource_string`."""

from __future__ import annotations

from . import bodies
from .at import NOTHING, At
from .filters import Filter
from .parameters import NUMBER_OF, answered
from .predicate import Clause
from .values import fold


def uris(at: At, test: Filter) -> Clause:
    """A parameter of type uri: the whole address, and `:above` and `:below` it."""
    values = list(test.values)
    if test.modifier == "below":
        patterns = [_like(value) + "%" for value in values]
        return _words(at, test.name, "LIKE ANY(%s::text[])", patterns)
    if test.modifier == "above":
        values = [above for value in values for above in _above(value)]
    return _words(at, test.name, "= ANY(%s::text[])", values)


def _above(uri: str) -> list[str]:
    """An address and what it stands under: `http://a/b/c` under `http://a/b`, `urn:oid:1.2` under `urn:oid:1`."""
    mark = "/" if "://" in uri else "."
    parts = uri.split(mark)
    return [mark.join(parts[:n]) + end for n in range(1, len(parts) + 1) for end in ("", mark)]


def _like(text: str) -> str:
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


def strings(at: At, test: Filter) -> Clause:
    """A parameter of type string: a word begins so, folded; `:contains`, and `:exact` letter for letter."""
    folded = [fold(value) for value in test.values]
    if test.modifier == "exact":
        exact = bodies.reads(at.alias, answered(at.rtype)[test.name].expression, test.values)
        return exact if not all(folded) else _words(at, test.name, "= ANY(%s::text[])", folded) & exact
    pattern = "%{}%" if test.modifier == "contains" else "{}%"
    wanted = [pattern.format(text) for text in folded if text]
    return _words(at, test.name, "LIKE ANY(%s::text[])", wanted) if wanted else NOTHING


def _words(at: At, name: str, compare: str, wanted: list[str]) -> Clause:
    alias = at.alias
    return Clause(
        f"EXISTS (SELECT FROM resource_string t WHERE t.person = {alias}.person AND t.id = {alias}.id "
        f"AND t.param = %s AND t.value {compare})",
        (NUMBER_OF[name], wanted),
    )


def has_words(at: At, name: str) -> Clause:
    """The parameter has a text."""
    alias = at.alias
    of_row = f"t.person = {alias}.person AND t.id = {alias}.id AND t.param = %s"
    return Clause(f"EXISTS (SELECT FROM resource_string t WHERE {of_row})", (NUMBER_OF[name],))
