"""Routes of the clinician: only people registered at the clinician's own facility can be found or opened here."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from suksala import consent, exchange, identity, signin
from suksala.consent import Purpose
from suksala.foundation import clock
from suksala.portals import charts, dates, facilities, record
from suksala.portals.access import account, door
from suksala.portals.pages import page
from suksala.portals.texts import Text, t

from . import finding
from .confirming import doubtful, unconfirmed
from .results import results
from .whom import patient_of_mine

RECENT_VISITS = 15
NORMAL_PRESSURE = (70.0, 140.0)


@require_http_methods(["GET", "POST"])
@door("clinician")
def find(request: HttpRequest) -> HttpResponse:
    """Find a patient of my own facility."""
    return finding.find(request, Purpose.TREATMENT, search="care", opens="patient")


@require_GET
@door("clinician")
def patient_record(request: HttpRequest, patient: str) -> HttpResponse:
    """One patient: allergies first, then problems, medicines, trends and visits."""
    own = patient_of_mine(request, patient)
    decision = _decision(request, own.person)
    entries = exchange.timeline(decision.granted())
    pressures, sugars = record.readings(entries, record.is_pressure), record.readings(entries, record.is_hba1c)
    all_visits, not_sure = record.visits(entries), unconfirmed(own.person, entries)
    everything = request.GET.get("all") == "1"
    shown = {
        "public": patient,
        "patient": results([own], clock.today())[0],
        "summary": record.summarise(entries, clock.today(), doubtful(not_sure)),
        "pressures": pressures,
        "sugars": sugars,
        "pressure_chart": _pressure_chart(pressures),
        "sugar_chart": _sugar_chart(sugars),
        "visits": all_visits if everything else all_visits[:RECENT_VISITS],
        "more": len(all_visits) > RECENT_VISITS and not everything,
        "count": len(all_visits),
        "kind_names": record.KINDS,
        "names": facilities.names(e.facility for e in entries),
        "day_of": record.day_of,
        "today": clock.today(),
        "reasons": decision.reasons,
        "unconfirmed": not_sure,
        "doubtful": doubtful(not_sure),
        "apps": [(name, Text(th, en)) for name, th, en, _ in signin.launchable_apps()],
    }
    return page(request, "clinician/patient.jinja", shown)


@require_POST
@door("clinician")
def ask_to_confirm(request: HttpRequest, patient: str) -> HttpResponse:
    """Reviewers are asked about every registration that is in this record by probability alone, shown here or not."""
    own, words = patient_of_mine(request, patient), request.POST.get("words", "")[:200]
    for one in identity.linked_by_weight(own.person):
        identity.ask_to_confirm(own.person, one.person, words, actor=account(request).actor)
    return HttpResponseRedirect(reverse("patient", args=[patient]))


def _decision(request: HttpRequest, person: int) -> consent.Decision:
    """What I may see of this patient, and why. Raises consent.NoPermit."""
    reader, now = account(request), clock.now()
    seen = exchange.seen_at(reader.hospcode, identity.persons_like(person), now - consent.SEEN_WITHIN)
    return consent.decision_for_treatment(reader, person, now, seen=seen)


def _pressure_chart(readings: list[record.Reading]) -> str:
    full = [r for r in readings if len(r.numbers) == 2][-24:]
    lines = [
        charts.Series(name, [charts.Point(_label(r), r.numbers[i]) for r in full])
        for i, name in enumerate((t("ตัวบน", "Systolic"), t("ตัวล่าง", "Diastolic")))
    ]
    if not full:
        return ""
    title = t(
        "ความดันโลหิต {n} ครั้งหลังสุด เส้นทึบตัวบน เส้นประตัวล่าง",
        "Last {n} blood pressures; solid line systolic, dashed diastolic",
        n=len(full),
    )
    return charts.trend(lines, title, target=NORMAL_PRESSURE[1])


def _sugar_chart(readings: list[record.Reading]) -> str:
    last = readings[-24:]
    if not last:
        return ""
    title = t("HbA1c {n} ครั้งหลังสุด", "Last {n} HbA1c results", n=len(last))
    return charts.trend(
        [charts.Series("HbA1c", [charts.Point(_label(r), r.numbers[0]) for r in last])], title, target=7.0, unit="%"
    )


def _label(reading: record.Reading) -> str:
    return f"{reading.on.month}/{dates.year(reading.on.year) % 100:02d}"
