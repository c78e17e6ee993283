"""A person asks for what the Act gives them, and is answered within 30 days (PDPA s.30 to 36)."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from suksala import identity, privacy
from suksala.foundation import clock, database
from suksala.privacy import DataRequest, PrivacyProblem, RequestState, Right
from tests.people import mali
from tests.record import HOSPITAL, UNIT, person

pytestmark = pytest.mark.django_db

CITIZEN, OFFICER = "account:mali", "account:officer"
ABOUT = "ผลตรวจวันที่ 5 มกราคมเป็นของคนอื่น"
ANSWER = "เพิ่มหมายเหตุในเวชระเบียนแล้ว ข้อความเดิมยังอยู่ตามกฎหมาย"
RECEIVED = datetime(2026, 11, 1, 9, tzinfo=clock.BANGKOK)


@pytest.fixture
def mali_here() -> int:
    """Mali, registered at the hospital."""
    identity.link(HOSPITAL, [mali("1")])
    return person("1")


def asked(who: int, right: str = "correction", facility: str | None = HOSPITAL, words: str = ABOUT) -> DataRequest:
    return privacy.make_request([who], right, facility, words, actor=CITIZEN)


def facts() -> list[tuple[str, str, int | None, str]]:
    """What the log says of requests, in order."""
    told = "SELECT kind, actor, person, detail->>'right' FROM audit WHERE starts_with(kind, 'privacy.request') "
    return [(kind, actor, who, right) for kind, actor, who, right in database.rows(f"{told} ORDER BY seq")]


@pytest.mark.parametrize(
    ("after", "late", "left"),
    [
        (timedelta(0), False, 30),
        (timedelta(days=29, hours=23), False, 1),
        (timedelta(seconds=1), False, 30),
        (timedelta(days=1), False, 29),
        (timedelta(days=30), False, 0),  # the last moment is in time
        (timedelta(days=30, seconds=1), True, 0),
    ],
)
def test_the_clock_of_30_days(after: timedelta, late: bool, left: int) -> None:
    """S.30: without delay and within 30 days of receiving the request."""
    request = DataRequest(1, 2, Right.COPY, RECEIVED, CITIZEN)
    assert request.due == datetime(2026, 12, 1, 9, tzinfo=clock.BANGKOK)
    assert (request.is_late(RECEIVED + after), request.days_left(RECEIVED + after)) == (late, left)


@pytest.mark.parametrize(
    ("right", "section", "needs_words"),
    [
        ("copy", "30", False),
        ("portability", "31", False),
        ("objection", "32", True),
        ("erasure", "33", True),
        ("restriction", "34", True),
        ("correction", "36", True),
    ],
)
def test_each_right_and_its_section(mali_here: int, right: str, section: str, needs_words: bool) -> None:
    """What to change or to stop must be said; a copy is of everything."""
    if needs_words:
        for words in ("", "ก" * 14):
            with pytest.raises(PrivacyProblem, match="SKL-PRIV-001"):
                asked(mali_here, right, words=words)
        assert (privacy.requests_of([mali_here]), facts()) == ([], [])
    made = asked(mali_here, right, words="ก" * 15 if needs_words else "")
    assert (made.section, made.state, made.facility) == (section, RequestState.RECEIVED, HOSPITAL)
    assert facts() == [("privacy.request-made", CITIZEN, mali_here, right)]


@pytest.mark.parametrize(
    ("right", "facility", "words", "code"),
    [
        ("", HOSPITAL, ABOUT, "SKL-PRIV-008"),
        ("everything", HOSPITAL, ABOUT, "SKL-PRIV-008"),
        ("copy", UNIT, "", "SKL-PRIV-010"),  # Mali is not registered there
        ("copy", HOSPITAL, "ก" * 1_001, "SKL-PRIV-001"),
        ("erasure", HOSPITAL, "ก" * 1_001, "SKL-PRIV-001"),
    ],
)
def test_what_cannot_be_asked_is_not_kept(mali_here: int, right: str, facility: str, words: str, code: str) -> None:
    with pytest.raises(PrivacyProblem, match=code):
        asked(mali_here, right, facility, words)
    assert (privacy.data_requests(None), facts()) == ([], [])


def test_nobody_without_a_registration_asks(mali_here: int) -> None:
    with pytest.raises(PrivacyProblem, match="SKL-PRIV-010"):
        privacy.make_request([], "copy", None, "", actor=CITIZEN)
    assert privacy.data_requests(None) == []


def test_the_same_request_waits_once(mali_here: int) -> None:
    """Of the exchange, or for another right, it is another request; after the answer it may be asked again."""
    first = asked(mali_here, "copy", words="")
    with pytest.raises(PrivacyProblem, match="SKL-PRIV-011"):
        asked(mali_here, "copy", words="อีกครั้ง")
    assert privacy.requests_of([mali_here]) == [first]
    asked(mali_here, "copy", None, "")
    asked(mali_here, "portability", words="")
    privacy.close_request(first.id, HOSPITAL, "answered", ANSWER, actor=OFFICER)
    asked(mali_here, "copy", words="")
    assert len(privacy.requests_of([mali_here])) == 4


@pytest.mark.parametrize("outcome", ["answered", "refused"])
def test_from_asking_to_the_answer(mali_here: int, outcome: str) -> None:
    """Received, being done, answered or refused with the reason; the person reads it at once; every step is a fact."""
    made = asked(mali_here)
    assert privacy.take_request(made.id, HOSPITAL, actor=OFFICER).state is RequestState.DOING
    done = privacy.close_request(made.id, HOSPITAL, outcome, ANSWER, actor=OFFICER)
    assert (done.state, done.answer, done.officer) == (outcome, ANSWER, OFFICER)
    assert privacy.requests_of([mali_here]) == privacy.data_requests(HOSPITAL, closed=True) == [done]
    assert privacy.data_requests(HOSPITAL) == []
    assert [(kind, actor) for kind, actor, _, _ in facts()] == [
        ("privacy.request-made", CITIZEN), ("privacy.request-taken", OFFICER), (f"privacy.request-{outcome}", OFFICER),
    ]  # fmt: skip
    for again in (
        lambda: privacy.take_request(made.id, HOSPITAL, actor=OFFICER),
        lambda: privacy.close_request(made.id, HOSPITAL, "answered", ANSWER, actor=OFFICER),
    ):
        with pytest.raises(PrivacyProblem, match="SKL-PRIV-004"):
            again()
    assert (privacy.requests_of([mali_here]), len(facts())) == ([done], 3)


@pytest.mark.parametrize(
    ("outcome", "words", "code"),
    [
        ("", ANSWER, "SKL-PRIV-009"),
        ("doing", ANSWER, "SKL-PRIV-009"),
        ("refused", "", "SKL-PRIV-001"),  # no refusal without its reason
        ("refused", "ก" * 14, "SKL-PRIV-001"),
        ("answered", "ก" * 1_001, "SKL-PRIV-001"),
    ],
)
def test_an_answer_that_says_nothing_is_none(mali_here: int, outcome: str, words: str, code: str) -> None:
    made = asked(mali_here)
    with pytest.raises(PrivacyProblem, match=code):
        privacy.close_request(made.id, HOSPITAL, outcome, words, actor=OFFICER)
    assert (privacy.data_requests(HOSPITAL), len(facts())) == ([made], 1)


def test_overdue_ones_are_at_the_top(mali_here: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest first is the most overdue first: all have the same 30 days."""
    for days, right in ((20, "copy"), (31, "portability"), (5, "erasure")):
        with monkeypatch.context() as then:
            then.setattr(clock, "now", lambda days=days: RECEIVED + timedelta(days=40 - days))
            asked(mali_here, right)
    now = RECEIVED + timedelta(days=40)
    told = [(one.right, one.is_late(now)) for one in privacy.data_requests(None)]
    assert told == [(Right.PORTABILITY, True), (Right.COPY, False), (Right.ERASURE, False)]


