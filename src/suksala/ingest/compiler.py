"""Rules to SQL. One vectorised pass types every field and sets one bit per faulty field.

The SQL has two layers: `read` gives each cell as text (c0, c1 ...), `typed` adds the typed twin of what is not text.
The same condition serves the fast pass (bits) and the slow one (naming the rules that a faulty row broke), so they
cannot disagree; a property test compares both with a reading in plain Python.
Measured choices: strptime is as cheap as arithmetic on digits and strict once the length is right and blanks at the
edges are gone (sieve.py); regexp_full_match keeps out what DuckDB's casts let in (1e2, 0x1F, 1_000, 1.6 as 2, nan);
empty cells arrive as NULL, so no rule tests for ''. Fewer expressions matter as much as fast ones: most files are
small, and planning 70 rules costs more than running them on a hundred rows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property

from suksala.lake import Column, columns, derived
from suksala.standards.file43 import FILES, Field, FileSpec, code_table

from .rules import Rule, rules_of

SENDER, TOMORROW, TEXT = "\x02sender\x02", "\x02tomorrow\x02", "\x02text\x02"  # put in when the SQL is used
MARK = "\x01"  # first cell of a placeholder row; transcoding leaves no control character in real data
OLDEST, BUDDHIST_FROM, BUDDHIST_TO = 1880, 2401, 2701  # nobody alive or treated was born before 1880
DIAGNOSIS = {"DIAGNOSIS_OPD": "DIAGCODE", "DIAGNOSIS_IPD": "DIAGCODE", "CHRONIC": "CHRONIC"}


def literal(text: str) -> str:
    """A text as an SQL literal."""
    return "'" + text.replace("'", "''") + "'"


@dataclass(frozen=True)
class Judge:
    """By what rows are judged: the HOSPCODE that each must carry, and the last day that is not in the future."""

    sender: str
    today: date

    def filled(self, sql: str) -> str:
        """The SQL with both put in."""
        return sql.replace(SENDER, literal(self.sender)).replace(TOMORROW, f"(DATE '{self.today.isoformat()}' + 1)")


@dataclass(frozen=True)
class Program:
    """The SQL for one file with one layout.

    cells   for each cell of a row the field it holds, None for a column to leave out

    The sender and the day stand in it as marks, put in by `filled`: so the SQL of a layout is composed once.
    """

    file: str
    cells: tuple[Field | None, ...]

    @cached_property
    def spec(self) -> FileSpec:
        """The file's entry in the standard."""
        return FILES[self.file]

    @cached_property
    def held(self) -> dict[str, int]:
        """field name -> cell."""
        return {f.name: i for i, f in enumerate(self.cells) if f is not None}

    @cached_property
    def rules(self) -> tuple[Rule, ...]:
        """Rules that one row can break, of the columns that this file has."""
        across = {"columns", "line", "duplicate", "orphan"}
        return tuple(r for r in rules_of(self.file) if r.kind not in across and self._can_check(r))

    def _can_check(self, rule: Rule) -> bool:
        words = {p for p in rule.params if self.spec.field(p)} if rule.kind in _CROSS else set()
        return {rule.column, *words} <= self.held.keys()

    def raw(self, name: str) -> str:
        """The cell of a field as text."""
        return f"c{self.held[name]}"

    def typed(self, name: str) -> str:
        """The typed twin of a field; a text column is its own twin."""
        field = self.spec.fields[self.spec.position(name)]
        return f"t{self.held[name]}" if field.type != "char" else self.raw(name)

    def bit(self, name: str) -> int:
        """The value of a field's bit in `_errs`: its 0-based place in the standard."""
        return 1 << self.spec.position(name)


_CROSS = {"order", "needs", "forbids", "range"}


def typing(field: Field, cell: str) -> str:
    """The expression that types a cell; NULL when it cannot be typed."""
    if field.type == "num":
        return f"CASE WHEN regexp_full_match({cell}, '[0-9]{{1,18}}') THEN {cell}::BIGINT END"
    if field.type == "decimal":
        return f"CASE WHEN regexp_full_match({cell}, '-?[0-9]{{1,15}}(\\.[0-9]{{0,15}})?') THEN {cell}::DOUBLE END"
    if field.type == "date":
        return _day(cell)
    if field.type == "datetime":
        return _moment(cell)
    return cell


