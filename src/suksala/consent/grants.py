"""Breaking the glass: an emergency grant as a value, its states and what each step asks for. Time is an argument.

    requested -> active -> closed-early | expired | revoked -> shredded -> reviewed

A grant ends 72 hours after it began, or earlier where it goes on with one that the system ended: the end is worked out
from the beginning and stands nowhere, so no step can move it, and no state leads back to active. The same reader opens
the same patient again only with a co-signer, or after another 72 hours. Source: UCEP (72 hours, six groups of
symptoms), minutes of the Bangkok Health Data Center of 16 Nov 2566; IHE PCF appendix P.2.5; decisions 0100 and 0188.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Final
from uuid import UUID

from suksala.foundation import SuksalaError

LASTS = timedelta(hours=72)
REVIEW_WITHIN = timedelta(days=7)
# Flags of a grant that the system ended, of which its reader had no fault: what was left may be opened anew.
RESTORED = "restored"  # the database was restored, and with it no key
KEY_LOST = "key-lost"  # the key file is gone, so nobody can read the copy
CLOCK_SET_BACK = "clock-set-back"  # and the machine itself counted how much time had passed
BY_SYSTEM = frozenset({RESTORED, KEY_LOST, CLOCK_SET_BACK})
COSIGNED = "cosigned"  # flag of a grant that a second clinician confirmed
COSIGN_WITHIN = timedelta(minutes=15)  # of the request; later the patient before them may be another
AGAIN_AFTER = timedelta(hours=72)  # same reader, same patient: sooner would be one longer grant in two parts
WORDS_SHORTEST, WORDS_LONGEST = 15, 500
DIFFERENT_LETTERS = 5  # of a reason: a key held down gives none


class GrantState(StrEnum):
    """Where a grant stands."""

    REQUESTED = "requested"
    ACTIVE = "active"
    CLOSED_EARLY = "closed-early"
    EXPIRED = "expired"
    REVOKED = "revoked"
    SHREDDED = "shredded"
    REVIEWED = "reviewed"


ENDINGS: Final = frozenset({GrantState.CLOSED_EARLY, GrantState.EXPIRED, GrantState.REVOKED})
STEPS: Final[dict[GrantState, frozenset[GrantState]]] = {
    GrantState.REQUESTED: frozenset({GrantState.ACTIVE}),
    GrantState.ACTIVE: ENDINGS,
    **{ending: frozenset({GrantState.SHREDDED}) for ending in ENDINGS},
    GrantState.SHREDDED: frozenset({GrantState.REVIEWED}),
    GrantState.REVIEWED: frozenset(),
}


class Verdict(StrEnum):
    """What a privacy officer found."""

    JUSTIFIED = "justified"
    UNJUSTIFIED = "unjustified"
    UNCLEAR = "unclear"


class Extent(StrEnum):
    """How much a grant opens: what an emergency needs, or the whole record after a second confirmation."""

    EMERGENCY_SET = "emergency-set"
    FULL_RECORD = "full-record"


class Criterion(StrEnum):
    """Why the glass is broken: the six groups of symptoms of UCEP, and what makes asking impossible."""

    UCEP_1 = "ucep-1"
    UCEP_2 = "ucep-2"
    UCEP_3 = "ucep-3"
    UCEP_4 = "ucep-4"
    UCEP_5 = "ucep-5"
    UCEP_6 = "ucep-6"
    NO_CONSENT = "cannot-consent"
    CHILD = "child-alone"
    OTHER = "other"

    @property
    def th(self) -> str:
        """In Thai, as the emergency room says it."""
        return _CRITERIA[self][0]

    @property
    def en(self) -> str:
        """In English."""
        return _CRITERIA[self][1]


_CRITERIA: Final = {
    Criterion.UCEP_1: ("หมดสติ ไม่รู้สึกตัว ไม่หายใจ", "Unconscious, unresponsive or not breathing"),
    Criterion.UCEP_2: ("หายใจเร็ว หอบเหนื่อยรุนแรง หายใจติดขัดมีเสียงดัง", "Fast, laboured or noisy breathing"),
    Criterion.UCEP_3: ("ซึมลง เหงื่อแตก ตัวเย็น", "Drowsy, sweating and cold"),
    Criterion.UCEP_4: ("เจ็บหน้าอกเฉียบพลัน รุนแรง", "Acute, severe chest pain"),
    Criterion.UCEP_5: (
        "แขนขาอ่อนแรงครึ่งซีก พูดไม่ชัดแบบปัจจุบันทันด่วน หรือชักต่อเนื่อง",
        "Sudden weakness of one side, slurred speech, or continuous seizure",
    ),
    Criterion.UCEP_6: (
        "อาการอื่นที่คุกคามการหายใจ การไหลเวียนเลือด หรือสมอง",
        "Another threat to breathing, circulation or brain",
    ),
    Criterion.NO_CONSENT: ("ระบุตัวหรือขอความยินยอมจากผู้ป่วยไม่ได้", "Cannot be identified, or cannot be asked"),
    Criterion.CHILD: ("เด็กที่ไม่มีผู้ปกครองมาด้วย", "A child without guardian"),
    Criterion.OTHER: ("เหตุอื่น (อธิบายให้ชัด)", "Another reason (explain)"),
}


class GrantProblem(SuksalaError):
    """An emergency opening cannot be done so. Nothing was opened, kept or told.

    field  the field of the form that it is about, "" for the whole
    """

    code = "SKL-GRANT-000"
    http_status = 422

    def __init__(self, field: str, th: str, en: str, *, code: str, status: int = 422) -> None:
        super().__init__(th, en, code=code)
        self.field = field
        self.http_status = status


@dataclass(frozen=True, slots=True)
class Need:
    """What a clinician declares when breaking the glass.

    criterion   one of Criterion
    words       the reason in the clinician's own words, which the patient will read
    encounter   number of the emergency visit at the own facility
    licence     number of the licence to practise
    attested    that the declaration was read and agreed to
    """

    criterion: str
    words: str = field(repr=False)
    encounter: str = field(repr=False)
    licence: str
    attested: bool


@dataclass(frozen=True, slots=True)
class ClassReason:
    """Why sensitive classes were opened under a grant, in the reader's words, which the patient will read."""

    labels: int
    words: str = field(repr=False)


