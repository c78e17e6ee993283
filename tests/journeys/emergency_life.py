"""One step in the life of an emergency copy, in a process of its own: `python -m tests.journeys.emergency_life STEP`.

The clock of the step stands in SUKSALA_TEST_HOURS, hours after the opening; keys lie in SUKSALA_EPOCH_KEYS.
"""

from __future__ import annotations

import json
import os
import sys
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

BEGAN = datetime(2026, 11, 22, 3, 15, tzinfo=UTC)
MARKER = b"MARKER-of-what-was-copied-0451"
COPIED = MARKER * 50
CONTROL = "CONTROL-in-the-reason-8723 หมดสติ"  # stays, in clear: shows that the look would find something


@dataclass(frozen=True)
class Doctor:
    """A clinician as sign-in knows them."""

    actor: str = "account:doctor"
    role: str = "clinician"
    hospcode: str = "99803"
    display_th: str = "พญ.เวรดึก"
    practitioner: int | None = None


def turn(hours: float) -> None:
    """All clocks of this process stand so many hours after the opening."""
    from suksala.consent import grants_storage
    from suksala.foundation import clock

    moment = BEGAN + timedelta(hours=hours)
    clock.now = lambda: moment  # type: ignore[assignment]
    grants_storage.database_now = lambda: moment  # type: ignore[assignment]


def opened() -> str:
    """A woman whom the exchange knows, a grant, and a sealed copy."""
    from suksala import consent, identity
    from tests.people import HOSPITAL, mali, number
    from tests.staff import practitioner

    identity.link(HOSPITAL, [mali("1")])
    need = consent.Need("ucep-1", CONTROL, "ER-1", "ว.12345", attested=True)
    doctor = Doctor(practitioner=practitioner(Doctor.hospcode))
    grant = consent.break_glass(doctor, number(1), need)
    consent.keep_copy(grant.id, Doctor(), COPIED)
    return str(grant.id)


def read() -> str:
    """What the reader gets: the copy, or why not; tried twice, for the first may only notice a clock."""
    from suksala import consent
    from suksala.foundation import SuksalaError, database

    said = ""
    for _ in range(2):
        [[number]] = database.rows("SELECT id FROM consent_grant")
        try:
            return str(consent.read_copy(number, Doctor())[1])
        except SuksalaError as error:
            said = error.code
    return said


def copies() -> int:
    """How many sealed copies the database holds."""
    from suksala.foundation import database

    return int(database.rows("SELECT count(*) FROM consent_copy")[0][0])


def main() -> None:
    """Do one step on the database of DATABASE_URL, or of the data folder."""
    from suksala import operations

    with operations.running_database(Path(os.environ["SUKSALA_DATA"])):
        turn(float(os.environ["SUKSALA_TEST_HOURS"]))
        from suksala import consent

        steps = {"open": opened, "read": read, "expire": consent.expire_grants, "copies": copies}
        print(json.dumps(steps[sys.argv[1]]()))


if __name__ == "__main__":
    main()
