"""Use cases of breaking the glass. Time is the server's own; a refusal is a fact in the log and opens nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Protocol
from uuid import UUID, uuid4

from cryptography.exceptions import InvalidTag

from suksala import audit, identity, registry
from suksala.foundation import SuksalaError, clock, database, keys, log
from suksala.standards.thai_codes import citizen_number

from . import domain, grants, grants_moment, grants_notices, grants_scope, policy, vault, vault_keys
from . import grants_storage as storage
from .domain import Place, StaffReader
from .grants import AGAIN_AFTER, Grant, GrantProblem, GrantState, Need
from .grants_clock import Readings
from .permits import Permit, Purpose
from .policy import Principal, Relation, Role, Subject

SOUGHT_PER_HOUR = 5  # patients that one clinician may seek by number in an hour (security.md section 3)
OFTEN = 3  # openings in 24 hours; one more and the exchange's officer is told at once
OPEN_AGAIN_LOOKS_BACK = grants.LASTS + AGAIN_AFTER

_log = log.get("grants")


class EmergencyReader(StaffReader, Protocol):
    """A clinician who may break the glass."""

    @property
    def display_th(self) -> str:
        """The name, as the patient reads it."""

    @property
    def practitioner(self) -> int | None:
        """The practitioner of the registry who reads; None where the account is connected to none."""


class GrantFaults(SuksalaError):
    """A declaration lacks something; `faults` says what, field by field. Nothing was opened."""

    code = "SKL-GRANT-001"
    http_status = 422

    def __init__(self, faults: list[GrantProblem]) -> None:
        super().__init__("ยังเปิดไม่ได้: ตรวจช่องที่ทำเครื่องหมายไว้", "not opened yet: look at the marked fields")
        self.faults = faults


class ClockProblem(SuksalaError):
    """The server's clocks disagree, so nobody can say when 72 hours are over. Nothing was opened."""

    code = "SKL-GRANT-020"
    http_status = 503

    def __init__(self) -> None:
        super().__init__(
            "นาฬิกาของเครื่องแม่ข่ายไม่ตรงกัน จึงเปิดข้อมูลฉุกเฉินไม่ได้ แจ้งผู้ดูแลระบบ",
            "the server's clocks disagree, so emergency records stay closed; tell the operator",
        )


def moment() -> datetime:
    """The moment that counts. Raises ClockProblem when clocks disagree; after one was set back every grant is over."""
    readings = grants_moment.readings()
    if readings.set_back:
        _end_everything(readings)
        raise ClockProblem
    if readings.apart:
        _log.error("the clocks of the system and of the database are apart")
        raise ClockProblem
    return readings.latest


def break_glass(reader: EmergencyReader, number: str, need: Need, *, with_cosigner: bool = False) -> Grant:
    """Open one record for 72 hours, without the patient's consent: grant, log and notices together, or none of them.

    number         the patient's 13-digit national number, exactly
    with_cosigner  where it is too soon for the same reader to open this patient again, ask for a co-signer instead:
                   the grant is then requested and opens nothing before somebody else confirms it
    The same reader and patient while a grant is active: that grant, as it is. After the system ended one, what was left
    of it. Raises NoPermit for another role; GrantFaults, one for each field; GrantProblem: unknown number, too many
    sought, facility locked, again too soon, open under another account of the same practitioner; ClockProblem;
    vault_keys.KeyFolderProblem.
    """
    number = citizen_number.plain(number)
    try:
        domain.require_role(reader.role, "clinician")
        known = licence_of(reader)
        licence = known or need.licence.strip()
        asked = Need(need.criterion, grants.plain(need.words), need.encounter.strip(), licence, need.attested)
        _require_complete(number, asked, licensed=bool(known))
        now = moment()
        with database.advisory_lock(keys.keyed_int("consent.grant", human_of(reader.actor, reader.practitioner))):
            found = _open(reader, number, asked, now, with_cosigner=with_cosigner)
    except SuksalaError as refusal:
        tell_refusal(reader, refusal)
        raise
    if isinstance(found, GrantProblem):
        tell_refusal(reader, found)
        raise found
    return found


