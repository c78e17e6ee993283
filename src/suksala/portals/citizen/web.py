"""Routes of the citizen."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from suksala import exchange
from suksala.foundation import clock
from suksala.portals import facilities, plain, record
from suksala.portals.access import door
from suksala.portals.account.requests import news as answers
from suksala.portals.pages import page, page_number

from .emergency import news
from .whose import chosen as chosen_record
from .whose import permit as permit_of_chosen

VISITS_PER_PAGE = 12


@require_GET
@door("citizen")
def my_record(request: HttpRequest) -> HttpResponse:
    """My record: the summary, then the timeline with where each line came from."""
    whose, permit = chosen_record(request), permit_of_chosen(request)
    entries = exchange.timeline(permit)
    kind, year = request.GET.get("kind", ""), request.GET.get("year", "")
    chosen = [e for e in entries if kind in {"", e.kind} and (not year or year in map(str, record.years([e])))]
    visits = record.visits(chosen)
    number = page_number(request.GET.get("page", ""), len(visits), VISITS_PER_PAGE)
    summary = record.summarise(entries, clock.today())
    weights = record.readings(entries, record.is_weight)
    shown = {
        "whose": whose,
        "openings": news(permit.persons),
        "answers": answers(permit.persons) if whose.relation == "self" else [],
        "summary": summary,
        "plain": plain,
        "earlier_weight": weights[-2] if len(weights) > 1 else None,
        "visits": visits[(number - 1) * VISITS_PER_PAGE : number * VISITS_PER_PAGE],
        "count": len(visits),
        "kinds": record.kinds(entries),
        "kind_names": record.KINDS,
        "years": record.years(entries),
        "kind": kind,
        "year": year,
        "names": facilities.names(e.facility for e in entries),
        "previous": _link(kind, year, number - 1) if number > 1 else None,
        "next": _link(kind, year, number + 1) if number * VISITS_PER_PAGE < len(visits) else None,
        "number": number,
        "day_of": record.day_of,
        "today": clock.today(),
    }
    return page(request, "citizen/record.jinja", shown)


def _link(kind: str, year: str, number: int) -> str:
    asked = {"kind": kind, "year": year, "page": str(number)}
    return "?" + urlencode({k: v for k, v in asked.items() if v}) + "#timeline"
