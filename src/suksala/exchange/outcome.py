"""OperationOutcome: one sentence in Thai and English for every refusal, with a stable code; never a value from the
data.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

CODES = "urn:suksala:problem"


class Issue(NamedTuple):
    """One thing to tell. `kind` is a code of FHIR's issue-type, `expression` where in the resource it stands."""

    code: str
    kind: str
    th: str
    en: str
    severity: str = "error"
    expression: str | None = None


def outcome(code: str, issue: str, th: str, en: str, *, severity: str = "error") -> bytes:
    """The body of a refusal, or of a warning beside an answer. `issue` is a code of FHIR's issue-type."""
    return of([Issue(code, issue, th, en, severity)])


def of(issues: Iterable[Issue]) -> bytes:
    """An OperationOutcome of several issues, in their order."""
    return orjson.dumps(resource(issues))


def resource(issues: Iterable[Issue]) -> dict[str, Any]:
    """As `of`, not yet printed."""
    return {"resourceType": "OperationOutcome", "issue": [_issue(issue) for issue in issues]}


def _issue(issue: Issue) -> dict[str, Any]:
    details = {"coding": [{"system": CODES, "code": issue.code}], "text": f"{issue.th} · {issue.en}"}
    found: dict[str, Any] = {"severity": issue.severity, "code": issue.kind, "details": details}
    if issue.expression:
        found["expression"] = [issue.expression]
    return found
