"""A form that was sent when the proof of who sits there had grown old: kept until they prove it, then sent by them.

It lies sealed in the session that sent it, so nobody who takes the browser over finds it: whoever signs in there has
another session. It is given out once, and for a quarter of an hour.
"""

from __future__ import annotations

import base64
import json
from datetime import datetime, timedelta
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from django.http import HttpRequest

from suksala.foundation import bodies, clock, keys

KEY = "kept_form"  # in Django's session
KEPT_FOR = timedelta(minutes=15)
MOST_BYTES = 64 * 1024
FORM = "application/x-www-form-urlencoded"
_OURS = "csrfmiddlewaretoken"  # of the page that was sent; the one that sends it again has its own


class KeptForm(NamedTuple):
    """What somebody filled in: where it was to go, its fields in their order, the page that it stood on, and when."""

    to: str
    fields: list[list[str]]
    page: str
    at: datetime


def keep(request: HttpRequest, page: str) -> bool:
    """Keep the form of this request; it takes the place of an earlier one. False: it is none that can be kept (with a
    file, too large, broken off), and nothing was.
    """
    if request.method != "POST" or request.content_type != FORM or len(request.body) > MOST_BYTES:
        return False
    if not bodies.is_whole(request.META, request.body):
        return False
    fields = [[name, value] for name, values in request.POST.lists() if name != _OURS for value in values]
    told = {"to": request.get_full_path(), "fields": fields, "page": page, "at": clock.now().isoformat()}
    request.session[KEY] = base64.b64encode(keys.seal(json.dumps(told))).decode()
    return True


def take(request: HttpRequest) -> KeptForm | None:
    """The form that this session kept, once; None where there is none, or its time is over."""
    sealed = request.session.pop(KEY, None)
    if sealed is None:
        return None
    try:
        told = json.loads(keys.unseal(base64.b64decode(sealed)))
    except InvalidTag:  # the key that sealed it is gone
        return None
    found = KeptForm(told["to"], told["fields"], told["page"], datetime.fromisoformat(told["at"]))
    return found if clock.now() - found.at <= KEPT_FOR else None
