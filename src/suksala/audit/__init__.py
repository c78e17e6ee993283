"""Audit: what was done, by whom, to whose record and why. Facts are appended and never changed.

Speaks    FHIR AuditEvent; IHE BALP; HL7 ActReason for the purpose.
Keeps     the table `audit`, split by month (Bangkok time).
Not here  whether it was allowed (consent); proof that nobody rewrote the log (a later hash chain over `seq`).
Reads     put `READ_CTE` in front of the SELECT: the fact and the data travel in one round trip, fact first.
"""

from .domain import Fact, UnknownKind
from .service import ensure_partitions, facts, of_persons, record, record_many, record_now
from .storage import DURABLE_CTE, DURABLE_PAGE_CTE, PAGE_CTE, READ_CTE, page_values, read_values

__all__ = [
    "DURABLE_CTE",
    "DURABLE_PAGE_CTE",
    "PAGE_CTE",
    "READ_CTE",
    "Fact",
    "UnknownKind",
    "ensure_partitions",
    "facts",
    "of_persons",
    "page_values",
    "read_values",
    "record",
    "record_many",
    "record_now",
]
