"""Lake: the columnar history of accepted rows, one Delta table per file of the standard, one partition per facility.

Speaks    Delta Lake, Parquet; column names of the 43-file standard in lower case.
Keeps     `<data>/lake/<file>/hospcode=<code>/`; it can be made anew from the staged deposits.
Not here  checking of rows (ingest); figures (warehouse); who a row is about (identity).
"""

from .domain import Column, Merge, Snapshot, Staged, columns, derived
from .engine import PARQUET, SMALL, session
from .service import connect, corrections_of, merge, orphans, rebuild, rewithdraw, rows, snapshot
from .storage import forget, holding, tidy
from .withdrawals import Withdrawal

__all__ = [
    "PARQUET",
    "SMALL",
    "Column",
    "Merge",
    "Snapshot",
    "Staged",
    "Withdrawal",
    "columns",
    "connect",
    "corrections_of",
    "derived",
    "forget",
    "holding",
    "merge",
    "orphans",
    "rebuild",
    "rewithdraw",
    "rows",
    "session",
    "snapshot",
    "tidy",
]
