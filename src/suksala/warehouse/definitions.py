"""Reading the definition files, `measures/*.toml`, with one clear sentence for each thing that is wrong in one."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from . import formula
from .errors import BadDefinition, BadFormula, NotPortable, UnknownMeasure
from .portable import compile_sql
from .silver import MEASURE_TABLES
from .template import (
    AGE_REFERENCES,
    BASES,
    DIRECTIONS,
    LEVELS,
    OPERATORS,
    Contact,
    Measure,
    MeasureVersion,
    OperandText,
    Text,
)

REQUIRED_COLUMNS = ("human", "hospcode", "person", "in_b", "in_a", "reason", "contested")
OPTIONAL_COLUMNS = ("in_c", "in_d", "in_e", "in_f", "value", "value_2", "value_on")
FLAGS = ("ministry", "region", "province", "key", "area_base")


def definitions() -> tuple[Measure, ...]:
    """Every KPI of this installation, in sort order. The files are part of the package, read once."""
    return tuple(sorted(_by_code().values(), key=lambda m: (m.sort_order, m.code)))


def definition(code: str) -> Measure:
    """The KPI with this code. Raises UnknownMeasure."""
    found = _by_code().get(code)
    if found is None:
        raise UnknownMeasure(
            "ไม่มีตัวชี้วัดรหัสนี้ ดูรายการด้วยคำสั่ง suksala measure --list",
            "no indicator has this code; `suksala measure --list` shows the codes",
        )
    return found


def children(code: str) -> tuple[Measure, ...]:
    """The KPIs directly below one (S1.3)."""
    return tuple(m for m in definitions() if m.parent == code)


def load(folder: Traversable) -> dict[str, Measure]:
    """Read every definition file of a folder. Raises BadDefinition naming the file, the field and what was expected."""
    found: dict[str, Measure] = {}
    for file in sorted(folder.iterdir(), key=lambda f: f.name):
        if file.name.endswith(".toml"):
            measure = read(file.name, file.read_text(encoding="utf-8"))
            if measure.code in found:
                raise _bad(file.name, "code", "is used by another file")
            found[measure.code] = measure
    for measure in found.values():
        if measure.parent and measure.parent not in found:
            raise _bad(measure.code, "parent", "no KPI has this code")
    return found


def read(file: str, text: str) -> Measure:
    """One definition from its TOML text; `file` only names it in errors."""
    try:
        fields = _Fields(file, tomllib.loads(text))
    except tomllib.TOMLDecodeError as problem:
        raise _bad(file, "TOML", str(problem)) from None
    measure = _measure(fields)
    fields.finish()
    _check_formula(file, measure)
    return measure


class _Fields:
    """The fields of one table of a definition file; each is taken once, and none may be left over."""

    def __init__(self, file: str, values: Mapping[str, Any], path: str = "") -> None:
        self.file, self.values, self.path = file, dict(values), path
        self.inner: list[_Fields] = []

    def take(self, name: str, kind: type | tuple[type, ...] = str, default: Any = None) -> Any:
        """The field's value; it must be there unless a default is given."""
        value = self.values.pop(name, default)
        if value is None:
            raise _bad(self.file, self.path + name, "is missing")
        if not isinstance(value, kind) or (isinstance(value, bool) and kind is int):
            raise _bad(self.file, self.path + name, f"must be {_named(kind)}")
        return value

    def one_of(self, name: str, allowed: tuple[str, ...]) -> str:
        """A text out of a list."""
        value = self.take(name)
        if value not in allowed:
            raise _bad(self.file, self.path + name, f"must be one of {', '.join(allowed)}")
        return str(value)

    def number(self, name: str, default: Any = None) -> Decimal | None:
        """A decimal, written as text so that 0.1 is 0.1; "" is none."""
        text = self.take(name, str, default)
        return _decimal(self.file, self.path + name, text) if text else None

    def text(self, name: str, default: str | None = None) -> Text:
        """The pair name_th, name_en."""
        return Text(self.take(f"{name}_th", str, default), self.take(f"{name}_en", str, default))

    def texts(self, name: str) -> tuple[str, ...]:
        """A list of texts, may be absent."""
        values = self.take(name, list, [])
        if not all(isinstance(v, str) for v in values):
            raise _bad(self.file, self.path + name, "must be a list of texts")
        return tuple(values)

    def table(self, name: str) -> _Fields:
        """A sub-table, may be absent."""
        found = _Fields(self.file, self.take(name, dict, {}), f"{self.path}{name}.")
        self.inner.append(found)
        return found

    def tables(self, name: str) -> list[_Fields]:
        """A list of sub-tables, may be absent."""
        found = [_Fields(self.file, v, f"{self.path}{name}[{i}].") for i, v in enumerate(self.take(name, list, []))]
        self.inner.extend(found)
        return found

    def finish(self) -> None:
        """Refuse fields that nobody took: a slip in a name must not pass as a missing option."""
        for name in self.values:
            raise _bad(self.file, self.path + name, "is not a field of a definition")
        for inner in self.inner:
            inner.finish()


