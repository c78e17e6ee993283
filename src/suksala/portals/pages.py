"""Draw one page: the template, what it shows, and what every page carries."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template import loader

from suksala import signin
from suksala.foundation import settings

from .access import HOME

Shown = Mapping[str, Any]
RETRY_SECONDS = "300"  # tries are counted over five minutes


def page(request: HttpRequest, template: str, shown: Shown | None = None, *, status: int = 200) -> HttpResponse:
    """The drawn page; `shown` are the names the template uses."""
    names = dict(shown or {})
    if "account" not in names:
        user = getattr(request, "user", None)
        names["account"] = user if user is not None and user.is_authenticated else None
        names["role"] = getattr(names["account"], "role", None)
    if names["role"] == "citizen":
        names["unknown_devices"] = signin.devices_to_answer(request)
        names["number_changed"] = signin.changed_number(request)
    names |= {"demo": settings.current().demo, "homes": HOME}
    answer = HttpResponse(loader.get_template(template).render(names, request), status=status)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        answer.headers["Retry-After"] = RETRY_SECONDS
    return answer


def page_number(text: str, items: int, per_page: int) -> int:
    """The page asked for, within what there is."""
    last = max(1, -(-items // per_page))
    return min(max(int(text), 1), last) if text.isascii() and text.isdigit() and len(text) < 6 else 1
