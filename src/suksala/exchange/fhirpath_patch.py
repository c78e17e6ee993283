"""FHIRPath Patch: a Parameters resource whose operations add, insert, delete, replace and move elements.

Every path is read with the type of the resource, so an element that the type does not have is refused; what an
operation leaves empty is taken out, for FHIR knows no empty elements. The validator sees the result as every write.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple, TypeAlias

from suksala.standards import fhir

from .writes import Patch, Resource, WriteProblem, refused

MOST_OPERATIONS = 1000
_NEEDS = {
    "add": ("path", "name", "value"),
    "insert": ("path", "index", "value"),
    "delete": ("path",),
    "replace": ("path", "value"),
    "move": ("path", "source", "destination"),
}
_WHOLE = ("index", "source", "destination")

Node: TypeAlias = fhir.fhirpath.Node
Part: TypeAlias = dict[str, Any]


class Value(NamedTuple):
    """A value of an operation.

    type    of the value[x] that held it; "" for parts, which make an object without a type of its own
    shadow  id and extensions of a primitive
    parts   the parts, where it has no value[x]
    """

    type: str
    content: Any
    shadow: Any = None
    parts: tuple[Part, ...] = ()


class Operation(NamedTuple):
    """One operation, at its place in the Parameters."""

    number: int
    kind: str
    given: dict[str, Any]


def read(found: Any) -> Patch:
    """The patch that a Parameters resource asks for. Raises WriteProblem."""
    parameters = found.get("parameter", []) if isinstance(found, dict) else None
    if parameters is None or found.get("resourceType") != "Parameters" or not isinstance(parameters, list):
        raise refused(
            400,
            "structure",
            "FHIRPath Patch ต้องเป็น Parameters",
            "a FHIRPath Patch is a Parameters resource",
            "Parameters",
        )
    if len(parameters) > MOST_OPERATIONS:
        th, en = f"มีได้ไม่เกิน {MOST_OPERATIONS} คำสั่ง", f"a patch has at most {MOST_OPERATIONS} operations"
        raise refused(400, "too-long", th, en, "Parameters.parameter")
    operations = [_operation(number, one) for number, one in enumerate(parameters)]

    def apply(resource: Resource) -> Resource:
        for operation in operations:
            try:
                _DOES[operation.kind](resource, operation)
            except fhir.fhirpath.FhirPathProblem as problem:
                raise _cannot(operation, problem.th, problem.en) from problem
        pruned = _pruned(resource)
        return pruned if isinstance(pruned, dict) else {}

    return apply


def _operation(number: int, given: Any) -> Operation:
    parts = given.get("part") if isinstance(given, dict) and given.get("name") == "operation" else None
    if not isinstance(parts, list) or not all(isinstance(part, dict) for part in parts):
        raise _wrong(number, "ต้องเป็น operation ที่มี part", "is an operation with parts")
    found = {str(part.get("name")): _value(part) for part in parts}
    kind = found["type"].content if "type" in found else None
    if not isinstance(kind, str) or kind not in _NEEDS:
        raise _wrong(
            number, "type ต้องเป็น add insert delete replace move", "type is add, insert, delete, replace or move"
        )
    missing = [name for name in _NEEDS[kind] if name not in found]
    if missing:
        raise _wrong(number, f"{kind} ต้องมี {' '.join(missing)}", f"{kind} needs {', '.join(missing)}")
    plain = {name: found[name].content for name in _NEEDS[kind] if name != "value"}
    for name, value in plain.items():
        right = isinstance(value, int) and not isinstance(value, bool) if name in _WHOLE else isinstance(value, str)
        if not right:
            raise _wrong(number, f"{name} ผิดชนิด", f"{name} is of the wrong type")
    return Operation(number, kind, {**plain, "value": found.get("value")})


def _value(part: Part) -> Value:
    """What a part holds: a value[x], or parts of its own."""
    keys = [key for key in part if key.startswith(("value", "_value"))]
    stems = {key.removeprefix("_") for key in keys}
    if len(stems) == 1:
        [key] = stems
        suffix = key.removeprefix("value")
        types = {name.removeprefix("value"): kind for name, kind in (fhir.fhirpath.members("Extension") or {})["value"]}
        return Value(types.get(suffix, suffix), part.get(key), part.get("_" + key))
    parts = part.get("part")
    if stems or not isinstance(parts, list) or not all(isinstance(one, dict) for one in parts):
        return Value("", None)
    return Value("", None, None, tuple(parts))


def _wrong(number: int, th: str, en: str) -> WriteProblem:
    return refused(400, "structure", th, en, f"Parameters.parameter[{number}]")


def _cannot(operation: Operation, th: str, en: str) -> WriteProblem:
    return refused(422, "processing", th, en, f"Parameters.parameter[{operation.number}]")


# ---- what the operations do -----------------------------------------------------------------------------------------


def _found(resource: Resource, operation: Operation) -> list[Node]:
    kind = str(resource.get("resourceType", ""))
    return fhir.fhirpath.Expression(operation.given["path"], kind).nodes(Node(resource, kind))


def _one(resource: Resource, operation: Operation) -> Node:
    nodes = _found(resource, operation)
    if not nodes:
        raise _cannot(operation, "path ไม่พบสิ่งใด", "the path selects nothing")
    if len(nodes) > 1:
        raise _cannot(operation, "path พบมากกว่าหนึ่ง", "the path selects more than one element")
    return nodes[0]


def _placed(operation: Operation, node: Node) -> Node:
    """A node that stands in the resource, not at its root and not worked out."""
    if node.owner is None:
        raise _cannot(operation, "path ต้องชี้ถึงส่วนในทรัพยากร", "the path must select an element of the resource")
    return node


def _add(resource: Resource, operation: Operation) -> None:
    node, name = _one(resource, operation), operation.given["name"]
    if not isinstance(node.value, dict):
        raise _cannot(operation, "เพิ่มส่วนในค่าเดี่ยวไม่ได้", "nothing can be added to a primitive value")
    key, type_ = _key(operation, node.type, name, operation.given["value"])
    content, shadow = _content(operation, type_, operation.given["value"])
    if fhir.fhirpath.is_many(node.type, name):
        count = max(len(node.value.get(key, [])), len(node.value.get("_" + key, [])))
        _spread(node.value, key, count, content, shadow)
    elif any(one in node.value for option, _ in _options(operation, node.type, name) for one in (option, "_" + option)):
        raise _cannot(operation, "มีค่าอยู่แล้ว ใช้ replace", "the element has a value already; use replace")
    else:
        _set(node.value, key, content, shadow)


def _insert(resource: Resource, operation: Operation) -> None:
    owner, key, count, type_ = _array(resource, operation)
    index = operation.given["index"]
    if not 0 <= index <= count:
        raise _cannot(operation, "index อยู่นอกอาร์เรย์", "the index is outside the array")
    content, shadow = _content(operation, type_, operation.given["value"])
    _spread(owner, key, index, content, shadow)


def _delete(resource: Resource, operation: Operation) -> None:
    """It is no error when there is nothing to delete."""
    nodes = _found(resource, operation)
    if len(nodes) > 1:
        raise _cannot(operation, "path พบมากกว่าหนึ่ง", "the path selects more than one element")
    for node in nodes:
        _remove(_placed(operation, node))


def _replace(resource: Resource, operation: Operation) -> None:
    node = _placed(operation, _one(resource, operation))
    owner, key, type_ = node.owner or {}, node.key, node.type
    value: Value = operation.given["value"]
    if node.at is None:
        key, type_ = _renamed(operation, resource, node, value)
    content, shadow = _content(operation, type_, value)
    if node.at is None:
        _remove(node)
        _set(owner, key, content, shadow)
    else:
        _take(owner, key, node.at)
        _spread(owner, key, node.at, content, shadow)


def _move(resource: Resource, operation: Operation) -> None:
    owner, key, count, _ = _array(resource, operation)
    source, destination = operation.given["source"], operation.given["destination"]
    if not (0 <= source < count and 0 <= destination < count):
        raise _cannot(operation, "source หรือ destination อยู่นอกอาร์เรย์", "source or destination is outside the array")
    content, shadow = _take(owner, key, source)
    _spread(owner, key, destination, content, shadow)


_DOES: dict[str, Callable[[Resource, Operation], None]] = {
    "add": _add,
    "insert": _insert,
    "delete": _delete,
    "replace": _replace,
    "move": _move,
}


def _array(resource: Resource, operation: Operation) -> tuple[Resource, str, int, str]:
    """The one array that a path selects, whole: its owner, name, length and the type of its items."""
    nodes = _found(resource, operation)
    if not nodes:
        raise _cannot(operation, "path ไม่พบสิ่งใด ใช้ add", "the path selects nothing; use add")
    first = _placed(operation, nodes[0])
    owner = first.owner or {}
    count = (
        max(len(owner[one]) for one in (first.key, "_" + first.key) if isinstance(owner.get(one), list))
        if (first.at is not None)
        else 0
    )
    if any(node.owner is not owner or node.key != first.key for node in nodes) or len(nodes) != count:
        raise _cannot(operation, "path ต้องพบอาร์เรย์หนึ่งทั้งอาร์เรย์", "the path must select one whole array")
    return owner, first.key, count, first.type


# ---- keys and values ------------------------------------------------------------------------------------------------


def _options(operation: Operation, type_: str, name: str) -> tuple[tuple[str, str], ...]:
    options = (fhir.fhirpath.members(type_) or {}).get(name)
    if not options or name == "resourceType":
        raise _cannot(operation, f"{type_} ไม่มี {name[:64]}", f"{type_} has no element {name[:64]}")
    return options


def _key(operation: Operation, type_: str, name: str, value: Value) -> tuple[str, str]:
    """The name in JSON and the type of an element: of a choice, the one that the value's type tells."""
    options = _options(operation, type_, name)
    if len(options) == 1:
        return options[0]
    for option in options:
        if option[1] == value.type:
            return option
    raise _cannot(operation, f"{name} เป็นชนิดนี้ไม่ได้", f"{name} takes no value of this type")


