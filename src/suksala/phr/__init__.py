"""PHR: citizens and their own record.

Speaks    HL7 ActReason PATRQT; the ministry's approved applications (KPI sheet 068.1).
Keeps     facts in the audit log: phr.register, phr.login; no table.
Not here  the record (exchange), the figures about its use (warehouse reads the facts).
"""

from .domain import APPROVED_CHANNELS, UsageLogProblem
from .service import import_usage, permit, told_login, told_registration

__all__ = ["APPROVED_CHANNELS", "UsageLogProblem", "import_usage", "permit", "told_login", "told_registration"]
