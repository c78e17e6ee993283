"""What row-level security behind the permit's predicate would cost: CPU of the backend and of the client together.

Every way is tried in turn in each round, as the role that owns nothing, and the best of the rounds is told. Runs on a
throw-away cluster, on made-up rows: `python -m benchmarks row_security`. Decision 0197 goes by its figures.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

import psycopg
from psycopg.conninfo import make_conninfo

from benchmarks import exchange
from benchmarks.exchange import HOSPITAL, tell

Row = tuple[Any, ...]
Line = psycopg.Connection[Row]
Work = Callable[[Row], object]
Question = Callable[[str], tuple[str, list[tuple[str, str]]]]

READ = """
SELECT r.person, r.vid, r.upd, r.body, r.deleted FROM locator l
JOIN resource r ON r.person = l.person AND r.rtype = l.rtype AND r.rid = l.rid
WHERE l.rtype = %s AND l.rid = %s AND NOT r.deleted AND r.org = %s::bigint
"""
TOLD = "SELECT set_config('suksala.orgs', %s, {local})"
# Local to the statement's own transaction: whoever forgets to tell finds nothing, never what the former reader may.
TOLD_WITHIN = READ.replace("WHERE", "WHERE (SELECT set_config('suksala.orgs', %s, true)) IS NOT NULL AND")
WALL = "org = ANY((SELECT nullif(current_setting('suksala.orgs', true), '')::bigint[])::bigint[])"
WALLED = (
    "ALTER TABLE resource ENABLE ROW LEVEL SECURITY",
    f"CREATE POLICY wall ON resource TO suksala_web USING ({WALL})",
)
OPEN = ("DROP POLICY IF EXISTS wall ON resource", "ALTER TABLE resource DISABLE ROW LEVEL SECURITY")
# What a superuser may say of the operators by which indexes find tokens; no dump takes it along.
LEAKPROOF = tuple(
    f"ALTER FUNCTION pg_catalog.{name} LEAKPROOF"
    for name in ("arrayoverlap(anyarray, anyarray)", "arraycontains(anyarray, anyarray)")
)
LEAKING = tuple(one.replace("LEAKPROOF", "NOT LEAKPROOF") for one in LEAKPROOF)
# A coarser wall: searches see rows by all their indexes, and take bodies through a view that the reader is told to.
BODIES = (
    "CREATE OR REPLACE VIEW resource_body WITH (security_barrier) AS "
    f"SELECT person, id, rtype, rid, org, enc, body FROM resource WHERE {WALL}",
    "GRANT SELECT ON resource_body TO suksala_web",
)
ROUNDS = int(os.environ.get("SUKSALA_BENCH_ROUNDS", "5"))
READS = int(os.environ.get("SUKSALA_BENCH_READS", "4000"))
SEARCHES = max(1, READS // 200)


def main() -> None:
    """Print one line per way of telling PostgreSQL who reads, per search, and per kind of permit."""
    with exchange.cluster():
        import django

        django.setup()
        from django.core.management import call_command

        from suksala.operations import least_rights
        from suksala.operations.cluster import ROLE, WEB_ROLE

        call_command("migrate", verbosity=0)
        persons = exchange.make_persons()
        exchange.imports(persons)
        exchange.patients(persons, sorted(persons))
        least_rights.grant(WEB_ROLE)
        with as_role("postgres") as superuser, as_role(ROLE) as owner, as_role(WEB_ROLE) as web:
            superuser.execute("ANALYZE")
            tell_ways(superuser, owner, web)
            tell_searches(superuser, persons)
            tell_exact(superuser, web)


@contextmanager
def as_role(role: str) -> Iterator[Line]:
    """A connection of a role to the database of this run."""
    with psycopg.connect(make_conninfo(os.environ["DATABASE_URL"], user=role), autocommit=True) as connection:
        yield connection


def run(connection: Line, statements: Sequence[str]) -> None:
    """Each of some statements."""
    for statement in statements:
        connection.execute(statement.encode())


# ---- a read by id ---------------------------------------------------------------------------------------------------


def tell_ways(superuser: Line, owner: Line, web: Line) -> None:
    """What each way of telling adds to a bare read by id; the policy is not the owner's."""
    keys = superuser.execute("SELECT rtype, rid, org FROM resource WHERE person <> 0 LIMIT 2000").fetchall()
    run(superuser, OPEN + WALLED)
    with as_role(str(web.info.user)) as standing, as_role(str(web.info.user)) as text:
        standing.execute(TOLD.format(local="false").encode(), [orgs(keys[0])])
        text.execute(("PREPARE reading (smallint, text, bigint) AS " + READ % ("$1", "$2", "$3")).encode())
        ways: dict[str, tuple[Line, Work]] = {
            "read by id, no policy": (owner, partial(read, owner)),
            "a policy, and a setting that stands": (standing, partial(read, standing)),
            "set for the session, then read": (web, partial(set_and_read, web)),
            "SET LOCAL in a transaction": (web, partial(set_local_and_read, web)),
            "SET LOCAL and read in one pipeline": (web, partial(pipelined, web)),
            "both in one message as text": (text, partial(one_message, psycopg.ClientCursor(text))),
            "both in one message, a prepared read": (text, partial(one_message_prepared, psycopg.ClientCursor(text))),
            "told within the statement, for it alone": (web, partial(read_told, web)),
        }
        found = best(ways, keys)
    bare = sum(found[0])
    for name, cost in zip(ways, found, strict=True):
        tell(name, f"{sum(cost) - bare:+.0f} µs", "", f"PostgreSQL {cost[0]:.0f} + client {cost[1]:.0f} µs")


