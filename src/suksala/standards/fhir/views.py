"""A ViewDefinition compiled to rows: what SQL on FHIR v2 calls a runner, without a database.

Source: SQL on FHIR v2, ViewDefinition, and its official tests (tests/data/sql_on_fhir).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, TypeAlias

from suksala.foundation import SuksalaError

from . import fhirpath
from .fhirpath import Evaluation, Expression, FhirPathProblem, Node

ROW_INDEX = "rowIndex"
MOST_COLUMNS = 500
MOST_ROWS = 20_000  # of one resource
MOST_SELECTS = 1000
MOST_DEPTH = 20
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,254}", re.ASCII)
_OF_SELECT = frozenset({"column", "select", "forEach", "forEachOrNull", "repeat", "unionAll"})

Row: TypeAlias = tuple[Any, ...]
Rows: TypeAlias = Callable[[list[Node], Evaluation], list[Row]]


class ViewProblem(SuksalaError):
    """A ViewDefinition that cannot be run, or a resource that does not fit it; never with a value of a resource."""

    code = "SKL-FHIR-VIEW"
    http_status = 422


class Column(NamedTuple):
    """A column of the answer.

    type        as the view names it: a FHIR type, or "" where it says none
    collection  each cell is a list
    """

    name: str
    type: str
    collection: bool


class View:
    """A view that can be asked of one resource after another."""

    def __init__(self, definition: Any) -> None:
        """Compile a ViewDefinition. Raises ViewProblem."""
        self.resource = _resource(definition)
        self._constants = _constants(definition.get("constant", []))
        compiler = _Compiler(frozenset(self._constants) | {ROW_INDEX})
        try:
            self._where = [
                compiler.expression(_object(one, "where").get("path"), self.resource, "where.path")
                for one in _list(definition.get("where", []), "where")
            ]
            selects = [
                compiler.select(one, self.resource, 1) for one in _list(definition.get("select"), "select", least=1)
            ]
        except FhirPathProblem as problem:
            raise ViewProblem(problem.th, problem.en) from problem
        for expression in self._where:
            if expression.type is not None and expression.type != "boolean":
                raise _where_problem()
        self.columns = tuple(column for columns, _ in selects for column in columns)
        _once(self.columns)
        self._rows = _product([rows for _, rows in selects])

    def rows(self, resource: dict[str, Any]) -> list[Row]:
        """The rows of one resource, cells in the order of `columns`; none of another type. Raises ViewProblem."""
        if resource.get("resourceType") != self.resource:
            return []
        focus = [Node(resource, self.resource)]
        evaluation = Evaluation(focus, {ROW_INDEX: _FIRST, **self._constants})
        try:
            if not all(_holds(expression.find(focus, evaluation)) for expression in self._where):
                return []
            return self._rows(focus, evaluation)
        except FhirPathProblem as problem:
            raise ViewProblem(problem.th, problem.en) from problem
        except fhirpath.MALFORMED as error:
            told = fhirpath.malformed()
            raise ViewProblem(told.th, told.en) from error


_FIRST = [Node(0, "System.Integer")]


def _problem(where: str, th: str, en: str) -> ViewProblem:
    return ViewProblem(f"ViewDefinition.{where}: {th}", f"ViewDefinition.{where}: {en}")


def _where_problem() -> ViewProblem:
    return _problem("where.path", "ต้องให้ค่าจริงหรือเท็จ", "must give true or false")


def _resource(definition: Any) -> str:
    if not isinstance(definition, dict):
        raise ViewProblem("ViewDefinition ต้องเป็นวัตถุ JSON", "a ViewDefinition is a JSON object")
    name = definition.get("resource")
    if not isinstance(name, str) or "resourceType" not in (fhirpath.members(name) or {}):
        raise _problem("resource", "ต้องเป็นชนิดทรัพยากรของ R4", "must be a resource type of R4")
    return name


def _list(found: Any, where: str, *, least: int = 0) -> list[Any]:
    if not isinstance(found, list) or len(found) < least:
        raise _problem(where, "ต้องเป็นอาร์เรย์ที่ไม่ว่าง", "must be an array that is not empty")
    return found


def _object(found: Any, where: str) -> dict[str, Any]:
    if not isinstance(found, dict):
        raise _problem(where, "ต้องเป็นวัตถุ JSON", "must be a JSON object")
    return found


def _constants(given: Any) -> dict[str, list[Node]]:
    types = dict(kind for kind in (fhirpath.members("Extension") or {})["value"])
    found = {}
    for one in _list(given, "constant"):
        values = [key for key in _object(one, "constant") if key in types]
        name = one.get("name")
        if not isinstance(name, str) or not _NAME.fullmatch(name) or name == ROW_INDEX or len(values) != 1:
            raise _problem("constant", "ต้องมี name และ value[x] หนึ่งค่า", "needs a name and one value[x]")
        found[name] = [Node(one[values[0]], types[values[0]])]
    return found


def _once(columns: Sequence[Column]) -> None:
    names = [column.name for column in columns]
    if len(names) != len(set(names)):
        raise _problem("select", "ชื่อคอลัมน์ซ้ำ", "a column name is given twice")
    if not 0 < len(names) <= MOST_COLUMNS:
        raise _problem("select", f"ต้องมี 1 ถึง {MOST_COLUMNS} คอลัมน์", f"needs 1 to {MOST_COLUMNS} columns")


def _holds(found: list[Node]) -> bool:
    """Whether a where-path holds for a resource; nothing found is no."""
    if not found:
        return False
    if len(found) > 1 or not fhirpath.is_boolean(found[0]):
        raise _where_problem()
    return found[0].value is True


def _product(parts: Sequence[Rows]) -> Rows:
    """Every row of each part beside every row of the others."""
    if len(parts) == 1:
        return parts[0]

    def rows(focus: list[Node], evaluation: Evaluation) -> list[Row]:
        found: list[list[Row]] = []
        count = 1
        for part in parts:
            found.append(part(focus, evaluation))
            count *= len(found[-1])
            if not count:
                return []
        if count > MOST_ROWS:
            raise _problem("select", "ทรัพยากรเดียวให้แถวมากเกินไป", "one resource gives too many rows")
        return [tuple(itertools.chain.from_iterable(combined)) for combined in itertools.product(*found)]

    return rows


class _Compiler:
    """Compiles the selects of one view."""

    def __init__(self, constants: frozenset[str]) -> None:
        self.constants = constants
        self.selects = 0

    def expression(self, text: Any, type_: str | None, where: str) -> Expression:
        """A path of the view."""
        if not isinstance(text, str):
            raise _problem(where, "ต้องเป็นนิพจน์ FHIRPath", "must be a FHIRPath expression")
        unknown = fhirpath.constants_of(text) - self.constants
        if unknown:
            raise _problem(where, "ใช้ค่าคงที่ที่ไม่ได้ประกาศ", "names a constant that is not defined")
        return Expression(text, type_)

    def select(self, given: Any, type_: str | None, depth: int) -> tuple[tuple[Column, ...], Rows]:
        """A select: its columns and its rows."""
        select = _object(given, "select")
        if depth > MOST_DEPTH:
            raise _problem("select", f"ซ้อนกันเกิน {MOST_DEPTH} ชั้น", f"is nested deeper than {MOST_DEPTH} levels")
        self.selects += 1
        if self.selects > MOST_SELECTS:
            raise _problem("select", f"มีเกิน {MOST_SELECTS} ส่วน", f"has more than {MOST_SELECTS} parts")
        if not _OF_SELECT & select.keys():
            raise _problem("select", "ไม่มีคอลัมน์", "has no columns")
        each, inner = self.iteration(select, type_)
        columns: list[Column] = []
        parts: list[Rows] = []
        if select.get("column"):
            own, rows = self.cells(_list(select["column"], "select.column"), inner)
            columns += own
            parts.append(rows)
        for one in _list(select.get("select", []), "select.select"):
            nested, rows = self.select(one, inner, depth + 1)
            columns += nested
            parts.append(rows)
        if select.get("unionAll"):
            united, rows = self.union(_list(select["unionAll"], "select.unionAll"), inner, depth)
            columns += united
            parts.append(rows)
        if not parts:
            raise _problem("select", "ไม่มีคอลัมน์", "has no columns")
        return tuple(columns), each(_product(parts))

    def cells(self, given: list[Any], type_: str | None) -> tuple[list[Column], Rows]:
        """The columns of one select, which give one row."""
        columns, cells = [], []
        for one in given:
            column = _object(one, "select.column")
            name = column.get("name")
            if not isinstance(name, str) or not _NAME.fullmatch(name):
                raise _problem("select.column.name", "ต้องเป็นชื่อแบบ SQL", "must be a name of letters, digits and _")
            kind = column.get("type", "")
            columns.append(Column(name, kind if isinstance(kind, str) else "", column.get("collection") is True))
            cells.append((self.expression(column.get("path"), type_, "select.column.path"), columns[-1]))

        def rows(focus: list[Node], evaluation: Evaluation) -> list[Row]:
            return [tuple([_cell(expression.find(focus, evaluation), column) for expression, column in cells])]

        return columns, rows

    def union(self, given: list[Any], type_: str | None, depth: int) -> tuple[tuple[Column, ...], Rows]:
        """Selects of the same columns, one below the other."""
        branches = [self.select(one, type_, depth + 1) for one in given]
        columns = branches[0][0]
        for others, _ in branches[1:]:
            if [column.name for column in others] != [column.name for column in columns]:
                raise _problem("select.unionAll", "คอลัมน์ต้องตรงกัน", "needs the same columns in the same order")

        def rows(focus: list[Node], evaluation: Evaluation) -> list[Row]:
            return [row for _, branch in branches for row in branch(focus, evaluation)]

        return columns, rows

    def iteration(self, select: dict[str, Any], type_: str | None) -> tuple[Callable[[Rows], Rows], str | None]:
        """How a select goes over its focus, and the type of what it then looks at."""
        named = [name for name in ("forEach", "forEachOrNull", "repeat") if name in select]
        if not named:
            return (lambda rows: rows), type_
        if len(named) > 1:
            raise _problem(
                "select", "ใช้ forEach forEachOrNull repeat ได้เพียงหนึ่ง", "takes one of forEach, forEachOrNull, repeat"
            )
        name = named[0]
        if name == "repeat":
            paths = _list(select["repeat"], "select.repeat", least=1)
            expressions = [self.expression(path, None, "select.repeat") for path in paths]
            return _each(lambda focus, evaluation: list(_tree(expressions, focus, evaluation, 1))), None
        expression = self.expression(select[name], type_, f"select.{name}")
        return _each(expression.find, or_null=name == "forEachOrNull"), expression.type


def _each(find: Callable[[list[Node], Evaluation], list[Node]], *, or_null: bool = False) -> Callable[[Rows], Rows]:
    """Rows for each node found, numbered from 0 as %rowIndex; with or_null one row of nothing where none is found."""

    def of(rows: Rows) -> Rows:
        def run(focus: list[Node], evaluation: Evaluation) -> list[Row]:
            items = [[node] for node in find(focus, evaluation)]
            if or_null and not items:
                items = [[]]
            before = evaluation.constants
            out: list[Row] = []
            for place, item in enumerate(items):
                evaluation.constants = {**before, ROW_INDEX: [Node(place, "System.Integer")]}
                out += rows(item, evaluation)
                if len(out) > MOST_ROWS:
                    raise _problem("select", "ทรัพยากรเดียวให้แถวมากเกินไป", "one resource gives too many rows")
            evaluation.constants = before
            return out

        return run

    return of


def _tree(expressions: list[Expression], focus: list[Node], evaluation: Evaluation, depth: int) -> Iterator[Node]:
    """What the paths find, and from there again, each before what is below it."""
    if depth > MOST_DEPTH * 3:
        raise _problem("select.repeat", "ซ้อนกันลึกเกินไป", "goes too deep")
    for expression in expressions:
        found = expression.find(focus, evaluation)
        evaluation.spend(len(found))
        for node in found:
            yield node
            yield from _tree(expressions, [node], evaluation, depth + 1)


def _cell(found: list[Node], column: Column) -> Any:
    """What stands in a cell."""
    values = [node.value for node in found if node.value is not None]
    if any(isinstance(value, (dict, list)) for value in values):
        th, en = "ได้วัตถุ ให้ชี้ถึงค่าข้างใน", "finds an object; name an element inside it"
        raise _problem(f"select.column {column.name}", th, en)
    if column.collection:
        return values
    if len(values) > 1:
        th, en = "พบหลายค่า ใช้ first(), join() หรือ collection", "finds several values; use first(), join() or collection"
        raise _problem(f"select.column {column.name}", th, en)
    return values[0] if values else None
