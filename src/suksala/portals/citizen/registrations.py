"""Routes of where I am registered: each registration in my record, and "this is not me"."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from suksala import consent, identity, phr
from suksala.identity import Registration
from suksala.portals import facilities
from suksala.portals.access import account, door
from suksala.portals.pages import page

from .whose import chosen


@require_GET
@door("citizen")
def registrations(request: HttpRequest) -> HttpResponse:
    """Every registration that the exchange takes for mine: where, under which number and name, and by what it knows."""
    whose = _own(request)
    found = identity.registrations(whose.persons)
    shown = {
        "own": whose.person,
        "registrations": [(one, identity.public_id(one.person)) for one in found],
        "disputed": identity.disputed(whose.persons),
        "by_weight": {one.person for one in identity.linked_by_weight(whose.person)},
        "names": facilities.names(one.hospcode for one in found),
    }
    return page(request, "citizen/registrations.jinja", shown)


@require_http_methods(["GET", "POST"])
@door("citizen")
def not_me(request: HttpRequest, registration: str) -> HttpResponse:
    """Say that a registration in my record is somebody else's: the review desk looks at it before all others."""
    whose = _own(request)
    doubted = _doubted(whose, registration)
    if request.method == "POST":
        identity.dispute(whose.person, doubted.person, request.POST.get("words", ""), actor=account(request).actor)
        return HttpResponseRedirect(reverse("my-registrations"))
    shown = {"registration": doubted, "names": facilities.names([doubted.hospcode])}
    return page(request, "citizen/not_me.jinja", shown)


def _own(request: HttpRequest) -> phr.Whose:
    """The own record: who is registered where is for each to say about themselves. Raises consent.NoPermit."""
    whose = chosen(request)
    if whose.relation != "self":
        raise consent.NoPermit("ทำได้กับประวัติของตนเองเท่านั้น", "this is possible for your own record only")
    return whose


def _doubted(whose: phr.Whose, public: str) -> Registration:
    """A registration of this record other than the one by which its owner is known; 404 for any other."""
    try:
        person = identity.human_of_public(public)
    except identity.NoSuchHuman as unknown:
        raise Http404 from unknown
    if person == whose.person or person not in whose.persons:
        raise Http404
    return identity.registration(person)