def permit_for_grant(number: UUID, reader: EmergencyReader) -> tuple[Grant, Permit]:
    """Leave to pull the record of a grant once more (ETREAT), until its end. Raises GrantProblem, ClockProblem."""
    now = moment()
    grant = _own(number, reader, now)
    _key_of(grant, now)
    scopes = grants_scope.scopes(grant, now)
    place = Place(grant.facility, registry.org_number(grant.facility))
    subject = Subject(Relation.EMERGENCY, grant.persons, granted=scopes, until=grant.until)
    decision = policy.decide(Principal(grant.reader, Role.CLINICIAN, place), subject, Purpose.EMERGENCY, now)
    return grant, decision.granted()


def keep_copy(number: UUID, reader: EmergencyReader, document: bytes) -> None:
    """Seal what was pulled, in place of the former copy: pages read this and never the record.

    Raises GrantProblem when the grant has ended meanwhile: then nothing is kept.
    """
    now = moment()
    key = _key_of(_own(number, reader, now), now)
    with database.transaction():
        grant = _own(number, reader, now, lock=True)
        storage.keep_copy(grant, vault.seal(document, key, grant.id), now)
        record("grant.pulled", grant, detail={"bytes": len(document)})


def read_copy(number: UUID, reader: EmergencyReader) -> tuple[Grant, bytes | None, datetime | None]:
    """The grant, its copy and when that was pulled; no copy before the first pull. A fact in the log each time.

    Raises GrantProblem when the grant is over or another's, ClockProblem; vault_keys.NoKey when the key is gone, which
    ends the grant.
    """
    now = moment()
    grant = _own(number, reader, now)
    key = _key_of(grant, now)
    found = storage.copy_of(grant)
    if found is None:
        return grant, None, None
    try:
        document = vault.unseal(found[0], key, grant.id)
    except InvalidTag as error:
        _lose(grant, now)
        raise vault_keys.NoKey from error
    record("read.copy", grant)
    return grant, document, found[1]


def widen_grant(number: UUID, reader: EmergencyReader, *, labels: int = 0, words: str = "") -> Grant:
    """The second confirmation (the whole record), or with labels the third (sensitive classes, for a named reason).

    The copy so far is dropped; the next page pulls anew. The end stays. Raises GrantProblem, ClockProblem.
    """
    now = moment()
    with database.transaction():
        grant = grants.widen(_own(number, reader, now, lock=True), now, labels=labels, words=words)
        storage.replace(grant)
        storage.drop_copy(grant)
        record("grant.widened", grant, detail={"extent": grant.extent.value, "labels": grant.labels})
    return grant


def end_grant(number: UUID, reader: EmergencyReader) -> Grant:
    """The reader needs it no more: it ends now, and so does the copy. Raises GrantProblem, ClockProblem."""
    now = moment()
    _own(number, reader, now)
    return _finish(number, GrantState.CLOSED_EARLY, now, reader.actor)


def revoke_grant(number: UUID, *, actor: str, words: str) -> Grant:
    """A privacy officer or the operator ends a grant. Raises GrantProblem: too short a reason, unknown, or over."""
    told = grants.plain(words)
    grants.require_words(told, "words")
    found = storage.one(number)
    if found is None or found.state is not GrantState.ACTIVE:
        raise grants.over()
    return _finish(number, GrantState.REVOKED, clock.now(), actor, {"words": len(told)})


def own_grants(reader: EmergencyReader) -> list[Grant]:
    """What the reader has open now, the newest first. Raises ClockProblem."""
    now = moment()
    found = storage.of_reader(reader.actor, None, now - grants.LASTS)
    return [grant for grant in found if grant.is_open(now)]


def grant(number: UUID) -> Grant | None:
    """A grant by its number, for officers and operators; None when there is none, or only a request for one."""
    found = storage.one(number)
    return None if found is None or found.state is GrantState.REQUESTED else found


