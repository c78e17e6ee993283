"""After the emergency: every opening is looked at by a privacy officer, and a facility that does not is locked."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime, timedelta
from uuid import UUID

from suksala import audit
from suksala.foundation import clock, database, settings

from . import grants, grants_openings
from . import grants_storage as storage
from .grants import Grant, GrantProblem, Told, Verdict, Way
from .grants_storage import Lock, Notice

LOOK_BACK = timedelta(days=90)  # openings by which a facility is judged
DELAY_LONGEST = timedelta(days=7)
MOST = 500


def grants_to_review(facility: str | None = None, *, done: bool = False, limit: int = MOST) -> list[Grant]:
    """Openings that no officer has looked at, the oldest first; with `done`, those that were, the newest first.

    facility  HOSPCODE of a facility's own officer; None: all, for the exchange's officer
    """
    return storage.reviewed(facility, limit) if done else storage.unreviewed(facility, limit)


def review_grant(number: UUID, verdict: str, note: str, *, actor: str, practitioner: int | None = None) -> Grant:
    """Say what came of looking at an opening, once, after it has ended.

    verdict       justified, unjustified or unclear; the latter two need a note of 15 characters or more
    practitioner  the officer's own entry in the registry, where the account has one
    Raises GrantProblem: unknown grant or verdict, not ended yet, reviewed already, an own opening.
    """
    if verdict not in set(Verdict):
        raise GrantProblem("verdict", "เลือกผลการทบทวน", "choose a verdict", code="SKL-GRANT-014")
    with database.transaction():
        found = storage.one(number, lock=True)
        if found is None:
            raise _unknown()
        grants.require_other(found, actor, practitioner)
        done = grants.review(found, Verdict(verdict), note, actor, clock.now())
        storage.replace(done)
        _record("grant.reviewed", done, actor, {"verdict": verdict})
    return done


def delay_notice(number: UUID, until: datetime, words: str, *, actor: str, practitioner: int | None = None) -> None:
    """Have the patient told later, where telling now would endanger somebody: at most 7 days after the beginning.

    Raises GrantProblem: unknown grant, an own opening, too long, or too short a reason.
    """
    told = grants.plain(words)
    grants.require_words(told, "words")
    with database.transaction():
        found = storage.one(number, lock=True)
        if found is None:
            raise _unknown()
        grants.require_other(found, actor, practitioner)
        if until > found.began + DELAY_LONGEST:
            raise GrantProblem(
                "until",
                "เลื่อนการแจ้งเจ้าของข้อมูลได้ไม่เกิน 7 วันนับจากเปิด",
                "the patient is told at the latest 7 days after the opening",
                code="SKL-GRANT-015",
            )
        storage.delay(found, until, actor, told)
        _record("grant.notice-delayed", found, actor, {"until": until.isoformat()})


def told_from(number: UUID) -> datetime | None:
    """From when on the patient is told of an opening; None when there is no such opening."""
    return storage.citizen_due(number)


def openings_read(persons: Collection[int]) -> list[Grant]:
    """Emergency openings for their patient to read, as `openings_of`: from then on the patient is told of them."""
    found = grants_openings.openings_of(persons)
    if found:
        storage.read_by_patient(persons, clock.now())
    return found


def untold(facility: str | None = None, *, after: Grant | None = None, limit: int = MOST) -> list[Grant]:
    """Openings of which their patient has not read and nobody told them otherwise, the oldest first.

    facility  HOSPCODE of a facility's own officer; None: all, for the exchange's officer
    after     only those that follow this one
    """
    return storage.untold(facility, after, clock.now(), limit)


def told_how(grant: Grant) -> Told | None:
    """How an officer told the patient of an opening; None: nobody did."""
    return storage.told_how(grant)


def tell_patient(number: UUID, how: str, on: date, *, actor: str, practitioner: int | None = None) -> Told:
    """Keep that an officer told a patient whom nothing else reaches.

    how  one of Way; on  the day, from that of the opening to today
    Raises GrantProblem: unknown opening, an own one, no such way or day, told already or not to be told yet.
    """
    with database.transaction():
        found = storage.one(number, lock=True)
        if found is None or found.started_at is None:
            raise _unknown()
        grants.require_other(found, actor, practitioner)
        if how not in set(Way):
            raise GrantProblem("how", "เลือกวิธีแจ้ง", "choose how the patient was told", code="SKL-GRANT-018")
        if not found.began.astimezone(clock.BANGKOK).date() <= on <= clock.today():
            raise GrantProblem(
                "on",
                "วันที่แจ้งต้องตั้งแต่วันที่เปิดถึงวันนี้",
                "the day is from that of the opening to today",
                code="SKL-GRANT-019",
            )
        told = Told(how, on, actor)
        if not storage.told_otherwise(found, told, clock.now()):
            raise GrantProblem(
                "",
                "เจ้าของข้อมูลทราบแล้ว หรือยังไม่ถึงกำหนดแจ้ง",
                "the patient knows of it already, or is not to be told yet",
                code="SKL-GRANT-029",
                status=409,
            )
        _record("grant.patient-told", found, actor, {"how": how, "on": on.isoformat()})
    return told


def officer_notices(facility: str | None = None, *, limit: int = 100) -> list[Notice]:
    """What a facility's officer, or with None the exchange's, is told at once: by reference only, newest first."""
    return storage.notices_of("facility-officer" if facility else "exchange-officer", facility, limit)


def facility_locks() -> list[Lock]:
    """Facilities that may not break the glass now, by code."""
    return [lock for _, lock in sorted(storage.locks().items()) if lock.cleared_at is None]


def lock_overdue() -> list[str]:
    """Lock the facilities that left more openings unreviewed than is allowed; returns those locked now.

    Counted are openings of the last 90 days that are older than the days allowed, and since the last clearing.
    """
    now, allowed = clock.now(), settings.current()
    late = now - timedelta(days=allowed.review_days)
    known, locked = storage.locks(), []
    for facility, _, _ in storage.shares(now - LOOK_BACK, late):
        lock = known.get(facility)
        if lock is not None and lock.cleared_at is None:
            continue
        since = lock.cleared_at - timedelta(days=allowed.review_days) if lock and lock.cleared_at else now - LOOK_BACK
        counted = {code: (openings, left) for code, openings, left in storage.shares(since, late)}
        openings, left = counted.get(facility, (0, 0))
        if left * 100 > allowed.review_percent * openings:
            _lock(facility, openings, left, now)
            locked.append(facility)
    return locked


def _lock(facility: str, openings: int, left: int, now: datetime) -> None:
    allowed = settings.current()
    with database.transaction():
        storage.keep_lock(facility, now)
        audit.record(
            "grant.facility-locked",
            actor="system:consent",
            facility=facility,
            detail={
                "openings": openings,
                "unreviewed": left,
                "percent": allowed.review_percent,
                "days": allowed.review_days,
            },
        )


def clear_lock(facility: str, words: str, *, actor: str) -> None:
    """Let a facility break the glass again, with a reason. Raises GrantProblem: not locked, or too short a reason."""
    told = grants.plain(words)
    grants.require_words(told, "words")
    with database.transaction():
        if not storage.clear_lock(facility, clock.now(), actor, told):
            raise GrantProblem(
                "", "หน่วยบริการนี้ไม่ได้ถูกระงับ", "this facility is not locked", code="SKL-GRANT-016", status=404
            )
        audit.record("grant.facility-cleared", actor=actor, facility=facility)


def _unknown() -> GrantProblem:
    return GrantProblem("", "ไม่พบการเปิดฉุกเฉินนี้", "there is no such opening", code="SKL-GRANT-017", status=404)


def _record(kind: str, grant: Grant, actor: str, detail: dict[str, str]) -> None:
    audit.record(
        kind,
        actor=actor,
        person=grant.person,
        facility=grant.facility or None,
        detail={"grant": str(grant.id), **detail},
    )
