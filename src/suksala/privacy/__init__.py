"""Privacy: openings that look like curiosity, what citizens report and ask for, and what privacy officers answer.

Speaks    PDPA s.30 to 36 and s.37; IHE BALP for the facts that it reads.
Keeps     privacy_case, privacy_request, privacy_alert, privacy_look; protected persons are identity's.
Not here  the log itself (audit), emergency openings (consent), breaches and processing (registry).
"""

from .domain import ANSWER_WITHIN, JUDGE_WITHIN, Alert, Case, CaseState, PrivacyProblem, Verdict, Who
from .looking import Look, look, look_at_what_is_over
from .officers import who
from .openings import delay_opening_notice, openings_nobody_hears_of, review_opening, tell_patient
from .rights import DataRequest, RequestState, Right
from .rights_service import close_request, data_request, data_requests, make_request, requests_of, take_request
from .service import alert, alerts, answer, case, cases, cases_of, judge, matter_of, open_case, take_up
from .snooping import Reason

__all__ = [
    "ANSWER_WITHIN",
    "JUDGE_WITHIN",
    "Alert",
    "Case",
    "CaseState",
    "DataRequest",
    "Look",
    "PrivacyProblem",
    "Reason",
    "RequestState",
    "Right",
    "Verdict",
    "Who",
    "alert",
    "alerts",
    "answer",
    "case",
    "cases",
    "cases_of",
    "close_request",
    "data_request",
    "data_requests",
    "delay_opening_notice",
    "judge",
    "look",
    "look_at_what_is_over",
    "make_request",
    "matter_of",
    "open_case",
    "openings_nobody_hears_of",
    "requests_of",
    "review_opening",
    "take_request",
    "take_up",
    "tell_patient",
    "who",
]
