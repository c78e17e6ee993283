"""Equality, order, arithmetic and three-valued logic.

Numbers are Decimals or whole numbers, so 0.1 + 0.2 is 0.3 and no digit is lost; what cannot be known is empty.
Source: FHIRPath N1 (2.0.0), Operations.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal, DecimalException
from typing import Any

from . import moments
from .nodes import Node, Nodes, boolean, kind_of
from .problems import running

NUMBERS = frozenset({"Integer", "Decimal"})
_MOMENTS = frozenset({"Date", "DateTime"})
MOST_WHOLE = 1 << 63
MOST_TEXT = 1 << 20
CONTEXT = Context(prec=50, Emax=9999, Emin=-9999)


def number(node: Node) -> Decimal | int:
    """The number of a node whose kind is a number."""
    found: Decimal | int = Decimal(repr(node.value)) if type(node.value) is float else node.value
    return found


def bounded(text: str) -> str:
    """A text that was made. Raises FhirPathProblem for one that has grown beyond measure."""
    if len(text) > MOST_TEXT:
        raise running("ข้อความยาวเกินไป", "the text becomes too long")
    return text


def only(nodes: Nodes) -> Node | None:
    """The one item, or None. Raises FhirPathProblem for several."""
    if len(nodes) > 1:
        raise running("ต้องมีค่าเดียวแต่พบหลายค่า", "one value is expected and there are several")
    return nodes[0] if nodes else None


def truth(nodes: Nodes) -> bool | None:
    """A collection as a condition: one item that is not a boolean counts as true, none as unknown."""
    node = only(nodes)
    if node is None or node.value is None:
        return None
    return bool(node.value) if kind_of(node) == "Boolean" else True


def same(one: Node, other: Node) -> bool | None:
    """Whether two values are equal; None where their precision does not tell."""
    kind, other_kind = kind_of(one), kind_of(other)
    if one.value is None or other.value is None:
        return None if kind == other_kind and one.value is other.value else False
    if kind in NUMBERS and other_kind in NUMBERS:
        return number(one) == number(other)
    if _is_moment(kind, other_kind):
        return _zero(_moments(one, other))
    if kind != other_kind:
        return False
    special = _SPECIAL.get(kind or "")
    return special(one, other) if special else bool(one.value == other.value)


def _is_moment(kind: str | None, other: str | None) -> bool:
    """Whether two kinds compare as dates; a text beside a date is read as one."""
    return (kind in _MOMENTS and other in _MOMENTS | {"String"}) or (kind == "String" and other in _MOMENTS)


def _zero(found: int | None) -> bool | None:
    return None if found is None else found == 0


def _moments(one: Node, other: Node) -> int | None:
    first, second = moments.moment(str(one.value)), moments.moment(str(other.value))
    return moments.compared(first, second) if first and second else None


def _times(one: Node, other: Node) -> int | None:
    first, second = moments.clock_time(str(one.value)), moments.clock_time(str(other.value))
    return moments.compared(first, second) if first and second else None


def _quantities(one: Node, other: Node, ask: Callable[[Any, Any], bool]) -> bool | None:
    """Asked of quantities of one unit only: no unit is converted here."""
    values, units = [], []
    for node in (one, other):
        value = node.value.get("value")
        values.append(Decimal(repr(value)) if type(value) is float else value)
        units.append(node.value.get("code") or node.value.get("unit") or "1")
    if units[0] != units[1] or not all(isinstance(value, (int, Decimal)) for value in values):
        return None
    return ask(*values)


_SPECIAL: dict[str, Callable[[Node, Node], bool | None]] = {
    "Time": lambda one, other: _zero(_times(one, other)),
    "Quantity": lambda one, other: _quantities(one, other, lambda a, b: a == b),
}


def equal(left: Nodes, right: Nodes) -> Nodes:
    """`=`"""
    found = _equal(left, right)
    return [] if found is None else boolean(found)


def _equal(left: Nodes, right: Nodes) -> bool | None:
    if not left or not right:
        return None
    if len(left) != len(right):
        return False
    unknown = False
    for one, other in zip(left, right, strict=True):
        found = same(one, other)
        if found is False:
            return False
        unknown = unknown or found is None
    return None if unknown else True


def unequal(left: Nodes, right: Nodes) -> Nodes:
    """`!=`"""
    found = _equal(left, right)
    return [] if found is None else boolean(not found)


def alike(left: Nodes, right: Nodes) -> bool:
    """`~`: equal without regard to order, case and spaces of texts, and digits that the coarser number lacks."""
    if len(left) != len(right):
        return False
    rest = list(right)
    for one in left:
        match = next((position for position, other in enumerate(rest) if _similar(one, other)), None)
        if match is None:
            return False
        del rest[match]
    return True


def _similar(one: Node, other: Node) -> bool:
    kinds = (kind_of(one), kind_of(other))
    if kinds == ("String", "String"):
        return " ".join(str(one.value).casefold().split()) == " ".join(str(other.value).casefold().split())
    if set(kinds) <= NUMBERS:
        values = [Decimal(number(one)), Decimal(number(other))]
        digits = min(max(0, -int(value.as_tuple().exponent)) for value in values if value.is_finite())
        first, second = (CONTEXT.quantize(value, Decimal(1).scaleb(-digits)) for value in values)
        return first == second
    return same(one, other) is True


def ordered(sign: str) -> Callable[[Nodes, Nodes], Nodes]:
    """`<`, `<=`, `>` and `>=`"""
    ask = _SIGNS[sign]

    def compare(left: Nodes, right: Nodes) -> Nodes:
        one, other = only(left), only(right)
        if one is None or other is None or one.value is None or other.value is None:
            return []
        found = _order(one, other, ask)
        return [] if found is None else boolean(found)

    return compare


_SIGNS: dict[str, Callable[[Any, Any], bool]] = {
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def _order(one: Node, other: Node, ask: Callable[[Any, Any], bool]) -> bool | None:
    kind, other_kind = kind_of(one), kind_of(other)
    if kind in NUMBERS and other_kind in NUMBERS:
        return ask(number(one), number(other))
    if kind == other_kind == "String":
        return ask(one.value, other.value)
    if kind in _MOMENTS and other_kind in _MOMENTS:
        found = _moments(one, other)
    elif kind == other_kind == "Time":
        found = _times(one, other)
    elif kind == other_kind == "Quantity":
        return _quantities(one, other, ask)
    else:
        raise running("เปรียบเทียบค่าคนละชนิดไม่ได้ ใช้ ofType()", "values of two types have no order; use ofType()")
    return None if found is None else ask(found, 0)


def contained(item: Nodes, collection: Nodes) -> Nodes:
    """`in`"""
    one = only(item)
    return [] if one is None else boolean(any(same(one, other) is True for other in collection))


def joined(left: Nodes, right: Nodes) -> Nodes:
    """`&`: texts, an empty one for nothing."""
    texts = [
        str(node.value) if node is not None and kind_of(node) == "String" else "" for node in map(only, (left, right))
    ]
    return [Node(bounded("".join(texts)), "System.String")]


def arithmetic(sign: str) -> Callable[[Nodes, Nodes], Nodes]:
    """`+`, `-`, `*`, `/`, `div` and `mod`"""

    def compute(left: Nodes, right: Nodes) -> Nodes:
        one, other = only(left), only(right)
        if one is None or other is None or one.value is None or other.value is None:
            return []
        kinds = (kind_of(one), kind_of(other))
        if sign == "+" and kinds == ("String", "String"):
            return [Node(bounded(one.value + other.value), "System.String")]
        if not NUMBERS.issuperset(kinds):
            raise running(f"{sign} ใช้กับค่าชนิดนี้ไม่ได้", f"{sign} does not go with values of these types")
        return computed(_ARITHMETIC[sign], number(one), number(other))

    return compute


def _plus(a: Any, b: Any) -> Any:
    return a + b if type(a) is type(b) is int else CONTEXT.add(a, b)


def _minus(a: Any, b: Any) -> Any:
    return a - b if type(a) is type(b) is int else CONTEXT.subtract(a, b)


def _times_(a: Any, b: Any) -> Any:
    return a * b if type(a) is type(b) is int else CONTEXT.multiply(a, b)


def _div(a: Any, b: Any) -> Any:
    return int(CONTEXT.divide_int(Decimal(a), Decimal(b)))


def _mod(a: Any, b: Any) -> Any:
    found = CONTEXT.remainder(Decimal(a), Decimal(b))
    return int(found) if type(a) is type(b) is int else found


_ARITHMETIC: dict[str, Callable[[Any, Any], Any]] = {
    "+": _plus,
    "-": _minus,
    "*": _times_,
    "/": lambda a, b: CONTEXT.divide(Decimal(a), Decimal(b)),
    "div": _div,
    "mod": _mod,
}


def computed(work: Callable[..., Any], *values: Any) -> Nodes:
    """A number that was worked out; nothing where there is none (a division by zero, beyond 64 bits)."""
    try:
        found = work(*values)
    except (DecimalException, ValueError, OverflowError, ZeroDivisionError):
        return []
    if type(found) is int:
        return [Node(found, "System.Integer")] if abs(found) < MOST_WHOLE else []
    return [Node(found, "System.Decimal")] if found.is_finite() else []


def both(left: bool | None, right: bool | None) -> bool | None:
    """`and`"""
    if left is False or right is False:
        return False
    return None if left is None or right is None else True


def either(left: bool | None, right: bool | None) -> bool | None:
    """`or`"""
    if left or right:
        return True
    return None if left is None or right is None else False


def one_of(left: bool | None, right: bool | None) -> bool | None:
    """`xor`"""
    return None if left is None or right is None else left is not right


def implied(left: bool | None, right: bool | None) -> bool | None:
    """`implies`"""
    if left is False or right:
        return True
    return None if left is None or right is None else False


def logic(rule: Callable[[bool | None, bool | None], bool | None]) -> Callable[[Nodes, Nodes], Nodes]:
    """A rule over what may be unknown, as an operator."""

    def ask(left: Nodes, right: Nodes) -> Nodes:
        found = rule(truth(left), truth(right))
        return [] if found is None else boolean(found)

    return ask


def frozen(node: Node) -> Any:
    """What two values have in common exactly when they are the same, for sets."""
    kind = kind_of(node)
    return ("n" if kind in NUMBERS else kind, _frozen(number(node) if kind in NUMBERS else node.value))


def _frozen(value: Any) -> Any:
    if type(value) is dict:
        return frozenset((key, _frozen(item)) for key, item in value.items())
    if type(value) is list:
        return tuple(_frozen(item) for item in value)
    return value


def union(left: Nodes, right: Nodes) -> Nodes:
    """`|`: each value once."""
    found: dict[Any, Node] = {}
    for node in (*left, *right):
        found.setdefault(frozen(node), node)
    return list(found.values())


BINARY: dict[str, Callable[[Nodes, Nodes], Nodes]] = {
    "=": equal,
    "!=": unequal,
    "~": lambda left, right: boolean(alike(left, right)),
    "!~": lambda left, right: boolean(not alike(left, right)),
    "&": joined,
    "|": union,
    "in": contained,
    "contains": lambda left, right: contained(right, left),
    "and": logic(both),
    "or": logic(either),
    "xor": logic(one_of),
    "implies": logic(implied),
    **{sign: ordered(sign) for sign in _SIGNS},
    **{sign: arithmetic(sign) for sign in _ARITHMETIC},
}