def _measure(f: _Fields) -> Measure:
    return Measure(
        code=f.take("code"),
        number=f.take("number"),
        sort_order=f.take("sort_order", int),
        parent=f.take("parent", str, ""),
        level=f.one_of("level", LEVELS),
        name=f.text("name"),
        definition=f.text("definition"),
        unit=f.text("unit"),
        operands=_operands(f.table("operands")),
        formula=f.take("formula"),
        max_value=f.number("max_value", ""),
        target_population=f.text("target_population"),
        collection=f.text("collection"),
        sources=f.texts("sources"),
        evaluation_method=f.text("evaluation_method"),
        processor=f.text("processor"),
        remarks=f.text("remarks", ""),
        tags=f.texts("tags"),
        documents=f.texts("documents"),
        flags=_flags(f.table("flags")),
        area_base=_area_base(f.table("area_base")),
        criteria=_by_year(f.table("criteria"), str),
        baseline={y: _decimal(f.file, "baseline", v) for y, v in _by_year(f.table("baseline"), str).items()},
        contacts=tuple(Contact(c.text("role"), c.text("organisation")) for c in f.tables("contacts")),
        last_update=f.take("last_update", (date, datetime)),
        history=tuple((h.take("on", date), h.text("change")) for h in f.tables("history")),
        versions=_versions(f),
    )


def _operands(f: _Fields) -> tuple[OperandText, ...]:
    found = []
    for name in formula.OPERANDS:
        if name in f.values:
            inner = f.table(name)
            found.append(OperandText(name, Text(inner.take("th"), inner.take("en")), inner.text("unit")))
    return tuple(found)


def _flags(f: _Fields) -> dict[str, bool]:
    return {name: f.take(name, bool, False) for name in FLAGS}


def _area_base(f: _Fields) -> dict[str, str]:
    return {name: f.take(name, str, "0") for name in ("province_code", "region_code")}


def _by_year(f: _Fields, kind: type) -> dict[int, Any]:
    for name in f.values:
        if not name.isdigit():
            raise _bad(f.file, f.path + name, "must be a fiscal year such as 2561")
    return {int(name): f.take(name, kind) for name in list(f.values)}


def _versions(f: _Fields) -> tuple[MeasureVersion, ...]:
    found = sorted((_version(v) for v in f.tables("versions")), key=lambda v: -v.first_year)
    if not found:
        raise _bad(f.file, "versions", "at least one version is needed")
    for newer, older in itertools.pairwise(found):
        if older.last_year is None or older.last_year >= newer.first_year:
            raise _bad(f.file, f"versions {older.name}", f"overlaps version {newer.name}: give it a last_year")
    return tuple(found)


def _version(f: _Fields) -> MeasureVersion:
    return MeasureVersion(
        name=f.take("name"),
        first_year=f.take("first_year", int),
        last_year=f.take("last_year", int, 0) or None,
        operator=f.one_of("operator", OPERATORS),
        direction=f.one_of("direction", DIRECTIONS),
        target=f.number("target", ""),
        target_high=f.number("target_high", ""),
        target_text=f.text("target_text"),
        thresholds=_thresholds(f.table("thresholds")),
        evaluation_months=_months(f),
        age_reference=f.one_of("age_reference", AGE_REFERENCES),
        basis=f.one_of("basis", tuple(BASES)),
        changes=f.text("changes", ""),
        sql=_sql(f),
    )


def _thresholds(f: _Fields) -> dict[int, Decimal]:
    names = [f"Q{quarter}" for quarter in range(1, 5)]
    return {int(n[1]): _decimal(f.file, f.path + n, f.take(n)) for n in names if n in f.values}


def _months(f: _Fields) -> tuple[int, ...]:
    months = f.take("evaluation_months", list)
    if not all(type(m) is int and 1 <= m <= 12 for m in months):
        raise _bad(f.file, f.path + "evaluation_months", "must be a list of calendar months, 1 to 12")
    return tuple(months)


def _sql(f: _Fields) -> Any:
    try:
        sql = compile_sql(f.take("sql"), tables=MEASURE_TABLES)
    except NotPortable as problem:
        raise BadDefinition(f"{f.file} {f.path}sql: {problem.th}", f"{f.file} {f.path}sql: {problem.en}") from None
    missing = [c for c in REQUIRED_COLUMNS if c not in sql.columns]
    unknown = [c for c in sql.columns if c not in REQUIRED_COLUMNS + OPTIONAL_COLUMNS]
    if missing or unknown:
        wrong = f"lacks the columns {', '.join(missing)}" if missing else f"gives unknown columns {', '.join(unknown)}"
        raise _bad(f.file, f.path + "sql", wrong)
    return sql


def _check_formula(file: str, measure: Measure) -> None:
    """The formula reads, and every operand in it is defined and counted by every version."""
    try:
        needed = formula.operands(measure.expression)
    except BadFormula as problem:
        raise BadDefinition(f"{file} formula: {problem.th}", f"{file} formula: {problem.en}") from None
    defined = {o.name for o in measure.operands}
    for name in sorted(needed - defined):
        raise _bad(file, f"operands.{name}", "is missing, and the formula needs it")
    for version in measure.versions:
        counted = {c[3:].upper() for c in version.sql.columns if c.startswith("in_")}
        for name in sorted(defined - counted):
            raise _bad(file, f"versions {version.name} sql", f"does not count operand {name} (in_{name.lower()})")


def _decimal(file: str, field: str, text: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal("NaN")
    if not value.is_finite():
        raise _bad(file, field, 'must be a number written as text, such as "1.5"')
    return value


def _named(kind: type | tuple[type, ...]) -> str:
    if isinstance(kind, tuple):
        return "a date"
    return {str: "a text", int: "a whole number", list: "a list", dict: "a table", bool: "true or false"}.get(
        kind, "a date"
    )


def _bad(file: str, field: str, wrong: str) -> BadDefinition:
    return BadDefinition(f"นิยามตัวชี้วัด {file} ช่อง {field} ไม่ถูกต้อง: {wrong}", f"definition {file}, field {field}: {wrong}")


@lru_cache(maxsize=1)
def _by_code() -> dict[str, Measure]:
    return load(resources.files(__package__) / "measures")
