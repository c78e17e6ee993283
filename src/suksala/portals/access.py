"""Who may open which door. A page checks its door before it reads anything."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Concatenate, ParamSpec
from urllib.parse import urlencode, urlsplit

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from suksala import signin
from suksala.foundation import settings

from . import kept

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

KEEPS = "keeps_form"  # on a view: whether its form may be kept while somebody proves who they are
HOME = {
    "citizen": "/me/",
    "clinician": "/care/",
    "clerk": "/desk/",
    "district": "/district/",
    "steward": "/steward/",
    "privacy": "/privacy/",
}


def door(role: str) -> Callable[[View[P]], View[P]]:
    """Let only accounts of `role` in: others get the 403 page, strangers the sign-in page."""

    def wrap(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not request.user.is_authenticated:
                return to_sign_in(request)
            if request.user.role != role:
                raise PermissionDenied
            if role == "citizen" and not signin.may_open_record(request.user):
                return HttpResponseRedirect(reverse("identity"))
            return view(request, *args, **kwargs)

        return guarded

    return wrap


def signed_in(view: View[P]) -> View[P]:
    """Let every account in, of whichever role; strangers see the sign-in page."""

    @wraps(view)
    def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
        return view(request, *args, **kwargs) if request.user.is_authenticated else to_sign_in(request)

    return guarded


def account(request: HttpRequest) -> signin.Account:
    """Who is signed in; asked only behind a door."""
    user = request.user
    assert user.is_authenticated  # noqa: S101 - the door let nobody else in
    return user


def to_sign_in(request: HttpRequest) -> HttpResponseRedirect:
    """The sign-in page, which leads back to the page asked for."""
    page = sign_in_page()
    query = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
    return HttpResponseRedirect(f"{page}?{query}" if query else page)


def sign_in_page() -> str:
    """Where one signs in: in demo mode as a made-up person, else as oneself."""
    return reverse("demo-sign-in" if settings.current().demo else "sign-in")


def stepped_up(*, keeps: bool = True) -> Callable[[View[P]], View[P]]:
    """Let only readers through who proved within five minutes who they are; others are led to prove it, and back.

    Put it below `door`, on the page that shows a form and on the one that takes it. What is sent by a reader whose
    proof has grown old is not done: it is kept while they prove it, and they send it then (portals.kept).

    keeps  whether a form may be kept; not one that holds a password
    """

    def wrap(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, /, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            if not signin.is_stepped_up(request):
                return to_prove(request, keeps=keeps)
            return view(request, *args, **kwargs)

        setattr(guarded, KEEPS, keeps)
        return guarded

    return wrap


def to_prove(request: HttpRequest, back: str = "", *, keeps: bool = False) -> HttpResponseRedirect:
    """The page that asks who sits there, which leads back: to the page asked for, or, from a form, to where it is sent
    from once more, or else to its page.

    keeps  whether the form may be kept
    """
    back = back or _page_of(request)
    if keeps and kept.keep(request, back):
        back = reverse("kept-form")
    return HttpResponseRedirect(f"{reverse('prove')}?{urlencode({'next': back})}")


def _page_of(request: HttpRequest) -> str:
    if request.method == "GET":
        return request.get_full_path()
    came_from = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(came_from, {request.get_host()}):
        return HOME.get(getattr(request.user, "role", ""), "/")
    parts = urlsplit(came_from)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def safe(request: HttpRequest, target: str, otherwise: str) -> str:
    """`target` if it lies on this site."""
    allowed = url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure())
    return target if allowed else otherwise
