"""`$graphql`: GraphQL over the reads and searches that there are, read only, each under the permit and in the log.

The library (graphql-core) reads, checks and carries out the query; here stands what its fields mean, and how much one
query may ask.
Source: FHIR R4, Using GraphQL with FHIR; decision 0083.
"""

from __future__ import annotations

import base64
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urlsplit

import orjson
from graphql import (
    DocumentNode,
    FieldNode,
    FragmentDefinitionNode,
    FragmentSpreadNode,
    GraphQLError,
    GraphQLResolveInfo,
    NameNode,
    Node,
    SelectionSetNode,
    Visitor,
    execute_sync,
    parse,
    validate,
    visit,
)

from suksala import signin
from suksala.consent import Permit
from suksala.foundation import SuksalaError

from . import exact, outcome, service
from .answers import Refusal, not_found
from .definitions import resource_types
from .domain import Deleted, SearchProblem
from .graph_schema import Resolvers, Types, parameter_of
from .outcome import Issue
from .writes import Resource, WriteProblem

MOST_TOKENS = 1000
MOST_TYPES = 20  # resource types that one query may name
MOST_SECONDS = 20.0
MOST_DEPTH = 15
MOST_SEARCHES = 50
MOST_RESOURCES = 2000
MOST_VALUES = 200_000  # elements looked at
_TYPES = frozenset(resource_types())
LIST_MOST = 1000  # of a list without _count: it is whole, or refused


class Asked(NamedTuple):
    """A query as it was sent."""

    query: str
    operation: str | None = None
    variables: dict[str, Any] | None = None


class Answered(NamedTuple):
    """What goes back: JSON of GraphQL, with the status of HTTP."""

    status: int
    body: bytes


@dataclass
class Session:
    """One query at work.

    require  called with a type and a right; raises where the token does not have it
    """

    permit: Permit
    base: str
    require: Callable[[str, str], None]
    searches: int = 0
    resources: int = 0
    values: int = 0
    until: float = field(default_factory=lambda: time.monotonic() + MOST_SECONDS)

    def read(self, rtype: str, rid: str) -> Resource | None:
        """One resource; None when it is not there, not any more, or not for this reader."""
        self.require(rtype, "r")
        self.spend(resources=1)
        try:
            found = service.read_versioned(self.permit, rtype, rid)
        except Deleted:
            return None
        body: Resource | None = exact.loads(found.body) if found else None
        return body

    def search(self, rtype: str, pairs: list[tuple[str, str]]) -> dict[str, Any]:
        """A page of a search, as its Bundle."""
        self.require(rtype, "s")
        self.spend(searches=1)
        raw = service.search(self.permit, rtype, pairs, base=self.base, require=lambda name: self.require(name, "s"))
        found: dict[str, Any] = exact.loads(raw, deepest=2 * exact.MOST_DEPTH)
        self.spend(resources=len(found.get("entry", ())))
        return found

    def spend(self, *, searches: int = 0, resources: int = 0, values: int = 0) -> None:
        """Count what a query costs. Raises SearchProblem when it is too much."""
        self.searches += searches
        self.resources += resources
        self.values += values
        if time.monotonic() > self.until:
            raise _costly(f"คำถามนี้ใช้เวลาเกิน {MOST_SECONDS:.0f} วินาที", f"the query takes more than {MOST_SECONDS:.0f} s")
        if self.searches > MOST_SEARCHES or self.resources > MOST_RESOURCES or self.values > MOST_VALUES:
            raise _costly(
                f"คำถามนี้อ่านมากเกินไป (ค้น {MOST_SEARCHES} ครั้ง {MOST_RESOURCES:,} รายการ)",
                f"the query reads too much: at most {MOST_SEARCHES} searches and {MOST_RESOURCES:,} resources",
            )


def read(given: dict[str, Any]) -> Asked:
    """Read what was sent. Raises SearchProblem."""
    query, operation, variables = (given.get(name) for name in ("query", "operationName", "variables"))
    if isinstance(variables, str):
        variables = read_json(variables.encode())
    if not isinstance(query, str) or not query.strip() or not isinstance(operation, str | None):
        raise SearchProblem("ต้องมี query เป็นข้อความ GraphQL", "query is a text of GraphQL", issue="required")
    if not isinstance(variables, dict | None):
        raise SearchProblem("variables ต้องเป็นวัตถุ JSON", "variables is a JSON object")
    return Asked(query, operation, variables)


def read_json(raw: bytes) -> dict[str, Any]:
    """A JSON object. Raises NotJson and SearchProblem."""
    found = exact.loads(raw)
    if not isinstance(found, dict):
        raise SearchProblem("ต้องเป็นวัตถุ JSON", "send a JSON object")
    return found


# ---- the query ------------------------------------------------------------------------------------------------------


