"""Labelled people: rows of made-up people with the truth beside each, so that linkage can be measured.

population     the people as they truly are
naming         how often names are borne
desk           what is written wrong
registrations  the registrations of five hospitals
outbreak       the line lists of six agencies
files          both as CSV
"""

from .files import LabelledSummary, write_labelled
from .outbreak import CaseStatus, LabelledCase, labelled_outbreak
from .registrations import LabelledRow, labelled_registrations

__all__ = [
    "CaseStatus",
    "LabelledCase",
    "LabelledRow",
    "LabelledSummary",
    "labelled_outbreak",
    "labelled_registrations",
    "write_labelled",
]
