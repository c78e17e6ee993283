"""Who looked, told so that it does not frighten."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

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


def test_every_kind_of_seeing_somebody_is_told_with_what_it_was() -> None:
    """A copy read on a later day, the review desk and the privacy officer, as their own facts promise; no step of a
    grant, which shows nothing.
    """
    kinds = ["read.copy", "identity.question-seen", "privacy.opening-seen", "grant.opened", "privacy.case-answered"]
    looks = looked.gather([fact(1, f"account:{kind}", kind, "HOPERAT") for kind in kinds], own="account:me")
    assert {look.actor.removeprefix("account:"): look.matter for look in looks} == {
        "read.copy": "",
        "identity.question-seen": "identity.question-seen",
        "privacy.opening-seen": "privacy.opening-seen",
    }
    assert all(text.th and text.en for text in looked.MATTERS.values())


@pytest.mark.parametrize(
    ("kind", "purpose", "told"),
    [
        ("read", "HOPERAT", True),
        ("panel.read", "HOPERAT", True),
        ("audit.read", "TREAT", True),  # a clinician's app asks who looked
        ("ingest.refused-read", "HOPERAT", False),
        ("privacy.case-seen", "HOPERAT", False),
        ("identity.question-seen", "HOPERAT", False),
    ],
)
def test_the_purpose_is_told_where_it_says_more_than_what_was_done(kind: str, purpose: str, told: bool) -> None:
    """Who looks into a report, or compares two registrations, plans nobody's care."""
    [look] = looked.gather([fact(1, "account:somebody", kind, purpose)], own="account:me")
    assert (look.purpose, look.tells_purpose) == (purpose, told)


def test_each_kind_that_says_why_is_told_in_words() -> None:
    assert set(looked.MATTERS) >= looked.SAYS_WHY


def test_the_own_openings_are_marked() -> None:
    [look] = looked.gather([fact(1, "account:me", purpose="PATRQT")], own="account:me")
    assert look.own
    assert looked.PURPOSES[look.purpose].en == "You asked for it"


def test_machines_are_grouped_by_what_set_them_going() -> None:
    """A search and a count are one synchronising; an export is another thing."""
    facts = [
        Fact(datetime(2026, 11, 20, 1, tzinfo=UTC), "read", "client:his", "HSYSADMIN", 1, "99001", {"operation": one})
        for one in ("search", "count", "export")
    ]
    looks = looked.gather(facts, own="account:me")
    assert sorted((look.machine, look.trigger, look.times) for look in looks) == [(True, "", 2), (True, "export", 1)]


def test_a_look_says_by_which_consents() -> None:
    """Each once, whatever was read by them; who read by none names none."""
    at = datetime(2026, 11, 20, 1, tzinfo=UTC)
    facts = [
        Fact(at, "read", "account:far", "TREAT", 1, "99002", {"consents": names})
        for names in (["own-7"], ["own-7", "c1"])
    ]
    looks = looked.gather([*facts, fact(2, "account:nurse")], own="account:me")
    assert [(look.actor, look.times, look.consents) for look in looks] == [
        ("account:nurse", 1, ()),
        ("account:far", 2, ("own-7", "c1")),
    ]


def test_a_page_never_cuts_a_day_in_two() -> None:
    """500 facts of two days: the older day waits for the next page, whole."""
    days = [datetime(2026, 11, day, 3, tzinfo=UTC) for day in (20, 19)]
    kept = [Fact(days[n >= 300], "read", "account:nurse", "TREAT", 1, "99001", seq=n) for n in range(600)]

    def read(before: datetime | None, limit: int) -> list[Fact]:
        return [fact for fact in kept if before is None or fact.at < before][:limit]

    first = looked.page_of(read, None, own="account:me")
    second = looked.page_of(read, first.before, own="account:me")
    assert [look.times for look in first.looks + second.looks] == [300, 300]
    assert second.before is None


def test_by_one_consent_only_what_rested_on_it_counts() -> None:
    """Not the same reader's other openings of the day, nor who read the consent itself; what is older waits behind."""
    at = datetime(2026, 11, 20, 1, tzinfo=UTC)
    rests, another = ({"consents": names} for names in (["own-7", "c1"], ["c1"]))
    facts = [Fact(at, "read", "account:far", "TREAT", 1, "99002", detail) for detail in (rests, another, {}, rests)]
    facts += [Fact(at, "read", "client:his", "HSYSADMIN", 1, "99001", rtype="Consent", rid="own-7")]

    def looks(by: str) -> list[tuple[str, int]]:
        return [(look.actor, look.times) for look in looked.page_of(lambda *_: facts, None, own="", by=by).looks]

    assert looks("own-7") == [("account:far", 2)]
    assert looks("") == [("account:far", 4), ("client:his", 1)]


def test_an_opening_is_named_without_its_reader() -> None:
    one, other = looked.gather([fact(1, "account:nurse"), fact(2, "account:doctor")], own="account:me")
    assert one.key != other.key
    assert "nurse" not in one.key + other.key
