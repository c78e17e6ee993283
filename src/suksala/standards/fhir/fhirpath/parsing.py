"""A FHIRPath expression as a tree of tuples; the first item of each says what it is.

Source: FHIRPath N1 (2.0.0), grammar and precedence of operators.
"""

from __future__ import annotations

import re
from decimal import Decimal
from functools import lru_cache
from typing import Any, TypeAlias

from .problems import FhirPathProblem, at

MOST_CHARACTERS = 4000
MOST_TOKENS = 400  # with MOST_DEPTH this keeps every walk over the tree far from Python's own limit
MOST_DEPTH = 30

Tree: TypeAlias = tuple[Any, ...]

_DAY = r"\d{4}(?:-\d{2}(?:-\d{2})?)?"
_HOUR = r"\d{2}(?::\d{2}(?::\d{2}(?:\.\d+)?)?)?"
_TOKEN = re.compile(
    rf"""(?P<space>\s+|//[^\n]*|/\*.*?\*/)
    |(?P<time>@T{_HOUR})
    |(?P<datetime>@{_DAY}T(?:{_HOUR}(?:Z|[+-]\d{{2}}:\d{{2}})?)?)
    |(?P<date>@{_DAY})
    |(?P<number>[0-9]+(?:\.[0-9]+)?)
    |(?P<text>'(?:[^'\\]|\\.)*')
    |(?P<quoted>`(?:[^`\\]|\\.)*`)
    |(?P<constant>%(?:[A-Za-z_][A-Za-z0-9_-]*|`[^`]*`|'[^']*'))
    |(?P<special>\$(?:this|index)\b)
    |(?P<name>[A-Za-z_][A-Za-z0-9_]*)
    |(?P<sign><=|>=|!=|!~|[-+*/&|=~<>().,\[\]{{}}])""",
    re.VERBOSE | re.DOTALL,
)
_LEVELS = (
    ("implies",),
    ("or", "xor"),
    ("and",),
    ("in", "contains"),
    ("=", "~", "!=", "!~"),
    (">", "<", ">=", "<="),
    ("|",),
    ("is", "as"),
    ("+", "-", "&"),
    ("*", "/", "div", "mod"),
)
_POWER = {sign: power for power, signs in enumerate(_LEVELS) for sign in signs}
_LITERALS = {"time": "System.Time", "datetime": "System.DateTime", "date": "System.Date"}
_SPANS = ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
_UNITS = frozenset({*_SPANS, *(f"{span}s" for span in _SPANS)})
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "f": "\f"}
_ESCAPE = re.compile(r"\\(u[0-9A-Fa-f]{4}|.)", re.DOTALL)


@lru_cache(maxsize=2048)
def parse(text: str) -> Tree:
    """The tree of an expression. Raises FhirPathProblem with the place, and nothing else for any text."""
    if len(text) > MOST_CHARACTERS:
        raise FhirPathProblem(
            f"FHIRPath ยาวเกิน {MOST_CHARACTERS} อักขระ",
            f"a FHIRPath expression has at most {MOST_CHARACTERS} characters",
        )
    reader = _Reader(_tokens(text), len(text))
    tree = reader.expression(0)
    if reader.token[0] != "end":
        raise reader.unexpected()
    return tree


def _tokens(text: str) -> list[tuple[str, str, int]]:
    found: list[tuple[str, str, int]] = []
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None or match.lastgroup is None:
            raise at(place, "อ่านอักขระนี้ไม่ได้", "this character is not expected here")
        if match.lastgroup != "space":
            found.append((match.lastgroup, match[0], place))
        place = match.end()
    if len(found) > MOST_TOKENS:
        raise FhirPathProblem(
            f"FHIRPath ยาวเกิน {MOST_TOKENS} คำ", f"a FHIRPath expression has at most {MOST_TOKENS} words"
        )
    return found


def _unescaped(text: str) -> str:
    def one(match: re.Match[str]) -> str:
        sign = match[1]
        if len(sign) == 5:
            point = int(sign[1:], 16)
            return "\ufffd" if 0xD800 <= point < 0xE000 else chr(point)  # half a pair is no character
        return _ESCAPES.get(sign, sign)

    return _ESCAPE.sub(one, text[1:-1])