def answer(session: Session, asked: Asked, rtype: str = "", rid: str = "") -> Answered:
    """Answer a query about the system, or about one resource. Every problem that is the query's is told as GraphQL's
    errors, with an OperationOutcome; the server's own are raised.
    """
    try:
        document = parse(asked.query, max_tokens=MOST_TOKENS)
        used = _names(document)
        _require_bounded(used)
        schema = Types(used, _RESOLVERS).schema(rtype)
        problems = validate(schema, document)
        if problems:
            return _refused(problems)
        _require_depth(document)
        root = _root(session, rtype, rid) if rtype else {}
        done = execute_sync(
            schema,
            document,
            root,
            session,
            variable_values=asked.variables,
            operation_name=asked.operation,
        )
    except GraphQLError as error:
        return _refused([error])
    except (SuksalaError, Refusal) as problem:
        return _refused([GraphQLError("", original_error=problem)])
    if done.errors:
        return _refused(done.errors)
    return Answered(200, exact.dumps({"data": done.data}))


def _require_bounded(used: set[str]) -> None:
    if used & {"__schema", "__type"}:
        raise SearchProblem(
            "ไม่มี introspection ดู /fhir/metadata และ FHIR R4",
            "no introspection here: see /fhir/metadata, and FHIR R4",
            issue="not-supported",
        )
    if len({name.removesuffix("List").removesuffix("Connection") for name in used} & _TYPES) > MOST_TYPES:
        raise _costly(f"ระบุเกิน {MOST_TYPES} ชนิด", f"the query names more than {MOST_TYPES} resource types")


def _root(session: Session, rtype: str, rid: str) -> Resource:
    found = session.read(rtype, rid)
    if found is None:
        raise not_found()
    return found


def _names(document: DocumentNode) -> set[str]:
    found: set[str] = set()

    class Names(Visitor):
        def enter_name(self, node: NameNode, *_: Any) -> None:
            found.add(node.value)

    visit(document, Names())
    return found


def _require_depth(document: DocumentNode) -> None:
    fragments = {one.name.value: one for one in document.definitions if isinstance(one, FragmentDefinitionNode)}
    deepest: dict[str, int] = {}

    def depth(node: Node) -> int:
        if isinstance(node, FragmentSpreadNode):  # each fragment once: they may be nested and named again and again
            name = node.name.value
            if name not in deepest:
                deepest[name] = depth(fragments[name])
            return deepest[name]
        inner: SelectionSetNode | None = getattr(node, "selection_set", None)
        below = max(map(depth, inner.selections), default=0) if inner else 0
        return below + isinstance(node, FieldNode)

    if max(map(depth, document.definitions)) > MOST_DEPTH:
        raise _costly(f"ซ้อนกันเกิน {MOST_DEPTH} ชั้น", f"the query is nested deeper than {MOST_DEPTH} levels")


# ---- what its fields mean -------------------------------------------------------------------------------------------


def _element(source: Resource, info: GraphQLResolveInfo[Any], **chosen: Any) -> Any:
    """An element of what was read, with the arguments that choose among many."""
    session: Session = info.context
    found = source.get(info.field_name)
    session.spend(values=len(found) if isinstance(found, list) else 1)
    if not chosen or not isinstance(found, list):
        return found
    offset, count = chosen.pop("_offset", None) or 0, chosen.pop("_count", None)
    kept = [one for one in found if all(_printed(one.get(name)) == value for name, value in chosen.items())]
    if offset < 0 or (count is not None and count < 0):
        raise SearchProblem("_offset และ _count ต้องไม่ติดลบ", "_offset and _count are not negative")
    return kept[offset:] if count is None else kept[offset : offset + count]


def _printed(value: Any) -> str:
    return (
        str(value).lower() if isinstance(value, bool) else str(value) if isinstance(value, str | int | Decimal) else ""
    )


def _read(_: Any, info: GraphQLResolveInfo[Any], *, id: str) -> Resource:  # noqa: A002 - the specification's name
    session: Session = info.context
    return _root(session, info.field_name, id)


def _referred(source: Resource, info: GraphQLResolveInfo[Any], *, optional: bool = False, type: Any = None) -> Any:  # noqa: A002
    """The resource that a Reference leads to; without `optional` one that cannot be had refuses the query."""
    session: Session = info.context
    rtype, _, rid = str(source.get("reference", "")).removeprefix(f"{session.base}/").partition("/")
    if type and rtype not in type:
        return None
    known = rtype in _TYPES and rid.replace("-", "").replace(".", "").isalnum()
    found = session.read(rtype, rid) if known else None
    if found is None and not optional:
        raise SearchProblem(
            "การอ้างอิงนี้เปิดไม่ได้ ใส่ optional: true หากยอมให้ว่าง",
            "a reference cannot be resolved; say optional: true where it may be empty",
            issue="not-found",
        )
    return found


def _listed(source: Resource, info: GraphQLResolveInfo[Any], **asked: Any) -> list[Resource]:
    """Everything that a search finds, or with `_count` its first page; what is too much is refused, never cut."""
    session: Session = info.context
    rtype = info.field_name.removesuffix("List")
    pairs = _pairs(rtype, source, asked)
    found = session.search(rtype, pairs if "_count" in asked else [*pairs, ("_count", str(LIST_MOST))])
    if "_count" not in asked and _next(found):
        raise _costly(
            f"มีมากกว่า {LIST_MOST:,} รายการ ใช้ {rtype}Connection หรือ _count",
            f"there are more than {LIST_MOST:,}; use {rtype}Connection, or _count",
        )
    return [entry["resource"] for entry in _matches(found)]


