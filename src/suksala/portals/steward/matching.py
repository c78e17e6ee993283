"""Routes of the review desk: what waits, one question on one screen, the answer, and how well it goes.

A steward of one facility sees questions of which both registrations are its own; the exchange's sees all. Names and
numbers stand on the page of a question alone, and opening it is a fact about both people.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from suksala import consent, exchange, identity, privacy, registry
from suksala.foundation import SuksalaError, clock
from suksala.identity import Judgement, Reviewer, Shown, Side, Waterfall
from suksala.portals import charts, dates, facilities
from suksala.portals.access import account, door, stepped_up
from suksala.portals.differing import Part, differing
from suksala.portals.pages import page
from suksala.portals.texts import Text, t
from suksala.standards.file43 import code_table
from suksala.standards.thai_codes import addresses

from . import match_words

VISITS_SINCE = timedelta(days=3 * 365)
MOST_VISITS = 12
OPENED = "matching-opened"
BECAME = "matching-became"
CORRECTED_SINCE = timedelta(days=90)


@dataclass(frozen=True)
class Row:
    """One field of both registrations, with what differs marked."""

    name: Text
    one: list[Part]
    other: list[Part]


@require_GET
@door("steward")
@stepped_up()
def queue(request: HttpRequest) -> HttpResponse:
    """What waits, most dangerous first; and the numbers that our facility is asked about."""
    ours = served(request)
    waiting = identity.questions(reviewer_of(request), ours)
    persons = {person for asked in waiting for person in (asked.person, asked.other)}
    places = {one.person: one.hospcode for one in identity.registrations(persons)}
    asked_of_us = identity.questions_to_source(ours)
    shown = {
        "questions": [(asked, _address(asked), places[asked.person], places[asked.other]) for asked in waiting],
        "open": identity.open_questions(ours),
        "to_source": asked_of_us,
        "held_back": _held_back() if ours is None else None,
        "names": facilities.names([*places.values(), *(one.registration.hospcode for one in asked_of_us)]),
        "words": match_words,
        "became": match_words.BECAME.get(request.session.pop(BECAME, "")),
    }
    return page(request, "steward/matching.jinja", shown)


def _held_back() -> identity.Weighing | None:
    """The newest weighing of everybody, where it changed nothing because it would have changed too much."""
    last = identity.last_weighing()
    return last if last and last.is_held_back else None


@require_http_methods(["GET", "POST"])
@door("steward")
@stepped_up()
def question(request: HttpRequest, kind: str, one: str, other: str) -> HttpResponse:
    """Both registrations side by side, where the weight comes from, and the form."""
    both, problem = (person_of(one), person_of(other)), None
    if request.method == "POST":
        try:
            judged = identity.judge(kind, both, _judgement(request, both), reviewer_of(request), served(request))
            return _back(request, "waits" if judged.waits else "kept")
        except identity.NoSuchQuestion:
            return _back(request, "late")
        except identity.NotJudged as refused:
            problem = refused
    try:
        found = identity.show(
            kind, *both, served(request), actor=account(request).actor, humans=reviewer_of(request).humans
        )
    except identity.NoSuchQuestion as gone:
        raise Http404 from gone
    if request.method == "GET":
        request.session[OPENED] = [kind, one, other, clock.now().timestamp()]
    return _drawn(request, found, problem)


def _back(request: HttpRequest, became: str) -> HttpResponse:
    """To what waits, which says once what became of the answer."""
    request.session[BECAME] = became
    return HttpResponseRedirect(reverse("matching"))


def _drawn(request: HttpRequest, found: Shown, problem: SuksalaError | None) -> HttpResponse:
    asked, fall = found.question, found.waterfall
    every = [one for side in (found.one, found.other) for one in (*side.registrations, *side.household)]
    shown = {
        "asked": asked,
        "found": found,
        "rows": _rows(found.one, found.other),
        "fall": fall,
        "steps": _steps(fall) if fall else [],
        "chart": _chart(fall) if fall else "",
        "visits": [_visits(side) for side in (found.one, found.other)],
        "is_twin": "twin" in (asked.kind, found.veto),
        "names": facilities.names(one.hospcode for one in every),
        "words": match_words,
        "public": identity.public_id,
        "sent": request.POST,
        "problem": Text(problem.th, problem.en) if problem else None,
    }
    return page(request, "steward/match.jinja", shown, status=422 if problem else 200)


@require_GET
@door("steward")
def quality(request: HttpRequest) -> HttpResponse:
    """How far reviewers agree, how right each weight band is, and what waits: counts only."""
    return page(request, "steward/match_quality.jinja", {"quality": identity.quality(), "words": match_words})


@require_GET
@door("steward")
@stepped_up()
def corrections(request: HttpRequest) -> HttpResponse:
    """Partings of which somebody must be asked to correct what they did: who was told, and who read both as one. It
    names registrations by facility and number only.
    """
    asked = request.GET.get("before", "")
    before = int(asked) if asked.isascii() and asked.isdigit() and len(asked) < 19 else None
    ours, further = exchange.recent_corrections(clock.now() - CORRECTED_SINCE, served(request), before)
    persons = {person for one in ours for side in one.parting.sides for person in side}
    known = {one.person: one for one in identity.registrations(persons)}
    places = {one.hospcode for one in known.values()} | {r.facility for one in ours for r in one.readers if r.facility}
    following = f"?before={further}" if further else None
    shown = {"partings": ours, "known": known, "names": facilities.names(places), "next": following}
    return page(request, "steward/match_corrections.jinja", shown)


def served(request: HttpRequest) -> list[str] | None:
    """The facilities that a steward serves; None: all."""
    reader = account(request)
    if reader.hospcode:
        return [reader.hospcode]
    return [f.hospcode for f in registry.facilities(district=reader.district)] if reader.district else None


def reviewer_of(request: HttpRequest) -> Reviewer:
    """Who answers, and who they are among the patients."""
    who = privacy.who(account(request).actor)
    return Reviewer(who.actor, who.humans, lambda actor: privacy.who(actor).is_one_with(who))


def _address(asked: identity.Question) -> str:
    """Ids that nobody can count: those of registrations, disguised as those of humans are."""
    return reverse(
        "matching-question", args=[asked.kind, identity.public_id(asked.person), identity.public_id(asked.other)]
    )


def person_of(public: str) -> int:
    """The registration of a disguised number; 404 for none."""
    try:
        return identity.human_of_public(public)
    except identity.NoSuchHuman as unknown:
        raise Http404 from unknown


def _judgement(request: HttpRequest, both: tuple[int, int]) -> Judgement:
    """The form as it was sent; the time is from the opening of this question's page."""
    wrong = {"one": min(both), "other": max(both)}.get(request.POST.get("wrong", ""))
    answer, words = request.POST.get("answer", "")[:20], request.POST.get("words", "")
    opened = request.session.get(OPENED) or ["", "", "", 0.0]
    names = [part for part in request.path.split("/") if part][-3:]
    seconds = clock.now().timestamp() - opened[3] if opened[:3] == names else 0
    return Judgement(answer, words, int(seconds), wrong)