def _day(cell: str) -> str:
    return f"CASE WHEN strlen({cell}) = 8 AND {_gregorian(cell)} THEN try_strptime({cell}, '%Y%m%d')::DATE END"


def _moment(cell: str) -> str:
    return f"CASE WHEN strlen({cell}) = 14 AND {_gregorian(cell)} THEN try_strptime({cell}, '%Y%m%d%H%M%S') END"


def _gregorian(cell: str) -> str:
    """The year is one that a living or treated person can have; strptime alone takes any."""
    return f"{cell} BETWEEN '{OLDEST}' AND '{BUDDHIST_FROM - 1}~'"  # one comparison; a tilde sorts after every digit


def broken(program: Program, rule: Rule) -> str:
    """The condition that is true for a row that breaks the rule; NULL counts as kept."""
    raw, typed = program.raw(rule.column), program.typed(rule.column)
    by_kind = {
        "hospcode": lambda: f"{raw} IS DISTINCT FROM {SENDER}",
        "key": lambda: f"{raw} IS NULL",
        "required": lambda: f"{raw} IS NULL",
        "width": lambda: _too_wide(raw, int(rule.params[0])),
        "type": lambda: _untyped(program, rule.column),
        "date": lambda: f"({raw} IS NOT NULL AND {typed} IS NULL AND NOT {_buddhist(raw)})",
        "buddhist-year": lambda: f"({typed} IS NULL AND {_buddhist(raw)})",
        "future": lambda: f"{typed} >= {TOMORROW}",
        "code": lambda: _outside(raw, tuple(code_table(rule.params[0]).labels)),
        "check-digit": lambda: _no_citizen_number(raw),
        "range": lambda: _out_of_range(program, rule, typed),
        "order": lambda: f"NOT ({typed} {rule.params[0]} {program.typed(rule.params[1])})",
        "needs": lambda: f"({raw} IS NULL AND {_one_of(program, rule)})",
        "forbids": lambda: f"({raw} IS NOT NULL AND {_one_of(program, rule)})",
        "prefix": lambda: "(" + " OR ".join(f"starts_with({raw}, {literal(p)})" for p in rule.params) + ")",
    }
    return by_kind[rule.kind]()


def _too_wide(raw: str, width: int) -> str:
    """Bytes are counted already, characters must be: a text of few bytes has few characters."""
    return f"(strlen({raw}) > {width} AND length({raw}) > {width})"


def _buddhist(raw: str) -> str:
    return f"({raw} >= '{BUDDHIST_FROM}' AND {raw} < '{BUDDHIST_TO}' AND strlen({raw}) IN (8, 14))"


def _outside(raw: str, codes: Sequence[str]) -> str:
    """Not in a list: neighbouring one-letter codes are one comparison, the rest an IN that DuckDB hashes."""
    ordered = sorted(codes)
    if all(len(c) == 1 for c in ordered) and ord(ordered[-1]) - ord(ordered[0]) + 1 == len(ordered):
        return f"(strlen({raw}) <> 1 OR {raw} NOT BETWEEN {literal(ordered[0])} AND {literal(ordered[-1])})"
    return f"{raw} NOT IN ({', '.join(literal(c) for c in ordered)})"


def _no_citizen_number(raw: str) -> str:
    """Not 13 digits, or a wrong check digit; a number that begins with 0 has none.

    The rule: (11 - sum of (13 - i) times digit i, modulo 11) modulo 10 is the last digit.
    """
    n = f"try_cast({raw} AS BIGINT)"
    high, low = f"({n} // 10000000)::INTEGER", f"({n} % 10000000)::INTEGER"  # 32-bit divisions are 3 times cheaper
    total = " + ".join(
        f"({high if i < 6 else low} // {10 ** (5 - i if i < 6 else 12 - i)} % 10) * {13 - i}" for i in range(12)
    )
    return (
        f"({raw} IS NOT NULL AND coalesce(strlen({raw}) <> 13 OR {n} IS NULL "
        f"OR (NOT starts_with({raw}, '0') AND {n} % 10 <> (11 - ({total}) % 11) % 10), true))"
    )


