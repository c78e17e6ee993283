"""The one error of the engine."""

from __future__ import annotations

from suksala.foundation import SuksalaError


class FhirPathProblem(SuksalaError):
    """An expression that cannot be read, or cannot be answered on what it was asked about.

    It names functions, elements and places in the expression, never a value of the resource.
    """

    code = "SKL-FHIR-PATH"
    http_status = 422


def at(place: int, th: str, en: str) -> FhirPathProblem:
    """A problem at a character of the expression, counted from 1."""
    return FhirPathProblem(f"FHIRPath อักขระที่ {place + 1}: {th}", f"FHIRPath, character {place + 1}: {en}")


def running(th: str, en: str) -> FhirPathProblem:
    """A problem that only shows on a resource."""
    return FhirPathProblem(f"FHIRPath: {th}", f"FHIRPath: {en}")