def _renamed(operation: Operation, resource: Resource, node: Node, value: Value) -> tuple[str, str]:
    """The name that a replaced element gets: a choice may be replaced by a value of another of its types."""
    holder = _type_of(resource, node)
    for name, options in (fhir.fhirpath.members(holder) or {}).items():
        if (node.key, node.type) in options and len(options) > 1:
            return _key(operation, holder, name, value)
    return node.key, node.type


def _type_of(resource: Resource, node: Node) -> str:
    """The type of the object that holds a node."""
    kind = str(resource.get("resourceType", ""))
    root = Node(resource, kind)
    if node.owner is resource:
        return kind
    everything = fhir.fhirpath.Expression("descendants()", kind).nodes(root)
    return next((one.type for one in everything if one.value is node.owner), "")


def _content(operation: Operation, type_: str, value: Value) -> tuple[Any, Any]:
    """The value of an operation as it stands in JSON, and its shadow."""
    if not value.parts:
        if value.content is None and value.shadow is None:
            raise _cannot(operation, "ไม่มีค่า", "there is no value")
        return value.content, value.shadow
    made: Resource = {}
    for part in value.parts:
        name, inner = str(part.get("name")), _value(part)
        key, inner_type = _key(operation, type_, name, inner)
        content, shadow = _content(operation, inner_type, inner)
        if fhir.fhirpath.is_many(type_, name):
            count = max(len(made.get(key, [])), len(made.get("_" + key, [])))
            _spread(made, key, count, content, shadow)
        else:
            _set(made, key, content, shadow)
    return made, None


