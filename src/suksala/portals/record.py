"""What the record pages show of a person, worked out from the lines of the timeline. Pure: the day is an argument."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import groupby

from suksala import exchange

from . import dates
from .texts import Text

KINDS: dict[str, Text] = {
    "visit": Text("มารับบริการ", "Visit"),
    "admission": Text("นอนโรงพยาบาล", "Admission"),
    "diagnosis": Text("วินิจฉัย", "Diagnosis"),
    "chronic": Text("โรคประจำตัว", "Long-term condition"),
    "drug": Text("ยา", "Medicine"),
    "lab": Text("ผลแล็บ", "Lab result"),
    "vital": Text("วัดร่างกาย", "Measurement"),
    "screening": Text("คัดกรอง", "Screening"),
    "vaccine": Text("วัคซีน", "Vaccine"),
    "allergy": Text("แพ้ยา", "Allergy"),
    "procedure": Text("หัตถการ", "Procedure"),
    "appointment": Text("นัดหมาย", "Appointment"),
    "pregnancy": Text("ฝากครรภ์", "Pregnancy care"),
    "prevention": Text("ส่งเสริมป้องกัน", "Prevention"),
    "coverage": Text("สิทธิการรักษา", "Coverage"),
    "device": Text("เครื่องมือในร่างกาย", "Device"),
    "document": Text("เอกสาร", "Document"),
    "death": Text("เสียชีวิต", "Death"),
}
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


@dataclass(frozen=True)
class Reading:
    """One measured value: when, what was written, and its numbers (two for a blood pressure)."""

    entry: exchange.Entry
    on: date
    numbers: tuple[float, ...]


@dataclass(frozen=True)
class Summary:
    """The top of the record: what one must know before anything else, each with the line it came from."""

    allergies: tuple[exchange.Entry, ...] = ()
    chronic: tuple[exchange.Entry, ...] = ()
    pressure: Reading | None = None
    hba1c: Reading | None = None
    weight: Reading | None = None
    medicines: tuple[exchange.Entry, ...] = ()
    appointment: exchange.Entry | None = None

    @property
    def medicines_on(self) -> date | None:
        """The day of the visit that gave the medicines."""
        return day_of(self.medicines[0]) if self.medicines else None


@dataclass(frozen=True)
class Visit:
    """What one facility recorded on one day, or without telling the day."""

    on: date | None
    facility: str
    entries: tuple[exchange.Entry, ...] = field(repr=False)

    @property
    def shelves(self) -> list[tuple[str, list[exchange.Entry]]]:
        """The lines by kind, in the order of KINDS; what two files say of one visit is shown once."""
        found: dict[str, dict[tuple[str, str], exchange.Entry]] = {}
        for entry in self.entries:
            found.setdefault(entry.kind, {}).setdefault((entry.title_th, entry.value), entry)
        order = list(KINDS)
        shelves = sorted(found, key=lambda kind: order.index(kind) if kind in KINDS else len(order))
        return [(kind, list(found[kind].values())) for kind in shelves]


def day_of(entry: exchange.Entry) -> date | None:
    """The day in Bangkok on which it happened. None for a line that does not tell, as an allergy need not in FHIR."""
    return dates.read(entry.date)


def place_in_time(entry: exchange.Entry) -> date:
    """`day_of` for an order: who tells no day stands before all others."""
    return day_of(entry) or date.min


def is_pressure(entry: exchange.Entry) -> bool:
    """Is it a blood pressure (its resource id ends in -bp)?"""
    return entry.rtype == "Observation" and _part(entry).startswith("bp")


def is_weight(entry: exchange.Entry) -> bool:
    """Is it a body weight?"""
    return entry.rtype == "Observation" and _part(entry) == "wt"


def _part(entry: exchange.Entry) -> str:
    """Which part of its row a resource is: `bp`, `wt` ... after the last hyphen of its id."""
    return entry.rid.rpartition("-")[2]


def is_hba1c(entry: exchange.Entry) -> bool:
    """Is it a glycated haemoglobin?"""
    return entry.kind == "lab" and "hba1c" in entry.title_en.lower().replace(" ", "")


def readings(entries: Iterable[exchange.Entry], wanted: Callable[[exchange.Entry], bool]) -> list[Reading]:
    """The measured values of one kind, oldest first; a line whose value holds no number, or that tells no day, is left
    out.
    """
    found = [
        Reading(entry, on, numbers)
        for entry in entries
        if wanted(entry)
        and (on := day_of(entry))
        and (numbers := tuple(float(n) for n in _NUMBER.findall(entry.value)[:2]))
    ]
    return sorted(found, key=lambda r: (r.on, r.entry.rid))


def summarise(entries: Sequence[exchange.Entry], today: date, doubtful: Container[int] = ()) -> Summary:
    """The summary of a whole record as it stands on `today`.

    doubtful  registrations that are in the record by probability: what another says too, is told by that one
    """

    def last(wanted: Callable[[exchange.Entry], bool]) -> Reading | None:
        return next(reversed(readings(entries, wanted)), None)

    return Summary(
        allergies=_once((e for e in entries if e.kind == "allergy"), doubtful),
        chronic=_once((e for e in entries if e.kind == "chronic"), doubtful),
        pressure=last(is_pressure),
        hba1c=last(is_hba1c),
        weight=last(is_weight),
        medicines=_last_medicines(entries),
        appointment=_next_appointment(entries, today),
    )


def visits(entries: Sequence[exchange.Entry]) -> list[Visit]:
    """Lines gathered by day and facility, newest day first and those that tell none last, the order of lines kept."""

    def place(entry: exchange.Entry) -> tuple[date, str]:
        return place_in_time(entry), entry.facility

    ordered = sorted(entries, key=place, reverse=True)
    return [
        Visit(None if on == date.min else on, facility, tuple(found))
        for (on, facility), found in groupby(ordered, key=place)
    ]


def years(entries: Iterable[exchange.Entry]) -> list[int]:
    """The years (Gregorian) in which something happened, newest first."""
    return sorted({on.year for e in entries if (on := day_of(e))}, reverse=True)


def kinds(entries: Iterable[exchange.Entry]) -> list[tuple[str, Text]]:
    """The kinds that this record holds, in the order of KINDS."""
    held = {e.kind for e in entries}
    return [(kind, label) for kind, label in KINDS.items() if kind in held]


def _once(entries: Iterable[exchange.Entry], doubtful: Container[int] = ()) -> tuple[exchange.Entry, ...]:
    """One line for each title, the newest of those that nobody doubts: two facilities may have recorded one allergy."""
    newest: dict[str, exchange.Entry] = {}
    newest_first = sorted(entries, key=lambda e: e.date, reverse=True)
    for entry in sorted(newest_first, key=lambda e: e.person in doubtful):
        newest.setdefault(entry.title_th or entry.title_en, entry)
    return tuple(newest.values())


def _last_medicines(entries: Sequence[exchange.Entry]) -> tuple[exchange.Entry, ...]:
    """The medicines of the newest visit that gave any."""
    drugs = sorted((e for e in entries if e.kind == "drug"), key=lambda e: e.date, reverse=True)
    if not drugs:
        return ()
    newest = drugs[0]
    same = [e for e in drugs if (day_of(e), e.facility) == (day_of(newest), newest.facility)]
    return _once(same)


def _next_appointment(entries: Iterable[exchange.Entry], today: date) -> exchange.Entry | None:
    coming = [e for e in entries if e.kind == "appointment" and (on := day_of(e)) and on >= today]
    return min(coming, key=lambda e: e.date, default=None)


def age(birth: date | None, today: date) -> int | None:
    """Completed years on `today`."""
    if birth is None:
        return None
    return today.year - birth.year - ((today.month, today.day) < (birth.month, birth.day))


def moment_of(entry: exchange.Entry) -> datetime | None:
    """The moment, where the line knows the time of day."""
    return datetime.fromisoformat(entry.date) if "T" in entry.date else None
