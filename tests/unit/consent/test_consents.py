"""Consents as values: what ends ends for good, what is denied stays denied, and JSON loses nothing (S1.28, S1.29)."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from suksala.consent import Channel, Choice, Consent, ConsentProblem, Purpose, Receiver, Section, State, ages, choices
from suksala.consent import consents as rules

NOW = datetime(2026, 11, 22, 5, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
HERE = frozenset({Receiver("facility", "99801")})


def consent(base: Choice, *exceptions: Choice, until: datetime | None = None, state: State = State.GIVEN) -> Consent:
    """Given an hour ago, by the person."""
    return Consent(
        1, 7, 1, state, base, exceptions, "account:mali", "self", Channel.APP, "session", "", NOW - HOUR, until,
        NOW - HOUR,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("state", "until", "then"),
    [
        (State.GIVEN, None, State.GIVEN),
        (State.GIVEN, NOW + timedelta(microseconds=1), State.GIVEN),
        (State.GIVEN, NOW, State.EXPIRED),  # at that moment it is over
        (State.REFUSED, NOW, State.EXPIRED),
        (State.WITHDRAWN, NOW - HOUR, State.WITHDRAWN),  # what was withdrawn did not expire
    ],
)
def test_an_end_that_has_come_is_an_end(state: State, until: datetime | None, then: State) -> None:
    """Whether a chore wrote it down or not."""
    found = consent(Choice(True), until=until, state=state)
    assert found.state_at(NOW) is then
    assert found.counts(NOW) is (then in (State.GIVEN, State.REFUSED))


def test_what_has_not_begun_has_no_effect() -> None:
    assert not replace(consent(Choice(True)), since=NOW + HOUR).counts(NOW)


@pytest.mark.parametrize("state", [State.WITHDRAWN, State.EXPIRED])
def test_what_has_ended_is_never_woken(state: State) -> None:
    """A new consent is given instead, to the text of that day."""
    over = consent(Choice(True), state=state)
    for change in (
        lambda: rules.withdrawn(over, "account:mali", NOW),
        lambda: rules.narrowed(over, (), "account:mali", NOW, relation="self"),
    ):
        with pytest.raises(ConsentProblem) as problem:
            change()
        assert (problem.value.code, problem.value.http_status) == ("SKL-CONSENT-005", 409)


def test_a_withdrawal_counts_from_its_moment() -> None:
    ended = rules.withdrawn(consent(Choice(True)), "account:mali", NOW)
    assert (ended.state, ended.until, ended.version) == (State.WITHDRAWN, NOW, 2)
    assert not ended.counts(NOW)


def test_all_parts_are_no_bound_and_some_parts_name_the_person() -> None:
    """A type in no part, such as Coverage, is opened only by a consent to everything."""
    assert rules.types_of(Section) == frozenset()
    assert rules.types_of([Section.ALLERGIES]) == {"Patient", "AllergyIntolerance", "AdverseEvent", "Flag"}
    assert "Patient" not in rules.hidden_types([Section.ALLERGIES])
    assert Choice(True).sections == frozenset(Section)
    assert Choice(True, types=rules.types_of([Section.RESULTS])).sections == {Section.RESULTS}


def test_no_type_stands_in_two_parts() -> None:
    """Otherwise hiding one part would hide some of another."""
    counted = [name for found in rules.TYPES.values() for name in found]
    assert len(counted) == len(set(counted))


def test_an_exception_stands_within_its_consent() -> None:
    """It takes the receivers, the purposes and the time of the base, and its own bounds where it has some."""
    base = Choice(True, receivers=HERE, purposes=frozenset({Purpose.TREATMENT}))
    hidden = Choice(False, labels=frozenset({"MENTAL_HEALTH"}), until=NOW + HOUR)
    [opened, closed] = choices.flat(consent(base, hidden, until=NOW + 2 * HOUR))
    assert (opened.receivers, opened.since, opened.until) == (HERE, NOW - HOUR, NOW + 2 * HOUR)
    assert (closed.receivers, closed.purposes, closed.until) == (HERE, frozenset({Purpose.TREATMENT}), NOW + HOUR)
    assert closed.labels == {"MENTAL_HEALTH"}


def test_an_exception_never_outlives_its_consent() -> None:
    late = Choice(True, labels=frozenset({"HIV"}), until=NOW + 9 * HOUR)
    assert choices.flat(consent(Choice(True), late, until=NOW + HOUR))[1].until == NOW + HOUR


def test_a_denial_leaves_out_the_purposes_it_excepts() -> None:
    """IHE PCF: forbid all but break-glass."""
    excepted = Choice(True, purposes=frozenset({Purpose.EMERGENCY}))
    [denial, permission] = choices.flat(consent(Choice(False), excepted, state=State.REFUSED))
    assert denial.purposes == frozenset(Purpose) - {Purpose.EMERGENCY}
    assert (permission.permit, permission.purposes) == (True, frozenset({Purpose.EMERGENCY}))


@pytest.mark.parametrize("choice", [Choice(True, receivers=HERE), Choice(True, types=frozenset({"Condition"}))])
def test_a_denial_cannot_be_excepted_from_by_what_or_by_whom(choice: Choice) -> None:
    """The denial beside it would close what the exception opens, and nobody would know why."""
    with pytest.raises(ConsentProblem) as problem:
        choices.require_flat(Choice(False), (choice,))
    assert problem.value.code == "SKL-CONSENT-006"


@pytest.mark.parametrize(
    ("base", "until", "code"),
    [
        (Choice(True), NOW, "SKL-CONSENT-004"),
        (Choice(True, data_since=NOW, data_before=NOW), None, "SKL-CONSENT-004"),
        (Choice(True, receivers=frozenset(Receiver("facility", str(n)) for n in range(21))), None, "SKL-CONSENT-003"),
    ],
)
def test_what_means_nothing_is_refused(base: Choice, until: datetime | None, code: str) -> None:
    with pytest.raises(ConsentProblem) as problem:
        rules.require_sound(base, (), NOW, until)
    assert problem.value.code == code


moments = st.datetimes(timezones=st.just(UTC)) | st.none()
chosen = st.builds(
    Choice,
    permit=st.booleans(),
    receivers=st.frozensets(st.builds(Receiver, st.sampled_from(["facility", "network"]), st.text(min_size=1))),
    purposes=st.frozensets(st.sampled_from(Purpose)),
    types=st.frozensets(st.sampled_from(["Condition", "Observation"])),
    labels=st.frozensets(st.sampled_from(["HIV", "ADDICTION"])),
    only_labels=st.booleans(),
    sources=st.frozensets(st.sampled_from(["99801", "99802"])),
    data_since=moments,
    data_before=moments,
    since=moments,
    until=moments,
)


@settings(deadline=None)  # a busy machine is no fault of a choice
@given(chosen)
def test_a_choice_comes_back_from_json_as_it_was(choice: Choice) -> None:
    assert choices.of_json(choices.to_json(choice)) == choice


@pytest.mark.parametrize(
    ("birth", "alone"),
    [
        (date(2011, 11, 22), True),  # 15 today
        (date(2011, 11, 23), False),  # 15 tomorrow
        (date(1940, 1, 1), True),
        (None, True),  # not known: nobody is locked out for what a register lacks
    ],
)
def test_a_child_below_fifteen_needs_a_representative(birth: date | None, alone: bool) -> None:
    """Reading R-70; the day is Bangkok's."""
    if alone:
        ages.require_may_consent_alone(birth, NOW)
        return
    with pytest.raises(ConsentProblem) as problem:
        ages.require_may_consent_alone(birth, NOW)
    assert problem.value.code == "SKL-CONSENT-010"


def test_a_birthday_begins_at_midnight_in_bangkok() -> None:
    birth = date(2011, 11, 23)
    assert not ages.has_completed(birth, 15, datetime(2026, 11, 22, 16, 59, tzinfo=UTC))
    assert ages.has_completed(birth, 15, datetime(2026, 11, 22, 17, 0, tzinfo=UTC))
