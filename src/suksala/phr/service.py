"""Use cases of the citizen's own record."""

from __future__ import annotations

import csv
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path

from suksala import audit, consent, identity
from suksala.foundation import clock, database

from . import domain
from .citizens import Citizen
from .domain import UsageLogProblem, Use

OWN_CHANNEL = "suksala"
MINISTRY_CHANNEL = "moph-app"


def permit(account: Citizen, now: datetime) -> consent.Permit:
    """Leave for a citizen to read the own record: all registrations of the same human, all facilities (PATRQT).

    Raises consent.NoPermit for another role, or while no registration is connected to the account.
    """
    return consent.permit_for_own_record(account, account.person, now)


def told_registration(account: Citizen, *, hospcode: str, demonstration: bool = False) -> None:
    """Keep the fact that a citizen registered to use the own record here, at a unit that helped (S1.56, S1.57)."""
    _tell("register", account, hospcode, demonstration)


def told_login(account: Citizen, *, hospcode: str | None = None, demonstration: bool = False) -> None:
    """Keep the fact that a citizen entered the own record here (S1.40, S1.58)."""
    _tell("login", account, hospcode, demonstration)


def import_usage(csv_path: Path, *, channel: str = MINISTRY_CHANNEL) -> int:
    """Take in the usage log of an approved application (CSV, UTF-8: hospcode, pid, kind, at, demonstration).

    Each line becomes a fact, phr.register or phr.login, of the citizen's person. A line sent again counts once.
    channel  which application sent the log, one of APPROVED_CHANNELS; a column `channel` says it line by line
    Returns how many facts are new. Raises UsageLogProblem, and keeps nothing, when a line is wrong.
    """
    try:
        with Path(csv_path).open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            uses = domain.read_uses(reader.fieldnames, iter(reader), channel)
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise UsageLogProblem(
            "อ่านบันทึกการใช้งานไม่ได้ ต้องเป็นแฟ้ม CSV ที่เข้ารหัส UTF-8",
            "the usage log cannot be read; it must be a CSV file in UTF-8",
        ) from error
    with database.transaction():
        return audit.record_many(_facts(uses), once=True)


def _facts(uses: Iterable[Use]) -> list[audit.Fact]:
    by_facility: dict[str, list[Use]] = {}
    for use in uses:
        by_facility.setdefault(use.hospcode, []).append(use)
    found = []
    for hospcode, group in by_facility.items():
        persons = identity.persons(hospcode, {use.pid for use in group}, actor="system:phr")
        found += [_fact(use, persons[use.pid]) for use in group]
    return found


def _fact(use: Use, person: int) -> audit.Fact:
    return audit.Fact(
        at=use.at,
        kind=f"phr.{use.kind}",
        actor=f"client:{use.channel}",
        purpose=consent.Purpose.OWN_RECORD,
        person=person,
        facility=use.hospcode,
        detail={"demonstration": use.demonstration, "channel": use.channel},
    )


def _tell(kind: str, account: Citizen, hospcode: str | None, demonstration: bool) -> None:
    audit.record(
        f"phr.{kind}",
        actor=account.actor,
        purpose=consent.Purpose.OWN_RECORD,
        person=account.person,
        facility=hospcode,
        detail={"demonstration": demonstration, "channel": OWN_CHANNEL},
        at=clock.now(),
    )
