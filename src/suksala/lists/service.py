"""Use cases of lists: take a list in, say who is missing, keep what a caller found out. Every look-up is in the log."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO, NamedTuple

from suksala import audit
from suksala.foundation import clock, database
from suksala.foundation.progress import Progress

from . import columns, domain, files, link_storage, linking, links, storage
from .domain import CARE, CLOSED, Answer, Imported, Kind, Line, LineProblem, ListProblem, Missing, Question, Standing

PURPOSE = "PUBHLTH"
MOST_PROBLEMS = 1_000  # told of one list; a list with more has one fault a thousand times
MOST_CANDIDATES = 3
MOST_OWN = 1_000
_CHUNK = 5_000


def import_file(source: BinaryIO, agency: str, name: str, *, actor: str, progress: Progress | None = None) -> Imported:
    """Take in a CSV or XLSX file of an agency's list; the same file again changes nothing.

    Raises ListProblem, file43.FileRefused: nothing was kept then. What is wrong with single rows is in the answer.
    """
    header, rows = files.rows(source)
    return import_rows(header, rows, agency, name, actor=actor, progress=progress)


def import_rows(
    header: Iterable[str],
    rows: Iterable[columns.Numbered],
    agency: str,
    name: str,
    *,
    actor: str,
    progress: Progress | None = None,
) -> Imported:
    """Take in rows of cells as `import_file` does, all in one transaction. Raises ListProblem."""
    agency, name = domain.require_names(agency, name)
    now = clock.now()
    taking = _Taking(actor, now)
    read = columns.read(rows, columns.known_columns(header), now)
    with database.transaction():
        link_storage.lock()
        of_list = storage.list_id(agency, name)
        for chunk in _chunks(taking.lines(read)):
            taking.take(of_list, chunk)
        if taking.touched:
            linking.link(taking.touched, progress)
        found = taking.imported()
        audit.record(
            "lists.imported",
            actor=actor,
            purpose=PURPOSE,
            detail={"agency": agency, "list": name, "rows": found.rows, "set-aside": found.set_aside},
        )
    return found


class _Taking:
    """The rows of one list on their way in, counted."""

    def __init__(self, actor: str, now: datetime) -> None:
        self.actor, self.now = actor, now
        self.touched: set[int] = set()
        self.problems: list[LineProblem] = []
        self.aside: set[int] = set()
        self.rows: dict[int, str] = {}  # what became of each row; a row may stand in several lines of a file

    def lines(self, read: Iterable[Line | LineProblem]) -> Iterator[Line]:
        for one in read:
            if isinstance(one, Line):
                yield one
                continue
            self.problems.append(one)
            if not one.is_in:
                self.aside.add(one.line)

    def take(self, of_list: int, lines: list[Line]) -> None:
        newest = {storage.ref_of(line): line for line in lines}
        known = storage.rows_of(of_list, newest)
        fresh = [line for ref, line in newest.items() if ref not in known]
        numbers = {ref: kept.id for ref, kept in known.items()}
        changed = {
            known[ref].id: line
            for ref, line in newest.items()
            if ref in known and storage.seal(line) != known[ref].said
        }
        if fresh:
            added = storage.insert_rows(of_list, fresh, self.now)
            numbers |= dict(zip(map(storage.ref_of, fresh), added, strict=True))
            self._became("new", added)
            self.touched |= set(added)
        if changed:
            storage.save_versions(changed, self.now)
            self.touched |= set(changed)
        histories: dict[int, list[domain.StatusAt]] = {}
        for line in lines:
            histories.setdefault(numbers[storage.ref_of(line)], []).extend(line.history)
        noted = storage.add_statuses(histories, self.actor, self.now)
        self._became("changed", noted | set(changed))
        self._became("unchanged", numbers.values())

    def _became(self, what: str, rows: Iterable[int]) -> None:
        for row in rows:
            if self.rows.get(row, "unchanged") == "unchanged":
                self.rows[row] = what

    def imported(self) -> Imported:
        said = list(self.rows.values())
        linked = storage.count_rows() - storage.count_persons()
        counts = (said.count("new"), said.count("changed"), said.count("unchanged"))
        aside = len(self.aside)
        return Imported(len(said) + aside, *counts, aside, linked, tuple(self.problems[:MOST_PROBLEMS]))


def _chunks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    left = iter(lines)
    while chunk := list(islice(left, _CHUNK)):
        yield chunk


def learn_if_due(progress: Progress | None = None) -> bool:
    """Train on the lists when they have grown enough since last; whether it was done."""
    return linking.is_time_to_learn() and linking.learn(progress)


# ---- who is missing -------------------------------------------------------------------------------------------------


def missing(*, actor: str, district: str | None = None) -> list[Missing]:
    """Everybody who is missing, in the order in which they are called, and whom callers are to ask about a weak link.

    district  4 digits: those who live there or nobody knows where; None: all
    To look is a fact of the log.
    """
    now = clock.now()
    calls, asked = storage.last_calls(), link_storage.humans_asked()
    people = storage.persons(open_only=True)
    if open_asked := asked - {one.human for one in people}:
        people += storage.persons(open_asked)
    found = [one for p in people if _is_for(p, district) and (one := _missing(p, now, calls.get(p.human), asked))]
    audit.record("lists.missing-read", actor=actor, purpose=PURPOSE, detail={"count": len(found)})
    return domain.first_to_call(found)


def _is_for(person: storage.Person, district: str | None) -> bool:
    return district is None or not person.districts or district in person.districts


def _missing(
    person: storage.Person, now: datetime, call: storage.Call | None, asked: Collection[int]
) -> Missing | None:
    kind = domain.missing_kind(person.standing, now)
    put_back = call is not None and call.answer == Answer.DIFFERENT and not person.standing.care
    if put_back and kind is None and not person.standing.is_closed:
        intake = person.standing.intake
        kind = (domain.INTAKE[intake.status], person.standing.first or now) if intake else None
    if kind is None and person.human in asked:
        kind = (Kind.DOUBTFUL, person.standing.at)
    if kind is None:
        return None
    age = now.year - person.birth_year if person.birth_year else None
    hours = int((now - kind[1]).total_seconds() // 3600)
    caller, said = (call.caller, call.answer.value) if call else ("", "")
    return Missing(person.public, kind[0], hours, age, person.risk, person.lists, caller, said, put_back)


class Candidate(NamedTuple):
    """Somebody in care who may be the person on the page.

    person  their id
    told    the row of theirs that is most alike
    weight  bits; veto: why weight does not decide, or None
    """

    person: str
    told: storage.Told
    standing: Standing
    weight: float
    veto: str | None
    question: Question


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a caller has in front of them: the person's rows, how they stand, and who in care they may be.

    doubtful  a weak link took rows of this person off the lists: rows on either side of it
    """

    person: str
    missing: Missing | None
    standing: Standing
    rows: tuple[storage.Told, ...]
    candidates: tuple[Candidate, ...]
    doubtful: tuple[tuple[int, ...], tuple[int, ...]] | None = None


