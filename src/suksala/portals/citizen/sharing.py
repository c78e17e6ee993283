"""Routes under /me/sharing/: who may see the record. One page tells it; each button there does one thing, at once."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from suksala import consent, identity, phr, registry
from suksala.consent import Section
from suksala.foundation import SuksalaError, clock
from suksala.portals import facilities, qr
from suksala.portals.access import account, door, to_prove
from suksala.portals.pages import page
from suksala.portals.texts import Text

from . import sharing_words as words
from .whose import choose, chosen, is_unproven, require_settled

MOST_FOUND = 25
SHORTEST = 2
PERIODS = {
    "visit": Text("ครั้งนี้ครั้งเดียว (24 ชั่วโมง)", "This visit only (24 hours)"),
    "standing": Text("จนกว่าฉันจะเลิก", "Until I stop it"),
}
Act = Callable[[HttpRequest, phr.Whose, str, phr.Offer], HttpResponse]
NOTHING = Text("เลือกอย่างน้อยหนึ่งอย่าง", "Choose at least one")
NO_FACILITY = Text("เลือกโรงพยาบาลจากรายชื่อก่อน", "Choose a hospital from the list first")


@require_GET
@door("citizen")
def sharing(request: HttpRequest) -> HttpResponse:
    """Who may see the record now, who is closed out, who acts for whom, and what was decided before."""
    whose = chosen(request)
    now = clock.now()
    found = _told(whose, phr.in_force(whose, now))
    own = sorted({r.hospcode for r in identity.registrations(whose.persons)})
    shown = {
        "whose": whose,
        "may_decide": consent.Right.CONSENT in whose.rights,
        "given": [each for each in found if each.consent.base.permit],
        "paused": [(each, _one_facility(each.consent)) for each in _told(whose, phr.paused(whose, now))],
        "refused": [each for each in found if not each.consent.base.permit],
        "closed_all": any(each.consent.base == phr.EVERYTHING_CLOSED for each in found),
        "treating": [facilities.name(code) for code in own],
        "history": _told(whose, phr.decisions(whose))[:MOST_FOUND],
        "representatives": [r for r in consent.representatives(whose.persons, now) if _is_open(r)],
        "represented": _represented(request),
        "names": _names_of(consent.representatives(whose.persons, now)),
        "words": words,
    }
    return page(request, "citizen/sharing.jinja", shown)


def _told(whose: phr.Whose, found: list[consent.Consent]) -> list[words.Told]:
    """Decisions in words, but for what this reader does not see."""
    return [words.told(each, whose.unseen) for each in found if words.may_tell(each, whose.unseen)]


def _one_facility(found: consent.Consent) -> str:
    """The facility that a consent lets see, "" for several or a network: by its form it is given again."""
    receivers = [r.code for r in found.base.receivers if r.kind == "facility"]
    return receivers[0] if len(receivers) == 1 == len(found.base.receivers) else ""


def _is_open(found: consent.Represented) -> bool:
    return found.standing in (consent.Standing.COUNTS, consent.Standing.ASK_AGAIN, consent.Standing.RESTORED)


def _represented(request: HttpRequest) -> list[dict[str, Any]]:
    """Whom this account acts for: name, how it stands, and the id by which the record is chosen."""
    found = []
    for each in consent.represented_by(account(request).actor, clock.now()):
        if _is_open(each):
            human = identity.human_of(each.proxy.person)
            found.append({"found": each, "id": identity.public_id(human), "name": name_of(each.proxy.person)})
    return found


def _names_of(found: list[consent.Represented]) -> dict[int, str]:
    return {each.proxy.id: name_of(each.proxy.own_person) for each in found}


def name_of(person: int) -> str:
    """The name under which somebody is registered."""
    found = identity.registrations(identity.persons_like(person))
    return next((r.name for r in found if r.name), "-")


@require_POST
@door("citizen")
def choose_record(request: HttpRequest) -> HttpResponse:
    """Turn to the record of somebody whom this citizen acts for, or back to the own."""
    choose(request, request.POST.get("patient", "")[:64])
    return HttpResponseRedirect(reverse("me"))


@require_http_methods(["GET", "POST"])
@door("citizen")
def give(request: HttpRequest) -> HttpResponse:
    """Let a hospital see: find it, choose what and how long, press once."""
    return _offer(request, "citizen/give.jinja", _give)


def _give(request: HttpRequest, whose: phr.Whose, facility: str, offer: phr.Offer) -> HttpResponse:
    phr.share(whose, facility, offer, request.POST.get("text_digest", ""), clock.now())
    return HttpResponseRedirect(f"{reverse('sharing')}#now")


@require_http_methods(["GET", "POST"])
@door("citizen")
def desk(request: HttpRequest) -> HttpResponse:
    """At a hospital's desk: choose what, and get six digits to show."""
    return _offer(request, "citizen/desk.jinja", _show)


