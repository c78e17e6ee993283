"""The people that linkage is measured on: households, names, numbers and marriages by the table of the manual."""

from __future__ import annotations

from collections import Counter
from datetime import date
from functools import cache
from itertools import pairwise
from math import sqrt
from random import Random

import pytest

from suksala.simulation.calendar import END, ordinal
from suksala.simulation.labelled import naming, population
from suksala.simulation.labelled.population import REGISTERED, Household, Human, Population
from suksala.standards.thai_codes import addresses, citizen_number


@cache
def town() -> tuple[Household, ...]:
    """20,000 people."""
    return tuple(Population(20_000, 7).households())


def people() -> list[Human]:
    """Everybody of the town."""
    return [human for home in town() for human in home.members]


def thai() -> list[Human]:
    """Everybody with Thai nationality."""
    return [human for human in people() if human.nation == "099"]


def near(count: int, of: int, rate: float) -> bool:
    """Within three standard errors of the rate; nothing is near a rate of none."""
    assert of > 0
    return abs(count - of * rate) <= 3 * sqrt(of * rate * (1 - rate))


def test_near_bites() -> None:
    """Both edges: of 10,000 at one in two, 150 more or less are near."""
    assert near(5_150, 10_000, 0.5)
    assert not near(5_151, 10_000, 0.5)
    assert near(4_850, 10_000, 0.5)
    assert not near(4_849, 10_000, 0.5)


def test_households() -> None:
    """5.5 % foreign, 26 % of one, the others couples with 0, 1, 2 or 3 births; 20,000 people exactly."""
    homes = town()
    foreign = [home for home in homes if home.members[0].nation != "099"]
    thais = [home for home in homes if home.members[0].nation == "099"]
    single = [home for home in thais if len(home.members) == 1]
    couples = [home for home in thais if len(home.members) > 1]
    assert len(people()) == 20_000
    assert near(len(foreign), len(homes), 0.055)
    assert near(len(single), len(homes), 0.26)
    births = Counter(sum(1 for h in home.members if h.mother and h.order < 2) for home in couples[:-1])
    for count, share in enumerate((0.20, 0.34, 0.34, 0.12)):
        assert near(births[count], len(couples) - 1, share)
    assert {len(home.members) for home in foreign} == {1, 2, 3}


def test_the_last_household_is_cut() -> None:
    """Whatever the households, as many humans as were asked for; the other twin is gone with the cut."""
    for count in range(100, 200):
        members = [human for home in Population(count, 3).households() for human in home.members]
        assert len(members) == count
        assert all(human.twin in members for human in members if human.order)


def test_a_household_shares_its_phone_and_its_place() -> None:
    """Below 15 and over 70 everybody has the phone of the house; of the others one in five."""
    grown = [(human, home) for home in town() for human in home.members if 15 <= human.age(END) <= 70]
    others = [(human, home) for home in town() for human in home.members if not 15 <= human.age(END) <= 70]
    assert near(sum(human.phone == home.phone for human, home in grown), len(grown), 0.2)
    assert all(human.phone == home.phone for human, home in others)
    ages = {human.age(END) for human, home in grown if human.phone != home.phone}
    assert (min(ages), max(ages)) == (15, 70)


def test_there_are_99_subdistricts_in_nine_districts() -> None:
    """All of them stand in the register of places."""
    tambons = {home.tambon for home in town()}
    assert len(tambons) == 99
    assert {tambon[:4] for tambon in tambons} == set(population.DISTRICTS)
    assert all(addresses.subdistrict(tambon) for tambon in tambons)


def test_first_digits_by_birth() -> None:
    """Born before 1984 class 3, 4 or 5 (87, 7, 6 %), from then class 1 or 2 (95, 5 %)."""
    before = Counter(human.number[0] for human in thai() if human.birth < REGISTERED)
    since = Counter(human.number[0] for human in thai() if human.birth >= REGISTERED)
    second_twins = sum(1 for human in thai() if human.order == 2 and human.birth >= REGISTERED)
    assert set(before) == set("345")
    assert set(since) == set("12")
    for digit, share in (("3", 0.87), ("4", 0.07), ("5", 0.06)):
        assert near(before[digit], before.total(), share)
    assert abs(since["1"] - 0.95 * since.total()) < 3 * sqrt(since.total() * 0.95 * 0.05) + second_twins


