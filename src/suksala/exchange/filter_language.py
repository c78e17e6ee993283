"""`_filter`: tests joined with and, or, not and parentheses, read into the tests of a search.

Answered: eq ne gt lt ge le sa eb ap co sw pr in ni ss sb re, chains with dots, values with or without quotation marks.
Refused: ew, po and filters inside of a path, which no index follows.
Source: FHIR R4, _filter parameter (hl7.org/fhir/R4/search_filter.html).
"""

from __future__ import annotations

import re

from .domain import SearchProblem
from .filters import Test, Together, kind_of, read_test

MOST_TESTS = 20
MOST_DEPTH = 8
_WORD = re.compile(r"""\s*(?:(\()|(\))|"((?:[^"\\]|\\.)*)"|([^\s()"]+))""")
_PREFIXES = frozenset({"gt", "lt", "ge", "le", "sa", "eb", "ap"})
_MODIFIERS = {"co": "contains", "in": "in", "ni": "not-in", "ss": "below", "sb": "above"}


def read_filter(rtype: str, text: str) -> Test:
    """Read the value of `_filter` for a type: `name co "ใจ" and (birthdate ge 1970 or not (gender eq male))`.

    Raises SearchProblem.
    """
    reader = _Reader(rtype, _words(text))
    found = reader.any(0)
    if reader.rest:
        raise _problem(reader.rest[0][1])
    return found


def _words(text: str) -> list[tuple[str, str]]:
    """(kind, word) in order; a quoted text is a value whatever it says."""
    words, at = [], 0
    while text[at:].strip():
        found = _WORD.match(text, at)
        if found is None:
            raise _problem(text[at:])
        opened, closed, quoted, plain = found.groups()
        if quoted is not None:
            words.append(("value", re.sub(r"\\(.)", r"\1", quoted)))
        else:
            words.append(("sign", opened or closed) if plain is None else ("word", plain))
        at = found.end()
    return words


class _Reader:
    """A reader of what is left; `and` binds closer than `or`."""

    def __init__(self, rtype: str, words: list[tuple[str, str]]) -> None:
        self.rtype = rtype
        self.rest = words
        self.tests = 0

    def any(self, depth: int) -> Test:
        if depth > MOST_DEPTH:
            raise SearchProblem(
                "_filter ซ้อนกันลึกเกินไป", f"_filter is nested deeper than {MOST_DEPTH}", issue="too-costly"
            )
        parts = [self.every(depth)]
        while self.rest and self.rest[0] == ("word", "or"):
            self.rest.pop(0)
            parts.append(self.every(depth))
        return parts[0] if len(parts) == 1 else Together("or", tuple(parts))

    def every(self, depth: int) -> Test:
        parts = [self.one(depth)]
        while self.rest and self.rest[0] == ("word", "and"):
            self.rest.pop(0)
            parts.append(self.one(depth))
        return parts[0] if len(parts) == 1 else Together("and", tuple(parts))

    def one(self, depth: int) -> Test:
        kind, word = self.next()
        if (kind, word) == ("word", "not"):
            self.sign("(")
            return Together("not", (self.inner(depth),))
        if (kind, word) == ("sign", "("):
            return self.inner(depth)
        if kind != "word":
            raise _problem(word)
        (_, operator), (_, value) = self.next(), self.next()
        self.tests += 1
        if self.tests > MOST_TESTS:
            raise SearchProblem("_filter ยาวเกินไป", f"_filter has more than {MOST_TESTS} tests", issue="too-costly")
        return _test(self.rtype, word, operator, value)

    def inner(self, depth: int) -> Test:
        found = self.any(depth + 1)
        self.sign(")")
        return found

    def sign(self, wanted: str) -> None:
        word = self.next()
        if word != ("sign", wanted):
            raise _problem(word[1])

    def next(self) -> tuple[str, str]:
        if not self.rest:
            raise _problem("")
        return self.rest.pop(0)


def _test(rtype: str, name: str, operator: str, value: str) -> Test:
    plain = value.replace("\\", "\\\\").replace(",", "\\,")
    string = kind_of(rtype, name) == "string" or (kind_of(rtype, name) is None and operator == "co")
    if operator in {"eq", "re"}:
        return read_test(rtype, f"{name}:exact" if string else name, plain)
    if operator == "ne":
        return Together("not", (_test(rtype, name, "eq", value),))
    if operator == "pr" and value in {"true", "false"}:
        return read_test(rtype, f"{name}:missing", "false" if value == "true" else "true")
    if operator == "sw":
        return read_test(rtype, name if string else f"{name}:below", plain)
    if operator in _MODIFIERS:
        return read_test(rtype, f"{name}:{_MODIFIERS[operator]}", plain)
    if operator in _PREFIXES:
        return read_test(rtype, name, operator + plain)
    raise _problem(operator)


def _problem(word: str) -> SearchProblem:
    shown = re.sub(r"[^\w.:-]", "?", word)[:40] or "-"
    return SearchProblem(
        f'_filter อ่านไม่ได้ที่ {shown} รูปแบบคือ ชื่อ ตัวดำเนินการ ค่า เช่น name co "ใจ" and birthdate ge 1970',
        f'_filter cannot be read at {shown}; write name operator value, for example name co "Jai"',
    )