def expire_grants() -> int:
    """End what is over, destroy its key and its copy; returns how many grants ended. A chore does it every few seconds.

    Keys go first and by their own names, so they die even where the clocks disagree or the database is away.
    """
    with _on_its_own():
        destroy_ended_keys()
    try:
        now = moment()
    except ClockProblem:
        return 0
    over = [g for g in map(storage.one, storage.active()) if g is not None and now >= g.until]
    for found in over:
        with _on_its_own():
            _finish(found.id, GrantState.EXPIRED, now, "system:consent")
    for number in storage.ended():  # a process that died between the end and the shredding
        with _on_its_own():
            _shred(number, now)
    storage.drop_requests(now - grants.COSIGN_WITHIN)
    grants_moment.note()
    return len(over)


def destroy_ended_keys() -> int:
    """Destroy the keys whose moment has come, every key where the clock was set back; returns how many.

    Asks no database, which may be away or set back: the latest moment that this machine knows of counts.
    """
    here = grants_moment.readings_here()
    return vault_keys.destroy_all() if here.set_back else vault_keys.destroy_ended(here.latest)


def shred_now(*, actor: str) -> int:
    """End every grant at once, for the operator of a node that must go dark; returns how many ended."""
    numbers = storage.active()
    vault_keys.destroy_all()
    for number in numbers:
        with suppress(GrantProblem):
            _finish(number, GrantState.REVOKED, clock.now(), actor)
    return len(numbers)


def end_what_was_restored(*, actor: str) -> int:
    """End every grant of a database that was restored: its keys are in no copy, so nobody reads by it, and its reader
    may open anew at once for what is left of its time. Returns how many ended.
    """
    now, count = clock.now(), 0
    with database.transaction():
        for number in storage.active():
            found = storage.one(number, lock=True)
            if found is not None and found.state is GrantState.ACTIVE:
                ended = grants.end(found, GrantState.REVOKED, now, grants.RESTORED)
                storage.replace(ended)
                storage.drop_copy(ended)
                record("grant.ended", ended, actor=actor, detail={"how": ended.state.value, "why": grants.RESTORED})
                count += 1
    return count


def licence_of(reader: EmergencyReader) -> str:
    """The reader's licence as the registry knows it, "" where it knows the reader and no licence of theirs.

    Raises GrantProblem: none of those that it knows is valid today; or the account is no practitioner's, so nobody
    could say whose licence it is, tell the patient who opened, or see the same reader under another account.
    """
    known = registry.practitioner(reader.practitioner) if reader.practitioner is not None else None
    if known is None:
        raise GrantProblem(
            "",
            "บัญชีของท่านยังไม่ได้ผูกกับทะเบียนบุคลากร จึงเปิดข้อมูลฉุกเฉินไม่ได้: ตอนนี้ให้เพื่อนร่วมงานที่ผูกแล้วเป็นผู้เปิด "
            "แล้วแจ้งผู้ดูแลข้อมูลของหน่วยบริการให้ผูกบัญชีของท่าน หรือเข้าใช้ด้วย Provider ID",
            "your account is not tied to the register of practitioners, so you cannot open an emergency record: let a "
            "colleague whose account is open it now, and ask your facility's data steward to tie yours, or sign in by "
            "Provider ID",
            code="SKL-GRANT-026",
            status=403,
        )
    if not known.licences:
        return ""
    valid = [licence.number for licence in known.licences if licence.is_valid(clock.today())]
    if not valid:
        raise GrantProblem(
            "licence",
            "ใบอนุญาตประกอบวิชาชีพของท่านหมดอายุตามทะเบียน จึงเปิดข้อมูลฉุกเฉินไม่ได้",
            "by the registry your licence has ended, so you cannot open an emergency record",
            code="SKL-GRANT-009",
            status=403,
        )
    return valid[0]


# ---- steps --------------------------------------------------------------------------------------------------------