def _out_of_range(program: Program, rule: Rule, typed: str) -> str:
    """`low high`, or `labnum low high COLUMN code` for a limit that holds for one code only."""
    if rule.params[0] != "labnum":
        return f"{typed} NOT BETWEEN {rule.params[0]} AND {rule.params[1]}"
    _, low, high, column, code = rule.params
    return f"({program.raw(column)} = {literal(code)} AND labnum NOT BETWEEN {low} AND {high})"


def _one_of(program: Program, rule: Rule) -> str:
    codes = ", ".join(literal(c) for c in rule.params[1:])
    return f"{program.raw(rule.params[0])} IN ({codes})"


def bits(program: Program) -> str:
    """The `_errs` expression: for each column one bit, set when any of its rules is broken."""
    by_column: dict[str, list[str]] = {}
    listed = {rule.column for rule in program.rules if rule.kind == "code"}
    for rule in program.rules:
        if rule.kind == "width" and rule.column in listed:
            continue  # a code that is too wide is not in its list either
        by_column.setdefault(rule.column, []).append(_quick(program, rule))
    by_eight: dict[int, list[str]] = {}
    for column, conditions in by_column.items():
        place = program.spec.position(column)
        broken_by = " OR ".join(_shortened(program, column, conditions))
        bit = f"CASE WHEN {broken_by} THEN {1 << place % 8}::UTINYINT ELSE 0::UTINYINT END"
        by_eight.setdefault(place // 8, []).append(bit)
    # Eight columns are summed as one byte each: an eighth of the memory that a sum of 64-bit bits goes through.
    parts = [f"({' + '.join(found)})::UBIGINT * {1 << 8 * n}::UBIGINT" for n, found in by_eight.items()]
    return " + ".join(parts) or "0::UBIGINT"  # one type throughout: a mixed sum made planning exponential


def _shortened(program: Program, column: str, conditions: list[str]) -> list[str]:
    """The conditions once each; a cell that is empty or cannot be typed has no typed twin: one question, not two."""
    empty, untyped = f"{program.raw(column)} IS NULL", _untyped(program, column)
    if empty in conditions and untyped in conditions:
        conditions = [f"{program.typed(column)} IS NULL", *(c for c in conditions if c not in (empty, untyped))]
    return list(dict.fromkeys(conditions))


def _untyped(program: Program, column: str) -> str:
    return f"({program.raw(column)} IS NOT NULL AND {program.typed(column)} IS NULL)"


def _quick(program: Program, rule: Rule) -> str:
    """For a bit it does not matter whether a day is Buddhist or nonsense: one test serves both."""
    if rule.kind in ("date", "buddhist-year"):
        return _untyped(program, rule.column)
    return broken(program, rule)


def refused(program: Program) -> str:
    """The `_refused` expression of a faulty row: any rule whose fault sets the whole row aside."""
    conditions = [broken(program, rule) for rule in program.rules if rule.severity == "refuse"]
    return " OR ".join(dict.fromkeys(conditions)) or "false"


def _refusing(program: Program) -> int:
    """The bits of the columns whose faults can set a row aside."""
    return sum({program.bit(rule.column) for rule in program.rules if rule.severity == "refuse"})


def reading(program: Program) -> str:
    """The SELECT that gives cells as text from a cleaned file (one line a row, no header)."""
    cells = ", ".join(f"'c{i}': 'VARCHAR'" for i in range(len(program.cells)))
    return (
        f"SELECT * FROM read_csv({TEXT}, delim='|', quote='', escape='', comment='', header=false, "
        "auto_detect=false, strict_mode=false, null_padding=false, new_line='\\n', max_line_size=2097152, "
        f"columns={{{cells}}})"
    )


def typed_layer(program: Program, source: str) -> str:
    """Adds the typed twins and the derived columns to a SELECT of cells."""
    twins = [f"{typing(f, f'c{i}')} AS t{i}" for i, f in enumerate(program.cells) if f is not None and f.type != "char"]
    extra = [f"{_derive(program, column)} AS {column.name}" for column in derived(program.file) if column.name != "fy"]
    return f"SELECT {', '.join(['*', *twins, *extra])} FROM ({source})"


def _derive(program: Program, column: Column) -> str:
    if column.name == "labnum" and "LABRESULT" in program.held:
        return _number(program.raw("LABRESULT"))
    source = DIAGNOSIS.get(program.file)
    if column.name == "dx3" and source in program.held:
        return f"upper(left({program.raw(source)}, 3))"
    return f"NULL::{column.sql_type}"


def _number(cell: str) -> str:
    """A laboratory result as a number: plain digits as they are, else without < > = , and blanks, Thai digits read."""
    clean = f"translate({cell}, '๐๑๒๓๔๕๖๗๘๙<>=, ', '0123456789')"
    plain = "'[0-9]{1,9}(\\.[0-9]{1,9})?'"
    return (
        f"CASE WHEN regexp_full_match({cell}, {plain}) THEN {cell}::DOUBLE "
        f"WHEN {cell} IS NOT NULL AND regexp_full_match({clean}, {plain}) THEN ({clean})::DOUBLE END"
    )


def _fiscal_year(day: str) -> str:
    """Thai fiscal year of the Buddhist era: 1 October, 92 days before the new year, begins the next one."""
    return f"(year({day}::DATE + 92) + 543)::INTEGER"


def output(program: Program) -> list[str]:
    """The columns of a staged file but `_errs`, `_refused` and `_raw`."""
    return [f'{_output_of(program, column)} AS "{column.name}"' for column in columns(program.file)]


def _output_of(program: Program, column: Column) -> str:
    if column.name == "fy":
        day = program.spec.service_date
        return _fiscal_year(program.typed(day)) if day in program.held else "NULL::INTEGER"
    if column in derived(program.file):
        return column.name
    name = column.name.upper()
    return program.typed(name) if name in program.held else f"NULL::{column.sql_type}"


@cache
def _staging(program: Program) -> str:
    flags = f"SELECT *, {bits(program)} AS _errs FROM ({typed_layer(program, reading(program))})"
    # A rule that refuses a row also sets a bit, so rows without such a bit are not asked again.
    suspect = f"_errs & {_refusing(program)}::UBIGINT <> 0"
    judged = f"SELECT *, CASE WHEN {suspect} THEN {refused(program)} ELSE false END IS TRUE AS _refused FROM ({flags})"
    whole = ", '|', ".join(f"c{i}" for i in range(len(program.cells)))  # concat takes NULL as an empty text
    raw = f"CASE WHEN _errs <> 0 THEN concat({whole}) END AS _raw"
    return f"SELECT {', '.join(output(program))}, _errs, _refused, {raw} FROM ({judged})"


def staging(program: Program, text: str, judge: Judge) -> str:
    """The whole pass: a cleaned text file to the columns of a staged file."""
    return judge.filled(_staging(program)).replace(TEXT, literal(text))


@cache
def _faulty(program: Program) -> str:
    cells = ", ".join(f"nullif(p[{i + 1}], '') AS c{i}" for i in range(len(program.cells)))
    rows = (
        f"SELECT file_row_number AS row, string_split(_raw, '|') AS p FROM read_parquet({TEXT}, file_row_number=true) "
        "WHERE _raw IS NOT NULL AND NOT starts_with(_raw, chr(1))"
    )
    layer = typed_layer(program, f"SELECT row, {cells} FROM ({rows})")
    tests = ", ".join(f"CASE WHEN {broken(program, rule)} THEN {n} END" for n, rule in enumerate(program.rules))
    values = ", ".join(program.raw(rule.column) for rule in program.rules)
    return (
        "SELECT row, rule, vals[rule + 1] AS value FROM (SELECT row, vals, unnest(found) AS rule FROM "
        f"(SELECT row, [{tests}] AS found, [{values}] AS vals FROM ({layer}))) WHERE rule IS NOT NULL"
    )


def faulty(program: Program, staged: str, judge: Judge) -> str:
    """The slow pass over faulty rows only: one row per broken rule (row from 0, number of the rule, value)."""
    return judge.filled(_faulty(program)).replace(TEXT, literal(staged))
