"""Tests of numbers, quantities and places: a stored number, or range from low to high, against the asked one."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from . import bodies, tokens
from .at import EVERYTHING, At, beside_rows, tagged
from .domain import SearchProblem
from .filters import Filter, split, unescaped
from .parameters import IN_BODIES, answered, stored
from .predicate import Clause, either
from .quantities import UCUM, Asked, double, read_number, same_kind

NEAR = 50.0  # kilometres that "near" means where none are named: the server's choice (FHIR R4, Location)
_EARTH_KM = 6371.0088


def numbers(at: At, test: Filter) -> Clause:
    """A parameter of type number."""
    asked = [read_number(test.name, value) for value in test.values]
    return beside_rows(at, "resource_quantity", test.name, either([compared("t.low", "t.high", one) for one in asked]))


def amounts(at: At, test: Filter) -> Clause:
    """A parameter of type quantity: `[prefix]number`, `number|system|code`, `number||code`."""
    union = stored(at.rtype).unions.get(test.name)
    if union:
        return either([amounts(at, Filter(name, "quantity", "", test.values)) for name in union])
    asked = [read_quantity(test.name, value) for value in test.values]
    if (at.rtype, test.name) in IN_BODIES:
        return bodies.passes(
            at.alias, answered(at.rtype)[test.name].expression, [bodies.quantity(*one) for one in asked]
        )
    if test.name == stored(at.rtype).quantity:
        return either([_in_columns(at, *one) for one in asked])
    return beside_rows(at, "resource_quantity", test.name, either([_in_rows(*one) for one in asked]))


def read_quantity(name: str, value: str) -> tuple[Asked, str | None, str]:
    """The number, the system (None: whatever system, or the unit as it is read) and the code; no code: whatever unit.

    Raises SearchProblem.
    """
    parts = [unescaped(part) for part in split(value, "|")]
    if len(parts) not in {1, 3} or (len(parts) == 3 and not parts[2]):
        raise SearchProblem(
            f"{name} ต้องเป็น จำนวน, จำนวน|system|code หรือ จำนวน||code",
            f"{name} takes number, number|system|code or number||code",
        )
    asked = read_number(name, parts[0])
    return (asked, None, "") if len(parts) == 1 else (asked, parts[1] or None, parts[2])


def _in_columns(at: At, asked: Asked, system: str | None, code: str) -> Clause:
    number, unit = f"{at.alias}.num", f"{at.alias}.unit"
    if not code:
        return compared(number, number, asked)
    if system is None:
        units = either(
            [Clause(f"{unit} = ANY(%s::bigint[])", (units_read(code),)), tagged(at, [tokens.unit_read(code)])]
        )
        return _both(compared(number, number, asked), units)
    return _of_unit(number, number, unit, asked, system, code)


def units_read(code: str) -> list[int]:
    """The units that are asked for by this code without a system, as far as their numbers say it."""
    return [tokens.unit(UCUM, code), tokens.unit("", code)]


def _both(one: Clause, other: Clause) -> Clause:
    return Clause(f"({one.sql} AND {other.sql})", one.values + other.values)


def _in_rows(asked: Asked, system: str | None, code: str) -> Clause:
    if not code:
        return compared("t.low", "t.high", asked)
    if system is None:
        number = tokens.unit("", code)
        return _both(compared("t.low", "t.high", asked), Clause("(t.code = %s OR t.text = %s)", (number, number)))
    return _of_unit("t.low", "t.high", "t.unit", asked, system, code)


def _of_unit(low: str, high: str, unit: str, asked: Asked, system: str, code: str) -> Clause:
    """In the unit itself, and for UCUM in every unit of its kind with the number converted."""
    return either(
        [
            _both(Clause(f"{unit} = %s", (tokens.unit(system, other),)), compared(low, high, asked.times(ratio)))
            for other, ratio in units_of(system, code)
        ]
    )


def units_of(system: str, code: str) -> Iterator[tuple[str, Fraction]]:
    """The units that a unit is compared with, each with how many of it one of `code` is: for UCUM all of its kind."""
    return same_kind(code) if system == UCUM else iter([(code, Fraction(1))])


def compared(low: str, high: str, asked: Asked) -> Clause:
    """A stored number or range against the asked one (FHIR R4 search, prefixes). Only equal and its opposite mind how
    many digits were asked for.
    """
    least, most, value = double(asked.low), double(asked.high), double(asked.value)
    within = Clause(f"({low} >= %s AND {high} < %s)", (least, most))
    if asked.operator == "ne":
        return Clause(f"NOT {within.sql}", within.values)
    if asked.operator == "eq":
        return within
    if asked.operator == "ap":
        return Clause(f"({low} <= %s AND {high} >= %s)", (most, least))
    sign = {"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "sa": ">", "eb": "<"}[asked.operator]
    column = high if asked.operator in {"gt", "ge", "eb"} else low
    return Clause(f"{column} {sign} %s", (value,))


def has_amount(at: At, name: str) -> Clause:
    """The parameter has a number."""
    union = stored(at.rtype).unions.get(name)
    if union:
        return either([has_amount(at, part) for part in union])
    if name == stored(at.rtype).quantity:
        return Clause(f"{at.alias}.num IS NOT NULL")
    if (at.rtype, name) in IN_BODIES:
        return bodies.has(at.alias, answered(at.rtype)[name].expression)
    return beside_rows(at, "resource_quantity", name, Clause("true"))


def near(at: At, test: Filter) -> Clause:
    """`latitude|longitude[|distance[|unit]]`: places within a distance on the globe."""
    return beside_rows(at, "resource_quantity", test.name, either([_within(value) for value in test.values]))


def has_near(at: At, name: str) -> Clause:
    """It has a place on earth."""
    return beside_rows(at, "resource_quantity", name, EVERYTHING)


def _within(value: str) -> Clause:
    latitude, longitude, kilometres = _place(value)
    reach = kilometres / 111.0 + 0.01  # degrees of latitude: what an index can follow; the exact distance decides
    distance = (
        f"{2 * _EARTH_KM} * asin(least(1, sqrt(power(sin(radians(t.low - %s) / 2), 2) "
        "+ cos(radians(%s)) * cos(radians(t.low)) * power(sin(radians(t.high - %s) / 2), 2))))"
    )
    return Clause(
        f"(t.low BETWEEN %s AND %s AND {distance} <= %s)",
        (latitude - reach, latitude + reach, latitude, latitude, longitude, kilometres),
    )


def _place(value: str) -> tuple[float, float, float]:
    parts = [unescaped(part) for part in split(value, "|")]
    kilometres = NEAR
    try:
        latitude, longitude = float(parts[0]), float(parts[1])
        if len(parts) > 2 and parts[2]:
            ratio = dict(same_kind(parts[3] if len(parts) > 3 and parts[3] else "km"))["km"]
            kilometres = float(parts[2]) * float(ratio)
        known = len(parts) <= 4 and abs(latitude) <= 90 and abs(longitude) <= 180 and 0 <= kilometres <= 20_100
    except (ValueError, IndexError, KeyError):
        known = False
    if not known:
        raise SearchProblem(
            "near ต้องเป็น ละติจูด|ลองจิจูด|ระยะ|หน่วย เช่น 13.75|100.5|10|km",
            "near takes latitude|longitude|distance|unit, for example 13.75|100.5|10|km",
        )
    return latitude, longitude, kilometres
