"""The deletion certificate: signed words that an emergency copy was destroyed, with the proof that the log says so.

The words are a C2SP signed note under the key of the audit log. The proof has the form of `audit.document_of`, so the
whole file is checked without a server by `suksala audit verify FILE`.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from suksala import audit

from . import grants_storage as storage
from .grants import Grant

FIRST_LINE = "Suksala deletion certificate v1"


def certificate(number: UUID, persons: Collection[int]) -> dict[str, Any] | None:
    """The certificate of one of these persons' emergency openings; None when it is not theirs, or not shredded yet.

    The proof holds the one fact that the copy was destroyed; in the first seconds, before it is sealed, none.
    """
    found = storage.one(number)
    if found is None or found.person not in persons or found.shredded_at is None:
        return None
    text = words(found, found.shredded_at)
    document = audit.document_of([found.person])
    facts = [one for one in document["facts"] if _tells(one["fact"], found)]
    return {**document, "facts": facts, "certificate": str(audit.Note(text, (audit.signer().sign(text),)))}


def words(grant: Grant, shredded_at: datetime) -> str:
    """What is signed: which opening, from when to when, and when key and copy were destroyed. Nobody is named."""
    moments = {"opened": grant.began, "ended": grant.ended_at or shredded_at, "destroyed": shredded_at}
    lines = [f"{name} {at.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for name, at in moments.items()]
    return "\n".join([FIRST_LINE, f"grant {grant.id}", *lines]) + "\n"


def _tells(fact: dict[str, Any], grant: Grant) -> bool:
    return bool(fact["kind"] == "grant.shredded" and fact["detail"].get("grant") == str(grant.id))
