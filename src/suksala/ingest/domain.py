"""What a deposit is, what became of it, and what its sender is told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from .rules import Rule

State = Literal["received", "applying", "applied", "refused", "voiding", "void"]
OPEN: tuple[State, ...] = ("received", "applying")  # to be applied still
VOIDABLE: tuple[State, ...] = (*OPEN, "applied", "refused")
FileState = Literal["accepted", "set-aside", "ignored"]
LEAST_REASON = 5  # characters of a reason for voiding


# A copy of rows with their faults is kept no longer than it takes to mend them (bad input, rule B4).
REFUSED_KEPT = timedelta(days=30)


@dataclass(frozen=True)
class Deposit:
    """One zip that a facility sent.

    hospcode     the sender; None until it is known
    given_sender the HOSPCODE named while sending, by --sender or by the one who was signed in; None if nobody said
    sha256       of the zip's bytes; the same bytes are the same deposit
    repeated     this call found that the bytes were here already
    exported_at  when the sender's program wrote it (Bangkok local), from the zip's name
    code, th, en why the whole deposit was refused
    """

    id: int
    sha256: str
    file_name: str
    hospcode: str | None
    state: State
    received_at: datetime
    size: int
    exported_at: datetime | None = None
    applied_at: datetime | None = None
    voided_at: datetime | None = None
    void_reason: str = ""
    code: str = ""
    th: str = ""
    en: str = ""
    given_sender: str | None = None
    repeated: bool = False

    @property
    def sender(self) -> str | None:
        """Whose deposit it is as far as anybody knows: of a zip that was refused whole often only what was given."""
        return self.hospcode or self.given_sender

    @property
    def refused_until(self) -> datetime | None:
        """Until when its refused rows can be fetched one by one; they stay in the zip. None before it is applied."""
        return self.applied_at + REFUSED_KEPT if self.applied_at else None


@dataclass(frozen=True)
class Sample:
    """One place where a rule was broken: the line in the sender's file and, for the sender only, what stood there."""

    line: int
    value: str = field(default="", repr=False)


@dataclass(frozen=True)
class RefusedRow:
    """A row that was set aside: its line, the ids of the rules it broke, and the row as it was sent."""

    line: int
    rules: tuple[str, ...]
    raw: str = field(repr=False)


@dataclass(frozen=True)
class Problem:
    """One rule that rows of a file broke: how many, and where first."""

    rule: Rule
    count: int
    samples: tuple[Sample, ...] = ()

    @property
    def refuses(self) -> bool:
        """These rows were set aside."""
        return self.rule.severity == "refuse"


@dataclass(frozen=True)
class FileReceipt:
    """What became of one file of a deposit. Counts are rows.

    read       rows of data; refused: set aside with a reason; accepted: the others; flagged: accepted with a fault
    won        accepted rows that are now the newest in the lake; unchanged: were there already
    older      accepted rows that a newer one in the lake outdates; duplicates: outdated by another row of this file
    orphans    accepted rows whose PID has no PERSON row of this facility
    withdrawn  rows of the lake that this deposit's DATA_CORRECT took back from this file
    """

    file: str
    entry: str
    state: FileState
    code: str = ""
    th: str = ""
    en: str = ""
    encoding: str = ""
    version: str = ""
    has_header: bool = True
    missing: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    read: int = 0
    accepted: int = 0
    refused: int = 0
    flagged: int = 0
    won: int = 0
    unchanged: int = 0
    older: int = 0
    duplicates: int = 0
    orphans: int = 0
    withdrawn: int = 0
    problems: tuple[Problem, ...] = ()

    @property
    def first_line(self) -> int:
        """Line number of the first row of data."""
        return 2 if self.has_header else 1


@dataclass(frozen=True)
class Receipt:
    """The answer to a sender: the deposit, each of its files, and what to put right."""

    deposit: Deposit
    files: tuple[FileReceipt, ...]
    linked: Mapping[str, int] = field(default_factory=dict)

    @property
    def read(self) -> int:
        """Rows of data in all files."""
        return sum(f.read for f in self.files)

    @property
    def accepted(self) -> int:
        """Rows that went to the lake."""
        return sum(f.accepted for f in self.files)

    @property
    def refused(self) -> int:
        """Rows set aside with a reason."""
        return sum(f.refused for f in self.files)

    @property
    def flagged(self) -> int:
        """Rows that went in with a fault in some field."""
        return sum(f.flagged for f in self.files)


@dataclass(frozen=True)
class SenderAge:
    """How fresh one sender's data are: last deposit applied, when that was exported, and days since."""

    hospcode: str
    deposits: int
    last_received_at: datetime
    last_exported_at: datetime | None
    age_days: int