def orgs(row: Row) -> str:
    """The facility of a row, as the setting holds it."""
    return f"{{{row[2]}}}"


def read(line: Line, row: Row) -> list[Row]:
    """One read by id."""
    with psycopg.Cursor(line) as cursor:
        return cursor.execute(READ, row, prepare=True, binary=True).fetchall()


def read_told(line: Line, row: Row) -> list[Row]:
    """The statement itself tells."""
    with psycopg.Cursor(line) as cursor:
        return cursor.execute(TOLD_WITHIN, [orgs(row), *row], prepare=True, binary=True).fetchall()


def set_and_read(line: Line, row: Row) -> list[Row]:
    """Told for the session, then one read."""
    with psycopg.Cursor(line) as cursor:
        cursor.execute(TOLD.format(local="false"), [orgs(row)], prepare=True)
    return read(line, row)


def set_local_and_read(line: Line, row: Row) -> list[Row]:
    """Told for the transaction of one read."""
    with line.transaction(), psycopg.Cursor(line) as cursor:
        cursor.execute(TOLD.format(local="true"), [orgs(row)], prepare=True)
        return read(line, row)


def pipelined(line: Line, row: Row) -> list[Row]:
    """Both sent together: what stands before one sync is one transaction."""
    with line.pipeline(), psycopg.Cursor(line) as cursor, psycopg.Cursor(line) as reading:
        cursor.execute(TOLD.format(local="true"), [orgs(row)], prepare=True)
        reading.execute(READ, row, prepare=True, binary=True)
        return reading.fetchall()


def one_message(cursor: psycopg.ClientCursor[Row], row: Row) -> list[Row]:
    """A simple query of two statements is one transaction; its values stand in the text, so it is planned anew."""
    cursor.execute(f"{TOLD.format(local='true')}; {READ}", [orgs(row), *row])
    cursor.nextset()
    return cursor.fetchall()


def one_message_prepared(cursor: psycopg.ClientCursor[Row], row: Row) -> list[Row]:
    """The same; the read was prepared by name. What it gives is text."""
    cursor.execute(f"{TOLD.format(local='true')}; EXECUTE reading (%s, %s, %s)", [orgs(row), *row])
    cursor.nextset()
    return cursor.fetchall()


# ---- searches -------------------------------------------------------------------------------------------------------


