"""My ways in: passkeys, and for staff a password with an app. Each change asks for a fresh proof."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from suksala import signin
from suksala.portals.access import HOME, account, signed_in, stepped_up
from suksala.portals.downloads import data_image
from suksala.portals.pages import page
from suksala.portals.texts import Text


@require_http_methods(["GET", "POST"])
@signed_in
@stepped_up(keeps=False)
def add_passkey(request: HttpRequest) -> HttpResponse:
    """Make a passkey on this device."""
    problem = None
    if request.method == "POST":
        try:
            signin.add_passkey(request, request.POST.get("credential", ""), request.POST.get("name", ""))
        except signin.NotProved:
            problem = Text("เครื่องนี้ยังสร้างพาสคีย์ไม่สำเร็จ ลองอีกครั้ง", "No passkey was made on this device. Try again.")
        else:
            return HttpResponseRedirect("/account/")
    shown = {"problem": problem, "first": not signin.passkeys_of(account(request))}
    shown["may_have_password"] = account(request).role != "citizen"
    return page(request, "account/add_passkey.jinja", shown, status=422 if problem else 200)


@require_GET
@signed_in
@stepped_up(keeps=False)
def options(request: HttpRequest) -> HttpResponse:
    """What the browser needs to make a passkey."""
    return JsonResponse(signin.options_to_make(account(request)))


@require_POST
@signed_in
@stepped_up(keeps=False)
def remove_passkey(request: HttpRequest, number: int) -> HttpResponse:
    """Take a passkey away, never the last way in."""
    try:
        signin.remove_passkey(account(request), number)
    except signin.NotProved as none:
        raise Http404 from none
    return HttpResponseRedirect("/account/")


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@signed_in
@stepped_up(keeps=False)
def password(request: HttpRequest) -> HttpResponse:
    """A password and an authenticator app, for computers where no passkey works; staff only."""
    who = account(request)
    if who.role == "citizen":
        raise Http404
    problem = None
    if request.method == "POST":
        try:
            given = request.POST
            codes = signin.keep_password(request, given.get("password", ""), given.get("code", ""))
        except signin.WeakPassword as weak:
            problem = Text(weak.th, weak.en)
        except signin.NotProved:
            problem = Text(
                "รหัส 6 หลักไม่ตรงกับแอป ถ่ายภาพใหม่แล้วลองอีกครั้ง",
                "The code does not match; scan the new picture and try again.",
            )
        else:
            return page(request, "account/recovery.jinja", {"codes": codes, "home": HOME[who.role]})
    secret, picture = signin.totp_picture(who)
    shown = {"problem": problem, "secret": secret, "picture": data_image(picture)}
    return page(request, "account/password.jinja", shown, status=422 if problem else 200)


@require_POST
@signed_in
@stepped_up(keeps=False)
def drop_password(request: HttpRequest) -> HttpResponse:
    """End the way in by password, unless it is the only one."""
    try:
        signin.drop_password(request)
    except signin.NotProved as only:
        raise Http404 from only
    return HttpResponseRedirect("/account/")
