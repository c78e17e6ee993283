"""A profile as a tree of constraints, laid over a resource that the base definitions have passed.

Built from the elements of a StructureDefinition by their ids: `Patient.identifier:cid.system` is the constraint on
`system` inside the slice `cid` of `identifier`. A snapshot and a differential give the same tree where they agree.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

from . import tables
from .issues import Problem, Problems, Severity, under
from .special import TESTS

BASE = "http://hl7.org/fhir/StructureDefinition/"
NOTHING = object()


class Found(NamedTuple):
    """One value of an element where it stands.

    steps   the way to it from its object: ("name", "[0]")
    key     its JSON name, which tells the type of a choice
    value   None where there is only an extension
    shadow  id and extensions of a primitive
    """

    steps: tuple[str, ...]
    key: str
    value: Any
    shadow: Any

    @property
    def inside(self) -> Any:
        """The object whose children may be constrained."""
        return self.value if isinstance(self.value, dict) else self.shadow


class Discriminator(NamedTuple):
    """How the values of a sliced element are told apart."""

    kind: str  # value, pattern, exists, type, profile
    path: str


@dataclass
class Constraint:
    """What a profile asks of one element, or of one slice of it."""

    name: str
    owner: str  # the profile's title, for the sentences
    least: int = 0
    most: int | None = None
    fixed: Any = NOTHING
    pattern: Any = NOTHING
    kinds: tuple[str, ...] = ()  # types of a choice; none where the profile leaves them
    profiles: tuple[str, ...] = ()  # of its type, or of the extension
    targets: tuple[str, ...] = ()  # profiles that a reference may lead to
    codes: dict[str, frozenset[str]] | None = None
    suggested: dict[str, frozenset[str]] | None = None  # of an extensible binding
    rules: tuple[str, ...] = ()
    discriminators: tuple[Discriminator, ...] = ()
    closed: bool = False
    children: dict[str, Constraint] = field(default_factory=dict)
    slices: dict[str, Constraint] = field(default_factory=dict)

    def at(self, step: str) -> Constraint:
        """The constraint one step further, made when it is not there: `section` or `section:problems`."""
        name, _, part = step.partition(":")
        child = self.children.setdefault(name, Constraint(name, self.owner))
        return child.slices.setdefault(part, Constraint(name, self.owner)) if part else child

    def below(self, name: str) -> Constraint | None:
        """The constraint that a step of a path leads to, if the profile has one."""
        if not name.startswith("extension('"):
            return self.children.get(name) or self.children.get(name + "[x]")
        url = name[len("extension('") : -2]
        slices = self.children["extension"].slices.values() if "extension" in self.children else ()
        return next((part for part in slices if url in part.profiles), None)

    def read(self, element: dict[str, Any], codes: Callable[[str], dict[str, frozenset[str]] | None]) -> None:
        """Take what an ElementDefinition says."""
        self.least = element.get("min", self.least)
        most = element.get("max", "*")
        self.most = None if most == "*" else int(most)
        for key, value in element.items():
            if key.startswith("fixed"):
                self.fixed = value
            elif key.startswith("pattern"):
                self.pattern = value
        types = element.get("type", ())
        self.kinds = tuple(kind["code"] for kind in types)
        self.profiles = tuple(url for kind in types for url in kind.get("profile", ()))
        self.targets = tuple(url for kind in types for url in kind.get("targetProfile", ()))
        binding = element.get("binding", {})
        listed = codes(binding["valueSet"].partition("|")[0]) if "valueSet" in binding else None
        self.codes = listed if binding.get("strength") == "required" else None
        self.suggested = listed if binding.get("strength") == "extensible" else None
        self.rules = tuple(c["key"] for c in element.get("constraint", ()) if c["key"] in TESTS)
        slicing = element.get("slicing", {})
        self.discriminators = tuple(Discriminator(d["type"], d["path"]) for d in slicing.get("discriminator", ()))
        self.closed = slicing.get("rules") == "closed"

    def problem(
        self, rule: str, th: str, en: str, code: str = "invariant", severity: Severity = "error"
    ) -> list[Problem]:
        """A fault against this profile."""
        return [Problem(rule, code, f"โพรไฟล์ {self.owner}: {th}", f"profile {self.owner}: {en}", severity)]


@cache
def _choice_types() -> frozenset[str]:
    """How the JSON name of a choice can end: an Extension takes every type."""
    [value] = [element for element in tables.elements("Extension") if element.name == "value[x]"]
    return frozenset(key.removeprefix("value") for key in value.keys)


def values(owner: Any, name: str) -> list[Found]:
    """The values of an element in its object; `value[x]` finds whichever type is there."""
    if not isinstance(owner, dict):
        return []
    if name.endswith("[x]"):
        stem = name.removesuffix("[x]")
        keys = {key.lstrip("_") for key in owner if key.lstrip("_").startswith(stem)}
        return [one for key in sorted(keys) if key[len(stem) :] in _choice_types() for one in values(owner, key)]
    value, shadow = owner.get(name), owner.get("_" + name)
    if isinstance(value, list) or isinstance(shadow, list):
        shadows: list[Any] = shadow or []
        items: list[Any] = value or [None] * len(shadows)
        pairs = ((item, shadows[i] if i < len(shadows) else None) for i, item in enumerate(items))
        return [Found((name, f"[{i}]"), name, item, beside) for i, (item, beside) in enumerate(pairs)]
    return [] if value is None and shadow is None else [Found((name,), name, value, shadow)]


_STEPS = re.compile(r"extension\('[^']+'\)|[^.]+").findall


def steps_of(path: str) -> list[str]:
    """The steps of a discriminator's path; `$this` has none, extension('url') is one."""
    return [] if path == "$this" else _STEPS(path)


