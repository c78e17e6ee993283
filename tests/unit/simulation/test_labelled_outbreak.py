"""The line lists of six agencies: who is on which, what is written down, and who is truly missing."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from functools import cache

import pytest

from suksala.simulation import LabelledCase, labelled_outbreak
from suksala.simulation.labelled.population import Household, Human, Population
from suksala.standards.thai_codes import citizen_number
from tests.unit.simulation.test_labelled_people import near

PEOPLE = 20_000
INTAKE = {"LAB", "1330", "EMS", "CIVIL"}
STATUSES = {
    "LAB": {"positive"},
    "1330": {"waiting", "unreachable"},
    "EMS": {"waiting", "vehicle-sent"},
    "ISOLATION": {"home-isolation", "community-isolation", "recovered"},
    "HOSPITAL": {"in-hospital", "recovered", "dead"},
    "CIVIL": {"waiting", "unreachable"},
}


@cache
def cases() -> tuple[LabelledCase, ...]:
    """All rows about 20,000 people."""
    return tuple(labelled_outbreak(PEOPLE, 7))


@cache
def truth() -> dict[str, tuple[Human, Household]]:
    """The same people as they truly are."""
    return {human.id: (human, home) for home in Population(PEOPLE, 7).households() for human in home.members}


def lists_of() -> dict[str, set[str]]:
    """The agencies that know each person."""
    lists = defaultdict(set)
    for case in cases():
        lists[case.human].add(case.agency)
    return lists


@pytest.mark.parametrize(
    ("agency", "share"),
    [("LAB", 0.8175), ("1330", 0.566), ("EMS", 0.208), ("CIVIL", 0.2042), ("ISOLATION", 0.5884), ("HOSPITAL", 0.2008)],
)
def test_how_many_an_agency_knows(agency: str, share: float) -> None:
    """experiment.md section 10: rows of each list over 39,226 people; the call centre's without those called twice."""
    assert near(sum(agency in known for known in lists_of().values()), PEOPLE, share)


def test_everybody_is_on_some_list_and_some_call_twice() -> None:
    """12 % of callers stand twice on the list of the call centre, nobody twice on another."""
    times = Counter((case.human, case.agency) for case in cases())
    callers = [n for (_, agency), n in times.items() if agency == "1330"]
    assert len(lists_of()) == PEOPLE
    assert near(callers.count(2), len(callers), 0.12)
    assert {n for (_, agency), n in times.items() if agency != "1330"} == {1}
    assert 2.60 < len(cases()) / PEOPLE < 2.70


def test_the_missing_are_those_whom_nobody_cares_for() -> None:
    """32.74 %: on a list of intake, on neither list of care; the flag says so in each of their rows."""
    lists = lists_of()
    missing = {human for human, known in lists.items() if not known & {"ISOLATION", "HOSPITAL"}}
    assert near(len(missing), PEOPLE, 0.3274)
    assert all(lists[human] <= INTAKE for human in missing)
    assert all(case.truly_missing == (case.human in missing) for case in cases())


@pytest.mark.parametrize(
    ("agency", "asked"),
    [("LAB", 0.86), ("1330", 0.66), ("EMS", 0.26), ("ISOLATION", 0.86), ("HOSPITAL", 0.98), ("CIVIL", 0.36)],
)
def test_numbers_that_are_asked_for(agency: str, asked: float) -> None:
    """Of those who have one; 2.1 % of the written ones are wrong, and none outside the made-up range."""
    rows = [case for case in cases() if case.agency == agency and truth()[case.human][0].number]
    written = [case for case in rows if case.number]
    assert near(len(written), len(rows), asked)
    wrong = [case for case in written if case.number != truth()[case.human][0].number]
    digits = [case for case in written if truth()[case.human][0].number.isdigit()]
    assert near(len(wrong), len(digits), 0.021)
    valid = [case.number for case in written if citizen_number.is_valid(case.number)]
    assert all(map(citizen_number.is_synthetic, valid))


