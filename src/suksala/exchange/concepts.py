"""Tests of tokens: a code with its system, in the columns, among the tokens of a row, or in the body."""

from __future__ import annotations

from collections.abc import Callable

from suksala.standards import fhir

from . import bodies, composites, tokens
from .at import NOTHING, At, tagged
from .coded import codes_of_set, codes_related
from .domain import STATUS_NUMBER, SearchProblem
from .filters import Filter, split, unescaped
from .parameters import IN_BODIES, answered, stored
from .predicate import Clause, either
from .referring import is_known

MOST_PROBED = 10  # codes for which it is worth asking whether any resource has them as a second coding

# Elements of type `code` and `boolean` have no system in the body; the one their definition implies may be asked for.
_IMPLIED = {
    "gender": "http://hl7.org/fhir/administrative-gender",
    "criticality": "http://hl7.org/fhir/allergy-intolerance-criticality",
    "active": "http://terminology.hl7.org/CodeSystem/special-values",
    "deceased": "http://terminology.hl7.org/CodeSystem/special-values",
}
_STATUS_SYSTEM = {
    "Encounter": "http://hl7.org/fhir/encounter-status",
    "Observation": "http://hl7.org/fhir/observation-status",
    "Condition": "http://terminology.hl7.org/CodeSystem/condition-clinical",
    "AllergyIntolerance": "http://terminology.hl7.org/CodeSystem/allergyintolerance-clinical",
    "MedicationDispense": "http://terminology.hl7.org/CodeSystem/medicationdispense-status",
    "Procedure": "http://hl7.org/fhir/event-status",
    "Immunization": "http://hl7.org/fhir/event-status",
    "Appointment": "http://hl7.org/fhir/appointmentstatus",
    "Coverage": "http://hl7.org/fhir/fm-status",
}


def coded(at: At, test: Filter) -> Clause:
    """A parameter of type token: `code`, `system|code`, `|code` or `system|`, and its modifiers.

    Raises SearchProblem.
    """
    layout = stored(at.rtype)
    if test.name == layout.status:
        return _status(at, test)
    if test.name in layout.unions:
        parts = [Filter(name, "token", test.modifier, test.values) for name in layout.unions[test.name]]
        return either([coded(at, part) for part in parts])
    if (at.rtype, test.name) in IN_BODIES and test.modifier in {"", "not"}:
        return composites.coded_in_body(at, test)
    if test.modifier in _SPECIAL:
        return _SPECIAL[test.modifier](at, test)
    numbers = in_column(at, test)
    if numbers:  # an index in the asked order can follow this; one code as itself, in the order of the number too
        one = Clause(f"{at.alias}.code = %s::bigint", tuple(numbers))
        return one if len(numbers) == 1 else Clause(f"{at.alias}.code = ANY(%s::bigint[])", (numbers,))
    asked = [_token(test.name, value) for value in test.values]
    found = [_of_system(at, test.name, system) for system, code in asked if not code]
    hashes = [tokens.token(test.name, system, code) for system, code in asked if code]
    if hashes:
        found.append(_hashed(at, hashes, coded=test.name == layout.code))
    return either(found)


def in_column(at: At, test: Filter) -> list[int] | None:
    """The numbers of the asked codes where the column alone says who has them; None where tokens say it too.

    Raises SearchProblem.
    """
    if test.name != stored(at.rtype).code:
        return None
    asked = [_token(test.name, value) for value in test.values]
    if len(asked) > MOST_PROBED or any(not code or system == tokens.ANY for system, code in asked):
        return None
    numbers = [tokens.token(test.name, system, code) for system, code in asked]
    return None if is_known(numbers) else numbers


def _texts(at: At, test: Filter) -> Clause:
    """`:text`: what people read begins so."""
    expression = answered(at.rtype)[test.name].expression
    return either([bodies.passes(at.alias, expression, [bodies.begins(unescaped(value))]) for value in test.values])


