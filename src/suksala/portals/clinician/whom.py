"""Which patient a clinician means."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from suksala import consent, identity
from suksala.foundation import clock
from suksala.portals.access import account


def own_registration(request: HttpRequest, patient: str) -> identity.Registration:
    """The patient's registration at my facility. Anybody else's patient is answered as nobody: 404, the same bytes."""
    found = [r for r in registrations(patient) if r.hospcode == account(request).hospcode]
    if not found:
        raise Http404
    return found[0]


def patient_of_mine(request: HttpRequest, patient: str) -> identity.Registration:
    """Whom I may treat: registered at my facility, or somebody who lets my facility see. Nobody else is there: 404."""
    found = registrations(patient)
    facility, now = account(request).hospcode, clock.now()
    own = [r for r in found if r.hospcode == facility]
    if own:
        return own[0]
    rules = consent.rules_for([r.person for r in found], now)
    said = [p for rule in rules for p in rule.provisions if p.holds(facility, consent.Purpose.TREATMENT, now)]
    if not any(p.permit for p in said):
        raise Http404
    return found[0]


def registrations(patient: str) -> list[identity.Registration]:
    """Every registration of a human by the public id; 404 for nobody."""
    try:
        return list(identity.registrations(identity.persons_of(identity.human_of_public(patient))))
    except identity.NoSuchHuman as none:
        raise Http404 from none