def _require_complete(number: str, need: Need, *, licensed: bool) -> None:
    found = grants.faults(need, licensed=licensed)
    if not citizen_number.is_valid(number):
        found.insert(
            0,
            GrantProblem(
                "number",
                "ใส่เลขประจำตัวประชาชน 13 หลักให้ครบและถูกต้อง",
                "give the 13-digit national number; one of the digits is wrong",
                code="SKL-GRANT-007",
            ),
        )
    if found:
        raise GrantFaults(found)


def _open(
    reader: EmergencyReader, number: str, need: Need, now: datetime, *, with_cosigner: bool
) -> Grant | GrantProblem:
    """The grant, or why there is none: returned, not raised, for the search itself stays counted."""
    refused = locked(reader.hospcode) or _sought_too_often(reader, now)
    if refused:
        return refused
    detail = {"practitioner": reader.practitioner} if reader.practitioner is not None else {}
    audit.record("grant.sought", actor=reader.actor, purpose=Purpose.EMERGENCY, facility=reader.hospcode, detail=detail)
    persons = identity.persons_of_number(number)
    if not persons:
        return GrantProblem(
            "number", "ไม่พบประวัติของเลขนี้", "there is no record under this number", code="SKL-GRANT-008", status=404
        )
    whom = (reader.actor, reader.practitioner, persons, now)
    running = next((g for g in opened_before(*whom) if g.is_open(now)), None)
    if running is not None and vault_keys.is_kept(running.id, running.until):
        return running if running.reader == reader.actor else _elsewhere()
    if running is not None:
        _lose(running, now)
    before = opened_before(*whom)
    left = grants.left_to(before, now)
    wanted = Grant(
        *(uuid4(), min(persons), persons, reader.actor, name_of(reader), reader.hospcode, need),
        practitioner=reader.practitioner,
        lasts=left or grants.LASTS,
    )
    wanted = replace(wanted, flags=_flags(reader, wanted, now))
    if left is None:
        return _request(wanted, now) if with_cosigner else _again()
    grant = grants.activate(wanted, now)
    begin(grant, before)
    return grant


def _request(wanted: Grant, now: datetime) -> Grant | GrantProblem:
    """Ask for a co-signer, in place of what the same reader asked before."""
    if "licence-unproven" in wanted.flags:
        return grants.unproven()
    for former in storage.requests_of(wanted.reader, wanted.persons):
        storage.drop(former)
    asked = replace(wanted, asked_at=now)
    storage.keep(asked)
    record("grant.cosigner-asked", asked)
    return asked


def begin(grant: Grant, before: Collection[Grant]) -> None:
    """Keep a grant that begins now, with its key, its fact and its notices; within a transaction.

    before  what the same reader opened of the same patient, which this one follows
    """
    grants_moment.note()  # from here on no clock set back is believed
    vault_keys.make(grant.id, grant.until)  # one without a grant, after a kill, dies by its name
    storage.keep(grant)
    storage.follow(before, grant)
    detail: dict[str, Any] = {"criterion": grant.need.criterion, "flags": list(grant.flags)}
    if grant.cosigner is not None:
        detail["cosigner"] = grant.cosigner.actor
    record("grant.opened", grant, detail=detail)
    grants_notices.queue(grant)


def opened_before(actor: str, practitioner: int | None, persons: Collection[int], now: datetime) -> list[Grant]:
    """What a reader lately opened of a patient, under any account."""
    found = storage.of_reader(actor, practitioner, now - OPEN_AGAIN_LOOKS_BACK)
    return [one for one in found if not one.persons.isdisjoint(persons)]


def _key_of(grant: Grant, now: datetime) -> bytes:
    """The key of an open grant. Raises vault_keys.NoKey when it is gone: then nobody reads by the grant, so it ends."""
    try:
        return vault_keys.read(grant.id, grant.until, now)
    except vault_keys.NoKey:
        _lose(grant, now)
        raise


