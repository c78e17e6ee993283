"""Which patient a clinician, or a clerk, means."""

from __future__ import annotations

from django.http import Http404, HttpRequest

from suksala import consent, identity, signin
from suksala.foundation import clock
from suksala.portals.access import account


def own_registration(request: HttpRequest, patient: str) -> identity.Registration:
    """The patient's registration at my facility. Anybody else's patient is answered as nobody: 404, the same bytes.

    Raises signin.OverBudget: more people than an hour holds.
    """
    found = [r for r in registrations(patient) if r.hospcode == account(request).hospcode]
    if not found:
        raise Http404
    return _counted(request, found[0])


def _counted(request: HttpRequest, found: identity.Registration) -> identity.Registration:
    """Whose page is opened counts within the hour, also where the record has nothing to show. Raises OverBudget."""
    reader = account(request)
    signin.tell_reader(reader.actor, [found.person], clerk=reader.role == "clerk")
    return found


def patient_of_mine(request: HttpRequest, patient: str) -> identity.Registration:
    """Whom I may treat: registered at my facility, or somebody of whom a consent opens anything to it. Nobody else is
    there: 404, the same for who closed everything and for who never decided.
    """
    found, reader = registrations(patient), account(request)
    own = [r for r in found if r.hospcode == reader.hospcode]
    if own:
        return _counted(request, own[0])
    try:
        consent.permit_for_treatment(reader, found[0].person, clock.now())
    except consent.NoPermit as closed:
        raise Http404 from closed
    return _counted(request, found[0])


def registrations(patient: str) -> list[identity.Registration]:
    """Every registration of a human by the public id; 404 for nobody."""
    try:
        return list(identity.registrations(identity.persons_of(identity.human_of_public(patient))))
    except identity.NoSuchHuman as none:
        raise Http404 from none
