"""Use cases of Consents that other systems send: taken in as a rule, replaced, ended, or refused with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from typing import Any

import orjson

from suksala import identity
from suksala.foundation import clock, database

from . import consents_storage, fhir_reading, giving
from .consents import Channel, Choice, Consent, Receiver
from .fhir_reading import CannotCarryOut, Sent
from .giving import Decider


def require_takable(body: Mapping[str, Any], facility: str | None) -> None:
    """Raises ConsentProblem for a Consent that cannot be carried out, or that opens more than its sender may.

    facility  of whoever sends it; None: a system of the exchange itself
    """
    sent = fhir_reading.read(body)
    if sent is not None:
        _require_own(sent, facility)
        giving.require_meaning(sent.base, sent.exceptions)


def take_in(
    person: int, name: str, body: Mapping[str, Any] | None, sender: str, facility: str | None, now: datetime
) -> Consent | None:
    """Let what a system sent have its effect, in the place of what it sent under this name before.

    person  a registration of whom it is about
    name    `Consent/<id>` of the sender's resource
    body    the resource; None: it was deleted
    What was decided here about the sender's earlier version goes before it: only a document that the person signed
    after that decision gives again.

    Returns the consent that counts now, None where it has no effect. Raises ConsentProblem.
    """
    persons = identity.persons_like(person)
    relation = "self" if body and _by_patient(body) else "represented"
    by = Decider(sender, relation, Channel.FHIR, "resource", name)
    sent = fhir_reading.read(body) if body is not None else None
    with database.transaction():
        consents_storage.lock_human(persons)
        former = [c for c in consents_storage.counting(persons, now) if c.source == name]
        for each in former:
            if sent is None or not _same(each, sent):
                giving.withdraw(persons, each.id, by, now)
        if sent is None or (sent.until is not None and sent.until <= now):
            return None
        _require_own(sent, facility)
        _require_newer(body or {}, consents_storage.decided_by_others(persons, name, sender), now)
        text = sha256(orjson.dumps(dict(body or {}), option=orjson.OPT_SORT_KEYS)).hexdigest()
        return giving.give(person, sent.base, by, now, exceptions=sent.exceptions, text=text, until=sent.until)


def _same(standing: Consent, sent: Sent) -> bool:
    return (standing.base, standing.exceptions, standing.until) == (sent.base, sent.exceptions, sent.until)


def _require_newer(body: Mapping[str, Any], decided: datetime | None, now: datetime) -> None:
    """Raises CannotCarryOut for a document older than what was decided here about it; a day is its first moment."""
    if decided is None or decided < _signed(body.get("dateTime"), decided) <= now:
        return
    raise CannotCarryOut(
        "Consent.dateTime",
        "เจ้าของประวัติเลิกหรือเปลี่ยนคำยินยอมนี้ไว้ในระบบแล้ว ส่งได้เฉพาะฉบับที่ลงชื่อหลังจากนั้น พร้อมเวลา",
        "the person ended or changed this consent here; send one that they signed after that, with its time",
    )


def _signed(text: object, otherwise: datetime) -> datetime:
    try:
        found = datetime.fromisoformat(str(text))
    except ValueError:  # a year or a month tells nothing here
        return otherwise
    return found if found.tzinfo else found.replace(tzinfo=clock.BANGKOK)


def _by_patient(body: Mapping[str, Any]) -> bool:
    return body.get("performer") in (None, [], [body.get("patient")])


def _require_own(sent: Sent, facility: str | None) -> None:
    """A facility may bring a patient's leave for itself, and any denial: nothing that opens to others."""
    if facility is None:
        return
    own = frozenset({Receiver("facility", facility)})
    opening = [c for c in (sent.base, *sent.exceptions) if c.permit]
    if any(not _named(choice, sent.base) <= own or not _named(choice, sent.base) for choice in opening):
        raise CannotCarryOut(
            "Consent.provision.actor",
            "รับเฉพาะความยินยอมที่ให้หน่วยบริการผู้ส่งดู ระบุ Organization ของท่านเป็นผู้รับ (IRCP)",
            "name your own Organization as the receiver (IRCP): a sender opens to itself only",
        )


def _named(choice: Choice, base: Choice) -> frozenset[Receiver]:
    return choice.receivers or base.receivers
