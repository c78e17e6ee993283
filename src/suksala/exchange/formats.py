"""`_format` and `_pretty`, which every address takes: JSON is the one format."""

from __future__ import annotations

from .domain import SearchProblem

_JSON = {"json", "application/json", "application/fhir+json"}


def is_format(name: str, value: str) -> bool:
    """Whether a parameter is one of the two. Raises SearchProblem for a value that is not served."""
    if name == "_format":
        if value.replace(" ", "+") not in _JSON:
            raise SearchProblem("รองรับเฉพาะ JSON", "only JSON is served", issue="not-supported")
        return True
    if name == "_pretty":
        if value not in {"true", "false"}:
            raise SearchProblem("_pretty ต้องเป็น true หรือ false", "_pretty is true or false")
        return True
    return False
