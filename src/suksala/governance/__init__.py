"""Governance: what the Personal Data Protection Act (PDPA) and auditors want written down.

Records of processing, breaches, privacy classes, keys, logs.

Speaks    PDPA sections 19 to 39; HL7 ActReason for the purposes of permits.
Keeps     the table governance_breach; records of processing are code.
Not here  agreements with those who receive or process data (registry); what was done (audit).
"""

from .breaches import Breach, BreachProblem, Clock, Risk
from .processing import MEASURES, PROCESSING, RIGHTS, Processing, Term, covering
from .reference import classes_markdown, connections_markdown, keys_markdown, logs_markdown, packages_markdown
from .service import (
    Stored,
    breach,
    breaches,
    draft_report,
    overdue,
    register_breach,
    stored_by,
    tell_breach,
)

__all__ = [
    "MEASURES",
    "PROCESSING",
    "RIGHTS",
    "Breach",
    "BreachProblem",
    "Clock",
    "Processing",
    "Risk",
    "Stored",
    "Term",
    "breach",
    "breaches",
    "classes_markdown",
    "connections_markdown",
    "covering",
    "draft_report",
    "keys_markdown",
    "logs_markdown",
    "overdue",
    "packages_markdown",
    "register_breach",
    "stored_by",
    "tell_breach",
]
