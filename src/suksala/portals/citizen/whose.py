"""Whose record the citizen's pages show: the own, or that of somebody the citizen acts for, chosen once and told on
every page.
"""

from __future__ import annotations

from django.http import HttpRequest

from suksala import consent, phr
from suksala.foundation import clock
from suksala.portals.access import account

KEY = "whose"


def chosen(request: HttpRequest) -> phr.Whose:
    """The record that was chosen; the own one again as soon as a representation has ended."""
    try:
        return phr.record_of(account(request), request.session.get(KEY, ""), clock.now())
    except consent.NoPermit:
        if not request.session.pop(KEY, ""):
            raise
        return phr.own_record_of(account(request))


def permit(request: HttpRequest) -> consent.Permit:
    """Leave to read the chosen record."""
    return phr.permit_for(account(request), chosen(request), clock.now())


def choose(request: HttpRequest, patient: str) -> phr.Whose:
    """Choose a record by the public id of whom it is about; "" is the own. Raises consent.NoPermit."""
    found = phr.record_of(account(request), patient, clock.now())
    request.session[KEY] = patient
    return found
