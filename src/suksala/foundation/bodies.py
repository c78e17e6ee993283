"""Whether the body of a request came in full. A part of a form is a form too, and asks for something else.

The web server gives what came, and its end as that of a whole body, when a client breaks off: with a told length the
rest is missed; in chunks (RFC 9112, 7.1) nobody behind it can tell (decision 0155).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def is_chunked(environ: Mapping[str, Any]) -> bool:
    """Whether a body comes without its length being told."""
    return not environ.get("CONTENT_LENGTH") and "HTTP_TRANSFER_ENCODING" in environ


def is_whole(environ: Mapping[str, Any], raw: bytes) -> bool:
    """Whether `raw`, which was read to its end, is all that the request's head tells of.

    >>> is_whole({"CONTENT_LENGTH": "3"}, b"a=1"), is_whole({"CONTENT_LENGTH": "4"}, b"a=1"), is_whole({}, b"")
    (True, False, True)
    >>> is_whole({"HTTP_TRANSFER_ENCODING": "chunked"}, b"a=1")
    False
    """
    length = environ.get("CONTENT_LENGTH") or "0"
    return not is_chunked(environ) and length.isdecimal() and len(raw) >= int(length)
