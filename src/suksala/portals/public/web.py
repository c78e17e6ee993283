"""Routes for everyone: landing, demo sign-in and sign-out, language, health, and the error pages."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby

from django import conf
from django.contrib import auth
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from suksala import signin
from suksala.foundation import settings
from suksala.portals.access import HOME, safe
from suksala.portals.messages import message
from suksala.portals.pages import page
from suksala.portals.texts import LANGUAGES, Text

from .doors import DOORS
from .health import health_report
from .signing_in import providers_set_up


@require_GET
def landing(request: HttpRequest) -> HttpResponse:
    """The first page: what this is, and the doors."""
    return page(request, "public/landing.jinja", {"doors": DOORS})


@dataclass(frozen=True)
class _Group:
    role: str
    title: Text
    words: Text
    people: list[signin.Account]


@csrf_protect
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def sign_in(request: HttpRequest) -> HttpResponse:
    """Become one of the made-up people; exists in demo mode only."""
    if not settings.current().demo:
        return message(request, 404)
    if request.method == "POST":
        return _become(request, request.POST.get("login", ""))
    shown = {"groups": _groups(), "next": request.GET.get("next", ""), "providers": providers_set_up()}
    return page(request, "public/sign_in.jinja", shown)


def _groups() -> list[_Group]:
    people = sorted(signin.demo_accounts(), key=lambda a: (a.role, a.login))
    by_role = {role: list(found) for role, found in groupby(people, key=lambda a: a.role)}
    return [_Group(d.role, d.title, d.words, by_role[d.role]) for d in DOORS if d.role in by_role]


def _become(request: HttpRequest, login: str) -> HttpResponse:
    try:
        account = signin.demo_account(login)
    except signin.NoDemo:
        return message(request, 403)
    signin.open_session(request, account)
    return HttpResponseRedirect(safe(request, request.POST.get("next", ""), HOME[account.role]))


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the session; the browser forgets what it stored for this site."""
    auth.logout(request)
    response = HttpResponseRedirect("/")
    response.headers["Clear-Site-Data"] = '"cache", "storage"'
    return response


@require_GET
def choose_language(request: HttpRequest, language: str) -> HttpResponse:
    """Remember the reader's language for a year and go back to the page they were on."""
    if language not in LANGUAGES:
        raise Http404
    response = HttpResponseRedirect(safe(request, request.GET.get("next", ""), "/"))
    response.set_cookie(
        conf.settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=conf.settings.LANGUAGE_COOKIE_AGE,
        httponly=conf.settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
        secure=conf.settings.LANGUAGE_COOKIE_SECURE,
    )
    return response


@require_GET
def health(request: HttpRequest) -> HttpResponse:
    """For monitors: 200 when the parts answer, 503 when one does not; numbers only."""
    report = health_report()
    return JsonResponse(report, status=200 if report["status"] == "ok" else 503)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler400."""
    return message(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None, reason: str = "") -> HttpResponse:
    """Django's handler403, and the answer to a form without its CSRF token."""
    return message(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """Django's handler404."""
    return message(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """Django's handler500: no detail of the failure, which is in the log."""
    return message(request, 500)