def _lose(grant: Grant, now: datetime) -> None:
    """End a grant whose key is gone, unless somebody else has just ended it."""
    _log.error("the key of an emergency grant is gone")
    with suppress(GrantProblem):
        _finish(grant.id, GrantState.EXPIRED, now, "system:consent", why=grants.KEY_LOST)


def _flags(reader: EmergencyReader, grant: Grant, now: datetime) -> tuple[str, ...]:
    """Why the exchange's officer is told at once."""
    found = []
    if len(_opened_by(reader, now - timedelta(hours=24))) >= OFTEN:
        found.append("often")
    if _surname(reader) in identity.surname_keys(grant.persons).values():
        found.append("same-family")
    found += [f"same-{tie}" for tie in sorted(identity.household_in_common(_own_registrations(reader), grant.persons))]
    if identity.protected_among(grant.persons):
        found.append("protected")
    if not licence_of(reader):  # told at once, and no co-signer helps
        found.append("licence-unproven")
    return tuple(found)


def human_of(actor: str, practitioner: int | None) -> str:
    """What is the same for all accounts of one practitioner."""
    return actor if practitioner is None else f"practitioner:{practitioner}"


def _opened_by(reader: EmergencyReader, since: datetime) -> list[Grant]:
    return storage.of_reader(reader.actor, reader.practitioner, since)


def _surname(reader: EmergencyReader) -> int | None:
    """The keyed surname of the reader, by the register of practitioners."""
    known = registry.practitioner(reader.practitioner) if reader.practitioner is not None else None
    return identity.surname_key(known.family_th) if known is not None and known.family_th else None


def _own_registrations(reader: EmergencyReader) -> frozenset[int]:
    """Where the reader is a patient, by their number in the register of practitioners."""
    number = registry.same_human_number(reader.practitioner) if reader.practitioner is not None else None
    return identity.persons_of_number(number) if number else frozenset()


def name_of(reader: EmergencyReader) -> str:
    """The name of an account, as the patient reads it."""
    return reader.display_th.split(" · ")[0]


def locked(facility: str) -> GrantProblem | None:
    """Why a facility may not break the glass now; None: it may."""
    lock = storage.locks().get(facility)
    if lock is None or lock.cleared_at is not None:
        return None
    return GrantProblem(
        "",
        "หน่วยบริการนี้ค้างตรวจทบทวนการเปิดฉุกเฉินเกินกำหนด จึงเปิดไม่ได้จนกว่าเจ้าหน้าที่คุ้มครองข้อมูลจะปลด",
        "this facility has left too many emergency openings unreviewed; an officer must clear it first",
        code="SKL-GRANT-021",
        status=403,
    )


def _sought_too_often(reader: EmergencyReader, now: datetime) -> GrantProblem | None:
    lately = audit.facts("grant.sought", since=now - timedelta(hours=1))
    own = reader.practitioner
    sought = [f for f in lately if f.actor == reader.actor or (own and f.detail.get("practitioner") == own)]
    if len(sought) < SOUGHT_PER_HOUR:
        return None
    return GrantProblem(
        "",
        f"เปิดฉุกเฉินได้ไม่เกิน {SOUGHT_PER_HOUR} รายต่อชั่วโมง ให้แพทย์ท่านอื่นช่วยเปิด",
        f"one clinician seeks at most {SOUGHT_PER_HOUR} patients an hour; ask a colleague to open",
        code="SKL-GRANT-022",
        status=429,
    )


def _again() -> GrantProblem:
    return GrantProblem(
        "",
        "ท่านเคยเปิดข้อมูลฉุกเฉินของผู้ป่วยรายนี้ไปแล้ว ให้แพทย์ท่านอื่นเป็นผู้เปิดครั้งใหม่ หรือขอให้ร่วมลงนามให้ท่าน",
        "you have opened this patient's emergency record before; another clinician opens it anew, or co-signs for you",
        code="SKL-GRANT-023",
        status=403,
    )


