"""Who may open which door. A page checks its door before it reads anything."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec
from urllib.parse import urlencode

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

if TYPE_CHECKING:
    from suksala.signin import Account

P = ParamSpec("P")
View = Callable[Concatenate[HttpRequest, P], HttpResponse]

HOME = {
    "citizen": "/me/",
    "clinician": "/care/",
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
            return view(request, *args, **kwargs)

        return guarded

    return wrap


def account(request: HttpRequest) -> Account:
    """Who is signed in; asked only behind a door."""
    user = request.user
    assert user.is_authenticated  # noqa: S101 - the door let nobody else in
    return user


def to_sign_in(request: HttpRequest) -> HttpResponseRedirect:
    """The sign-in page, which leads back to the page asked for."""
    query = urlencode({"next": request.get_full_path()}) if request.method == "GET" else ""
    return HttpResponseRedirect(f"{reverse('sign-in')}?{query}" if query else reverse("sign-in"))