# ---- an element with its shadow -------------------------------------------------------------------------------------


def _set(owner: Resource, key: str, content: Any, shadow: Any) -> None:
    if content is not None:
        owner[key] = content
    if shadow is not None:
        owner["_" + key] = shadow


def _spread(owner: Resource, key: str, index: int, content: Any, shadow: Any) -> None:
    """Put an item into an array, and into the array of shadows where there is or must be one."""
    values, shadows = owner.get(key), owner.get("_" + key)
    count = max(len(values or ()), len(shadows or ()))
    if values is not None or content is not None:
        owner[key] = [*(values if values is not None else [None] * count)]
        owner[key].insert(index, content)
    if shadows is not None or shadow is not None:
        owner["_" + key] = [*(shadows if shadows is not None else [None] * count)]
        owner["_" + key].insert(index, shadow)


def _take(owner: Resource, key: str, index: int) -> tuple[Any, Any]:
    """Take an item out of an array and of the array of shadows."""
    values, shadows = owner.get(key), owner.get("_" + key)
    content = values.pop(index) if isinstance(values, list) and index < len(values) else None
    shadow = shadows.pop(index) if isinstance(shadows, list) and index < len(shadows) else None
    return content, shadow


def _remove(node: Node) -> None:
    owner = node.owner or {}
    if node.at is not None:
        _take(owner, node.key, node.at)
    else:
        owner.pop(node.key, None)
        owner.pop("_" + node.key, None)


def _pruned(value: Any) -> Any:
    """Without what is empty; None where nothing is left. A null keeps its place beside a shadow."""
    if isinstance(value, dict):
        kept = {key: inner for key, item in value.items() if (inner := _pruned(item)) is not None}
        return kept or None
    if isinstance(value, list):
        if any(isinstance(item, dict) and not item for item in value):
            value = [item for item in value if item != {}]
        items = [_pruned(item) for item in value]
        if all(isinstance(item, dict) for item in value):
            items = [item for item in items if item is not None]
        return items if any(item is not None for item in items) else None
    return value
