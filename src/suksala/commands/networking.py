"""`suksala registry agree|end-agreement|member|network`: who takes part, and by which agreement."""

from __future__ import annotations

import tomllib
from dataclasses import asdict
from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, TypeVar

from suksala import registry

from .console import print_json
from .failures import BadUsage
from .registering import require_file
from .serving import data_folder, quiet_database

ACTOR = "system:operator"
E = TypeVar("E", bound=StrEnum)


def agree(file: Path, *, data: Path | None, as_json: bool) -> None:
    """Keep the agreement of a TOML file."""
    agreement = _read(file)
    with quiet_database(data_folder(data)):
        registry.keep_agreement(agreement, actor=ACTOR)
    _tell_agreement(agreement, as_json=as_json)


def end(number: str, last: str, *, data: Path | None, as_json: bool) -> None:
    """Let an agreement end with a day."""
    day = _day(last)
    with quiet_database(data_folder(data)):
        ended = registry.end_agreement(number, day, actor=ACTOR)
    _tell_agreement(ended, as_json=as_json)


def move(party: str, state: str, *, data: Path | None, as_json: bool) -> None:
    """Bring a party to a state."""
    to = _one_of(registry.State, state)
    with quiet_database(data_folder(data)):
        member = registry.move_member(party, to, actor=ACTOR)
    if as_json:
        print_json(asdict(member))
    else:
        print(f"{member.party}: {member.state} ตั้งแต่ · since {member.since}")


def show(*, data: Path | None, as_json: bool) -> None:
    """Print the network."""
    from suksala.foundation import clock

    with quiet_database(data_folder(data)):
        members, kept = registry.members(), registry.agreements()
        found = registry.network_counts(clock.today())
    if as_json:
        print_json(
            {
                "counts": asdict(found),
                "members": [asdict(m) | {"exchanging": m.is_exchanging(clock.today())} for m in members],
                "agreements": [_document(a) for a in kept],
            }
        )
        return
    print(f"เชื่อมต่อแล้ว · connected {found.connected}   แลกเปลี่ยนใน 30 วัน · exchanging {found.exchanging}")
    for m in members:
        print(f"  {m.party:<8} {m.state:<10} {m.since}  ข้อมูลล่าสุด · last data {m.exchanged or '-'}")
    for a in kept:
        print(f"  {a.number:<16} {a.kind} {a.since} - {a.until or '…'}  {' '.join(sorted(a.flows)) or '-'}  {a.title}")


def _tell_agreement(agreement: registry.Agreement, *, as_json: bool) -> None:
    if as_json:
        print_json(_document(agreement))
    else:
        print(f"{agreement.number}: {agreement.since} - {agreement.until or '…'}  {', '.join(agreement.parties)}")


def _document(agreement: registry.Agreement) -> dict[str, Any]:
    return asdict(agreement) | {"flows": sorted(agreement.flows)}


FIELDS = {
    "number": str,
    "kind": str,
    "title": str,
    "parties": list,
    "flows": list,
    "basis": str,
    "signed": date,
    "since": date,
    "until": date,
}
OPTIONAL: dict[str, Any] = {"flows": [], "basis": "", "until": None}


def _read(file: Path) -> registry.Agreement:
    """The agreement that a file tells. Raises BadUsage that names a field: missing, unknown or of another type."""
    require_file(file)
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadUsage(f"{file.name} ไม่ใช่ TOML", f"{file.name} is no TOML") from error
    wrong = [name for name in {**FIELDS, **told} if not _fits(name, told)]
    if wrong:
        raise BadUsage(
            f"{file.name}: ช่อง {', '.join(wrong)} ขาด ไม่รู้จัก หรือผิดชนิด ดู docs/how-to/join-the-network.md",
            f"{file.name}: {', '.join(wrong)} are missing, unknown or of another type; see "
            "docs/how-to/join-the-network.md",
        )
    given = OPTIONAL | told
    return registry.Agreement(
        given["number"],
        _one_of(registry.Kind, given["kind"]),
        given["title"],
        tuple(dict.fromkeys(map(str, given["parties"]))),
        frozenset(_one_of(registry.Flow, str(flow)) for flow in given["flows"]),
        given["basis"],
        given["signed"],
        given["since"],
        given["until"],
    )


def _fits(name: str, told: dict[str, Any]) -> bool:
    if name not in FIELDS:
        return False
    if name not in told:
        return name in OPTIONAL
    return isinstance(told[name], FIELDS[name]) and not isinstance(told[name], datetime)


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadUsage("วันที่ต้องเขียนแบบ 2026-01-31 (ค.ศ.)", "a day is written 2026-01-31") from error


def _one_of(kind: type[E], text: str) -> E:
    try:
        return kind(text)
    except ValueError as error:
        known = ", ".join(kind)
        raise BadUsage(f"ต้องเป็น {known}", f"must be one of {known}") from error
