"""Routes of a citizen's requests about the own data (PDPA s.30-36): what I asked for with its answers, and asking."""

from __future__ import annotations

from collections.abc import Set
from datetime import timedelta

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from suksala import identity, phr, privacy
from suksala.foundation import clock
from suksala.portals import facilities, rights
from suksala.portals.access import account, door, stepped_up
from suksala.portals.pages import page
from suksala.portals.texts import Text

NEWS_LASTS = timedelta(days=10)  # so long an answer is told at the top of my record


def news(persons: Set[int] | None) -> list[privacy.DataRequest]:
    """Requests answered in the last days, for the banner over the own record; the newest answer first."""
    since = clock.now() - NEWS_LASTS
    found = [one for one in privacy.requests_of(persons or ()) if one.answered_at and one.answered_at >= since]
    return sorted(found, key=lambda one: one.answered_at or since, reverse=True)


@require_GET
@door("citizen")
def requests(request: HttpRequest) -> HttpResponse:
    """What I asked for, until when I am owed an answer, and the answers."""
    found = privacy.requests_of(_persons(request))
    shown = {
        "requests": found,
        "names": facilities.names(one.facility for one in found if one.facility),
        "rights": rights.NAMES,
        "states": rights.STATES,
        "exchange": rights.EXCHANGE,
        "now": clock.now(),
    }
    return page(request, "account/requests.jinja", shown)


@require_http_methods(["GET", "POST"])
@door("citizen")
@stepped_up()
def new(request: HttpRequest) -> HttpResponse:
    """Ask: which right, of whom, and what it is about."""
    persons = _persons(request)
    sent = {name: request.POST.get(name, "")[:2_000] for name in ("right", "facility", "words")}
    problem: privacy.PrivacyProblem | None = None
    if request.method == "POST":
        facility = sent["facility"] or None
        try:
            privacy.make_request(persons, sent["right"], facility, sent["words"], actor=account(request).actor)
            return HttpResponseRedirect(reverse("data-requests"))
        except privacy.PrivacyProblem as refused:
            problem = refused
    shown = {
        "sent": sent,
        "names": facilities.names(one.hospcode for one in identity.registrations(persons)),
        "rights": rights.NAMES,
        "hints": rights.HINTS,
        "exchange": rights.EXCHANGE,
        "days": privacy.ANSWER_WITHIN.days,
        "problem": Text(problem.th, problem.en) if problem else None,
    }
    return page(request, "account/new_request.jinja", shown, status=422 if problem else 200)


def _persons(request: HttpRequest) -> Set[int]:
    """My own registrations: nobody asks for another here."""
    return phr.permit(account(request), clock.now()).persons or frozenset()
