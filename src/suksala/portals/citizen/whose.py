"""Whose record the citizen's pages show: the own, or that of somebody the citizen acts for, chosen once and told on
every page.
"""

from __future__ import annotations

from django.http import HttpRequest

from suksala import consent, phr, signin
from suksala.foundation import SuksalaError, clock
from suksala.portals.access import account

KEY = "whose"


class NewDevice(SuksalaError):
    """A device that the account has known for less than a day opens nothing to anybody; closing is free."""

    code = "SKL-DEVICE-001"
    http_status = 403

    def __init__(self) -> None:
        super().__init__(
            "เครื่องนี้เพิ่งใช้กับบัญชีนี้ เพื่อความปลอดภัย รอ 24 ชั่วโมงหรือใช้เครื่องเดิม ระหว่างนี้ปิดและเลิกให้ดูได้ทุกอย่าง",
            "this device is new to the account: wait 24 hours or use the former one; closing and stopping work at once",
        )


class OnlyLooks(SuksalaError):
    """Who signed in by a code sent by SMS opens nothing to anybody; closing is free."""

    code = "SKL-DEVICE-002"
    http_status = 403

    def __init__(self) -> None:
        super().__init__(
            "ท่านเข้าด้วยรหัส SMS จึงดูได้และปิดได้ แต่ให้ผู้อื่นดูเพิ่มไม่ได้ เข้าใหม่ด้วยพาสคีย์หรือ ThaiD",
            "you signed in by a code by SMS: look and close as you like; to open to others, use a passkey or ThaiD",
        )


def require_settled(request: HttpRequest) -> None:
    """Raises NewDevice, OnlyLooks where who sees the record may only be narrowed (T12)."""
    if not signin.device_is_settled(request):
        raise NewDevice
    if signin.only_looks(request):
        raise OnlyLooks


def chosen(request: HttpRequest) -> phr.Whose:
    """The record that was chosen; the own one again as soon as a representation has ended."""
    try:
        return phr.record_of(account(request), request.session.get(KEY, ""), clock.now())
    except consent.NoPermit:
        if not request.session.pop(KEY, ""):
            raise
        return phr.own_record_of(account(request))


def is_unproven(request: HttpRequest, whose: phr.Whose) -> bool:
    """Whether somebody who decides for another has to prove first who they are."""
    return whose.relation != "self" and not signin.is_stepped_up(request)


def permit(request: HttpRequest) -> consent.Permit:
    """Leave to read the chosen record."""
    return phr.permit_for(account(request), chosen(request), clock.now())


def choose(request: HttpRequest, patient: str) -> phr.Whose:
    """Choose a record by the public id of whom it is about; "" is the own. Raises consent.NoPermit."""
    found = phr.record_of(account(request), patient, clock.now())
    request.session[KEY] = patient
    return found
