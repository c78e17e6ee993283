"""`suksala client`: programs that may ask over FHIR, and their tokens."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from .console import print_json, say
from .failures import BadUsage
from .serving import data_folder, quiet_database

ACTOR = "system:operator"


class Wanted(NamedTuple):
    """What a client is to be: its facility (None: all), scopes, purposes (none said: as its kind usually has)."""

    sender: str | None
    scopes: tuple[str, ...]
    purposes: tuple[str, ...]
    lenient: bool

    def arguments(self) -> dict[str, Any]:
        """As sign-in takes them by name."""
        said = {"purposes": self.purposes} if self.purposes else {}
        return {"lenient": self.lenient, "actor": ACTOR, **said}


def add(name: str, wanted: Wanted, *, days: int, data: Path | None, as_json: bool) -> None:
    """Make a client or one more token for it, and print the token: nobody can show it again."""
    with quiet_database(data_folder(data)):
        from suksala import signin

        token = signin.add_client(name, wanted.sender, wanted.scopes, days, **wanted.arguments())
    if as_json:
        print_json({"client": name, "token": token, "days": days})
        return
    say("เก็บโทเค็นนี้ไว้ ระบบไม่แสดงซ้ำ · keep this token, it is not shown again:")
    print(token)


def add_keys(name: str, wanted: Wanted, jwks: Path, *, data: Path | None, as_json: bool) -> None:
    """Register a client's public keys, from a file."""
    try:
        text = jwks.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadUsage(f"อ่านแฟ้ม {jwks.name} ไม่ได้", f"{jwks.name} cannot be read") from error
    with quiet_database(data_folder(data)):
        from suksala import signin

        kids = signin.add_keys(name, wanted.sender, wanted.scopes, text, **wanted.arguments())
    if as_json:
        print_json({"client": name, "keys": kids})
        return
    say(f"ลงทะเบียนกุญแจของ {name} แล้ว · keys of {name} are registered: {' '.join(kids)}")


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
        keys = f"  กุญแจ · keys {' '.join(one.kids)}" if one.kids else ""
        why = " ".join(one.purposes)
        rights = f"{' '.join(one.scopes)}  {why}{policy}{keys}"
        print(f"{one.name:<20} {where:<14} {one.tokens} โทเค็น · tokens  {until}  {rights}")
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
