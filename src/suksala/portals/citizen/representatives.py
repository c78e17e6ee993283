"""Routes of representation: who is to act for somebody shows a code, who asks them types it (S1.31)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from suksala import consent, phr
from suksala.consent import CodeKind, Relation, Right, Terms
from suksala.foundation import SuksalaError, clock
from suksala.portals.access import account, door, stepped_up
from suksala.portals.pages import page
from suksala.portals.texts import Text

from . import sharing_words as words
from .sharing import name_of
from .whose import require_settled

ONE_YEAR = timedelta(days=365)
DELEGABLE = (Right.VIEW, Right.BOOK, Right.CONSENT)


@require_http_methods(["GET", "POST"])
@door("citizen")
def show(request: HttpRequest) -> HttpResponse:
    """I am to act for somebody: six digits, for them or for the officer who sees the document."""
    if request.method == "GET":
        return page(request, "citizen/proxy_code.jinja", {"digits": ""})
    own = phr.own_record_of(account(request))
    _, digits = consent.show_code(own.person, CodeKind.REPRESENT, own.actor, clock.now())
    return page(request, "citizen/proxy_code.jinja", {"digits": digits})


@require_http_methods(["GET", "POST"])
@door("citizen")
@stepped_up()
def appoint(request: HttpRequest) -> HttpResponse:
    """I ask somebody to act for me: type their code, then see the name and say for what and how long."""
    shown: dict[str, Any] = {"words": words, "rights": DELEGABLE, "text": consent.newest("represent")}
    shown |= {"latest": (clock.today() + ONE_YEAR).isoformat(), "problem": None, "code": None}
    if request.method == "GET":
        return page(request, "citizen/proxy_appoint.jinja", shown)
    try:
        if "number" in request.POST:
            _appoint(request)
            return HttpResponseRedirect(f"{reverse('sharing')}#people")
        code = consent.type_code(request.POST.get("digits", ""), CodeKind.REPRESENT, _actor(request), clock.now())
        shown |= {"code": code, "name": name_of(code.person)}
    except SuksalaError as refused:
        shown |= {"problem": Text(refused.th, refused.en)}
    return page(request, "citizen/proxy_appoint.jinja", shown, status=422 if shown["problem"] else 200)


def _appoint(request: HttpRequest) -> None:
    require_settled(request)
    own = phr.own_record_of(account(request))
    rights = frozenset(right for right in DELEGABLE if right in request.POST.getlist("right"))
    terms = Terms(Relation.DELEGATE, rights, last_day=day_of(request.POST.get("last_day", "")))
    phr.appoint_delegate(own, _number(request), terms, clock.now())


def day_of(text: str) -> date:
    """A day as a date field sends it. Raises ProxyProblem for what is none."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise consent.ProxyProblem("เลือกวันสุดท้าย", "choose the last day", code="SKL-PROXY-010") from error


def _number(request: HttpRequest) -> int:
    text = request.POST.get("number", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 20 else 0


def _actor(request: HttpRequest) -> str:
    return account(request).actor


@require_POST
@door("citizen")
def end(request: HttpRequest, number: int) -> HttpResponse:
    """End it, from either side: one press."""
    own = phr.own_record_of(account(request))  # never the chosen record: nobody ends others' representatives
    try:
        consent.end_representation(number, account(request), own.persons, clock.now())
    except consent.NoSuchProxy as none:
        raise Http404 from none
    return HttpResponseRedirect(f"{reverse('sharing')}#people")


@require_POST
@door("citizen")
def agree(request: HttpRequest, number: int) -> HttpResponse:
    """A young person of 15 lets a parent go on."""
    require_settled(request)
    own = phr.own_record_of(account(request))
    try:
        consent.agree_again(number, own.actor, own.persons, clock.now())
    except consent.ProxyProblem as none:
        raise Http404 from none
    return HttpResponseRedirect(f"{reverse('sharing')}#people")
