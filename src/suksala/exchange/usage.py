"""How the FHIR API is used, by client: requests a day by interaction, type and answer, resources read, latency.

Who read whose record is told by the log (`audit`); here only counts are kept, so that a client sees what it does and
how well it is served. Each web process counts in memory and writes its counts together every few seconds: one that
ends loses the counts of those seconds, never a fact of the log (decision 0079).
"""

from __future__ import annotations

import threading
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, timedelta
from typing import NamedTuple

import orjson
from django.db import connection

from suksala import signin
from suksala.consent import Permit, Purpose
from suksala.foundation import clock, log
from suksala.signin import Client

from . import bulk, bulk_storage
from . import usage_storage as storage
from .answers import Answer
from .definitions import resource_types
from .domain import PUBLIC_PERSON
from .usage_storage import Key, Line

KEPT_DAYS = 400
MOST_DAYS = 366
SLOTS_MS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000)
_TYPES = frozenset(resource_types())
_METHODS = {"GET": "read", "HEAD": "read", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}
_log = log.get("exchange")


class Seconds:
    """After how many seconds counts are written; None keeps them in memory (tests do that)."""

    until_written: float | None = 5.0


# ---- counting -------------------------------------------------------------------------------------------------------


class _Tally:
    """What is told while one request is answered.

    persons  whom the search that is under way told of
    covered  they were counted by their number
    paid     numbers that were counted before what asks for them was begun
    """

    def __init__(self) -> None:
        self.rows = 0
        self.client: Client | None = None
        self.persons: set[int] = set()
        self.covered = False
        self.paid: set[int] = set()


_tally: ContextVar[_Tally | None] = ContextVar("tally", default=None)
_counts: dict[Key, list[int]] = {}
_lock = threading.Lock()
_timers: list[threading.Timer] = []
_swept: list[date] = []


@contextmanager
def tallied() -> Iterator[_Tally]:
    """Count what `disclosed` tells while a request is answered."""
    tally = _Tally()
    before = _tally.set(tally)
    try:
        yield tally
    finally:
        _tally.reset(before)


def disclosed(rows: int) -> None:
    """So many resources were read for whoever asks now."""
    tally = _tally.get()
    if tally is not None:
        tally.rows += rows


def asks(client: Client) -> None:
    """Say who asks now, once it is known. Raises signin.OverBudget when that client asks too fast."""
    signin.take(client)
    tally = _tally.get()
    if tally is not None:
        tally.client = client


def counts_people(permit: Permit) -> bool:
    """Whether whoever asks now may be told of so many people only: a client over HTTP, a clinician on a page."""
    tally = _tally.get()
    if tally is not None and tally.client is not None:
        return tally.client.budget.patients > 0
    return _reads_on_a_page(permit)


_ON_PAGES = (Purpose.TREATMENT, Purpose.REGISTRATION)


def _reads_on_a_page(permit: Permit) -> bool:
    """An emergency has a budget of its own, which no other reading may use up (consent.break_glass)."""
    return permit.purpose in _ON_PAGES and permit.reader.startswith("account:")


def reached(permit: Permit, persons: Collection[int]) -> None:
    """These people's data are about to be told. Raises signin.OverBudget when they are too many within the hour."""
    told = [person for person in persons if person != PUBLIC_PERSON]
    tally = _tally.get()
    if tally is None or tally.client is None:
        if _reads_on_a_page(permit):
            signin.tell_reader(permit.reader, told, clerk=permit.purpose is Purpose.REGISTRATION)
    elif not tally.covered:
        tally.persons.update(told)
        signin.tell(tally.client, told)


@contextmanager
def asking(asked: Collection[int], *, one_number: bool) -> Iterator[None]:
    """Count those whom a search asks for, found or not: who is found counts as themselves, each other one by what was
    asked. Raises signin.OverBudget when the search is done, before anything of it leaves.

    one_number  the search tells of the patients of one number only: they were counted, if the number was paid for
    """
    tally = _tally.get()
    if tally is None or tally.client is None:
        yield
        return
    before = tally.persons, tally.covered
    tally.persons, tally.covered = set(), one_number and tally.paid.issuperset(asked)
    try:
        yield
        signin.tell(tally.client, sorted(asked)[: max(len(asked) - len(tally.persons), 0)])
    finally:
        tally.persons, tally.covered = before


