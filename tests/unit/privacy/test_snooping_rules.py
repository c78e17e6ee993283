"""What makes an opening an alarm: each rule by itself, both sides of each edge (T01)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from suksala.privacy.snooping import LISTED_LEAST, LISTED_TIMES, Known, Opening, Reason, Suspicion, Traits, suspicions

TODAY = date(2026, 11, 20)
NURSE, PATIENT, HERE = "account:nurse", 7, "99801"
SELF = Traits(human=1, surname=10, addresses=frozenset({20}), phones=frozenset({30}))
OTHER = Traits(human=PATIENT, surname=11, addresses=frozenset({21}), phones=frozenset({31}))


def opened(hour: int = 10, *, on: date = TODAY, human: int = PATIENT, reader: str = NURSE) -> Opening:
    return Opening(reader, human, HERE, on, frozenset({hour}))


def told(*openings: Opening, patient: Traits = OTHER, seen: int | None = None, **known: object) -> set[Reason]:
    """The reasons of the alarm, none without one. `seen`: days from the opening to the visit."""
    care = {} if seen is None else {(PATIENT, HERE): [TODAY + timedelta(days=seen)]}
    found = suspicions(
        openings or (opened(),),
        Known({NURSE: SELF}, {PATIENT: patient}, care, **known),  # type: ignore[arg-type]
    )
    return set(found[0].reasons) if found else set()


KIN = Traits(human=PATIENT, surname=10)


def test_a_stranger_alone_is_no_alarm() -> None:
    """A letter, a telephone call, the wrong line of a list."""
    assert told() == set()


@pytest.mark.parametrize(
    ("patient", "reason"),
    [
        (KIN, Reason.SURNAME),
        (Traits(PATIENT, 11, frozenset({20})), Reason.ADDRESS),
        (Traits(PATIENT, 11, frozenset(), frozenset({30})), Reason.PHONE),
    ],
)
def test_a_stranger_with_a_tie_is(patient: Traits, reason: Reason) -> None:
    assert told(patient=patient) == {Reason.NO_CARE, reason}


@pytest.mark.parametrize(("seen", "alarm"), [(-30, False), (30, False), (-31, True), (31, True), (0, False)])
def test_care_within_30_days_explains_it(seen: int, alarm: bool) -> None:
    assert bool(told(patient=KIN, seen=seen)) is alarm


def test_a_protected_stranger_is_an_alarm_and_a_protected_patient_is_not() -> None:
    listed = frozenset({PATIENT})
    assert told(protected=listed) == {Reason.NO_CARE, Reason.PROTECTED}
    assert told(protected=listed, seen=3) == set()


def test_the_own_record_is_an_alarm_with_care_too() -> None:
    """Staff read their own record as citizens do."""
    own = Opening(NURSE, 1, HERE, TODAY)
    found = suspicions([own], Known({NURSE: SELF}, {1: SELF}, {(1, HERE): [TODAY]}))
    assert [set(one.reasons) for one in found] == [{Reason.OWN}]


LISTED = Opening(NURSE, PATIENT, HERE, TODAY, frozenset({10}), chosen=False)


@pytest.mark.parametrize(
    ("patient", "listed", "reasons"),
    [
        (KIN, frozenset(), set()),  # one of a village's many of that name
        (Traits(PATIENT, 10, frozenset({20})), frozenset(), {Reason.SURNAME, Reason.ADDRESS}),
        (Traits(PATIENT, 11, frozenset({20}), frozenset({30})), frozenset(), {Reason.ADDRESS, Reason.PHONE}),
        (OTHER, frozenset({PATIENT}), set()),
        (KIN, frozenset({PATIENT}), {Reason.SURNAME, Reason.PROTECTED}),
    ],
)
def test_whom_a_list_shows_two_ties_make_an_alarm(
    patient: Traits, listed: frozenset[int], reasons: set[Reason]
) -> None:
    """The reader did not choose whom they saw, so that there was no visit says nothing."""
    assert told(LISTED, patient=patient, protected=listed) == reasons
    assert told(LISTED, patient=patient, protected=listed, seen=30) == set()


def test_a_list_that_is_read_each_day_is_told_once_in_30_days() -> None:
    household = Traits(PATIENT, 10, frozenset({20}))
    earlier = [Opening(NURSE, PATIENT, HERE, TODAY - timedelta(days=30), chosen=False)]
    assert told(LISTED, patient=household, earlier=earlier) == set()
    assert told(LISTED, patient=household, earlier=[Opening("account:other", PATIENT, HERE, TODAY)]) != set()


def test_the_length_of_a_list_is_no_alarm_and_makes_nobody_else_one() -> None:
    """A hundred people on a list; beside it a colleague who opened ten strangers one by one, which is one."""
    long = [Opening(NURSE, 500 + n, HERE, TODAY, chosen=False) for n in range(100)]
    assert suspicions(long, Known({NURSE: SELF}, {}, {})) == []
    leafed = [opened(reader="account:clerk", human=200 + n) for n in range(10)]
    peers = [opened(reader=f"account:peer-{n}", human=100 + n) for n in range(9)]
    care = {(100 + n, HERE): [TODAY] for n in range(9)}
    found = suspicions([*long, *leafed, *peers], Known({}, {}, care))
    assert {one.opening.reader for one in found} == {"account:clerk"}


def test_the_own_name_on_a_list_is_an_alarm_with_care_too() -> None:
    own = Opening(NURSE, 1, HERE, TODAY, chosen=False)
    found = suspicions([own], Known({NURSE: SELF}, {1: SELF}, {(1, HERE): [TODAY]}))
    assert [set(one.reasons) for one in found] == [{Reason.OWN}]


@pytest.mark.parametrize(("days", "alarm"), [((3,), False), ((3, 11), True)])
def test_the_same_stranger_on_the_third_day(days: tuple[int, ...], alarm: bool) -> None:
    earlier = [opened(on=TODAY - timedelta(days=ago)) for ago in days]
    assert (Reason.AGAIN in told(earlier=earlier)) is alarm


@pytest.mark.parametrize(("strangers", "alarms"), [(9, 0), (10, 1)])
def test_who_leafs_through_strangers_is_told_once(strangers: int, alarms: int) -> None:
    """Ten strangers a day where the peers have none; one alarm for the day."""
    peers = [opened(reader=f"account:peer-{n}", human=100 + n) for n in range(9)]
    care = {(100 + n, HERE): [TODAY] for n in range(9)}
    own = [opened(human=200 + n) for n in range(strangers)]
    found = suspicions([*peers, *own], Known({}, {}, care))
    assert len(found) == alarms
    assert all(one.opening.reader == NURSE and one.strangers == strangers for one in found)


def test_the_night_alone_is_no_alarm_but_adds_to_one() -> None:
    by_day = [opened(10, on=TODAY - timedelta(days=1), human=n) for n in range(50, 80)]
    assert told(opened(2), earlier=by_day) == set()
    assert told(opened(2), earlier=by_day, patient=KIN) == {Reason.NO_CARE, Reason.SURNAME, Reason.NIGHT}
    by_night = [opened(2, on=TODAY - timedelta(days=1), human=n) for n in range(50, 80)]
    assert Reason.NIGHT not in told(opened(2), earlier=by_night, patient=KIN)


def test_a_common_surname_ties_nobody() -> None:
    people = {n: Traits(n, 10) for n in range(100, 110)} | {PATIENT: KIN}
    assert suspicions([opened()], Known({NURSE: SELF}, people, {})) == []


def leafed(named: int, *, opens: int = 0, seen: int = 0) -> list[Suspicion]:
    """What a day gives in which searches named so many, of whom a reader opened some, and some are patients here."""
    listed = [opened(human=1_000 + n) for n in range(named)]
    openings = [opened(human=1_000 + n) for n in range(opens)]
    care = {(1_000 + named - 1 - n, HERE): [TODAY] for n in range(seen)}
    care |= {(1_000 + n, HERE): [TODAY] for n in range(opens)}
    return suspicions(openings, Known({NURSE: SELF}, {}, care, listed=listed))


@pytest.mark.parametrize(
    ("named", "opens", "seen", "alarm"),
    [
        (LISTED_LEAST - 1, 0, 0, False),
        (LISTED_LEAST, 0, 0, True),
        (LISTED_LEAST + 1, 0, 2, False),  # who is a patient here is no stranger
        (LISTED_LEAST + 13, 13, 0, False),  # 60 beside 13 who were opened: a desk at work
        (13 + 13 * LISTED_TIMES, 13, 0, True),
        (12 + 13 * LISTED_TIMES, 13, 0, False),
    ],
)
def test_leafing_through_a_register_is_an_alarm(named: int, opens: int, seen: int, alarm: bool) -> None:
    """Sixty strangers in a day, and five times as many as were opened; told once, with how many."""
    found = leafed(named, opens=opens, seen=seen)
    assert bool(found) is alarm
    for one in found:
        assert set(one.reasons) == {Reason.NO_CARE, Reason.LISTED}
        assert one.strangers == named - opens
        assert one.is_of_the_day


def test_a_name_in_common_with_somebody_of_a_list_is_no_alarm() -> None:
    """Namesakes come up together, whoever was sought."""
    people = {PATIENT: KIN}
    assert suspicions([], Known({NURSE: SELF}, people, {}, protected=frozenset({PATIENT}), listed=[opened()])) == []
