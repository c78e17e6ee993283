"""The operator's SMS gateway: a text is handed over by HTTPS POST of JSON, signed, or the reason why not is told.

As notifications are (`foundation.reaching`): at the address that was looked at, without following redirects, within
10 s. Of the answer only the status is read.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import orjson

from suksala.foundation import reaching, settings

from .sms_rules import international

FINAL = ("answered-400", "answered-404", "answered-410", "answered-413", "answered-422")  # of this text, not of now


def is_set_up() -> bool:
    """Whether the operator named a gateway: without one no page speaks of texts."""
    return settings.current().sms_gateway is not None


def hand_over(name: str, number: str, words: str) -> str | None:
    """Have a text sent; what went wrong as a stable word, None when it was taken.

    name    the same each time one text is tried: a gateway that took it already does not send it twice
    number  as people dial it
    """
    from . import openid

    ours = settings.current()
    address = ours.sms_gateway or ""
    body = orjson.dumps({"id": name, "to": international(number), "text": words})
    headers = {
        "Content-Type": "application/json",
        "Authorization": f"Bearer {ours.sms_token}",
        **openid.webhook_headers(name, body),
    }
    return reaching.post(address, {urlsplit(address).netloc.lower(): ours.sms_network}, body, headers)
