"""Routes of the district team: figures of the own district, down to a facility and the people behind a figure."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from suksala import consent, registry, warehouse
from suksala.foundation import clock
from suksala.portals import charts, downloads
from suksala.portals.access import account, door
from suksala.portals.pages import page
from suksala.portals.texts import t

from . import figures, panel
from .figures import Quarter


@require_GET
@door("district")
def home(request: HttpRequest) -> HttpResponse:
    """Every indicator of the district: value, target, A and B, trend."""
    district = account(request).district
    choices = figures.quarters()
    shown: dict[str, Any] = {"area": figures.place(district), "periods": choices, "figures": []}
    if choices:
        chosen = _chosen(request, choices)
        shown |= {"period": chosen, "figures": [_with_trend(r) for r in _reports(chosen, district)]}
    return page(request, "district/home.jinja", shown)


@require_GET
@door("district")
def home_csv(request: HttpRequest) -> HttpResponse:
    """The figures of the first page as CSV."""
    chosen = _chosen(request, _quarters())
    reports = _reports(chosen, account(request).district)
    return downloads.figures(reports, f"suksala-{account(request).district}-{chosen.code}.csv")


@require_GET
@door("district")
def indicator(request: HttpRequest, code: str) -> HttpResponse:
    """One indicator: trend, by facility, wider areas, where the number comes from."""
    shown = _figure_page(request, code, account(request).district)
    chosen: Quarter = shown["period"]
    below = warehouse.breakdown(code, chosen.period, area=account(request).district)
    facilities = [figures.figure(r) for r in below]
    shown |= {
        "facilities": facilities,
        "funnel": _funnel(facilities, shown["figure"]),
        "highest": _highest(facilities),
        "wider": figures.wider(code, chosen.period, account(request).district),
    }
    return page(request, "district/indicator.jinja", shown)


@require_GET
@door("district")
def indicator_csv(request: HttpRequest, code: str) -> HttpResponse:
    """One indicator by facility as CSV, the district first."""
    district = account(request).district
    _known(code)
    chosen = _chosen(request, _quarters())
    reports = [
        warehouse.measure(code, chosen.period, area=district),
        *warehouse.breakdown(code, chosen.period, area=district),
    ]
    return downloads.figures(reports, f"suksala-{code}-{district}-{chosen.code}.csv")


@require_GET
@door("district")
def facility(request: HttpRequest, code: str, hospcode: str) -> HttpResponse:
    """One indicator of one facility of the district."""
    _own_facility(request, hospcode)
    shown = _figure_page(request, code, hospcode)
    shown["may_list"] = _team_permit(request) is not None
    return page(request, "district/facility.jinja", shown)


@require_GET
@door("district")
def people(request: HttpRequest, code: str, hospcode: str) -> HttpResponse:
    """The people behind a facility's figure, for the team that cares for them; each person's own log tells of it."""
    _own_facility(request, hospcode)
    _known(code)
    permit = _team_permit(request)
    if permit is None:
        raise PermissionDenied
    chosen = _chosen(request, _quarters())
    report = warehouse.measure(code, chosen.period, area=hospcode)
    shown = panel.shown(permit, report, chosen.period, request.GET)
    return page(request, "district/people.jinja", {"figure": figures.figure(report), "period": chosen, **shown})


def _figure_page(request: HttpRequest, code: str, area: str) -> dict[str, Any]:
    """What the pages of one indicator share."""
    _known(code)
    choices = _quarters()
    chosen = _chosen(request, choices)
    report = warehouse.measure(code, chosen.period, area=area)
    trend = [r for r in warehouse.trend(code, area) if "Q" in r.period]
    found = figures.figure(report, trend)
    return {
        "area": found.place,
        "figure": found,
        "periods": choices,
        "period": chosen,
        "series": charts.Series(str(found.name), found.points),
        "trend": [figures.figure(r) for r in trend],
        "axis": figures.axis,
        "definition": figures.definition(report),
        "excluded": figures.excluded(report.excluded),
    }


def _reports(chosen: Quarter, district: str) -> list[warehouse.MeasureReport]:
    defined = [m for m in warehouse.definitions() if any(v.covers(chosen.period.fiscal_year) for v in m.versions)]
    return [warehouse.measure(m.code, chosen.period, area=district) for m in defined]


def _with_trend(report: warehouse.MeasureReport) -> figures.Figure:
    return figures.figure(report, warehouse.trend(report.code, report.area))


def _quarters() -> list[Quarter]:
    found = figures.quarters()
    if not found:
        raise Http404
    return found


def _chosen(request: HttpRequest, choices: list[Quarter]) -> Quarter:
    """The quarter asked for, else the newest."""
    asked = request.GET.get("period", "")
    return next((q for q in choices if q.code == asked), choices[0])


def _known(code: str) -> None:
    if all(m.code != code for m in warehouse.definitions()):
        raise Http404


def _own_facility(request: HttpRequest, hospcode: str) -> None:
    """A facility of another district is answered as one that does not exist."""
    found = registry.facility(hospcode)
    if found is None or found.district != account(request).district:
        raise Http404


def _team_permit(request: HttpRequest) -> consent.Permit | None:
    try:
        return consent.permit_for_team(account(request), clock.now())
    except consent.NoPermit:
        return None


def _funnel(facilities: list[figures.Figure], whole: figures.Figure) -> str:
    """Only where scores are shares of B (0 to 100) and there is something to compare."""
    dots = [
        charts.Dot(number, f.b, float(f.score), str(f.place))
        for number, f in enumerate(facilities, 1)
        if f.score is not None and f.b
    ]
    if len(dots) < 2 or whole.score is None:
        return ""
    title = t("กราฟกรวย: ผลของแต่ละหน่วยเทียบขนาด", "Funnel plot: score of each facility by size")
    return charts.funnel(dots, float(whole.score), title, axis=t("จำนวนคนในตัวหาร (B)", "People in the denominator (B)"))


def _highest(facilities: list[figures.Figure]) -> float:
    """The scale of the bars: 100 %, or less where every score is small."""
    largest = max((float(f.score) for f in facilities if f.score is not None), default=0.0)
    return next(limit for limit in (5.0, 25.0, 50.0, 100.0, max(100.0, largest)) if largest <= limit)