def _show(request: HttpRequest, whose: phr.Whose, facility: str, offer: phr.Offer) -> HttpResponse:
    text = request.POST.get("text_digest", "")
    code, digits = phr.offer_at_desk(whose, facility, offer, text, clock.now())
    shown = {"code": code, "digits": digits, "picture": qr.picture(digits), "facility": facilities.name(facility)}
    return page(request, "citizen/desk_code.jinja", shown)


def _offer(request: HttpRequest, template: str, act: Act) -> HttpResponse:
    """The one form behind `give` and `desk`: a facility, parts of the record, sensitive classes, how long."""
    whose = chosen(request)
    whose.require(consent.Right.CONSENT)
    if is_unproven(request, whose):
        return to_prove(request)
    asked = request.POST if request.method == "POST" else request.GET
    facility = asked.get("facility", "")[:5]
    problem: Text | None = None
    if request.method == "POST":
        sections = frozenset(s for s in Section if s in request.POST.getlist("section"))
        problem = NO_FACILITY if registry.facility(facility) is None else NOTHING if not sections else None
        if problem is None:
            try:
                require_settled(request)
                return act(request, whose, facility, _offered(request, sections))
            except SuksalaError as refused:
                problem = Text(refused.th, refused.en)
    shown = {"whose": whose, "problem": problem, "facility": _named(facility), "code": facility, **_found(request)}
    shown |= {"words": words, "periods": PERIODS, "text": consent.newest("share")}
    return page(request, template, shown, status=422 if problem else 200)


def _offered(request: HttpRequest, sections: frozenset[Section]) -> phr.Offer:
    labels = frozenset(label for label in words.LABELS if label in request.POST.getlist("label"))
    return phr.Offer(sections, labels, visit=request.POST.get("period") != "standing")


def _named(facility: str) -> Text | None:
    return facilities.name(facility) if registry.facility(facility) else None


def _found(request: HttpRequest) -> dict[str, Any]:
    """Facilities whose name holds the words typed; by GET, for a name of a hospital tells nothing of a person."""
    asked = request.GET.get("find", "").strip()[:60]
    if len(asked) < SHORTEST:
        return {"find": asked, "found": [], "more": False}
    wanted = asked.casefold()
    hits = [f for f in registry.facilities() if wanted in f.name_th.casefold() or wanted in f.name_en.casefold()]
    return {"find": asked, "found": hits[:MOST_FOUND], "more": len(hits) > MOST_FOUND}


@require_GET
@door("citizen")
def desk_wait(request: HttpRequest, number: int) -> HttpResponse:
    """Whether the code was typed, and by which facility: the page on the patient's phone asks every few seconds."""
    code = consent.code_of(number, consent.CodeKind.DESK, account(request).actor)
    if code is None:
        raise Http404
    offer = phr.offer_of(code)
    shown = {
        "code": code,
        "open": code.is_open(clock.now()),
        "facility": facilities.name(code.facility),
        "sections": [words.SECTIONS[s] for s in Section if s in offer.sections],
        "labels": [words.LABELS[label] for label in sorted(offer.labels)],
        "period": PERIODS["visit" if offer.visit else "standing"],
    }
    return page(request, "citizen/desk_wait.jinja", shown)


