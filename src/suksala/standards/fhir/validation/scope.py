"""What a check must remember while it walks one resource: what is contained, and what was referred to."""

from __future__ import annotations

from typing import Any


class Scope:
    """One resource that stands alone, with what it contains.

    root       the resource
    kinds      id -> type of each contained resource
    used       ids of contained resources that something refers to
    inside     the id of the contained resource that is being read, None in the resource itself
    """

    __slots__ = ("inside", "kinds", "root", "used")

    def __init__(self, root: dict[str, Any]) -> None:
        self.root = root
        self.used: set[str] = set()
        self.inside: str | None = None
        self.kinds = contained_kinds(root) if "contained" in root else _NONE


_NONE: dict[str, str] = {}


def contained_kinds(root: dict[str, Any]) -> dict[str, str]:
    """id -> type of what a resource contains, as far as it is told properly."""
    found: dict[str, str] = {}
    listed = root["contained"]
    for one in listed if isinstance(listed, list) else []:
        if isinstance(one, dict) and isinstance(one.get("id"), str) and isinstance(one.get("resourceType"), str):
            found[one["id"]] = one["resourceType"]
    return found