def tell_searches(superuser: Line, persons: dict[str, int]) -> None:
    """The product's own searches, as the role that owns nothing, in rounds that take turns:

    policy     row-level security; what is not leakproof follows no index
    leakproof  the same, the operators of tokens declared not to leak
    bodies     no policy; the last join of a search fetches bodies through a view that tells them apart
    """
    from suksala.foundation import database

    pids = random.sample(sorted(persons), min(SEARCHES, len(persons)))
    become("suksala_web")
    database.rows(TOLD.format(local="false"), [orgs((0, "", one_org(superuser)))])
    states = {
        "no policy": OPEN, "policy": OPEN + WALLED, "leakproof": OPEN + WALLED + LEAKPROOF, "bodies": OPEN + BODIES,
    }  # fmt: skip
    for name, question in questions().items():
        costs = {state: (float("inf"), 0) for state in states}
        for _ in range(ROUNDS):
            for state, statements in states.items():
                run(superuser, LEAKING + statements)
                with bodies_behind_a_view() if state == "bodies" else nullcontext():
                    costs[state] = min(costs[state], search_cost(question, pids))
        bare = costs["no policy"][0]
        assert len({found for _, found in costs.values()}) == 1, f"{name}: another number of rows under the policy"
        told = "; ".join(f"{state} {costs[state][0] / bare:.2f} times" for state in ("policy", "leakproof", "bodies"))
        found = costs["no policy"][1] / SEARCHES
        tell(f"search: {name}", f"{bare:.0f} µs", "bar 1.10 times", f"{told}; {found:.1f} rows")
    run(superuser, LEAKING + OPEN)
    become("suksala")


@contextmanager
def bodies_behind_a_view() -> Iterator[None]:
    """The last join of a search, which fetches what is sent, goes through the view."""
    from suksala.foundation import database

    rows = database.rows

    def through(sql: str, *values: Any, **how: Any) -> list[Row]:
        return rows(sql.replace("JOIN resource b ON", "JOIN resource_body b ON"), *values, **how)

    with mock.patch.object(database, "rows", through):
        yield


def become(role: str) -> None:
    """This process asks as another role from now on."""
    from django.db import connections

    connections["default"].close()
    connections["default"].settings_dict["USER"] = role


def search_cost(question: Question, pids: Sequence[str]) -> tuple[float, int]:
    """CPU µs of one search, and what they found together."""
    from suksala import exchange as record
    from suksala.foundation import database

    process, permit = database.connection().info.backend_pid, exchange.system_permit()
    asked = [question(pids[n % len(pids)]) for n in range(SEARCHES)]
    record.search(permit, *asked[0])
    began = cpu(process)
    found = sum(record.search(permit, *one).count(b'"fullUrl"') for one in asked)
    return (cpu(process) - began) / SEARCHES * 1e6, found


def questions() -> dict[str, Question]:
    """Searches of each kind, for a number of a patient."""
    from suksala.exchange.mapping.base import patient_id

    def of_patient(pid: str) -> tuple[str, str]:
        return ("patient", patient_id(HOSPITAL, pid))

    return {
        "patient and code": lambda pid: ("Observation", [of_patient(pid), ("code", "http://loinc.org|4548-4")]),
        "code, no system (tokens)": lambda _: ("Observation", [("code", "4548-4"), ("_count", "20")]),
        "code in a month": lambda _: ("Observation", [("code", "4548-4"), ("date", "2025-03")]),
        "a day of visits": lambda _: ("Encounter", [("date", "2025-03-03")]),
        "identifier (tokens)": lambda pid: ("Patient", [("identifier", pid)]),
        "chain to a patient's number": lambda pid: ("Observation", [("patient.identifier", pid), ("code", "4548-4")]),
        "_has a result, of one": lambda pid: (
            "Patient", [("_id", patient_id(HOSPITAL, pid)), ("_has:Observation:patient:code", "4548-4")]
        ),
        "beginning of a name": lambda _: ("Patient", [("name", "มา"), ("_count", "20")]),
        "part of a name": lambda _: ("Patient", [("name:contains", "าล"), ("_count", "20")]),
        "a result above a number": lambda _: ("Observation", [("code", "4548-4"), ("value-quantity", "gt11.9")]),
        "a day's visits with their results": lambda _: (
            "Encounter", [("date", "2025-03-03"), ("_revinclude", "Observation:encounter"), ("_count", "20")]
        ),
    }  # fmt: skip


