"""The profiles that are kept here, as reduced StructureDefinitions."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson

from . import tables

FILES = ("profiles_ips.json", "profiles_th.json", "profiles_balp.json")


@cache
def shipped() -> dict[str, tuple[dict[str, Any], dict[str, dict[str, list[str]]]]]:
    """Canonical -> definition, and the codes of the value sets that its file brings."""
    found = {}
    for name in FILES:
        table = orjson.loads((tables.FOLDER / name).read_bytes())
        found.update({one["url"]: (one, table["codes"]) for one in table["profiles"]})
    return found


def profile_urls() -> tuple[str, ...]:
    """The canonicals of the profiles that are kept here."""
    return tuple(sorted(shipped()))


def type_of(url: str) -> str | None:
    """The type that a profile kept here constrains."""
    kept = shipped().get(url)
    return None if kept is None else str(kept[0]["type"])
