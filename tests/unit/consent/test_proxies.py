"""Who acts for whom, and when it ends by itself: both sides of each birthday, each end, death (S1.31; T13)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from suksala.consent import SENSITIVE, Label, Proof, Proxy, ProxyProblem, Relation, Right, Standing, proxies

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)  # noon in Bangkok
DAY = timedelta(days=1)
BORN = date(2013, 5, 5)  # 13 now


def mother(**changes: object) -> proxies.Proxy:
    """For a child, since yesterday, until the 20th birthday."""
    made = Proxy(
        2, 7, 1, "account:mother", 1, Relation.CHILD, frozenset({Right.VIEW, Right.CONSENT}), Proof.BIRTH_CERTIFICATE,
        "1-2345", NOW - DAY, datetime(2033, 5, 4, 17, tzinfo=UTC), NOW - DAY, None, "account:officer", NOW - DAY,
    )  # fmt: skip
    return replace(made, **changes)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("now", "standing"),
    [
        (NOW, Standing.COUNTS),
        (datetime(2028, 5, 4, 16, 59, tzinfo=UTC), Standing.COUNTS),  # the last minute before the 15th birthday
        (datetime(2028, 5, 4, 17, 0, tzinfo=UTC), Standing.ASK_AGAIN),
        (datetime(2033, 5, 4, 16, 59, tzinfo=UTC), Standing.ASK_AGAIN),
        (datetime(2033, 5, 4, 17, 0, tzinfo=UTC), Standing.EXPIRED),  # the 20th birthday is its last day's end
    ],
)
def test_birthdays_ask_again_and_end(now: datetime, standing: Standing) -> None:
    """At midnight in Bangkok."""
    assert mother().standing(BORN, dead=False, now=now) is standing


def test_of_age_ends_whatever_day_was_written() -> None:
    """A wrong birth date that was corrected ends it too."""
    assert mother(until=NOW + 999 * DAY).standing(date(2006, 11, 22), dead=False, now=NOW) is Standing.OF_AGE
    assert mother(until=NOW + 999 * DAY).standing(date(2006, 11, 23), dead=False, now=NOW) is Standing.COUNTS


def test_a_yes_after_the_birthday_lasts() -> None:
    birthday = datetime(2028, 5, 4, 17, 0, tzinfo=UTC)
    again = proxies.confirmed(mother(), "account:child", birthday)
    assert again.standing(BORN, dead=False, now=birthday + DAY) is Standing.COUNTS
    early = proxies.confirmed(mother(), "account:child", birthday - timedelta(seconds=1))
    assert early.standing(BORN, dead=False, now=birthday) is Standing.ASK_AGAIN


@pytest.mark.parametrize(
    ("changes", "dead", "standing"),
    [
        ({}, True, Standing.DEATH),
        ({"ended": NOW}, False, Standing.ENDED),
        ({"until": NOW}, False, Standing.EXPIRED),
        ({"until": NOW + timedelta(seconds=1)}, False, Standing.COUNTS),
        ({"since": NOW + timedelta(seconds=1)}, False, Standing.EXPIRED),
        ({"relation": Relation.WARD}, False, Standing.COUNTS),
    ],
)
def test_what_ends_it(changes: dict[str, object], dead: bool, standing: Standing) -> None:
    assert mother(**changes).standing(BORN, dead=dead, now=NOW) is standing


def test_ending_twice_is_ending_once() -> None:
    over = proxies.ended(mother(), "account:mother", NOW)
    assert (over.ended, over.version) == (NOW, 2)
    assert proxies.ended(over, "account:child", NOW + DAY) is over


def test_what_is_told_in_confidence_is_hidden() -> None:
    """A parent does not see what a young person told in confidence; whom one asked to help, no sensitive class."""
    assert proxies.hidden_from(Relation.CHILD) == Label.ADOLESCENT
    assert proxies.hidden_from(Relation.WARD) == Label.ADOLESCENT
    assert proxies.hidden_from(Relation.DELEGATE) == SENSITIVE


@pytest.mark.parametrize(
    ("relation", "wished", "birth", "end"),
    [
        (Relation.CHILD, None, BORN, datetime(2033, 5, 4, 17, tzinfo=UTC)),
        (Relation.CHILD, date(2050, 1, 1), BORN, datetime(2033, 5, 4, 17, tzinfo=UTC)),
        (Relation.CHILD, date(2026, 11, 22), BORN, datetime(2026, 11, 22, 17, tzinfo=UTC)),  # today, to midnight
        (Relation.DELEGATE, None, None, NOW + proxies.LONGEST),
        (Relation.WARD, date(2027, 1, 1), None, datetime(2027, 1, 1, 17, tzinfo=UTC)),
    ],
)
def test_it_ends_at_the_latest(relation: Relation, wished: date | None, birth: date | None, end: datetime) -> None:
    assert proxies.end_of(relation, wished, birth, NOW) == end


@pytest.mark.parametrize(
    ("relation", "wished", "birth", "code"),
    [
        (Relation.CHILD, None, date(2006, 11, 22), "SKL-PROXY-003"),  # 20 today
        (Relation.DELEGATE, date(2026, 11, 21), None, "SKL-PROXY-004"),
    ],
)
def test_no_end_in_the_past(relation: Relation, wished: date | None, birth: date | None, code: str) -> None:
    with pytest.raises(ProxyProblem) as problem:
        proxies.end_of(relation, wished, birth, NOW)
    assert problem.value.code == code


@pytest.mark.parametrize(
    ("relation", "proof", "document", "rights", "code"),
    [
        (Relation.WARD, Proof.BIRTH_CERTIFICATE, "1", {Right.VIEW}, "SKL-PROXY-005"),
        (Relation.CHILD, Proof.OWN_PRESS, "1", {Right.VIEW}, "SKL-PROXY-005"),
        (Relation.CHILD, Proof.BIRTH_CERTIFICATE, "  ", {Right.VIEW}, "SKL-PROXY-006"),
        (Relation.CHILD, Proof.BIRTH_CERTIFICATE, "1" * 41, {Right.VIEW}, "SKL-PROXY-006"),
        (Relation.DELEGATE, Proof.OWN_PRESS, "", {Right.CONSENT}, "SKL-PROXY-007"),
    ],
)
def test_a_proof_must_show_it(relation: Relation, proof: Proof, document: str, rights: set[Right], code: str) -> None:
    with pytest.raises(ProxyProblem) as problem:
        proxies.require_sound(relation, proof, document, rights)
    assert problem.value.code == code
    proxies.require_sound(Relation.CHILD, Proof.BIRTH_CERTIFICATE, "1" * 40, {Right.VIEW})


def test_a_documents_number_is_in_no_trace() -> None:
    assert "1-2345" not in repr(mother())
