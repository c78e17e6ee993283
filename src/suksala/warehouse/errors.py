"""What can be wrong with a measure, its definition or a request for its figures."""

from __future__ import annotations

from suksala.foundation import SuksalaError


class BadFormula(SuksalaError):
    """The stored formula is not arithmetic over A..F."""

    code = "SKL-KPI-001"


class BadDefinition(SuksalaError):
    """A definition file lacks a field, or a field has a value that cannot be."""

    code = "SKL-KPI-002"


class NotPortable(SuksalaError):
    """The SQL of a measure uses something that does not mean the same on every engine."""

    code = "SKL-KPI-003"


class UnknownMeasure(SuksalaError):
    """No definition has this code."""

    code = "SKL-KPI-004"
    http_status = 404


class NoVersion(SuksalaError):
    """The measure was not defined in that fiscal year."""

    code = "SKL-KPI-005"
    http_status = 404


class BrokenMeasure(SuksalaError):
    """The rows that a measure gave break its own law: A is not within B, or a human is counted twice."""

    code = "SKL-KPI-006"
    http_status = 500


class UnknownArea(SuksalaError):
    """No country, province, district or facility has this code."""

    code = "SKL-KPI-007"
    http_status = 404


class NotYourPanel(SuksalaError):
    """A list of people is for the team that cares for them only."""

    code = "SKL-KPI-008"
    http_status = 403
