"""Routes of what the law wants written down: records of processing, breaches and their clocks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from suksala import governance
from suksala.foundation import SuksalaError, clock
from suksala.governance import Breach, Risk
from suksala.portals import facilities
from suksala.portals.access import account, door
from suksala.portals.pages import page
from suksala.portals.texts import Text, t

TEXTS = ("what", "data", "measures", "actor", "no_risk_reason", "late_reason")
MOMENTS = ("noticed_at", "began_at", "ended_at", "office_told_at", "persons_told_at")
RISKS: dict[str, Text] = {
    Risk.UNKNOWN: Text("ยังประเมินไม่เสร็จ", "Not known yet"),
    Risk.NONE: Text("ไม่มีความเสี่ยง ไม่ต้องแจ้ง", "No risk: nobody has to be told"),
    Risk.RISK: Text("มีความเสี่ยง แจ้งสำนักงาน", "A risk: the Office is told"),
    Risk.HIGH: Text("ความเสี่ยงสูง แจ้งสำนักงานและเจ้าของข้อมูล", "A high risk: the Office and the persons are told"),
}
THAI_LETTERS = {"a": "ก", "b": "ข", "c": "ค", "d": "ง"}
CLASSES: dict[str, Text] = {
    "direct": Text("ระบุตัวโดยตรง", "names somebody"),
    "quasi": Text("ระบุตัวโดยอ้อม", "may name somebody"),
    "sensitive": Text("อ่อนไหว", "sensitive"),
}


@require_GET
@door("privacy")
def processing(request: HttpRequest) -> HttpResponse:
    """The records of processing, with what the database keeps for each purpose at this moment."""
    shown = {
        "records": governance.PROCESSING,
        "bases": {record.code: ", ".join(map(section, record.bases)) for record in governance.PROCESSING},
        "stored": governance.stored_by(),
        "classes": CLASSES,
        "rights": governance.RIGHTS,
        "measures": governance.MEASURES,
    }
    return page(request, "privacy/processing.jinja", shown)


def section(basis: str) -> str:
    """A section of the Act as readers write it: 26-5-a is ม.26(5)(ก), s.26(5)(a)."""
    number, *parts = basis.split("-")
    thai = "".join(f"({THAI_LETTERS.get(part, part)})" for part in parts)
    return t(f"ม.{number}{thai}", f"s.{number}{''.join(f'({part})' for part in parts)}")


@require_GET
@door("privacy")
def breaches(request: HttpRequest) -> HttpResponse:
    """Every breach with its clock; an officer of one facility sees that facility's."""
    now = clock.now()
    rows = [(b, b.clock(now), _place(b)) for b in governance.breaches(_own(request))]
    rows.sort(key=lambda row: (not row[1].is_overdue, not row[1].is_open, -row[0].noticed_at.timestamp()))
    return page(request, "privacy/breaches.jinja", {"rows": rows, "risks": RISKS})


@require_http_methods(["GET", "POST"])
@door("privacy")
def new(request: HttpRequest) -> HttpResponse:
    """Register a breach: the clock runs from when it was noticed."""
    if request.method == "GET":
        return _form(request, Breach("", clock.now(), facility=_own(request) or ""))
    return _keep(request, Breach("", clock.now(), facility=_own(request) or ""))


@require_http_methods(["GET", "POST"])
@door("privacy")
def breach(request: HttpRequest, number: int) -> HttpResponse:
    """One breach: what is known, whom was told, and the draft of the notice."""
    found = _breach(request, number)
    return _form(request, found) if request.method == "GET" else _keep(request, found)


@require_GET
@door("privacy")
def report(request: HttpRequest, number: int) -> HttpResponse:
    """The draft of the notice to the Office as a text, with what the audit log tells."""
    text = governance.draft_report(_breach(request, number))
    answer = HttpResponse(text, content_type="text/plain; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="suksala-breach-{number}.txt"'
    return answer


def _keep(request: HttpRequest, before: Breach) -> HttpResponse:
    given = before
    try:
        given = _given(request, before)
        act = governance.tell_breach if before.id else governance.register_breach
        kept = act(given, actor=account(request).actor)
    except SuksalaError as problem:
        return _form(request, given, Text(problem.th, problem.en))
    return HttpResponseRedirect(reverse("breach", args=[kept.id]))


def _given(request: HttpRequest, before: Breach) -> Breach:
    """What the form tells. Raises BreachProblem for what is no moment or number."""
    sent = request.POST
    told: dict[str, Any] = {name: sent.get(name, "").strip() for name in TEXTS}
    told |= {name: _moment(sent.get(name, "")) for name in MOMENTS}
    told["noticed_at"] = before.noticed_at if before.id else told["noticed_at"] or before.noticed_at
    risk = sent.get("risk", "")
    return replace(before, **told, persons=_number(sent.get("persons", "")), risk=_risk(risk))


def _moment(text: str) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=clock.BANGKOK) if text else None
    except ValueError:
        raise governance.BreachProblem("วันเวลาไม่ถูกต้อง", "this is no moment") from None


def _number(text: str) -> int | None:
    if text.strip() and not (text.strip().isascii() and text.strip().isdigit() and len(text.strip()) < 12):
        raise governance.BreachProblem("จำนวนคนต้องเป็นตัวเลข", "the number of persons is a number")
    return int(text) if text.strip() else None


def _risk(text: str) -> Risk:
    if text not in set(Risk):
        raise governance.BreachProblem("เลือกระดับความเสี่ยง", "choose the risk")
    return Risk(text)


def _form(request: HttpRequest, found: Breach, problem: Text | None = None) -> HttpResponse:
    shown = {
        "b": found,
        "clock": found.clock(clock.now()),
        "place": _place(found),
        "risks": RISKS,
        "problem": problem,
        "moments": {name: _local(getattr(found, name)) for name in MOMENTS},
    }
    return page(request, "privacy/breach.jinja", shown, status=422 if problem else 200)


def _local(at: datetime | None) -> str:
    return at.astimezone(clock.BANGKOK).strftime("%Y-%m-%dT%H:%M") if at else ""


def _place(of: Breach) -> Text:
    return facilities.name(of.facility) if of.facility else Text("ระบบแลกเปลี่ยน", "The exchange")


def _own(request: HttpRequest) -> str | None:
    """The facility that an officer is bound to; None: all."""
    return account(request).hospcode or None


def _breach(request: HttpRequest, number: int) -> Breach:
    """Another facility's breach is answered as one that does not exist."""
    found = governance.breach(number)
    if found is None or _own(request) not in {None, found.facility}:
        raise Http404(t("ไม่พบ", "Not found"))
    return found
