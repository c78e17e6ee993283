"""An independent reading of who may see a row, from ../shared/trust/security.md sections 1 and 5, not from the code.

One row, one asker, yes or no. It knows no scopes and no sets: each sentence of the text is one line here.
"""

# ruff: noqa: PLR0911 - a sentence of the text is a return here

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """A row about one person: recorded at the asker's facility or elsewhere, of a class or none, lately or long ago."""

    here: bool
    label: str
    kind: str
    recent: bool


@dataclass(frozen=True)
class Said:
    """A consent in a sentence: to whom, naming which classes, and what it denies."""

    to: str = ""  # "": nobody; mine, other, all
    names: frozenset[str] = frozenset()
    without_kind: str = ""
    without_label: str = ""
    only_recent: bool = False
    purpose: str = ""  # "": any
    over: bool = False
    refuses: str = ""  # a second consent that refuses: mine or all


def may_see(role: str, relation: str, purpose: str, said: Said, row: Row) -> bool:
    """Whether the row is shown."""
    if role == "citizen":  # everything that any facility recorded about them
        return relation == "self" and purpose == "PATRQT"
    if role == "proxy":  # adolescent-confidential items are hidden by default
        return relation == "proxy" and purpose == "PATRQT" and row.label != "adolescent"
    if role == "district":  # panels of the own units, no sensitive class
        return relation == "panel" and purpose == "HOPERAT" and row.here and not row.label
    if role == "system":  # the facility that it is bound to
        return purpose == "HSYSADMIN" and row.here
    if role == "clerk":  # demographics and coverage of the own facility's patients, not clinical
        mine = row.here and relation in ("treating", "same-facility") and purpose == "PATADMIN"
        return mine and row.kind in ("Patient", "Coverage") and not row.label
    if role != "clinician":  # a privacy officer reads the log, no record
        return False
    if relation == "emergency":  # here: a grant of the full record with the third confirmation of HIV only
        return purpose == "ETREAT" and row.label in ("", "hiv")
    if purpose != "TREAT":
        return False
    if row.here and relation == "treating":  # own facility's own rows for treatment: yes
        return True
    if row.here and relation == "same-facility" and not row.label:
        return True
    return _consented(relation, purpose, said, row)


def _consented(relation: str, purpose: str, said: Said, row: Row) -> bool:
    """Rows that only a consent opens."""
    if said.over or said.purpose not in ("", purpose):
        return False
    if said.to not in ("mine", "all"):
        return False
    if said.to == "all" and relation != "treating":  # to everybody is to those who treat
        return False
    if row.label and row.label not in said.names:  # across facilities only with a consent that names the class
        return False
    if said.only_recent and not row.recent:
        return False
    denied = row.kind == said.without_kind or (row.label and row.label == said.without_label)
    return not denied and said.refuses not in ("mine", "all")
