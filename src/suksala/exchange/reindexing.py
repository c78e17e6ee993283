"""Search columns made anew from the stored bodies, in the background, after what is searched has changed: with a new
release, or with a search parameter of the operator's.

A step is one transaction: some resources in the order of their keys, and the place reached. So a reindex that is killed
goes on where it was, and a resource written meanwhile is either behind the place or made anew once more. Versions,
moments and bodies stay as they are. Until it is ready every search says that its answer may lack something.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Sequence
from typing import NamedTuple

from suksala.foundation import database, jobs

from . import copying as pack
from . import exact, labelled, labelling, own_parameters, parameter_storage, storage
from .domain import NAME, NUMBER, Draft
from .storage import Encoded, Item

REINDEX = "exchange.reindex"
# Raised when more is read from a body: 2 since every parameter of every type is searched (decision 0069), 3 since units
# are found as people read them (decision 0072), 4 since narratives are (decision 0076), 5 since rows bear sensitive
# classes (decision 0093), 6 since rows of every type tell the visit whose classes they bear.
LAYOUT = 6
STEP = 1000
LOOK_SECONDS = 5.0  # a search asks once in so long whether the index is ready
_BEGINNING = (-(2**63), -(2**63))  # of the order of keys
_OWN = frozenset({"resourceType", "id", "meta"})
_STAMPED = frozenset({"versionId", "lastUpdated", "source"})

_NEXT = """
FROM resource WHERE (person, id) > (%(person)s, %(id)s)
  AND (%(rtypes)s::smallint[] IS NULL OR rtype = ANY(%(rtypes)s::smallint[]))
ORDER BY person, id LIMIT %(most)s
"""
_WHOSE = f"SELECT DISTINCT person FROM (SELECT person {_NEXT}) AS k"
_SOME = f"SELECT person, id, rtype, rid, org, body, deleted {_NEXT} FOR UPDATE"
_UPDATE = """
UPDATE resource r SET
    code = s.code, date = s.date, date_hi = s.date_hi, enc = s.enc, status = s.status, str = s.str, toks = s.toks,
    num = s.num, unit = s.unit, label = r.label & 31 | s.label
FROM resource_stage s WHERE r.person = s.person AND r.rtype = s.rtype AND r.rid = s.rid
"""


class State(NamedTuple):
    """How far it is: resources made anew, and whether every one of them was."""

    done: int
    ready: bool


class _Row(NamedTuple):
    person: int
    id: int
    item: Item
    encoded: Encoded


def keep() -> None:
    """Called at each start: go on with a reindex that is not ready, begin one when the layout is newer."""
    with database.transaction():
        changed = database.execute(
            "UPDATE reindex SET labelled = least(labelled, layout), layout = %s, ready = false, "
            "after_person = %s, after_id = %s, done = 0, rtypes = NULL "
            "WHERE layout < %s",
            [LAYOUT, *_BEGINNING, LAYOUT],
        )
        labelled.forget()
        if changed or not state().ready:
            jobs.enqueue(REINDEX, lock=REINDEX, once=True)


# Only a walk over every type tells that all rows bear their labels: one for a search parameter reads some of them.
_READY = "UPDATE reindex SET ready = true, labelled = CASE WHEN rtypes IS NULL THEN layout ELSE labelled END"
_AGAIN = """
UPDATE reindex SET generation = nextval('search_generation'), ready = false, after_person = %s, after_id = %s, done = 0,
    rtypes = CASE WHEN ready THEN %s::smallint[]
                  WHEN rtypes IS NOT NULL THEN array(SELECT DISTINCT unnest(rtypes || %s::smallint[])) END
"""


def parameters_changed(rtypes: Collection[int]) -> None:
    """Within the transaction that changes the search parameters of these types: a new generation of them, and a walk
    from the beginning over resources of these types and of those that a walk under way had still to do.
    """
    numbers = sorted(rtypes)
    database.execute(_AGAIN, [*_BEGINNING, numbers, numbers])
    jobs.enqueue(REINDEX, lock=REINDEX, once=True)


def state() -> State:
    """How far it is."""
    found = database.rows("SELECT done, ready FROM reindex")
    return State(*found[0]) if found else State(0, True)


class _Looked(NamedTuple):
    """What was seen at a moment: the types that are being made anew (None: all)."""

    moment: float = 0.0
    generation: int = 0
    waiting: frozenset[int] | None = frozenset()


_looked = _Looked()


def _waiting() -> frozenset[int] | None:
    for ready, rtypes in database.rows("SELECT ready, rtypes FROM reindex"):
        return frozenset() if ready else None if rtypes is None else frozenset(rtypes)
    return frozenset()


def is_ready(rtypes: Collection[str]) -> bool:
    """Whether every resource of these types is found by everything it can be found by; looked at every few seconds, and
    when there are other search parameters.
    """
    global _looked  # noqa: PLW0603 - one answer for a process
    generation, now = own_parameters.generation(), time.monotonic()
    if not _looked.moment or _looked.generation != generation or now - _looked.moment > LOOK_SECONDS:
        _looked = _Looked(now, generation, _waiting())
    waiting = _looked.waiting
    return waiting is not None and waiting.isdisjoint(NUMBER[name] for name in rtypes)


def run() -> None:
    """Go on until it is ready."""
    while step():
        pass


def step(most: int = STEP) -> bool:
    """Make some resources anew. False when none was left."""
    with database.transaction():
        parameter_storage.hold()  # before the row: who changes parameters takes the two in this order
        place = database.rows("SELECT after_person, after_id, rtypes FROM reindex WHERE NOT ready FOR UPDATE")
        if not place:
            return False
        asked = dict(zip(("person", "id", "rtypes"), place[0], strict=True))
        asked["most"] = most
        labelling.hold([person for (person,) in database.rows(_WHOSE, asked)])
        found = database.rows(_SOME, asked)
        if not found:
            database.execute(_READY)
            labelled.forget()
            return False
        rows = [_row(*one) for *one, deleted in found if not deleted]
        if rows:
            _write(rows)
        labelling.mark_former([(person, rtype, rid) for person, _, rtype, rid, *_ in found])
        labelling.settle({row.person for row in rows})
        database.execute(
            "UPDATE reindex SET after_person = %s, after_id = %s, done = done + %s", [*found[-1][:2], len(rows)]
        )
        return True


def _row(person: int, number: int, rtype: int, rid: str, org: int | None, raw: bytes) -> _Row:
    body = exact.loads(bytes(raw), deepest=2 * exact.MOST_DEPTH)
    meta = {name: value for name, value in body.get("meta", {}).items() if name not in _STAMPED}
    content = {name: value for name, value in body.items() if name not in _OWN}
    item = Item(person, Draft(NAME[rtype], rid, content), str(body.get("meta", {}).get("source", "")), meta or None)
    return _Row(person, number, item, storage.encoded(item, pack.int8(org), ""))


def _write(rows: Sequence[_Row]) -> None:
    with database.cursor() as cur:
        storage.stage(cur, [row.encoded for row in rows])
        cur.execute(_UPDATE, prepare=True)
        storage.unstage(cur)
        storage.replace_parts(cur, [(row.id, row.item, row.encoded) for row in rows])