def _of_type(at: At, test: Filter) -> Clause:
    """`:of-type=system|code|value`: an Identifier of this type with this value."""
    found = []
    for value in test.values:
        parts = [unescaped(part) for part in split(value, "|")]
        if len(parts) != 3 or not all(parts):
            raise SearchProblem(
                f"{test.name}:of-type ต้องเป็น system|code|value", f"{test.name}:of-type takes system|code|value"
            )
        system, code, number = map(bodies.literal, parts)
        typed = f"@.value == {number} && exists(@.type.coding ? (@.system == {system} && @.code == {code}))"
        body = bodies.passes(at.alias, answered(at.rtype)[test.name].expression, [typed], marker=parts[2])
        found.append(tagged(at, [tokens.token(test.name, tokens.ANY, parts[2])]) & body)
    return either([Clause(f"({one.sql})", one.values) for one in found])


def _member(at: At, test: Filter) -> Clause:
    """`:in` and `:not-in`: a code of a value set that this server holds."""
    pairs = [pair for value in test.values for pair in codes_of_set(test.name, unescaped(value))]
    return _of_pairs(at, test.name, pairs)


def _akin(at: At, test: Filter) -> Clause:
    """`:above` and `:below`: a code that subsumes the asked one, or is subsumed by it, itself included."""
    asked = [_token(test.name, value) for value in test.values]
    pairs = [pair for system, code in asked for pair in codes_related(test.name, test.modifier, system, code)]
    return _of_pairs(at, test.name, pairs)


def _of_pairs(at: At, name: str, pairs: list[tuple[str, str]]) -> Clause:
    if not pairs:
        return NOTHING
    numbers = [tokens.token(name, system, code) for system, code in pairs]
    return _hashed(at, numbers, coded=name == stored(at.rtype).code)


_SPECIAL: dict[str, Callable[[At, Filter], Clause]] = {
    "text": _texts,
    "of-type": _of_type,
    "in": _member,
    "not-in": _member,
    "above": _akin,
    "below": _akin,
}


def _hashed(at: At, wanted: list[int], *, coded: bool) -> Clause:
    alias = at.alias
    if coded:  # the first coding is in the column, the others and the codes without system among the tokens
        sql = f"({alias}.code = ANY(%s::bigint[]) OR {alias}.toks && %s::bigint[])"
        return Clause(sql, (wanted, wanted))
    return Clause(f"{alias}.toks && %s::bigint[]", (wanted,))


def _token(name: str, value: str) -> tuple[str, str]:
    """System and code of a token value; the code is empty for `system|`."""
    parts = [unescaped(part) for part in split(value, "|")]
    if len(parts) == 1:
        return tokens.ANY, parts[0]
    if len(parts) != 2 or parts == ["", ""]:
        raise SearchProblem(
            f"{name} ต้องเป็น code, system|code, |code หรือ system|",
            f"{name} takes code, system|code, |code or system|",
            issue="not-supported",
        )
    system = "" if parts[1] and parts[0] == _IMPLIED.get(name) else fhir.canonical(parts[0])
    return system, parts[1]


def _of_system(at: At, name: str, system: str) -> Clause:
    if system == _IMPLIED.get(name):
        return has_code(at, name)
    return bodies.of_system(at.alias, answered(at.rtype)[name].expression, system)


def _status(at: At, test: Filter) -> Clause:
    own = _STATUS_SYSTEM.get(at.rtype)
    asked = [_token(test.name, value) for value in test.values]
    if (own, "") in asked:
        return Clause(f"{at.alias}.status IS NOT NULL")
    numbers = [STATUS_NUMBER[c] for system, c in asked if c in STATUS_NUMBER and system in {tokens.ANY, "", own}]
    return Clause(f"{at.alias}.status = ANY(%s::smallint[])", (numbers,))


def has_code(at: At, name: str) -> Clause:
    """The parameter has a code."""
    layout = stored(at.rtype)
    if name == layout.status:
        return Clause(f"{at.alias}.status IS NOT NULL")
    if name == layout.code:
        return Clause(f"{at.alias}.code IS NOT NULL")
    if name in layout.unions:
        return either([has_code(at, part) for part in layout.unions[name]])
    if name in layout.derived and (at.rtype, name) not in IN_BODIES:
        return tagged(at, [tokens.has(name)])
    return bodies.has(at.alias, answered(at.rtype)[name].expression)
