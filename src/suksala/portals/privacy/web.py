"""Routes of the privacy officer: of one facility, or of the whole exchange where the account bears none."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from suksala import audit
from suksala.portals import facilities
from suksala.portals.access import account, door
from suksala.portals.pages import page


@require_GET
@door("privacy")
def today(request: HttpRequest) -> HttpResponse:
    """What waits today, and whether the log that everything here rests on is sealed."""
    hospcode = account(request).hospcode
    waiting, seconds = audit.lag()
    shown = {"facility": facilities.name(hospcode) if hospcode else None, "unsealed": waiting, "seconds": int(seconds)}
    return page(request, "privacy/today.jinja", shown)
