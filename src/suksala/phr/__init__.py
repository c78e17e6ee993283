"""PHR: citizens and their own record.

Speaks    HL7 ActReason PATRQT; the ministry's approved applications (KPI sheet 068.1).
Keeps     facts in the audit log: phr.register, phr.login; no table.
Not here  the record (exchange), the figures about its use (warehouse reads the facts).
"""

from .desk import answer_at_desk, offer_at_desk, offer_of
from .domain import APPROVED_CHANNELS, UsageLogProblem
from .representing import appoint_by_officer, appoint_delegate
from .service import import_usage, permit, told_login, told_registration
from .sharing import (
    EVERYTHING_CLOSED,
    Offer,
    Whose,
    change,
    decisions,
    hide,
    hide_all,
    in_force,
    own_record_of,
    paused,
    permit_for,
    record_of,
    share,
    stop,
)
from .showing import show_paused
from .telling import OwnersTelephone

__all__ = [
    "APPROVED_CHANNELS",
    "EVERYTHING_CLOSED",
    "Offer",
    "OwnersTelephone",
    "UsageLogProblem",
    "Whose",
    "answer_at_desk",
    "appoint_by_officer",
    "appoint_delegate",
    "change",
    "decisions",
    "hide",
    "hide_all",
    "import_usage",
    "in_force",
    "offer_at_desk",
    "offer_of",
    "own_record_of",
    "paused",
    "permit",
    "permit_for",
    "record_of",
    "share",
    "show_paused",
    "stop",
    "told_login",
    "told_registration",
]