def pay(asked: Collection[int]) -> None:
    """Count those whom a write asks for before anything is written: what is rolled back later was answered all the
    same. Raises signin.OverBudget.
    """
    tally = _tally.get()
    if tally is not None and tally.client is not None:
        signin.tell(tally.client, sorted(asked))
        tally.paid.update(asked)


def went_over(problem: signin.OverBudget) -> None:
    """Somebody was refused: a system that asked of too many people is suspended. Not before everything that the request
    began is rolled back, or that would be too.
    """
    tally = _tally.get()
    if tally is not None and tally.client is not None and problem.is_of_people:
        signin.quarantine(tally.client)


def note(client: str, interaction: tuple[str, str], answer: Answer, rows: int, seconds: float) -> None:
    """Count one answered request of a client.

    interaction  code and resource type, from `interaction`
    rows         resources that were read for it
    """
    code = str(answer.status) if answer.status < 400 else _problem(answer.body)
    slot = next((n for n, most in enumerate(SLOTS_MS) if seconds * 1000 <= most), len(SLOTS_MS))
    key = Key(client, clock.today(), *interaction, code, slot)
    with _lock:
        count = _counts.setdefault(key, [0, 0])
        count[0] += 1
        count[1] += rows if answer.status < 400 else 0
        if Seconds.until_written is not None and not _timers:
            _timers.append(threading.Timer(Seconds.until_written, _in_time))
            _timers[0].daemon = True
            _timers[0].start()


def _problem(body: bytes) -> str:
    """The stable code of a refusal."""
    try:
        return str(orjson.loads(body)["issue"][0]["details"]["coding"][0]["code"])
    except (ValueError, KeyError, IndexError, TypeError):
        return "unknown"


def interaction(method: str, parts: Sequence[str], operations: frozenset[str]) -> tuple[str, str]:
    """The code of an interaction as the CapabilityStatement names it, or of an operation, and the resource type.

    Of an address only words that this server has are kept: somebody may type a name into it.

    >>> interaction("GET", ["Patient", "1"], frozenset()), interaction("POST", ["Patient", "_search"], frozenset())
    (('read', 'Patient'), ('search-type', 'Patient'))
    """
    rtype = parts[0] if parts and parts[0] in _TYPES else ""
    last = parts[-1] if parts else ""
    if last.startswith("$"):
        return (last if last in operations else "unknown", rtype)
    if parts and not rtype and last not in ("_history", "_search"):
        return ("unknown", "")
    if "_history" in parts:
        level = (
            "vread"
            if last != "_history"
            else ("history-system", "history-type", "history-instance")[len(parts) - 1 :][0]
        )
        return (level, rtype)
    if method == "POST":
        return (("batch" if not parts else "search-type" if last == "_search" else "create"), rtype)
    if len(parts) < 2 and method in ("GET", "HEAD"):
        return ("search-type" if rtype else "search-system", rtype)
    return (_METHODS.get(method, "unknown"), rtype)


# ---- writing it down ------------------------------------------------------------------------------------------------


def flush() -> None:
    """Write what was counted since the last time, together with what others counted."""
    with _lock:
        taken = dict(_counts)
        _counts.clear()
    if not taken:
        return
    try:
        storage.add([Line(key, *count) for key, count in taken.items()])
    except BaseException:
        with _lock:  # for the next time
            for key, (requests, rows) in taken.items():
                count = _counts.setdefault(key, [0, 0])
                count[0] += requests
                count[1] += rows
        raise


def _in_time() -> None:
    with _lock:
        _timers.clear()
    try:
        flush()
        _forget()
    except Exception as error:  # counts wait; nobody's request fails for them
        _log.warning("usage.not-written", error_type=type(error).__name__)
    finally:
        connection.close()  # this thread's own


