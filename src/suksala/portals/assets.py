"""The compiled style, fonts and script that the pages use; built by `make assets`, named by their content."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

STATIC = Path(__file__).parent / "static"
STATIC_PREFIX = "/static/"
NAMED_BY_CONTENT = r"^.+\.[0-9a-f]{12}\.[a-z0-9]+$"  # such a file may be cached for ever


@lru_cache(maxsize=1)
def manifest() -> dict[str, dict[str, dict[str, str]]]:
    """What `make assets` wrote: packages with version and licence, files with hash and sizes."""
    loaded: dict[str, dict[str, dict[str, str]]] = json.loads((STATIC / "manifest.json").read_text(encoding="utf-8"))
    return loaded


def asset(name: str) -> str:
    """The address of an asset such as "suksala.css"."""
    return STATIC_PREFIX + manifest()["files"][name]["file"]
