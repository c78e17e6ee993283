"""The page for auditors says what the code does: its figures and its words are the code's own."""

from __future__ import annotations

from pathlib import Path

import pytest

from suksala.foundation import settings
from suksala.signin import (
    device_rules,
    enrolment_rules,
    password_rules,
    passwords,
    provider_rules,
    second_factor,
    session_rules,
    sms_rules,
    ways_in,
)
from suksala.signin.provider_rules import MAX_AGE, Asking

PAGE = (Path(__file__).parents[3] / "docs/reference/sign-in.md").read_text(encoding="utf-8")

MINUTE = 60


def minutes(time: object) -> str:
    """Whole minutes."""
    seconds = time.total_seconds()  # type: ignore[attr-defined]
    assert seconds % MINUTE == 0
    return f"{int(seconds) // MINUTE} minutes"


@pytest.mark.parametrize(
    "told",
    [
        f"| no request | {minutes(session_rules.LOCK_AFTER)} |",
        f"| since sign-in | {session_rules.ABSOLUTE.seconds // 3600} hours |",
        f"a proof of the last {minutes(session_rules.STEP_UP)}",
        f"| side by side, of one account | {session_rules.MOST} |",
        f"within {MAX_AGE[Asking.SIGN_IN].seconds} seconds to sign in",
        f"anew ({MAX_AGE[Asking.PROVE].seconds}) to",
        f"with {provider_rules.SKEW.seconds} seconds for the clocks",
        f"counts for {minutes(provider_rules.CHOOSE_WITHIN)} and once",
        f"one of {second_factor.RECOVERY_CODES} codes of {second_factor.RECOVERY_DIGITS} digits",
        f"15 to {passwords.LONGEST} characters",
        f"up to {password_rules.MOST_REST} letters more",
        f"{minutes(enrolment_rules.LIVES[True])} (citizens)",
        f"{enrolment_rules.LIVES[False].days * 24} hours (staff)",
        f"{sms_rules.DIGITS} digits, {minutes(sms_rules.LIVES)}, {sms_rules.TRIES} tries, once",
        f"in {minutes(sms_rules.SHORT)} | in a day |",
        f"| asked for on one device | {sms_rules.PER_DEVICE} | |",
        f"| of one account | {sms_rules.PER_ACCOUNT} | {sms_rules.PER_ACCOUNT_DAY} |",
        f"| to one number | {sms_rules.PER_NUMBER} | {sms_rules.PER_NUMBER_DAY} |",
        f"get {settings.current().sms_per_hour} in an hour",
        f"on their pages for {sms_rules.NEWS_DAYS.days} days",
        f"has known for {device_rules.SETTLES_AFTER.days * 24} hours",
    ],
)
def test_each_figure_is_the_codes_own(told: str) -> None:
    """Whoever changes one changes the page (ASVS V6.1.3, V7.1.1, V7.1.3)."""
    assert told in PAGE


def test_the_limits_are_those_that_count_tries() -> None:
    """Per way in: by address, and of names by what was typed (ASVS V6.1.1)."""
    rows = {way: [rate.split("/") for rate in told.split(",")] for way, told in ways_in.LIMITS.items()}
    assert {way: [(most, within) for most, within, _ in rates] for way, rates in rows.items()} == {
        "passkey": [("120", "5m")],
        "password": [("60", "5m"), ("5", "5m")],
        "code": [("20", "5m")],
        "sms": [("120", "5m")],
        "sms-ask": [("60", "5m")],
    }
    for row in ("| passkey | 120 |", "code | 60 | address", "code | 5 | name", "| enrolment code | 20 |"):
        assert row in PAGE
    for row in ("| code by SMS, typed | 120 | address", "| code by SMS, asked for | 60 | address"):
        assert row in PAGE


def test_the_words_of_this_service_are_listed() -> None:
    """All of them and no other (ASVS V6.1.2)."""
    listed = [line.removeprefix("> ").split() for line in PAGE.splitlines() if line.startswith("> ")]
    assert [word for line in listed for word in line] == list(password_rules.CONTEXT)
