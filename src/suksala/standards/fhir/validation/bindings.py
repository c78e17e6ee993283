"""Coded values against the value set of a binding.

Source: FHIR R4 terminologies, binding strength. Of an extensible binding only that is told which can be known here: a
code of a system that the set draws on, yet not of the set. Whether the set has a code for what another system says,
people must judge.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Set
from typing import Any

from .issues import Problem

Sets = Mapping[str, Set[str]]  # system -> codes

STRAY = "binding-extensible"
STRAY_TH = "รหัสนี้อยู่ในระบบเดียวกับชุดค่าแต่ไม่อยู่ในชุด ใช้รหัสในชุดถ้ามีรหัสที่ความหมายตรงกัน"
STRAY_EN = "is of a system that the value set draws on, but not of the set; use a code of the set that means the same"


def has(codings: Iterable[dict[str, Any]], sets: Sets) -> bool:
    """Whether one of the codings is of the set."""
    return any(one.get("code") in sets.get(one.get("system", ""), ()) for one in codings)


def strays(value: dict[str, Any], sets: Sets) -> bool:
    """Whether no coding of a sound Coding or CodeableConcept is of the set, although one is of a system that the set
    draws on. One loop without more, for every write passes here.
    """
    near = False
    for coding in value.get("coding", (value,)):
        codes = sets.get(coding.get("system", ""))
        if codes is not None and "code" in coding:
            if coding["code"] in codes:
                return False
            near = True
    return near


def stray() -> Problem:
    """The warning of such a value."""
    return Problem(STRAY, "code-invalid", STRAY_TH, STRAY_EN, "warning")
