"""What a Subscription asks for: a topic with filters, where to send what, read strictly from the resource.

Source: FHIR R4 Subscription; Subscriptions R5 Backport 1.1 for R4 (topic in `criteria`, filters and payload content in
extensions). A topic here is every change of one resource type: `urn:suksala:topic:Observation`; R4's own criteria
(`Observation?code=...`) mean the same topic with that filter.
"""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from cryptography.exceptions import InvalidTag

from suksala.foundation import keys
from suksala.foundation.transport import is_safe

from .definitions import resource_types
from .writes import Resource, refused

TOPIC = "urn:suksala:topic:"
SEALED = "sealed:"  # before the value of a header that only the server opens
_PURPOSE = "subscription-header"  # what else is sealed under the same key is no header
_BACKPORT = "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/"
FILTER = _BACKPORT + "backport-filter-criteria"
CONTENT = _BACKPORT + "backport-payload-content"
Content = Literal["empty", "id-only", "full-resource"]
Channel = Literal["rest-hook", "websocket"]
_CONTENTS: tuple[Content, ...] = ("empty", "id-only", "full-resource")
_TYPES = frozenset(resource_types())
_NOT_WATCHED = frozenset({"Subscription", "AuditEvent"})


@dataclass(frozen=True)
class Wanted:
    """What a Subscription asks for.

    rtype     the type whose changes are told
    filters   searches, all of which the changed resource must be found by
    content   how much of it is sent
    channel   rest-hook: sent to the endpoint; websocket: to those who hold a socket open
    endpoint  where to; empty for a client that only asks `$events`
    headers   sent along, such as the receiver's own token
    """

    topic: str
    rtype: str
    filters: tuple[tuple[tuple[str, str], ...], ...]
    content: Content
    endpoint: str
    headers: tuple[tuple[str, str], ...]
    channel: Channel = "rest-hook"


def read(resource: Resource, client: str, hosts: Collection[str]) -> Wanted:
    """Read a Subscription. Raises WriteProblem for what this server cannot do.

    client  whose it is: only its own headers are opened
    hosts   `host` or `host:port` that notifications may be sent to (SUKSALA_WEBHOOK_HOSTS)
    """
    criteria = str(resource.get("criteria", ""))
    topic, _, query = criteria.partition("?")
    rtype = topic.removeprefix(TOPIC)
    if rtype not in _TYPES or rtype in _NOT_WATCHED:
        raise _wrong(
            "criteria", f"criteria ต้องเป็น {TOPIC}<ชนิด>", f"criteria is {TOPIC}<resource type>, or <type>?<search>"
        )
    filters = [tuple(parse_qsl(query, keep_blank_values=True))] if query else []
    filters += [_filter(text, rtype) for text in _texts(resource.get("_criteria"), FILTER)]
    channel = resource.get("channel") or {}
    kind = channel.get("type")
    if kind not in ("rest-hook", "websocket"):
        raise _wrong(
            "channel.type", "channel.type ต้องเป็น rest-hook หรือ websocket", "channel.type is rest-hook or websocket"
        )
    if kind == "websocket" and (channel.get("endpoint") or channel.get("header")):
        raise _wrong(
            "channel", "websocket ไม่มี endpoint และ header", "a websocket channel has no endpoint and no header"
        )
    contents = list(_texts(channel.get("_payload"), CONTENT)) or ["id-only"]
    content = next((known for known in _CONTENTS if known == contents[0]), None)
    if content is None:
        raise _wrong("channel.payload", f"ใช้ได้: {', '.join(_CONTENTS)}", f"payload content is {', '.join(_CONTENTS)}")
    headers = tuple(_header(text, client) for text in channel.get("header") or ())
    return Wanted(TOPIC + rtype, rtype, tuple(filters), content, _endpoint(channel, hosts), headers, kind)


def _filter(text: str, rtype: str) -> tuple[tuple[str, str], ...]:
    named, _, query = text.partition("?")
    if named != rtype or not query:
        raise _wrong("criteria", f"ตัวกรองต้องเป็น {rtype}?...", f"a filter is {rtype}?<search>")
    return tuple(parse_qsl(query, keep_blank_values=True))


def _texts(holder: Any, url: str) -> Iterator[str]:
    for extension in (holder or {}).get("extension") or ():
        if extension.get("url") == url:
            yield str(extension.get("valueString") or extension.get("valueCode") or "")


def _endpoint(channel: dict[str, Any], hosts: Collection[str]) -> str:
    """Only hosts that the operator named: a server that sends wherever a client says is a door into its own network."""
    text = str(channel.get("endpoint", ""))
    if not text:
        return ""
    url = urlsplit(text)
    if url.scheme not in ("http", "https") or url.username or url.netloc.lower() not in hosts:
        raise _wrong(
            "channel.endpoint",
            "ผู้ดูแลยังไม่ได้อนุญาตปลายทางนี้ (SUKSALA_WEBHOOK_HOSTS)",
            "the operator has not allowed this endpoint (SUKSALA_WEBHOOK_HOSTS)",
        )
    if not is_safe(text):
        raise _wrong(
            "channel.endpoint",
            "ปลายทางต้องเป็น https เว้นแต่อยู่ในเครื่องนี้เอง",
            "an endpoint is https, unless it is on this very machine",
        )
    return text


def seal(resource: Resource, client: str) -> None:
    """Lock the values of `channel.header` in a Subscription that `read` took: they may be secrets, and whoever may read
    the Subscription, its history or an export reads its bytes. Equal secrets of a client look equal, so that the same
    Subscription again is no change.
    """
    channel = resource.get("channel") or {}
    if channel.get("header"):
        channel["header"] = [_sealed(*_header(text, client), client) for text in channel["header"]]


def _sealed(name: str, value: str, client: str) -> str:
    return f"{name}: {SEALED}{base64.urlsafe_b64encode(keys.seal(f'{_PURPOSE} {client} {value}')).decode()}"


def _unsealed(text: str, client: str) -> str:
    """Somebody else's sealed value is refused: it would be sent to an endpoint of another's choice."""
    try:
        purpose, owner, value = keys.unseal(base64.urlsafe_b64decode(text)).split(" ", 2)
    except (InvalidTag, ValueError):
        purpose, owner, value = "", "", ""
    if (purpose, owner) != (_PURPOSE, client):
        raise _wrong(
            "channel.header", "ค่าที่ปิดผนึกนี้เปิดไม่ได้ ส่งค่าจริงมาใหม่", "this sealed value cannot be opened; send the value"
        )
    return value


def _header(text: Any, client: str) -> tuple[str, str]:
    name, found, value = str(text).partition(":")
    value = value.strip()
    value = _unsealed(value.removeprefix(SEALED), client) if value.startswith(SEALED) else value
    known = found and name.isascii() and name.replace("-", "").isalnum() and value.isprintable() and value.isascii()
    if not known or name.lower() in _OURS or name.lower().startswith("webhook-"):
        raise _wrong(
            "channel.header",
            "header ต้องเป็น ชื่อ: ค่า",
            "a header is Name: value, not one of the connection's own nor Webhook-...",
        )
    return name, value


_OURS = ("host", "content-length", "content-type", "transfer-encoding", "connection")


def _wrong(path: str, th: str, en: str) -> Exception:
    return refused(422, "not-supported", th, en, f"Subscription.{path}")
