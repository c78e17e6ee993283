"""Routes of what was decided at the review desk: the answers that hold, taking one back, and who somebody is, of all
registrations together, now and on an earlier day.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from datetime import date
from typing import Any, TypeVar

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from suksala import identity
from suksala.foundation import SuksalaError
from suksala.identity import Number, Said, Whole
from suksala.portals import dates, facilities
from suksala.portals.access import account, door, stepped_up
from suksala.portals.pages import page
from suksala.portals.texts import Text, t

from . import match_words
from .matching import person_of, reviewer_of, served

T = TypeVar("T")


@require_http_methods(["GET", "POST"])
@door("steward")
@stepped_up()
def answers(request: HttpRequest) -> HttpResponse:
    """The answers that hold, newest first; one is taken back by its event."""
    ours, problem = served(request), None
    if request.method == "POST":
        try:
            identity.take_back(_place(request.POST.get("event", "")), reviewer_of(request), ours)
            return HttpResponseRedirect(reverse("matching-answers"))
        except identity.NoSuchEvent as unknown:
            raise Http404 from unknown
        except SuksalaError as refused:
            problem = Text(refused.th, refused.en)
    before = _place(request.GET["before"]) if "before" in request.GET else None
    found, older = identity.decided(reviewer_of(request), ours, before=before)
    known = {one.person: one for one in identity.registrations({p for one in found for p in (one.person, one.other)})}
    shown = {
        "answers": found,
        "older": older,
        "known": known,
        "names": facilities.names(one.hospcode for one in known.values()),
        "words": match_words,
        "problem": problem,
    }
    return page(request, "steward/match_answers.jinja", shown, status=422 if problem else 200)


def _place(text: str) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise Http404
    return int(text)


@require_GET
@door("steward")
@stepped_up()
def whole(request: HttpRequest, one: str) -> HttpResponse:
    """Each field with who says it, and the registrations; beside those of an earlier day, where one is asked for."""
    on = _day(request)
    try:
        found = identity.show_whole(person_of(one), on, served(request), actor=account(request).actor)
    except identity.NoSuchPerson as unknown:
        raise Http404 from unknown
    every = {each.person: each for each in (*found.now, *found.then)}
    shown = {
        "one": one,
        "found": found,
        "rows": _rows(found),
        "on": on,
        "asked": request.GET.get("on", ""),
        "every": sorted(every.values(), key=lambda each: (each.hospcode, each.pid)),
        "then": {each.person for each in found.then},
        "now": {each.person for each in found.now},
        "names": facilities.names(each.hospcode for each in every.values()),
    }
    return page(request, "steward/match_whole.jinja", shown)


def _day(request: HttpRequest) -> date | None:
    """The day that was asked for, Gregorian as a browser's calendar sends it."""
    with suppress(ValueError):
        return date.fromisoformat(request.GET.get("on", ""))
    return None


def _rows(found: Whole) -> list[tuple[Text, list[tuple[str, str]]]]:
    """Field -> its values, each with the registration that says it and when; fields of which nobody says anything are
    left out.
    """
    view, names = found.view, match_words.COMPARISONS
    listed = [
        (Text("คำนำหน้า", "Title"), _told(_only(view.title))),
        (names["given"], _told(_only(view.given))),
        (names["family"], _told(view.families)),
        (names["birth"], [(dates.day(one.value), _source(one)) for one in _only(view.birth)]),
        (names["sex"], [(str(_SEXES[one.value]), _source(one)) for one in _only(view.sex)]),
        (names["number"], [(_number(one.value), _source(one)) for one in view.numbers]),
        (names["phone"], _told(view.phones)),
        (names["passport"], _told(view.passports)),
    ]
    return [(name, values) for name, values in listed if values]


_SEXES = {"1": Text("ชาย", "male"), "2": Text("หญิง", "female")}


def _only(said: Said[T] | None) -> tuple[Said[T], ...]:
    return (said,) if said else ()


def _told(said: Iterable[Said[str]]) -> list[tuple[str, str]]:
    return [(str(one.value), _source(one)) for one in said]


def _number(number: Number) -> str:
    return f"{number.text} ({number.cls})"


def _source(said: Said[Any]) -> str:
    source = said.source
    at = t(" ถึง {day}", " until {day}", day=dates.day(source.until)) if source.until else ""
    changed = f" · {dates.day(source.at)}" if source.at else ""
    return f"{source.hospcode}/{source.pid}{changed}{at}"