# ---- one question ---------------------------------------------------------------------------------------------------


def _rows(one: Side, other: Side) -> list[Row]:
    """The fields that reviewers compare; fields that neither side knows are left out."""
    pairs = zip(_fields(one), _fields(other), strict=True)
    return [Row(name, *differing(first, second)) for (name, first), (_, second) in pairs if first or second]


def _fields(side: Side) -> list[tuple[Text, str]]:
    told, more, names = side.registrations[0], side.details.get(side.asked), match_words.COMPARISONS
    sex = {"1": t("ชาย", "male"), "2": t("หญิง", "female")}.get(told.sex, "")
    return [
        (names["number"], told.number or ""),
        (Text("คำนำหน้า", "Title"), told.title),
        (names["given"], told.given),
        (names["family"], told.family),
        (names["birth"], dates.day(told.birth) if told.birth else ""),
        (names["sex"], sex),
        (names["phone"], more.phone if more else ""),
        (Text("ที่อยู่", "Address"), addresses.thai_address(more.area) or more.area if more else ""),
        (Text("บ้านเลขที่/หมู่", "House and village"), more.house if more else ""),
        (names["mother"], more.mother if more else ""),
        (names["passport"], more.passport if more else ""),
        (Text("สัญชาติ", "Nationality"), _nation(more.nation) if more else ""),
        (Text("สถานะ", "State"), t("แจ้งว่าเสียชีวิต", "recorded as dead") if more and more.dead else ""),
    ]


def _nation(code: str) -> str:
    return code_table("nation").labels.get(code, code)


def _steps(fall: Waterfall) -> list[tuple[Text, Text, float, int | None]]:
    """The waterfall in words: field, what was found, bits, one in how many bears the value."""
    return [
        (_field(part.comparison), _level(part.comparison, part.level), part.bits, part.one_in) for part in fall.parts
    ]


def _level(comparison: str, level: str) -> Text:
    if (comparison, level) == ("number", "differs"):
        return match_words.BOTH_PASS
    return match_words.LEVELS.get(level) or Text(level, level)


def _field(comparison: str) -> Text:
    """A comparison that is made no more, and has no words, is called as its model called it; levels likewise."""
    return match_words.COMPARISONS.get(comparison) or Text(comparison, comparison)


def _chart(fall: Waterfall) -> str:
    steps = [(f"{name}: {level}", bits) for name, level, bits, _ in _steps(fall) if bits]
    title = t("ที่มาของน้ำหนัก {bits} บิต", "Where {bits} bits come from", bits=f"{fall.weight:.1f}")
    return charts.waterfall((t("ก่อนเทียบ", "Before comparing"), fall.prior), steps, title)


def _visits(side: Side) -> list[tuple[date, str]]:
    """Days of care of the registrations that are shown, each at its own facility, newest first: nothing clinical, and
    nothing of care elsewhere that somebody wrote under such a registration.
    """
    places = {(one.person, registry.org_number(one.hospcode)): one.hospcode for one in side.registrations}
    now = clock.now()
    permit = consent.permit_for_system("matching", now)
    persons = [person for person, _ in places]
    days = exchange.days_of_care(permit, persons, now - VISITS_SINCE, now + timedelta(days=90))
    found = {(day, places[at]) for at, every in days.items() if at in places for day in every}
    return sorted(found, reverse=True)[:MOST_VISITS]
