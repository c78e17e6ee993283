"""Simulation: made-up districts, the 43-file zips their facilities send, and the truth behind them.

Speaks    the 43 files (v2.3, v2.4, 2.4.1) with the errors and habits seen in the field.
Keeps     nothing; writes zips, facilities.csv and truth/ into a folder, and labelled rows for linkage as CSV.
          Made-up ThaiD and Provider ID, for a demo on this machine.
Not here  what happens to the zips (ingest); how people are linked (identity); the command line (commands).
"""

from .identity_provider import MadeUpIdentity, MadeUpProvider
from .labelled import (
    CaseStatus,
    LabelledCase,
    LabelledRow,
    LabelledSummary,
    labelled_outbreak,
    labelled_registrations,
    write_labelled,
)
from .output import MOST_PEOPLE, OutputInUse, TooFewPeople
from .places import MAX_DISTRICTS, TooManyDistricts
from .service import Summary, simulate

__all__ = [
    "MAX_DISTRICTS",
    "MOST_PEOPLE",
    "CaseStatus",
    "LabelledCase",
    "LabelledRow",
    "LabelledSummary",
    "MadeUpIdentity",
    "MadeUpProvider",
    "OutputInUse",
    "Summary",
    "TooFewPeople",
    "TooManyDistricts",
    "labelled_outbreak",
    "labelled_registrations",
    "simulate",
    "write_labelled",
]
