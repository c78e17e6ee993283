"""Routes of the registration desk: only people registered at the clerk's own facility can be found or opened here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple, TypeVar

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods

from suksala import consent, exchange
from suksala.consent import Purpose
from suksala.foundation import clock
from suksala.portals import dates, facilities
from suksala.portals.access import account, door
from suksala.portals.clinician import finding
from suksala.portals.clinician.results import results
from suksala.portals.clinician.whom import own_registration
from suksala.portals.pages import page

T = TypeVar("T")


@require_http_methods(["GET", "POST"])
@door("clerk")
def find(request: HttpRequest) -> HttpResponse:
    """Find somebody who is registered at my own facility."""
    return finding.find(request, Purpose.REGISTRATION, search="desk", opens="desk-registration")


@require_GET
@door("clerk")
def registration(request: HttpRequest, patient: str) -> HttpResponse:
    """Who they are, who is related and what covers their care, as my facility recorded it."""
    own = own_registration(request, patient)
    decision = consent.decision_for_registration(account(request), own.person, clock.now())
    bundle = orjson.loads(exchange.everything(decision.granted()))
    kept = [entry["resource"] for entry in bundle.get("entry", ())]
    shown = {
        "patient": results([own], clock.today())[0],
        "facility": facilities.name(own.hospcode),
        "coverage": _schemes(body for body in kept if body["resourceType"] == "Coverage"),
        "phones": _once(one for body in kept if body["resourceType"] == "Patient" for one in _phones(body)),
        "addresses": _once(one for body in kept if body["resourceType"] == "Patient" for one in _addresses(body)),
        "related": [told for body in kept if body["resourceType"] == "RelatedPerson" for told in _related(body)],
        "reasons": decision.reasons,
        "today": clock.today(),
    }
    return page(request, "clerk/registration.jinja", shown)


class Scheme(NamedTuple):
    """What covers their care, and from when until when, as far as it was told."""

    words: str
    begins: date | None
    ends: date | None


def _schemes(bodies: Iterable[dict[str, Any]]) -> list[Scheme]:
    """The newest first, those that tell no beginning last."""
    found = []
    for body in bodies:
        scheme, period = body.get("type", {}), body.get("period", {})
        if words := scheme.get("text") or _coded(scheme):
            begins, ends = (dates.read(str(period.get(name, ""))) for name in ("start", "end"))
            found.append(Scheme(str(words), begins, ends))
    return sorted(_once(found), key=lambda one: (one.begins or date.min, one.ends or date.max), reverse=True)


def _once(said: Iterable[T]) -> list[T]:
    """What two files say alike is shown once."""
    return list(dict.fromkeys(said))


def _phones(body: dict[str, Any]) -> Iterator[str]:
    yield from (str(one["value"]) for one in body.get("telecom", ()) if one.get("value"))


def _addresses(body: dict[str, Any]) -> Iterator[str]:
    for one in body.get("address", ()):
        parts = [*one.get("line", ()), *(one.get(name) for name in ("city", "district", "state", "postalCode"))]
        if words := one.get("text") or " ".join(str(part) for part in parts if part):
            yield str(words)


def _related(body: dict[str, Any]) -> Iterator[str]:
    """Whom to call: name, relation and telephones, as far as they were sent."""
    names = (one.get("text") or _joined(one) for one in body.get("name", ()))
    relations = (one.get("text") or _coded(one) for one in body.get("relationship", ()))
    if words := " · ".join(filter(None, (*names, *relations, *_phones(body)))):
        yield words


def _joined(name: dict[str, Any]) -> str:
    return " ".join(filter(None, (*name.get("prefix", ()), *name.get("given", ()), name.get("family"))))


def _coded(concept: dict[str, Any]) -> str | None:
    return next((one.get("display", one.get("code")) for one in concept.get("coding", ())), None)
