"""Tests of texts: strings and addresses, as rows of `resource_string`."""

from __future__ import annotations

from . import bodies
from .at import EVERYTHING, NOTHING, At, beside_rows
from .filters import Filter
from .parameters import answered
from .predicate import Clause, either
from .values import fold

_SURROGATES = range(0xD800, 0xE000)  # no letters: UTF-8 has none of them


def uris(at: At, test: Filter) -> Clause:
    """A parameter of type uri: the whole address, and `:above` and `:below` it."""
    if test.modifier == "below":
        return _words(at, test.name, either([begins("t.value", value) for value in test.values]))
    above = test.modifier == "above"
    values = [one for value in test.values for one in _above(value)] if above else list(test.values)
    return _words(at, test.name, Clause("t.value = ANY(%s::text[])", (values,)))


def _above(uri: str) -> list[str]:
    """An address and what it stands under: `http://a/b/c` under `http://a/b`, `urn:oid:1.2` under `urn:oid:1`."""
    mark = "/" if "://" in uri else "."
    parts = uri.split(mark)
    return [mark.join(parts[:n]) + end for n in range(1, len(parts) + 1) for end in ("", mark)]


def strings(at: At, test: Filter) -> Clause:
    """A parameter of type string: a word begins so, folded; `:contains`, and `:exact` letter for letter."""
    folded = [fold(value) for value in test.values]
    if test.modifier == "exact":
        exact = bodies.reads(at.alias, answered(at.rtype)[test.name].expression, test.values)
        if not all(folded):
            return exact
        return _words(at, test.name, Clause("t.value = ANY(%s::text[])", (folded,))) & exact
    wanted = [text for text in folded if text]
    if not wanted:
        return NOTHING
    if test.modifier == "contains":
        return _words(at, test.name, either([Clause("position(%s IN t.value) > 0", (text,)) for text in wanted]))
    return _words(at, test.name, either([begins("t.value", text) for text in wanted]))


def begins(column: str, text: str) -> Clause:
    """A text begins so, as a range that an index follows whatever its values: a pattern in a list is none.

    The operators are those of `text_pattern_ops`: byte by byte, which in UTF-8 is the order of the letters' numbers.
    """
    after = following(text)
    if after is None:
        return Clause(f"{column} ~>=~ %s", (text,))
    return Clause(f"({column} ~>=~ %s AND {column} ~<~ %s)", (text, after))


def following(text: str) -> str | None:
    """The least text after all that begin with this one; None where there is none.

    >>> following("มา"), following("a" + chr(0xD7FF)) == "a" + chr(0xE000), following(chr(0x10FFFF))
    ('มำ', True, None)
    """
    kept = text.rstrip(chr(0x10FFFF))
    if not kept:
        return None
    letter = ord(kept[-1]) + 1
    return kept[:-1] + chr(_SURROGATES.stop if letter in _SURROGATES else letter)


def _words(at: At, name: str, test: Clause) -> Clause:
    return beside_rows(at, "resource_string", name, test)


def has_words(at: At, name: str) -> Clause:
    """The parameter has a text."""
    return beside_rows(at, "resource_string", name, EVERYTHING)
