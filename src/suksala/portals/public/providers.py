"""Sign in through an outside identity provider, and say for which facility one acts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.csrf import csrf_protect
from django.views.decorators.http import require_GET, require_http_methods

from suksala import signin
from suksala.foundation import settings
from suksala.portals import facilities
from suksala.portals.access import HOME, safe, to_sign_in
from suksala.portals.pages import page
from suksala.portals.texts import Text

Refusal = signin.NotProved | signin.NoPlace | signin.NotConnected | signin.LastWayIn | signin.ProviderDown


@require_GET
def ask(request: HttpRequest, name: str) -> HttpResponse:
    """Off to the provider; by a link, because our pages' policy lets no form lead to another site."""
    try:
        address = signin.ask_provider(request, name, callback_of(request, name), back=request.GET.get("next", ""))
    except (signin.NotProved, signin.ProviderDown) as refused:
        return refusal(request, refused)
    return HttpResponseRedirect(address)


@require_GET
def back(request: HttpRequest, name: str) -> HttpResponse:
    """Back with an answer; it counts once."""
    answer = {key: request.GET[key][:4000] for key in ("code", "state", "iss", "error") if key in request.GET}
    try:
        account, target = signin.answer_of_provider(request, name, callback_of(request, name), answer)
    except (signin.NotProved, signin.NoPlace, signin.NotConnected, signin.ProviderDown) as refused:
        return refusal(request, refused)
    if account is None:
        return HttpResponseRedirect(reverse("choose-place"))
    return HttpResponseRedirect(safe(request, target, HOME[account.role]))


@csrf_protect
@require_http_methods(["GET", "POST"])
def choose_place(request: HttpRequest) -> HttpResponse:
    """For which of my facilities I act now."""
    found = signin.places_to_choose(request)
    if not found:
        return to_sign_in(request)
    problem = None
    if request.method == "POST":
        try:
            return HttpResponseRedirect(HOME[signin.choose_place(request, request.POST.get("place", "")).role])
        except signin.NoPlace:
            problem = Text("เลือกหน่วยบริการหนึ่งแห่ง", "Choose one facility")
    names = facilities.names(place.hospcode for place in found)
    shown = {"places": found, "names": names, "problem": problem}
    return page(request, "public/place.jinja", shown, status=422 if problem else 200)


def callback_of(request: HttpRequest, name: str) -> str:
    """Our address that the provider knows: the public one, whatever a request calls us."""
    path, public = reverse("provider-back", args=[name]), settings.current().public_url
    return f"{public}{path}" if public else request.build_absolute_uri(path)


def refusal(request: HttpRequest, refused: Refusal) -> HttpResponse:
    """What was refused and what to do, in both languages."""
    other = Text(refused.en, refused.th)
    inside = request.user.is_authenticated  # came to prove or to connect something
    heading = Text("ยังไม่มีอะไรเปลี่ยน", "Nothing has changed") if inside else Text("ยังไม่ได้เข้าระบบ", "Not signed in")
    shown = {"heading": heading, "lines": [Text(refused.th, refused.en)], "other": other}
    return page(request, "public/message.jinja", shown, status=refused.http_status)
