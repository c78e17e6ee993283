"""Routes of the reader's account."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.views.decorators.http import require_GET, require_POST

from suksala import registry, signin
from suksala.foundation import clock
from suksala.portals.access import account, sign_in_page, signed_in, stepped_up
from suksala.portals.pages import page
from suksala.portals.texts import Text

from . import identities, telephone

PROOFS = {
    "demo": Text("แบบสาธิต", "Demo"),
    "passkey": Text("พาสคีย์", "Passkey"),
    "password": Text("รหัสผ่านและรหัส 6 หลัก", "Password and code"),
    "provider": Text("ผู้ให้บริการยืนยันตัวตน", "Identity provider"),
    "code": Text("รหัสลงทะเบียน", "Enrolment code"),
    "sms": Text("รหัสทาง SMS", "Code by SMS"),
}

HOWS = {
    "face-to-face": Text("เจ้าหน้าที่เห็นตัวพร้อมบัตรประชาชน", "Staff saw you with your ID card"),
    "thaid": Text("ThaiD ของกรมการปกครอง", "ThaiD of the Department of Provincial Administration"),
    "demo": Text("สมมติ", "Made up"),
}


@require_GET
@signed_in
def overview(request: HttpRequest) -> HttpResponse:
    """My sessions: where I am signed in, and a way to end each."""
    current = signin.current_session(request)
    who = account(request)
    shown = {
        "sessions": signin.sessions_of(who),
        "current": current,
        "proofs": PROOFS,
        "passkeys": signin.passkeys_of(who),
        "has_password": signin.has_password(who),
        "codes_left": signin.recovery_codes_left(who),
        "may_have_password": who.role != "citizen",
        "devices": signin.devices_of(who),
        "here": signin.current_device(request),
        "to_answer": {one.id for one in signin.devices_to_answer(request)},
        "now": clock.now(),
        "places": signin.places_to_choose(request),
        "practitioner": registry.practitioner(who.practitioner) if who.practitioner is not None else None,
        **identities.shown(who),
        **telephone.shown(who),
    }
    return page(request, "account/overview.jinja", shown)


@require_POST
@signed_in
def end_session(request: HttpRequest, number: int) -> HttpResponse:
    """End one of my sessions, from wherever it is open."""
    current = signin.current_session(request)
    if current is not None and current.id == number:
        signin.close_session(request, signin.Ending.SIGNED_OUT)
        return HttpResponseRedirect("/")
    try:
        signin.end_session(account(request), number, signin.Ending.KILLED)
    except signin.NoSession as none:
        raise Http404 from none
    return HttpResponseRedirect("/account/")


@require_GET
@signed_in
def identity(request: HttpRequest) -> HttpResponse:
    """How it was proven whose account this is, and what to do while it was not."""
    who = account(request)
    shown = {"proofing": signin.proofing_of(who), "opens": signin.may_open_record(who), "hows": HOWS}
    return page(request, "account/identity.jinja", shown)


@require_POST
@signed_in
@stepped_up()
def answer_device(request: HttpRequest, number: int) -> HttpResponse:
    """Say of a new device that it is mine, or cut it off."""
    try:
        signin.answer_device(request, number, mine=request.POST.get("answer") == "mine")
    except signin.NoSession as none:
        raise Http404 from none
    return HttpResponseRedirect("/account/")


@require_POST
def switch_user(request: HttpRequest) -> HttpResponse:
    """Hand a shared computer over: whoever sat here is signed out before the next one signs in."""
    signin.close_session(request, signin.Ending.SWITCHED)
    response = HttpResponseRedirect(sign_in_page())
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response
