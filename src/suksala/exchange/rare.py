"""Few rows with such a number: an index is asked how many there are before the search itself is planned.

The planner takes codes, units and numbers for independent, so it would look for a rare result along all dates, or read
all results of a code. The first entries of an index know better (decision 0072). Nothing is given out here: the search
puts every row to its own conditions and to the permit's.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from typing import TypeGuard

from suksala.foundation import database

from . import concepts, sizes, tokens
from .at import At
from .domain import NUMBER
from .filters import Filter, Test
from .measures import compared, read_quantity, units_of, units_read
from .parameters import stored
from .predicate import Clause, either
from .quantities import Asked
from .referring import is_known

# Rows of one code that are sooner looked at one by one than found along its dates (1 M Observations).
MOST_OF_CODE = 1500
# Of a type: some 0.36 us a row along the dates, 1 us a row read and sorted (1 M Observations, sizes.balanced).
BALANCE = 7.2
MOST_UNITS = 200  # in use; a type with more holds no units but texts
MOST_RANGES = 20  # of one search

# The units that numbers are in, each by one step along the index.
_UNITS = """
WITH RECURSIVE used AS (
    (SELECT r.unit FROM resource r WHERE {here} ORDER BY r.unit LIMIT 1)
    UNION ALL
    SELECT (SELECT r.unit FROM resource r WHERE {here} AND r.unit > used.unit ORDER BY r.unit LIMIT 1)
    FROM used WHERE used.unit IS NOT NULL
)
SELECT unit FROM used WHERE unit IS NOT NULL LIMIT %s
"""

Amount = tuple[Asked, str | None, str]


def ranges(at: At, tests: Sequence[Test]) -> list[Clause] | None:
    """Ranges of an index that hold everything these tests find, no row in two of them; empty where there is nothing to
    find. None where they hold many rows, or where no number is asked for.
    """
    asked = _asked(at, tests)
    if asked is None:
        return None
    code = _code(at, tests)
    here = Clause("r.rtype = %s AND r.num IS NOT NULL", (NUMBER[at.rtype],)) & (code or Clause("true"))
    used = [
        unit for (unit,) in database.rows(_UNITS.format(here=here.sql), [*here.values, *here.values, MOST_UNITS + 1])
    ]
    if len(used) > MOST_UNITS:
        return None
    found = [here & one for one in _by_unit(asked, used)]
    return found if _are_few(found, MOST_OF_CODE if code else sizes.balanced(at.rtype, BALANCE)) else None


def is_number(test: Test, at: At) -> TypeGuard[Filter]:
    """Whether the test asks for the number in the column."""
    return isinstance(test, Filter) and test.name == stored(at.rtype).quantity and not test.modifier


def _asked(at: At, tests: Sequence[Test]) -> list[Amount] | None:
    """The numbers with their units that the column is asked for; "not equal" is never rare."""
    for test in tests:
        if is_number(test, at):
            asked = [read_quantity(test.name, value) for value in test.values]
            return None if any(one.operator == "ne" for one, _, _ in asked) else asked
    return None


def _code(at: At, tests: Sequence[Test]) -> Clause | None:
    """The one code that is asked for, where its column alone says who has it: the index can begin with it."""
    for test in tests:
        if isinstance(test, Filter) and test.name == stored(at.rtype).code and not test.modifier:
            numbers = concepts.in_column(at, test)
            if numbers and len(numbers) == 1:
                return Clause("r.code = %s::bigint", tuple(numbers))
    return None


def _by_unit(asked: Sequence[Amount], used: Sequence[int]) -> list[Clause]:
    """The numbers in each unit that is in use; units with the same numbers together."""
    of_unit: dict[int, list[Clause]] = {unit: [] for unit in used}
    for number, system, code in asked:
        units = _units(system, code) or dict.fromkeys(used, Fraction(1))
        for unit, ratio in units.items():
            if unit in of_unit:
                of_unit[unit].append(compared("r.num", "r.num", number.times(ratio)))
    together: dict[Clause, list[int]] = {}
    for unit, tests in of_unit.items():
        if tests:
            together.setdefault(either(tests), []).append(unit)
    return [Clause("r.unit = ANY(%s::bigint[])", (units,)) & tests for tests, units in together.items()]


def _units(system: str | None, code: str) -> dict[int, Fraction]:
    """The units in which a number is asked for; empty for any, and where their numbers do not tell."""
    if system:
        return {tokens.unit(system, other): ratio for other, ratio in units_of(system, code)}
    if not code or is_known([tokens.unit_read(code)]):
        return {}
    return dict.fromkeys(units_read(code), Fraction(1))


def _are_few(found: Sequence[Clause], most: int) -> bool:
    if not found:
        return True
    if len(found) > MOST_RANGES:
        return False
    entries = " UNION ALL ".join(f"(SELECT FROM resource r WHERE {one.sql} LIMIT {most})" for one in found)
    sql = f"SELECT count(*) FROM (SELECT FROM ({entries}) f LIMIT {most}) f"
    [(count,)] = database.rows(sql, [value for one in found for value in one.values], own_plan=True)
    return bool(count < most)
