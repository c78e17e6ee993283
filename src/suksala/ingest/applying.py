"""The second phase: a kept zip becomes rows of the lake, persons and resources. Every step can be done again.

Order: corrections first (they act on all files), then each file to the lake, then who the rows are about, then the
shared record. A process killed anywhere leaves a state from which the same steps give the same end.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property
from pathlib import Path

from suksala import exchange, identity, lake, registry
from suksala.foundation import SuksalaError, clock, progress
from suksala.standards.file43 import FILES, FileRefused, FileSpec, file_named, read_layout

from . import domain, providers, storage
from .compiler import Judge
from .containers import Entry, EntryReader, entries
from .errors import DepositRefused, FileSetAside, ZipRefused
from .limits import LIMITS
from .registrations import person_rows
from .rules import Rule
from .staging import Place, Staging, stage

CORRECTIONS = "DATA_CORRECT"
PEEK = 1 << 16  # bytes read of a file to find who sends
# What a Patient is made of before PERSON, which makes one: so that it is written once. Then visits before what hangs
# on them: references point backwards.
FIRST = (CORRECTIONS, "HOME", "ADDRESS", "DEATH", "PERSON", "CARD", "SERVICE", "ADMISSION")


@dataclass
class Applying:
    """One deposit on its way into the lake and the record.

    merged     what the lake did, by file
    """

    deposit: domain.Deposit
    hospcode: str
    place: Place
    told: progress.Progress
    files: list[domain.FileReceipt] = field(default_factory=list)

    @property
    def today(self) -> date:
        """The day of receipt: a redo on another day must not judge otherwise."""
        return self.deposit.received_at.astimezone(clock.BANGKOK).date()

    @property
    def zip_path(self) -> Path:
        """The kept zip."""
        return storage.zip_path(self.deposit.sha256)

    def take_in(self, found: Sequence[tuple[Entry, FileSpec | None]]) -> None:
        """Stage and merge every file; what cannot be read is set aside and the others go on."""
        self.told.start(f"{self.hospcode} lake", len(found))
        for entry, spec in sorted(found, key=_first_things_first):
            self.files.append(self._take_in_one(entry, spec))
            self.told.advance()
        self._withdraw_elsewhere()
        self.told.finish()

    def _take_in_one(self, entry: Entry, spec: FileSpec | None) -> domain.FileReceipt:
        if spec is None:
            told = FileSetAside("011")
            return domain.FileReceipt("", entry.name, "ignored", told.code, told.th, told.en)
        try:
            staging = stage(
                lake.session(small=entry.size < lake.SMALL), self.zip_path, entry, spec,
                judge=Judge(self.hospcode, self.today), place=self.place, limits=LIMITS,
            )  # fmt: skip
        except (FileRefused, FileSetAside, ZipRefused) as problem:
            return domain.FileReceipt(spec.name, entry.name, "set-aside", problem.code, problem.th, problem.en)
        return self._merge(entry, spec, staging)

    def _merge(self, entry: Entry, spec: FileSpec, staging: Staging) -> domain.FileReceipt:
        receipt = _receipt(entry, spec, staging)
        if staging.path is None or not staging.accepted:
            return receipt
        merge = lake.merge(
            spec.name,
            self.hospcode,
            staging.path,
            self.deposit.id,
            self.deposit.exported_at,
            first_line=staging.first_line,
            corrections=() if spec.name == CORRECTIONS else self.corrections,
        )
        receipt = replace(
            receipt, won=merge.changed, unchanged=merge.unchanged, older=merge.older,
            duplicates=merge.duplicates, withdrawn=merge.withdrawn,
        )  # fmt: skip
        if merge.duplicates:
            extra = domain.Problem(Rule(spec.name, "*", "duplicate", "flag"), merge.duplicates)
            receipt = replace(receipt, problems=(*receipt.problems, extra))
        return receipt

    def _withdraw_elsewhere(self) -> None:
        """A correction may take back rows of files that this zip does not carry."""
        carried = {f.file for f in self.files if f.accepted}
        for file in sorted(self.corrected() - carried):
            lake.rewithdraw(file, self.hospcode)

    @cached_property
    def corrections(self) -> list[lake.Withdrawal]:
        """The facility's corrections; read after this deposit's own are in the lake."""
        return lake.corrections_of(self.hospcode)

    def corrected(self) -> set[str]:
        """Files from which this deposit's DATA_CORRECT takes rows back."""
        if not any(f.file == CORRECTIONS and f.accepted for f in self.files):
            return set()
        return {w.file for w in self.corrections}

    def count_orphans(self) -> None:
        """Rows whose PID has no PERSON row of this facility: a warning, the visit is kept (rule orphan)."""
        told = {f.file: n for n, f in enumerate(self.files) if f.accepted and f.file != "PERSON" and _has_pid(f.file)}
        staged = {
            file: lake.Staged(
                storage.staged_path(self.deposit.id, file), self.deposit.id, None, self.files[n].first_line
            )
            for file, n in told.items()
        }
        for file, (count, first) in lake.orphans(self.hospcode, staged).items():
            samples = tuple(domain.Sample(line, pid) for line, pid in first)
            problem = domain.Problem(Rule(file, "PID", "orphan", "flag"), count, samples)
            receipt = self.files[told[file]]
            self.files[told[file]] = replace(receipt, orphans=count, problems=(*receipt.problems, problem))

    def _staged(self, file: str, receipt: domain.FileReceipt) -> lake.Staged:
        return lake.Staged(storage.staged_path(self.deposit.id, file), self.deposit.id, first_line=receipt.first_line)

    def link(self) -> identity.LinkResult:
        """Tell identity what the facility's files say now about people whom this deposit concerns."""
        self.told.start(f"{self.hospcode} persons", None)
        gone = _withdrawn_pids(self.hospcode) if "PERSON" in self.corrected() else []
        result = identity.link(self.hospcode, person_rows(self.hospcode, self.deposit.id), gone=gone)
        self.told.finish()
        return result

    def tell_registry(self) -> None:
        """Tell the registry who works at the facility, if this deposit said anything of it."""
        if any(f.file == providers.FILE and f.accepted for f in self.files) or providers.FILE in self.corrected():
            providers.told_by(self.deposit.id, self.hospcode, self.today)

    def publish(self) -> None:
        """Write the resources of the rows that this deposit brought, and drop those of rows it took back."""
        mapped = [f for f in _ordered(f.file for f in self.files if f.accepted) if f in exchange.FILES]
        self.told.start(f"{self.hospcode} record", len(mapped))
        reference = exchange.DepositRef(self.deposit.id, self.deposit.sha256)
        persons: dict[str, int] = {}
        for file in mapped:
            persons.update(persons_of(self.hospcode, file, self.deposit.id, known=persons))
            rows = lake.rows(file, self.hospcode, deposit=self.deposit.id, columns=exchange.columns_of(file))
            exchange.import_rows(reference, self.hospcode, file, rows, persons)
            self.told.advance()
        for file in sorted(self.corrected() & set(exchange.FILES)):
            republish(self.hospcode, file)
        exchange.settle()
        self.told.finish()


