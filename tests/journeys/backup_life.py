"""One step in the life of an installation that is lost, in a process of its own, as `emergency_life` has them."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

from tests.journeys import emergency_life

SIGNED_IN = """
INSERT INTO signin_session (account_id, opened_at, seen_at, proved_at, proof, device, facility, ended_why)
SELECT id, now(), now(), now(), 'passkey', '', '', '' FROM signin_account WHERE login = 'somchai.k'"""


def live() -> str:
    """A record, an emergency copy, a session, and a file that was sent."""
    from suksala import signin
    from suksala.foundation import database, settings

    emergency_life.opened()
    signin.add_account("somchai.k", role="steward", display_th="สมชาย", display_en="Somchai", actor="system:operator")
    database.execute(SIGNED_IN)
    deposit = settings.current().data_dir / "deposits" / "ab" / "abc.zip"
    deposit.parent.mkdir(parents=True)
    deposit.write_bytes(b"what was sent, as it was sent")
    return look()["number"]


def look() -> dict[str, object]:
    """What a stranger to this database would compare: people, their unsealed number, open sessions."""
    from suksala.foundation import database, keys

    [[people]] = database.rows("SELECT count(*) FROM identity_demographics")
    [[number]] = database.rows("SELECT number_sealed FROM identity_demographics LIMIT 1")
    [[sessions]] = database.rows("SELECT count(*) FROM signin_session WHERE ended_at IS NULL")
    return {"people": people, "number": keys.unseal(number), "sessions": sessions}


def main() -> None:
    """Do one step on the data folder."""
    from suksala import operations

    with operations.running_database(Path(os.environ["SUKSALA_DATA"])):
        emergency_life.turn(float(os.environ.get("SUKSALA_TEST_HOURS", "1")))
        steps = {"live": live, "look": look, "read": emergency_life.read}
        print(json.dumps(steps[sys.argv[1]]()))


if __name__ == "__main__":
    main()
