"""Who looked at a record, told so that it does not frighten: by day and reader, the reason in plain words, machines by
what set them going.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime

from suksala.audit import NAMED, READINGS, Fact
from suksala.foundation import keys
from suksala.foundation.clock import BANGKOK

from .texts import Text

PURPOSES: dict[str | None, Text] = {
    "PATRQT": Text("ท่านเปิดดูเอง หรือขอให้เปิด", "You asked for it"),
    "TREAT": Text("เพื่อการรักษา", "For treatment"),
    "ETREAT": Text("กรณีฉุกเฉิน", "In an emergency"),
    "PATADMIN": Text("เพื่อลงทะเบียนและตรวจสิทธิการรักษา", "To register you and look up what covers your care"),
    "HOPERAT": Text("เพื่อวางแผนดูแลและติดตามเยี่ยม", "To plan care and follow-up"),
    "PUBHLTH": Text("เพื่อการสาธารณสุข เช่น ติดตามกลุ่มเสี่ยง", "For public health, such as following up people at risk"),
    "HSYSADMIN": Text("เพื่อดูแลระบบ", "To run the system"),
    None: Text("ไม่ได้ระบุเหตุผล", "No reason given"),
}
# What sets a machine going, by the operation that its facts tell of.
TRIGGERS: dict[str, Text] = {
    "export": Text("ส่งออกข้อมูลเป็นชุดตามข้อตกลง", "A bulk export under an agreement"),
    "run-view": Text("จัดทำตารางข้อมูลตามข้อตกลง", "Tables made under an agreement"),
    "everything": Text("ดึงประวัติทั้งหมดเพื่อส่งต่อหรือรับย้าย", "The whole record, for a referral or a move"),
    "summary": Text("ดึงสรุปประวัติเพื่อการรักษา", "A summary of the record, for care"),
    "write": Text("ส่งผลหรือข้อมูลใหม่เข้าประวัติ", "New results written into the record"),
    "history": Text("ตรวจว่ามีอะไรเปลี่ยนตั้งแต่ครั้งก่อน", "Looked for what changed since the last time"),
    "": Text("ระบบของหน่วยบริการปรับข้อมูลให้ตรงกัน", "The facility's system kept its data in step"),
}
# What staff did who saw somebody for another reason than care, by the kind of the fact.
MATTERS: dict[str, Text] = {
    "panel.read": Text("รายชื่อผู้ที่ต้องดูแลของหน่วยบริการ", "A list of people to care for"),
    "identity.question-seen": Text("ตรวจว่าทะเบียนสองรายการเป็นคนเดียวกันหรือไม่", "Whether two registrations are one person"),
    "privacy.alert-opened": Text("เจ้าหน้าที่คุ้มครองข้อมูลตรวจการเปิดดูที่ผิดปกติ", "An officer examined an unusual opening"),
    "privacy.case-seen": Text("เจ้าหน้าที่คุ้มครองข้อมูลดูเรื่องที่ท่านแจ้ง", "An officer looked at what you reported"),
    "privacy.opening-seen": Text("เจ้าหน้าที่คุ้มครองข้อมูลทบทวนการเปิดฉุกเฉิน", "An officer reviewed an emergency opening"),
    "privacy.request-seen": Text("เจ้าหน้าที่คุ้มครองข้อมูลดูคำขอของท่าน", "An officer looked at your request"),
    "audit.read": Text("ตรวจบันทึกว่าใครเปิดดู", "Looked into the log of who looked"),
    "ingest.refused-read": Text("แถวข้อมูลที่พักไว้ เพื่อให้หน่วยบริการแก้", "Rows set aside, for the facility to mend"),
}
# Of these the purpose is an office's own (HOPERAT), and not the care that its words speak of.
SAYS_WHY = frozenset(
    {
        "identity.question-seen", "ingest.refused-read", "privacy.alert-opened", "privacy.case-seen",
        "privacy.opening-seen", "privacy.request-seen",
    }
)  # fmt: skip
FILTERS = ("staff", "machine", "own")


@dataclass(frozen=True)
class Look:
    """One reader on one day: how often, first and last time, why and from where.

    own       the reader themselves
    machine   a system asked, no person sat there
    trigger   of a machine: what set it going, a key of TRIGGERS
    consents  ids of the Consents by which it was open, as far as it was by any
    listed    nothing was opened: the name stood in a list
    matter    what was done, a key of MATTERS; "" for the record itself
    """

    on: date
    actor: str
    own: bool
    purpose: str | None
    facility: str | None
    times: int
    first: datetime
    last: datetime
    machine: bool = False
    trigger: str = ""
    consents: tuple[str, ...] = ()
    listed: bool = False
    matter: str = ""

    @property
    def group(self) -> str:
        """Which filter shows it."""
        return "own" if self.own else "machine" if self.machine else "staff"

    @property
    def represents(self) -> bool:
        """Whether somebody who acts for the person read it: another account, for the person's own purpose."""
        return not self.own and not self.machine and self.purpose == "PATRQT"

    @property
    def tells_purpose(self) -> bool:
        """Whether the purpose says more than what was done."""
        return self.own or self.matter not in SAYS_WHY

    @property
    def key(self) -> str:
        """What names this look in a form: it tells nobody the reader's login."""
        return keys.keyed_hash("portals.look", f"{self.actor}|{self.facility}|{self.on}|{self.matter}", 12).hex()


