"""Rows in PostgreSQL's binary COPY form, built by hand.

The general array and timestamp writers of the driver cost more than the rest of a row together; this is 3 µs per row.
Form: PostgreSQL manual, "COPY", Binary Format; timestamps count microseconds from 2000-01-01 UTC.
"""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta
from functools import lru_cache

HEADER = b"PGCOPY\n\xff\r\n\x00" + b"\x00" * 8
TRAILER = b"\xff\xff"
NULL = b"\xff\xff\xff\xff"

_INT8 = struct.Struct("!iq").pack
_INT4 = struct.Struct("!ii").pack
_INT2 = struct.Struct("!ih").pack
_FLOAT8 = struct.Struct("!id").pack
_LENGTH = struct.Struct("!i").pack
_COUNT = struct.Struct("!h").pack
_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_INT8_OID = 20


def count(fields: int) -> bytes:
    """The beginning of a row with so many fields."""
    return _COUNT(fields)


def boolean(value: bool) -> bytes:
    """A boolean."""
    return b"\x00\x00\x00\x01" + (b"\x01" if value else b"\x00")


def row(fields: list[bytes]) -> bytes:
    """One row of already packed fields."""
    return _COUNT(len(fields)) + b"".join(fields)


def int8(value: int | None) -> bytes:
    """A bigint."""
    return NULL if value is None else _INT8(8, value)


@lru_cache(maxsize=1 << 12)
def of_int8(packed: bytes) -> int | None:
    """What `int8` packed."""
    return None if packed == NULL else int.from_bytes(packed[4:], "big", signed=True)


def int4(value: int) -> bytes:
    """An integer."""
    return _INT4(4, value)


def int2(value: int | None) -> bytes:
    """A smallint."""
    return NULL if value is None else _INT2(2, value)


def float8(value: float | None) -> bytes:
    """A double precision."""
    return NULL if value is None else _FLOAT8(8, value)


def data(value: bytes | None) -> bytes:
    """A bytea."""
    return NULL if value is None else _LENGTH(len(value)) + value


def text(value: str | None) -> bytes:
    """A text."""
    return NULL if value is None else data(value.encode())


@lru_cache(maxsize=1 << 16)
def moment(value: datetime | None) -> bytes:
    """A timestamptz. Cached: the days of a district's history are few."""
    return NULL if value is None else _INT8(8, (value - _EPOCH) // _MICROSECOND)


@lru_cache(maxsize=64)
def _array(length: int) -> struct.Struct:
    return struct.Struct("!iiiii" + "iq" * length)


def int8_array(values: list[int]) -> bytes:
    """A bigint[]."""
    if not values:
        return data(struct.pack("!iii", 0, 0, _INT8_OID))
    flat = [item for value in values for item in (8, value)]
    return data(_array(len(values)).pack(1, 0, _INT8_OID, len(values), 1, *flat))
