"""`suksala client`: programs that may ask over FHIR, and their tokens."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

from suksala.foundation import clock

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


def add(name: str, wanted: Wanted, *, minutes: int, data: Path | None, as_json: bool) -> None:
    """Make a client or one more token for it, and print the token: nobody can show it again."""
    with quiet_database(data_folder(data)):
        from suksala import signin

        token = signin.add_client(name, wanted.sender, wanted.scopes, minutes, **wanted.arguments())
    if as_json:
        print_json({"client": name, "token": token, "minutes": minutes})
        return
    say(f"เก็บโทเค็นนี้ไว้ ใช้ได้ {minutes} นาที ระบบไม่แสดงซ้ำ · keep this token, good for {minutes} minutes, not shown again:")
    print(token)


def add_keys(
    name: str, wanted: Wanted, jwks: Path, *, dpop_bound: bool | None, data: Path | None, as_json: bool
) -> None:
    """Register a client's public keys, from a file."""
    text = _text(jwks)
    with quiet_database(data_folder(data)):
        from suksala import signin

        said = wanted.arguments()
        kids = signin.add_keys(name, wanted.sender, wanted.scopes, text, dpop_bound=dpop_bound, **said)
    if as_json:
        print_json({"client": name, "keys": kids})
        return
    say(f"ลงทะเบียนกุญแจของ {name} แล้ว · keys of {name} are registered: {' '.join(kids)}")


class AppWanted(NamedTuple):
    """What an app is to be, as `signin.App` has it."""

    title_th: str
    title_en: str
    scopes: tuple[str, ...]
    redirects: tuple[str, ...]
    origins: tuple[str, ...]
    launch: str


def add_app(
    name: str, wanted: AppWanted, jwks: Path | None, *, dpop_bound: bool | None, data: Path | None, as_json: bool
) -> None:
    """Register an app that people may allow."""
    keys = _text(jwks) if jwks is not None else None
    with quiet_database(data_folder(data)):
        from suksala import signin

        bound = signin.add_app(signin.App(name, *wanted, keys, dpop_bound), actor=ACTOR)
    if as_json:
        print_json({"app": name, "scopes": sorted(set(wanted.scopes)), "dpop_bound": bound})
        return
    say(f"ลงทะเบียนแอป {name} แล้ว · the app {name} is registered")
    say(_BOUND if bound else _UNBOUND)


_BOUND = "โทเค็นผูกกับกุญแจของแอป (DPoP) · its tokens are bound to a key of the app (DPoP)"
_UNBOUND = (
    "โทเค็นไม่ผูกกับกุญแจ ผู้ที่ขโมยไปใช้แทนแอปได้ ผู้ให้สิทธิจะได้รับแจ้ง · "
    "its tokens are not bound to a key: whoever steals one may use it, and people who allow the app are told so"
)


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadUsage(f"อ่านแฟ้ม {path.name} ไม่ได้", f"{path.name} cannot be read") from error


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
        until = f"{one.until.astimezone(clock.BANGKOK):%Y-%m-%d %H:%M}" if one.until else "-"
        policy = ("  lenient" if one.lenient else "") + ("  dpop" if one.dpop_bound else "")
        keys = f"  กุญแจ · keys {' '.join(one.kids)}" if one.kids else ""
        why = " ".join(one.purposes)
        held = "  กักกัน · quarantined" if one.suspended else ""
        rights = f"{' '.join(one.scopes)}  {why}{policy}{keys}{held}"
        print(f"{one.name:<20} {where:<14} {one.tokens} โทเค็น · tokens  {until}  {rights}")
    if not found:
        print("ยังไม่มีระบบใด · there is no client yet")


def limit(name: str, wanted: dict[str, int | None], *, lift: bool, data: Path | None, as_json: bool) -> None:
    """Keep a client's own limits, and end its quarantine if it is to be."""
    with quiet_database(data_folder(data)):
        from suksala import signin

        signin.limit_client(name, lift=lift, actor=ACTOR, **wanted)
    if as_json:
        print_json(
            {"client": name, **{key: value for key, value in wanted.items() if value is not None}, "lifted": lift}
        )
        return
    print(f"กำหนดงบของ {name} แล้ว · the limits of {name} are kept")


def end(name: str, *, data: Path | None, as_json: bool) -> None:
    """End every token of a client."""
    with quiet_database(data_folder(data)):
        from suksala import signin

        ended = signin.end_client(name, actor=ACTOR)
    if as_json:
        print_json({"client": name, "ended": ended})
    else:
        print(f"ยกเลิก {ended} โทเค็นของ {name} แล้ว · {ended} tokens of {name} are ended")
