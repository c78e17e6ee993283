"""Calls of identity providers: JSON, bounded in time and size, never redirected."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

import urllib3

from suksala.foundation.transport import is_safe

from .provider_rules import ProviderDown

TIMEOUT = urllib3.Timeout(connect=5, read=10)
LARGEST = 1_000_000
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}

_pool = urllib3.PoolManager(num_pools=8, maxsize=4, timeout=TIMEOUT, retries=False)


def ask(
    method: str, address: str, *, form: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
) -> tuple[int, dict[str, Any]]:
    """Status and JSON object of an answer, {} where a refusal has none. Raises ProviderDown: no answer in time, a fault
    of the server, a success without an object, or an address where no secret may go.
    """
    if not is_safe(address):
        raise ProviderDown
    body = urlencode(form).encode() if form is not None else None
    try:
        answer = _pool.request(
            method, address, body=body, headers={**(headers or {}), **_FORM}, redirect=False, preload_content=False
        )
        try:
            read = answer.read(LARGEST + 1)
        finally:
            answer.release_conn()
    except urllib3.exceptions.HTTPError as error:
        raise ProviderDown from error
    return answer.status, _object(answer.status, read)


def _object(status: int, body: bytes) -> dict[str, Any]:
    try:
        read = json.loads(body) if len(body) <= LARGEST else None
    except (ValueError, RecursionError):
        read = None
    if status >= 500 or (status == 200 and not isinstance(read, dict)):
        raise ProviderDown
    return read if isinstance(read, dict) else {}
