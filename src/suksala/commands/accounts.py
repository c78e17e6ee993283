"""`suksala account`: people of the staff who may sign in, and the code with which each makes a passkey."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import NamedTuple

from .console import print_json, say
from .failures import BadUsage
from .serving import data_folder, quiet_database

ACTOR = "system:operator"
Named = tuple[str | None, int | None]  # council and number of a licence, or a number of the registry


class Wanted(NamedTuple):
    """What an account is to be: role, names as shown, place of work, and who uses it."""

    role: str
    name_th: str
    name_en: str
    facility: str
    district: str
    who: Named


def add(login: str, wanted: Wanted, *, data: Path | None, as_json: bool) -> None:
    """Make an account and print its enrolment code: nobody can show it again."""
    with quiet_database(data_folder(data)):
        from suksala import signin

        code = signin.add_account(
            login,
            role=wanted.role,
            display_th=wanted.name_th,
            display_en=wanted.name_en or wanted.name_th,
            facility=wanted.facility,
            district=wanted.district,
            practitioner=_number(wanted.who),
            actor=ACTOR,
        )
    _print_code(login, code, as_json)


def tie(login: str, who: Named, *, nobody: bool, data: Path | None, as_json: bool) -> None:
    """Tie an account to a practitioner of the registry, or with `nobody` to none, and print who it is now."""
    if [who != (None, None), nobody].count(True) != 1:
        raise BadUsage(
            "บอกอย่างใดอย่างหนึ่ง: --licence, --practitioner หรือ --nobody",
            "say one of --licence, --practitioner and --nobody",
        )
    with quiet_database(data_folder(data)):
        from suksala import signin

        known = signin.tie_account(login, _number(who), actor=ACTOR)
    if as_json:
        print_json({"login": login, "practitioner": known.id if known else None})
    elif known is None:
        print(f"เลิกผูกบัญชี {login} แล้ว · {login} is tied to nobody")
    else:
        print(f"ผูกบัญชี {login} กับ {known.name_th} แล้ว · {login} is used by {known.name_en} ({known.id})")


def _number(who: Named) -> int | None:
    """The practitioner who was named one way or the other; None: nobody was."""
    licence, number = who
    if licence is None:
        return number
    council, _, of = licence.partition(":")
    if number is not None or not council or not of.strip():
        raise BadUsage(
            "ใบอนุญาตเขียนเป็น สภา:เลขที่ เช่น 01:12345 (01 แพทยสภา 02 สภาการพยาบาล) และไม่ใช้คู่กับ --practitioner",
            "a licence is COUNCIL:NUMBER, such as 01:12345 (01 Medical Council, 02 Nursing Council), without "
            "--practitioner beside it",
        )
    from suksala import registry

    return registry.practitioner_of_licence(council, of).id


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
        who = f"  บุคลากร · practitioner {one.practitioner}" if one.practitioner is not None else ""
        closed = "" if one.active else "  ปิดแล้ว · closed"
        print(f"{one.login:<20} {one.role:<10} {where:<6} {ways}{who}{closed}")
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
