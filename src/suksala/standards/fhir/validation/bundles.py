"""The rules of a Bundle: what its kind asks of its entries.

Source: FHIR R4 Bundle, bdl-1 to bdl-12.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Object = dict[str, Any]
Test = Callable[[Object], bool]
_ASKS = frozenset({"batch", "transaction", "history"})
_ANSWERS = frozenset({"batch-response", "transaction-response", "history"})


def _full_urls(value: Object) -> bool:
    """bdl-7: the same fullUrl twice is two versions of one resource."""
    if value.get("type") == "history":
        return True
    seen = set()
    for entry in value.get("entry", ()):
        if "fullUrl" not in entry:
            continue
        key = entry["fullUrl"], entry.get("resource", {}).get("meta", {}).get("versionId")
        if key in seen:
            return False
        seen.add(key)
    return True


def _each(value: Object, part: str, kinds: frozenset[str]) -> bool:
    wanted = value.get("type") in kinds
    return all((part in entry) == wanted for entry in value.get("entry", ()))


def _first(value: Object, kind: str, rtype: str) -> bool:
    """bdl-11, bdl-12: a document begins with its Composition, a message with its header."""
    return value.get("type") != kind or value["entry"][0]["resource"]["resourceType"] == rtype


def _starts(value: Object, kind: str, rtype: str) -> bool:
    return value.get("type") != kind or (bool(value.get("entry")) and _first(value, kind, rtype))


def _identified(value: Object) -> bool:
    return value.get("type") != "document" or {"system", "value"} <= value.get("identifier", {}).keys()


BUNDLE_TESTS: dict[str, Test] = {
    "bdl-1": lambda v: "total" not in v or v.get("type") in ("searchset", "history"),
    "bdl-2": lambda v: v.get("type") == "searchset" or not any("search" in one for one in v.get("entry", ())),
    "bdl-3": lambda v: _each(v, "request", _ASKS),
    "bdl-4": lambda v: _each(v, "response", _ANSWERS),
    "bdl-7": _full_urls,
    "bdl-8": lambda v: "/_history/" not in v.get("fullUrl", ""),
    "bdl-9": _identified,
    "bdl-10": lambda v: v.get("type") != "document" or "timestamp" in v,
    "bdl-11": lambda v: _starts(v, "document", "Composition"),
    "bdl-12": lambda v: _starts(v, "message", "MessageHeader"),
}
