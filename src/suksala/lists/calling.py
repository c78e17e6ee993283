"""Use cases of those who call: who is missing, and the page of one person. Every look-up is in the log."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import NamedTuple

from suksala import audit
from suksala.foundation import clock, database

from . import call_rules, domain, link_storage, links, storage
from .call_rules import Answer, Held, Missing, Question
from .domain import CARE, PURPOSE, Kind, ListProblem, Standing

MOST_CANDIDATES = 3
JOINED_SHOWN = timedelta(days=3)


def missing(*, actor: str, district: str | None = None) -> list[Missing]:
    """Everybody who is missing, in the order in which this caller calls them, and whom callers are to ask about a weak
    link.

    district  4 digits: those who live there or nobody knows where; None: all
    To look is a fact of the log.
    """
    asked = link_storage.humans_asked()
    people = storage.open_persons(district)
    if open_asked := asked - {one.human for one in people}:
        people += [one for one in storage.persons(open_asked) if _is_for(one, district)]
    found = _Desk(people, asked, actor, clock.now()).missing()
    audit.record("lists.missing-read", actor=actor, purpose=PURPOSE, detail={"count": len(found)})
    return call_rules.first_to_call(found)


def _is_for(person: storage.Person, district: str | None) -> bool:
    return district is None or not person.districts or district in person.districts


class Joined(NamedTuple):
    """Somebody whom a caller's "same" took off the list not long ago: their page takes it back."""

    person: str
    caller: str
    at: datetime


def joined(district: str | None = None) -> list[Joined]:
    """Whom callers joined in the last three days, the newest first; no name, and of a district as `missing` is."""
    said = link_storage.joined_since(clock.now() - JOINED_SHOWN)
    people = [one for one in storage.persons(said) if _is_for(one, district)]
    return sorted((Joined(one.public, *said[one.human]) for one in people), key=lambda one: one.at, reverse=True)


