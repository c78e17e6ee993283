"""Routes at the desk, under /care/consent/: a patient's code opens what they offer; a representative is noted."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.views.decorators.http import require_GET, require_http_methods

from suksala import consent, identity, phr
from suksala.consent import CodeKind, CodeState, Proof, Relation, Right, Section, Terms
from suksala.foundation import SuksalaError, clock
from suksala.portals import facilities
from suksala.portals.access import account, door, stepped_up
from suksala.portals.citizen import sharing_words as words
from suksala.portals.citizen.representatives import day_of
from suksala.portals.citizen.sharing import PERIODS, name_of
from suksala.portals.pages import page
from suksala.portals.texts import Text

from .results import masked_name
from .whom import own_registration

MOST_LISTED = 50
BY_DOCUMENT = (Relation.CHILD, Relation.WARD)


@require_http_methods(["GET", "POST"])
@door("clinician")
def enter(request: HttpRequest) -> HttpResponse:
    """Type the six digits on the patient's phone."""
    reader = account(request)
    problem: Text | None = None
    status = 200
    if request.method == "POST":
        try:
            code = consent.type_code(
                request.POST.get("digits", ""), CodeKind.DESK, reader.actor, clock.now(), facility=reader.hospcode
            )
            return HttpResponseRedirect(reverse("care-consent-wait", args=[code.id]))
        except SuksalaError as refused:
            problem, status = Text(refused.th, refused.en), refused.http_status
    letting = consent.patients_who_let(reader, clock.now(), limit=MOST_LISTED)
    shown = {"problem": problem, "facility": facilities.name(reader.hospcode), "letting": _people(letting)}
    return page(request, "clinician/desk.jinja", shown, status=status)


def _people(letting: list[consent.Consent]) -> list[dict[str, Any]]:
    """One line for each person: name, until when, and the address of the record."""
    found: dict[str, dict[str, Any]] = {}
    for each in letting:
        patient = identity.public_id(identity.human_of(each.person))
        found.setdefault(patient, {"patient": patient, "name": name_of(each.person), "until": each.until})
    return list(found.values())


@require_GET
@door("clinician")
def wait(request: HttpRequest, number: int) -> HttpResponse:
    """What would be opened, and whether the patient has said yes: asks again every few seconds."""
    code = consent.code_of(number, CodeKind.DESK, account(request).actor)
    if code is None:
        raise Http404
    offer = phr.offer_of(code)
    human = identity.human_of(code.person)
    shown: dict[str, Any] = {
        "code": code,
        "open": code.is_open(clock.now()),
        "name": masked_name(name_of(code.person)),
        "sections": [words.SECTIONS[s] for s in Section if s in offer.sections],
        "labels": [words.LABELS[label] for label in sorted(offer.labels)],
        "period": PERIODS["visit" if offer.visit else "standing"],
        "patient": identity.public_id(human) if code.state is CodeState.USED else "",
    }
    return page(request, "clinician/desk_wait.jinja", shown)


@require_http_methods(["GET", "POST"])
@door("clinician")
@stepped_up()
def representative(request: HttpRequest, patient: str) -> HttpResponse:
    """Note who acts for a child or a ward of the own facility, with the document in hand."""
    own = own_registration(request, patient)
    shown: dict[str, Any] = {
        "words": words,
        "patient": patient,
        "patient_name": own.name,
        "relations": BY_DOCUMENT,
        "rights": tuple(Right),
        "proofs": words.PROOFS,
        "problem": None,
        "code": None,
    }
    if request.method == "POST":
        try:
            if "number" in request.POST:
                _appoint(request, own)
                return HttpResponseRedirect(reverse("patient", args=[patient]))
            digits = request.POST.get("digits", "")
            code = consent.type_code(digits, CodeKind.REPRESENT, account(request).actor, clock.now())
            shown |= {"code": code, "name": name_of(code.person)}
        except SuksalaError as refused:
            shown["problem"] = Text(refused.th, refused.en)
    return page(request, "clinician/representative.jinja", shown, status=422 if shown["problem"] else 200)


def _appoint(request: HttpRequest, own: identity.Registration) -> None:
    reader, sent = account(request), request.POST
    number = sent.get("number", "")
    relation = next((r for r in BY_DOCUMENT if r == sent.get("relation")), Relation.CHILD)
    proof = next((p for p in words.PROOFS if p == sent.get("proof")), Proof.OWN_PRESS)
    rights = frozenset(right for right in Right if right in sent.getlist("right"))
    last_day = day_of(sent["last_day"]) if sent.get("last_day") else None
    terms = Terms(relation, rights, proof, sent.get("document", "")[:100], last_day)
    code = int(number) if number.isascii() and number.isdigit() and len(number) < 20 else 0
    phr.appoint_by_officer(own.person, code, terms, reader.actor, reader.hospcode, clock.now())
