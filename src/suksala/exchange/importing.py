"""Rows of a file into resources: what import and rebuild share."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from typing import TypeVar

from suksala import registry
from suksala.foundation import clock, database, memory

from . import patients, storage
from .domain import NUMBER, ImportResult
from .mapping import MAPPINGS, PATIENT_FILES, FileMapping
from .rows import PLACE, LakeRow, Rows, batches
from .storage import Batch, Item

Persons = Mapping[str, int]
In = TypeVar("In")
Out = TypeVar("Out")


@cache
def columns_of(file: str) -> tuple[str, ...]:
    """The lake columns that the resources of a file are made of, with those that tell a row's place and faults; empty
    for a file without a mapping.
    """
    mapping = MAPPINGS.get(file)
    content = sorted({*(mapping.columns if mapping else ()), *patients.columns_of(file)})
    return (*content, *PLACE) if content else ()


@dataclass
class Import:
    """One import of one facility's rows of one file.

    sources  deposit number -> the beginning of meta.source
    exact    write again what only comes from another deposit now
    """

    hospcode: str
    file: str
    persons: Persons
    sources: Mapping[int, str]
    exact: bool = False
    seen: set[tuple[int, int, str]] = field(default_factory=set)

    def run(self, rows: Rows) -> ImportResult:
        """Map and write every row; each batch is a transaction of its own, so a stopped import is simply done again."""
        total = ImportResult()
        mapping = MAPPINGS.get(self.file)
        columns = columns_of(self.file)
        if not columns:
            return total
        listed = batches(rows, self.file, columns)
        with memory.collecting_paused():
            for rows_, batch in ahead(lambda found: (found, self._prepare(mapping, found)), listed):
                with database.transaction():
                    if self.file in PATIENT_FILES:
                        patients.add(self, rows_, batch)
                    total += batch.write()
        return total

    def _prepare(self, mapping: FileMapping | None, rows: list[LakeRow]) -> Batch:
        batch = Batch(registry.org_number(self.hospcode), clock.now(), self.exact)
        if mapping:
            for row in rows:
                self._draft(mapping, row, batch)
        if self.file not in PATIENT_FILES:
            batch.encode()
        return batch

    def _draft(self, mapping: FileMapping, row: LakeRow, batch: Batch) -> None:
        person = self.person(row)
        source = self.source(row)
        fields = {"hospcode": self.hospcode, **row.fields}
        given = set()
        for draft in mapping.resources(fields):
            batch.add(Item(person, draft, source))
            given.add((draft.rtype, draft.rid))
            self.seen.add((person, NUMBER[draft.rtype], draft.rid))
        if len(mapping.outputs) > len(given):
            rid = mapping.row_id(fields)
            for rtype, suffix in mapping.outputs:
                if (rtype, rid + suffix) not in given:
                    batch.forbid(person, NUMBER[rtype], rid + suffix)

    def person(self, row: LakeRow) -> int:
        """The identity person of a row's PID. Raises LookupError: identity must be asked before the exchange."""
        found = self.persons.get(row.fields.get("pid", ""))
        if found is None:
            raise LookupError(f"{self.file} line {row.line}: its PID has no person yet")
        return found

    def source(self, row: LakeRow) -> str:
        """The `meta.source` of what a row gives."""
        return f"{self.sources[row.deposit]}#{self.file}/{row.line}"

    def sweep(self) -> ImportResult:
        """Delete what no row of this file gives any more; only after a run over all rows of the file."""
        mapping = MAPPINGS.get(self.file)
        org = registry.org_number(self.hospcode)
        batch = Batch(org, clock.now())
        if mapping:
            rtypes = sorted({rtype for rtype, _ in mapping.outputs})
            for person, rtype, rid in storage.ids_of_file(org, rtypes, mapping.letters):
                if (person, rtype, rid) not in self.seen:
                    batch.forbid(person, rtype, rid)
        with database.transaction():
            if self.file in PATIENT_FILES:
                patients.sweep(self, batch)
            return batch.write()


def ahead(work: Callable[[In], Out], given: Iterator[In]) -> Iterator[Out]:
    """`work` on everything given, in order, one step ahead in another thread: Python maps while PostgreSQL writes."""
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="mapping") as pool:
        waiting = None
        for item in given:
            following = pool.submit(work, item)
            if waiting is not None:
                yield waiting.result()
            waiting = following
        if waiting is not None:
            yield waiting.result()
