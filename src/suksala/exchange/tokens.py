"""Search tokens: a parameter, a system and a code become one 64-bit number (BLAKE2b), compared instead of text.

64 bits: below 10^9 distinct values a collision is not expected; the body is compared again when a page is short
enough to matter.
"""

from __future__ import annotations

import hashlib
from functools import lru_cache

ANY = "*"  # the code whatever its system is


def number_of(text: str) -> int:
    """The signed 64-bit number of a text."""
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=8).digest(), "big", signed=True)


def token(parameter: str, system: str, code: str) -> int:
    """The number of `system|code` under a search parameter; system may be ANY, or empty for "has no system"."""
    return number_of(f"{parameter}\x1f{system}\x1f{code}")


@lru_cache(maxsize=1 << 16)
def coding(parameter: str, system: str, code: str) -> tuple[int, int]:
    """The two numbers under which a coding is found: with its system, and without. Cached: codings repeat."""
    return token(parameter, system, code), token(parameter, ANY, code)


@lru_cache(maxsize=1 << 14)
def reference(target: str) -> int:
    """The number of a relative reference such as `Encounter/sv-abc`. Cached: a visit has many results."""
    return number_of(target)


@lru_cache(maxsize=1 << 16)
def leads(parameter: str, target: str) -> int:
    """The number under which a reference parameter finds what refers to `Type/id`, or to another address."""
    return token(parameter, "\x1dto", target)


@lru_cache(maxsize=4096)
def has(parameter: str) -> int:
    """The number that says that a resource has a value of this parameter."""
    return token("has", "", parameter)


@lru_cache(maxsize=64)
def beside(parameter: str) -> int:
    """The number that says that the column of this date holds another one, and `resource_span` this."""
    return token("beside", "", parameter)


@lru_cache(maxsize=4096)
def unit(system: str, code: str) -> int:
    """The number of a unit of measure; without a system, of the unit as people read it."""
    return number_of(f"unit\x1f{system}\x1f{code}")


@lru_cache(maxsize=4096)
def unit_read(text: str) -> int:
    """The number that says that a unit is read so, where the number of the unit does not say it."""
    return token("unit", "read", text)
