"""Files inside resources: what FHIR carries as base64 is scanned before it is kept, for readers are given it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterator
from typing import Any

from suksala.foundation import scanning

from .writes import Resource, refused

# R4's names of base64Binary: Attachment.data, Binary.data, Signature.data, and value[x] of an extension or an input.
# SampledData.data is text under the same name; where it is no base64 there is no file in it.
NAMES = frozenset({"data", "valueBase64Binary"})


def scan(resource: Resource) -> None:
    """Look at every file of a resource, contained ones too. Raises WriteProblem: 422 for malicious software, 503 while
    nobody can look; nothing without a scanner (SUKSALA_CLAMD).
    """
    if not scanning.is_on():
        return
    for content in files(resource):
        try:
            scanning.scan(content)
        except (scanning.Malicious, scanning.NotScanned) as problem:
            kind = "transient" if isinstance(problem, scanning.NotScanned) else "business-rule"
            raise refused(problem.http_status, kind, problem.th, problem.en, code=problem.code) from None


def files(value: Any) -> Iterator[bytes]:
    """What is in base64 anywhere inside, read as bytes.

    >>> list(files({"content": [{"attachment": {"contentType": "text/plain", "data": "aGVsbG8="}}]}))
    [b'hello']
    >>> list(files({"valueSampledData": {"data": "2041 2043 E"}}))
    []
    """
    if isinstance(value, dict):
        for name, inner in value.items():
            if name in NAMES and isinstance(inner, str):
                yield from _read(inner)
            else:
                yield from files(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from files(inner)


def _read(text: str) -> Iterator[bytes]:
    try:
        yield base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        return
