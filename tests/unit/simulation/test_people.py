"""Households look like those of an ageing Thai district."""

from __future__ import annotations

from collections import Counter
from functools import cache
from random import Random

from suksala.simulation.calendar import END, START
from suksala.simulation.people import Household, Person, household, title


@cache
def town() -> tuple[Household, ...]:
    """4,000 households."""
    return tuple(household(Random(f"town/{n}"), f"{n:05d}", 99) for n in range(4_000))


def inhabitants() -> list[Person]:
    """Everybody of the town, children of the three years included."""
    return [person for home in town() for person in home.members]


def share(count: int, of: int) -> float:
    """Percent."""
    return 100 * count / of


def test_the_age_pyramid() -> None:
    """About one in six is under 15 and one in five is 60 or older (our reading of the district's pyramid)."""
    ages = [person.age(END) for person in inhabitants()]
    assert 12 < share(sum(age < 15 for age in ages), len(ages)) < 20
    assert 19 < share(sum(age >= 60 for age in ages), len(ages)) < 27
    assert 48 < share(sum(person.sex == "2" for person in inhabitants()), len(ages)) < 53
    assert all(0 <= age < 105 for age in ages)


def test_births_and_deaths() -> None:
    """A year and thousand: seven to twelve births, six to twelve deaths. Three to six in a hundred are foreign."""
    people = inhabitants()
    births = sum(person.birth >= START for person in people)
    deaths = sum(bool(person.died) for person in people)
    assert 7 < 1000 * births / len(people) / 3 < 12
    assert 6 < 1000 * deaths / len(people) / 3 < 12
    assert 2.5 < share(sum(person.nation != "099" for person in people), len(people)) < 6
    assert all(START <= person.died <= END for person in people if person.died)


def test_diabetes_and_hypertension_come_with_age() -> None:
    """Diagnosed diabetes about 10 and hypertension about 25 in a hundred adults of 35 and over, hardly any below."""
    adults = [person for person in inhabitants() if person.age(START) >= 35]
    young = [person for person in inhabitants() if 18 <= person.age(START) < 30]
    assert 8 < share(sum(bool(p.dm) for p in adults), len(adults)) < 15
    assert 20 < share(sum(bool(p.ht) for p in adults), len(adults)) < 32
    assert share(sum(bool(p.dm or p.ht) for p in young), len(young)) < 2.5
    both = sum(bool(p.dm and p.ht) for p in adults)
    assert both > 0.4 * sum(bool(p.dm) for p in adults)


def test_twins_share_a_birthday_and_a_house() -> None:
    """About one birth in a hundred; two of three pairs are of one sex."""
    pairs = [[p for p in home.members if p.twin] for home in town()]
    twins = [pair for pair in pairs if len(pair) == 2]
    assert 5 < len(twins) < 70
    assert all(a.birth == b.birth and a.mother is b.mother and a.family == b.family for a, b in twins)


def test_a_mother_is_old_enough() -> None:
    """Nobody gives birth before 16 or after 45."""
    for person in inhabitants():
        if person.mother:
            assert 16 < person.mother.age(person.birth) < 46


def test_titles_follow_age_and_marriage() -> None:
    """Child until 15; Miss until the wedding inside the three years; ranks stay."""
    day = START
    girl = Person("x", "2", day - 14 * 365, "a", "b", title="004")
    assert title(girl, day) == "002"
    assert title(girl, day + 2 * 365) == "004"
    bride = Person("x", "2", day - 30 * 365, "a", "b", title="005", marital="2", married_on=day + 100)
    assert (title(bride, day + 99), title(bride, day + 100)) == ("004", "005")
    assert title(Person("x", "1", day - 40 * 365, "a", "b", title="220"), day) == "220"


def test_a_household_stops_at_its_limit() -> None:
    """The last household of a chunk is cut so that the number of people is exact."""
    sizes = Counter(len(household(Random(n), "x", 2).members) for n in range(200))
    assert set(sizes) <= {1, 2}