def _has_pid(file: str) -> bool:
    return FILES[file].field("PID") is not None


def _first_things_first(found: tuple[Entry, FileSpec | None]) -> tuple[int, int]:
    spec = found[1]
    return (99, 99) if spec is None else (_rank(spec.name), spec.number)


def _rank(file: str) -> int:
    return FIRST.index(file) if file in FIRST else len(FIRST)


def _ordered(files: Iterable[str]) -> list[str]:
    return sorted(set(files), key=lambda file: (_rank(file), FILES[file].number))


def _receipt(entry: Entry, spec: FileSpec, staging: Staging) -> domain.FileReceipt:
    return domain.FileReceipt(
        file=spec.name,
        entry=entry.name,
        state="accepted",
        encoding=staging.encoding.name,
        version=staging.layout.version,
        has_header=staging.layout.has_header,
        missing=staging.layout.missing,
        unknown=staging.layout.unknown,
        read=staging.read,
        accepted=staging.accepted,
        refused=staging.refused,
        flagged=staging.flagged,
        problems=staging.problems,
    )


def look_inside(zip_path: Path) -> list[tuple[Entry, FileSpec | None]]:
    """The files of a zip and which file of the standard each is. Raises ZipRefused, DepositRefused 002."""
    found = [(entry, file_named(entry.name)) for entry in entries(zip_path, LIMITS)]
    named = [spec.name for _, spec in found if spec]
    if not named:
        raise DepositRefused("002")
    if len(set(named)) != len(named):
        raise ZipRefused("011")
    return found