def test_the_last_day_before_numbers_were_given_at_birth() -> None:
    """31 December 1983 and 1 January 1984, over a hundred households."""
    registry = Population(100, 1)
    for _ in range(100):
        old, young = Human("a", "1", ordinal(1983, 12, 31)), Human("b", "2", ordinal(1984, 1, 1))
        registry.give_numbers([old, young], 0)
        assert old.number[0] in "345"
        assert young.number[0] in "12"
        assert citizen_number.is_plausible(old.number, date(1983, 12, 31))
        assert citizen_number.is_plausible(young.number, date(1984, 1, 1))


def test_families_of_1984_share_the_digits_two_to_ten() -> None:
    """They were written into the register one after the other."""
    families = [[h for h in home.members if h.birth < REGISTERED and h.nation == "099"] for home in town()]
    shared = [{human.number[1:10] for human in family} for family in families if len(family) > 1]
    assert len(shared) > 3_000
    assert all(len(digits) == 1 for digits in shared)


def test_seven_in_ten_numbers_are_of_the_own_district() -> None:
    """Offices 8900 to 8908 are those of the nine districts."""
    own = [
        population.DISTRICTS[int(human.number[3:5])] == home.tambon[:4] if int(human.number[3:5]) < 9 else False
        for home in town()
        for human in home.members
        if human.nation == "099" and human.birth >= REGISTERED and human.order < 2
    ]
    assert near(sum(own), len(own), 0.7)


def test_every_number_is_made_up_and_belongs_to_one() -> None:
    """Of the range that is nobody's, below the part that wrong numbers lead to; pupils' G-codes likewise."""
    held = [human.number for human in people() if human.number]
    assert len(held) == len(set(held))
    numbers = [number for number in held if number[0] != "G"]
    assert all(citizen_number.is_synthetic(number) and int(number[3:12]) < 900_000_000 for number in numbers)
    assert all(number.startswith("G89") and len(number) == 13 for number in held if number[0] == "G")


def test_twins() -> None:
    """1.1 % of births; one birthday, house and family name; 68 % of one sex, 60 % with the same head of the name."""
    births = [human for human in thai() if human.mother and human.order < 2]
    pairs = [(human, human.twin) for human in births if human.twin is not None]
    assert near(len(pairs), len(births), 0.011)
    assert all(a.birth == b.birth and a.mother is b.mother and a.family == b.family for a, b in pairs)
    assert near(sum(a.sex == b.sex for a, b in pairs), len(pairs), 0.68)
    assert near(sum(a.given[:3] == b.given[:3] for a, b in pairs), len(pairs), 0.6)
    assert all(a.given != b.given for a, b in pairs)


def test_twins_born_since_1984_have_adjacent_numbers() -> None:
    """The second is registered right after the first, in the same class."""
    pairs = [(h, h.twin) for h in thai() if h.order == 1 and h.twin is not None and h.birth >= REGISTERED]
    assert len(pairs) > 20
    assert all(int(b.number[:12]) - int(a.number[:12]) == 1 for a, b in pairs)


def test_a_bride_changes_her_name_on_the_day() -> None:
    """72 % take the husband's name; 14 % of those born since 1967 inside the years of the rows, and everybody who
    came of age inside them."""
    wives = [home.members[1] for home in town() if len(home.members) > 1 and home.members[1].nation == "099"]
    takers = [wife for wife in wives if wife.maiden]
    assert near(len(takers), len(wives), 0.72)
    older = [wife for wife in takers if ordinal(1967, 1, 1) <= wife.birth < ordinal(1997, 12, 1)]
    brides = [wife for wife in older if wife.married_on]
    assert near(len(brides), len(older), 0.14)
    for bride in brides:
        assert bride.names_on(bride.married_on - 1)[1] == bride.maiden
        assert bride.names_on(bride.married_on)[1] == bride.family
        assert bride.age(bride.married_on) >= 17
    assert not any(wife.married_on for wife in takers if wife.birth < ordinal(1967, 1, 1))
    assert all(wife.married_on for wife in takers if wife.birth > ordinal(1998, 1, 2))


