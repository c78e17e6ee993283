"""Governance: what the Personal Data Protection Act (PDPA) wants written down: records of processing, breaches.

Speaks    PDPA sections 19 to 39; HL7 ActReason for the purposes of permits.
Keeps     the table governance_breach; records of processing are code.
Not here  agreements with those who receive or process data (registry); what was done (audit).
"""

from .breaches import Breach, BreachProblem, Clock, Risk
from .processing import MEASURES, PROCESSING, RIGHTS, Processing, Term, covering
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
    "covering",
    "draft_report",
    "overdue",
    "register_breach",
    "stored_by",
    "tell_breach",
]