def _literal(kind: str, text: str) -> Tree:
    if kind == "name":
        return ("literal", text == "true", "System.Boolean")
    if kind == "text":
        return ("literal", _unescaped(text), "System.String")
    return ("literal", text[1:].removeprefix("T") if kind == "time" else text[1:], _LITERALS[kind])


class _Reader:
    """Reads tokens by precedence climbing."""

    def __init__(self, tokens: list[tuple[str, str, int]], length: int) -> None:
        self.tokens = [*tokens, ("end", "", length)]
        self.position = 0
        self.depth = 0

    @property
    def token(self) -> tuple[str, str, int]:
        return self.tokens[self.position]

    def unexpected(self) -> FhirPathProblem:
        kind, _, place = self.token
        if kind == "end":
            return at(place, "ข้อความจบก่อนครบ", "the expression ends too early")
        return at(place, "ไม่ควรมีคำนี้ตรงนี้", "this is not expected here")

    def take(self, *signs: str) -> str | None:
        kind, text, _ = self.token
        if kind in ("sign", "name") and text in signs:
            self.position += 1
            return text
        return None

    def need(self, sign: str) -> None:
        if self.take(sign) is None:
            raise self.unexpected()

    def expression(self, least: int) -> Tree:
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise at(self.token[2], f"ซ้อนกันเกิน {MOST_DEPTH} ชั้น", f"it is nested deeper than {MOST_DEPTH} levels")
        left = self.unary()
        while True:
            kind, sign, _ = self.token
            power = _POWER.get(sign, -1) if kind in ("sign", "name") else -1
            if power < least:
                break
            self.position += 1
            if sign in ("is", "as"):
                left = (sign, left, self.type_name())
            else:
                left = ("binary", sign, left, self.expression(power + 1))
        self.depth -= 1
        return left

    def unary(self) -> Tree:
        sign = self.take("+", "-")
        if sign is None:
            return self.invocations()
        self.depth += 1
        if self.depth > MOST_DEPTH:
            raise self.unexpected()
        found = self.unary()
        self.depth -= 1
        return ("unary", sign, found)

    def invocations(self) -> Tree:
        tree = self.term()
        while True:
            if self.take("."):
                if self.token[0] == "special":
                    raise self.unexpected()
                tree = self.invoked(tree)
            elif self.take("["):
                tree = ("index", tree, self.expression(0))
                self.need("]")
            else:
                return tree

    def invoked(self, base: Tree | None) -> Tree:
        """A member or a function, of `base` or of what the expression is asked about."""
        place = self.token[2]
        name = self.identifier()
        if not self.take("("):
            return ("member", base, name, place)
        arguments: list[Tree] = []
        if not self.take(")"):
            arguments.append(self.expression(0))
            while self.take(","):
                arguments.append(self.expression(0))
            self.need(")")
        return ("call", base, name, tuple(arguments), place)

    def identifier(self) -> str:
        kind, text, _ = self.token
        if kind not in ("name", "quoted"):
            raise self.unexpected()
        self.position += 1
        return _unescaped(text) if kind == "quoted" else text

    def type_name(self) -> str:
        name = self.identifier()
        return f"{name}.{self.identifier()}" if self.take(".") else name

    def term(self) -> Tree:
        kind, text, place = self.token
        if kind in ("name", "quoted") and text not in ("true", "false"):
            return self.invoked(None)
        if kind == "sign":
            return self.group()
        if kind == "end":
            raise self.unexpected()
        self.position += 1
        if kind == "number":
            return self.number(text)
        if kind == "constant":
            name = text[1:]
            return ("constant", name[1:-1] if name[0] in "`'" else name, place)
        return ("special", text, place) if kind == "special" else _literal(kind, text)

    def group(self) -> Tree:
        """( expression ) or { }"""
        if self.take("("):
            tree = self.expression(0)
            self.need(")")
            return tree
        self.need("{")
        self.need("}")
        return ("nothing",)

    def number(self, text: str) -> Tree:
        """A number, or a quantity where a unit follows."""
        kind, unit, _ = self.token
        if kind == "text" or (kind == "name" and unit in _UNITS):
            self.position += 1
            named = _unescaped(unit) if kind == "text" else unit.removesuffix("s")
            return ("literal", {"value": Decimal(text), "unit": named, "code": named}, "System.Quantity")
        return ("literal", Decimal(text), "System.Decimal") if "." in text else ("literal", int(text), "System.Integer")