@require_POST
@door("citizen")
def desk_answer(request: HttpRequest, number: int) -> HttpResponse:
    """Yes or no on the phone."""
    whose, yes = chosen(request), request.POST.get("answer") == "yes"
    try:
        if yes:
            require_settled(request)
        phr.answer_at_desk(whose, number, clock.now(), yes=yes)
    except SuksalaError as refused:
        return page(request, "citizen/desk_over.jinja", {"problem": Text(refused.th, refused.en)}, status=422)
    return HttpResponseRedirect(f"{reverse('sharing')}#now")


@require_POST
@door("citizen")
def stop(request: HttpRequest, number: int) -> HttpResponse:
    """Stop one consent, or lift one closing: one press, at once (PDPA s.19). Pressed twice, it is stopped once."""
    whose = chosen(request)
    if any(each.id == number and not each.base.permit for each in phr.in_force(whose, clock.now())):
        require_settled(request)  # to lift a closing is to open
    try:
        phr.stop(whose, number, clock.now())
    except consent.NoSuchConsent as none:
        raise Http404 from none
    except consent.ConsentProblem:  # it has ended already
        pass
    return HttpResponseRedirect(f"{reverse('sharing')}#now")


@require_http_methods(["GET", "POST"])
@door("citizen")
def change(request: HttpRequest, number: int) -> HttpResponse:
    """Show a hospital less, or again what it was given: of one consent, which parts it sees."""
    whose = chosen(request)
    try:
        found = consent.consent_of(whose.persons, number, clock.now())
    except consent.NoSuchConsent as none:
        raise Http404 from none
    if not found.base.permit:
        raise Http404
    if request.method == "POST":
        seen = [s for s in Section if s in request.POST.getlist("section")]
        labels = [*request.POST.getlist("label"), *_kept(found, whose.unseen)]
        if words.opens_more(found, seen, labels):
            require_settled(request)
        phr.change(whose, number, seen, labels, clock.now())
        return HttpResponseRedirect(f"{reverse('sharing')}#now")
    told = words.told(found, whose.unseen)
    open_sections = [s for s in Section if s in found.base.sections]
    shown_labels = sorted(found.base.labels - whose.unseen)
    shown = {
        "told": told,
        "sections": [(s, words.SECTIONS[s], str(words.SECTIONS[s]) not in told.hidden) for s in open_sections],
        "labels": [(x, words.LABELS[x], words.label_name(x) not in told.hidden) for x in shown_labels],
    }
    return page(request, "citizen/change.jinja", shown)


def _kept(found: consent.Consent, unseen: frozenset[str]) -> frozenset[str]:
    """Of the classes that the form does not show to this reader, those that are open: they stay as they are."""
    closed = frozenset(label for each in found.exceptions if not each.permit for label in each.labels)
    return (found.base.labels & unseen) - closed


@require_http_methods(["GET", "POST"])
@door("citizen")
def hide(request: HttpRequest) -> HttpResponse:
    """Close parts of the record, or all of it, to every other facility."""
    whose = chosen(request)
    whose.require(consent.Right.CONSENT)
    if is_unproven(request, whose):
        return to_prove(request)
    problem: Text | None = None
    if request.method == "POST":
        problem = _hidden(request, whose)
        if problem is None:
            return HttpResponseRedirect(f"{reverse('sharing')}#now")
    shown = {"problem": problem, "words": words, "text": consent.newest("refuse"), "whose": whose}
    return page(request, "citizen/hide.jinja", shown, status=422 if problem else 200)


def _hidden(request: HttpRequest, whose: phr.Whose) -> Text | None:
    text, now = request.POST.get("text_digest", ""), clock.now()
    sections = [s for s in Section if s in request.POST.getlist("section")]
    labels = [label for label in words.LABELS if label in request.POST.getlist("label")]
    try:
        if request.POST.get("all") == "yes":
            phr.hide_all(whose, text, now)
        elif sections or labels:
            phr.hide(whose, sections, labels, text, now)
        else:
            return NOTHING
    except SuksalaError as refused:
        return Text(refused.th, refused.en)
    return None
