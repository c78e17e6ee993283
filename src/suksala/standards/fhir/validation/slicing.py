"""Which slice a value belongs to, by the discriminators of its element.

Source: FHIR R4 profiling, discriminators value, pattern, exists, type and profile; paths with resolve().
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .constraints import (
    BASE,
    NOTHING,
    Constraint,
    Discriminator,
    Found,
    choice_type,
    is_coded,
    is_like,
    reached,
    step,
    steps_of,
)
from .references import literal_type
from .shipped import type_of

UNKNOWN = object()  # a reference to what is not in this resource
Conforms = Callable[[Any, str, "Around"], bool | None]
MOST_TOLD = 1000  # answers of this kind in one check; the largest IPS example, of 42 entries, asks 96


class Asked:
    """What was asked of one check: answers by (value, profile), and whether there were too many."""

    def __init__(self) -> None:
        self.told: dict[tuple[int, str], bool] = {}
        self.exhausted = False


class Around:
    """Where references can be followed: what a resource contains, the entries of a Bundle, and what stands outside."""

    def __init__(self, resource: dict[str, Any], outer: Around | None = None) -> None:
        self._known: dict[str, Any] = {}
        self._outer = outer
        self.asked: Asked = outer.asked if outer else Asked()
        for one in _objects(resource.get("contained")):
            self._known[f"#{one.get('id')}"] = one
        for entry in _objects(resource.get("entry")):
            inner = entry.get("resource")
            if isinstance(inner, dict):
                self._known[str(entry.get("fullUrl"))] = inner
                self._known[f"{inner.get('resourceType')}/{inner.get('id')}"] = inner

    def resolve(self, reference: Any) -> Any:
        """What a Reference leads to, or None when that is not here."""
        literal = reference.get("reference") if isinstance(reference, dict) else None
        if not isinstance(literal, str):
            return None
        found = self._known.get(literal)
        return self._outer.resolve(reference) if found is None and self._outer else found


def _objects(listed: Any) -> list[dict[str, Any]]:
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


def slice_of(constraint: Constraint, one: Found, around: Around, conforms: Conforms) -> Any:
    """The name of the slice, None for a value that is in none, UNKNOWN where that cannot be said here."""
    unsure = False
    near = []
    for name, part in constraint.slices.items():
        told = [_fits(part, d, one, around, conforms) for d in constraint.discriminators if d.kind != "profile"]
        if not all(fit is not False for fit in told):
            continue
        by_profile = [_fits(part, d, one, around, conforms) for d in constraint.discriminators if d.kind == "profile"]
        if all(fit is True for fit in (*told, *by_profile)):
            return name
        unsure = unsure or None in told or None in by_profile
        if part.least and told and False in by_profile:
            near.append(name)
    if len(near) == 1:
        return near[0]  # it is required and of the right type: its faults say more than that it is missing
    return UNKNOWN if unsure else None


def _fits(part: Constraint, by: Discriminator, one: Found, around: Around, conforms: Conforms) -> bool | None:
    """Whether a value is of a slice by one discriminator; None where that cannot be known here."""
    if by.kind in {"value", "pattern"}:
        return _by_value(part, by.path, one)
    if by.kind == "exists":
        wanted = _below(part, by.path)
        there = any(True for _ in reached(one.inside, steps_of(by.path)))
        return there == (wanted is None or wanted.most != 0)
    wanted, place, value = _target(part, by.path, one, around)
    if by.kind == "type":
        return place is not None and _by_type(wanted, by.path, place, value)
    profiles = wanted.targets if by.path.endswith("resolve()") else wanted.profiles
    if value is None:
        return None
    told = [conforms(value, url, around) for url in profiles]
    return None if None in told and True not in told else True in told or not profiles


def _by_value(part: Constraint, path: str, one: Found) -> bool | None:
    if part.name in {"extension", "modifierExtension"} and path == "url" and part.profiles:
        return isinstance(one.value, dict) and one.value.get("url") in {u.partition("|")[0] for u in part.profiles}
    here, owner, steps = part, [one.value], steps_of(path)
    while True:
        if here.fixed is not NOTHING:
            return any(value == here.fixed for value in owner)
        if here.pattern is not NOTHING:
            return any(is_like(value, here.pattern) for value in owner)
        if here.codes is not None and not steps:
            return any(is_coded(value, here.codes) for value in owner)
        child = here.below(steps[0]) if steps else None
        if child is None:
            return _by_codings(here, owner)
        here, owner, steps = child, [found.value for value in owner for found in step(value, steps[0])], steps[1:]


def _by_codings(here: Constraint, owner: list[Any]) -> bool:
    """A slice that is told apart by what its own children fix; one that fixes nothing takes nothing."""
    fixed = {name: c.fixed for name, c in here.children.items() if c.fixed is not NOTHING}
    return bool(fixed) and any(is_like(value, fixed) for value in owner)


def _below(part: Constraint, path: str) -> Constraint | None:
    here: Constraint | None = part
    for name in steps_of(path):
        here = here.below(name) if here else None
    return here


def _target(part: Constraint, path: str, one: Found, around: Around) -> tuple[Constraint, Found | None, Any]:
    """The constraint, the place and the value that a path of types or profiles leads to: $this, resource, resolve()."""
    here, place = part, [one]
    for name in steps_of(path.removesuffix("resolve()").rstrip(".")):
        here = here.below(name) or here
        place = [found for outer in place for found in step(outer.inside, name)]
    found = place[0] if place else None
    value = found.value if found else None
    return here, found, around.resolve(value) if path.endswith("resolve()") else value


def _by_type(wanted: Constraint, path: str, place: Found, value: Any) -> bool | None:
    if path.endswith("resolve()"):
        kind = value.get("resourceType") if isinstance(value, dict) else literal_type(place.value)
        return None if kind is None else kind in {type_of(url) or url.removeprefix(BASE) for url in wanted.targets}
    if isinstance(value, dict) and "resourceType" in value:
        return value["resourceType"] in wanted.kinds
    if wanted.name.endswith("[x]"):
        return choice_type(wanted.name, place.key) in {kind[0].upper() + kind[1:] for kind in wanted.kinds}
    return True