def _elsewhere() -> GrantProblem:
    return GrantProblem(
        "",
        "ท่านเปิดข้อมูลฉุกเฉินของผู้ป่วยรายนี้อยู่ด้วยบัญชีอื่นของท่าน ให้เข้าใช้ด้วยบัญชีนั้น",
        "this patient's emergency record is open under another account of yours; sign in with that one",
        code="SKL-GRANT-025",
        status=403,
    )


def _own(number: UUID, reader: EmergencyReader, now: datetime, *, lock: bool = False) -> Grant:
    """The reader's own grant, open at this moment; one whose time is over is ended here, not only by the chore."""
    found = storage.one(number, lock=lock)
    if found is None or found.reader != reader.actor:
        raise grants.over()  # another's is like none
    if found.state is GrantState.ACTIVE and now >= found.until and not lock:
        _finish(number, GrantState.EXPIRED, now, "system:consent")
    grants.require_open(found, now)
    return found


@contextmanager
def _on_its_own() -> Iterator[None]:
    """One that somebody else has just ended, or whose key cannot be destroyed yet, keeps none of the others open."""
    try:
        yield
    except GrantProblem:
        pass
    except (OSError, vault_keys.KeyFolderProblem) as error:
        _log.error("a key could not be destroyed, it is tried again", error_type=type(error).__name__)


def _finish(
    number: UUID,
    how: GrantState,
    now: datetime,
    actor: str,
    detail: dict[str, Any] | None = None,
    *,
    why: str = "",
    wall: datetime | None = None,
) -> Grant:
    """End a grant that is active and shred its copy. One that somebody else has just ended is left as it is.

    why, wall  as for grants.end
    """
    with database.transaction():
        found = storage.one(number, lock=True)
        if found is None or found.state is not GrantState.ACTIVE:
            raise grants.over()
        found = grants.end(found, how, now, why, wall=wall)
        storage.replace(found)
        storage.drop_copy(found)
        told = {"how": how.value, **({"why": why} if why else {}), **(detail or {})}
        record("grant.ended", found, actor=actor, detail=told)
    return _shred(number, now)


def _shred(number: UUID, now: datetime) -> Grant:
    """Destroy the key, and only then say so."""
    found = storage.one(number)
    if found is None or found.state not in grants.ENDINGS:
        raise grants.over()
    vault_keys.destroy(found.id, found.until)
    with database.transaction():
        storage.drop_copy(found)
        gone = grants.shred(found, max(now, found.ended_at or now))
        storage.replace(gone)
        record("grant.shredded", gone, actor="system:consent")
    return gone


def _end_everything(readings: Readings) -> None:
    """A clock was set back: whoever trusts it does not know how much of any 72 hours is left, so nothing of them is.

    Where the machine has counted by itself how much has passed, a reader may open anew for the rest, which the clock
    counts from now on; rests of what was ended before are void.
    """
    destroyed = vault_keys.destroy_all()
    storage.void_rests()
    why = grants.CLOCK_SET_BACK if readings.elapsed is not None else ""
    for number in storage.active():
        with _on_its_own():
            _finish(number, GrantState.EXPIRED, readings.latest, "system:clock", why=why, wall=readings.wall)
    grants_moment.forget()
    _log.error("the clock was set back: every emergency grant was ended", count=destroyed)


def tell_refusal(reader: EmergencyReader, refusal: SuksalaError) -> None:
    """Keep that somebody was refused, and by which code; never what they had typed."""
    audit.record(
        "grant.refused",
        actor=reader.actor,
        purpose=Purpose.EMERGENCY,
        facility=reader.hospcode or None,
        detail={"code": refusal.code},
    )


def record(kind: str, grant: Grant, *, actor: str | None = None, detail: dict[str, Any] | None = None) -> None:
    """Keep a fact about a grant, of its reader unless another is named."""
    audit.record(
        kind,
        actor=actor or grant.reader,
        purpose=Purpose.EMERGENCY,
        person=grant.person,
        facility=grant.facility or None,
        detail={"grant": str(grant.id), **(detail or {})},
    )
