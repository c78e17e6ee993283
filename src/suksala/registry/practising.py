"""Use cases of practitioners: what deposits and lists tell of them, and who works where with which licence."""

from __future__ import annotations

import csv
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from suksala import audit
from suksala.foundation import clock, database, keys

from . import practitioner_list, service
from . import practitioner_storage as storage
from .practitioners import (
    Conflict,
    Practitioner,
    PractitionerProblem,
    ProviderRow,
    Role,
    Source,
    require_codes,
    require_order,
)
from .taking import Taking


@dataclass(frozen=True)
class TakenProviders:
    """What taking in rows did: practitioners made, roles kept, left alone and dropped, contradictions; and where."""

    practitioners: int = 0
    roles: int = 0
    unchanged: int = 0
    dropped: int = 0
    conflicts: int = 0
    facilities: tuple[str, ...] = ()


def take_providers(
    hospcode: str, rows: Iterable[ProviderRow], *, named: Collection[str] = (), on: date | None = None
) -> TakenProviders:
    """Make the roles of a facility what its PROVIDER rows say now; safe to repeat.

    rows   every row that stands for the facility, not only those of one deposit: a role without a row goes
    named  the facility's own numbers that a deposit named on the day `on`, changed or not
    """
    told = sorted(rows, key=lambda row: row.local)
    with database.advisory_lock(storage.LOCK):
        taking = Taking(hospcode, Source.DEPOSIT, clock.today(), told)
        for row in told:
            taking.take(row)
        dropped = storage.drop_untold(hospcode, [row.local for row in told])
        if named and on:
            storage.note_told(hospcode, named, on)
        storage.save_conflicts(hospcode, taking.conflicts)
        done = TakenProviders(taking.made, taking.kept, taking.unchanged, dropped, len(taking.conflicts), (hospcode,))
        if done.roles or done.dropped:
            detail = {"roles": done.roles, "dropped": done.dropped, "conflicts": done.conflicts}
            audit.record("registry.providers", actor="system:ingest", facility=hospcode, detail=detail)
    return done


def import_practitioners(csv_path: Path, *, actor: str) -> TakenProviders:
    """Take in a list of practitioners (CSV, UTF-8; docs/how-to/keep-practitioners.md); again gives the same registry.

    Raises PractitionerProblem that names line and column, and keeps nothing, when a line is wrong.
    """
    try:
        with Path(csv_path).open(encoding="utf-8-sig", newline="") as lines:
            reader = csv.DictReader(lines)
            listed = practitioner_list.read_rows(reader.fieldnames, reader, clock.now())
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise PractitionerProblem(
            "อ่านรายชื่อบุคลากรไม่ได้ ต้องเป็นแฟ้ม CSV ที่เข้ารหัส UTF-8",
            "the list of practitioners cannot be read; it must be a CSV file in UTF-8",
        ) from error
    return _take(listed, Source.LIST, actor)


def keep_practitioner(hospcode: str, row: ProviderRow, *, actor: str) -> TakenProviders:
    """Keep what a steward tells of one practitioner and their role at a facility.

    Raises PractitionerProblem, and keeps nothing, when the facility or a code is unknown, or what is told contradicts.
    """
    require_codes(row.codes)
    require_order(row.since, row.until)
    require_order(row.licence_since, row.licence_until)
    if not row.given_th.strip() or (row.licence and row.licensed is None):
        raise PractitionerProblem(
            "ต้องมีชื่อ และถ้ามีใบอนุญาตต้องมีทั้งสภาวิชาชีพและเลขที่", "a name is needed, and a licence with its council and number"
        )
    return _take({hospcode: [row]}, Source.STEWARD, actor)


def _take(listed: Mapping[str, list[ProviderRow]], source: Source, actor: str) -> TakenProviders:
    """Rows that people made: all of them, or none when one contradicts."""
    _require_facilities(listed)
    total = TakenProviders(facilities=tuple(listed))
    with database.advisory_lock(storage.LOCK):
        for hospcode, rows in listed.items():
            taking = Taking(hospcode, source, clock.today(), rows)
            for row in rows:
                taking.take(row)
            _require_sound(taking)
            total = replace(
                total,
                practitioners=total.practitioners + taking.made,
                roles=total.roles + taking.kept,
                unchanged=total.unchanged + taking.unchanged,
            )
        audit.record(
            "registry.practitioners",
            actor=actor,
            detail={"roles": total.roles, "lists": len(listed), "source": source.value},
        )
    return total


