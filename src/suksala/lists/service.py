"""Use cases of agencies and of the day: take a list in, give its rows back, report. Every look-up is in the log."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import islice
from typing import Any, BinaryIO

from suksala import audit, registry
from suksala.foundation import clock, database
from suksala.foundation.progress import Progress

from . import columns, domain, files, link_storage, linking, links, storage
from .domain import PURPOSE, Imported, Line, LineProblem

MOST_PROBLEMS = 1_000  # told of one list; a list with more has one fault a thousand times
MOST_OWN = 1_000
_CHUNK = 5_000


def receive_file(source: BinaryIO, agency: str, name: str, *, actor: str) -> Imported:
    """Take in a list that an agency's own system sends, as `import_file` does, where an agreement lets it flow.

    Raises registry.NoAgreement, ListProblem, file43.FileRefused: nothing was kept then.
    """
    _require(agency, registry.Flow.LINE_LISTS)
    return import_file(source, agency, name, actor=actor)


def _require(agency: str, flow: registry.Flow) -> None:
    """Raises registry.NoAgreement. A system that is called like a facility is not that facility, and no party."""
    code, is_facility = domain.party_of(domain.require_names(agency, "any")[0])
    if not (is_facility or code in registry.AGENCIES) or registry.is_barred(code):
        raise registry.NoAgreement(flow)
    registry.require_agreement(code, flow, clock.today())


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
        counts = (said.count("new"), said.count("changed"), said.count("unchanged"))
        aside = len(self.aside)
        return Imported(len(said) + aside, *counts, aside, tuple(self.problems[:MOST_PROBLEMS]))


def _chunks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    left = iter(lines)
    while chunk := list(islice(left, _CHUNK)):
        yield chunk


def learn_if_due(progress: Progress | None = None) -> bool:
    """Train on the lists when they have grown enough since last; whether it was done."""
    return linking.is_time_to_learn() and linking.learn(progress)


# ---- what agencies get back ------------------------------------------------------------------------------------------


def own_rows(agency: str, name: str, after: int, *, actor: str, facility: str | None = None) -> list[Mapping[str, Any]]:
    """A page of an agency's own rows: its id of the row, what it noted last of it, and the person's id; where an
    agreement lets it know, also whether somebody cares for the person. Nothing of what other lists and callers say.

    after  the place of the last row of the page before, 0 for the first
    To look is a fact of the log. Raises ListProblem; registry.NoAgreement where no agreement lets lists flow.
    """
    agency, name = domain.require_names(agency, name)
    _require(agency, registry.Flow.LINE_LISTS)
    found = storage.own_rows(agency, name, after, MOST_OWN)
    people = {one.human: one for one in storage.persons({one.human for one in found})}
    is_told, now = _is_told_care(agency), clock.now()
    audit.record(
        "lists.read",
        actor=actor,
        purpose=PURPOSE,
        facility=facility,
        detail={"agency": agency, "list": name, "rows": len(found)},
    )
    return [
        {
            "place": one.place,
            "row": one.line.row,
            "person": people[one.human].public,
            "status": one.noted.status.value,
            "at": one.noted.at.isoformat(),
            **({"care": people[one.human].standing.care_status(now)} if is_told else {}),
        }
        for one in found
    ]


def _is_told_care(agency: str) -> bool:
    try:
        _require(agency, registry.Flow.CARE_STATUS)
    except registry.NoAgreement:
        return False
    return True


# ---- the daily report ------------------------------------------------------------------------------------------------


def make_report() -> link_storage.DailyReport:
    """Count what linking did today, and give the weakest links to the callers where too many may be hidden."""
    with database.transaction():
        in_care = {row: one.hides for row, one in storage.row_standings().items()}
        off = links.taken_off(in_care, *link_storage.standing_links())
        asked = links.weakest(off, links.MOST_HIDDEN)
        link_storage.save_asked([(one.link.a, one.link.b) for one in asked])
        calls = sum(not p.standing.care for p in storage.open_persons())
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
