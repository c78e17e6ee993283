"""`suksala account`: people of the staff who may sign in, and the code with which each makes a passkey."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from .console import print_json, say
from .serving import data_folder, quiet_database

ACTOR = "system:operator"


def add(
    login: str,
    *,
    role: str,
    name_th: str,
    name_en: str,
    facility: str | None,
    district: str | None,
    data: Path | None,
    as_json: bool,
) -> None:
    """Make an account and print its enrolment code: nobody can show it again."""
    with quiet_database(data_folder(data)):
        from suksala import signin

        code = signin.add_account(
            login,
            role=role,
            display_th=name_th,
            display_en=name_en or name_th,
            facility=facility or "",
            district=district or "",
            actor=ACTOR,
        )
    _print_code(login, code, as_json)


def enrol(login: str, *, data: Path | None, as_json: bool) -> None:
    """Print a new enrolment code for an account."""
    with quiet_database(data_folder(data)):
        from suksala import signin

        code = signin.enrol_again(login, actor=ACTOR)
    _print_code(login, code, as_json)


def show(*, data: Path | None, as_json: bool) -> None:
    """Print every account of staff, by name."""
    with quiet_database(data_folder(data)):
        from suksala import signin

        found = signin.account_states()
    if as_json:
        print_json({"accounts": [asdict(one) for one in found]})
        return
    for one in found:
        where = one.facility or one.district or "-"
        ways = f"{one.passkeys} พาสคีย์ · passkeys" + (" + รหัสผ่าน · password" if one.password else "")
        closed = "" if one.active else "  ปิดแล้ว · closed"
        print(f"{one.login:<20} {one.role:<10} {where:<6} {ways}{closed}")
    if not found:
        print("ยังไม่มีบัญชีเจ้าหน้าที่ · there is no account of staff yet")


def disable(login: str, *, data: Path | None, as_json: bool) -> None:
    """Close an account; who is in is out with the next request."""
    with quiet_database(data_folder(data)):
        from suksala import signin

        ended = signin.disable_account(login, actor=ACTOR)
    if as_json:
        print_json({"login": login, "sessions": ended})
    else:
        print(f"ปิดบัญชี {login} แล้ว จบการเข้าใช้ {ended} แห่ง · {login} is closed, {ended} sessions ended")


def _print_code(login: str, code: str, as_json: bool) -> None:
    if as_json:
        print_json({"login": login, "code": code})
        return
    say("ให้รหัสนี้แก่เจ้าตัวต่อหน้า ใช้ได้ครั้งเดียวใน 24 ชั่วโมง ที่หน้า /signin/code")
    say("give this code in person; it is good once, for 24 hours, on the page /signin/code:")
    print(code)