def sheet(person: str, *, actor: str, district: str | None = None) -> Sheet:
    """Open the page of a person. To look is a fact of the log. Raises ListProblem."""
    human, found = _person(person, district)
    with database.transaction():
        audit.record("lists.person-read", actor=actor, purpose=PURPOSE, detail={"person": found.public})
        rows = tuple(storage.told(human))
        doubtful = _doubtful(human)
        calls = storage.last_calls()
        one = _missing(found, clock.now(), calls.get(human), {human} if doubtful else ())
        return Sheet(found.public, one, found.standing, rows, tuple(_candidates(human, rows)), doubtful)


def _person(person: str, district: str | None) -> tuple[int, storage.Person]:
    """Raises ListProblem for nobody, and for somebody of another district."""
    human = storage.human_of_public(person)
    found = storage.persons([human]) if human is not None else []
    if human is None or not found or not _is_for(found[0], district):
        raise ListProblem("ไม่พบบุคคลนี้ในรายชื่อ", "there is no such person on the lists", code="SKL-LST-201")
    return human, found[0]


def _candidates(human: int, rows: Collection[storage.Told]) -> Iterator[Candidate]:
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
        asked = domain.question(own, told.told.line, told.told.agency, since.astimezone(clock.BANGKOK).date())
        yield Candidate(person.public, told.told, person.standing, link.weight, link.veto, asked)


def _doubtful(human: int) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    """Both sides of the weakest link that callers are asked about, if this person has one."""
    if human not in link_storage.humans_asked():
        return None
    in_care = link_storage.rows_in_care([*CARE, *CLOSED], [human])
    found = links.taken_off(in_care, *link_storage.standing_links([human]))
    weak = max(found, key=lambda one: one.hidden, default=None)
    if weak is None:
        return None
    return tuple(sorted(weak.rows)), tuple(sorted(set(in_care) - weak.rows))