def test_some_people_take_another_given_name() -> None:
    """2 % of adults, inside the years of the rows, never as children; 4.5 % of grown men have a rank or are monks."""
    adults = [human for human in thai() if human.age(END) >= 20]
    renamed = [human for human in adults if human.renamed_on]
    assert near(len(renamed), len(adults), 0.02)
    assert all(human.names_on(human.renamed_on - 1)[0] == human.former_given for human in renamed)
    assert all(human.names_on(human.renamed_on)[0] == human.given for human in renamed)
    assert all(population.SINCE <= human.renamed_on <= END for human in renamed)
    men = [human for human in adults if human.sex == "1"]
    assert near(sum(bool(human.rank) for human in men), len(men), 0.045)
    assert not any(human.rank for human in thai() if human.sex == "2" or human.age(END) < 18)


def test_days_that_nobody_knows() -> None:
    """14 % of those born before 1956, 45 % of foreigners: 1 January is what their papers say."""
    old = [human for human in thai() if human.birth < ordinal(1956, 1, 1)]
    foreign = [human for human in people() if human.nation != "099"]
    assert near(sum(human.day_unknown for human in old), len(old), 0.14)
    assert near(sum(human.day_unknown for human in foreign), len(foreign), 0.45)
    assert not any(human.day_unknown for human in thai() if human.birth >= ordinal(1956, 1, 1))
    unknown = [date.fromordinal(human.birth) for human in people() if human.day_unknown]
    assert {(day.month, day.day) for day in unknown} == {(1, 1)}


def test_papers_of_foreigners() -> None:
    """Numbers beginning with 0 (62 %), 6, 7 or 8 (8 %), a passport (12 %), G-codes of children (5 %), none (13 %)."""
    foreign = [human for human in people() if human.nation != "099"]
    papers = Counter(human.number[:1] or ("passport" if human.passport else "none") for human in foreign)
    kinds = {"0": papers["0"], "678": papers["6"] + papers["7"] + papers["8"], "passport": papers["passport"],
             "G": papers["G"], "none": papers["none"]}  # fmt: skip
    assert sum(kinds.values()) == len(foreign)
    for kind, share in (("0", 0.62), ("678", 0.08), ("passport", 0.12), ("G", 0.05), ("none", 0.13)):
        assert near(kinds[kind], len(foreign), share), kind
    assert all(human.age(END) < 15 for human in foreign if human.number[:1] == "G")


@pytest.mark.parametrize("sex", ["1", "2"])
def test_given_names_are_as_common_as_in_thailand(sex: str) -> None:
    """The commonest is borne by one in two hundred, and drawn as often as its rank says."""
    names = naming.given(sex)
    top = names.names[0]
    assert 0.0045 < names.share(top) < 0.006
    rng = Random(5)
    assert near(sum(names.draw(rng) == top for _ in range(20_000)), 20_000, names.share(top))


def test_family_names_are_nearly_flat() -> None:
    """120,000 made of parts of real ones, none of them a real one; the commonest borne by one in 12,000."""
    from pythainlp.corpus import thai_family_names

    names = naming.family()
    assert len(set(names.names)) == 120_000
    assert not set(names.names) & thai_family_names()
    assert 0.00008 < names.share(names.names[0]) < 0.00009
    assert names.share(names.names[0]) / names.share(names.names[-1]) < 16


def test_numbers_do_not_run_out() -> None:
    """As many households as three million people are get different numbers from their office."""
    taken = {n * 309_017 % 500_000 for n in range(500_000)}
    assert len(taken) == 500_000


def test_mothers_are_old_enough_and_siblings_months_apart() -> None:
    """Nobody gives birth before 18 or after 42, nor twice in ten months."""
    for human in thai():
        if human.mother is not None:
            assert 18 <= human.mother.age(human.birth) <= 42
    for home in town():
        births = sorted({human.birth for human in home.members if human.mother})
        assert all(later - earlier > 300 for earlier, later in pairwise(births))