def sender_of(
    deposit: domain.Deposit, given: str | None, named: str | None, found: Sequence[tuple[Entry, FileSpec | None]]
) -> str:
    """Who sends: as given, else by the zip's name, else the rows' one HOSPCODE. Raises DepositRefused 001, 003, 011."""
    hospcode = given or named or _sender_of_rows(storage.zip_path(deposit.sha256), found)
    if hospcode is None:
        raise DepositRefused("003")
    if registry.facility(hospcode) is None:
        raise DepositRefused("001", hospcode=hospcode)
    if registry.is_barred(hospcode):
        raise DepositRefused("011", hospcode=hospcode)
    return hospcode


def _sender_of_rows(zip_path: Path, found: Sequence[tuple[Entry, FileSpec | None]]) -> str | None:
    codes = {code for entry, spec in found if spec for code in _first_code(zip_path, entry, spec)}
    return codes.pop() if len(codes) == 1 else None


def _first_code(zip_path: Path, entry: Entry, spec: FileSpec) -> Iterator[str]:
    """The HOSPCODE of the first row of a file, if it can be read."""
    try:
        with EntryReader(zip_path, entry) as stream:
            lines = stream.read(PEEK).decode("utf-8-sig", "replace").splitlines()
        layout = read_layout(lines[0] if lines else "", spec)
    except SuksalaError:
        return
    place = layout.position("HOSPCODE")
    rows = lines[1 if layout.has_header else 0 :]
    if place is not None and rows and len(cells := rows[0].split("|")) > place:
        yield cells[place].strip()


def persons_of(
    hospcode: str, file: str, deposit: int | None = None, *, known: Mapping[str, int] | None = None
) -> dict[str, int]:
    """The person of every PID in a file's rows (of one deposit) that is not known yet, made at first sight."""
    if not _has_pid(file):
        return {}
    found = lake.rows(file, hospcode, deposit=deposit, columns=["pid"]).read_all().column(0).unique().to_pylist()
    pids = [pid for pid in found if pid not in (known or ())]
    return identity.persons(hospcode, pids) if pids else {}


def republish(hospcode: str, file: str) -> None:
    """Make the resources of one facility's file what its rows in the lake say now."""
    numbers = lake.rows(file, hospcode, columns=["_deposit"]).read_all().column(0).unique().to_pylist()
    deposits = {int(number): storage.sha_of(int(number)) for number in numbers}
    rows = lake.rows(file, hospcode, columns=exchange.columns_of(file))
    exchange.rebuild(hospcode, file, rows, persons_of(hospcode, file), deposits)


def _withdrawn_pids(hospcode: str) -> list[str]:
    """PIDs whose PERSON row a correction names and the lake holds no longer."""
    named = {dict(w.key).get("pid", "") for w in lake.corrections_of(hospcode) if w.file == "PERSON"}
    held = lake.rows("PERSON", hospcode, pids=named, columns=["pid"]).read_all().column("pid").to_pylist()
    return sorted(named - set(held) - {""})