# ---- what callers find out ------------------------------------------------------------------------------------------


def answer(person: str, said: str, other: str = "", *, actor: str, district: str | None = None) -> None:
    """Keep what a caller found out about a person.

    said   same or different: about `other`, a candidate, or about the weak link where no other is named;
           reached or unreachable
    "Different" parts the rows for good and puts the person back on top at once. Raises ListProblem: nothing was kept.
    """
    human, found = _person(person, district)
    try:
        told = Answer(said)
    except ValueError:
        raise ListProblem("เลือกคำตอบก่อนบันทึก", "choose an answer", code="SKL-LST-202") from None
    now = clock.now()
    with database.transaction():
        link_storage.lock()
        called = human
        if told in {Answer.SAME, Answer.DIFFERENT}:
            mine, theirs = _sides(human, other)
            called = min(mine)
            pairs = [(a, b) for a in mine for b in theirs]
            same = told == Answer.SAME
            link_storage.decide(pairs if not same else pairs[:1], same=same, caller=actor, at=now)
            linking.settle([*mine, *theirs])
        else:
            status = domain.noted_by(told, found.standing)
            storage.add_statuses({human: [domain.StatusAt(status, now)]}, actor, now)
        storage.add_call(called, told, actor, now)
        audit.record(
            "lists.answered", actor=actor, purpose=PURPOSE, detail={"person": found.public, "answer": told.value}
        )


def _sides(human: int, other: str) -> tuple[list[int], list[int]]:
    """The rows that an answer is about: those of the person, and those of the candidate or across the weak link."""
    if not other:
        both = _doubtful(human)
        if both is None:
            raise ListProblem(
                "ไม่มีลิงก์ที่ต้องถามของบุคคลนี้", "no link of this person is to be asked about", code="SKL-LST-203"
            )
        return list(both[0]), list(both[1])
    candidate = storage.human_of_public(other)
    if candidate is None or candidate == human:
        raise ListProblem("ไม่พบผู้ที่นำมาเทียบ", "there is no such candidate", code="SKL-LST-204")
    return storage.rows_of_human(human), storage.rows_of_human(candidate)


# ---- what agencies get back ------------------------------------------------------------------------------------------


def own_rows(agency: str, name: str, after: int, *, actor: str, facility: str | None = None) -> list[Mapping[str, Any]]:
    """A page of an agency's own rows: its id of the row, the person's id, and whether they are in care.

    after  the place of the last row of the page before, 0 for the first
    To look is a fact of the log. Raises ListProblem.
    """
    agency, name = domain.require_names(agency, name)
    found = storage.own_rows(agency, name, after, MOST_OWN)
    people = {one.human: one for one in storage.persons({human for _, _, human in found})}
    audit.record(
        "lists.read",
        actor=actor,
        purpose=PURPOSE,
        facility=facility,
        detail={"agency": agency, "list": name, "rows": len(found)},
    )
    return [
        {
            "place": place,
            "row": line.row,
            "person": people[human].public,
            "care": people[human].standing.care_status,
            "status": people[human].standing.status.value,
            "at": people[human].standing.at.isoformat(),
        }
        for place, line, human in found
    ]


# ---- the daily report ------------------------------------------------------------------------------------------------


def make_report() -> link_storage.DailyReport:
    """Count what linking did today, and give the weakest links to the callers where too many may be hidden."""
    with database.transaction():
        in_care = link_storage.rows_in_care([*CARE, *CLOSED])
        off = links.taken_off(in_care, *link_storage.standing_links())
        asked = links.weakest(off, links.MOST_HIDDEN)
        link_storage.save_asked([(one.link.a, one.link.b) for one in asked])
        calls = sum(not p.standing.care for p in storage.persons(open_only=True))
        unlinked = sum(not is_care for is_care in in_care.values())
        hidden = links.expected_hidden(off)
        found = link_storage.DailyReport(
            clock.today(), storage.count_rows(), storage.count_persons(), unlinked, calls, hidden, len(asked)
        )
        link_storage.save_report(found)
    return found


def reports(most: int = 30) -> list[link_storage.DailyReport]:
    """The reports of the last days, the newest first."""
    return link_storage.reports(most)


def report_if_any() -> None:
    """The report of an installation that has lists."""
    if storage.count_rows():
        make_report()
