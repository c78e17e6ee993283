"""`suksala grants`: emergency openings, for the operator: by reference, without patient and reason."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from .console import print_json
from .failures import BadUsage
from .serving import data_folder, quiet_database

if TYPE_CHECKING:
    from suksala.consent import Grant

ACTOR = "system:operator"


def show(*, data: Path | None, as_json: bool) -> None:
    """List the openings that are not reviewed yet, the oldest first."""
    with quiet_database(data_folder(data)):
        from suksala import consent

        found = consent.grants_to_review()
    if as_json:
        print_json([_document(grant) for grant in found])
        return
    for grant in found:
        print(
            f"{grant.id}  {grant.reference}  {grant.state:<12} {grant.facility:<5} {_when(grant.began)} – "
            f"{_when(grant.ended_at or grant.until)}  ทบทวนภายใน · review by {_when(grant.review_due)}"
        )
    if not found:
        print("ไม่มีการเปิดฉุกเฉินที่ค้างทบทวน · no emergency opening waits for review")


def end(number: str, reason: str, *, data: Path | None, as_json: bool) -> None:
    """End one opening: its key and copy are destroyed at once."""
    try:
        wanted = UUID(number)
    except ValueError as error:
        raise BadUsage(
            "เลขการเปิดไม่ถูกรูปแบบ: ดู suksala grants list", "not the id of an opening: see suksala grants list"
        ) from error
    with quiet_database(data_folder(data)):
        from suksala import consent

        ended = consent.revoke_grant(wanted, actor=ACTOR, words=reason)
    if as_json:
        print_json(_document(ended))
    else:
        print(f"ปิดและทำลายแล้ว {ended.reference} · {ended.reference} is closed and destroyed")


def shred_now(*, data: Path | None, as_json: bool) -> None:
    """End every opening."""
    with quiet_database(data_folder(data)):
        from suksala import consent

        ended = consent.shred_now(actor=ACTOR)
    if as_json:
        print_json({"ended": ended})
    else:
        print(f"ปิดและทำลายทั้งหมด {ended} รายการ · {ended} openings are closed and destroyed")


def _when(at: datetime) -> str:
    from suksala.foundation import clock

    return f"{at.astimezone(clock.BANGKOK):%Y-%m-%d %H:%M}"


def _document(grant: Grant) -> dict[str, Any]:
    return {
        "id": str(grant.id),
        "reference": grant.reference,
        "state": grant.state.value,
        "facility": grant.facility,
        "reader": grant.reader,
        "began": grant.began,
        "until": grant.until,
        "ended": grant.ended_at,
        "destroyed": grant.shredded_at,
        "review_due": grant.review_due,
        "flags": list(grant.flags),
    }
