"""Simulation: made-up districts, the 43-file zips their facilities send, and the truth behind them.

Speaks    the 43 files (v2.3, v2.4, 2.4.1) with the errors and habits seen in the field.
Keeps     nothing; writes zips, facilities.csv and truth/ into a folder.
Not here  what happens to the zips (ingest); the command line (commands).
"""

from .places import MAX_DISTRICTS, TooManyDistricts
from .service import MOST_PEOPLE, OutputInUse, Summary, TooFewPeople, simulate

__all__ = [
    "MAX_DISTRICTS",
    "MOST_PEOPLE",
    "OutputInUse",
    "Summary",
    "TooFewPeople",
    "TooManyDistricts",
    "simulate",
]
