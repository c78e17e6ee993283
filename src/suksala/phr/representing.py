"""Use cases that join two people by the code that one of them shows: who is to act, and for whom (S1.31)."""

from __future__ import annotations

from datetime import datetime

from suksala import consent
from suksala.consent import CodeKind, Proxy, Terms
from suksala.foundation import database

from .sharing import Whose


def appoint_delegate(own: Whose, number: int, terms: Terms, now: datetime) -> Proxy:
    """An adult lets the one whose code they typed act for them. Raises consent.CodeProblem, consent.ProxyProblem."""
    with database.transaction():
        code = consent.use_code(number, CodeKind.REPRESENT, own.actor, now)
        return consent.appoint(own.person, code.made_by, code.person, terms, own.actor, now)


def appoint_by_officer(person: int, number: int, terms: Terms, officer: str, facility: str, now: datetime) -> Proxy:
    """An officer with the document in hand lets a parent or guardian act, whose code they typed.

    person   a registration of the child or ward at the officer's own facility
    officer  the account that saw the document
    Raises consent.CodeProblem, consent.ProxyProblem.
    """
    with database.transaction():
        code = consent.use_code(number, CodeKind.REPRESENT, officer, now)
        return consent.appoint(person, code.made_by, code.person, terms, officer, now, facility=facility)
