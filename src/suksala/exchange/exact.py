"""JSON as FHIR wants it read: every digit of a decimal kept, and what other readers would silently guess refused.

Refused: a key given twice, a lone surrogate, NUL, control characters, nesting beyond 64, NaN and Infinity, other
encodings than UTF-8. A decimal becomes a Decimal and is printed with the digits it came with (1.00 stays 1.00).
Source: FHIR R4 json and datatypes#decimal; RFC 8259.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import jiter
import orjson

from suksala.foundation import SuksalaError

MOST_DEPTH = 64
_PLACE = re.compile(r" at line (\d+) column (\d+)$")
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
_BOM = b"\xef\xbb\xbf"


class NotJson(SuksalaError):
    """Bytes that are not the JSON of one FHIR resource; nothing was kept."""

    code = "SKL-FHIR-JSON"
    http_status = 400


def loads(raw: bytes, *, deepest: int = MOST_DEPTH) -> Any:
    """Read JSON. Raises NotJson with line and column, never with a value.

    deepest  levels of nesting; a Bundle of ours is deeper than what was accepted into it
    """
    try:
        found = jiter.from_json(
            raw.removeprefix(_BOM),
            allow_inf_nan=False,
            cache_mode="keys",
            catch_duplicate_keys=True,
            float_mode="decimal",
        )
    except ValueError as error:
        raise _problem(str(error)) from None
    if b"\\u0000" in raw and _NUL.search(raw):
        raise NotJson("ข้อความมีอักขระ NUL", "a text holds the character NUL; leave it out")
    if raw.count(b"{") + raw.count(b"[") > deepest and _depth(found) > deepest:
        raise NotJson(f"ซ้อนกันเกิน {deepest} ชั้น", f"it is nested deeper than {deepest} levels")
    return found


def _problem(told: str) -> NotJson:
    """jiter's message may quote a key, so only its place goes on."""
    place = _PLACE.search(told)
    th, en = (f" ที่บรรทัด {place[1]} คอลัมน์ {place[2]}", f" at line {place[1]} column {place[2]}") if place else ("", "")
    if told.startswith("Detected duplicate key"):
        return NotJson(f"มีคีย์ซ้ำ{th}", f"a key is given twice{en}")
    if "recursion limit" in told:
        return NotJson(f"ซ้อนกันเกิน {MOST_DEPTH} ชั้น", f"it is nested deeper than {MOST_DEPTH} levels")
    return NotJson(f"ไม่ใช่ JSON ที่ถูกต้องใน UTF-8{th}", f"this is not valid JSON in UTF-8{en}")


def _depth(value: Any) -> int:
    level, deepest = [value], 0
    while level:
        nested = [item for item in level if isinstance(item, (dict, list))]
        deepest += bool(nested)
        level = [child for item in nested for child in (item.values() if isinstance(item, dict) else item)]
    return deepest


def dumps(value: Any, *, indented: bool = False) -> bytes:
    """Write what `loads` read. Raises NotJson for a whole number beyond 64 bits, which no FHIR element can hold."""
    try:
        return orjson.dumps(value, default=_digits, option=orjson.OPT_INDENT_2 if indented else None)
    except orjson.JSONEncodeError as error:
        raise NotJson("จำนวนเต็มใหญ่เกินไป", "a whole number is larger than any FHIR element holds") from error


def _digits(value: Any) -> orjson.Fragment:
    if isinstance(value, Decimal):
        return orjson.Fragment(str(value))
    raise TypeError
