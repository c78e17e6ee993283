"""Routes of the co-signer: what a colleague asks for, and the confirmation. Nothing of the patient is on these."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from suksala import consent
from suksala.consent import Criterion, Grant
from suksala.foundation import SuksalaError
from suksala.portals import facilities
from suksala.portals.access import account, door, stepped_up
from suksala.portals.pages import page
from suksala.portals.texts import Text

CRITERIA = {code.value: Text(code.th, code.en) for code in Criterion}


@require_GET
@door("clinician")
@stepped_up()
def requests(request: HttpRequest) -> HttpResponse:
    """What waits for a co-signer at my facility; another facility's request by the reference that its reader tells."""
    reference, problem = request.GET.get("reference", "").strip()[:20], None
    if reference:
        try:
            found = consent.request_named(reference, account(request))
            return HttpResponseRedirect(reverse("emergency-cosign-one", args=[found.id]))
        except consent.GrantProblem as refused:
            problem = refused
    shown = {
        "waiting": consent.requests_to_cosign(account(request)),
        "reference": reference,
        "signed": request.GET.get("signed") == "1",
        "problem": Text(problem.th, problem.en) if problem else None,
    }
    return page(request, "clinician/cosign.jinja", shown, status=problem.http_status if problem else 200)


@require_http_methods(["GET", "POST"])
@door("clinician")
@stepped_up()
def confirm(request: HttpRequest, number: UUID) -> HttpResponse:
    """Who asks, where and why, in their own words; confirmed with a declaration of one's own."""
    try:
        found = consent.request_to_cosign(number, account(request))
    except consent.GrantProblem as refused:
        raise Http404 from refused
    if request.method == "GET":
        return _one(request, found)
    if request.POST.get("attested") != "yes":
        return _one(request, found, Text("ทำเครื่องหมายคำรับรองก่อน", "Tick the declaration first"), 422)
    try:
        consent.cosign(number, account(request))
    except SuksalaError as refused:
        return _one(request, found, Text(refused.th, refused.en), refused.http_status)
    return HttpResponseRedirect(f"{reverse('emergency-cosign')}?signed=1")


def _one(request: HttpRequest, found: Grant, problem: Text | None = None, status: int = 200) -> HttpResponse:
    shown = {
        "grant": found,
        "place": facilities.name(found.facility),
        "criterion": CRITERIA[found.need.criterion],
        "problem": problem,
    }
    return page(request, "clinician/cosign_one.jinja", shown, status=status)
