"""Use cases of identity: one function, one transaction."""

from __future__ import annotations

import io
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext

import pyarrow as pa
import pyarrow.csv

from suksala import audit
from suksala.foundation import clock, database, keys

from . import changes, edges, linking, locking, modelling, reading, storage, telephones, undoing, viewing, weighing
from .changes import Review
from .domain import LinkResult, PersonRow, Registration
from .errors import NoSuchHuman, NoSuchPerson
from .reading import Prepared

SYSTEM = "system:identity"
FEW = 64  # rows that are weighed while their sender waits; a pair takes 40 µs, a registration meets about 15
WEIGHED_AT_ONCE = 2000  # others who link wait meanwhile: 1 to 2 s
LOCKED_PID = "identity.pid"
LOCKED_PHONE = "identity.phone"


def link(hospcode: str, rows: Iterable[PersonRow], *, gone: Collection[str] = (), actor: str = SYSTEM) -> LinkResult:
    """Take in the PERSON rows that count now for a facility, and make every human what its registrations say.

    rows  the row that won for each PID (the lake decides which); a row equal to what stands changes nothing
    gone  PIDs whose PERSON row was withdrawn: the registration stays, what it said about the person is forgotten

    Registrations with one trusted number become one human if the guard holds; others by weight, where a model was
    approved; if neither says enough, a reviewer is asked. The order of calls changes no human (only their numbers).
    At most FEW rows are weighed at once, under the locks of those they may meet; more wait for `weigh_waiting`, and
    nobody else links meanwhile. Locks last until the transaction ends, so keep it short.
    """
    unseen, news = _news(hospcode, rows)
    if not (unseen or news or gone):
        return LinkResult()
    few = len(news) + len(gone) <= FEW
    with database.kept_plans() if few else nullcontext(), _locks(hospcode, news, gone):
        created = storage.give_birth(hospcode, unseen, actor)
        storage.stage(hospcode, news)
        with _telephones():
            changed = storage.apply_staged(all_new=created == len(news))
        if few and created < len(news):  # of many when they are weighed: until then the old weights hold
            changes.withdraw_proposals(storage.staged_to_weigh())
        seeds = {*storage.staged_persons(), *_weigh(few=few)}
        effect = linking.settle(sorted(seeds), actor)
        if gone:
            storage.stage_gone(hospcode, list(gone))
            forgotten = storage.staged_to_weigh()
            changes.withdraw_proposals(forgotten)
            seeds = {*storage.staged_persons(), *forgotten, *edges.replace(forgotten, ())}
            with _telephones():
                changed += storage.apply_gone()
            effect = linking.Effect(*map(sum, zip(effect, linking.settle(sorted(seeds), actor), strict=True)))
    return LinkResult(created, changed, *effect)


def _news(hospcode: str, rows: Iterable[PersonRow]) -> tuple[list[str], list[Prepared]]:
    """Local numbers never seen, and the rows that differ, read. Before the lock: reading is most of the work."""
    by_pid = {row.pid: row for row in rows}
    standing, today = storage.contents(hospcode, list(by_pid)), clock.today()
    differing = []
    for pid, row in by_pid.items():
        digest = reading.content(row)
        if standing.get(pid) != digest:
            differing.append(reading.prepare(row, digest, today))
    return [pid for pid in by_pid if pid not in standing], differing


def _locks(hospcode: str, news: Sequence[Prepared], gone: Collection[str]) -> AbstractContextManager[None]:
    """Locks of all that these rows may meet; of everybody for many rows."""
    if len(news) + len(gone) > FEW:
        return locking.alone()
    blocks = {key for row in news for key in row.blocks}
    numbers = {row.numbered for row in news if row.numbered is not None}
    pids = [*(row.pid for row in news), *gone]
    own = {keys.keyed_int(LOCKED_PID, f"{hospcode} {pid}") for pid in pids}

    def humans() -> Collection[int]:
        return linking.reached(edges.meeting(hospcode, pids, blocks, numbers)).values()

    def phones_left() -> set[int]:
        return _phone_locks(telephones.given_by(hospcode, pids))

    phones = _phone_locks(row.phone for row in news if row.phone is not None)
    return locking.around(blocks | numbers | own | phones, humans, phones_left)


def _phone_locks(phones: Iterable[bytes]) -> set[int]:
    """Who bears a telephone is counted by one at a time: two who do not see each other would both be the last that one
    household may have.
    """
    return {keys.keyed_int(LOCKED_PHONE, phone.hex()) for phone in phones}


@contextmanager
def _telephones() -> Iterator[None]:
    """Where a telephone becomes one that many share, or is one no more, its other bearers wait to be weighed anew."""
    phones = storage.staged_phones()
    before = telephones.shared(phones)
    yield
    if changed := before ^ telephones.shared(phones):
        edges.wait(telephones.bearers(changed))


def _weigh(*, few: bool) -> set[int]:
    """Weigh the staged registrations if they are few, else let them wait. Returns whom to evaluate for it."""
    persons = storage.staged_to_weigh()
    if not few:
        edges.wait(persons, spoke=True)
        return set()
    return weighing.weigh(persons) | set(persons)


