"""A resource is checked before it is written: by the definitions of FHIR R4 and of the profiles that it names."""

from __future__ import annotations

from suksala.standards import fhir

from .outcome import Issue
from .writes import Resource, WriteProblem

CODE = "SKL-FHIR-422"
FORGIVEN = frozenset({"required", "code-invalid", "invariant", "business-rule", "extension", "not-found"})


def check(rtype: str, resource: Resource, *, lenient: bool) -> list[Issue]:
    """The warnings of a resource. Raises WriteProblem with all its faults.

    lenient  its sender is only told of faults; a structure or a value that nobody can read is refused all the same
    """
    issues = issues_of(rtype, resource)
    faults = [issue for issue in issues if issue.severity == "error"]
    if faults and not (lenient and all(issue.kind in FORGIVEN for issue in faults)):
        raise WriteProblem(422, issues)
    return [issue._replace(severity="warning") if issue in faults else issue for issue in issues]


def issues_of(rtype: str, resource: Resource) -> list[Issue]:
    """Everything that the validator has to say, in the house's form."""
    found = fhir.validation.check(resource, rtype=rtype)
    return [Issue(CODE, one.code, one.th, one.en, one.severity, one.expression) for one in found]
