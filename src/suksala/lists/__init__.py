"""Lists: the line lists of a crisis from several agencies, one person over all of them, and who of them is missing.

Speaks    the columns of docs/how-to/keep-line-lists.md; HL7 ActReason PUBHLTH.
Keeps     the tables lists_*: rows as sent with versions and statuses, how rows are tied, what callers said.
Not here  how two rows compare (identity); the pages of callers (portals).
"""

from .answering import answer
from .call_rules import Answer, Calls, Held, Missing, Question, is_calling_hour
from .calling import Candidate, Doubtful, Joined, SaidDifferent, SaidSame, Sheet, joined, missing, sheet
from .domain import Imported, Kind, Line, LineProblem, ListProblem, Standing, Status, StatusAt
from .link_storage import DailyReport
from .service import import_file, learn_if_due, make_report, own_rows, reports

__all__ = [
    "Answer",
    "Calls",
    "Candidate",
    "DailyReport",
    "Doubtful",
    "Held",
    "Imported",
    "Joined",
    "Kind",
    "Line",
    "LineProblem",
    "ListProblem",
    "Missing",
    "Question",
    "SaidDifferent",
    "SaidSame",
    "Sheet",
    "Standing",
    "Status",
    "StatusAt",
    "answer",
    "import_file",
    "is_calling_hour",
    "joined",
    "learn_if_due",
    "make_report",
    "missing",
    "own_rows",
    "reports",
    "sheet",
]
