"""Ingest: a deposit is received, checked, and each row kept or set aside with its reason.

Speaks    the ministry's 43-file zips; answers in Thai and English with stable codes.
Keeps     tables ingest_*, and under the data folder deposits/ (zips as sent), accepted/ and refused/ (rows by deposit).
Not here  which row wins (lake), who it is about (identity), what it means to FHIR (exchange).
"""

from .domain import Deposit, FileReceipt, Problem, Receipt, Sample, SenderAge
from .errors import DepositRefused, FileSetAside, ZipRefused
from .rules import Rule, rules_of
from .service import ages, apply, deposits, finish_void, problems, receipt, receive, void

__all__ = [
    "Deposit",
    "DepositRefused",
    "FileReceipt",
    "FileSetAside",
    "Problem",
    "Receipt",
    "Rule",
    "Sample",
    "SenderAge",
    "ZipRefused",
    "ages",
    "apply",
    "deposits",
    "finish_void",
    "problems",
    "receipt",
    "receive",
    "rules_of",
    "void",
]
