"""Privacy: openings that look like curiosity, what citizens report, and what privacy officers answer.

Speaks    PDPA s.30 and s.37; IHE BALP for the facts that it reads.
Keeps     privacy_case, privacy_alert, privacy_look; protected persons are identity's.
Not here  the log itself (audit), emergency openings and their review (consent), breaches and processing (registry).
"""

from .domain import ANSWER_WITHIN, JUDGE_WITHIN, Alert, Case, CaseState, PrivacyProblem, Verdict
from .looking import Look, look, look_at_what_is_over
from .service import alert, alerts, answer, case, cases, cases_of, judge, matter_of, open_case, take_up
from .snooping import Reason

__all__ = [
    "ANSWER_WITHIN",
    "JUDGE_WITHIN",
    "Alert",
    "Case",
    "CaseState",
    "Look",
    "PrivacyProblem",
    "Reason",
    "Verdict",
    "alert",
    "alerts",
    "answer",
    "case",
    "cases",
    "cases_of",
    "judge",
    "look",
    "look_at_what_is_over",
    "matter_of",
    "open_case",
    "take_up",
]
