"""The resources inside a resource: contained, the entries of a Bundle, the parameters of Parameters."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .slicing import Around

Place = tuple[str, ...]
_HOLDERS = frozenset({"Bundle", "Parameters"})


def may_hold(resource: dict[str, Any]) -> bool:
    """Whether other resources may stand inside."""
    return "contained" in resource or resource["resourceType"] in _HOLDERS


def resources(resource: dict[str, Any], around: Around) -> Iterator[tuple[Place, dict[str, Any], Around]]:
    """A sound resource and every one inside it: the way there, the resource, and where its references lead."""
    yield (), resource, around
    for at, one in _listed(resource, "contained"):
        yield at, one, around
    if resource["resourceType"] in _HOLDERS:
        for at, one in _held(resource):
            near = Around(one, around) if "contained" in one or "entry" in one else around
            yield from ((at + more, deeper, there) for more, deeper, there in resources(one, near))


def _listed(owner: dict[str, Any], name: str) -> Iterator[tuple[Place, dict[str, Any]]]:
    for position, one in enumerate(owner.get(name, ())):
        if isinstance(one, dict):
            yield (name, f"[{position}]"), one


def _held(owner: dict[str, Any]) -> Iterator[tuple[Place, dict[str, Any]]]:
    """What the entries or parameters of an object hold, parts of parameters included."""
    for name in ("entry", "parameter", "part"):
        for at, one in _listed(owner, name):
            if "resource" in one:
                yield (*at, "resource"), one["resource"]
            if "part" in one:
                yield from ((at + more, deeper) for more, deeper in _held(one))
