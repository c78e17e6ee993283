"""Steps in the life of an installation that is served to a browser: `python -m tests.journeys.served_life STEP...`.

What the record says of her stands in it piece by piece; only an emergency copy, and a page, hold the pieces joined.
"""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

UNIT = "MARKER-of-the-night-0451"
JOINED = f"4511.25 {UNIT}"
TEST = "ผลตรวจสมมติ"


def fill() -> str:
    """A woman whom one facility knows, a result of hers, and a doctor elsewhere. Returns her national number."""
    from suksala import identity, signin
    from suksala.foundation import clock
    from tests.people import HOSPITAL, mali, number
    from tests.record import keep
    from tests.staff import practitioner

    identity.link(HOSPITAL, [mali("1")])
    result = {
        "status": "final",
        "code": {"text": TEST},
        "effectiveDateTime": clock.today().isoformat(),
        "valueQuantity": {"value": 4511.25, "unit": UNIT},
    }
    person = identity.persons(HOSPITAL, ["1"])["1"]
    keep({"resourceType": "Observation", "id": "ob-0451", **result}, person=person, hospcode=HOSPITAL)
    who = {"role": "clinician", "display_th": "พญ.เวรดึก", "display_en": "Doctor at night"}
    signin.save_demo_account("doctor", **who, hospcode="99803", practitioner=practitioner("99803"))
    return number(1)


def unseal() -> bool:
    """Whether the key in SUKSALA_TEST_KEY opens the sealed copy that the database holds."""
    from suksala.consent import vault
    from suksala.foundation import database

    [[grant, sealed]] = database.rows("SELECT grant_id, sealed FROM consent_copy")
    return JOINED in vault.unseal(bytes(sealed), bytes.fromhex(os.environ["SUKSALA_TEST_KEY"]), grant).decode()


def read() -> str:
    """What the doctor gets: the copy, or why not; tried twice, for the first may only notice a clock."""
    from suksala import consent, signin
    from suksala.foundation import SuksalaError, database

    [[grant]] = database.rows("SELECT id FROM consent_grant")
    said = ""
    for _ in range(2):
        try:
            return str(consent.read_copy(grant, signin.demo_account("doctor"))[1])
        except SuksalaError as error:
            said = error.code
    return said


def main() -> None:
    """Do some steps on the data folder."""
    from suksala import operations

    with operations.running_database(Path(os.environ["SUKSALA_DATA"])):
        steps = {"fill": fill, "unseal": unseal, "read": read}
        print(json.dumps([steps[name]() for name in sys.argv[1:]]))


if __name__ == "__main__":
    main()