class Way(StrEnum):
    """How an officer tells a patient whom no page and no message reaches."""

    LETTER = "letter"
    VISIT = "visit"
    PHONE = "phone"


@dataclass(frozen=True, slots=True)
class Told:
    """That an officer told a patient of an emergency opening.

    how  one of Way
    on   the day on which they were told
    by   the officer, as the audit log names them
    """

    how: str
    on: date
    by: str


@dataclass(frozen=True, slots=True)
class Cosigner:
    """A second clinician who confirmed that the same reader opens the same patient again; they see nothing of it.

    actor         as the audit log names them; name: as the patient reads it
    facility      HOSPCODE where they work
    practitioner  in the register of practitioners, which knows the licence
    """

    actor: str
    name: str = field(repr=False)
    facility: str
    licence: str
    practitioner: int


@dataclass(frozen=True, slots=True)
class Grant:
    """One clinician's leave to read one patient's record in an emergency, for 72 hours.

    person     the registration it is filed under; persons: all registrations of the same human when it began
    reader     who reads, as the audit log names them; name: as the patient reads it
    practitioner  the practitioner of the registry who reads, whichever account they used; None: not known there
    facility   HOSPCODE on whose behalf
    reasons    the third confirmations, the oldest first: each opens sensitive classes, for a reason of its own
    flags      why the exchange's privacy officer was told at once; how the system ended it (BY_SYSTEM)
    lasts      how long it may last: 72 hours, or what was left of one that the system ended
    asked_at   when its reader asked for a co-signer, None: never
    cosigner   who confirmed it
    followed_by  the next grant of the same reader for the same patient
    rest_until   where the system ended it: until when what was left may be opened anew, by the clock as it then was
    """

    id: UUID
    person: int
    persons: frozenset[int]
    reader: str
    name: str = field(repr=False)
    facility: str
    need: Need = field(repr=False)
    state: GrantState = GrantState.REQUESTED
    extent: Extent = Extent.EMERGENCY_SET
    reasons: tuple[ClassReason, ...] = field(default=(), repr=False)
    flags: tuple[str, ...] = ()
    started_at: datetime | None = None
    ended_at: datetime | None = None
    shredded_at: datetime | None = None
    verdict: Verdict | None = None
    note: str = field(default="", repr=False)
    reviewed_by: str = ""
    reviewed_at: datetime | None = None
    practitioner: int | None = None
    lasts: timedelta = LASTS
    asked_at: datetime | None = None
    cosigner: Cosigner | None = None
    followed_by: UUID | None = None
    rest_until: datetime | None = None

    @property
    def labels(self) -> int:
        """The sensitive classes that are open (consent.Label)."""
        return reduce(or_, (reason.labels for reason in self.reasons), 0)

    @property
    def began(self) -> datetime:
        """The moment it became active. Raises ValueError for one that never did."""
        if self.started_at is None:
            raise ValueError("a grant that was only requested")
        return self.started_at

    @property
    def until(self) -> datetime:
        """The moment at which it is over, whatever happens."""
        return self.began + self.lasts

    @property
    def review_due(self) -> datetime:
        """Until when a privacy officer looks at it."""
        return self.began + REVIEW_WITHIN

    @property
    def reference(self) -> str:
        """By what officers speak of it: tells nothing of patient, reader or place."""
        return self.id.hex[:8].upper()

    def waits(self, now: datetime) -> bool:
        """Whether it waits for a co-signer at this moment."""
        asked = self.asked_at if self.state is GrantState.REQUESTED else None
        return asked is not None and asked <= now < asked + COSIGN_WITHIN

    def is_open(self, now: datetime) -> bool:
        """Whether the record may be read at this moment. Before its beginning a clock was set back: it may not."""
        return self.state is GrantState.ACTIVE and self.began <= now < self.until


