"""A fact as a leaf: the bytes that are hashed.

The fact's digest is SHA-256 over the salt, 16 random bytes kept beside the fact, and the fact as JSON with sorted keys
and no blanks, in UTF-8; its origin is left out, for a citizen who takes the proof home is not to learn the addresses of
the staff's machines. The salt keeps a digest from being searched for ("was Mali's record read on 3 March?"). The
leaf's data is the month of the fact, such as `2026-11`, and this digest. When a fact's time of keeping ends, fact and
salt go; month and digest, which then say nothing more, stay: so nobody can pass off a young fact as one that has ended.
"""

from __future__ import annotations

import hashlib
from datetime import UTC, date, datetime
from typing import Any, NamedTuple
from uuid import UUID

import orjson

from suksala.foundation import clock

from .domain import Fact
from .merkle import leaf_hash

VERSION = 1


class Sealed(NamedTuple):
    """A fact and the salt of its leaf."""

    fact: Fact
    salt: UUID

    @property
    def month(self) -> date:
        """First day of its month in Bangkok: the part of the log that it lies in."""
        return self.fact.at.astimezone(clock.BANGKOK).date().replace(day=1)

    def digest(self) -> bytes:
        """What stays of it: SHA-256 of salt and fact."""
        return hashlib.sha256(self.salt.bytes + canonical(self.fact)).digest()

    def leaf(self) -> bytes:
        """The hash of its leaf."""
        return leaf_of(self.month, self.digest())


def leaf_of(month: date, digest: bytes) -> bytes:
    """The hash of a leaf from what stays of its fact."""
    return leaf_hash(month.isoformat()[:7].encode() + digest)


def canonical(fact: Fact) -> bytes:
    """The one way to write a fact."""
    return orjson.dumps(as_document(fact), option=orjson.OPT_SORT_KEYS)


def as_document(fact: Fact) -> dict[str, Any]:
    """The fact for people and programs: JSON values only, the moment in UTC to the microsecond."""
    return {
        "v": VERSION,
        "seq": fact.seq,
        "at": fact.at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds") + "Z",
        "kind": fact.kind,
        "actor": fact.actor,
        "purpose": fact.purpose,
        "person": fact.person,
        "facility": fact.facility,
        "rtype": fact.rtype,
        "rid": fact.rid,
        "detail": dict(fact.detail),
    }


def of_document(document: dict[str, Any]) -> Fact:
    """The fact that `as_document` wrote. Raises ValueError for anything else."""
    try:
        if document["v"] != VERSION:
            raise ValueError("a fact of another version")
        at = datetime.strptime(document["at"], "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)
        names = ("kind", "actor", "purpose", "person", "facility", "detail", "rtype", "rid", "seq")
        return Fact(at, **{name: document[name] for name in names})
    except (KeyError, TypeError) as error:
        raise ValueError("not a fact") from error
