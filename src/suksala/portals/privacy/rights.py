"""Routes of requests about one's own data (PDPA s.30-36): one request, taking it up, answering or refusing it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from suksala import privacy
from suksala.foundation import clock
from suksala.portals import facilities, rights
from suksala.portals.access import account, door, stepped_up
from suksala.portals.texts import Text

from .desk import decided, facility_of, patient, tell_opened

OUTCOMES: dict[str, Text] = {
    privacy.RequestState.ANSWERED: Text("ดำเนินการแล้ว", "Done"),
    privacy.RequestState.REFUSED: Text("ปฏิเสธ พร้อมเหตุผล", "Refused, with the reason"),
}


@require_http_methods(["GET", "POST"])
@door("privacy")
@stepped_up()
def data_request(request: HttpRequest, number: int) -> HttpResponse:
    """One request: what is asked, until when an answer is owed, and the answer that the person will read."""
    facility = facility_of(request)
    found = privacy.data_request(number, facility)
    if found is None:
        raise Http404

    def decide(outcome: str, words: str, actor: str) -> None:
        privacy.close_request(number, facility, outcome, words, actor=actor)

    tell_opened(request, "privacy.request-seen", found.person, found.facility)
    shown = {
        "r": found,
        "patient": patient(found.person),
        "place": facilities.name(found.facility) if found.facility else rights.EXCHANGE,
        "rights": rights.NAMES,
        "states": rights.STATES,
        "now": clock.now(),
        "verdicts": OUTCOMES,
    }
    return decided(request, "privacy/request.jinja", shown, decide)


@require_POST
@door("privacy")
@stepped_up()
def take(request: HttpRequest, number: int) -> HttpResponse:
    """Begin to work on a request: the person sees that somebody does."""
    try:
        privacy.take_request(number, facility_of(request), actor=account(request).actor)
    except privacy.PrivacyProblem as problem:
        raise Http404 from problem
    return HttpResponseRedirect(reverse("privacy-request", args=[number]))