def activate(grant: Grant, now: datetime) -> Grant:
    """The grant begins, with the whole second. Raises GrantProblem when it ever did."""
    return replace(_moved(grant, GrantState.ACTIVE), started_at=now.replace(microsecond=0))


def end(grant: Grant, how: GrantState, now: datetime, why: str = "", *, wall: datetime | None = None) -> Grant:
    """The grant ends: by its reader, by the officer, or because its time is over; never told as before it began.

    why   a flag of BY_SYSTEM, where the system ended it
    wall  what the clock says that was set back: what is left is counted by it from now on
    """
    if how not in ENDINGS:
        raise ValueError("not a way to end")
    moved = _moved(grant, how)
    ended = max(grant.began, min(now, grant.until))
    flags = (*grant.flags, why) if why else grant.flags
    return replace(
        moved, ended_at=ended, flags=flags, rest_until=(wall or ended) + (grant.until - ended) if why else None
    )


def left_to(before: Iterable[Grant], now: datetime) -> timedelta | None:
    """How long the same reader may open the same patient's record now without anybody else: 72 hours for a new need,
    what was left where the system ended the last, None where it is too soon.

    before  what this reader opened of this patient in the last 144 hours, under any account; none of them open
    A grant that another followed does not count: how the last one of a chain ended does, whatever clocks said then.
    """
    late = [g for g in before if g.followed_by is None and (g.ended_at is None or now < g.ended_at + AGAIN_AFTER)]
    if any(g.ended_at is None or g.rest_until is None for g in late):
        return None
    left = [min(g.until - g.ended_at, g.rest_until - now) for g in late if g.ended_at and g.rest_until]
    seconds = int(min([*left, LASTS]).total_seconds())
    return timedelta(seconds=seconds) if seconds > 0 else None


