"""Links inside the resources of a transaction: to other entries by their fullUrl, to what a search finds.

Source: FHIR R4 http, transaction processing rules: Reference.reference, uri-like elements and links in narratives are
replaced where they are another entry's fullUrl; a Reference may hold a search that finds exactly one resource.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

_LINK = re.compile(r"""((?:href|src)\s*=\s*["'])([^"']+)(["'])""")


def searches(resource: Any) -> Iterator[str]:
    """Every reference that is a search (`Patient?identifier=...`)."""
    for holder in _dicts(resource):
        reference = holder.get("reference")
        if (
            isinstance(reference, str)
            and "?" in reference
            and not reference.startswith(("http:", "https:", "urn:", "#"))
        ):
            yield reference


def _dicts(value: Any) -> Iterator[dict[str, Any]]:
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, dict):
            yield item
            waiting.extend(item.values())
        elif isinstance(item, list):
            waiting.extend(item)


def resolved(value: Any, known: Mapping[str, str]) -> Any:
    """The same content with every link that is `known` replaced by where it leads to."""
    if isinstance(value, dict):
        return {
            key: _text(key, item, known) if isinstance(item, str) else resolved(item, known)
            for key, item in value.items()
        }
    if isinstance(value, list):
        return [known.get(item, item) if isinstance(item, str) else resolved(item, known) for item in value]
    return value


def _text(key: str, text: str, known: Mapping[str, str]) -> str:
    if key == "div":
        return _LINK.sub(lambda found: found[1] + known.get(found[2], found[2]) + found[3], text)
    if key == "reference":
        return known.get(text) or _versioned(text, known)
    return known.get(text, text)


def _versioned(text: str, known: Mapping[str, str]) -> str:
    """A fragment or version after a fullUrl stays behind what the fullUrl leads to."""
    for mark in ("/_history/", "#"):
        head, found, tail = text.partition(mark)
        if found and head in known:
            return known[head] + (found + tail if mark == "#" else "")
    return text