def gather(facts: Iterable[Fact], *, own: str) -> list[Look]:
    """Group the facts of seeing somebody, newest day first; of who opened the record that day no list is told beside.

    own  the reader's own actor name
    """
    groups: dict[tuple[date, str, str | None, str | None, str, str, bool], list[Fact]] = {}
    for fact in facts:
        if fact.kind in READINGS | NAMED:
            on, matter = fact.at.astimezone(BANGKOK).date(), fact.kind if fact.kind in MATTERS else ""
            key = (on, fact.actor, fact.purpose, fact.facility, _trigger(fact), matter, fact.kind in NAMED)
            groups.setdefault(key, []).append(fact)
    opened = {(on, actor, facility) for on, actor, _, facility, *_, listed in groups if not listed}
    looks = [
        replace(_look(found, own=actor == own), trigger=trigger, matter=matter, listed=listed)
        for (on, actor, _, facility, trigger, matter, listed), found in groups.items()
        if not (listed and (on, actor, facility) in opened)
    ]
    return sorted(looks, key=lambda look: look.last, reverse=True)


def _look(found: list[Fact], *, own: bool) -> Look:
    """The facts of one reader on one day for one reason."""
    one, moments = found[0], [fact.at.astimezone(BANGKOK) for fact in found]
    consents = dict.fromkeys(str(name) for fact in found for name in fact.detail.get("consents") or ())
    return Look(
        moments[0].date(), one.actor, own, one.purpose, one.facility, len(found), min(moments), max(moments),
        _is_machine(one.actor), consents=tuple(consents),
    )  # fmt: skip


def _is_machine(actor: str) -> bool:
    return not actor.startswith("account:")


def _trigger(fact: Fact) -> str:
    """What set a machine going; of people it is the reason that counts."""
    operation = str(fact.detail.get("operation", ""))
    return operation if _is_machine(fact.actor) and operation in TRIGGERS else ""


@dataclass(frozen=True)
class Page:
    """Looks of whole days, and the moment before which the next page begins."""

    looks: list[Look]
    before: datetime | None = None


MOST_FACTS = 500


def page_of(
    read: Callable[[datetime | None, int], list[Fact]], before: datetime | None, *, own: str, by: str = ""
) -> Page:
    """A page of looks. A day is never cut in two, or a reader's opening would be told twice.

    read  facts older than a moment, the newest first, so many at most
    by    id of a Consent: only what was open by it counts, not what was done to it; "" counts everything
    """
    facts = read(before, MOST_FACTS)
    if len(facts) < MOST_FACTS:
        return Page(gather(_resting_on(by, facts), own=own))
    last = facts[-1].at.astimezone(BANGKOK).date()
    whole = [fact for fact in facts if fact.at.astimezone(BANGKOK).date() != last] or facts
    return Page(gather(_resting_on(by, whole), own=own), whole[-1].at)


def _resting_on(by: str, facts: Iterable[Fact]) -> Iterable[Fact]:
    return (fact for fact in facts if not by or by in (fact.detail.get("consents") or ()))