def _require_facilities(listed: Mapping[str, list[ProviderRow]]) -> None:
    unknown = sorted(code for code in listed if service.facility(code) is None)
    if unknown:
        raise PractitionerProblem(
            f"ไม่พบหน่วยบริการ {', '.join(unknown)} ในทะเบียน: นำเข้าด้วย suksala registry import",
            f"the registry has no facility {', '.join(unknown)}: see suksala registry import",
        )


def _require_sound(taking: Taking) -> None:
    """A list is made by hand, so what contradicts is told to whoever made it, and none of it is kept."""
    if taking.conflicts:
        raise PractitionerProblem(
            f"รายชื่อขัดกับทะเบียน {len(taking.conflicts)} รายการที่ {taking.hospcode}: "
            "เลขใบอนุญาตหรือเลขประจำตัวเป็นของบุคคลอื่น ยังไม่มีแถวใดถูกบันทึก",
            f"{len(taking.conflicts)} lines for {taking.hospcode} contradict the registry: a licence or national "
            "number is another person's; no line was kept",
        )


def practitioner(key: int) -> Practitioner | None:
    """The practitioner of this number with their licences, or None."""
    return storage.practitioners([key]).get(key)


def practitioner_of_licence(council: str, number: str) -> Practitioner:
    """Whose licence this is: written so, else the only one with this number whatever letters stand before it.

    Raises PractitionerProblem: nobody's in the registry, or that of several.
    """
    found = storage.of_licence(council, number.strip())
    found = [who for who in found if (held := who.licence(council)) and held.number == number.strip()] or found
    if len(found) != 1:
        raise PractitionerProblem(
            "ทะเบียนไม่มีบุคลากรที่ถือใบอนุญาตนี้เพียงคนเดียว: ดูเลขสภาและเลขใบอนุญาต หรือนำเข้าด้วย suksala registry practitioners",
            "no one practitioner of the registry has this licence: look at council and number, or see suksala registry "
            "practitioners",
        )
    return found[0]


def same_human_number(key: int) -> str | None:
    """The national number of a practitioner, to find out whether somebody is one of the patients; never shown."""
    sealed = storage.sealed_number(key)
    return keys.unseal(sealed) if sealed else None


def practitioners(ids: Collection[int]) -> dict[int, Practitioner]:
    """Those of these numbers that there are."""
    return storage.practitioners(ids) if ids else {}


def roles_of(practitioner: int, on: date | None = None) -> list[Role]:
    """Where somebody works on this day, newest first; without a day every role that is known, ended ones too."""
    return [role for role in storage.roles_of([practitioner]) if on is None or role.is_in_force(on)]


def roles_of_all(ids: Collection[int]) -> dict[int, list[Role]]:
    """Every role of each of these practitioners, ended ones too."""
    found: dict[int, list[Role]] = {number: [] for number in ids}
    for role in storage.roles_of(found):
        found[role.practitioner].append(role)
    return found


def roles_at(hospcode: str, on: date | None = None) -> list[Role]:
    """Who works at a facility on this day; without a day everybody that is known."""
    return [role for role in storage.roles_at(hospcode) if on is None or role.is_in_force(on)]


def facilities_of_turning_roles(since: date, until: date) -> list[str]:
    """Facilities where a role's first day, the day on which it was first told, or the day after its last, lies between
    these days.
    """
    return storage.facilities_of_turning_roles(since, until)


def end_role(key: int, last_day: date, *, actor: str) -> Role:
    """Let a role end with this day, whatever deposits tell; one that begins anew later stands again.

    Raises PractitionerProblem: no such role, or it begins after that day.
    """
    with database.transaction():
        found = storage.role(key, lock=True)
        if found is None:
            raise PractitionerProblem("ไม่มีตำแหน่งนี้ในทะเบียน", "there is no such role")
        require_order(found.since, last_day)
        storage.end_role(key, last_day)
        audit.record(
            "registry.role-ended",
            actor=actor,
            facility=found.hospcode,
            detail={"role": key, "practitioner": found.practitioner, "until": last_day.isoformat()},
        )
        ended = storage.role(key)
    assert ended is not None  # noqa: S101 - it was locked
    return ended


def conflicts(hospcode: str | None = None) -> list[Conflict]:
    """What contradicts and nobody looked at yet, of one facility or all, oldest first."""
    return storage.conflicts(hospcode)


def settle_conflict(key: int, *, actor: str) -> None:
    """Keep that somebody looked at a contradiction: it is told no more. Raises PractitionerProblem when it is gone."""
    with database.transaction():
        if not storage.settle_conflict(key, actor):
            raise PractitionerProblem("ไม่มีรายการนี้รอตรวจ", "nothing of this number waits")
        audit.record("registry.conflict-settled", actor=actor, detail={"conflict": key})
