"""Routes of breaking the glass: declare the need, read the sealed copy, confirm more, end early."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from suksala import consent, exchange, identity, signin
from suksala.consent import Criterion, GrantFaults, GrantProblem, Label, Need
from suksala.foundation import SuksalaError, clock
from suksala.portals import facilities, record
from suksala.portals.access import account, door, stepped_up
from suksala.portals.pages import page
from suksala.portals.texts import Text

from . import emergency_copy
from .confirming import doubtful, unconfirmed

FIELDS = ("number", "criterion", "words", "encounter", "licence", "attested")
LABELS = {
    Label.HIV: Text("เอชไอวี", "HIV"),
    Label.MENTAL_HEALTH: Text("สุขภาพจิต", "Mental health"),
    Label.SEXUAL_VIOLENCE: Text("ความรุนแรงทางเพศ", "Sexual violence"),
    Label.ADOLESCENT: Text("อนามัยเจริญพันธุ์วัยรุ่น", "Reproductive health of adolescents"),
    Label.ADDICTION: Text("สารเสพติด", "Addiction"),
}


@require_GET
@door("clinician")
@stepped_up()
def ask(request: HttpRequest) -> HttpResponse:
    """The declaration, and what I have open."""
    return _form(request, {})


@sensitive_post_parameters()
@require_POST
@door("clinician")
@stepped_up()
def open_glass(request: HttpRequest) -> HttpResponse:
    """Break the glass. By POST, so that no number stands in an address or a log."""
    said = {name: request.POST.get(name, "").strip()[:600] for name in FIELDS}
    need = Need(said["criterion"], said["words"], said["encounter"], said["licence"], said["attested"] == "yes")
    try:
        asked = request.POST.get("cosigner") == "yes"
        grant = consent.break_glass(account(request), said["number"], need, with_cosigner=asked)
    except GrantFaults as refused:
        return _form(request, said, refused.faults, status=refused.http_status)
    except SuksalaError as refused:
        return _form(request, said, [refused], status=refused.http_status)
    return _to(grant)


def _form(
    request: HttpRequest,
    said: dict[str, str],
    faults: Sequence[SuksalaError] = (),
    *,
    status: int = 200,
) -> HttpResponse:
    reader = account(request)
    told = {getattr(fault, "field", ""): Text(fault.th, fault.en) for fault in faults}
    shown = {
        "said": said,
        "told": told,
        "again": any(fault.code == "SKL-GRANT-023" for fault in faults),
        "own": _own(reader),
        "to_cosign": len(consent.requests_to_cosign(reader)),
        "criteria": [(code.value, Text(code.th, code.en)) for code in Criterion],
        **_licence(reader),
        "facility": facilities.name(reader.hospcode),
        "ended": request.GET.get("ended") == "1",
        "made_up": _made_up_number(),
    }
    return page(request, "clinician/emergency_ask.jinja", shown, status=status)


def _made_up_number() -> str:
    """In demo mode the number of a made-up citizen, so that a visitor can try it; "" otherwise."""
    people = [found.person for found in signin.demo_accounts() if found.role == "citizen" and found.person]
    return (identity.registration(people[0]).number or "") if people else ""


def _own(reader: consent.EmergencyReader) -> list[consent.Grant]:
    try:
        return consent.own_grants(reader)
    except (consent.ClockProblem, consent.KeyFolderProblem):
        return []  # the form itself will say so


def _licence(reader: consent.EmergencyReader) -> dict[str, object]:
    """Whether the form asks for a licence, or why there is no form: nothing that is typed would help."""
    try:
        return {"ask_licence": not consent.licence_of(reader), "closed": None}
    except GrantProblem as refused:
        return {"ask_licence": False, "closed": Text(refused.th, refused.en)}


@require_GET
@door("clinician")
def read(request: HttpRequest, number: UUID) -> HttpResponse:
    """The emergency record, from the sealed copy; pulled first where there is none yet. Before somebody co-signed, the
    page that waits for it.
    """
    asked = consent.own_request(number, account(request))
    if asked is not None and asked.asked_at is not None:
        shown = {"grant": asked, "until": asked.asked_at + consent.COSIGN_WITHIN}
        return page(request, "clinician/emergency_wait.jinja", shown)
    return _record(request, number, {})


def _record(
    request: HttpRequest, number: UUID, told: dict[str, Text], *, said: str = "", status: int = 200
) -> HttpResponse:
    reader = account(request)
    try:
        grant, document, pulled_at = consent.read_copy(number, reader)
        if document is None:
            _pull(number, reader)
            grant, document, pulled_at = consent.read_copy(number, reader)
    except SuksalaError as refused:
        return _closed(request, refused)
    patient, entries = emergency_copy.read(document or b"")
    left, visits, not_sure = grant.until - clock.now(), record.visits(entries), unconfirmed(grant.person, entries)
    full = grant.extent is consent.Extent.FULL_RECORD
    shown = {
        "grant": grant,
        "patient": patient,
        "years": patient.years(clock.today()),
        "left": left,
        "hours": left // timedelta(hours=1),
        "minutes": left % timedelta(hours=1) // timedelta(minutes=1),
        "pulled_at": pulled_at,
        "summary": record.summarise(entries, clock.today(), doubtful(not_sure)),
        "unconfirmed": not_sure,
        "doubtful": doubtful(not_sure),
        "problems": emergency_copy.problems(entries),
        "medicines": emergency_copy.medicines(entries),
        "latest": emergency_copy.latest(entries),
        "others": emergency_copy.others(entries),
        "visits": visits if full else visits[: exchange.EMERGENCY_VISITS],
        "kind_names": record.KINDS,
        "names": facilities.names(e.facility for e in entries),
        "day_of": record.day_of,
        "today": clock.today(),
        "full": full,
        "labels": [(int(label), name, bool(grant.labels & label)) for label, name in LABELS.items()],
        "told": told,
        "said": said,
    }
    answer = page(request, "clinician/emergency_record.jinja", shown, status=status)
    answer.headers["Refresh"] = str(int(left.total_seconds()) + 1)  # a page left open clears itself at the end
    return answer


def _pull(number: UUID, reader: consent.EmergencyReader) -> None:
    grant, permit = consent.permit_for_grant(number, reader)
    consent.keep_copy(number, reader, emergency_copy.pull(grant, permit, clock.now()))


def _closed(request: HttpRequest, refused: SuksalaError) -> HttpResponse:
    """It is over: nothing of it is shown, and the browser forgets what it kept."""
    shown = {"why": Text(refused.th, refused.en)}
    answer = page(request, "clinician/emergency_closed.jinja", shown, status=refused.http_status)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


@require_http_methods(["POST"])
@door("clinician")
@stepped_up()
def widen(request: HttpRequest, number: UUID) -> HttpResponse:
    """The second confirmation, and with classes and a reason the third."""
    labels = Label(0)
    for text in request.POST.getlist("labels"):
        labels |= next((label for label in LABELS if str(int(label)) == text), Label(0))
    words = request.POST.get("label_words", "").strip()[:600]
    if request.POST.get("confirmed") != "yes" or (request.POST.get("more") == "labels" and not labels):
        fault = Text("เลือกและทำเครื่องหมายยืนยันก่อน", "Choose, and tick the confirmation first")
        return _record(request, number, {"confirmed": fault}, said=words, status=422)
    try:
        return _to(consent.widen_grant(number, account(request), labels=int(labels), words=words))
    except GrantProblem as refused:
        if refused.field:
            return _record(request, number, {refused.field: Text(refused.th, refused.en)}, said=words, status=422)
        return _closed(request, refused)
    except consent.ClockProblem as refused:
        return _closed(request, refused)


@require_POST
@door("clinician")
def refresh(request: HttpRequest, number: UUID) -> HttpResponse:
    """Pull once more, under the same grant."""
    try:
        _pull(number, account(request))
    except SuksalaError as refused:
        return _closed(request, refused)
    return HttpResponseRedirect(reverse("emergency-record", args=[number]))


@require_POST
@door("clinician")
def end(request: HttpRequest, number: UUID) -> HttpResponse:
    """I need it no more."""
    try:
        consent.end_grant(number, account(request))
    except SuksalaError as refused:
        return _closed(request, refused)
    answer = HttpResponseRedirect(f"{reverse('emergency')}?ended=1")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def _to(grant: consent.Grant) -> HttpResponseRedirect:
    return HttpResponseRedirect(reverse("emergency-record", args=[grant.id]))
