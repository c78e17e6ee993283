"""Routes of the privacy officer: of one facility, or of the whole exchange where the account bears none.

Nothing clinical is on these pages. Who decides has proved within five minutes who they are.
"""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from suksala import audit, consent, identity, privacy, registry
from suksala.foundation import SuksalaError, clock
from suksala.portals import facilities, rights
from suksala.portals.access import account, door, stepped_up
from suksala.portals.pages import page
from suksala.portals.texts import Text

from . import wording
from .desk import decided, facility_of, named, patient, tell_opened


@require_GET
@door("privacy")
def today(request: HttpRequest) -> HttpResponse:
    """What waits today: requests of persons, emergency openings to review, alerts, cases; whether the log is sealed."""
    facility = facility_of(request)
    openings, alerts, cases = consent.grants_to_review(facility), privacy.alerts(facility), privacy.cases(facility)
    waiting, seconds = audit.lag()
    shown = {
        "facility": facilities.name(facility) if facility else None,
        "openings": openings,
        "alerts": alerts,
        "cases": cases,
        **_asked(privacy.data_requests(facility)),
        **named([*openings, *alerts, *cases]),
        "now": clock.now(),
        "untold": len(privacy.openings_nobody_hears_of(facility)),
        "locks": len(consent.facility_locks()) if facility is None else 0,
        "unsealed": waiting,
        "seconds": int(seconds),
        "words": wording,
    }
    return page(request, "privacy/today.jinja", shown)


@require_GET
@door("privacy")
def done(request: HttpRequest) -> HttpResponse:
    """What was decided: answered and refused requests, reviewed openings, judged alerts, answered cases."""
    facility = facility_of(request)
    openings = consent.grants_to_review(facility, done=True)
    alerts, cases = privacy.alerts(facility, judged=True), privacy.cases(facility, answered=True)
    shown = {
        "openings": openings,
        "alerts": alerts,
        "cases": cases,
        **_asked(privacy.data_requests(facility, closed=True)),
        **named([*openings, *alerts, *cases]),
        "words": wording,
        "now": clock.now(),
    }
    return page(request, "privacy/done.jinja", shown)


def _asked(found: list[privacy.DataRequest]) -> dict[str, object]:
    """Requests of persons, with the words for them."""
    return {
        "requests": found,
        "asked_of": facilities.names(one.facility for one in found if one.facility),
        "exchange": rights.EXCHANGE,
        "rights": rights.NAMES,
        "request_states": rights.STATES,
    }


@require_http_methods(["GET", "POST"])
@door("privacy")
@stepped_up()
def alert(request: HttpRequest, number: int) -> HttpResponse:
    """One alert: the reasons, and the verdict."""
    facility = facility_of(request)
    found = privacy.alert(number, facility)
    if found is None:
        raise Http404

    def decide(verdict: str, words: str, actor: str) -> None:
        privacy.judge(number, facility, verdict, words, actor=actor)

    tell_opened(request, "privacy.alert-opened", found.person, found.facility, **privacy.matter_of(found))
    shown = {"alert": found, "patient": patient(found.person), "reasons": wording.REASONS, **named([found])}
    return decided(request, "privacy/alert.jinja", shown, decide)


@require_http_methods(["GET", "POST"])
@door("privacy")
@stepped_up()
def case(request: HttpRequest, number: int) -> HttpResponse:
    """One case of a citizen: what they doubt, and the answer that they will read."""
    facility = facility_of(request)
    found = privacy.case(number, facility)
    if found is None:
        raise Http404

    def decide(verdict: str, words: str, actor: str) -> None:
        privacy.answer(number, facility, verdict, words, actor=actor)

    tell_opened(request, "privacy.case-seen", found.person, found.facility)
    shown = {"case": found, "patient": patient(found.person), "states": wording.STATES, "now": clock.now()}
    return decided(request, "privacy/case.jinja", {**shown, **named([found])}, decide)


@require_POST
@door("privacy")
@stepped_up()
def take_up(request: HttpRequest, number: int) -> HttpResponse:
    """Begin to look at a case: the citizen sees that somebody does."""
    try:
        privacy.take_up(number, facility_of(request), actor=account(request).actor)
    except privacy.PrivacyProblem as problem:
        raise Http404 from problem
    return HttpResponseRedirect(reverse("privacy-case", args=[number]))


@require_http_methods(["GET", "POST"])
@door("privacy")
@stepped_up()
def protected(request: HttpRequest) -> HttpResponse:
    """The list of protected persons: add by facility and hospital number, with the reason."""
    problem: SuksalaError | None = None
    if request.method == "POST":
        try:
            _protect(request)
            return HttpResponseRedirect(reverse("privacy-protected"))
        except identity.ProtectionProblem as refused:
            problem = refused
    facility = facility_of(request)
    found = identity.protections(facility)
    shown = {
        "protections": [(one, patient(one.person)) for one in found],
        "facility": facility,
        "pid": request.POST.get("pid", "")[:15],
        "hospcode": request.POST.get("hospcode", "")[:5],
        "reason": request.POST.get("reason", "")[:500],
        "problem": Text(problem.th, problem.en) if problem else None,
    }
    return page(request, "privacy/protected.jinja", shown, status=422 if problem else 200)


def _protect(request: HttpRequest) -> None:
    """Find the registration among those of the facility, and add it."""
    facility = facility_of(request)
    hospcode = facility or request.POST.get("hospcode", "").strip()[:5]
    pid = request.POST.get("pid", "").strip()[:15]
    actor = account(request).actor
    known = registry.facility(hospcode) is not None and bool(pid)
    if not known:
        found = identity.FoundOwn()
    else:
        found = identity.search_own(hospcode, pid, actor=actor, purpose="HOPERAT", count=_counts_nobody)
    exact = [one for one in found.registrations if one.pid == pid]
    if len(exact) != 1:
        raise identity.ProtectionProblem(
            "ไม่พบเลขนี้ในทะเบียนของหน่วยบริการ", "this number is not in the facility's register", code="SKL-ID-013"
        )
    reason = request.POST.get("reason", "")
    identity.protect(exact[0].person, reason, facility=facility or "", actor=actor)


def _counts_nobody(_persons: object) -> None:
    """An officer protects people, and is shown none: no hour of theirs is counted."""


@require_POST
@door("privacy")
@stepped_up()
def unprotect(request: HttpRequest, person: int) -> HttpResponse:
    """Take somebody off the list, if this officer's facility put them there."""
    facility = facility_of(request)
    if person not in {one.person for one in identity.protections(facility)}:
        raise Http404
    identity.unprotect(person, facility=facility, actor=account(request).actor)
    return HttpResponseRedirect(reverse("privacy-protected"))