def weigh_waiting(*, limit: int = WEIGHED_AT_ONCE, actor: str = SYSTEM) -> LinkResult:
    """Weigh the registrations that came in bulk and wait, at most `limit` of them, the longest waiting first.

    `changed` tells how many. Where no model stands they wait on.
    """
    if not modelling.standing():
        return LinkResult()
    with locking.alone():
        persons = edges.waiting(limit)
        seeds = weighing.weigh(persons) | set(persons)
        changes.withdraw_proposals(edges.no_longer_waiting(persons))
        return LinkResult(0, len(persons), *linking.settle(sorted(seeds), actor))


def known_persons(hospcode: str, pids: Collection[str]) -> dict[str, int]:
    """The person of each of these local numbers that was seen before; nobody is born."""
    return storage.persons_of_pids(hospcode, sorted(set(pids)))


def persons(hospcode: str, pids: Iterable[str], *, actor: str = SYSTEM) -> dict[str, int]:
    """The person of each local number, given at first sight: a SERVICE row may come without its PERSON row."""
    wanted = sorted(set(pids))
    known = storage.persons_of_pids(hospcode, wanted)
    unseen = [pid for pid in wanted if pid not in known]
    if unseen:
        with database.transaction():  # who comes second to a local number waits for the first, then finds its person
            storage.give_birth(hospcode, unseen, actor)
        known |= storage.persons_of_pids(hospcode, unseen)
    return known


def person_of(hospcode: str, pid: str) -> int:
    """The person of one registration, made nowhere: raises NoSuchPerson when nobody was registered so."""
    found = storage.persons_of_pids(hospcode, [pid])
    if not found:
        raise NoSuchPerson
    return found[pid]


def human_of(person: int) -> int:
    """The human that a person is now. Raises NoSuchPerson."""
    try:
        return storage.humans([person])[person]
    except KeyError as error:
        raise NoSuchPerson from error


def humans_of(persons: Collection[int]) -> dict[int, int]:
    """The human of each person; persons that do not exist are left out."""
    return storage.humans(sorted(persons))


def persons_of(human: int) -> frozenset[int]:
    """All registrations that are this human now. Raises NoSuchHuman when there is none."""
    found = storage.persons_of_human(human)
    if not found:
        raise NoSuchHuman
    return frozenset(found)


def persons_like(person: int) -> frozenset[int]:
    """All registrations of the human that a person is, the person among them. Raises NoSuchPerson."""
    found = storage.persons_like(person)
    if not found:
        raise NoSuchPerson
    return frozenset(found)


def persons_of_number(number: str) -> frozenset[int]:
    """All registrations of the one human who bears this national number, wherever they are; none when nobody does, or
    when several humans claim it: then it does not say who somebody is.
    """
    humans = storage.humans_of_number(reading.number_key(number))
    return frozenset(storage.persons_of_human(humans[0])) if len(humans) == 1 else frozenset()


def registration(person: int) -> Registration:
    """What a page shows about one registration. Raises NoSuchPerson."""
    found = storage.select_registrations([person])
    if not found:
        raise NoSuchPerson
    return found[0]


def registrations(persons: Collection[int]) -> list[Registration]:
    """What a page shows about several registrations, ordered by facility and local number."""
    return sorted(storage.select_registrations(sorted(persons)), key=lambda r: (r.hospcode, r.pid))


def settled_event() -> int:
    """The newest event, when nobody links: none up to it is still to come.

    So what `memberships`, `humans_as_of` and `persons_as_of` tell of it is the same whenever it is asked, but for
    registrations of which nobody told more than the local number. Waits for whoever links; they go on at once.
    """
    with locking.alone():
        return viewing.last_event()


def memberships(event: int | None = None) -> pa.Table:
    """hospcode, pid, person, human, trusted of every registration, for joining with the lake.

    event    who is whom as it was after this event (`settled_event`); None: now
    trusted  the registration carries, now, a citizen number that may speak for one human
    """
    columns = {
        "hospcode": pa.string(),
        "pid": pa.string(),
        "person": pa.int64(),
        "human": pa.int64(),
        "trusted": pa.bool_(),
    }
    raw = storage.copy_memberships(event)
    if not raw:
        return pa.schema(list(columns.items())).empty_table()
    return pyarrow.csv.read_csv(
        io.BytesIO(raw),
        read_options=pyarrow.csv.ReadOptions(column_names=list(columns)),
        convert_options=pyarrow.csv.ConvertOptions(column_types=columns, strings_can_be_null=False),
    )


def relink(*, actor: str = SYSTEM) -> LinkResult:
    """Evaluate everybody anew. On sound data nothing changes; after new rules, or a restored table, humans follow."""
    with locking.alone():
        return LinkResult(0, 0, *linking.settle(storage.linkable_persons(), actor))


def undo(event_id: int, *, actor: str) -> int:
    """Take one identity event back exactly, and keep it so in later linking. Returns the number of the undoing event.

    Raises NoSuchEvent; NotUndoable for births and events undone before; LaterEvents when newer events built on it.
    """
    with locking.alone():
        undoing_event = undoing.take_back(event_id, actor)
        audit.record("identity.undo", actor=actor, detail={"event": event_id, "by": undoing_event})
    return undoing_event


def reviews(state: str = "open", *, limit: int = 200) -> Sequence[Review]:
    """Questions for reviewers: two persons with one number that do not look like one human, newest first."""
    return changes.select_reviews(state, limit)