def cosign(grant: Grant, cosigner: Cosigner, now: datetime) -> Grant:
    """The grant begins, for 72 hours, because somebody else confirms it. Raises GrantProblem: it does not wait, or the
    co-signer is its reader, under whichever account.
    """
    if not grant.waits(now):
        raise no_request()
    if cosigner.actor == grant.reader or cosigner.practitioner == grant.practitioner:
        raise own_request()
    return replace(activate(grant, now), cosigner=cosigner, flags=(*grant.flags, COSIGNED))


def shred(grant: Grant, now: datetime) -> Grant:
    """What was copied is gone."""
    return replace(_moved(grant, GrantState.SHREDDED), shredded_at=now)


def require_other(grant: Grant, actor: str, practitioner: int | None) -> None:
    """Raises GrantProblem where an officer is the reader or the co-signer, under whichever account: nobody judges an
    own opening, or what they confirmed.
    """
    actors, known = {grant.reader}, {grant.practitioner}
    if grant.cosigner is not None:
        actors.add(grant.cosigner.actor)
        known.add(grant.cosigner.practitioner)
    if actor in actors or (practitioner is not None and practitioner in known):
        raise GrantProblem(
            "",
            "ผู้เปิดหรือผู้ร่วมลงนามตรวจทบทวนการเปิดของตนเองไม่ได้",
            "nobody reviews an opening that they made or co-signed",
            code="SKL-GRANT-011",
            status=403,
        )


def review(grant: Grant, verdict: Verdict, note: str, actor: str, now: datetime) -> Grant:
    """A privacy officer, not the reader, has looked at it. Raises GrantProblem."""
    require_other(grant, actor, None)
    told = plain(note)
    if verdict is not Verdict.JUSTIFIED:
        require_words(told, "note")
    return replace(_moved(grant, GrantState.REVIEWED), verdict=verdict, note=told, reviewed_by=actor, reviewed_at=now)


def widen(grant: Grant, now: datetime, *, labels: int = 0, words: str = "") -> Grant:
    """The second confirmation opens the whole record; the third, with labels and a named reason, sensitive classes.

    A class that is open keeps the reason for which it was opened. The end stays where it is.
    Raises GrantProblem: the grant is over, or the reason is too short.
    """
    require_open(grant, now)
    if not labels:
        return replace(grant, extent=Extent.FULL_RECORD)
    told = plain(words)
    require_words(told, "label_words")
    new = labels & ~grant.labels
    reasons = (*grant.reasons, ClassReason(new, told)) if new else grant.reasons
    return replace(grant, extent=Extent.FULL_RECORD, reasons=reasons)


def require_open(grant: Grant, now: datetime) -> None:
    """Raises GrantProblem (410) unless the record may be read at this moment."""
    if not grant.is_open(now):
        raise over()


def over() -> GrantProblem:
    """The grant has ended, however it did."""
    return GrantProblem(
        "",
        "การเปิดดูฉุกเฉินครั้งนี้สิ้นสุดแล้ว และสำเนาถูกทำลาย หากจำเป็นอีกให้แพทย์ท่านอื่นเปิดใหม่ หรือร่วมลงนามให้ท่าน",
        "this emergency opening is over and its copy is destroyed; if it is needed again, another clinician opens anew "
        "or co-signs",
        code="SKL-GRANT-010",
        status=410,
    )


def no_request() -> GrantProblem:
    """Nothing waits for this co-signer."""
    return GrantProblem(
        "reference",
        "ไม่พบคำขอร่วมลงนามนี้ อาจเกิน 15 นาที หรือมีผู้ลงนามแล้ว ให้ผู้ขอส่งคำขอใหม่",
        "no such request waits for you: it may be older than 15 minutes or signed already; its reader can ask anew",
        code="SKL-GRANT-030",
        status=404,
    )


def own_request() -> GrantProblem:
    """The co-signer is the reader or the patient."""
    return GrantProblem(
        "",
        "ผู้ร่วมลงนามต้องเป็นแพทย์หรือพยาบาลท่านอื่น ที่ไม่ใช่ผู้เปิดและไม่ใช่ผู้ป่วย",
        "who co-signs is another clinician: neither the reader nor the patient",
        code="SKL-GRANT-027",
        status=403,
    )