class _Desk:
    """People, and what says whether and when a caller calls them: weak links, two agencies, calls, other callers."""

    def __init__(self, people: Collection[storage.Person], asked: Collection[int], caller: str, now: datetime) -> None:
        self.now, self.people = now, people
        twice = {one.human for one in people if one.lists > 1 and one.standing.care}
        noted = storage.noted_by_agencies(twice)
        self.twice = {human: domain.in_two_agencies(rows, now) for human, rows in noted.items()}
        self.asked = asked
        humans = [one.human for one in people]
        self.calls = storage.calls_of(humans)
        self.held = storage.held(humans, caller, now)

    def missing(self) -> list[Missing]:
        """Those of the people who are missing."""
        return [one for person in self.people if (one := self._missing(person))]

    def _missing(self, person: storage.Person) -> Missing | None:
        calls = self.calls.get(person.human)
        put_back = calls is not None and calls.answer == Answer.DIFFERENT and not person.standing.care
        kind = self._kind(person, put_back=put_back)
        if kind is None:
            return None
        age = self.now.year - person.birth_year if person.birth_year else None
        hours = int((self.now - kind[1]).total_seconds() // 3600)
        at_risk = call_rules.is_at_risk(person.risk, age)
        due = call_rules.next_try(calls, self.now, at_once=at_risk, put_back=put_back)
        later, held = due if due > self.now else None, self.held.get(person.human)
        return Missing(person.public, kind[0], hours, age, person.risk, person.lists, calls, put_back, later, held)

    def _kind(self, person: storage.Person, *, put_back: bool) -> tuple[Kind, datetime] | None:
        one = person.standing
        if found := domain.missing_kind(one, self.now):
            return found
        if put_back and not one.is_closed and one.intake:
            return domain.INTAKE[one.intake.status], one.first or self.now
        if person.human in self.asked:
            return Kind.DOUBTFUL, one.at
        both = self.twice.get(person.human)
        return (Kind.TWO_AGENCIES, both) if both and not one.is_closed else None


class Candidate(NamedTuple):
    """Somebody in care who may be the person on the page.

    person  their id
    pair    what to answer about: the ids of the two rows that are most alike, of the person on the page and of theirs
    told    the row of theirs in that pair; of another district no more than who cares for them since when
    weight  bits; veto: why weight does not decide, or None
    is_elsewhere  of another district than the caller's: what settles the question is shown, and nothing else
    """

    person: str
    pair: tuple[str, str]
    told: storage.Told
    standing: Standing
    weight: float
    veto: str | None
    question: Question
    is_elsewhere: bool = False


class SaidSame(NamedTuple):
    """A caller's "same" that stands, for the next caller to take back.

    pair    what to answer "different" about: the ids of the two rows that it tied
    rows    the numbers of the two rows
    caller, at  who said so, and when
    """

    pair: tuple[str, str]
    rows: tuple[int, int]
    caller: str
    at: datetime


class SaidDifferent(NamedTuple):
    """A caller's "different" that stands: whatever lists say, the two stay apart until somebody says that they are one.

    pair        what to answer "same" about: the ids of a row of the person on the page and of one of theirs
    told        their rows of which it was said; of another district no more than who cares for them since when
    caller, at  who said so last, and when
    """

    pair: tuple[str, str]
    told: tuple[storage.Told, ...]
    caller: str
    at: datetime
    is_elsewhere: bool = False


class Doubtful(NamedTuple):
    """A weak link that took rows of a person off the lists.

    pair          what to answer about: the ids of the rows at its ends
    link          the numbers of the two rows
    mine, theirs  the rows that it took off, and those across it
    """

    pair: tuple[str, str]
    link: tuple[int, int]
    mine: tuple[int, ...]
    theirs: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a caller has in front of them: the person's rows, how they stand, and who in care they may be.

    doubtful   the weak link that callers are asked about, if there is one
    said_same  what callers said that ties these rows, the oldest first: each can be taken back
    said_different  whom callers kept apart from this person, the newest first: each can be taken back
    held       another caller has the page open; None: this one holds the person now
    """

    person: str
    missing: Missing | None
    standing: Standing
    rows: tuple[storage.Told, ...]
    candidates: tuple[Candidate, ...]
    doubtful: Doubtful | None = None
    said_same: tuple[SaidSame, ...] = ()
    said_different: tuple[SaidDifferent, ...] = ()
    held: Held | None = None


def sheet(person: str, *, actor: str, district: str | None = None) -> Sheet:
    """Open the page of a person, who is the caller's to ring for some minutes unless another has it open already.
    To look is a fact of the log, and one for each candidate shown. Raises ListProblem.
    """
    named, found = person_of(person, district)
    human = named.human
    with database.transaction():
        audit.record("lists.person-read", actor=actor, purpose=PURPOSE, detail={"person": found.public})
        rows = tuple(storage.told(human))
        doubtful = doubtful_link(human)
        now = clock.now()
        one = next(iter(_Desk([found], {human} if doubtful else (), actor, now).missing()), None)
        storage.hold(human, actor, now, now + call_rules.HELD_FOR)
        candidates = tuple(_candidates(human, rows, district))
        apart = dict(_said_different(human, district))
        for beside in [*(candidate.person for candidate in candidates), *apart]:
            detail = {"person": beside, "beside": found.public}
            audit.record("lists.candidate-read", actor=actor, purpose=PURPOSE, detail=detail)
        return Sheet(
            found.public, one, found.standing, rows, candidates, doubtful,
            said_same=tuple(_said_same(human)), said_different=tuple(apart.values()),
            held=storage.held([human], actor, now).get(human),
        )  # fmt: skip


def person_of(person: str, district: str | None) -> tuple[storage.Named, storage.Person]:
    """Whom an id outside names, and how they stand. Raises ListProblem for nobody, and for another district's."""
    named = storage.named(person)
    found = storage.persons([named.human]) if named else []
    if named is None or not found or not _is_for(found[0], district):
        raise ListProblem("ไม่พบบุคคลนี้ในรายชื่อ", "there is no such person on the lists", code="SKL-LST-201")
    return named, found[0]


def _candidates(human: int, rows: Collection[storage.Told], district: str | None) -> Iterator[Candidate]:
    """One for each person in care, by the heaviest pair."""
    seen: set[int] = set()
    own = [told.line for told in rows]
    for link in link_storage.candidates_in_care(human, [*CARE]):
        if len(seen) == MOST_CANDIDATES:
            return
        told = storage.told_row(link.b)
        if told.human in seen:
            continue
        seen.add(told.human)
        [person] = storage.persons([told.human])
        care = person.standing.care
        since = care.at if care else person.standing.at
        asked = call_rules.question(own, told.told.line, told.told.agency, since.astimezone(clock.BANGKOK).date())
        is_elsewhere = not _is_for(person, district)
        shown = _of_another_district(told.told, care) if is_elsewhere else told.told
        pair = _pair(link.a, link.b)
        yield Candidate(person.public, pair, shown, person.standing, link.weight, link.veto, asked, is_elsewhere)


def _of_another_district(told: storage.Told, care: domain.StatusAt | None) -> storage.Told:
    """A row without what it says of somebody: the agency, and since when they are in its care."""
    return told._replace(list="", line=domain.Line(row=""), history=(care,) if care else ())


def doubtful_link(human: int) -> Doubtful | None:
    """The weakest link that callers are asked about, if this person has one."""
    if human not in link_storage.humans_asked():
        return None
    in_care = {row: one.hides for row, one in storage.row_standings([human]).items()}
    found = links.taken_off(in_care, *link_storage.standing_links([human]))
    weak = max(found, key=lambda one: one.hidden, default=None)
    if weak is None:
        return None
    mine, theirs = tuple(sorted(weak.rows)), tuple(sorted(set(in_care) - weak.rows))
    return Doubtful(_pair(weak.link.a, weak.link.b), (weak.link.a, weak.link.b), mine, theirs)


def _said_same(human: int) -> Iterator[SaidSame]:
    """One for each answer: a caller who joined two persons of several rows may have said so of several pairs."""
    said = {(one.caller, one.at): one for one in reversed(link_storage.said_same(human))}
    for one in sorted(said.values(), key=lambda one: one.at):
        yield SaidSame(_pair(one.a, one.b), (one.a, one.b), one.caller, one.at)


def _said_different(human: int, district: str | None) -> Iterator[tuple[str, SaidDifferent]]:
    """One for each person whom callers kept apart from this one, by their id."""
    said: dict[int, list[link_storage.Said]] = {}
    for one in link_storage.said_different(human):
        said.setdefault(storage.human_of(one.b), []).append(one)
    for person in storage.persons(said):
        newest, is_elsewhere = said[person.human][0], not _is_for(person, district)
        wanted = {one.b for one in said[person.human]}
        told = [row for row in storage.told(person.human) if row.id in wanted]
        shown = tuple(_of_another_district(row, person.standing.care) if is_elsewhere else row for row in told)
        pair = _pair(newest.a, newest.b)
        yield person.public, SaidDifferent(pair, shown, newest.caller, newest.at, is_elsewhere)


def _pair(a: int, b: int) -> tuple[str, str]:
    """What outside stands for two rows, in their order."""
    ids = storage.public_ids([a, b])
    return ids[a], ids[b]
