"""The portable subset of SQL that a measure may use, enforced on the parsed statement by an allow-list.

The same text must give the same numbers on DuckDB, Spark and PostgreSQL (decision 0041), so what is not known to mean
the same everywhere is refused, with its place and the reason: engine functions, regular expressions, QUALIFY, datediff,
division, "today", windows without an order.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from sqlglot import exp, parse
from sqlglot.errors import ParseError, TokenError

from .errors import NotPortable

PARAMETERS = frozenset({"period_start", "period_end"})
_PARAMETER = re.compile(r":([a-z_]+)\b")

_STRUCTURE = (
    exp.Select, exp.With, exp.CTE, exp.From, exp.Join, exp.Where, exp.Group, exp.Having, exp.Union, exp.Subquery,
    exp.Table, exp.TableAlias, exp.Alias, exp.Column, exp.Identifier, exp.Literal, exp.Null, exp.Paren, exp.Tuple,
    exp.Placeholder, exp.DataType,
)  # fmt: skip
_CONDITIONS = (
    exp.And, exp.Or, exp.Not, exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.Is, exp.In, exp.Between,
    exp.Case, exp.If,
)  # fmt: skip
_VALUES = (
    exp.Sum, exp.Count, exp.Min, exp.Max, exp.Distinct, exp.Star, exp.Coalesce, exp.Nullif, exp.Add, exp.Sub,
    exp.Mul, exp.Neg, exp.Window, exp.RowNumber, exp.Order, exp.Ordered, exp.Cast,
)  # fmt: skip
MEASURE_NODES: frozenset[type[exp.Expression]] = frozenset((*_STRUCTURE, *_CONDITIONS, *_VALUES))
# The silver layer computes ages once, so that definitions need not.
SILVER_NODES = MEASURE_NODES | {exp.Extract, exp.Var}

_ADVICE: Mapping[type[exp.Expr], str] = {
    exp.Div: "dividing whole numbers differs between engines: return operands and divide in the formula",
    exp.Qualify: "QUALIFY is not standard: number the rows in a CTE and keep number 1 outside",
    exp.CurrentDate: "the day of the run must not change a figure: use :period_end",
    exp.CurrentTimestamp: "the moment of the run must not change a figure: use :period_end",
    exp.DateDiff: "datediff counts boundaries on one engine and whole units on another: use the silver column age",
    exp.RegexpLike: "regular expressions differ between engines: use a typed silver column",
    exp.Like: "patterns depend on collation: compare whole codes",
    exp.Limit: "LIMIT without a full order is not repeatable",
    exp.TryCast: "cast once in the silver layer",
    exp.Anonymous: "this function is not known to exist on every engine",
    exp.Star: "name the columns",
}


@dataclass(frozen=True)
class PortableSql:
    """A checked statement: its canonical text, the tables it reads and the columns it gives.

    text        the statement as printed from the tree: spaces and comments do not change its hash
    tables      names read that are not its own CTEs
    columns     names of the outermost SELECT, in order
    parameters  names of the :parameters used
    texts       text constants that stand in it, such as codes of diseases
    """

    text: str
    tables: frozenset[str]
    columns: tuple[str, ...]
    parameters: frozenset[str]
    texts: frozenset[str]

    def bound(self, values: Mapping[str, date]) -> str:
        """The statement with each :parameter replaced by a date literal that every engine reads alike."""
        return _PARAMETER.sub(lambda found: f"CAST('{values[found[1]].isoformat()}' AS DATE)", self.text)

    def pretty(self) -> str:
        """The statement laid out for reading."""
        return str(_one_statement(self.text).sql(pretty=True))


def compile_sql(
    text: str,
    *,
    tables: Collection[str],
    nodes: frozenset[type[exp.Expression]] = MEASURE_NODES,
    parameters: Collection[str] = PARAMETERS,
) -> PortableSql:
    """Check a statement against the allow-list.

    tables      names that may be read
    nodes       kinds of syntax that may stand in it
    parameters  :names that may stand in it

    Raises NotPortable with the line, the column and what to write instead.
    """
    tree = _one_statement(text)
    own = {cte.alias for cte in tree.find_all(exp.CTE)}
    read = frozenset(t.name for t in tree.find_all(exp.Table)) - own
    used = frozenset(str(p.this) for p in tree.find_all(exp.Placeholder))
    for node in tree.walk():
        _check(node, nodes)
    _known(tree, read - set(tables), exp.Table, "table")
    _known(tree, used - set(parameters), exp.Placeholder, "parameter")
    printed = tree.sql(comments=False)
    if len(_PARAMETER.findall(printed)) != len(list(tree.find_all(exp.Placeholder))):
        raise _refused(1, 1, "a text must not look like a :parameter")
    texts = frozenset(str(literal.this) for literal in tree.find_all(exp.Literal) if literal.is_string)
    return PortableSql(printed, read, tuple(tree.named_selects), used, texts)


def _one_statement(text: str) -> exp.Query:
    try:
        found = parse(text)
    except (ParseError, TokenError) as problem:
        detail = getattr(problem, "errors", None) or [{}]
        raise _refused(detail[0].get("line"), detail[0].get("col"), "the statement cannot be read as SQL") from None
    if len(found) != 1 or not isinstance(found[0], exp.Select | exp.Union):
        raise _refused(1, 1, "exactly one SELECT is needed")
    statement: exp.Query = found[0]
    return statement


def _check(node: exp.Expr, nodes: frozenset[type[exp.Expression]]) -> None:
    if type(node) not in nodes:
        name = str(node.name or node.key) if isinstance(node, exp.Anonymous) else node.key
        raise _refused(*_place(node), f"{name.upper()}: {_ADVICE.get(type(node), 'not in the portable subset')}")
    for reason in _reasons(node):
        raise _refused(*_place(node), reason)


def _reasons(node: exp.Expr) -> Iterator[str]:
    """What is wrong with a node whose kind is allowed."""
    if isinstance(node, exp.Join):
        yield from _join_reasons(node)
    elif isinstance(node, exp.Window):
        yield from _window_reasons(node)
    elif isinstance(node, exp.Cast):
        yield from _cast_reasons(node)
    elif isinstance(node, exp.In) and node.args.get("query") is not None:
        yield "IN takes a list of constants: join instead of a subquery"
    elif isinstance(node, exp.Star) and not isinstance(node.parent, exp.Count):
        yield "name the columns instead of *"
    elif isinstance(node, exp.Table) and (node.args.get("db") or node.args.get("catalog")):
        yield "a table has one plain name"
    elif isinstance(node, exp.With) and node.args.get("recursive"):
        yield "WITH RECURSIVE is not in the portable subset"
    elif isinstance(node, exp.Subquery) and not isinstance(node.parent, exp.From | exp.Join):
        yield "a subquery stands in FROM or a CTE only"
    elif isinstance(node, exp.Order) and not isinstance(node.parent, exp.Window):
        yield "ORDER BY stands in a window only: the rows of a measure have no order"
    elif isinstance(node, exp.Union) and node.args.get("distinct", True):
        yield "UNION ALL only: say with GROUP BY what is the same row"
    elif isinstance(node, exp.Select):
        yield from (f"{name.upper()} is not in the portable subset" for name in _SELECT_PARTS if node.args.get(name))


_SELECT_PARTS = (
    "distinct", "limit", "offset", "qualify", "hint", "laterals", "windows", "sort", "cluster", "distribute", "locks",
)  # fmt: skip


def _join_reasons(node: exp.Join) -> Iterator[str]:
    if node.method or node.kind.upper() not in ("", "INNER") or node.side.upper() not in ("", "LEFT"):
        yield "only JOIN and LEFT JOIN"
    if node.args.get("on") is None:
        yield "a join needs ON"


def _window_reasons(node: exp.Window) -> Iterator[str]:
    if not isinstance(node.this, exp.RowNumber):
        yield "only ROW_NUMBER() takes a window"
    if not node.args.get("partition_by") or not node.args.get("order"):
        yield "a window needs PARTITION BY and an ORDER BY that leaves no tie"
    if node.args.get("spec"):
        yield "window frames are not in the portable subset"


_CASTS = {exp.DataType.Type.DATE, exp.DataType.Type.INT, exp.DataType.Type.BIGINT, exp.DataType.Type.DOUBLE}


def _cast_reasons(node: exp.Cast) -> Iterator[str]:
    if node.to.this not in _CASTS:
        yield "a cast goes to DATE, INTEGER, BIGINT or DOUBLE only"


def _known(tree: exp.Query, unknown: frozenset[str], kind: type[exp.Expression], word: str) -> None:
    for node in tree.find_all(kind):
        name = node.name if isinstance(node, exp.Table) else str(node.this)
        if name in unknown:
            raise _refused(*_place(node), f"there is no {word} {name}")


def _place(node: exp.Expr) -> tuple[int | None, int | None]:
    """Line and column of the node, or of the first part of it that knows its own."""
    for part in node.walk():
        if "line" in part.meta:
            return part.meta["line"], part.meta["col"]
    return (None, None) if node.parent is None else _place(node.parent)


def _refused(line: int | None, column: int | None, reason: str) -> NotPortable:
    return NotPortable(
        f"คำสั่ง SQL ของตัวชี้วัดใช้ไม่ได้ บรรทัด {line or '-'} ตำแหน่ง {column or '-'}: {reason}",
        f"the measure's SQL is refused at line {line or '-'}, column {column or '-'}: {reason}",
    )
