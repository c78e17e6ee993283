"""Codes shown by one and typed by another: six digits, five minutes, one use, five tries, one facility (T05, T12)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from suksala import audit, consent
from suksala.consent import CodeKind, CodeProblem, CodeState, TooManyTries, codes, showing
from suksala.foundation import database

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
HERE, THERE = "99801", "99802"
MALI, DOCTOR = "account:mali", "account:doctor"


@pytest.mark.parametrize(
    ("typed", "read"),
    [("123456", "123456"), ("123 456", "123456"), ("123-456", "123456"), ("๑๒๓๔๕๖", "123456"), ("12345", ""),
     ("1234567", ""), ("12345a", ""), ("²23456", ""), ("", "")],
)  # fmt: skip
def test_what_is_read_as_a_code(typed: str, read: str) -> None:
    assert codes.clean(typed) == read


def test_digits_are_always_six() -> None:
    assert {len(codes.new_digits()) for _ in range(1000)} == {6}


def shown(**more: object) -> tuple[codes.Code, str]:
    return consent.show_code(1, CodeKind.DESK, MALI, NOW, facility=HERE, offer={"sections": []}, **more)  # type: ignore[arg-type]


@pytest.mark.django_db
def test_a_code_is_shown_typed_and_answered_once() -> None:
    code, digits = shown()
    typed = consent.type_code(digits, CodeKind.DESK, DOCTOR, NOW + SECOND, facility=HERE)
    assert (typed.id, typed.state, typed.seen_by, typed.offer) == (code.id, CodeState.SEEN, DOCTOR, {"sections": []})
    done = consent.answer_code(code.id, CodeKind.DESK, MALI, NOW + 2 * SECOND, yes=True)
    assert done.state is CodeState.USED
    with pytest.raises(CodeProblem):
        consent.answer_code(code.id, CodeKind.DESK, MALI, NOW + 3 * SECOND, yes=True)
    with pytest.raises(CodeProblem):
        consent.type_code(digits, CodeKind.DESK, DOCTOR, NOW + 3 * SECOND, facility=HERE)
    assert [f.kind for f in audit.of_persons([1])] == ["consent.code-used", "consent.code-typed", "consent.code-shown"]


@pytest.mark.django_db
def test_the_digits_are_kept_nowhere() -> None:
    _, digits = shown()
    assert digits not in str(database.rows("SELECT * FROM consent_code")) + str(list(audit.of_persons([1])))


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("facility", "kind", "after", "counts"),
    [
        (HERE, CodeKind.DESK, codes.LIFE - SECOND, True),
        (HERE, CodeKind.DESK, codes.LIFE, False),
        (THERE, CodeKind.DESK, SECOND, False),
        (HERE, CodeKind.REPRESENT, SECOND, False),
    ],
)
def test_where_and_how_long_it_counts(facility: str, kind: CodeKind, after: timedelta, counts: bool) -> None:
    code, digits = shown()
    if counts:
        assert consent.type_code(digits, kind, DOCTOR, NOW + after, facility=facility).id == code.id
        return
    with pytest.raises(CodeProblem) as problem:
        consent.type_code(digits, kind, DOCTOR, NOW + after, facility=facility)
    assert problem.value.code == "SKL-CODE-001"
    assert database.rows("SELECT state FROM consent_code") == [("shown",)]


@pytest.mark.django_db
def test_a_new_code_ends_the_one_before() -> None:
    _, first = shown()
    shown()
    with pytest.raises(CodeProblem):
        consent.type_code(first, CodeKind.DESK, DOCTOR, NOW + SECOND, facility=HERE)


@pytest.mark.django_db
def test_five_tries_in_five_minutes() -> None:
    """The sixth is not looked at, were it right; after five minutes there are five more; others are not held up."""
    _, digits = shown()
    wrong = f"{(int(digits) + 1) % 10**6:06d}"
    for n in range(codes.TRIES):
        with pytest.raises(CodeProblem):
            consent.type_code(wrong, CodeKind.DESK, DOCTOR, NOW + n * SECOND, facility=HERE)
    with pytest.raises(TooManyTries) as problem:
        consent.type_code(digits, CodeKind.DESK, DOCTOR, NOW + 6 * SECOND, facility=HERE)
    assert problem.value.http_status == 429
    assert len(list(audit.facts("consent.code-refused"))) == codes.TRIES
    assert consent.type_code(digits, CodeKind.DESK, "account:nurse", NOW + 6 * SECOND, facility=HERE)
    _, again = consent.show_code(1, CodeKind.DESK, MALI, NOW + codes.WINDOW, facility=HERE)
    assert consent.type_code(again, CodeKind.DESK, DOCTOR, NOW + codes.WINDOW, facility=HERE)


@pytest.mark.django_db
def test_only_who_showed_it_answers_and_only_the_two_know_it() -> None:
    code, digits = shown()
    consent.type_code(digits, CodeKind.DESK, DOCTOR, NOW, facility=HERE)
    for who in (DOCTOR, "account:other"):
        with pytest.raises(CodeProblem):
            consent.answer_code(code.id, CodeKind.DESK, who, NOW, yes=True)
    assert consent.code_of(code.id, CodeKind.DESK, "account:other") is None
    assert {consent.code_of(code.id, CodeKind.DESK, who).state for who in (MALI, DOCTOR)} == {CodeState.SEEN}  # type: ignore[union-attr]
    assert consent.answer_code(code.id, CodeKind.DESK, MALI, NOW, yes=False).state is CodeState.DECLINED


@pytest.mark.django_db
def test_an_answer_that_comes_late_is_none() -> None:
    code, digits = shown()
    consent.type_code(digits, CodeKind.DESK, DOCTOR, NOW, facility=HERE)
    with pytest.raises(CodeProblem):
        consent.answer_code(code.id, CodeKind.DESK, MALI, NOW + codes.ANSWER, yes=True)


@pytest.mark.django_db
def test_who_typed_it_uses_it_once() -> None:
    code, digits = consent.show_code(1, CodeKind.REPRESENT, MALI, NOW)
    consent.type_code(digits, CodeKind.REPRESENT, DOCTOR, NOW)
    with pytest.raises(CodeProblem):
        consent.use_code(code.id, CodeKind.REPRESENT, "account:other", NOW)
    assert consent.use_code(code.id, CodeKind.REPRESENT, DOCTOR, NOW).state is CodeState.USED
    with pytest.raises(CodeProblem):
        consent.use_code(code.id, CodeKind.REPRESENT, DOCTOR, NOW)


@pytest.mark.django_db
def test_a_code_counts_for_what_it_was_shown_for() -> None:
    """What opens a record at a desk makes nobody a representative, and the other way about."""
    desk, desk_digits = shown()
    consent.type_code(desk_digits, CodeKind.DESK, DOCTOR, NOW, facility=HERE)
    act, act_digits = consent.show_code(1, CodeKind.REPRESENT, MALI, NOW)
    consent.type_code(act_digits, CodeKind.REPRESENT, DOCTOR, NOW)
    with pytest.raises(CodeProblem):
        consent.use_code(desk.id, CodeKind.REPRESENT, DOCTOR, NOW)
    with pytest.raises(CodeProblem):
        consent.answer_code(act.id, CodeKind.DESK, MALI, NOW, yes=True)
    assert consent.code_of(act.id, CodeKind.DESK, MALI) is None
    left = consent.code_of(desk.id, CodeKind.DESK, MALI), consent.code_of(act.id, CodeKind.REPRESENT, MALI)
    assert [code and code.state for code in left] == [CodeState.SEEN, CodeState.SEEN]


@pytest.mark.django_db
def test_yesterdays_codes_are_taken_away() -> None:
    shown()
    assert showing.sweep_codes(NOW + codes.LIFE + showing.KEEP) == 0
    assert showing.sweep_codes(NOW + codes.LIFE + showing.KEEP + SECOND) == 1
