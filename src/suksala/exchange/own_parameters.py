"""The search parameters that an operator added to those of R4, as this process knows them.

They change while the server runs, so whatever is worked out from the parameters of a type is kept for one generation of
them only (`remembered`): two threads never mix two generations, and nothing has to be forgotten one by one.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import lru_cache, wraps
from typing import NamedTuple, ParamSpec, TypeVar

from .definitions import Definition

FIRST_NUMBER = 10_000  # below are those of R4 (parameters.NUMBER_OF)
P = ParamSpec("P")
R = TypeVar("R")


class Own(NamedTuple):
    """One parameter of the operator's.

    code       how a search names it
    url        its canonical address
    kind       its type: token, date, ...
    by_type    its definition for each resource type that it is of
    number     what the column `param` of the side tables holds for it; 0 until it has been given one
    """

    code: str
    url: str
    kind: str
    by_type: Mapping[str, Definition]
    number: int = 0


class _Known(NamedTuple):
    generation: int
    by_type: Mapping[str, Mapping[str, Own]]
    numbers: Mapping[str, int]


_known = _Known(0, {}, {})


def generation() -> int:
    """The generation of parameters that this process goes by."""
    return _known.generation


def install(number: int, found: Sequence[Own]) -> None:
    """Go by these from now on, as generation `number`: one assignment, so a reader sees all of it or nothing."""
    by_type: dict[str, dict[str, Own]] = {}
    for own in found:
        for rtype in own.by_type:
            by_type.setdefault(rtype, {})[own.code] = own
    global _known  # noqa: PLW0603 - one answer for a process
    _known = _Known(number, by_type, {own.code: own.number for own in found})


def of_type(rtype: str) -> Mapping[str, Own]:
    """The operator's parameters of a resource type by name."""
    return _known.by_type.get(rtype, {})


def number_of(code: str) -> int:
    """The number of an operator's parameter. Raises KeyError."""
    return _known.numbers[code]


def remembered(maxsize: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """As `lru_cache`, for what follows from the parameters of a type: worked out anew for each generation."""

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @lru_cache(maxsize)
        def kept(_: int, *args: Hashable, **named: Hashable) -> R:
            return function(*args, **named)  # type: ignore[arg-type] # as `answer` was called

        @wraps(function)
        def answer(*args: P.args, **named: P.kwargs) -> R:
            return kept(_known.generation, *args, **named)  # type: ignore[arg-type] # lru_cache refuses what it cannot keep

        return answer

    return decorate