def _forget() -> None:
    """Drop counts that are older than KEPT_DAYS, once a day."""
    today = clock.today()
    if _swept != [today]:
        storage.drop_before(today - timedelta(days=KEPT_DAYS))
        _swept[:] = [today]


# ---- telling it -----------------------------------------------------------------------------------------------------


class Day(NamedTuple):
    """One day of a client; refused are the requests of it that were answered with a problem."""

    on: date
    requests: int
    refused: int
    rows: int


class Kind(NamedTuple):
    """One interaction with one type: how often, what was read, and within how many ms half and 95 of 100 answers
    were ready. None: longer than the longest that is told apart.
    """

    interaction: str
    rtype: str
    requests: int
    refused: int
    rows: int
    p50_ms: int | None
    p95_ms: int | None


class Usage(NamedTuple):
    """How a client used the API in some days, the last one so far.

    days      every day of them, also those without a request, oldest first
    kinds     the most frequent first
    refusals  by stable code, the most frequent first
    """

    client: str
    days: list[Day]
    kinds: list[Kind]
    refusals: list[tuple[str, int]]

    @property
    def requests(self) -> int:
        """All of them."""
        return sum(day.requests for day in self.days)

    @property
    def refused(self) -> int:
        """Those that were answered with a problem."""
        return sum(day.refused for day in self.days)

    @property
    def rows(self) -> int:
        """Resources that were read for it."""
        return sum(day.rows for day in self.days)


class Limit(NamedTuple):
    """Something of which a client may have so many at a time."""

    name: str
    used: int
    most: int

    @property
    def left(self) -> int:
        """How many more it may have now."""
        return max(self.most - self.used, 0)


def limits(client: str) -> list[Limit]:
    """What a client may have of jobs at a time, and has."""
    return [Limit(kind, len(bulk_storage.open_jobs(client, kind)), bulk.MOST_OPEN) for kind in ("export", "import")]


def of_client(client: str, days: int, until: date | None = None) -> Usage:
    """What was written down of a client in the `days` days up to `until` (today)."""
    last = until or clock.today()
    first = last - timedelta(days=days - 1)
    return summed(client, first, last, storage.lines(client, first, last))


def clients(days: int) -> list[str]:
    """Who asked in the last days, by name."""
    last = clock.today()
    return storage.clients(last - timedelta(days=days - 1), last)


def summed(client: str, first: date, last: date, lines: Sequence[Line]) -> Usage:
    """The usage that these lines make.

    >>> [day.requests for day in summed("his", date(2026, 1, 1), date(2026, 1, 3), []).days]
    [0, 0, 0]
    """
    every = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    by_day: dict[date, list[Line]] = {on: [] for on in every}
    by_kind: dict[tuple[str, str], list[Line]] = {}
    refusals: dict[str, int] = {}
    for line in lines:
        by_day[line.key.day].append(line)
        by_kind.setdefault((line.key.interaction, line.key.rtype), []).append(line)
        if _is_refusal(line):
            refusals[line.key.code] = refusals.get(line.key.code, 0) + line.requests
    days = [Day(on, *_sums(of)) for on, of in by_day.items()]
    kinds = [Kind(*named, *_sums(of), _within(of, 50), _within(of, 95)) for named, of in by_kind.items()]
    return Usage(
        client,
        days,
        sorted(kinds, key=lambda kind: (-kind.requests, kind)),
        sorted(refusals.items(), key=lambda found: (-found[1], found[0])),
    )


def _sums(lines: Sequence[Line]) -> tuple[int, int, int]:
    refused = sum(line.requests for line in lines if _is_refusal(line))
    return sum(line.requests for line in lines), refused, sum(line.rows for line in lines)


def _is_refusal(line: Line) -> bool:
    return not line.key.code.isdigit()


def _within(lines: Sequence[Line], percent: int) -> int | None:
    """In how many ms so many of 100 answers were ready, as the end of the slot in which the last of them lies."""
    wanted = sum(line.requests for line in lines) * percent
    seen = 0
    for slot, most in enumerate(SLOTS_MS):
        seen += 100 * sum(line.requests for line in lines if line.key.slot == slot)
        if seen >= wanted:
            return most
    return None