def _connected(source: Resource, info: GraphQLResolveInfo[Any], *, _cursor: str = "", **asked: Any) -> dict[str, Any]:
    """A page of a search, with a cursor to the next one."""
    session: Session = info.context
    rtype = info.field_name.removesuffix("Connection")
    pairs = _pairs_of(_cursor, rtype) if _cursor else _pairs(rtype, source, asked)
    if _cursor and asked:
        raise SearchProblem("_cursor ใช้ตามลำพัง", "_cursor stands alone: it holds the search")
    counted = any(
        isinstance(one, FieldNode) and one.name.value == "count"
        for node in info.field_nodes
        for one in (node.selection_set.selections if node.selection_set else ())
    )
    found = session.search(rtype, [*pairs, ("_total", "accurate")] if counted else pairs)
    edges = [{"mode": entry["search"]["mode"], "resource": entry["resource"]} for entry in _matches(found)]
    following = _next(found)
    kept = [pair for pair in pairs if pair[0] != "_cursor"]
    return {
        "count": found.get("total"),
        "pagesize": len(edges),
        "edges": edges,
        "next": _cursor_of(rtype, [*kept, ("_cursor", following)]) if following else None,
    }


def _pairs(rtype: str, source: Resource, asked: dict[str, Any]) -> list[tuple[str, str]]:
    """The arguments as a search: values of a list are alternatives."""
    asked = dict(asked)
    found = []
    if "_reference" in asked:
        found.append((parameter_of(rtype, asked.pop("_reference")), f"{source['resourceType']}/{source['id']}"))
    for name, value in asked.items():
        if isinstance(value, list):
            found.append((parameter_of(rtype, name), ",".join(one.replace(",", "\\,") for one in value)))
        elif value is not None:
            found.append((name, str(value)))
    return found


def _matches(found: dict[str, Any]) -> Iterable[dict[str, Any]]:
    return (entry for entry in found.get("entry", ()) if entry["search"]["mode"] == "match")


def _next(found: dict[str, Any]) -> str:
    """Our cursor to the next page, empty on the last one."""
    for link in found["link"]:
        if link["relation"] == "next":
            return str(dict(parse_qsl(urlsplit(link["url"]).query))["_cursor"])
    return ""


def _cursor_of(rtype: str, pairs: list[tuple[str, str]]) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([rtype, pairs])).decode()


def _pairs_of(cursor: str, rtype: str) -> list[tuple[str, str]]:
    """The search that a cursor holds. It is the client's own: it is read and allowed as any other."""
    try:
        named, pairs = orjson.loads(base64.urlsafe_b64decode(cursor.encode("ascii")))
        found = [(str(name), str(value)) for name, value in pairs]
    except (ValueError, TypeError):
        named, found = "", []
    if named != rtype:
        raise SearchProblem("ตัวชี้หน้าถัดไปไม่ถูกต้อง", "this page cursor is not one of ours")
    return found


_RESOLVERS = Resolvers(_element, _read, _referred, _listed, _connected)


# ---- errors ---------------------------------------------------------------------------------------------------------


def _costly(th: str, en: str) -> SearchProblem:
    return SearchProblem(th, en, issue="too-costly")


def _refused(errors: Iterable[GraphQLError]) -> Answered:
    """The errors of a query: no data, each with an OperationOutcome. Raises what is no fault of the query."""
    told = [_told(error) for error in errors]
    return Answered(told[0][0], orjson.dumps({"data": None, "errors": [one for _, one in told]}))


def _told(error: GraphQLError) -> tuple[int, dict[str, Any]]:
    status, issue = _issue(error)
    found: dict[str, Any] = {"message": f"{issue['details']['text']}"}
    if error.locations:
        found["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        found["path"] = error.path
    resource = {"resourceType": "OperationOutcome", "issue": [issue]}
    return status, {**found, "extensions": {"resource": resource}}


def _issue(error: GraphQLError) -> tuple[int, dict[str, Any]]:
    problem = error.original_error
    if isinstance(problem, Refusal):
        return problem.answer.status, orjson.loads(problem.answer.body)["issue"][0]
    if isinstance(problem, WriteProblem | signin.OverBudget):  # nothing of the answer may leave
        raise problem
    if isinstance(problem, SuksalaError):
        kind = getattr(problem, "issue", "processing")
        made = outcome.resource([Issue(problem.code, kind, problem.th, problem.en)])
        return problem.http_status, made["issue"][0]
    if problem is not None and not isinstance(problem, GraphQLError | ValueError | TypeError):
        raise problem
    text = error.message
    made = outcome.resource([Issue("SKL-FHIR-GRAPHQL", "invalid", "คำถาม GraphQL ไม่ถูกต้อง", text)])
    return 400, made["issue"][0]
