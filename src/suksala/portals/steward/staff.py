"""Routes of the steward's register of staff: the quarterly review, who works where, one more practitioner."""

from __future__ import annotations

from datetime import date

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from suksala import exchange, registry, signin
from suksala.foundation import SuksalaError, clock
from suksala.portals import facilities
from suksala.portals.access import account, door, stepped_up
from suksala.portals.pages import page
from suksala.portals.texts import Text
from suksala.registry import Change, Clash, Verdict
from suksala.standards.file43 import code_table

CHANGES: dict[str, tuple[Text, str]] = {
    Change.LEFT: (Text("ออกจากตำแหน่งแล้ว", "Has left"), "grey"),
    Change.LICENCE_OUT: (Text("ใบอนุญาตหมดอายุ", "Licence ran out"), "red"),
    Change.LICENCE_SOON: (Text("ใบอนุญาตใกล้หมดอายุ", "Licence runs out soon"), "orange"),
    Change.UNTOLD: (Text("ไม่มีแฟ้มใดกล่าวถึง 1 ปี", "No deposit for a year"), "orange"),
    Change.MOVED: (Text("ย้ายหรือทำงานเพิ่มที่นี่", "Moved, or works here too"), "blue"),
    Change.JOINED: (Text("เข้าใหม่", "Joined"), "green"),
}
CLASHES: dict[str, Text] = {
    Clash.TWO_PEOPLE: Text(
        "เลขประจำตัวเป็นของคนหนึ่ง ใบอนุญาตเป็นของอีกคน", "The number is one person's, the licence another's"
    ),
    Clash.OTHER_LICENCE: Text("มีใบอนุญาตเลขอื่นของสภาเดียวกันอยู่แล้ว", "Another licence of the same council is known"),
    Clash.OTHER_NAME: Text("ใบอนุญาตเป็นของคนที่ชื่อต่างไป", "The licence is somebody's of quite another name"),
}
FIELDS = ("title", "given_th", "family_th", "given_en", "family_en", "council", "licence")
DAYS = ("since", "licence_until")


@require_GET
@door("steward")
@stepped_up()
def review(request: HttpRequest) -> HttpResponse:
    """What to look at this quarter, gravest first, and who signed the last review."""
    return _review(request)


def _review(request: HttpRequest, problem: Text | None = None, status: int = 200) -> HttpResponse:
    own = _own(request)
    asked = registry.questions_to_review(own)
    found = registry.conflicts(own)
    people = registry.practitioners({number for c in found for number in (c.practitioner, c.other)})
    shown = {
        "questions": [(q, *CHANGES[q.change], facilities.name(q.role.hospcode), _types(q.role)) for q in asked],
        "accounts": signin.logins_of({q.role.practitioner for q in asked}),
        "conflicts": [
            (c, CLASHES[c.clash], facilities.name(c.hospcode), people[c.practitioner], people[c.other]) for c in found
        ],
        "last": registry.last_review(own),
        "today": clock.today(),
        "problem": problem,
    }
    return page(request, "steward/review.jinja", shown, status=status)


@require_POST
@door("steward")
@stepped_up()
def answer(request: HttpRequest) -> HttpResponse:
    """Confirm one, or end the role today: its account can do nothing more at the facility."""
    try:
        verdict = Verdict.END if request.POST.get("verdict") == Verdict.END else Verdict.CONFIRM
        actor = account(request).actor
        asked = registry.answer_question(request.POST.get("key", ""), verdict, actor=actor, hospcode=_own(request))
    except SuksalaError as problem:
        return _review(request, Text(problem.th, problem.en), 409)
    if verdict is Verdict.END:
        exchange.publish_staff(asked.role.hospcode)
    return HttpResponseRedirect(reverse("staff-review"))


@require_POST
@door("steward")
@stepped_up()
def sign(request: HttpRequest) -> HttpResponse:
    """Sign that everything was looked at."""
    try:
        registry.sign_review(_own(request), actor=account(request).actor)
    except SuksalaError as problem:
        return _review(request, Text(problem.th, problem.en), 409)
    return HttpResponseRedirect(reverse("staff-review"))


@require_POST
@door("steward")
@stepped_up()
def settle(request: HttpRequest) -> HttpResponse:
    """A contradiction was looked at: both stay who they are."""
    number = request.POST.get("conflict", "")
    known = {str(conflict.id): conflict.id for conflict in registry.conflicts(_own(request))}
    if number in known:
        registry.settle_conflict(known[number], actor=account(request).actor)
    return HttpResponseRedirect(reverse("staff-review"))


@require_GET
@door("steward")
def people(request: HttpRequest) -> HttpResponse:
    """Who works at a facility, and until when their licences are valid."""
    listed, asked = facility_choices(request), request.GET.get("facility", "")
    chosen = next((code for code, _ in listed if asked in {"", code}), listed[0][0] if listed else "")
    roles, today = registry.roles_at(chosen), clock.today()
    known = registry.practitioners({role.practitioner for role in roles})
    rows = [(role, known[role.practitioner], _types(role), role.is_in_force(today)) for role in roles]
    rows.sort(key=lambda row: (not row[3], row[1].family_th, row[1].given_th))
    shown = {
        "rows": rows,
        "facilities": listed,
        "facility": chosen,
        "councils": code_table("council").labels,
        "councils_en": code_table("council").labels_en,
        "today": today,
    }
    return page(request, "steward/staff.jinja", shown)


@require_http_methods(["GET", "POST"])
@door("steward")
@stepped_up()
def new(request: HttpRequest) -> HttpResponse:
    """Tell of one practitioner at a facility that sends no PROVIDER file."""
    if request.method == "GET":
        return _form(request)
    hospcode = _own(request) or request.POST.get("hospcode", "")
    try:
        registry.keep_practitioner(hospcode, _told(request), actor=account(request).actor)
    except SuksalaError as problem:
        return _form(request, Text(problem.th, problem.en))
    exchange.publish_staff(hospcode)
    return HttpResponseRedirect(f"{reverse('staff')}?facility={hospcode}")


def _told(request: HttpRequest) -> registry.ProviderRow:
    sent = request.POST
    texts = {name: sent.get(name, "").strip() for name in FIELDS}
    days = {name: _day(sent.get(name, "")) for name in DAYS}
    codes = registry.type_codes(sent.get("code", ""))
    return registry.ProviderRow("", **texts, **days, codes=codes, named_at=clock.now())  # type: ignore[arg-type]


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise registry.PractitionerProblem("วันที่ไม่ถูกต้อง", "this is no day") from None


def _form(request: HttpRequest, problem: Text | None = None) -> HttpResponse:
    shown = {
        "facilities": facility_choices(request),
        "types": _labels("providertype"),
        "councils": _labels("council"),
        "sent": request.POST,
        "problem": problem,
    }
    return page(request, "steward/new_staff.jinja", shown, status=422 if problem else 200)


def facility_choices(request: HttpRequest) -> list[tuple[str, Text]]:
    """The facilities that a steward may choose from."""
    own = _own(request)
    listed = [f.hospcode for f in registry.facilities() if own in {None, f.hospcode}]
    return [(code, facilities.name(code)) for code in listed]


def _labels(table: str) -> list[tuple[str, Text]]:
    found = code_table(table)
    return [(code, Text(label, found.labels_en[code])) for code, label in found.labels.items()]


def _types(role: registry.Role) -> list[Text]:
    """What they do, in words."""
    table = code_table("providertype")
    return [Text(table.label(code), table.label(code, "en")) for code in role.codes]


def _own(request: HttpRequest) -> str | None:
    """The facility that a steward is bound to; None: all."""
    return account(request).hospcode or None
