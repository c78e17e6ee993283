"""One state of everything a measure reads: the lake's files, who is whom, and what people did with their own record."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date

import pyarrow as pa

from suksala import audit, identity, lake
from suksala.foundation import clock

from . import silver
from .engine import DuckDbEngine
from .workbench import Workbench

OPENED, LOGIN, REGISTER = "read", "phr.login", "phr.register"
OWN_RECORD = "PATRQT"  # HL7 ActReason: a person, or the legal representative, asks for the own record
MEMORY = "2GB"  # of a whole province of a million people; DuckDB spills beyond it
SMALL = 200_000  # registrations; below it one thread counts in half the CPU time of two (measured at 30,000 people)
FACTS = pa.schema(
    [
        ("human", pa.int64()),
        ("person", pa.int64()),
        ("hospcode", pa.string()),
        ("kind", pa.string()),
        ("on_date", pa.date32()),
        ("demonstration", pa.int32()),
    ]
)
Fact = tuple[int, int, str | None, str, date, int]


@contextmanager
def opened(event: int | None = None) -> Iterator[tuple[Workbench, DuckDbEngine, str]]:
    """A workbench over the present state, its engine, and the name of the state; closed on leaving.

    event  who is whom as it was after this event of identity; None: now
    """
    files = [name.upper() for name in silver.LAKE_FILES]
    lake_id = lake.snapshot(files).id
    members = identity.memberships(event)
    facts = phr_facts(members)
    engine = DuckDbEngine(lake.connect(files))
    try:
        engine.connection.execute(f"SET memory_limit = '{MEMORY}'").fetchall()
        if members.num_rows < SMALL:
            engine.connection.execute("SET threads = 1").fetchall()
        bring(engine, members, facts)
        yield Workbench(engine), engine, name_of(lake_id, members, facts)
    finally:
        engine.close()


def bring(engine: DuckDbEngine, members: pa.Table, facts: pa.Table) -> None:
    """Hand the tables that do not lie in the lake to the engine."""
    engine.register("membership_given", members)
    engine.make(
        "membership",
        "SELECT hospcode, pid, person, human, CASE WHEN trusted THEN 1 ELSE 0 END AS numbered FROM membership_given",
    )
    engine.register("phr_fact", facts)


def name_of(lake_id: str, members: pa.Table, facts: pa.Table) -> str:
    """Equal names mean that a measure would read equal data: lake state, then digests of memberships and facts."""
    keys = [("hospcode", "ascending"), ("pid", "ascending")]
    order = [(name, "ascending") for name in FACTS.names]
    return f"{lake_id}-{_digest(members.sort_by(keys))}-{_digest(facts.sort_by(order))}"


def phr_facts(members: pa.Table) -> pa.Table:
    """Who opened, entered or registered for an own record, and on which day in Bangkok; one row per distinct event."""
    human = dict(zip(members["person"].to_pylist(), members["human"].to_pylist(), strict=True))
    found = sorted(_events(human), key=lambda e: tuple("" if part is None else part for part in e))
    columns = list(zip(*found, strict=True)) or [() for _ in FACTS.names]
    arrays = [pa.array(values, type=field.type) for values, field in zip(columns, FACTS, strict=True)]
    return pa.table(arrays, schema=FACTS)


def _events(human: dict[int, int]) -> Iterator[Fact]:
    openings = {
        (human[fact.person], fact.person, None, "open", fact.at.astimezone(clock.BANGKOK).date(), 0)
        for fact in audit.facts(OPENED)
        if fact.purpose == OWN_RECORD and fact.person in human
    }
    yield from openings
    for kind, name in ((LOGIN, "login"), (REGISTER, "register")):
        for fact in audit.facts(kind):
            if fact.person in human:
                shown = int(fact.detail.get("demonstration") is True)
                day = fact.at.astimezone(clock.BANGKOK).date()
                yield human[fact.person], fact.person, fact.facility, name, day, shown


def _digest(table: pa.Table) -> str:
    digest = hashlib.blake2b(digest_size=6)
    sink = pa.BufferOutputStream()
    with pa.ipc.new_stream(sink, table.schema) as writer:
        writer.write_table(table.combine_chunks())
    digest.update(sink.getvalue())
    return digest.hexdigest()
