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


DEVICE = """
INSERT INTO signin_device (account_id, digest, name, first_at, settled_at, answered)
VALUES (%s, %s, '', now(), now(), 'mine') RETURNING id"""
TELEPHONE = "INSERT INTO signin_telephone (account_id, number, digest, at, device_id) VALUES (%s, %s, %s, now(), %s)"
TEXT = """
INSERT INTO signin_sms (account_id, kind, digest, number, words, asked_at, due_at, until)
VALUES (%s, 'device', %s, %s, %s, now(), now(), now() + interval '1 day')"""
# What somebody ends on the day after the copy, and what each is when nobody has: see `standing`.
STANDING = {
    "clients": "SELECT count(*) FROM signin_client WHERE active AND suspended_at IS NULL",
    "tokens": "SELECT count(*) FROM signin_token WHERE revoked_at IS NULL",
    "codes": "SELECT count(*) FROM signin_enrolment WHERE ended_at IS NULL",
    "telephones": "SELECT count(*) FROM signin_telephone WHERE number IS NOT NULL",
    "texts": "SELECT count(*) FROM signin_sms WHERE number IS NOT NULL",
    "devices": "SELECT count(*) FROM signin_device WHERE answered = 'mine'",
}


def _share(person: int) -> None:
    """Mali lets the night doctor's hospital see, closes one class to everybody, and has a helper."""
    from suksala import consent
    from suksala.consent import Choice, Decider, Receiver, Relation, Right, Terms
    from suksala.foundation import clock

    mali, helper = Decider("account:mali"), person + 1
    for choice in (
        Choice(True, frozenset({Receiver("facility", "99803")})),
        Choice(False, labels=frozenset({"MENTAL_HEALTH"})),
    ):
        text = consent.newest("share" if choice.permit else "refuse").digest
        consent.give(person, choice, mali, clock.now(), text=text)
    terms = Terms(Relation.DELEGATE, frozenset({Right.VIEW}))
    consent.appoint(person, "account:helper", helper, terms, mali.actor, clock.now())


def _ways_in(person: int) -> None:
    """Mali's account with a device, a number and a text that waits; a system with a token; a code of a colleague."""
    from suksala import signin
    from suksala.foundation import database, keys

    account = signin.Account.objects.create_account(
        "mali", role="citizen", display_th="ม", display_en="M", person=person
    )
    [[device]] = database.rows(DEVICE, [account.pk, b"d"])
    sealed = keys.seal("0800000001")
    database.execute(TELEPHONE, [account.pk, sealed, b"n", device])
    database.execute(TEXT, [account.pk, b"n", sealed, keys.seal("words")])
    signin.add_client("his", None, ["system/*.rs"], 60, actor="system:operator")


def standing() -> dict[str, object]:
    """What opens something now."""
    from suksala import consent, identity
    from suksala.foundation import clock, database
    from tests.people import HOSPITAL

    person, now = identity.persons(HOSPITAL, ["1"])["1"], clock.now()
    counts = {name: database.rows(sql)[0][0] for name, sql in STANDING.items()}
    states = sorted(each.state for each in consent.consents_of([person], now))
    paused = [(each.state, each.version) for each in consent.paused_consents([person], now)]
    helped = [each.standing for each in consent.represented_by("account:helper", now)]
    history = [each.state for each in consent.consent_history([person])]
    return {**counts, "consents": states, "paused": paused, "represented": helped, "history": sorted(history)}


def restored() -> dict[str, object]:
    """What the log says of the last restore."""
    from suksala import audit

    [*_, fact] = audit.facts("backup.restore")
    return dict(fact.detail)


def live() -> str:
    """A record, an emergency copy, a session, a file that was sent; who may see it, and ways in."""
    from suksala import identity, signin
    from suksala.foundation import database, settings
    from tests.people import HOSPITAL, mali

    emergency_life.opened()
    signin.add_account("somchai.k", role="steward", display_th="สมชาย", display_en="Somchai", actor="system:operator")
    database.execute(SIGNED_IN)
    identity.link(HOSPITAL, [mali("2", number=None, given="ผู้ช่วย", family="ใจดี")])
    person = identity.persons(HOSPITAL, ["1"])["1"]
    _share(person)
    _ways_in(person)
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
        steps = {"live": live, "look": look, "standing": standing, "restored": restored, "read": emergency_life.read}
        print(json.dumps(steps[sys.argv[1]]()))


if __name__ == "__main__":
    main()
