"""Routes of emergency openings: review one, end it, tell its patient later; facilities that are locked; notices.

A facility's officer works on its openings. Letting a locked facility again is the exchange's: nobody clears the own.
"""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from suksala import consent, privacy
from suksala.consent import Grant, GrantProblem
from suksala.foundation import SuksalaError, clock
from suksala.portals import facilities
from suksala.portals.access import account, door, stepped_up
from suksala.portals.clinician.emergency import LABELS
from suksala.portals.pages import page
from suksala.portals.texts import Text

from . import wording
from .desk import decided, facility_of, named, patient, tell_opened

DAYS = range(1, 8)


@require_http_methods(["GET", "POST"])
@door("privacy")
@stepped_up()
def opening(request: HttpRequest, number: UUID) -> HttpResponse:
    """One emergency opening: who, why in their own words, and the verdict, once it has ended."""
    found = _grant(request, number)

    def decide(verdict: str, words: str, actor: str) -> None:
        privacy.review_opening(number, verdict, words, actor=actor)

    tell_opened(request, "privacy.opening-seen", found.person, found.facility, grant=str(found.id))
    told = consent.told_from(number)
    shown = {
        "grant": found,
        "now": clock.now(),
        "told_from": told,
        "delays": _delays(found) if facility_of(request) is None else [],
        "told_how": consent.told_how(found),
        "ways": wording.WAYS,
        **_declared(found),
        **named([found]),
    }
    return decided(request, "privacy/opening.jinja", shown, decide)


def _declared(found: Grant) -> dict[str, object]:
    """What the reader declared and opened, in words, and what speaks for looking twice."""
    criterion = consent.Criterion(found.need.criterion)
    return {
        "criterion": Text(criterion.th, criterion.en),
        "full": found.extent is consent.Extent.FULL_RECORD,
        "classes": [
            ([name for label, name in LABELS.items() if reason.labels & label], reason.words)
            for reason in found.reasons
        ],
        "proven": "licence-unproven" not in found.flags,
        "flags": [wording.FLAGS[flag] for flag in found.flags],
        "rest": found.lasts < consent.EMERGENCY_LASTS,
        "cosigner_place": facilities.name(found.cosigner.facility) if found.cosigner else None,
    }


def _grant(request: HttpRequest, number: UUID) -> Grant:
    """Another facility's opening is answered as one that does not exist."""
    found = consent.grant(number)
    if found is None or facility_of(request) not in {None, found.facility}:
        raise Http404
    return found


def _delays(found: Grant) -> list[int]:
    """For how many days after its beginning the patient can still be left untold."""
    return [days for days in DAYS if found.began + timedelta(days=days) > clock.now()]


@require_http_methods(["GET", "POST"])
@door("privacy")
@stepped_up()
def end(request: HttpRequest, number: UUID) -> HttpResponse:
    """End an opening now: its copy is destroyed."""
    found = _grant(request, number)
    try:
        if request.method == "POST":
            consent.revoke_grant(number, actor=account(request).actor, words=_words(request))
            return HttpResponseRedirect(reverse("privacy-opening", args=[number]))
    except GrantProblem as refused:
        return _asked(request, "privacy/end.jinja", found, refused)
    return _asked(request, "privacy/end.jinja", found)


@require_http_methods(["GET", "POST"])
@door("privacy")
@stepped_up()
def delay(request: HttpRequest, number: UUID) -> HttpResponse:
    """Have the patient told later, where telling now would endanger somebody: the exchange's officer alone may."""
    found = _grant(request, number)
    _require_exchange(request)
    try:
        if request.method == "POST":
            until = found.began + timedelta(days=_days(request, found))
            actor, facility = account(request).actor, facility_of(request)
            privacy.delay_opening_notice(number, until, _words(request), facility=facility, actor=actor)
            return HttpResponseRedirect(reverse("privacy-opening", args=[number]))
    except (GrantProblem, privacy.PrivacyProblem) as refused:
        return _asked(request, "privacy/delay.jinja", found, refused)
    return _asked(request, "privacy/delay.jinja", found)


