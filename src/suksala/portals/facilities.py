"""Names of facilities for pages."""

from __future__ import annotations

from collections.abc import Iterable

from suksala import registry

from .texts import Text


def names(hospcodes: Iterable[str]) -> dict[str, Text]:
    """The name of each facility; one that is not registered is called by its code."""
    return {code: name(code) for code in set(hospcodes)}


def name(hospcode: str) -> Text:
    """The name of one facility."""
    found = registry.facility(hospcode)
    if found is None:
        return Text(f"หน่วยบริการ {hospcode}", f"Facility {hospcode}")
    return Text(found.name_th, found.name_en or found.name_th)
