"""Who looked at a record, told so that it does not frighten: by day and reader, the reason in plain words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from suksala.audit import Fact
from suksala.foundation.clock import BANGKOK

from .texts import Text

PURPOSES: dict[str | None, Text] = {
    "PATRQT": Text("ท่านเปิดดูเอง หรือขอให้เปิด", "You asked for it"),
    "TREAT": Text("เพื่อการรักษา", "For treatment"),
    "ETREAT": Text("กรณีฉุกเฉิน", "In an emergency"),
    "HOPERAT": Text("เพื่อวางแผนดูแลและติดตามเยี่ยม", "To plan care and follow-up"),
    "PUBHLTH": Text("เพื่อการสาธารณสุข เช่น ติดตามกลุ่มเสี่ยง", "For public health, such as following up people at risk"),
    "HSYSADMIN": Text("เพื่อดูแลระบบ", "To run the system"),
    None: Text("ไม่ได้ระบุเหตุผล", "No reason given"),
}
_READING = (
    "read",
    "panel",
)  # `read` of exchange, `panel.read` of warehouse: the beginnings of the kinds that open something


@dataclass(frozen=True)
class Look:
    """One reader on one day: how often, first and last time, why and from where."""

    on: date
    actor: str
    own: bool
    purpose: str | None
    facility: str | None
    times: int
    first: datetime
    last: datetime


def gather(facts: Iterable[Fact], *, own: str) -> list[Look]:
    """Group the facts of reading, newest day first. `own` is the reader's own actor name."""
    groups: dict[tuple[date, str, str | None, str | None], list[datetime]] = {}
    for fact in facts:
        if fact.kind.split(".")[0] in _READING:
            at = fact.at.astimezone(BANGKOK)
            groups.setdefault((at.date(), fact.actor, fact.purpose, fact.facility), []).append(at)
    looks = [
        Look(on, actor, actor == own, purpose, facility, len(at), min(at), max(at))
        for (on, actor, purpose, facility), at in groups.items()
    ]
    return sorted(looks, key=lambda look: look.last, reverse=True)
