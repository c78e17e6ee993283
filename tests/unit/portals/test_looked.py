"""Who looked, told so that it does not frighten."""

from __future__ import annotations

from datetime import UTC, datetime

from suksala.audit import Fact
from suksala.portals import looked


def fact(hour: int, actor: str, kind: str = "read", purpose: str | None = "TREAT") -> Fact:
    return Fact(datetime(2026, 11, 20, hour, tzinfo=UTC), kind, actor, purpose, 1, "99001")


def test_many_openings_of_one_reader_on_one_day_are_one_line() -> None:
    looks = looked.gather(
        [fact(1, "account:nurse"), fact(3, "account:nurse"), fact(2, "account:doctor")], own="account:me"
    )
    assert [(look.actor, look.times) for look in looks] == [("account:nurse", 2), ("account:doctor", 1)]


def test_a_day_is_a_day_in_bangkok() -> None:
    """16:00 and 18:00 UTC are two days there."""
    looks = looked.gather([fact(16, "account:nurse"), fact(18, "account:nurse")], own="account:me")
    assert [look.on.day for look in looks] == [21, 20]


def test_lists_count_as_looking_and_other_facts_do_not() -> None:
    facts = [
        fact(1, "account:team", "panel.read"),
        fact(1, "system:identity", "identity.link"),
        fact(1, "a", "phr.login"),
    ]
    assert [look.actor for look in looked.gather(facts, own="account:me")] == ["account:team"]


def test_the_own_openings_are_marked() -> None:
    [look] = looked.gather([fact(1, "account:me", purpose="PATRQT")], own="account:me")
    assert look.own
    assert looked.PURPOSES[look.purpose].en == "You asked for it"
