"""SQL of the operator's search parameters: which are answered, and that every writer goes by the same ones.

A change holds a lock that every writing transaction shares. So a resource is written either before a change, and then
the reindex that begins with it finds the resource, or after it, and then it is indexed by it: nothing falls between.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import NamedTuple

from suksala.foundation import SuksalaError, database, log

from . import defining, exact, own_parameters
from .domain import NAME, NUMBER, PUBLIC_PERSON
from .own_parameters import FIRST_NUMBER, Own
from .parameters import NUMBER_OF

LOCK = 0x53554B_50  # shared by whoever writes resources, alone for whoever changes parameters
LOOK_SECONDS = 5.0  # a process asks once in so long whether parameters changed
_log = log.get("exchange")
_loading = threading.Lock()
_looked = 0.0

_IN_FORCE = """
SELECT s.number, r.body FROM search_parameter s
JOIN locator l ON l.rtype = %s AND l.rid = s.rid
JOIN resource r ON r.person = l.person AND r.rtype = l.rtype AND r.rid = l.rid
WHERE s.active AND NOT r.deleted AND r.person = %s ORDER BY s.rid
"""


def hold() -> int:
    """Within a transaction that writes: no parameter changes until it ends. Returns the generation, which this process
    goes by from now on.
    """
    [(generation,)] = database.rows("SELECT hold_search_parameters(%s)", [LOCK])
    return _follow(generation or 0)


def hold_alone() -> None:
    """Within a transaction that changes parameters: whoever writes has ended, and others wait."""
    database.rows("SELECT pg_advisory_xact_lock(%s)", [LOCK])


def look(*, now: bool = False) -> bool:
    """Go by what other processes changed; looked at every few seconds, or now. True when something changed."""
    global _looked  # noqa: PLW0603 - one answer for a process
    if not now and time.monotonic() - _looked < LOOK_SECONDS:
        return False
    _looked = time.monotonic()
    before = own_parameters.generation()
    return _follow(_generation()) != before


def _follow(generation: int) -> int:
    if generation != own_parameters.generation():
        with _loading:  # one at a time and asked again, so that an older answer never follows a newer one
            generation = _generation()
            own_parameters.install(generation, _in_force())
    return generation


def _generation() -> int:
    found = database.rows("SELECT generation FROM reindex")
    return int(found[0][0]) if found else 0


def _in_force() -> list[Own]:
    found = []
    for number, body in database.rows(_IN_FORCE, [NUMBER[defining.TYPE], PUBLIC_PERSON]):
        try:
            found.append(defining.read(exact.loads(bytes(body)))._replace(number=number))
        except SuksalaError as problem:  # a release that reads more strictly: the others go on
            _log.error("search-parameter.cannot-be-read", number=number, code=problem.code)
    return found


def standing(rids: Sequence[str]) -> set[str]:
    """Which of these SearchParameters are answered."""
    sql = "SELECT rid FROM search_parameter WHERE active AND rid = ANY(%s::text[])"
    return {rid for (rid,) in database.rows(sql, [list(rids)])}


def others(rid: str, own: Own) -> list[tuple[str, str]]:
    """Url and code of what is answered under another id and would be confused with this one."""
    sql = (
        "SELECT url, code FROM search_parameter WHERE active AND rid <> %s "
        "AND (url = %s OR code = %s AND rtypes && %s::smallint[])"
    )
    return [(url, code) for url, code in database.rows(sql, [rid, own.url, own.code, _types(own)])]


_SAVE = """
INSERT INTO search_parameter (rid, url, code, number, rtypes, active) VALUES (%(rid)s, %(url)s, %(code)s,
    coalesce(%(known)s::int, (SELECT min(number) FROM search_parameter WHERE code = %(code)s),
             (SELECT greatest(max(number) + 1, %(first)s) FROM search_parameter)), %(rtypes)s, true)
ON CONFLICT (rid) DO UPDATE SET url = excluded.url, code = excluded.code, number = excluded.number,
    rtypes = excluded.rtypes, active = true
"""


def save(rid: str, own: Own) -> set[int]:
    """Answer a parameter. A name keeps its number for ever, so that rows of a former one are never taken for another's.
    Returns the types whose resources are found by something else now.
    """
    before = _types_of(rid)
    values = {"rid": rid, "url": own.url, "code": own.code, "rtypes": _types(own)}
    database.execute(_SAVE, {**values, "known": NUMBER_OF.get(own.code), "first": FIRST_NUMBER})
    return before | set(_types(own))


def retire(rid: str) -> set[int]:
    """Answer it no more. Returns the types that it was of; none where it was not answered."""
    before = _types_of(rid)
    database.execute("UPDATE search_parameter SET active = false WHERE rid = %s", [rid])
    return before


def _types(own: Own) -> list[int]:
    return sorted(NUMBER[rtype] for rtype in own.by_type)


def _types_of(rid: str) -> set[int]:
    found = database.rows("SELECT rtypes FROM search_parameter WHERE rid = %s AND active", [rid])
    return {number for (numbers,) in found for number in numbers}


class Listed(NamedTuple):
    """One parameter that is or was answered."""

    rid: str
    url: str
    code: str
    types: tuple[str, ...]
    active: bool


def listed() -> list[Listed]:
    """Every parameter of the operator's, those in force first."""
    sql = "SELECT rid, url, code, rtypes, active FROM search_parameter ORDER BY NOT active, code, rid"
    return [
        Listed(rid, url, code, tuple(NAME[n] for n in rtypes), active)
        for rid, url, code, rtypes, active in database.rows(sql)
    ]