def step(owner: Any, name: str) -> list[Found]:
    """The values one step further: of an element, of a choice without its type, of the extensions of one url."""
    if name.startswith("extension('"):
        url = name[len("extension('") : -2]
        return [e for e in values(owner, "extension") if isinstance(e.value, dict) and e.value.get("url") == url]
    return values(owner, name) or values(owner, name + "[x]")


def reached(owner: Any, steps: list[str]) -> Iterator[Any]:
    """The values that a path leads to."""
    if not steps:
        return
    for one in step(owner, steps[0]):
        if steps[1:]:
            yield from reached(one.inside, steps[1:])
        elif one.value is not None:
            yield one.value


def is_like(value: Any, pattern: Any) -> bool:
    """Whether a value holds all that a pattern holds."""
    if isinstance(pattern, dict):
        return isinstance(value, dict) and all(key in value and is_like(value[key], pattern[key]) for key in pattern)
    if isinstance(pattern, list):
        return isinstance(value, list) and all(any(is_like(item, one) for item in value) for one in pattern)
    return bool(value == pattern)


def is_coded(value: Any, codes: dict[str, frozenset[str]]) -> bool:
    """Whether a code, a coding or a concept is of a value set."""
    if isinstance(value, str):
        return any(value in listed for listed in codes.values())
    if not isinstance(value, dict):
        return True
    codings = value.get("coding", [value])
    return any(one.get("code") in codes.get(one.get("system", ""), ()) for one in codings if isinstance(one, dict))


def choice_type(name: str, key: str) -> str:
    """What comes after the stem of a choice, as the definitions write it: valueQuantity -> Quantity."""
    return key[len(name.removesuffix("[x]")) :]


def kind_of_url(url: str, type_of: Callable[[str], str | None]) -> str | None:
    """The resource type that a profile is of; None for one that is not known."""
    plain = url.partition("|")[0]
    name = plain.removeprefix(BASE)
    return name if name in tables.resource_types() else type_of(plain)


def at_place(steps: tuple[str, ...], found: Problems) -> Problems:
    """Problems of a value, seen from the object that it stands in."""
    if found:
        for step in reversed(steps):
            under(step, found)
    return found
