"""Routes of the citizen about emergency openings: who opened my record, why, and the proof that the copy is gone."""

from __future__ import annotations

from collections.abc import Collection, Set
from datetime import timedelta
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_GET

from suksala import consent
from suksala.consent import Criterion, Grant, GrantState, Label
from suksala.foundation import clock
from suksala.portals import facilities
from suksala.portals.access import door
from suksala.portals.clinician.emergency import LABELS
from suksala.portals.pages import page
from suksala.portals.texts import Text

from .whose import chosen, permit

NEWS_LASTS = timedelta(days=10)  # so long an opening is told at the top of my record

STATES = {
    GrantState.ACTIVE: Text("กำลังเปิดอยู่", "Open now"),
    GrantState.SHREDDED: Text("สิ้นสุดแล้ว สำเนาถูกทำลาย รอตรวจทบทวน", "Over; the copy is destroyed; to be reviewed"),
    GrantState.REVIEWED: Text("สิ้นสุดแล้ว สำเนาถูกทำลาย ตรวจทบทวนแล้ว", "Over; the copy is destroyed; reviewed"),
}
ENDING = Text("สิ้นสุดแล้ว กำลังทำลายสำเนา", "Over; the copy is being destroyed")
VERDICTS = {
    consent.Verdict.JUSTIFIED: Text("เจ้าหน้าที่เห็นว่ามีเหตุอันควร", "The officer found it justified"),
    consent.Verdict.UNJUSTIFIED: Text("เจ้าหน้าที่เห็นว่าไม่มีเหตุอันควร", "The officer found it unjustified"),
    consent.Verdict.UNCLEAR: Text("เจ้าหน้าที่ยังสรุปไม่ได้", "The officer could not tell"),
}


def news(persons: Set[int] | None) -> list[Grant]:
    """Openings of the last days, for the banner over the own record."""
    since = clock.now() - NEWS_LASTS
    return [grant for grant in consent.openings_of(persons or ()) if grant.began >= since]


@require_GET
@door("citizen")
def openings(request: HttpRequest) -> HttpResponse:
    """Every emergency opening of my record, with the doctor's own words."""
    whose = chosen(request)
    found = consent.openings_read(_persons(request))
    shown = {
        "whose": whose,
        "own": whose.relation == "self",  # sensitive classes are told to nobody but the person
        "openings": found,
        "names": facilities.names(_places(found)),
        "criteria": {code.value: Text(code.th, code.en) for code in Criterion},
        "states": {grant.id: STATES.get(grant.state, ENDING) for grant in found},
        "verdicts": VERDICTS,
        "reasons": {grant.id: _reasons(grant) for grant in found},
        "full": consent.Extent.FULL_RECORD,
    }
    return page(request, "citizen/emergency.jinja", shown)


@require_GET
@door("citizen")
def certificate(request: HttpRequest, number: UUID) -> HttpResponse:
    """The signed proof that a copy of my record was destroyed, to keep and to check without us."""
    persons = _persons(request)
    known = {grant.id for grant in consent.openings_of(persons)}
    document = consent.certificate(number, persons) if number in known else None
    if document is None:
        raise Http404
    answer = JsonResponse(document, json_dumps_params={"ensure_ascii": False})
    answer["Content-Disposition"] = 'attachment; filename="deletion-certificate.json"'
    return answer


def _places(found: Collection[Grant]) -> set[str]:
    return {grant.facility for grant in found} | {grant.cosigner.facility for grant in found if grant.cosigner}


def _persons(request: HttpRequest) -> Set[int]:
    return permit(request).persons or frozenset()


def _reasons(grant: Grant) -> list[tuple[list[Text], str]]:
    """The sensitive classes that each third confirmation opened, and why."""
    return [
        ([name for label, name in LABELS.items() if reason.labels & Label(label)], reason.words)
        for reason in grant.reasons
    ]
