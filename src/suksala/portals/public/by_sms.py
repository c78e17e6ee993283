"""Sign in by a code that goes to the telephone by SMS: nothing is typed that says who it is, and every answer is the
same whether this browser is bound to somebody or not (decision 0182).
"""

from __future__ import annotations

from urllib.parse import urlencode

from django import conf
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from suksala import signin
from suksala.foundation import SuksalaError, settings
from suksala.portals.access import HOME, safe
from suksala.portals.pages import page
from suksala.portals.texts import Text

COOKIE_SECONDS = 1800  # longer than a code counts: one that is asked for again is of the same browser


@csrf_protect
@require_http_methods(["GET", "POST"])
def ask(request: HttpRequest) -> HttpResponse:
    """What such a code is good for, and the button that has it sent."""
    _require_gateway()
    if request.method != "POST":
        return _page(request, "public/sms_ask.jinja")
    shown = request.COOKIES.get(_cookie(), "") or signin.new_request()
    try:
        signin.ask_sms(request, shown)
    except signin.TooManyTries as refused:
        return _page(request, "public/sms_ask.jinja", refused)
    target = request.POST.get("next", "")
    query = f"?{urlencode({'next': target})}" if target else ""
    response = HttpResponseRedirect(reverse("sign-in-sms-code") + query)
    secure = conf.settings.SESSION_COOKIE_SECURE
    response.set_cookie(_cookie(), shown, max_age=COOKIE_SECONDS, httponly=True, samesite="Strict", secure=secure)
    return response


@sensitive_post_parameters()
@csrf_protect
@require_http_methods(["GET", "POST"])
def code(request: HttpRequest) -> HttpResponse:
    """The six digits, on the browser that asked for them."""
    _require_gateway()
    if request.method != "POST":
        return _page(request, "public/sms_code.jinja")
    try:
        account = signin.by_sms(request, request.COOKIES.get(_cookie(), ""), request.POST.get("code", ""))
    except (signin.WrongCode, signin.TooManyTries) as refused:
        return _page(request, "public/sms_code.jinja", refused)
    response = HttpResponseRedirect(safe(request, request.POST.get("next", ""), HOME[account.role]))
    response.delete_cookie(_cookie(), samesite="Strict")
    return response


def _require_gateway() -> None:
    """Where the operator has no gateway there is no such page."""
    if not signin.sends_sms():
        raise Http404


def _cookie() -> str:
    return settings.cookie_name("suksala_sms", secure=conf.settings.SESSION_COOKIE_SECURE)


def _page(request: HttpRequest, template: str, refused: SuksalaError | None = None) -> HttpResponse:
    asked = request.POST if request.method == "POST" else request.GET
    shown = {"next": asked.get("next", ""), "problem": Text(refused.th, refused.en) if refused else None}
    return page(request, template, shown, status=refused.http_status if refused else 200)
