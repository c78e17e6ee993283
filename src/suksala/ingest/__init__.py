"""Ingest: a deposit is received, checked, and each row kept or set aside with its reason.

Speaks    the ministry's 43-file zips; answers in Thai and English with stable codes.
Keeps     tables ingest_*, and under the data folder deposits/ (zips as sent), accepted/ and refused/ (rows by deposit;
          refused ones for 30 days).
Not here  which row wins (lake), who it is about (identity), what it means to FHIR (exchange).
"""

from .answers import receipt_csv, receipt_document, refused_csv, refused_pids, rules_markdown, sentences
from .domain import REFUSED_KEPT, Deposit, FileReceipt, Problem, Receipt, RefusedRow, Sample, SenderAge
from .errors import DepositRefused, FileSetAside, ZipRefused, sayings
from .reference import reference_markdown
from .rules import Rule, rules_of
from .service import ages, apply, deposits, finish_void, may_send, problems, receipt, receive, receive_from, void
from .storage import refused_rows

__all__ = [
    "REFUSED_KEPT",
    "Deposit",
    "DepositRefused",
    "FileReceipt",
    "FileSetAside",
    "Problem",
    "Receipt",
    "RefusedRow",
    "Rule",
    "Sample",
    "SenderAge",
    "ZipRefused",
    "ages",
    "apply",
    "deposits",
    "finish_void",
    "may_send",
    "problems",
    "receipt",
    "receipt_csv",
    "receipt_document",
    "receive",
    "receive_from",
    "reference_markdown",
    "refused_csv",
    "refused_pids",
    "refused_rows",
    "rules_markdown",
    "rules_of",
    "sayings",
    "sentences",
    "void",
]
