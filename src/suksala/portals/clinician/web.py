"""Routes of the clinician: only people registered at the clinician's own facility can be found or opened here."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods

from suksala import consent, exchange, identity, signin
from suksala.foundation import clock
from suksala.portals import charts, dates, facilities, record
from suksala.portals.access import account, door
from suksala.portals.pages import page
from suksala.portals.texts import Text, t

from .confirming import unconfirmed
from .results import Result, results
from .whom import patient_of_mine

MOST_FOUND = 25
SHORTEST = 2  # letters of a name, or digits of a PID
RECENT_VISITS = 15
NORMAL_PRESSURE = (70.0, 140.0)


@require_http_methods(["GET", "POST"])
@door("clinician")
def find(request: HttpRequest) -> HttpResponse:
    """Find a patient of my own facility. By POST, so that no name or number stands in an address or a log."""
    text = request.POST.get("text", "").strip()[:80]
    shown: dict[str, object] = {
        "text": text,
        "facility": facilities.name(account(request).hospcode),
        "problem": None,
        "asked": False,
    }
    if request.method == "POST" and len(text) < SHORTEST:
        shown["problem"] = Text("พิมพ์อย่างน้อย 2 ตัวอักษร", "Type at least 2 characters")
    elif request.method == "POST":
        found = _search(request, text)
        shown |= {"asked": True, "found": found[:MOST_FOUND], "more": len(found) > MOST_FOUND}
    template = "clinician/_found.jinja" if request.headers.get("HX-Request") == "true" else "clinician/find.jinja"
    return page(request, template, shown, status=422 if shown["problem"] else 200)


def _search(request: HttpRequest, text: str) -> list[Result]:
    """Registrations of the own facility; identity keeps the fact that a search happened, not its words."""
    reader = account(request)
    found = identity.search_own(reader.hospcode, text, actor=reader.actor, limit=MOST_FOUND + 1)
    return results(found, clock.today())


@require_GET
@door("clinician")
def patient_record(request: HttpRequest, patient: str) -> HttpResponse:
    """One patient: allergies first, then problems, medicines, trends and visits."""
    own = patient_of_mine(request, patient)
    decision = _decision(request, own.person)
    entries = exchange.timeline(decision.granted())
    pressures, sugars = record.readings(entries, record.is_pressure), record.readings(entries, record.is_hba1c)
    all_visits = record.visits(entries)
    everything = request.GET.get("all") == "1"
    shown = {
        "public": patient,
        "patient": results([own], clock.today())[0],
        "summary": record.summarise(entries, clock.today()),
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
        "unconfirmed": unconfirmed(own.person),
        "apps": [(name, Text(th, en)) for name, th, en, _ in signin.launchable_apps()],
    }
    return page(request, "clinician/patient.jinja", shown)


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
