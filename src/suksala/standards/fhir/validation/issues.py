"""What is wrong with a resource: where, of what kind, what to do, in Thai and English; never a value from the data."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "information"]
MOST = 50  # issues of one resource; who sent worse repairs these first
KEPT = 2 * MOST
_NAME = re.compile(r"_?[A-Za-z][A-Za-z0-9]{0,63}(\[[0-9]{1,9}\])?")


@dataclass(frozen=True)
class Issue:
    """One issue of an OperationOutcome.

    code        of FHIR's issue-type
    expression  where, such as Observation.component[1].valueQuantity.value
    rule        the key of the invariant that is broken, or the kind of check
    """

    severity: Severity
    code: str
    expression: str
    th: str
    en: str
    rule: str


class Problem:
    """An issue on its way up: each object that it passes adds the step that leads to it."""

    __slots__ = ("code", "en", "rule", "severity", "steps", "th")

    def __init__(self, rule: str, code: str, th: str, en: str, severity: Severity = "error") -> None:
        self.rule, self.code, self.th, self.en, self.severity = rule, code, th, en, severity
        self.steps: list[str] = []

    def issue(self, root: str) -> Issue:
        """The finished issue. A name that no element can have is left out: it may be data."""
        steps = [root]
        for step in reversed(self.steps):
            if step.startswith("["):
                steps[-1] += step
            elif _NAME.fullmatch(step):
                steps.append(step)
            else:
                break
        return Issue(self.severity, self.code, ".".join(steps), self.th, self.en, self.rule)


Problems = list[Problem] | None  # None: nothing wrong, the usual case, costs nothing


def under(step: str, found: list[Problem]) -> list[Problem]:
    """The same problems, seen from one object further up."""
    for problem in found:
        problem.steps.append(step)
    return found


def joined(before: Problems, found: Problems) -> Problems:
    """Both together; of more than KEPT the rest is dropped, so that a hostile resource costs no memory, but never the
    only error: warnings must not hide that something is wrong.
    """
    if not found:
        return before
    if before is None:
        return found
    if len(before) < KEPT:
        before.extend(found)
    elif before[0].severity != "error":
        before[0] = next((problem for problem in found if problem.severity == "error"), before[0])
    return before


def finished(found: Problems, root: str) -> list[Issue]:
    """The issues to tell: errors before what is not one, at most MOST."""
    if not found:
        return []
    ranked = sorted(found, key=lambda problem: ("error", "warning", "information").index(problem.severity))
    # An entry's fault against a profile that it names and its Bundle's profile asks for is told once.
    return list(dict.fromkeys(problem.issue(root) for problem in ranked))[:MOST]
