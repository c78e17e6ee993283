"""Which people a search asks for by what is theirs: numbers, and names with birth dates. Pure.

Whoever asks for number after number learns who is not there, or by a count who is, and is told of nobody: so each that
is asked for counts as somebody, found or not (T05, decision 0142).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from . import tokens
from .domain import OPEN_TYPES
from .filters import Filter, OfType, Related, Test, Together
from .query import Query

_PEOPLE = frozenset({"Patient", "Person", "RelatedPerson"})
_DESCRIBES = frozenset(
    {
        *("name", "family", "given", "phonetic", "birthdate", "death-date", "telecom", "phone", "email"),
        *("address", "address-city", "address-postalcode", "address-state"),
    }
)
_WHOLE = ("text", "content")  # look into all that a resource says, numbers too


def people_asked_for(query: Query) -> frozenset[int]:
    """A number for each that a search asks for: one for each identifier in a list, one for each description of somebody
    (its name, birth date and the like together), wherever in chains and filters they stand. Those of registers, which
    name no patients, are left out.
    """
    return frozenset(_asked(query.rtype, query.tests))


def _asked(rtype: str, tests: Iterable[Test]) -> Iterator[int]:
    own, further = _flat(tests)
    for kind, test in further:
        yield from _asked(kind, [test])
    if rtype in OPEN_TYPES:
        return
    for one in own:
        if _is_number(one):
            yield from (tokens.number_of(f"asked\x1f{value}") for value in one.values)
    yield from _described([one for one in own if rtype in _PEOPLE and one.name in _DESCRIBES])


def _flat(tests: Iterable[Test]) -> tuple[list[Filter], list[tuple[str, Test]]]:
    """Tests of the resource itself, and those of others with their types."""
    own: list[Filter] = []
    further: list[tuple[str, Test]] = []
    for test in tests:
        if isinstance(test, Filter):
            if test.modifier != "missing":
                own.append(test)
        elif isinstance(test, Together):
            inside, beyond = _flat(test.parts)
            own += inside
            further += beyond
        elif isinstance(test, Related | OfType):
            further.append((test.rtype, test.then))
    return own, further


def _is_number(test: Filter) -> bool:
    return test.modifier == "identifier" or test.kind in _WHOLE or (test.kind == "token" and "identifier" in test.name)


def _described(tests: list[Filter]) -> Iterator[int]:
    """One for each value of the longest list among them: `name=a,b` with a birth date asks for two."""
    if not tests:
        return
    longest = max(tests, key=lambda test: len(test.values))
    rest = sorted(f"{test.name}:{test.modifier}={test.values}" for test in tests if test is not longest)
    for value in longest.values:
        yield tokens.number_of("\x1f".join(("described", f"{longest.name}:{longest.modifier}={value}", *rest)))


def is_one_number(query: Query) -> bool:
    """Whether a search asks for the patients of one number and for nothing else, so that they are as many as it is."""
    tests, brings = query.tests, query.includes or query.provenance
    if len(tests) != 1 or brings or query.rtype not in _PEOPLE:
        return False
    [test] = tests
    return isinstance(test, Filter) and (test.name, test.modifier, len(test.values)) == ("identifier", "", 1)
