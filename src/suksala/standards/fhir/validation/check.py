"""The front: one resource in, its issues out."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from . import inside, references
from .issues import KEPT, Issue, Problem, Problems, finished, joined
from .nodes import node
from .profiles import check_profiles


def check(resource: Any, *, profiles: Collection[str] = (), rtype: str | None = None) -> list[Issue]:
    """What is wrong with one resource: errors first, at most MOST issues; nothing when all is well.

    resource  what a JSON reader gave, of any shape
    profiles  canonicals to check besides those that meta.profile names, of the resource and of each one inside it; one
              that is not kept here is an error, in meta a warning. Profiles are checked when the structure is sound
    rtype     the type that the address named; None takes the resource's own

    Never raises for a JSON value, and never repeats one: what a resource holds is personal.
    """
    own, found = references.type_of(resource)
    if own is None:
        return finished(found, rtype or "Resource")
    if rtype is not None and own != rtype:
        th, en = "resourceType ไม่ตรงกับที่อยู่ที่ส่งมา", "resourceType is not the type that the address names"
        problem = Problem("resource-type", "invalid", th, en)
        problem.steps.append("resourceType")
        return finished([problem], rtype)
    try:
        found = references.alone(resource, own, node)
        if (profiles or "meta" in resource or inside.may_hold(resource)) and _is_sound(found):
            found = joined(found, check_profiles(resource, profiles))
    except RecursionError:
        th, en = "ซ้อนกันลึกเกินไป ให้ลดชั้น", "is nested too deeply; flatten it"
        found = [Problem("depth", "too-long", th, en)]
    return finished(found, own)


def _is_sound(found: Problems) -> bool:
    """Whether every part has the shape that the definitions give it, as far as problems were kept to say so."""
    return found is None or (len(found) < KEPT and all(problem.code != "structure" for problem in found))
