"""`suksala client`: programs that may ask over FHIR, and their tokens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from .console import print_json, say
from .serving import data_folder, quiet_database

ACTOR = "system:operator"


def add(
    name: str,
    *,
    sender: str | None,
    scopes: Sequence[str],
    days: int,
    lenient: bool,
    data: Path | None,
    as_json: bool,
) -> None:
    """Make a client or one more token for it, and print the token: nobody can show it again."""
    with quiet_database(data_folder(data)):
        from suksala import signin

        token = signin.add_client(name, sender, scopes, days, lenient=lenient, actor=ACTOR)
    if as_json:
        print_json({"client": name, "token": token, "days": days})
        return
    say("เก็บโทเค็นนี้ไว้ ระบบไม่แสดงซ้ำ · keep this token, it is not shown again:")
    print(token)


def show(*, data: Path | None, as_json: bool) -> None:
    """Print every client, by name."""
    with quiet_database(data_folder(data)):
        from suksala import signin

        found = signin.clients()
    if as_json:
        print_json({"clients": [asdict(one) for one in found]})
        return
    for one in found:
        where = one.hospcode or "ทุกหน่วย · all"
        until = f"{one.until:%Y-%m-%d}" if one.until else "-"
        policy = "  lenient" if one.lenient else ""
        print(f"{one.name:<20} {where:<14} {one.tokens} โทเค็น · tokens  {until}  {' '.join(one.scopes)}{policy}")
    if not found:
        print("ยังไม่มีระบบใด · there is no client yet")


def end(name: str, *, data: Path | None, as_json: bool) -> None:
    """End every token of a client."""
    with quiet_database(data_folder(data)):
        from suksala import signin

        ended = signin.end_client(name, actor=ACTOR)
    if as_json:
        print_json({"client": name, "ended": ended})
    else:
        print(f"ยกเลิก {ended} โทเค็นของ {name} แล้ว · {ended} tokens of {name} are ended")
