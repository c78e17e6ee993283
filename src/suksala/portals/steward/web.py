"""Routes of the data steward."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET, require_http_methods

from suksala.portals.access import door
from suksala.portals.pages import page


@require_GET
@door("steward")
def deposits(request: HttpRequest) -> HttpResponse:
    """Every deposit, newest first."""
    return page(request, "steward/deposits.jinja", {"deposits": []})


@require_http_methods(["GET", "POST"])
@door("steward")
def send(request: HttpRequest) -> HttpResponse:
    """Send a zip."""
    return page(request, "steward/send.jinja")


problems = age = receipt = receipt_csv = receipt_json = refused_csv = deposits
