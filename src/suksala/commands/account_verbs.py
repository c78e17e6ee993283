"""The verbs of `suksala account`: names, options and help."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer

from .options import Data, Json


class StaffRole(StrEnum):
    """What staff come to do; citizens are enrolled at a facility."""

    CLINICIAN = "clinician"
    CLERK = "clerk"
    DISTRICT = "district"
    STEWARD = "steward"
    PRIVACY = "privacy"


account = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="People of the staff. บัญชีเจ้าหน้าที่")
Login = Annotated[str, typer.Argument(metavar="LOGIN", help="Name to sign in with, such as somchai.k. ชื่อเข้าใช้")]


@account.command("add")
def account_add(
    login: Login,
    role: Annotated[StaffRole, typer.Option("--role", help="What they come to do. บทบาท")],
    name_th: Annotated[str, typer.Option("--name-th", metavar="NAME", help="Name shown in Thai. ชื่อไทย")],
    name_en: Annotated[str, typer.Option("--name-en", metavar="NAME", help="Name shown in English. ชื่ออังกฤษ")] = "",
    facility: Annotated[
        str | None, typer.Option("--facility", metavar="HCODE", help="Where they work. รหัสหน่วยบริการ")
    ] = None,
    district: Annotated[
        str | None, typer.Option("--district", metavar="CODE", help="District of a team, 4 digits. รหัสอำเภอ")
    ] = None,
    data: Data = None,
    as_json: Json = False,
) -> None:
    """Make an account and print the code with which its holder makes a passkey, once, within 24 hours.

    เพิ่มบัญชีเจ้าหน้าที่ และพิมพ์รหัสลงทะเบียน
    """
    from .accounts import add

    add(
        login,
        role=role.value,
        name_th=name_th,
        name_en=name_en,
        facility=facility,
        district=district,
        data=data,
        as_json=as_json,
    )


@account.command("list")
def account_list(data: Data = None, as_json: Json = False) -> None:
    """List the accounts of staff: role, place, ways in, closed or not.

    รายการบัญชีเจ้าหน้าที่
    """
    from .accounts import show

    show(data=data, as_json=as_json)


@account.command("enrol")
def account_enrol(login: Login, data: Data = None, as_json: Json = False) -> None:
    """Print a new enrolment code, for who lost every passkey; earlier codes end.

    ออกรหัสลงทะเบียนใหม่ให้ผู้ที่พาสคีย์หาย
    """
    from .accounts import enrol

    enrol(login, data=data, as_json=as_json)


@account.command("disable")
def account_disable(login: Login, data: Data = None, as_json: Json = False) -> None:
    """Close an account: its sessions end with their next request, its codes at once.

    ปิดบัญชี การเข้าใช้ทุกแห่งจบทันที
    """
    from .accounts import disable

    disable(login, data=data, as_json=as_json)
