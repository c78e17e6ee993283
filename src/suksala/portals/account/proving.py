"""Prove again who sits here: by passkey, by password and code, by a provider, for a demo account by a button."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from suksala import signin
from suksala.portals import kept
from suksala.portals.access import HOME, account, safe, signed_in, stepped_up
from suksala.portals.pages import page
from suksala.portals.public.providers import callback_of, refusal
from suksala.portals.public.signing_in import providers_set_up
from suksala.portals.texts import Text


@require_http_methods(["GET", "POST"])
@signed_in
def prove(request: HttpRequest) -> HttpResponse:
    """The page that asks; a demo account presses its button."""
    if request.method == "POST" and account(request).demo:
        signin.step_up(request, "demo")
        return HttpResponseRedirect(_target(request))
    return _page(request)


@require_GET
@signed_in
def options(request: HttpRequest) -> HttpResponse:
    """What the browser needs to use one of my passkeys."""
    return JsonResponse(signin.options_to_use(account(request)))


@require_POST
@signed_in
def by_passkey(request: HttpRequest) -> HttpResponse:
    """What my passkey signed."""
    try:
        signin.prove_by_passkey(request, request.POST.get("credential", ""))
    except (signin.NotProved, signin.TooManyTries) as refused:
        return _page(request, refused)
    return HttpResponseRedirect(_target(request))


@sensitive_post_parameters()
@require_POST
@signed_in
def by_password(request: HttpRequest) -> HttpResponse:
    """My password and the code of my app."""
    try:
        signin.prove_by_password(request, request.POST.get("password", ""), request.POST.get("code", ""))
    except (signin.NotProved, signin.TooManyTries) as refused:
        return _page(request, refused)
    return HttpResponseRedirect(_target(request))


@require_GET
@signed_in
def by_provider(request: HttpRequest, name: str) -> HttpResponse:
    """Off to a provider that is to ask me anew who I am; only my own identity there counts."""
    try:
        address = signin.ask_provider(
            request, name, callback_of(request, name), back=_target(request), asking=signin.Asking.PROVE
        )
    except (signin.NotProved, signin.ProviderDown) as refused:
        return refusal(request, refused)
    return HttpResponseRedirect(address)


@require_GET
@signed_in
@stepped_up()
def kept_form(request: HttpRequest) -> HttpResponse:
    """What I filled in before I was asked who I am: not sent yet, and mine to send."""
    found = kept.take(request)
    if found is None:
        return HttpResponseRedirect(HOME.get(account(request).role, "/"))
    return page(request, "account/kept.jinja", {"kept": found})


def _target(request: HttpRequest) -> str:
    asked = request.POST if request.method == "POST" else request.GET
    return safe(request, asked.get("next", ""), HOME.get(account(request).role, "/"))


def _page(request: HttpRequest, refused: signin.NotProved | signin.TooManyTries | None = None) -> HttpResponse:
    who = account(request)
    mine = {one.provider for one in signin.connections(who)}
    shown = {
        "next": _target(request),
        "problem": Text(refused.th, refused.en) if refused else None,
        "has_passkey": bool(signin.passkeys_of(who)),
        "has_password": signin.has_password(who),
        "providers": [one for one in providers_set_up() if one.id in mine],
        "only_looks": signin.only_looks(request),
        "by_sms": signin.is_locked(request) and signin.may_have_telephone(who) and signin.telephone_of(who) is not None,
    }
    return page(request, "account/prove.jinja", shown, status=refused.http_status if refused else 200)