def unproven() -> GrantProblem:
    """The register of practitioners cannot prove that two different clinicians sign."""
    return GrantProblem(
        "",
        "ร่วมลงนามได้เมื่อทะเบียนผู้ประกอบวิชาชีพรู้จักทั้งสองท่าน มีใบอนุญาตที่ยังใช้ได้ และท่านยังปฏิบัติงานอยู่ ให้แพทย์ท่านอื่นเปิดเอง",
        "co-signing needs the register of practitioners to know both of you, with a valid licence and a place of work; "
        "otherwise another clinician opens the record",
        code="SKL-GRANT-028",
        status=403,
    )


def plain(text: str) -> str:
    """Text of a form as it is kept: one line, no control or invisible characters.

    >>> plain(" หมดสติ\\u202e\\n ไม่มีญาติ ")
    'หมดสติ ไม่มีญาติ'
    """
    shown = "".join(" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    return " ".join(unicodedata.normalize("NFC", shown).split())


_ENCOUNTER = re.compile(r"[\w./-]{1,30}")
_LICENCE = re.compile(r"(?:[ก-ฮ]{1,3}\.? ?)?[0-9]{1,10}")


def faults(need: Need, *, licensed: bool = False) -> list[GrantProblem]:
    """All that is missing or wrong in a declaration, in the order of the form; none when it can be taken.

    licensed  its licence is the registry's, written as its council does; else it was typed
    """
    found = []
    if need.criterion not in set(Criterion):
        found.append(
            GrantProblem("criterion", "เลือกเหตุฉุกเฉินหนึ่งข้อ", "choose one emergency criterion", code="SKL-GRANT-002")
        )
    try:
        require_words(need.words, "words")
    except GrantProblem as problem:
        found.append(problem)
    if not _ENCOUNTER.fullmatch(need.encounter):
        found.append(
            GrantProblem(
                "encounter",
                "ใส่เลข ER หรือเลขที่รับบริการ ตัวอักษร ตัวเลข . / - ไม่เกิน 30 ตัว",
                "give the ER or visit number: letters, digits, . / -, at most 30",
                code="SKL-GRANT-004",
            )
        )
    if not licensed and not _LICENCE.fullmatch(need.licence):
        found.append(
            GrantProblem(
                "licence",
                "ใส่เลขใบอนุญาตประกอบวิชาชีพ เช่น ว.12345",
                "give your licence number, such as ว.12345",
                code="SKL-GRANT-005",
            )
        )
    if not need.attested:
        found.append(
            GrantProblem("attested", "ต้องยืนยันคำรับรองก่อนเปิด", "confirm the declaration first", code="SKL-GRANT-006")
        )
    return found


def require_words(words: str, field: str) -> None:
    """Raises GrantProblem for a reason of fewer than 15 characters, of more than 500, or of one key held down."""
    letters = len(set(words) - {" "})
    if WORDS_SHORTEST <= len(words) <= WORDS_LONGEST and letters >= DIFFERENT_LETTERS:
        return
    raise GrantProblem(
        field,
        f"เขียนเหตุผล {WORDS_SHORTEST} ถึง {WORDS_LONGEST} ตัวอักษร ผู้ป่วยจะได้อ่าน",
        f"give the reason in {WORDS_SHORTEST} to {WORDS_LONGEST} characters; the patient will read it",
        code="SKL-GRANT-003",
    )


def _moved(grant: Grant, to: GrantState) -> Grant:
    if to in STEPS[grant.state]:
        return replace(grant, state=to)
    if grant.state is GrantState.ACTIVE or to is GrantState.REVIEWED:
        raise GrantProblem(
            "",
            "ยังตรวจทบทวนไม่ได้: ต้องสิ้นสุดและทำลายสำเนาก่อน หรือทบทวนไปแล้ว",
            "it cannot be reviewed: it has not ended yet, or was reviewed already",
            code="SKL-GRANT-012",
            status=409,
        )
    raise over()
