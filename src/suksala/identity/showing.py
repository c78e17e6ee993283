"""What a page shows of a question, drawn from what was stored when the pair was weighed: nothing is weighed anew.

And of a record: which registrations are in it by probability alone, and how probable that is.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime, time

from suksala import audit
from suksala.foundation import clock

from . import desk, desk_storage, modelling, storage, telephones, viewing
from .desk import Facilities
from .desk_storage import Details
from .domain import Registration
from .errors import NoSuchEvent, NoSuchPerson, NoSuchQuestion
from .explaining import Stays, standing_of
from .grading import Waterfall
from .judging import ASKED_BY_PEOPLE, DISPUTED, Question
from .viewing import View
from .waterfalls import waterfall

MOST_HOUSEMATES = 12  # shown beside a human; a dormitory or a barracks says nothing
MOST_REGISTERED = 200


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two humans of a question.

    asked          the registration that the question is about
    registrations  of the human, at facilities that the reviewer serves; `asked` is the first
    details        of those, where anything is known
    elsewhere      how many more there are at other facilities
    household      others registered there who live in the same house, each human once
    """

    asked: int
    registrations: tuple[Registration, ...] = field(repr=False)
    details: dict[int, Details] = field(repr=False)
    elsewhere: int
    household: tuple[Registration, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class Shown:
    """One question with all that it is judged by.

    waterfall  None where nothing was weighed: the number alone asks
    threshold  bits from which such a pair joins by itself; veto: why its weight does not decide, or ""
    stays      why the two are one human although the weight does not join them (explaining.Explanation), or ""
    words      what the citizen wrote who doubts, or the clinician; disputed: the registration that a citizen doubts
    one_telephone  how many humans give the telephone that both give, of whom the reviewer serves;
                   0 where the two have none in common
    """

    question: Question
    one: Side
    other: Side
    waterfall: Waterfall | None = None
    threshold: float = 0.0
    stays: Stays = ""
    veto: str = ""
    words: str = field(default="", repr=False)
    disputed: int | None = None
    one_telephone: int = 0


def show(
    kind: str,
    one: int,
    other: int,
    facilities: Facilities = None,
    *,
    actor: str,
    humans: Collection[int] = frozenset(),
) -> Shown:
    """Open a question for a reviewer; that it was looked at is a fact about both, and about who lives with them.

    humans  whom the reviewer is: nobody opens a question about themselves
    Raises NoSuchQuestion.
    """
    asked = desk.question(kind, one, other, facilities)
    asked_about = set(storage.humans([asked.person, asked.other]).values())
    if not asked_about.isdisjoint(humans):
        raise NoSuchQuestion
    both = (asked.person, asked.other)
    one_side, other_side = (_side(person, facilities, asked_about) for person in both)
    housemates = {housemate.person for side in (one_side, other_side) for housemate in side.household}
    for person in sorted({*both, *housemates}):
        detail = {"kind": kind} if person in both else {"kind": kind, "as": "household"}
        audit.record("identity.question-seen", actor=actor, purpose=desk.PURPOSE, person=person, detail=detail)
    found = desk_storage.edge(both)
    threshold = modelling.threshold_of(found.model) if found else 0.0
    members = {member.person: member for member in storage.members(both)}
    must, _ = storage.decisions([asked.person])
    veto, stays = standing_of(
        members[asked.person],
        members[asked.other],
        found,
        joins=found is not None and found.weight >= threshold,
        decided=both in must,
    )
    return Shown(
        asked,
        one_side,
        other_side,
        waterfall=waterfall(found) if found else None,
        threshold=threshold,
        stays=stays,
        veto=veto,
        words=desk_storage.words_of_asking(kind, both) if kind in ASKED_BY_PEOPLE else "",
        disputed=desk_storage.disputed([one]).get(both) if kind == DISPUTED else None,
        one_telephone=telephones.humans_of_common(*both, facilities),
    )


def _side(person: int, facilities: Facilities, asked_about: Collection[int]) -> Side:
    every = storage.select_registrations(storage.persons_like(person))
    served = [one for one in every if facilities is None or one.hospcode in facilities]
    served.sort(key=lambda one: (one.person != person, one.hospcode, one.pid))
    details = desk_storage.details([one.person for one in served])
    return Side(person, tuple(served), details, len(every) - len(served), _household(served, facilities, asked_about))


def _household(
    own: Collection[Registration], facilities: Facilities, asked_about: Collection[int]
) -> tuple[Registration, ...]:
    """Who else lives with a human, each human once, by the registrations that the reviewer serves."""
    others = desk_storage.household([one.person for one in own], facilities, MOST_REGISTERED)
    found = sorted(storage.select_registrations(others), key=lambda one: (one.hospcode, one.pid))
    of_human = {one.human: one for one in reversed(found)}
    housemates = [one for human, one in of_human.items() if human not in asked_about]
    return tuple(sorted(housemates, key=_by_birth)[:MOST_HOUSEMATES])


def _by_birth(one: Registration) -> tuple[date, str, str]:
    return one.birth or date.max, one.hospcode, one.pid


@dataclass(frozen=True, slots=True)
class Whole:
    """Somebody of all registrations together, and whom we took them for at an earlier moment.

    view       the best that is known now, field by field, of the registrations that the reader serves
    now, then  those registrations of the human now, and of what the asked registration was then; `then` is empty where
               it was not registered yet, or no moment was asked for
    elsewhere  how many more registrations there are at other facilities, now
    """

    view: View = field(repr=False)
    now: tuple[Registration, ...] = field(repr=False)
    then: tuple[Registration, ...] = field(default=(), repr=False)
    elsewhere: int = 0


def show_whole(
    person: int, on: date | None = None, facilities: Facilities = None, *, event: int | None = None, actor: str
) -> Whole:
    """Who a registration is, of all together; and who it was at the end of a day in Bangkok, or after an event, as a
    figure keeps one. A fact about each registration that is shown.

    Raises NoSuchPerson, also for one that is served elsewhere, and NoSuchEvent.
    """
    if event is not None and not 0 <= event <= viewing.last_event():
        raise NoSuchEvent
    every = storage.select_registrations(storage.persons_like(person))
    now = _served(every, facilities)
    if person not in {one.person for one in now}:
        raise NoSuchPerson
    then: tuple[Registration, ...] = ()
    if on is not None:
        event = viewing.event_at(datetime.combine(on, time.max, clock.BANGKOK))
    if event is not None:
        was = viewing.humans_as_of([person], event).get(person)
        before = viewing.persons_as_of(was, event) if was is not None else frozenset()
        then = _served(storage.select_registrations(sorted(before)), facilities)
    for one in sorted({one.person for one in (*now, *then)}):
        audit.record("identity.question-seen", actor=actor, purpose=desk.PURPOSE, person=one, detail={"as": "whole"})
    return Whole(viewing.view(storage.humans([person])[person], facilities), now, then, len(every) - len(now))


def _served(every: Collection[Registration], facilities: Facilities) -> tuple[Registration, ...]:
    found = [one for one in every if facilities is None or one.hospcode in facilities]
    return tuple(sorted(found, key=lambda one: (one.hospcode, one.pid)))
