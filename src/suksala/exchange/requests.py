"""Reading a request: its address, parameters, body and rights. Every refusal is told in Thai and English."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl

from suksala import signin
from suksala.foundation import bodies, settings

from . import query, shape
from .answers import Refusal, not_found
from .formats import is_format
from .shape import Shape

Environ = dict[str, Any]

PREFIX = "/fhir"
MOST_QUERY = 8 * 1024
MOST_FORM = 64 * 1024
MOST_RESOURCE = 16 * 1024 * 1024  # a Bundle or a scanned letter

_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_TAG = re.compile(r'(?:W/)?"([0-9]{1,10})"')
_HOST = re.compile(r"[A-Za-z0-9.:\[\]-]{1,255}")
_JSON = ("*/*", "application/*", "json")


def path_parts(environ: Environ) -> list[str]:
    """The parts of the address below the base."""
    try:
        path = environ.get("PATH_INFO", "").encode("latin-1").decode("utf-8")
    except UnicodeError as error:
        raise Refusal(400, "invalid", "ที่อยู่ไม่ใช่ UTF-8", "the address is not UTF-8") from error
    return [part for part in path.removeprefix(PREFIX).split("/") if part]


def resource_id(text: str) -> str:
    """A part of the address as an id; what cannot be an id is not there."""
    if not _ID.fullmatch(text):
        raise not_found()
    return text


def query_pairs(text: str) -> list[tuple[str, str]]:
    """The parameters of an address, decoded, in order."""
    if len(text) > MOST_QUERY:
        raise Refusal(414, "too-long", "คำค้นยาวเกินไป ใช้ POST _search", "the query is too long; use POST _search")
    return _decoded(text)


def _decoded(text: str) -> list[tuple[str, str]]:
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=2 * query.MOST_PARAMETERS)
    except ValueError as error:
        raise Refusal(
            400, "invalid", "คำค้นไม่ใช่ UTF-8 หรือมีมากเกินไป", "the query is not UTF-8, or has too many parameters"
        ) from error


def posted(environ: Environ, *kinds: str, most: int = MOST_FORM) -> bytes:
    """What was posted, of one of these media types and of at most so many bytes; empty when nothing was.

    In chunks only JSON is taken: a part of it is no JSON. A part of a form, and nothing at all, ask for something else.
    """
    kind = environ.get("CONTENT_TYPE", "").partition(";")[0].strip().lower()
    if environ.get("HTTP_CONTENT_ENCODING", "identity").lower() != "identity":
        raise Refusal(415, "not-supported", "ส่งโดยไม่บีบอัด", "send it without Content-Encoding")
    raw = _read(environ, most)
    if raw and kind not in kinds:
        raise Refusal(415, "not-supported", f"ต้องเป็น {kinds[0]}", f"send {kinds[0]}")
    tells_its_end = bodies.is_chunked(environ) and raw and kind.endswith("json")
    if not tells_its_end and not bodies.is_whole(environ, raw):
        raise Refusal(
            400,
            "incomplete",
            "เนื้อหามาไม่ครบ หรือแบ่งเป็นชิ้นจนดูไม่ออกว่าครบ ส่งใหม่พร้อม Content-Length",
            "the body broke off, or came in chunks, which do not tell it: send it again with Content-Length",
        )
    return raw


def _read(environ: Environ, most: int) -> bytes:
    """The body; of unknown length (chunked), not one byte more than is taken is read."""
    length = environ.get("CONTENT_LENGTH")
    if not length:
        raw = bytes(environ["wsgi.input"].read(most + 1)) if bodies.is_chunked(environ) else b""
    elif length.isascii() and length.isdigit() and int(length) <= most:
        raw = bytes(environ["wsgi.input"].read(int(length))) if int(length) else b""
    else:
        raise _too_large(most)
    if len(raw) > most:
        raise _too_large(most)
    return raw


def _too_large(most: int) -> Refusal:
    return Refusal(413, "too-long", f"เนื้อหาใหญ่เกิน {most:,} ไบต์", f"the body is larger than {most:,} bytes")


def form_pairs(environ: Environ) -> list[tuple[str, str]]:
    """The parameters of a posted form, decoded, in order."""
    try:
        return _decoded(posted(environ, "application/x-www-form-urlencoded").decode("ascii"))
    except UnicodeDecodeError as error:
        raise Refusal(400, "invalid", "แบบฟอร์มต้องเข้ารหัสแบบ percent", "percent-encode the form") from error


def base_of(environ: Environ) -> str:
    """Where links lead: to the public address, for behind a proxy with TLS the request does not know it."""
    public = settings.current().public_url
    if public:
        return public + PREFIX
    host = environ.get("HTTP_HOST") or environ.get("SERVER_NAME", "localhost")
    if not _HOST.fullmatch(host):
        raise Refusal(400, "invalid", "ชื่อ Host ไม่ถูกต้อง", "the Host header is not a host")
    return f"{environ.get('wsgi.url_scheme', 'http')}://{host}{PREFIX}"


def require_json(environ: Environ) -> None:
    """Refuse a client that takes no JSON."""
    accepted = environ.get("HTTP_ACCEPT", "*/*").lower()
    if not any(kind in accepted for kind in _JSON):
        raise Refusal(406, "not-supported", "รองรับเฉพาะ JSON", "only application/fhir+json is served")


def require_format(pairs: list[tuple[str, str]]) -> None:
    """Refuse a `_format` other than JSON."""
    for name, value in pairs:
        is_format(name, value)


def read_shape(environ: Environ, rtype: str) -> Shape:
    """What a read is to serve of a resource."""
    return shape.of_read(rtype, query_pairs(environ.get("QUERY_STRING", "")))


def require_method(method: str, *allowed: str) -> None:
    """Refuse a method that this address does not take."""
    if method not in allowed:
        raise Refusal(
            405,
            "not-supported",
            "ที่อยู่นี้ไม่รับวิธีนี้",
            f"this address takes {', '.join(allowed)}",
            ("Allow", ", ".join(allowed)),
        )


def require_scope(scopes: frozenset[str], rtype: str, right: str) -> None:
    """Refuse a token without this right on this type."""
    if not signin.has_scope(scopes, rtype, right):
        raise Refusal(403, "forbidden", "โทเค็นนี้ไม่มีขอบเขตสำหรับการนี้", "the token has no scope for this")


def if_match(text: str | None) -> int | None:
    """The version that If-Match names, None without it."""
    if text is None:
        return None
    found = _TAG.fullmatch(text.strip())
    if not found:
        raise Refusal(400, "invalid", 'If-Match ต้องเป็น W/"เลขรุ่น"', 'If-Match is W/"version"')
    return int(found[1])


def if_none_match(text: str | None) -> bool:
    """Whether If-None-Match says that nothing may be there yet."""
    if text not in (None, "*"):
        raise Refusal(400, "not-supported", "If-None-Match ของการเขียนใช้ได้เฉพาะ *", "on a write If-None-Match takes *")
    return text == "*"
