"""Routes of those who call: who of the lists is missing, one person with what settles who they are, the answers."""

from __future__ import annotations

from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from suksala import lists, warehouse
from suksala.foundation import clock
from suksala.portals.access import account, door
from suksala.portals.pages import page, page_number
from suksala.portals.texts import Text

PER_PAGE = 50
KINDS = {
    lists.Kind.NO_CONTACT: Text("ยังติดต่อไม่ได้", "Not contacted"),
    lists.Kind.NO_UNIT: Text("รอหน่วยรับดูแล", "No unit"),
    lists.Kind.NOT_ACCEPTED: Text("หน่วยยังไม่รับ", "Not accepted"),
    lists.Kind.NOT_RECEIVED: Text("ส่งรถแล้ว ไม่มีผู้รับตัว", "Sent, not received"),
    lists.Kind.NO_REPORT: Text("ขาดรายงานอาการ", "No report"),
    lists.Kind.TWO_AGENCIES: Text("อยู่ในสองหน่วยงานพร้อมกัน", "In two agencies' care at once"),
    lists.Kind.DOUBTFUL: Text("ลิงก์ที่ต้องถาม", "A link to ask about"),
}
STATUSES = {
    lists.Status.POSITIVE: Text("พบเชื้อ", "Positive"),
    lists.Status.WAITING: Text("รอรับการรักษา", "Waiting"),
    lists.Status.ASSIGNED: Text("มอบหมายหน่วยแล้ว", "Unit assigned"),
    lists.Status.VEHICLE_SENT: Text("ส่งรถแล้ว", "Vehicle sent"),
    lists.Status.HOME_ISOLATION: Text("กักตัวที่บ้าน", "Home isolation"),
    lists.Status.COMMUNITY_ISOLATION: Text("ศูนย์พักคอย", "Community isolation"),
    lists.Status.IN_HOSPITAL: Text("รักษาในโรงพยาบาล", "In hospital"),
    lists.Status.RECOVERED: Text("หายแล้ว", "Recovered"),
    lists.Status.DEAD: Text("เสียชีวิต", "Dead"),
    lists.Status.UNREACHABLE: Text("ติดต่อไม่ได้", "Unreachable"),
}
ANSWERS = {
    lists.Answer.SAME: Text("เป็นคนเดียวกัน", "The same person"),
    lists.Answer.DIFFERENT: Text("คนละคน", "Not the same person"),
    lists.Answer.REACHED: Text("ติดต่อได้", "Reached"),
    lists.Answer.UNREACHABLE: Text("ติดต่อไม่ได้", "Unreachable"),
    lists.Answer.DO_NOT_CALL: Text("ติดต่อได้ ขอไม่ให้โทรอีก", "Reached, asks for no more calls"),
}


@require_GET
@door("district")
def missing(request: HttpRequest) -> HttpResponse:
    """Who is missing in the district, those to call first on top; how many of each kind."""
    reader = account(request)
    found = lists.missing(actor=reader.actor, district=reader.district)
    kind = next((one for one in KINDS if one == request.GET.get("kind")), "")
    chosen = [one for one in found if not kind or one.kind == kind]
    number = page_number(request.GET.get("page", ""), len(chosen), PER_PAGE)
    of_kind = f"kind={kind}&" if kind else ""
    counts = {one: sum(each.kind == one for each in found) for one in KINDS}
    report = next(iter(lists.reports(1)), None)
    shown = {
        "people": chosen[(number - 1) * PER_PAGE : number * PER_PAGE],
        "chosen": len(chosen),
        "first": (number - 1) * PER_PAGE + 1,
        "previous": f"?{of_kind}page={number - 1}" if number > 1 else None,
        "next": f"?{of_kind}page={number + 1}" if number * PER_PAGE < len(chosen) else None,
        "now": clock.now(),
        "is_calling_hour": lists.is_calling_hour(clock.now()),
        "counts": {one: count for one, count in counts.items() if count},
        "all": len(found),
        "kind": kind,
        "joined": lists.joined(reader.district)[:PER_PAGE],
        "report": report,
        "spared": warehouse.shown(report.avoided) if report else None,  # of all districts' people
        "kinds": KINDS,
        "answers": ANSWERS,
    }
    return page(request, "district/missing.jinja", shown)


@require_http_methods(["GET", "POST"])
@door("district")
def person(request: HttpRequest, person: UUID) -> HttpResponse:
    """One person over all lists, whom in care they may be, and the form for what the caller found out."""
    problem: lists.ListProblem | None = None
    reader = account(request)
    if request.method == "POST":
        said, *pair = request.POST.get("answer", "").split(":")  # as the page offers it: same:row:row
        try:
            lists.answer(str(person), said, pair, actor=reader.actor, district=reader.district)
            return HttpResponseRedirect(reverse("missing"))
        except lists.ListProblem as refused:
            problem = refused
    try:
        sheet = lists.sheet(str(person), actor=reader.actor, district=reader.district)
    except lists.ListProblem as refused:
        raise Http404 from refused
    shown = {
        "sheet": sheet,
        "problem": Text(problem.th, problem.en) if problem else None,
        "questions": {one.person: Text(one.question.th, one.question.en) for one in sheet.candidates},
        "now": clock.now(),
        "is_calling_hour": lists.is_calling_hour(clock.now()),
        "kinds": KINDS,
        "statuses": STATUSES,
        "answers": ANSWERS,
    }
    return page(request, "district/missing_person.jinja", shown, status=422 if problem else 200)
