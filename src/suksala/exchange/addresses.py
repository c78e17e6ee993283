"""The address in a reference, as it is kept and compared: `Type/id` for what is here, else as it stands."""

from __future__ import annotations

import re
from typing import Any

from suksala.foundation import settings

from .domain import NUMBER

LOCAL = re.compile(r"([A-Z][A-Za-z]+)/([A-Za-z0-9.-]{1,64})(?:/_history/[A-Za-z0-9.-]{1,64})?")


def of(value: Any) -> str | None:
    """The address of a Reference, a canonical or a resource inside another; None where it gives only an identifier."""
    if isinstance(value, dict):
        if "resourceType" in value:
            return f"{value['resourceType']}/{value['id']}" if "id" in value else None
        value = value.get("reference")
    return compared(value) if isinstance(value, str) and value else None


def compared(text: str) -> str:
    """An address without this server's base and without a version: both say where, not what."""
    found = LOCAL.fullmatch(text)
    if found:
        return f"{found[1]}/{found[2]}" if found[1] in NUMBER else text
    base = f"{settings.current().public_url}/fhir/" if settings.current().public_url else None
    if base and text.startswith(base):
        text = text.removeprefix(base)
    found = LOCAL.fullmatch(text)
    return f"{found[1]}/{found[2]}" if found and found[1] in NUMBER else text


def local(address: str) -> tuple[str, str] | None:
    """Type and id of an address here."""
    found = LOCAL.fullmatch(address)
    return (found[1], found[2]) if found and found[1] in NUMBER else None


def within(url: str) -> str | None:
    """`Type/id` at the end of an address that may be this server's: all are, while it does not know its own."""
    if settings.current().public_url:
        return None
    kind, _, rid = url.rpartition("/")
    found = local(f"{kind.rpartition('/')[2]}/{rid}")
    return f"{found[0]}/{found[1]}" if found else None
