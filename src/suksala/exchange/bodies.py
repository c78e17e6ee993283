"""Conditions on the body itself, for what no column holds: an element that is missing, a system of any code, a name
letter for letter.

A body is kept as bytes. Before it is parsed it must contain the bytes that a match cannot do without, so most rows cost
a scan of their bytes; a tombstone, whose body is empty, never gets as far (decision 0036).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal, localcontext
from fractions import Fraction

import orjson

from .predicate import Clause, either
from .quantities import UCUM, Asked, same_kind
from .walkers import json_paths

_FIRST_KEY = re.compile(r"\$\.(\w+)")
_NAME_PARTS = ("text", "family", "given", "prefix", "suffix")  # of HumanName
_ADDRESS_PARTS = ("line", "city", "district", "state", "postalCode", "country")


def has(alias: str, expression: str) -> Clause:
    """The expression selects something."""
    return either([_found(alias, path, _key(path), {}) for path in json_paths(expression)])


def of_system(alias: str, expression: str, system: str) -> Clause:
    """Some Coding or Identifier that the expression selects is of this system."""
    test = " ? (@.system == $wanted || @.coding.system == $wanted)"
    marker, wanted = b'"system":' + orjson.dumps(system), {"wanted": system}
    return either([_found(alias, path + test, marker, wanted) for path in json_paths(expression)])


def reads(alias: str, expression: str, texts: Sequence[str]) -> Clause:
    """Some text, or part of a name, that the expression selects is exactly one of these."""
    test = " || ".join(["@ == $wanted", *(f"@.{part} == $wanted" for part in (*_NAME_PARTS, *_ADDRESS_PARTS))])
    paths = [f"{path} ? ({test})" for path in json_paths(expression)]
    return either([_found(alias, path, orjson.dumps(text), {"wanted": text}) for path in paths for text in texts])


def passes(alias: str, expression: str, predicates: Sequence[str], *, marker: str = "") -> Clause:
    """Something that the expression selects passes one of these predicates of SQL/JSON paths.

    marker  a text that the body of every match holds; without it a key of the path is looked for
    """
    bytes_ = orjson.dumps(marker) if marker else b""
    paths = [(path, f"{path} ? ({' || '.join(predicates)})") for path in json_paths(expression)]
    return either([_found(alias, asked, bytes_ or _key(path), {}) for path, asked in paths])


def quantity(asked: Asked, system: str | None, code: str, at: str = "@") -> str:
    """The predicate of a Quantity: a number, in any unit of the same kind where it is of UCUM."""
    if not code:
        return compared(f"{at}.value", asked)
    if system is None:
        return f"({compared(f'{at}.value', asked)} && {unit(code, at)})"
    kinds = same_kind(code) if system == UCUM else [(code, Fraction(1))]
    named = [
        f"({at}.code == {literal(other)} && {compared(f'{at}.value', asked.times(ratio))})" for other, ratio in kinds
    ]
    return f"({at}.system == {literal(system)} && ({' || '.join(named)}))"


def unit(code: str, at: str = "@") -> str:
    """The predicate of a Quantity in a unit, by its code or as people read it."""
    return f"({at}.code == {literal(code)} || {at}.unit == {literal(code)})"


def compared(number: str, asked: Asked) -> str:
    """The predicate of a number."""
    low, high, value = (_decimal(one) for one in (asked.low, asked.high, asked.value))
    if asked.operator == "eq":
        return f"({number} >= {low} && {number} < {high})"
    if asked.operator == "ne":
        return f"({number} < {low} || {number} >= {high})"
    if asked.operator == "ap":
        return f"({number} >= {low} && {number} <= {high})"
    sign = {"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "sa": ">", "eb": "<"}[asked.operator]
    return f"{number} {sign} {value}"


def begins(text: str) -> str:
    """The predicate of a Coding or CodeableConcept whose text or name begins so, without regard to case."""
    pattern = literal("^" + re.sub(r"([^\w\s])", r"\\\1", text))
    parts = ("@", "@.text", "@.display", "@.coding.display", "@.type.text")
    return " || ".join(f'{part} like_regex {pattern} flag "i"' for part in parts)


def literal(text: str) -> str:
    """A text in a path."""
    return orjson.dumps(text).decode()


def _decimal(number: Fraction) -> str:
    with localcontext(prec=60):
        return f"({Decimal(number.numerator) / Decimal(number.denominator):f})"


def _key(path: str) -> bytes:
    first = _FIRST_KEY.match(path)
    return b'"' + first[1].encode() + b'":' if first else b"{"


def _found(alias: str, path: str, marker: bytes, variables: dict[str, str]) -> Clause:
    parsed = f"convert_from({alias}.body, 'UTF8')::jsonb"
    sql = (
        f"CASE WHEN position(%s::bytea IN {alias}.body) > 0 "
        f"THEN jsonb_path_exists({parsed}, %s::jsonpath, %s::jsonb) ELSE false END"
    )
    return Clause(sql, (marker, path, orjson.dumps(variables).decode()))
