"""Use cases of budgets: each request takes from them before or after it is answered, and none is answered over them.

In a process: a share of the client's requests, and whom it was told of within the hour, so that most requests cost a
look into a dictionary. In the database: what all processes share. A system that goes over its people is suspended at
once, and its operator told by a fact: a stolen key looks like that (T04). A person only waits.
"""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from suksala import audit, identity
from suksala.foundation import clock, database

from . import budget_rules, budget_storage, service
from .budget_rules import DAY, HOUR
from .domain import Client, NoClient

LEASE_SECONDS = 1.0  # an unused share goes stale: another process may need it
MOST_REMEMBERED = 100_000  # people, over all clients of a process


@dataclass
class _Lease:
    left: int
    until: float


@dataclass
class _Memory:
    """What a process remembers; the table knows better."""

    leases: dict[str, _Lease] = field(default_factory=dict)
    reached: dict[str, dict[int, float]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)


_memory = _Memory()


def take(client: Client) -> None:
    """Count a request of a client. Raises OverBudget when there were too many, and nothing else happens."""
    budget = client.budget
    if not budget.rate:
        return
    at = time.monotonic()
    with _memory.lock:
        kept = _memory.leases.get(client.name)
        if kept is not None and kept.left > 0 and at < kept.until:
            kept.left -= 1
            return
    granted, full = budget_storage.lease(client.name, budget, clock.now())
    if not granted:
        raise budget_rules.too_fast((1 - full) / budget.rate)
    with _memory.lock:
        _memory.leases[client.name] = _Lease(granted - 1, at + LEASE_SECONDS)


def tell(client: Client, persons: Collection[int]) -> None:
    """Count people of whom a client is about to be told. Raises OverBudget when they would be too many in an hour; then
    nothing of the answer may leave, and a system is to be suspended (`quarantine`).
    """
    if client.user is not None:
        _tell(client.user.actor, persons, client.budget.patients, humans=True)
    else:
        _tell(client.name, persons, client.budget.patients)


def tell_reader(actor: str, persons: Collection[int], *, clerk: bool = False) -> None:
    """Count people whose record somebody is about to read on pages, together with what their apps read.

    clerk  whether they read as a clerk, who has an hour of fewer people
    Raises OverBudget as `tell`.
    """
    usual = service.usual_budgets()
    _tell(actor, persons, usual.clerk if clerk else usual.person, humans=True)


def _tell(who: str, persons: Collection[int], most: int, *, humans: bool = False) -> None:
    """humans  whether a human asks: then several registrations of one human are one, for systems keep registrations and
    people meet humans; and all accounts of one practitioner have one hour
    """
    fresh = _fresh(who, persons) if most else []
    if not fresh:
        return
    now = clock.now()
    counted = _humans(fresh) if humans else fresh
    again = budget_storage.spend(_hour_of(who) if humans else who, counted, most, HOUR, now)
    if again is not None:
        raise budget_rules.too_many_patients((again - now).total_seconds())
    _remember(who, fresh)


def _hour_of(actor: str) -> str:
    """Whose hour it is: the practitioner's, whichever account they use, else the account's own."""
    number = budget_storage.practitioner_of(actor.removeprefix("account:"))
    return actor if number is None else f"practitioner:{number}"


def _humans(numbers: Collection[int]) -> list[int]:
    """Who the persons are; what was asked for and is nobody's stays as it is."""
    known = identity.humans_of(numbers)
    return sorted({known.get(number, number) for number in numbers})


def pace(client: Client, persons: Sequence[int]) -> tuple[int, float]:
    """Count people of whom a client is about to be told unasked, in this order; as many as the hour still holds.

    Returns how many of them may be told, and after how many seconds more may. What is pushed has an hour of its own,
    and nobody is suspended: the exchange chose the moment, and can wait.
    """
    who, most, now = f"push:{client.name}", client.budget.patients, clock.now()
    fits, again = len(persons), now
    while fits and most:
        fresh = _fresh(who, persons[:fits])
        full = budget_storage.spend(who, fresh, most, HOUR, now) if fresh else None
        if full is None:
            _remember(who, fresh)
            break
        fits, again = fits // 2, full
    return fits, (again - now).total_seconds()


def begin_export(client: Client) -> None:
    """Count a bulk export. Raises OverBudget when a day holds no more."""
    most = client.budget.exports
    if not most:
        return
    now = clock.now()
    again = budget_storage.spend(f"export:{client.name}", [secrets.randbits(62)], most, DAY, now)
    if again is not None:
        raise budget_rules.too_many_exports((again - now).total_seconds())


def begin_download(actor: str, worklist: str) -> None:
    """Count that somebody takes a list of rows away. Raises OverBudget when a day holds no more of this list.

    worklist  which list, by codes of ours
    """
    most = service.usual_budgets().system.exports
    if not most:
        return
    now = clock.now()
    again = budget_storage.spend(f"export:{actor}:{worklist}", [secrets.randbits(62)], most, DAY, now)
    if again is not None:
        raise budget_rules.too_many_exports((again - now).total_seconds())


class Spent(NamedTuple):
    """What a client had of one budget, and may have."""

    name: str
    used: int
    most: int

    @property
    def left(self) -> int:
        """How much more it may have now."""
        return max(self.most - self.used, 0)


def budget_used(client: Client) -> list[Spent]:
    """How a client stands: people within the hour, exports within the day; nothing of a budget without bound."""
    now = clock.now()
    found = [
        Spent("patients", budget_storage.used(_who(client), now - HOUR), client.budget.patients),
        Spent("exports", budget_storage.used(f"export:{client.name}", now - DAY), client.budget.exports),
    ]
    return [spent for spent in found if spent.most]


def limit_client(name: str, *, lift: bool = False, actor: str, **limits: int | None) -> None:
    """Give a client its own limits (rate, burst, patients, exports, rows; 0 is no bound), or lift its quarantine.

    Raises NoClient.
    """
    with database.transaction():
        if not budget_storage.set_limits(name, limits, lift=lift):
            raise NoClient
        said = {key: value for key, value in limits.items() if value is not None}
        audit.record("signin.client-limited", actor=actor, detail={"client": name, **said, "lifted": lift})
        service.tell_changed()
    forget()


def forget() -> None:
    """Ask the database again for everything."""
    with _memory.lock:
        _memory.leases.clear()
        _memory.reached.clear()


def _who(client: Client) -> str:
    return client.name if client.user is None else _hour_of(client.user.actor)


def _fresh(who: str, persons: Collection[int]) -> list[int]:
    known = _memory.reached.get(who, {})
    since = time.monotonic() - HOUR.total_seconds()
    return [person for person in persons if known.get(person, -1.0e12) < since]


def _remember(who: str, persons: Collection[int]) -> None:
    at = time.monotonic()
    with _memory.lock:
        if sum(map(len, _memory.reached.values())) > MOST_REMEMBERED:
            _memory.reached.clear()
        _memory.reached.setdefault(who, {}).update(dict.fromkeys(persons, at))


def quarantine(client: Client) -> None:
    """Suspend a system that went over its people, and tell its operator by a fact; an app's user only waits."""
    if client.user is not None:
        return
    with database.transaction():
        if budget_storage.quarantine(client.name, "patients", clock.now()):
            audit.record(
                "signin.client-quarantined",
                actor=client.actor,
                facility=client.hospcode,
                detail={"client": client.name, "why": "patients", "most": client.budget.patients},
            )
            service.tell_changed()