def _days(request: HttpRequest, found: Grant) -> int:
    """The days that were chosen. Raises GrantProblem for any that are not offered."""
    known = {str(days): days for days in _delays(found)}
    chosen = known.get(request.POST.get("days", ""))
    if chosen is None:
        raise GrantProblem(
            "days",
            "เลือกจำนวนวันที่เลื่อน ไม่เกิน 7 วันนับจากเปิด",
            "choose for how many days, at most 7 after the opening",
            code="SKL-GRANT-015",
        )
    return chosen


def _words(request: HttpRequest) -> str:
    return request.POST.get("words", "")[:2_000]


def _asked(request: HttpRequest, template: str, found: Grant, problem: SuksalaError | None = None) -> HttpResponse:
    shown = {
        "grant": found,
        "delays": _delays(found),
        "chosen": request.POST.get("days", ""),
        "words": _words(request),
        "problem": Text(problem.th, problem.en) if problem else None,
    }
    return page(request, template, shown, status=problem.http_status if problem else 200)


@require_GET
@door("privacy")
def untold(request: HttpRequest) -> HttpResponse:
    """Openings of which nothing tells the patient: no account, no message that went out. By reference only."""
    found = privacy.openings_nobody_hears_of(facility_of(request))
    return page(request, "privacy/untold.jinja", {"openings": found, **named(found)})


@require_http_methods(["GET", "POST"])
@door("privacy")
@stepped_up()
def told(request: HttpRequest, number: UUID) -> HttpResponse:
    """Whom to tell, by which way and when it was done."""
    found, problem = _grant(request, number), None
    if request.method == "POST":
        try:
            privacy.tell_patient(number, request.POST.get("how", ""), _day(request), actor=account(request).actor)
            return HttpResponseRedirect(reverse("privacy-untold"))
        except (GrantProblem, privacy.PrivacyProblem) as refused:
            problem = refused
    tell_opened(request, "privacy.opening-seen", found.person, found.facility, grant=str(found.id))
    shown = {
        "grant": found,
        "patient": patient(found.person),
        "place": facilities.name(found.facility),
        "ways": wording.WAYS,
        "how": request.POST.get("how", ""),
        "on": request.POST.get("on", "") or clock.today().isoformat(),
        "today": clock.today().isoformat(),
        "problem": Text(problem.th, problem.en) if problem else None,
    }
    return page(request, "privacy/told.jinja", shown, status=problem.http_status if problem else 200)


def _day(request: HttpRequest) -> date:
    """The day that was typed; one that is none lies before every opening."""
    try:
        return date.fromisoformat(request.POST.get("on", ""))
    except ValueError:
        return date.min


@require_GET
@door("privacy")
def notices(request: HttpRequest) -> HttpResponse:
    """What this officer was told at once: references and moments, nothing of patient or reader."""
    facility = facility_of(request)
    found = [(notice, consent.grant(notice.grant_id)) for notice in consent.officer_notices(facility)]
    shown = {"notices": [(notice, grant) for notice, grant in found if grant is not None], "facility": facility}
    return page(request, "privacy/notices.jinja", shown)


@require_GET
@door("privacy")
@stepped_up()
def locks(request: HttpRequest) -> HttpResponse:
    """Facilities that cannot break the glass until somebody looked at what they left unreviewed."""
    _require_exchange(request)
    return _locks(request)


@require_POST
@door("privacy")
@stepped_up()
def clear(request: HttpRequest, facility: str) -> HttpResponse:
    """Let a facility again, with the reason."""
    _require_exchange(request)
    try:
        consent.clear_lock(facility, _words(request), actor=account(request).actor)
    except GrantProblem as refused:
        if refused.http_status == 404:
            raise Http404 from refused
        return _locks(request, refused, facility)
    return HttpResponseRedirect(reverse("privacy-locks"))


def _locks(request: HttpRequest, problem: GrantProblem | None = None, wrong: str = "") -> HttpResponse:
    found = consent.facility_locks()
    shown = {
        "locks": found,
        "names": facilities.names(lock.facility for lock in found),
        "left": {lock.facility: len(consent.grants_to_review(lock.facility)) for lock in found},
        "problem": Text(problem.th, problem.en) if problem else None,
        "wrong": wrong,
        "words": _words(request),
    }
    return page(request, "privacy/locks.jinja", shown, status=problem.http_status if problem else 200)


def _require_exchange(request: HttpRequest) -> None:
    """Raises PermissionDenied for an officer of one facility."""
    if facility_of(request) is not None:
        raise PermissionDenied
