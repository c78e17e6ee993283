"""Formulas of KPI sheets, "(A/B)x100", over Decimal: numbers, A to F, + - * / and brackets, nothing else (S1.11)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal

from .errors import BadFormula

OPERANDS = "ABCDEF"
EXACT = Context(prec=50, traps=[])
SHOWN = Decimal("0.01")
_TOKEN = re.compile(r"\s*(?:(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<operand>[A-F])|(?P<sign>[-+*/()x×÷]))")
_SPELLINGS = {"x": "*", "×": "*", "÷": "/"}
_MAX_TOKENS = 100


@dataclass(frozen=True)
class Number:
    """A constant of the formula."""

    value: Decimal


@dataclass(frozen=True)
class Operand:
    """One of the sheet's named values, A to F."""

    name: str


@dataclass(frozen=True)
class Operation:
    """Two parts joined by + - * or /."""

    sign: str
    left: Node
    right: Node


Node = Number | Operand | Operation
_APPLY: dict[str, Callable[[Decimal, Decimal], Decimal]] = {
    "+": EXACT.add,
    "-": EXACT.subtract,
    "*": EXACT.multiply,
    "/": EXACT.divide,
}


def parse(formula: str) -> Node:
    """Read a formula as the sheets write it; `x` and `×` multiply.

    Raises BadFormula with the place of the first character that is not allowed.

    >>> sorted(operands(parse("(A/B)x100")))
    ['A', 'B']
    """
    reader = _Reader(formula)
    node = reader.sum()
    reader.expect("")
    return node


def operands(node: Node) -> frozenset[str]:
    """The names that the formula needs."""
    if isinstance(node, Operation):
        return operands(node.left) | operands(node.right)
    return frozenset({node.name}) if isinstance(node, Operand) else frozenset()


def evaluate(node: Node, values: Mapping[str, Decimal | int | None]) -> Decimal | None:
    """The exact value (50 digits), or None when an operand is missing or a divisor is 0.

    Nobody to treat is not nobody treated: B = 0 gives None, never 0 percent.

    >>> evaluate(parse("(A/B)x100"), {"A": 1200, "B": 150000})
    Decimal('0.8')
    """
    found = _value(node, values)
    return found if found is not None and found.is_finite() else None


def shown(value: Decimal | None) -> Decimal | None:
    """The value as it is printed: two decimals, half up (decision 0042). The sheet of S1.60 prints 48 for 48.888..."""
    return None if value is None else value.quantize(SHOWN, ROUND_HALF_UP, EXACT)


def _value(node: Node, values: Mapping[str, Decimal | int | None]) -> Decimal | None:
    if isinstance(node, Number):
        return node.value
    if isinstance(node, Operand):
        given = values.get(node.name)
        return None if given is None else Decimal(given)
    left, right = _value(node.left, values), _value(node.right, values)
    return None if left is None or right is None else _APPLY[node.sign](left, right)


class _Reader:
    """Recursive descent over the tokens of one formula; "" stands for its end."""

    def __init__(self, formula: str) -> None:
        self.tokens = _tokens(formula)
        self.at = 0

    @property
    def text(self) -> str:
        return self.tokens[self.at][0]

    def sum(self) -> Node:
        return self._chain(("+", "-"), self.product)

    def product(self) -> Node:
        return self._chain(("*", "/"), self.part)

    def part(self) -> Node:
        text = self.text
        if text == "(":
            self.at += 1
            node = self.sum()
            self.expect(")")
            return node
        if not text or not (text in OPERANDS or text[0].isdigit()):
            raise _bad(self.tokens[self.at][1])
        self.at += 1
        return Operand(text) if text in OPERANDS else Number(Decimal(text))

    def expect(self, text: str) -> None:
        if self.text != text:
            raise _bad(self.tokens[self.at][1])
        self.at += text != ""

    def _chain(self, signs: tuple[str, str], part: Callable[[], Node]) -> Node:
        """Parts joined by `signs`, grouped from the left."""
        node = part()
        while self.text in signs:
            sign = self.text
            self.at += 1
            node = Operation(sign, node, part())
        return node


def _tokens(formula: str) -> list[tuple[str, int]]:
    """The signs of the formula with their places, then ("", end)."""
    found: list[tuple[str, int]] = []
    place, end = 0, len(formula.rstrip())
    while place < end:
        match = _TOKEN.match(formula, place)
        if match is None or len(found) > _MAX_TOKENS:
            raise _bad(place + len(formula[place:]) - len(formula[place:].lstrip()))
        text = match[0].strip()
        found.append((_SPELLINGS.get(text, text), match.end() - len(text)))
        place = match.end()
    return [*found, ("", end)]


def _bad(place: int) -> BadFormula:
    return BadFormula(
        f"สูตรอ่านไม่ได้ที่ตัวอักษรลำดับที่ {place + 1}: ใช้ได้เฉพาะตัวเลข A ถึง F + - x / และวงเล็บ",
        f"the formula cannot be read at character {place + 1}: only numbers, A to F, + - x / and brackets are allowed",
    )
