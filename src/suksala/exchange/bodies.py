"""Conditions on the body itself, for what no column holds: an element that is missing, a system of any code, a name
letter for letter.

A body is kept as bytes. Before it is parsed it must contain the bytes that a match cannot do without, so most rows cost
a scan of their bytes; a tombstone, whose body is empty, never gets as far (decision 0036).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import orjson

from .predicate import Clause, either
from .walkers import json_paths

_FIRST_KEY = re.compile(r"\$\.(\w+)")
_NAME_PARTS = ("text", "family", "given", "prefix", "suffix")  # of HumanName


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
    test = " || ".join(["@ == $wanted", *(f"@.{part} == $wanted" for part in _NAME_PARTS)])
    paths = [f"{path} ? ({test})" for path in json_paths(expression)]
    return either([_found(alias, path, orjson.dumps(text), {"wanted": text}) for path in paths for text in texts])


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