def test_seven_in_ten_numbers_are_valid() -> None:
    """25 to 95 % by list, as in the experiment."""
    valid, total = Counter(), Counter()
    for case in cases():
        total[case.agency] += 1
        valid[case.agency] += citizen_number.is_valid(case.number)
    shares = {agency: valid[agency] / total[agency] for agency in total}
    assert 0.69 < valid.total() / total.total() < 0.72
    assert (min(shares, key=shares.__getitem__), max(shares, key=shares.__getitem__)) == ("EMS", "HOSPITAL")
    assert 0.23 < shares["EMS"] < 0.27
    assert 0.93 < shares["HOSPITAL"] < 0.97


def test_phones() -> None:
    """94 % written; of these 12 % somebody else's and 3 % with a wrong digit (one in ten of these is the right one)."""
    written = [case for case in cases() if case.phone]
    assert near(len(written), len(cases()), 0.94)
    own = sum(case.phone == truth()[case.human][0].phone for case in written)
    assert near(own, len(written), 1 - 0.12 - 0.03 * 0.9)
    assert all(case.phone.startswith("000") and len(case.phone) == 10 for case in written)


def test_ages_and_districts() -> None:
    """Age blank 15 %, one year off 20 %, never more; district 80 %, and then the right one. No birth date at all."""
    written = [case for case in cases() if case.age]
    assert near(len(written), len(cases()), 0.85)
    off = [abs(int(case.age) - truth()[case.human][0].age(case.history[0].at.toordinal())) for case in written]
    assert max(off) <= 2  # the first status may be some days after the day of the age
    assert 0.19 < sum(map(bool, off)) / len(off) < 0.23
    placed = [case for case in cases() if case.district]
    assert near(len(placed), len(cases()), 0.8)
    assert all(case.district == truth()[case.human][1].tambon[:4] for case in placed)
    assert "birth" not in LabelledCase._fields


def test_names() -> None:
    """3.5 % of given and of family names newly misspelt; foreigners are written as they are heard."""
    thai = [case for case in cases() if truth()[case.human][0].nation == "099"]
    true = [truth()[case.human][0].names_on(case.history[0].at.toordinal()) for case in thai]
    assert near(sum(c.given != name for c, (name, _) in zip(thai, true, strict=True)), len(thai), 0.035)
    assert near(sum(c.family != name for c, (_, name) in zip(thai, true, strict=True)), len(thai), 0.035)


def test_history() -> None:
    """What each agency can note, oldest first, with the hour in Bangkok."""
    for case in cases():
        assert {status for status, _ in case.history} <= STATUSES[case.agency]
        moments = [at for _, at in case.history]
        assert moments == sorted(set(moments))
        assert all(at.utcoffset() is not None and at.year == 2026 for at in moments)
    assert {status for case in cases() for status, _ in case.history} == set().union(*STATUSES.values())


def test_whole_households_fall_ill_within_days() -> None:
    """All of a household are on the lists, first noted within a fortnight (a hospital notes its patients later)."""
    first = {}
    for case in cases():
        first[case.human] = min(case.history[0].at, first.get(case.human, case.history[0].at))
    for home in Population(PEOPLE, 7).households():
        days = [first[human.id].toordinal() for human in home.members if human.birth < 739_000]
        assert not days or max(days) - min(days) <= 14


def test_rows_have_ids_of_their_own() -> None:
    """No agency has one twice."""
    assert len({(case.agency, case.row) for case in cases()}) == len(cases())


def test_the_same_seed_gives_the_same_bytes() -> None:
    """On every machine and in every process; another seed gives others."""
    text = "\n".join("|".join(map(str, case)) for case in labelled_outbreak(300, 1))
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert digest == "86725bea2976437351d932def24fc3b987557a283bc4e7e46ae77cde27d53c43"
    assert next(labelled_outbreak(300, 2)) != next(labelled_outbreak(300, 1))
