"""$validate: what is wrong with a resource, without keeping it: no person, no database, nothing in the log.

Answers 200 with an OperationOutcome, also for a resource that is wrong: the operation went well.
Source: FHIR R4 resource-operation-validate.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import orjson

from suksala.standards import fhir

from . import exact
from .domain import SearchProblem
from .formats import is_format
from .outcome import CODES

MODES = ("create", "update", "profile")
_FINE = {
    "severity": "information",
    "code": "informational",
    "details": {"text": "ถูกต้องตามที่ตรวจ · all OK: nothing was found that is wrong"},
}


class Asked(NamedTuple):
    """What is to be checked, and how."""

    resource: Any
    mode: str | None
    profiles: tuple[str, ...]


def answer(rtype: str | None, pairs: Iterable[tuple[str, str]], raw: bytes) -> bytes:
    """The OperationOutcome for a posted resource, alone or in Parameters.

    rtype  the type that the address names; None where it names none
    Raises SearchProblem for what is no JSON, and for parameters that are not known.
    """
    asked = _asked(rtype, list(pairs), raw)
    issues = fhir.validation.check(asked.resource, profiles=asked.profiles, rtype=rtype)
    told = [_told(issue) for issue in issues]
    if asked.mode == "update" and isinstance(asked.resource, dict) and "id" not in asked.resource:
        th, en = "การแก้ไขต้องมี id", "an update needs an id"
        told.append(
            {"severity": "error", "code": "required", "details": {"text": f"{th} · {en}"}, "expression": ["id"]}
        )
    return orjson.dumps({"resourceType": "OperationOutcome", "issue": told or [_FINE]})


def _told(issue: fhir.validation.Issue) -> dict[str, Any]:
    return {
        "severity": issue.severity,
        "code": issue.code,
        "details": {"coding": [{"system": CODES, "code": issue.rule}], "text": f"{issue.th} · {issue.en}"},
        "expression": [issue.expression],
    }


def _asked(rtype: str | None, pairs: list[tuple[str, str]], raw: bytes) -> Asked:
    try:
        body = exact.loads(raw)
    except exact.NotJson as problem:
        raise SearchProblem(problem.th, problem.en, issue="structure") from problem
    given = [pair for pair in pairs if not is_format(*pair)]
    if isinstance(body, dict) and body.get("resourceType") == "Parameters" and rtype != "Parameters":
        body, more = _unpacked(body)
        given += more
    modes = [value for name, value in given if name == "mode"]
    profiles = tuple(value for name, value in given if name == "profile")
    if any(name not in {"mode", "profile"} for name, _ in given) or len(modes) > 1:
        raise SearchProblem(
            "ใช้ได้เฉพาะ resource, mode (หนึ่งครั้ง), profile",
            "takes resource, mode (once) and profile",
            issue="not-supported",
        )
    if modes and modes[0] not in MODES:
        raise SearchProblem(
            f"mode ต้องเป็น {', '.join(MODES)}", f"mode is one of {', '.join(MODES)}", issue="not-supported"
        )
    if "profile" in modes and not profiles:
        raise SearchProblem("mode profile ต้องบอก profile", "mode profile needs a profile", issue="required")
    return Asked(body, modes[0] if modes else None, profiles)


def _unpacked(body: dict[str, Any]) -> tuple[Any, list[tuple[str, str]]]:
    """The resource and the other parameters of a Parameters resource."""
    listed = body.get("parameter")
    parts = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    resources = [one["resource"] for one in parts if one.get("name") == "resource" and "resource" in one]
    if len(resources) != 1:
        th, en = "Parameters ต้องมี resource หนึ่งตัว", "Parameters must hold one parameter named resource"
        raise SearchProblem(th, en, issue="required")
    return resources[0], [(str(one.get("name")), _text(one)) for one in parts if one.get("name") != "resource"]


def _text(part: dict[str, Any]) -> str:
    for key in ("valueCode", "valueUri", "valueCanonical", "valueUrl", "valueString"):
        if isinstance(part.get(key), str):
            return str(part[key])
    raise SearchProblem("mode เป็น valueCode, profile เป็น valueUri", "mode is a valueCode, profile a valueUri")
