"""OperationOutcome: one sentence in Thai and English for every refusal, with a stable code; never a value from the
data.
"""

from __future__ import annotations

import orjson

CODES = "urn:suksala:problem"


def outcome(code: str, issue: str, th: str, en: str, *, severity: str = "error") -> bytes:
    """The body of a refusal, or of a warning beside an answer. `issue` is a code of FHIR's issue-type."""
    details = {"coding": [{"system": CODES, "code": code}], "text": f"{th} · {en}"}
    body = {"resourceType": "OperationOutcome", "issue": [{"severity": severity, "code": issue, "details": details}]}
    return orjson.dumps(body)
