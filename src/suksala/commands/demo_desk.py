"""The demo's privacy desk: an opening of yesterday that looks like curiosity, and a citizen's doubt. All made up."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time, timedelta

READER, CITIZEN, OFFICER = "account:clinician", "account:citizen-1", "account:privacy"
AFTERNOON = time(14, 5)
WHY = "บุคคลสมมติที่มีผู้รู้จักมาก"
DOUBT = "ไม่ได้ไปหาหมอวันนั้น ใครเปิดดูข้อมูลของฉัน (เหตุสมมติ)"


def make_desk(hospital: str, citizen: int, strangers: Collection[int]) -> None:
    """Let the demo clinician of a hospital have read records yesterday; again does nothing.

    citizen    a registration of the citizen who doubts that it was for their care
    strangers  registrations of people whom the hospital never saw: one of them is protected, and the nightly look finds
               that the clinician read it
    """
    from suksala import audit, identity, privacy
    from suksala.foundation import clock

    if privacy.cases(None) or privacy.cases(None, answered=True):
        return
    on = clock.today() - timedelta(days=1)  # so that the next nightly look misses nothing of today
    at = datetime.combine(on, AFTERNOON, clock.BANGKOK)
    known = sorted(strangers)[:1]
    for person in set(known) - identity.protected_among(known):
        identity.protect(person, WHY, facility=hospital, actor=OFFICER)
    read = {"operation": "timeline"}
    audit.record_many([audit.Fact(at, "read", READER, "TREAT", who, hospital, read) for who in (citizen, *known)])
    privacy.look(on)
    privacy.open_case([citizen], READER, hospital, on, DOUBT, actor=CITIZEN)
