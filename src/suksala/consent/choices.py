"""Choices as JSON, the form in which they are stored; and flattened, the form in which they are carried out. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from .consents import Choice, Consent, ConsentProblem, Receiver
from .permits import Purpose

_MOMENTS = ("data_since", "data_before", "since", "until")
_WORDS = ("types", "labels", "sources")


def to_json(choice: Choice) -> dict[str, Any]:
    """A choice as JSON; what is no bound is left out.

    >>> to_json(Choice(True, types=frozenset({"Condition"})))
    {'permit': True, 'types': ['Condition']}
    """
    found: dict[str, Any] = {"permit": choice.permit}
    if choice.receivers:
        found["receivers"] = sorted(f"{r.kind}:{r.code}" for r in choice.receivers)
    if choice.purposes:
        found["purposes"] = sorted(purpose.value for purpose in choice.purposes)
    found |= {name: sorted(getattr(choice, name)) for name in _WORDS if getattr(choice, name)}
    if choice.only_labels:
        found["only_labels"] = True
    found |= {name: getattr(choice, name).isoformat() for name in _MOMENTS if getattr(choice, name)}
    return found


def of_json(stored: Mapping[str, Any]) -> Choice:
    """The choice that `to_json` was given."""
    words: dict[str, Any] = {name: frozenset(stored.get(name, ())) for name in _WORDS}
    moments: dict[str, Any] = {name: datetime.fromisoformat(stored[name]) for name in _MOMENTS if name in stored}
    receivers = frozenset(Receiver(*text.split(":", 1)) for text in stored.get("receivers", ()))
    purposes = frozenset(Purpose(code) for code in stored.get("purposes", ()))
    only = bool(stored.get("only_labels"))
    return Choice(stored["permit"], receivers, purposes, only_labels=only, **words, **moments)


def flat(consent: Consent) -> list[Choice]:
    """The choices of a consent side by side: an exception stands within its base choice, and takes its bounds where it
    has none of its own. A row is open by it when one of them permits it and none denies it.

    Raises ConsentProblem for a denial with an exception that cannot be told without order (`require_flat`).
    """
    base = _within(Choice(True, since=consent.since, until=consent.until), consent.base)
    inner = [_within(base, choice) for choice in consent.exceptions]
    if base.permit or all(not choice.permit for choice in inner):
        return [base, *inner]
    require_flat(consent.base, consent.exceptions)
    allowed = frozenset[Purpose]().union(*(choice.purposes for choice in inner if choice.permit))
    return [replace(base, purposes=(base.purposes or frozenset(Purpose)) - allowed), *inner]


def require_flat(base: Choice, exceptions: tuple[Choice, ...]) -> None:
    """A denial may be excepted from by purpose ("nobody, except in an emergency"), not by what or by whom: the denial
    beside it would close the exception. Raises ConsentProblem.
    """
    if base.permit:
        return
    for choice in exceptions:
        if choice.permit and choice != Choice(True, purposes=choice.purposes):
            raise ConsentProblem(
                "คำปฏิเสธยกเว้นได้เฉพาะตามวัตถุประสงค์ ถ้าจะเปิดให้บางแห่งหรือบางส่วน ให้ใช้คำยินยอมแทน",
                "a refusal can be excepted from by purpose only; to open to some, or a part, give a consent instead",
                code="SKL-CONSENT-006",
            )


def _within(outer: Choice, inner: Choice) -> Choice:
    return replace(
        inner,
        receivers=inner.receivers or outer.receivers,
        purposes=inner.purposes or outer.purposes,
        sources=inner.sources or outer.sources,
        types=inner.types or outer.types,
        data_since=inner.data_since or outer.data_since,
        data_before=inner.data_before or outer.data_before,
        since=_later(inner.since, outer.since),
        until=_earlier(inner.until, outer.until),
    )


def _later(a: datetime | None, b: datetime | None) -> datetime | None:
    return max(a, b) if a and b else a or b


def _earlier(a: datetime | None, b: datetime | None) -> datetime | None:
    return min(a, b) if a and b else a or b
