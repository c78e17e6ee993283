"""Use cases of codes: shown by one, typed by another, answered by the first."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from suksala import audit
from suksala.foundation import database

from . import codes, codes_storage
from .codes import Code, CodeKind, CodeProblem, CodeState, TooManyTries
from .permits import Purpose

Offer = Mapping[str, Any]
KEEP = timedelta(days=1)
_DRAWS = 20


def show_code(
    person: int,
    kind: CodeKind,
    made_by: str,
    now: datetime,
    *,
    facility: str = "",
    offer: Mapping[str, Any] | None = None,
) -> tuple[Code, str]:
    """Make a code and tell its six digits, which are kept nowhere. An earlier one of the same kind ends.

    person    a registration of who shows it
    facility  where it counts; "": anywhere
    offer     what it offers, told to whoever types it
    """
    with database.transaction():
        digits = next(d for d in (codes.new_digits() for _ in range(_DRAWS)) if not _taken(kind, facility, d, now))
        hashed = codes.digest(kind, facility, digits)
        code = Code(
            person, secrets.randbits(52), kind, facility, offer or {}, made_by, now, now + codes.LIFE, digest=hashed
        )
        codes_storage.add(code)
        _tell(code, "consent.code-shown", made_by, now)
    return code, digits


def type_code(text: str, kind: CodeKind, by: str, now: datetime, *, facility: str = "") -> Code:
    """Somebody types what another shows. Raises CodeProblem; TooManyTries after five that count for nothing.

    facility  of whoever types: a code for another facility is as none at all
    """
    problem: CodeProblem | None = None
    with database.transaction():
        codes_storage.lock_tries(by)
        if codes_storage.tries(by, now - codes.WINDOW) >= codes.TRIES:
            raise TooManyTries
        try:
            code = _seen(codes.clean(text), kind, by, now, facility)
        except CodeProblem as wrong:  # the try stays though nothing else does
            codes_storage.add_try(by, now)
            audit.record("consent.code-refused", actor=by, facility=facility or None, at=now)
            problem = wrong
    if problem is not None:
        raise problem
    return code


def _seen(digits: str, kind: CodeKind, by: str, now: datetime, facility: str) -> Code:
    found = codes_storage.locked_by_digest(codes.digest(kind, facility, digits), now) if digits else None
    if found is None:
        raise CodeProblem
    seen = codes.seen(found, by, now)
    codes_storage.change(seen)
    _tell(seen, "consent.code-typed", by, now)
    return seen


def code_of(number: int, kind: CodeKind, actor: str) -> Code | None:
    """One code of this kind, for the two who know it: who showed it and who typed it."""
    found = _of_kind(number, kind)
    return found if found and actor in (found.made_by, found.seen_by) else None


def answer_code(number: int, kind: CodeKind, actor: str, now: datetime, *, yes: bool) -> Code:
    """Who showed it says yes or no to who typed it: once. Raises CodeProblem."""
    with database.transaction():
        found = _of_kind(number, kind)
        if found is None or found.made_by != actor:
            raise CodeProblem
        done = codes.answered(found, now, yes=yes)
        codes_storage.change(done)
        _tell(done, f"consent.code-{done.state.value}", actor, now)
    return done


def use_code(number: int, kind: CodeKind, actor: str, now: datetime) -> Code:
    """Who typed it uses it, where no answer is due: a representative's code. Raises CodeProblem."""
    with database.transaction():
        found = _of_kind(number, kind)
        if found is None or found.seen_by != actor or found.state is not CodeState.SEEN or not found.is_open(now):
            raise CodeProblem
        used = replace(found, state=CodeState.USED)
        codes_storage.change(used)
    return used


def sweep_codes(now: datetime) -> int:
    """Take away codes and tries of more than a day ago; returns how many codes."""
    return codes_storage.sweep(now - KEEP)


def _of_kind(number: int, kind: CodeKind) -> Code | None:
    """A code, locked; one that was shown for something else is as none."""
    found = codes_storage.locked(number)
    return found if found is not None and found.kind is kind else None


def _taken(kind: CodeKind, facility: str, digits: str, now: datetime) -> bool:
    return codes_storage.is_taken(codes.digest(kind, facility, digits), now)


def _tell(code: Code, kind: str, actor: str, at: datetime) -> None:
    audit.record(
        kind, actor=actor, purpose=Purpose.OWN_RECORD, person=code.person, facility=code.facility or None,
        detail={"code": str(code.id), "for": code.kind.value}, at=at,
    )  # fmt: skip
