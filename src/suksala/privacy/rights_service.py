"""Use cases of requests about one's own data (PDPA s.30-36). Every act is in the audit log."""

from __future__ import annotations

from collections.abc import Collection

from suksala import audit
from suksala.foundation import clock, database

from . import officers, rights, storage
from . import rights_storage as requests
from .domain import PrivacyProblem, require_other
from .rights import DataRequest

MOST = 500


def make_request(persons: Collection[int], right: str, facility: str | None, words: str, *, actor: str) -> DataRequest:
    """A person asks for what the Act gives them; from this moment the 30 days run.

    persons   the person's own registrations, one or more
    right     of Right
    facility  HOSPCODE of whom is asked, one that the person is registered at; None: the exchange
    words     what it is about; a copy and portability need none
    Raises PrivacyProblem: no such right, nothing said, a stranger's facility, or the same request waits already.
    """
    wanted = rights.read_right(right)
    told = rights.require_asked(wanted, words)
    with database.transaction():
        asked = officers.registered_at(persons, facility)
        if asked is None:
            raise PrivacyProblem(
                "เลือกหน่วยบริการที่มีประวัติของท่าน", "choose a facility where you are registered", code="SKL-PRIV-010"
            )
        made = DataRequest(storage.new_number(), asked, wanted, clock.now(), actor, facility, told)
        if not requests.insert(made, persons):
            raise PrivacyProblem(
                "คำขอนี้ยื่นแล้วและกำลังรอคำตอบ", "you asked for this already; it waits for its answer", code="SKL-PRIV-011"
            )
        _record("privacy.request-made", made, actor, purpose="PATRQT")
    return made


def requests_of(persons: Collection[int]) -> list[DataRequest]:
    """A person's requests with state and answer, the newest first."""
    return requests.of_persons(persons) if persons else []


def data_requests(facility: str | None, *, closed: bool = False) -> list[DataRequest]:
    """Requests that wait for an officer, overdue ones first; or those that were answered or refused.

    facility  of a facility's own officer; None: all, for the exchange's
    """
    return requests.listed(facility, closed=closed, limit=MOST)


def data_request(number: int, facility: str | None) -> DataRequest | None:
    """One request, None when there is none or it is another facility's."""
    return requests.one(number, facility)


def take_request(number: int, facility: str | None, *, actor: str) -> DataRequest:
    """An officer begins to work on a request. Raises PrivacyProblem: it is about themselves, or answered."""
    with database.transaction():
        changed = rights.take_up(_found(number, facility, actor), actor)
        requests.save(changed)
        _record("privacy.request-taken", changed, actor)
    return changed


def close_request(number: int, facility: str | None, outcome: str, words: str, *, actor: str) -> DataRequest:
    """Answer a request, or refuse it with the reason, once; the person reads it at once.

    outcome  "answered" or "refused"
    Raises PrivacyProblem, as `take_request` and for the outcome or its words.
    """
    with database.transaction():
        found = _found(number, facility, actor)
        changed = rights.close(found, outcome, words, actor, clock.now())
        requests.save(changed)
        _record(f"privacy.request-{changed.state.value}", changed, actor)
    return changed


def _found(number: int, facility: str | None, actor: str) -> DataRequest:
    """The request, for an officer who is neither who asked nor whom it is about."""
    found = requests.one(number, facility, lock=True)
    if found is None:
        raise PrivacyProblem("ไม่พบคำขอนี้", "there is no such request", code="SKL-PRIV-007")
    require_other(officers.parties(found.asked_by, found.person), officers.who(actor))
    return found


def _record(kind: str, request: DataRequest, actor: str, *, purpose: str | None = None) -> None:
    audit.record(
        kind,
        actor=actor,
        purpose=purpose,
        person=request.person,
        facility=request.facility,
        detail={"right": request.right.value},
    )
