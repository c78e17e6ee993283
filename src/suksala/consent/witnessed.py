"""What may be read while nobody outside co-signs the audit log: the own facility's rows, no longer those of others.

The log proves who looked only as long as others sign that it grew and was not rewritten. After four hours without a
co-signatures of a quorum what crosses facilities stops; a hospital goes on with its own patients (decision 0085).
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from suksala import audit, registry
from suksala.foundation import SuksalaError

from .permits import Permit, Purpose, Scope

STOPS_AFTER = timedelta(hours=4)  # as X-Road stops exchanging when time-stamping has failed for 14,400 s

# One's own record, which nobody else is to be kept from reading unseen; a life in danger, which is told and reviewed.
GOES_ON = frozenset({Purpose.OWN_RECORD, Purpose.EMERGENCY})


class NotWitnessed(SuksalaError):
    """Nothing of other facilities is opened while no quorum has co-signed the audit log for four hours."""

    code = "SKL-PERMIT-003"
    http_status = 503

    def __init__(self) -> None:
        super().__init__(
            "หน่วยงานอื่นรับรองบันทึกการเข้าถึงไม่ครบจำนวนเกิน 4 ชั่วโมง จึงหยุดเปิดข้อมูลข้ามหน่วยบริการ ข้อมูลของหน่วยตนเองยังเปิดได้",
            "too few other agencies have co-signed the audit log for 4 hours: records of other facilities stay closed, "
            "those of the own facility open as before",
        )


def is_stopped() -> bool:
    """Whether what crosses facilities stands still at this moment."""
    return audit.silence() >= STOPS_AFTER


def witnessed(permit: Permit) -> Permit:
    """What of a permit holds now: all of it, or only the own facility's rows. Raises NotWitnessed when none is left."""
    if not is_stopped() or permit.purpose in GOES_ON or permit.reader.startswith("system:"):
        return permit
    if permit.facility is None:
        raise NotWitnessed
    own = registry.org_number(permit.facility)
    local = tuple(near for scope in permit.scopes if (near := _at(scope, own)) is not None)
    if not local:
        raise NotWitnessed
    return replace(permit, scopes=local)


def _at(scope: Scope, organization: int) -> Scope | None:
    """What of a scope one facility recorded: never more than the scope."""
    organizations = scope.rows.organizations
    if organizations is not None and organization not in organizations:
        return None
    return replace(scope, rows=replace(scope.rows, organizations=frozenset({organization})))