# ---- the whole permit -----------------------------------------------------------------------------------------------

# A union of scopes as rows in a setting, and the same question as `predicate` puts, asked of each row by a function.
EXACT = """
CREATE OR REPLACE FUNCTION suksala_opens(person bigint, org bigint, rtype smallint, label smallint, date timestamptz,
    code bigint, toks bigint[]) RETURNS boolean LANGUAGE sql STABLE AS $$
SELECT EXISTS (SELECT FROM jsonb_to_recordset(current_setting('suksala.permit')::jsonb)
    AS s (persons bigint[], orgs bigint[], types smallint[], since timestamptz, before timestamptz, bearing bigint[],
          closed smallint)
WHERE (s.persons IS NULL OR $1 = ANY(s.persons)) AND (s.orgs IS NULL OR $2 = ANY(s.orgs))
    AND (s.types IS NULL OR $3 = ANY(s.types)) AND (s.since IS NULL OR $5 >= s.since)
    AND (s.before IS NULL OR $5 < s.before)
    AND (s.bearing IS NULL OR $6 = ANY(s.bearing) OR $7 && s.bearing) AND (s.closed IS NULL OR $4 & s.closed = 0)) $$
"""
CALLED = "suksala_opens(person, org, rtype, label, date, code, toks)"
LABELS_CLOSED = 31
EACH = "SELECT count(body) FROM (SELECT * FROM resource ORDER BY person, id LIMIT %s) r WHERE {test}"


def tell_exact(superuser: Line, web: Line) -> None:
    """What it costs per row to weigh a permit of one, two and five scopes in PostgreSQL."""
    superuser.execute(EXACT)
    org, rows = one_org(superuser), 2000
    for scopes in (1, 2, 5):
        last = f'{{"orgs": [{org}], "closed": {LABELS_CLOSED}}}'
        others = [f'{{"persons": [{-n}], "types": [1, 2]}}' for n in range(1, scopes)]
        web.execute("SELECT set_config('suksala.permit', %s, false)", [f"[{', '.join([*others, last])}]"])
        plain, exact = weighing(web, f"org = {org} AND label & {LABELS_CLOSED} = 0", rows), weighing(web, CALLED, rows)
        without, weighed = best({"plain": (web, plain), "exact": (web, exact)}, [()], times=10)
        added = (sum(weighed) - sum(without)) / rows
        tell(f"a permit of {scopes} scopes weighed by a function", f"{added:+.1f} µs a row", "")


def weighing(line: Line, test: str, rows: int) -> Work:
    """A statement that puts so many rows to a test."""
    return lambda _: line.execute(EACH.format(test=test).encode(), [rows]).fetchall()


def one_org(superuser: Line) -> int:
    """The number of the facility of these rows."""
    [(org,)] = superuser.execute("SELECT org FROM resource WHERE org IS NOT NULL LIMIT 1").fetchall()
    return int(org)


# ---- CPU ------------------------------------------------------------------------------------------------------------


def best(ways: dict[str, tuple[Line, Work]], keys: Sequence[Row], times: int = READS) -> list[tuple[float, float]]:
    """CPU µs of each way in PostgreSQL and in this process, of the round in which both together were least."""
    for _, work in ways.values():
        assert all(work(key) for key in keys[:200]), "each read finds its row"
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, (line, work) in ways.items():
            server, python = backend(line.info.backend_pid), time.process_time()
            for number in range(times):
                work(keys[number % len(keys)])
            cost = backend(line.info.backend_pid) - server, time.process_time() - python
            found[name].append((cost[0] / times * 1e6, cost[1] / times * 1e6))
    return [min(rounds, key=sum) for rounds in found.values()]


def cpu(process: int) -> float:
    """CPU seconds of a PostgreSQL process and of this one."""
    return backend(process) + time.process_time()


def backend(process: int) -> float:
    """CPU seconds of a process, counted in nanoseconds."""
    return int(Path(f"/proc/{process}/schedstat").read_text().split()[0]) / 1e9


if __name__ == "__main__":
    main()
