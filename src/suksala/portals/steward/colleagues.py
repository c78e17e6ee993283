"""Routes of the accounts of a facility's staff: who of its practitioners each one is, and saying so."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from suksala import registry, signin
from suksala.foundation import SuksalaError, clock
from suksala.portals import facilities
from suksala.portals.access import account, door, stepped_up
from suksala.portals.pages import page
from suksala.portals.roles import ROLES
from suksala.portals.texts import Text
from suksala.signin import AccountState, TieReason
from suksala.standards.file43 import code_table

from .staff import facility_choices

REASONS: dict[TieReason, Text] = {
    TieReason.LICENCE_SEEN: Text("เห็นบัตรใบอนุญาตพร้อมเจ้าตัว", "I saw the licence, with its holder"),
    TieReason.PERSONNEL_FILE: Text("ตรงกับทะเบียนประวัติของฝ่ายบุคคล", "It is so in the personnel file"),
    TieReason.WRONG: Text("ผูกผิดคน", "It was somebody else"),
    TieReason.LEFT: Text("ไม่ได้ให้การรักษาด้วยบัญชีนี้แล้ว", "They give no care under it any more"),
}


@require_GET
@door("steward")
@stepped_up()
def accounts(request: HttpRequest) -> HttpResponse:
    """The accounts of a facility and who each one is, clinicians whom nobody can name first."""
    steward, asked = account(request), request.GET.get("facility", "")
    listed = facility_choices(request)
    chosen = next((code for code, _ in listed if asked in {"", code}), listed[0][0] if listed else "")
    found = signin.colleagues(steward, chosen)
    people = registry.practitioners({one.practitioner for one in found if one.practitioner is not None})
    rows = [
        (one, ROLES[one.role], people.get(one.practitioner or 0), _cannot_open(one), signin.is_own(steward, one))
        for one in found
    ]
    rows.sort(key=lambda row: (not row[3], not row[0].active, row[0].login))
    shown = {"rows": rows, "facilities": listed, "facility": chosen, "unnamed": sum(row[3] for row in rows)}
    return page(request, "steward/accounts.jinja", shown | _councils())


@require_http_methods(["GET", "POST"])
@door("steward")
@stepped_up()
def one_account(request: HttpRequest, number: int) -> HttpResponse:
    """Who gives care under one account: say it, or end what was said."""
    try:
        if request.method == "GET":
            return _form(request, number)
        tied = signin.tie_colleague(account(request), number, _chosen(request), _why(request))
    except signin.NoAccount as none:
        raise Http404 from none
    except SuksalaError as problem:
        status = problem.http_status if isinstance(problem, signin.TieRefused) else 422
        return _form(request, number, Text(problem.th, problem.en), status)
    return HttpResponseRedirect(f"{reverse('staff-accounts')}?facility={tied.facility}")


def _chosen(request: HttpRequest) -> int | None:
    """The practitioner that was chosen; None where the tie is to end. Raises AccountProblem: neither."""
    if "end" in request.POST:
        return None
    number = request.POST.get("practitioner", "")
    if not (number.isascii() and number.isdigit() and len(number) < 19):
        raise signin.AccountProblem("เลือกว่าบัญชีนี้เป็นของใคร", "choose whose account this is")
    return int(number)


def _why(request: HttpRequest) -> TieReason:
    """The reason that was chosen. Raises AccountProblem: none."""
    try:
        return TieReason(request.POST.get("why", ""))
    except ValueError:
        raise signin.AccountProblem("เลือกเหตุผลก่อน", "choose a reason first") from None


def _form(request: HttpRequest, number: int, problem: Text | None = None, status: int = 200) -> HttpResponse:
    """One account. Raises NoAccount: another facility's is answered as one that does not exist."""
    steward = account(request)
    found = signin.colleague(steward, number)
    shown = {
        "one": found,
        "does": ROLES[found.role],
        "place": facilities.name(found.facility),
        "now": registry.practitioner(found.practitioner) if found.practitioner is not None else None,
        "people": signin.candidates(steward, found.facility),
        "ties": [(why, REASONS[why]) for why in signin.TIES],
        "unties": [(why, REASONS[why]) for why in signin.UNTIES],
        "is_own": signin.is_own(steward, found),
        "sent": request.POST,
        "problem": problem,
    }
    return page(request, "steward/account.jinja", shown | _councils(), status=status)


def _cannot_open(one: AccountState) -> bool:
    """A clinician in service who opens no emergency record, for nobody could say who opened it (SKL-GRANT-026)."""
    return one.role == "clinician" and one.active and one.practitioner is None


def _councils() -> dict[str, object]:
    table = code_table("council")
    return {"councils": table.labels, "councils_en": table.labels_en, "today": clock.today()}