def test_another_facilitys_officer_sees_and_does_nothing(mali_here: int) -> None:
    made = asked(mali_here)
    assert (privacy.data_requests(UNIT), privacy.data_request(made.id, UNIT)) == ([], None)
    with pytest.raises(PrivacyProblem, match="SKL-PRIV-007"):
        privacy.close_request(made.id, UNIT, "answered", ANSWER, actor=OFFICER)
    assert privacy.data_requests(None) == [made]
    of_exchange = asked(mali_here, facility=None)
    assert privacy.data_request(of_exchange.id, HOSPITAL) is None
    assert privacy.data_request(of_exchange.id, None) == of_exchange


def test_nobody_answers_an_own_request(mali_here: int) -> None:
    """Whoever asked, and whoever is the person by a citizen's account of their own."""
    from suksala.signin import Account

    made = asked(mali_here)
    Account.objects.create_account(
        "twin", display_th="มาลี", display_en="Mali", role="privacy", hospcode=HOSPITAL, demo=True, person=mali_here
    )
    for actor in (CITIZEN, "account:twin"):
        with pytest.raises(PrivacyProblem, match="SKL-PRIV-003"):
            privacy.close_request(made.id, HOSPITAL, "answered", ANSWER, actor=actor)
    assert (privacy.data_requests(HOSPITAL), len(facts())) == ([made], 1)


def test_the_words_stand_in_no_log(mali_here: int) -> None:
    made = asked(mali_here)
    privacy.close_request(made.id, HOSPITAL, "refused", ANSWER, actor=OFFICER)
    assert (ABOUT in repr(made), ABOUT in str(database.rows("SELECT * FROM audit"))) == (False, False)
