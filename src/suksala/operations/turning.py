"""The master key is turned, and what is sealed comes under the new one."""

from __future__ import annotations

from dataclasses import dataclass

from suksala.foundation import clock, keys

ACTOR = "system:operator"
AUTHENTICATORS = "mfa_authenticator.data"


@dataclass(frozen=True)
class Turned:
    """What a turn did.

    number    of the newest master key
    resealed  how many values of each table.column came under it
    """

    number: int
    resealed: dict[str, int]


def turn() -> Turned:
    """Make a new master key, then bring under it what is sealed. Broken off at any step, everything still opens, and
    `reseal` does the rest. Raises keys.KeyIsGiven, with nothing done.
    """
    _tell("keys.turn", keys.turn())
    return reseal()


def reseal() -> Turned:
    """Bring what is sealed under older master keys under the newest. Safe to repeat, and while Suksala serves."""
    from suksala import signin
    from suksala.foundation import sealed

    done = {f"{table}.{column}": sealed.reseal(table, column) for table, column in sealed.columns()}
    done[AUTHENTICATORS] = signin.reseal_authenticators()
    _tell("keys.reseal", keys.newest(), **done)
    return Turned(keys.newest(), done)


def _tell(kind: str, number: int, **counts: int) -> None:
    from suksala import audit
    from suksala.foundation import database

    with database.transaction():
        audit.record(kind, actor=ACTOR, detail={"number": number, **counts}, at=clock.now())
