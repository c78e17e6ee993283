"""The functions, in two tables: those that are given values, and those that ask an expression of each item.

Left out on purpose: matches and replaceMatches (a pattern of a client can hold a server for minutes), now and today
(the same record would give two answers), resolve and memberOf (they leave the resource).
Source: FHIRPath N1 (2.0.0), Functions; SQL on FHIR v2 for getReferenceKey and getResourceKey.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Decimal, DecimalException
from typing import Any, TypeAlias

from . import moments
from .nodes import PRIMITIVES, Node, Nodes, boolean, children, is_of, kind_of
from .operators import CONTEXT, MOST_TEXT, NUMBERS, computed, frozen, number, only, truth, union
from .problems import running

Function: TypeAlias = Callable[..., Nodes]


def text_of(nodes: Nodes) -> str | None:
    """The one text. Raises FhirPathProblem for another kind of value."""
    node = only(nodes)
    if node is None or node.value is None:
        return None
    if not isinstance(node.value, str):
        raise running("ฟังก์ชันนี้ใช้กับข้อความ", "this function takes a text")
    return node.value


def whole(nodes: Nodes) -> int | None:
    """The one whole number."""
    node = only(nodes)
    if node is None:
        return None
    if kind_of(node) != "Integer":
        raise running("ต้องเป็นจำนวนเต็ม", "a whole number is expected")
    return int(node.value)


def _texts(work: Callable[..., Any]) -> Function:
    """A function of texts; nothing where one of them is missing."""

    def run(focus: Nodes, *given: Nodes) -> Nodes:
        texts = [text_of(nodes) for nodes in (focus, *given)]
        return [] if None in texts else _computed(work(*texts))

    return run


def _computed(value: Any) -> Nodes:
    if isinstance(value, list):
        return [Node(one, "System.String") for one in value]
    if isinstance(value, bool):
        return boolean(value)
    return [Node(value, "System.Integer" if isinstance(value, int) else "System.String")]


def _substring(focus: Nodes, start: Nodes, length: Nodes | None = None) -> Nodes:
    text, begin = text_of(focus), whole(start)
    if text is None or begin is None or not 0 <= begin < len(text):
        return []
    count = whole(length) if length is not None else None
    return _computed(text[begin:] if count is None else text[begin : begin + max(count, 0)])


def _replaced(text: str, pattern: str, other: str) -> str:
    if len(text) * (len(other) + 1) > MOST_TEXT:
        raise running("ข้อความยาวเกินไป", "the text becomes too long")
    return text.replace(pattern, other)


def _join(focus: Nodes, separator: Nodes | None = None) -> Nodes:
    between = (text_of(separator) if separator is not None else None) or ""
    texts = [node.value for node in focus if node.value is not None]
    if not all(isinstance(one, str) for one in texts):
        raise running("join ใช้กับข้อความ", "join takes texts")
    if sum(map(len, texts)) + len(between) * len(texts) > MOST_TEXT:
        raise running("ข้อความยาวเกินไป", "the text becomes too long")
    return _computed(between.join(texts))  # of nothing the empty text, as the tests of SQL on FHIR have it


def _slice(work: Callable[[Nodes, int], Nodes]) -> Function:
    def run(focus: Nodes, count: Nodes) -> Nodes:
        asked = whole(count)
        return [] if asked is None else work(focus, max(asked, 0))

    return run


def _single(focus: Nodes) -> Nodes:
    node = only(focus)
    return [] if node is None else [node]


def _distinct(focus: Nodes) -> Nodes:
    return union(focus, [])


def _all_are(wanted: bool, any_: bool = False) -> Function:
    def run(focus: Nodes) -> Nodes:
        found = (node.value is wanted for node in focus)
        return boolean(any(found) if any_ else all(found))

    return run


def _not(focus: Nodes) -> Nodes:
    found = truth(focus)
    return [] if found is None else boolean(not found)


def _among(keep: bool) -> Function:
    """intersect, exclude"""

    def run(focus: Nodes, other: Nodes) -> Nodes:
        keys = {frozen(node) for node in other}
        found = [node for node in focus if (frozen(node) in keys) is keep]
        return _distinct(found) if keep else found

    return run


def _subset(focus: Nodes, other: Nodes) -> Nodes:
    keys = {frozen(node) for node in other}
    return boolean(all(frozen(node) in keys for node in focus))


def _extension(focus: Nodes, url: Nodes) -> Nodes:
    wanted = text_of(url)
    out: Nodes = []
    for node in focus:
        holder = node.shadow if node.type in PRIMITIVES else node.value
        given = holder.get("extension") if type(holder) is dict else None
        if type(given) is list:
            for at, one in enumerate(given):
                if type(one) is dict and one.get("url") == wanted:
                    out.append(Node(one, "Extension", None, holder, "extension", at))
    return out


def _has_value(focus: Nodes) -> Nodes:
    return boolean(len(focus) == 1 and focus[0].value is not None and not isinstance(focus[0].value, (dict, list)))


def _resource_key(focus: Nodes) -> Nodes:
    return [Node(one.value["id"], "System.String") for one in focus if type(one.value) is dict and "id" in one.value]


def reference_key(focus: Nodes, wanted: str | None) -> Nodes:
    """The key of the resource that a reference leads to, equal to its getResourceKey(): its id.

    wanted  only of references to this type
    A reference to another server or to something contained keeps its whole text: it equals no id here.
    """
    out: Nodes = []
    for node in focus:
        text = node.value.get("reference") if type(node.value) is dict else None
        if not isinstance(text, str):
            continue
        parts = text.split("/")
        here = len(parts) in (2, 4) and (len(parts) == 2 or parts[2] == "_history")
        type_ = parts[0] if here else parts[-2] if len(parts) > 2 else node.value.get("type")
        if wanted is None or type_ == wanted:
            out.append(Node(parts[1] if here else text, "System.String"))
    return out


def _boundary(high: bool) -> Function:
    def run(focus: Nodes, precision: Nodes | None = None) -> Nodes:
        node = only(focus)
        if node is None or node.value is None:
            return []
        digits = whole(precision) if precision is not None else None
        kind = kind_of(node)
        if kind in NUMBERS:
            return computed(_number_boundary, Decimal(number(node)), high, 8 if digits is None else digits)
        if kind == "Quantity":
            return [
                Node({**node.value, "value": one.value}, node.type)
                for one in run(
                    [Node(node.value.get("value"), "decimal")], *([precision] if precision is not None else [])
                )
            ]
        if kind == "Time":
            found = moments.time_boundary(node.value, high=high, digits=digits)
        elif kind in ("Date", "DateTime"):
            found = moments.boundary(node.value, high=high, is_date=kind == "Date", digits=digits)
        else:
            raise running("ค่าชนิดนี้ไม่มีขอบเขต", "a value of this type has no boundary")
        return [] if found is None else [Node(found, node.type)]

    return run


def _number_boundary(value: Decimal, high: bool, digits: int) -> Decimal:
    if not 0 <= digits <= 28:
        raise ValueError
    half = Decimal(5).scaleb(min(int(value.as_tuple().exponent), 0) - 1)
    edge = CONTEXT.add(value, half) if high else CONTEXT.subtract(value, half)
    return edge.quantize(Decimal(1).scaleb(-digits), ROUND_CEILING if high else ROUND_FLOOR, CONTEXT)


def _numeric(work: Callable[..., Any]) -> Function:
    def run(focus: Nodes, *given: Nodes) -> Nodes:
        values = []
        for nodes in (focus, *given):
            node = only(nodes)
            if node is None or node.value is None:
                return []
            if kind_of(node) not in NUMBERS:
                raise running("ฟังก์ชันนี้ใช้กับตัวเลข", "this function takes a number")
            values.append(number(node))
        return computed(work, *values)

    return run


def _rounded(value: Any, digits: Any = 0) -> Decimal:
    if not 0 <= digits <= 28:
        raise ValueError
    return Decimal(value).quantize(Decimal(1).scaleb(-int(digits)), ROUND_HALF_UP, CONTEXT)


def _power(value: Any, exponent: Any) -> Any:
    found = CONTEXT.power(Decimal(value), Decimal(exponent))
    return int(found) if type(value) is type(exponent) is int and found == found.to_integral_value() else found


def _to_text(focus: Nodes) -> Nodes:
    node = only(focus)
    if node is None or isinstance(node.value, (list, type(None))):
        return []
    if isinstance(node.value, dict):
        shown = f"{node.value.get('value')} '{node.value.get('code') or node.value.get('unit') or '1'}'"
        return _computed(shown) if kind_of(node) == "Quantity" else []
    return _computed(str(node.value).lower() if isinstance(node.value, bool) else str(node.value))


def _to_whole(focus: Nodes) -> Nodes:
    node = only(focus)
    if node is None or not isinstance(node.value, (bool, int, str)):
        return []
    if isinstance(node.value, str) and not (node.value.lstrip("+-").isascii() and node.value.lstrip("+-").isdigit()):
        return []
    return computed(int, node.value) if len(str(node.value)) < 20 else []


def _to_decimal(focus: Nodes) -> Nodes:
    node = only(focus)
    if node is None or isinstance(node.value, (dict, list, type(None))):
        return []
    text = str(int(node.value)) if isinstance(node.value, bool) else str(node.value)
    try:
        found = Decimal(text) if text.isascii() and "_" not in text and len(text) < 50 else None
    except DecimalException:
        return []
    return [] if found is None or not found.is_finite() else [Node(found, "System.Decimal")]


_YES = {"true": True, "t": True, "yes": True, "y": True, "1": True, "1.0": True}
_NO = {"false": False, "f": False, "no": False, "n": False, "0": False, "0.0": False}


def _to_boolean(focus: Nodes) -> Nodes:
    node = only(focus)
    if node is None or isinstance(node.value, (dict, list, type(None))):
        return []
    found = {**_YES, **_NO}.get(str(node.value).lower())
    return [] if found is None else boolean(found)


def _converts(to: Function) -> Function:
    return lambda focus: boolean(bool(to(focus))) if focus else []


VALUES: dict[str, tuple[int, int, Function]] = {  # least and most arguments
    "empty": (0, 0, lambda focus: boolean(not focus)),
    "count": (0, 0, lambda focus: [Node(len(focus), "System.Integer")]),
    "not": (0, 0, _not),
    "allTrue": (0, 0, _all_are(True)),
    "anyTrue": (0, 0, _all_are(True, any_=True)),
    "allFalse": (0, 0, _all_are(False)),
    "anyFalse": (0, 0, _all_are(False, any_=True)),
    "distinct": (0, 0, _distinct),
    "isDistinct": (0, 0, lambda focus: boolean(len(_distinct(focus)) == len(focus))),
    "subsetOf": (1, 1, _subset),
    "supersetOf": (1, 1, lambda focus, other: _subset(other, focus)),
    "single": (0, 0, _single),
    "first": (0, 0, lambda focus: focus[:1]),
    "last": (0, 0, lambda focus: focus[-1:]),
    "tail": (0, 0, lambda focus: focus[1:]),
    "skip": (1, 1, _slice(lambda focus, count: focus[count:])),
    "take": (1, 1, _slice(lambda focus, count: focus[:count])),
    "intersect": (1, 1, _among(True)),
    "exclude": (1, 1, _among(False)),
    "union": (1, 1, union),
    "combine": (1, 1, lambda focus, other: [*focus, *other]),
    "children": (0, 0, lambda focus: [child for node in focus for child in children(node)]),
    "extension": (1, 1, _extension),
    "hasValue": (0, 0, _has_value),
    "getValue": (0, 0, lambda focus: focus if _has_value(focus)[0].value else []),
    "getResourceKey": (0, 0, _resource_key),
    "lowBoundary": (0, 1, _boundary(high=False)),
    "highBoundary": (0, 1, _boundary(high=True)),
    "join": (0, 1, _join),
    "startsWith": (1, 1, _texts(str.startswith)),
    "endsWith": (1, 1, _texts(str.endswith)),
    "contains": (1, 1, _texts(lambda text, part: part in text)),
    "indexOf": (1, 1, _texts(str.find)),
    "substring": (1, 2, _substring),
    "upper": (0, 0, _texts(str.upper)),
    "lower": (0, 0, _texts(str.lower)),
    "trim": (0, 0, _texts(str.strip)),
    "length": (0, 0, _texts(len)),
    "replace": (2, 2, _texts(_replaced)),
    "split": (1, 1, _texts(lambda text, mark: text.split(mark) if mark else list(text))),
    "toChars": (0, 0, _texts(list)),
    "abs": (0, 0, _numeric(abs)),
    "ceiling": (0, 0, _numeric(lambda value: int(Decimal(value).to_integral_value(ROUND_CEILING)))),
    "floor": (0, 0, _numeric(lambda value: int(Decimal(value).to_integral_value(ROUND_FLOOR)))),
    "truncate": (0, 0, _numeric(int)),
    "round": (0, 1, _numeric(_rounded)),
    "sqrt": (0, 0, _numeric(lambda value: CONTEXT.sqrt(Decimal(value)))),
    "power": (1, 1, _numeric(_power)),
    "toString": (0, 0, _to_text),
    "toInteger": (0, 0, _to_whole),
    "toDecimal": (0, 0, _to_decimal),
    "toBoolean": (0, 0, _to_boolean),
    "convertsToInteger": (0, 0, _converts(_to_whole)),
    "convertsToDecimal": (0, 0, _converts(_to_decimal)),
    "convertsToBoolean": (0, 0, _converts(_to_boolean)),
}
SAME_TYPE = frozenset(
    {"single", "first", "last", "tail", "skip", "take", "distinct", "intersect", "exclude", "getValue", "where"}
)


def of_type(focus: Nodes, wanted: str) -> Nodes:
    """`ofType` and `as`: a primitive of exactly this type (a code is not given for a string), anything else of it or
    descended from it."""
    if wanted in PRIMITIVES:
        return [node for node in focus if node.type == wanted]
    return [node for node in focus if is_of(node, wanted)]


def is_type(focus: Nodes, wanted: str) -> Nodes:
    """`is`"""
    node = only(focus)
    return [] if node is None else boolean(is_of(node, wanted))
