"""Identities of outside providers that open my account: connected by a button of mine, and disconnected."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_POST

from suksala import signin
from suksala.portals.access import account, signed_in, stepped_up
from suksala.portals.pages import page
from suksala.portals.public.providers import callback_of, refusal
from suksala.portals.public.signing_in import providers_set_up


def shown(who: signin.Account) -> dict[str, object]:
    """What the account's page says of them: those that are connected, and those that could be."""
    connected, there = signin.connections(who), providers_set_up()
    known = {one.provider for one in connected}
    offered = [one for one in there if one.id not in known and signin.may_connect(who, one)]
    return {"connected": connected, "provider_names": {one.id: one for one in there}, "offered": offered}


@require_POST
@signed_in
@stepped_up()
def connect(request: HttpRequest, name: str) -> HttpResponse:
    """What will happen at the provider, with a link there: the policy of our pages lets no form lead to another site.

    Begun by a form only, so that no other site can begin it.
    """
    offered = {one.id: one for one in providers_set_up() if signin.may_connect(account(request), one)}
    if name not in offered:
        raise Http404
    try:
        address = signin.ask_provider(
            request, name, callback_of(request, name), back=reverse("account"), asking=signin.Asking.CONNECT
        )
    except (signin.NotProved, signin.ProviderDown) as refused:
        return refusal(request, refused)
    return page(request, "account/connect.jinja", {"provider": offered[name], "address": address})


@require_POST
@signed_in
@stepped_up()
def disconnect(request: HttpRequest, number: int) -> HttpResponse:
    """Let one of them open my account no more, unless it is the only way in."""
    try:
        signin.disconnect(request, number)
    except signin.LastWayIn as refused:
        return refusal(request, refused)
    except signin.NotProved as none:
        raise Http404 from none
    return HttpResponseRedirect(reverse("account"))
