"""A tree becomes closures, once for each type it is asked of; what a resource cannot have is refused here already."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any, TypeAlias

from . import functions, operators
from .nodes import FEW, Node, Nodes, boolean, kind_of, known_type, members, step
from .parsing import Tree, parse
from .problems import FhirPathProblem, at, running

MOST_STEPS = 200_000  # items that one evaluation may ask an expression of
MALFORMED = (TypeError, ValueError, AttributeError, KeyError, RecursionError)
MOST_ITEMS = 20_000  # items that one collection may grow to

_SYSTEMS = {"sct": "http://snomed.info/sct", "loinc": "http://loinc.org", "ucum": "http://unitsofmeasure.org"}
GIVEN = frozenset({"context", "resource", *_SYSTEMS})  # constants that every expression has


class Evaluation:
    """What one evaluation knows beside its focus.

    constants  `%name` -> nodes
    this       what the innermost expression is asked of, `index` at which place
    """

    __slots__ = ("constants", "context", "index", "left", "this")

    def __init__(self, context: Nodes, constants: Mapping[str, Nodes]) -> None:
        self.context = context
        self.constants = constants
        self.this = context
        self.index = 0
        self.left = MOST_STEPS

    def spend(self, count: int) -> None:
        """Refuse an evaluation that multiplies items beyond measure."""
        self.left -= count
        if self.left < 0:
            raise running("นิพจน์นี้ต้องดูข้อมูลมากเกินไป", "this expression looks at too many items")


Closure: TypeAlias = Callable[[Nodes, Evaluation], Nodes]
Compiled: TypeAlias = tuple[Closure, str | None]  # and the type of all that it finds, where there is one


@lru_cache(maxsize=2048)
def compiled(text: str, type_: str | None) -> Compiled:
    """An expression asked of nodes of a type. Raises FhirPathProblem."""
    return _compile(parse(text), type_)


def _compile(tree: Tree, type_: str | None) -> Compiled:
    return _KINDS[tree[0]](tree, type_)


def _literal(tree: Tree, type_: str | None) -> Compiled:
    found = [Node(tree[1], tree[2])]
    return (lambda _focus, _env: found), None


def _nothing(tree: Tree, type_: str | None) -> Compiled:
    return (lambda _focus, _env: []), None


def _constant(tree: Tree, type_: str | None) -> Compiled:
    _, name, place = tree
    if name in ("context", "resource"):
        return (lambda _focus, env: env.context), None

    if name in _SYSTEMS:
        return _literal(("literal", _SYSTEMS[name], "System.String"), type_)

    def found(focus: Nodes, env: Evaluation) -> Nodes:
        if name not in env.constants:
            raise at(place, f"ไม่มีค่าคงที่ %{name[:64]}", f"there is no constant %{name[:64]}")
        return env.constants[name]

    return found, None


def _special(tree: Tree, type_: str | None) -> Compiled:
    if tree[1] == "$index":
        return (lambda _focus, env: [Node(env.index, "System.Integer")]), None
    return (lambda _focus, env: env.this), type_


def _member(tree: Tree, type_: str | None) -> Compiled:
    _, base, name, place = tree
    if base is None:
        typed = name == type_ or (type_ is None and known_type(name) and name[:1].isupper())
        if typed or name in ("Resource", "DomainResource"):
            return (lambda focus, _env: functions.of_type(focus, name)), type_
        own: Compiled = step(type_, name, place)
        return own
    before, known = _compile(base, type_)
    after, found = step(known, name, place)
    return (lambda focus, env: after(before(focus, env), env)), found


def _index(tree: Tree, type_: str | None) -> Compiled:
    before, known = _compile(tree[1], type_)
    which, _ = _compile(tree[2], type_)

    def found(focus: Nodes, env: Evaluation) -> Nodes:
        place = functions.whole(which(env.this, env))
        items = before(focus, env)
        return items[place : place + 1] if place is not None and place >= 0 else []

    return found, known


def _unary(tree: Tree, type_: str | None) -> Compiled:
    inner, _ = _compile(tree[2], type_)
    minus = operators.BINARY["-" if tree[1] == "-" else "+"]
    zero = [Node(0, "System.Integer")]
    return (lambda focus, env: minus(zero, inner(focus, env))), None


def _binary(tree: Tree, type_: str | None) -> Compiled:
    _, sign, first, second = tree
    left, left_type = _compile(first, type_)
    right, right_type = _compile(second, type_)
    work = operators.BINARY[sign]
    same = left_type if sign == "|" and left_type == right_type else None
    if sign in ("and", "or"):
        decided = sign == "or"

        def quick(focus: Nodes, env: Evaluation) -> Nodes:
            found = left(focus, env)
            if operators.truth(found) is decided:
                return boolean(sign == "or")
            return work(found, right(focus, env))

        return quick, None
    return (lambda focus, env: work(left(focus, env), right(focus, env))), same


def _typed(tree: Tree, type_: str | None) -> Compiled:
    sign, base, name = tree
    return _type_call(sign, base, name, 0, type_)


def _type_call(name: str, base: Tree | None, wanted: str, place: int, type_: str | None) -> Compiled:
    """is, as, ofType: of a choice that is asked for one type only its JSON name is looked at."""
    known = known_type(wanted)
    if known is None:
        raise at(place, f"ไม่มีชนิด {wanted[:64]}", f"there is no type {wanted[:64]}")
    before: Closure
    found: str | None
    if base is not None and base[0] == "member" and name != "is":
        inner, inner_type = _compile(base[1], type_) if base[1] is not None else (_itself, type_)
        options = (members(inner_type) or {}).get(base[2], ()) if inner_type else ()
        if len(options) > 1 and any(kind == known for _, kind in options):
            after, found = step(inner_type, base[2], base[3], only=known)
            return (lambda focus, env: after(inner(focus, env), env)), found
    before, found = _compile(base, type_) if base is not None else (_itself, type_)
    if name == "is":
        return (lambda focus, env: functions.is_type(before(focus, env), known)), None
    result = known if members(known) is not None else None
    return (lambda focus, env: functions.of_type(before(focus, env), known)), result


def _itself(focus: Nodes, env: Evaluation) -> Nodes:
    return focus


def _call(tree: Tree, type_: str | None) -> Compiled:
    _, base, name, arguments, place = tree
    if name in ("is", "as", "ofType", "getReferenceKey"):
        return _call_with_type(tree, type_)
    before, known = _compile(base, type_) if base is not None else (_itself, type_)
    if name in _ASKING:
        least, most, build = _ASKING[name]
        _count(len(arguments), least, most, name, place)
        inner = [_compile(one, known) for one in arguments]
        run = build(*(closure for closure, _ in inner))
        result = known if name == "where" else inner[0][1] if name == "select" else None
        return (lambda focus, env: run(before(focus, env), env)), result
    if name not in functions.VALUES:
        raise at(place, f"ไม่มีฟังก์ชัน {name[:64]}", f"there is no function {name[:64]}")
    least, most, work = functions.VALUES[name]
    _count(len(arguments), least, most, name, place)
    result = "Extension" if name == "extension" else known if name in functions.SAME_TYPE else None
    if not arguments:

        def plain(focus: Nodes, env: Evaluation) -> Nodes:
            looked_at = before(focus, env)
            if len(looked_at) > FEW:
                env.spend(len(looked_at))
            return work(looked_at)

        return plain, result
    given = [_compile(one, type_)[0] for one in arguments]

    def found(focus: Nodes, env: Evaluation) -> Nodes:
        looked_at = before(focus, env)
        env.spend(len(looked_at))
        items = work(looked_at, *(one(env.this, env) for one in given))
        if len(items) > MOST_ITEMS:
            raise running("มีค่ามากเกินไป", "there are too many values")
        return items

    return found, result


def _call_with_type(tree: Tree, type_: str | None) -> Compiled:
    _, base, name, arguments, place = tree
    _count(len(arguments), 0 if name == "getReferenceKey" else 1, 1, name, place)
    wanted = _type_argument(arguments[0]) if arguments else None
    if arguments and wanted is None:
        raise at(place, f"{name} รับชื่อชนิด", f"{name} takes the name of a type")
    if name != "getReferenceKey":
        return _type_call(name, base, wanted or "", place, type_)
    before, _ = _compile(base, type_) if base is not None else (_itself, type_)
    return (lambda focus, env: functions.reference_key(before(focus, env), wanted)), None


def _type_argument(tree: Tree) -> str | None:
    if tree[0] != "member":
        return None
    if tree[1] is None:
        return str(tree[2])
    space = _type_argument(tree[1])
    return f"{space}.{tree[2]}" if space in ("FHIR", "System") else None


def _count(given: int, least: int, most: int, name: str, place: int) -> None:
    if not least <= given <= most:
        raise at(place, f"{name} มีอาร์กิวเมนต์ไม่ถูกจำนวน", f"{name} takes {least} to {most} arguments")


def _each(items: Nodes, ask: Closure, env: Evaluation) -> Any:
    """Ask an expression of each item; gives the item and what was found."""
    env.spend(len(items))
    this, index = env.this, env.index
    try:
        for place, node in enumerate(items):
            env.this, env.index = [node], place
            yield node, ask(env.this, env)
    finally:
        env.this, env.index = this, index


def _answers(items: Nodes, ask: Closure, env: Evaluation) -> list[bool]:
    """A list, so that `this` is what it was before when it is looked at."""
    return [operators.truth(found) is True for _, found in _each(items, ask, env)]


def _where(ask: Closure) -> Closure:
    return lambda items, env: [node for node, found in _each(items, ask, env) if operators.truth(found)]


def _exists(ask: Closure | None = None) -> Closure:
    if ask is None:
        return lambda items, _env: boolean(bool(items))
    return lambda items, env: boolean(any(_answers(items, ask, env)))


def _all(ask: Closure) -> Closure:
    return lambda items, env: boolean(all(_answers(items, ask, env)))


def _select(ask: Closure) -> Closure:
    def run(items: Nodes, env: Evaluation) -> Nodes:
        out: Nodes = []
        size = 0
        for _, found in _each(items, ask, env):
            out += found
            size += sum(len(one.value) for one in found if one.owner is None and type(one.value) is str)
            if len(out) > MOST_ITEMS or size > operators.MOST_TEXT:
                raise running("มีค่ามากเกินไป", "there are too many values")
        return out

    return run


def _repeat(ask: Closure) -> Closure:
    select = _select(ask)

    def run(items: Nodes, env: Evaluation) -> Nodes:
        out: Nodes = []
        seen: set[Any] = set()
        while items:
            fresh = []
            for node in select(items, env):
                key = operators.frozen(node)
                if key not in seen:
                    seen.add(key)
                    fresh.append(node)
            out += fresh
            items = fresh
        return out

    return run


def _iif(criterion: Closure, yes: Closure, no: Closure | None = None) -> Closure:
    def run(items: Nodes, env: Evaluation) -> Nodes:
        this, env.this = env.this, items
        chosen = yes if operators.truth(criterion(items, env)) else no
        found = chosen(items, env) if chosen else []
        env.this = this
        return found

    return run


def _descendants() -> Closure:
    return _repeat(lambda items, _env: functions.VALUES["children"][2](items))


_ASKING: dict[str, tuple[int, int, Callable[..., Closure]]] = {
    "where": (1, 1, _where),
    "exists": (0, 1, _exists),
    "all": (1, 1, _all),
    "select": (1, 1, _select),
    "repeat": (1, 1, _repeat),
    "iif": (2, 3, _iif),
    "descendants": (0, 0, _descendants),
}
_KINDS: dict[str, Callable[[Tree, str | None], Compiled]] = {
    "literal": _literal,
    "nothing": _nothing,
    "constant": _constant,
    "special": _special,
    "member": _member,
    "index": _index,
    "unary": _unary,
    "binary": _binary,
    "is": _typed,
    "as": _typed,
    "call": _call,
}


class Expression:
    """An expression that was compiled for a type.

    type  that of everything it finds, where there is one
    """

    __slots__ = ("_run", "type")

    def __init__(self, text: str, type_: str | None = None) -> None:
        self._run, self.type = compiled(text, type_)

    def find(self, focus: Nodes, evaluation: Evaluation) -> Nodes:
        """What it finds from `focus`, within an evaluation that may hold other expressions.

        Raises FhirPathProblem; on what is not formed as FHIR says also the errors in MALFORMED.
        """
        evaluation.this = focus
        return self._run(focus, evaluation)

    def nodes(self, focus: Node) -> Nodes:
        """What it finds from one node. Raises FhirPathProblem, and nothing else for any resource."""
        try:
            return self.find([focus], Evaluation([focus], {}))
        except MALFORMED as error:
            raise malformed() from error


def malformed() -> FhirPathProblem:
    """The resource itself is at fault."""
    return running("ทรัพยากรมีรูปผิดจาก FHIR", "the resource is not formed as FHIR says")


@lru_cache(maxsize=2048)
def constants_of(text: str) -> frozenset[str]:
    """The names of the constants that an expression must be given. Raises FhirPathProblem."""
    return frozenset(_constants(parse(text))) - GIVEN


def _constants(tree: Any) -> Iterator[str]:
    if tree and tree[0] == "constant":
        yield tree[1]
    elif tree and tree[0] != "literal":
        for part in tree:
            if isinstance(part, tuple):
                yield from _constants(part)


def is_boolean(node: Node) -> bool:
    """Whether a node is yes or no."""
    return kind_of(node) == "Boolean"
