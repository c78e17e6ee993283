"""Use case of finding a person in the register of the own facility: whom it names to somebody, the log names."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass

from suksala import audit
from suksala.foundation import SuksalaError, clock
from suksala.standards.thai_codes import citizen_number, folded

from . import reading, storage
from .domain import Registration

MOST = 5  # decision 0191: who is sought by a whole name is among so few, and a register is not leafed through
NAME_SHORTEST = 3  # letters, without marks and blanks

Count = Callable[[Collection[int]], None]


@dataclass(frozen=True, slots=True)
class FoundOwn:
    """What a search tells.

    registrations  who was found; nobody where there were more than `MOST`
    more           there were
    short          fewer letters than a search by name takes, and no local number
    """

    registrations: tuple[Registration, ...] = ()
    more: bool = False
    short: bool = False


def search_own(hospcode: str, text: str, *, actor: str, purpose: str = "TREAT", count: Count) -> FoundOwn:
    """Find a person among the registrations of one facility: national number, local number, or the beginning of a name.

    Tones, spaces and marks do not matter in names. A search that finds more than `MOST`, or by fewer letters of a name
    than `NAME_SHORTEST`, tells of nobody. Each search is a fact in the audit log (kind `search`), one for every person
    whom it tells of, who can read it; the text is not kept.

    actor, purpose  who searches and why, as in the audit log (`account.actor`, an ActReason)
    count           is told whom the answer is about to name, before it is; what it raises ends the search
    """
    wanted = text.replace("\0", "").strip()  # PostgreSQL keeps no NUL: no name has one
    found = _search(hospcode, wanted)
    told = found if len(found) <= MOST else []

    def facts(persons: Collection[int | None]) -> list[audit.Fact]:
        detail = {"found": len(found), "told": len(told)}
        return [audit.Fact(clock.now(), "search", actor, purpose, person, hospcode, detail) for person in persons]

    try:
        count([one.person for one in told])
    except SuksalaError:
        told = []
        audit.record_now(facts([None]))
        raise
    audit.record_now(facts([one.person for one in told] or [None]))
    return FoundOwn(tuple(told), bool(found) and not told, not found and len(folded(wanted)) < NAME_SHORTEST)


def _search(hospcode: str, text: str) -> list[Registration]:
    """One more than may be told of, at most."""
    digits = citizen_number.plain(text)
    if len(digits) == 13 and digits.isdigit():
        return storage.search(hospcode, "d.number_key = %s", [reading.number_key(digits)], MOST + 1)
    exact = storage.search(hospcode, "r.pid = %s", [text], MOST + 1)
    name = folded(text)
    if exact or len(name) < NAME_SHORTEST:
        return exact
    pattern = name.replace("\\", "").replace("%", "").replace("_", "")
    return storage.search(
        hospcode, "(d.search_key LIKE %s OR d.search_key LIKE %s)", [f"{pattern}%", f"% {pattern}%"], MOST + 1
    )
