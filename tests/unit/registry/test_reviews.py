"""The quarterly review: joiners, movers, leavers, licences that run out; answered, ended, signed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest

from suksala import audit, registry
from suksala.foundation import clock, database
from suksala.registry import Change, ProviderRow, Verdict
from suksala.standards.thai_codes import citizen_number

pytestmark = pytest.mark.django_db

HOSPITAL, UNIT = "99801", "99802"
DAY = date(2026, 11, 22)
STEWARD = "account:steward"
OLD = ProviderRow(
    "P001", "01", "980010001", citizen_number.synthetic(901), "นาย", "สมชาย", "ใจดี",
    codes=("01",), since=date(2020, 1, 1),
)  # fmt: skip


@pytest.fixture(autouse=True)
def two_facilities(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A hospital and a unit, on one day."""
    today(monkeypatch, DAY)
    registry.forget_cache()
    database.execute(
        "INSERT INTO registry_facility (hospcode, name_th, name_en, kind, province, district, subdistrict, network) "
        "SELECT code, 'ก', 'A', 'hospital', '19', '1901', '', '' FROM unnest(ARRAY['99801', '99802']) code"
    )
    yield
    registry.forget_cache()


def today(monkeypatch: pytest.MonkeyPatch, day: date) -> None:
    monkeypatch.setattr(clock, "today", lambda: day)


def take(*rows: ProviderRow, hospcode: str = HOSPITAL, told: date = DAY) -> None:
    registry.take_providers(hospcode, rows, named=[row.local for row in rows], on=told)


def asked(hospcode: str | None = None) -> list[tuple[str, date]]:
    """Change and day of every open question."""
    return [(q.change.value, q.day) for q in registry.questions_to_review(hospcode)]


def ago(days: int) -> date:
    return DAY - timedelta(days=days)


@pytest.mark.parametrize(
    ("changes", "wanted"),
    [
        ({}, []),
        ({"since": ago(92)}, [("joined", ago(92))]),
        ({"since": ago(93)}, []),
        ({"since": DAY + timedelta(days=1)}, []),
        ({"until": ago(1)}, [("left", ago(1))]),
        ({"until": DAY}, []),
        ({"until": ago(92)}, [("left", ago(92))]),
        ({"until": ago(93)}, []),
        ({"licence_until": ago(1)}, [("licence-out", ago(1))]),
        ({"licence_until": DAY}, [("licence-soon", DAY)]),
        ({"licence_until": DAY + timedelta(days=60)}, [("licence-soon", DAY + timedelta(days=60))]),
        ({"licence_until": DAY + timedelta(days=61)}, []),
    ],
)
def test_what_is_asked_on_a_day(changes: dict[str, date], wanted: list[tuple[str, date]]) -> None:
    """Both sides of each edge; without a review the last 92 days count."""
    take(replace(OLD, **changes))  # type: ignore[arg-type]
    assert asked() == wanted


@pytest.mark.parametrize(("days", "count"), [(365, 0), (366, 1)])
def test_a_role_that_no_deposit_names_for_a_year(days: int, count: int) -> None:
    """A list's role is nobody's deposit to name."""
    take(OLD, told=ago(days))
    assert len(asked()) == count


def test_who_works_elsewhere_too_has_moved_not_joined() -> None:
    take(OLD)
    take(replace(OLD, since=ago(5)), hospcode=UNIT)
    assert asked() == [("moved", ago(5))]
    assert asked(HOSPITAL) == []
    assert asked(UNIT) == [("moved", ago(5))]


def test_an_answer_is_kept_until_the_day_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Confirmed once it is not asked again; another last day is another question."""
    take(replace(OLD, licence_until=DAY))
    [question] = registry.questions_to_review()
    registry.answer_question(question.key, Verdict.CONFIRM, actor=STEWARD)
    assert asked() == []
    today(monkeypatch, DAY + timedelta(days=1))
    assert asked() == [("licence-out", DAY)]


def test_an_end_ends_the_role_today_and_asks_nothing_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """In force to the end of the day; what the steward ended is not told back to them as a leaver."""
    take(replace(OLD, since=ago(5)))
    [question] = registry.questions_to_review()
    registry.answer_question(question.key, Verdict.END, actor=STEWARD)
    assert registry.roles_of(question.who.id, DAY) != []
    today(monkeypatch, DAY + timedelta(days=1))
    assert registry.roles_of(question.who.id, DAY + timedelta(days=1)) == []
    assert asked() == []
    [fact] = audit.facts("registry.review-answer")
    assert (fact.actor, fact.facility, fact.detail["verdict"]) == (STEWARD, HOSPITAL, "end")


def test_a_question_that_is_not_asked_cannot_be_answered() -> None:
    """Another facility's, one that was answered, a leaver's end; nothing is kept."""
    take(replace(OLD, until=ago(1)))
    [left] = registry.questions_to_review()
    for key, verdict, own in ((left.key, "confirm", UNIT), (left.key, "end", None), ("joined:1:x", "confirm", None)):
        with pytest.raises(registry.ReviewProblem) as raised:
            registry.answer_question(key, Verdict(verdict), actor=STEWARD, hospcode=own)
        assert raised.value.code == "SKL-REG-006"
    assert len(asked()) == 1
    assert list(audit.facts("registry.review-answer")) == []


def test_a_review_is_signed_when_everything_is_answered() -> None:
    """Who, when, how many; the next is due in 92 days and asks what changed since."""
    take(replace(OLD, since=ago(5)))
    with pytest.raises(registry.ReviewProblem):
        registry.sign_review(None, actor=STEWARD)
    assert registry.last_review() is None
    [question] = registry.questions_to_review()
    registry.answer_question(question.key, Verdict.CONFIRM, actor=STEWARD)
    signed = registry.sign_review(None, actor=STEWARD)
    assert (signed.signed_by, signed.signed_on, signed.answered) == (STEWARD, DAY, 1)
    assert signed.next_on == DAY + timedelta(days=92)
    assert registry.last_review() == signed
    assert registry.last_review(HOSPITAL) is None
    assert [fact.actor for fact in audit.facts("registry.review")] == [STEWARD]


def test_gravest_first() -> None:
    """Leavers, licences, what nobody told, movers, joiners."""
    assert [change.value for change in Change] == [
        "left", "licence-out", "licence-soon", "untold", "moved", "joined",
    ]  # fmt: skip


def test_a_line_without_number_or_licence_is_known_by_facility_and_name() -> None:
    """Told again it is the same role; at another facility somebody else."""
    row = ProviderRow("", given_th="สมหญิง", family_th="ย้ายไกล", codes=("04",), since=ago(300))
    first = registry.keep_practitioner(HOSPITAL, row, actor=STEWARD)
    again = registry.keep_practitioner(HOSPITAL, replace(row, codes=("05",)), actor=STEWARD)
    other = registry.keep_practitioner(UNIT, row, actor=STEWARD)
    assert (first.practitioners, again.practitioners, other.practitioners) == (1, 0, 1)
    assert [role.codes for role in registry.roles_at(HOSPITAL)] == [("05",)]


@pytest.mark.parametrize("told", [{"codes": ()}, {"given_th": " "}, {"licence": "1"}, {"until": date(2019, 1, 1)}])
def test_what_a_steward_tells_is_checked(told: dict[str, object]) -> None:
    with pytest.raises(registry.PractitionerProblem):
        registry.keep_practitioner(HOSPITAL, replace(OLD, **{"local": "", "council": "", **told}), actor=STEWARD)  # type: ignore[arg-type]
    assert registry.roles_at(HOSPITAL) == []
