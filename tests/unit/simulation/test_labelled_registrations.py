"""The registrations that linkage is measured on: every rate of the table in docs/reference/simulation.md."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable
from datetime import date
from functools import cache
from itertools import islice
from random import Random

import pytest

from suksala import simulation
from suksala.simulation.calendar import END, ordinal, ymd
from suksala.simulation.labelled import desk as desks
from suksala.simulation.labelled.population import HOSPITALS, SINCE, Human
from suksala.simulation.labelled.registrations import Registered, registrations
from suksala.simulation.mistakes import DUMMIES
from suksala.standards.thai_codes import NumberClass, addresses, citizen_number, names
from tests.unit.simulation.test_labelled_people import near

Rule = Callable[[Registered], bool]


@cache
def rows() -> tuple[Registered, ...]:
    """All rows of 20,000 people."""
    return tuple(registrations(20_000, 7))


def share_is(rate: float, *, of: Rule, where: Rule) -> None:
    """Of the rows that are `of`, the share that are `where` is within three standard errors of the rate."""
    base = [sent for sent in rows() if of(sent)]
    count = sum(where(sent) for sent in base)
    assert near(count, len(base), rate), f"{count} of {len(base)} is {count / len(base):.4f}, not {rate}"


def wrong(column: str, *kinds: str) -> Rule:
    """The desk made one of these mistakes."""
    return lambda sent: any((column, kind) in sent.mistakes for kind in kinds)


def typed(sent: Registered) -> bool:
    """A Thai's row typed by hand, not the record of a birth."""
    return sent.row.nation == "099" and not sent.row.card_read and not sent.row.newborn


def every(_: Registered) -> bool:
    """All rows."""
    return True


def foreign(sent: Registered) -> bool:
    """A row of a foreigner."""
    return sent.row.nation != "099"


def child_at_day(sent: Registered) -> bool:
    """Below 15 on the day of the row, with a mother in the data."""
    return sent.human.mother is not None and sent.human.age(sent.row.day.toordinal()) < 15


def true_birth(sent: Registered) -> str:
    """YYYYMMDD as it truly is."""
    return ymd(sent.human.birth)


SLIPS = ("substitution", "transposition", "lost-digit", "two-digits", "wrong-but-valid")
TYPED: list[tuple[str, tuple[str, ...], float]] = [
    ("CID", ("missing",), 0.104), ("CID", SLIPS, 0.021), ("CID", ("dummy",), 0.006),
    ("NAME", ("misspelt",), 0.052), ("LNAME", ("misspelt",), 0.075), ("NAME", ("encoding-noise",), 0.035),
    ("NAME", ("title-glued",), 0.04), ("NAME", ("swapped",), 0.006), ("NAME", ("both-in-one",), 0.006),
    ("BIRTH", ("year-off",), 0.015), ("BIRTH", ("day-off",), 0.02), ("BIRTH", ("missing",), 0.015),
]  # fmt: skip


@pytest.mark.parametrize(("column", "kinds", "rate"), TYPED, ids=[f"{c}-{k[0]}" for c, k, _ in TYPED])
def test_mistakes_of_typed_rows(column: str, kinds: tuple[str, ...], rate: float) -> None:
    """Number, names and birth date, each with its own rate."""
    share_is(rate, of=typed, where=wrong(column, *kinds))


def test_mistakes_that_need_a_fitting_row() -> None:
    """A day above 12 cannot be taken for a month, 1 January not be made 1 January, and only children have a mother."""
    share_is(0.03, of=lambda s: typed(s) and true_birth(s)[4:] != "0101", where=wrong("BIRTH", "year-only"))
    share_is(
        0.02,
        of=lambda s: typed(s) and int(true_birth(s)[6:]) <= 12 and true_birth(s)[6:] != true_birth(s)[4:6],
        where=wrong("BIRTH", "day-month-swapped"),
    )
    share_is(0.006, of=lambda s: typed(s) and child_at_day(s), where=wrong("CID", "number-of-mother"))
    assert not any(wrong("CID", "number-of-mother")(sent) for sent in rows() if not child_at_day(sent))


def test_slips_of_numbers() -> None:
    """Nine in a hundred pass the check digit; of the others 55 one digit wrong, 30 turned, 10 lost, 5 two."""
    slips = wrong("CID", *SLIPS)
    share_is(0.09, of=slips, where=wrong("CID", "wrong-but-valid"))
    for kind, share in zip(SLIPS[:4], (0.55, 0.30, 0.10, 0.05), strict=True):
        share_is(share, of=lambda s: slips(s) and not wrong("CID", SLIPS[4])(s), where=wrong("CID", kind))


def test_mistakes_of_one_field_know_nothing_of_another() -> None:
    """Both names wrong, or a name and the birth date, as often as the product of their rates says."""
    share_is(0.052 * 0.075, of=typed, where=lambda s: wrong("NAME", "misspelt")(s) and wrong("LNAME", "misspelt")(s))
    share_is(
        0.052 * 0.05,
        of=typed,
        where=lambda s: wrong("NAME", "misspelt")(s) and wrong("BIRTH", "year-off", "day-off", "missing")(s),
    )


def test_a_misspelt_name_is_another_name() -> None:
    """The slip shows, whatever letters the name has."""
    plain = [s for s in rows() if s.mistakes == [("NAME", "misspelt")]]
    assert len(plain) > 100
    assert all(s.row.given != s.human.names_on(s.row.day.toordinal())[0] for s in plain)
    assert desks.misspelt(Random(1), "อฮ") == "อฮฮ"


def test_noise_is_read_as_the_same_name() -> None:
    """Two strokes for one vowel, blanks, dots, signs without width: what the standard's reader takes away."""
    noisy = [s for s in rows() if s.mistakes == [("NAME", "encoding-noise")]]
    true = [s.human.names_on(s.row.day.toordinal())[0] for s in noisy]
    assert all(s.row.given != name for s, name in zip(noisy, true, strict=True))
    same = [
        names.normalise(s.row.given).replace(" ", "") == names.normalise(n) for s, n in zip(noisy, true, strict=True)
    ]
    assert len(noisy) > 100
    assert all(same)


def test_mistakes_of_all_rows() -> None:
    """Era, sex, phone and address go wrong wherever the rest of the row comes from."""
    for kind, rate in (("buddhist-year", 0.014), ("year-minus-543", 0.009)):
        share_is(rate, of=lambda s: not wrong("BIRTH", "missing")(s), where=wrong("BIRTH", kind))
    share_is(0.002, of=every, where=wrong("SEX", "wrong-sex"))
    for kind, rate in (("blank", 0.30), ("changed", 0.18), ("dummy", 0.012)):
        share_is(rate, of=every, where=wrong("MOBILE", kind))
    share_is(0.15, of=every, where=wrong("HOUSE", "moved"))
    share_is(0.10, of=every, where=lambda s: s.row.house == "")
    share_is(0.30, of=every, where=lambda s: s.row.phone == "")


@pytest.mark.parametrize("hospcode", HOSPITALS)
def test_cards_read_by_machine(hospcode: str) -> None:
    """72, 60, 50, 45 and 55 % of the rows of Thais of seven and older."""
    rate = dict(zip(HOSPITALS, (0.72, 0.60, 0.50, 0.45, 0.55), strict=True))[hospcode]
    share_is(
        rate,
        of=lambda s: s.row.hospcode == hospcode and not foreign(s) and s.human.age(s.row.day.toordinal()) >= 7,
        where=lambda s: s.row.card_read,
    )


def test_a_card_is_exact_and_nobodys_below_seven() -> None:
    """Number and names as they are on that day; a birthday too early there is no card."""
    cards = [s for s in rows() if s.row.card_read]
    assert all(s.row.number == s.human.number for s in cards)
    assert all((s.row.given, s.row.family) == s.human.names_on(s.row.day.toordinal()) for s in cards)
    assert not any(foreign(s) or s.row.newborn for s in cards)
    assert min(s.human.age(s.row.day.toordinal()) for s in cards) == 7


def test_age_changes_on_the_birthday() -> None:
    """The title of a child ends with the fifteenth birthday, a rank comes with the twentieth at the earliest."""
    boy = Human("a", "1", ordinal(2010, 3, 9), "ก", "ข")
    assert desks.card(boy, ordinal(2025, 3, 8)).title == "ด.ช."
    assert desks.card(boy, ordinal(2025, 3, 9)).title == "นาย"
    boy.rank = "ร.ต."
    assert desks.card(boy, ordinal(2030, 3, 8)).title == "นาย"
    assert desks.card(boy, ordinal(2030, 3, 9)).title == "ร.ต."


def test_how_many_hospitals_know_a_person() -> None:
    """1 to 5 (36, 33, 18, 9, 4 %; foreigners 52, 27, 13, 6, 2 %); 3 % of registrations have a second one beside."""
    known: dict[str, set[str]] = {}
    count = Counter((s.human.id, s.row.hospcode) for s in rows() if not s.row.newborn)
    for human, hospcode in count:
        known.setdefault(human, set()).add(hospcode)
    nation = {s.human.id: s.row.nation for s in rows()}
    thai = Counter(len(codes) for human, codes in known.items() if nation[human] == "099")
    others = Counter(len(codes) for human, codes in known.items() if nation[human] != "099")
    for number, (share, of_foreigners) in enumerate(
        zip((0.36, 0.33, 0.18, 0.09, 0.04), (0.52, 0.27, 0.13, 0.06, 0.02), strict=True), 1
    ):
        assert near(thai[number], thai.total(), share)
        assert near(others[number], others.total(), of_foreigners)
    assert set(count.values()) == {1, 2}
    assert near(sum(n == 2 for n in count.values()), len(count), 0.03)


def test_rows_of_a_person_are_as_many_as_in_the_experiment() -> None:
    """experiment.md section 2: 1 row 33.6 %, 2 32.2 %, 3 18.9 %, 4 9.9 %, 5 4.6 %, more 0.8 % (nearly)."""
    count = Counter(Counter(s.human.id for s in rows()).values())
    for number, percent in enumerate((33.6, 32.2, 18.9, 9.9, 4.6), 1):
        assert abs(100 * count[number] / 20_000 - percent) < 1.5
    assert 0.4 < 100 * sum(n for rows_of, n in count.items() if rows_of > 5) / 20_000 < 1.2
    assert 2.17 < len(rows()) / 20_000 < 2.27


def test_no_registration_is_there_twice() -> None:
    """One PID a row within a hospital."""
    assert len({(s.row.hospcode, s.row.pid) for s in rows()}) == len(rows())


def test_every_number_is_nobodys() -> None:
    """What passes the check digit is of the made-up range, a dummy, or a hospital's own; wrong ones lead to nobody."""
    true = {s.human.number for s in rows()}
    for sent in rows():
        number = sent.row.number
        if citizen_number.is_valid(number):
            local = number.startswith(f"0{sent.row.hospcode}")
            assert citizen_number.is_synthetic(number) or number in DUMMIES or local
        for other in (sent.row.mother_number, sent.row.father_number):
            assert other == "" or citizen_number.is_synthetic(other)
        if wrong("CID", *SLIPS)(sent):
            assert number not in true
            assert citizen_number.is_valid(number) == wrong("CID", "wrong-but-valid")(sent)


def test_unknown_days() -> None:
    """82 % write 1 January, the others any day."""
    mistyped = wrong("BIRTH", *(kind for kind, _ in desks.BIRTH))
    share_is(0.18, of=lambda s: s.human.day_unknown and not mistyped(s), where=wrong("BIRTH", "day-guessed"))
    assert not any(wrong("BIRTH", "day-guessed")(s) for s in rows() if not s.human.day_unknown)


def test_newborns() -> None:
    """55 % of Thai children born since 2016 have a record of their birth: a placeholder, seldom a number."""
    children = {s.human.id: s.human for s in rows() if s.human.mother and s.human.birth >= SINCE}
    records = [s for s in rows() if s.row.newborn]
    assert near(len(records), len(children), 0.55)
    assert all(s.human.id in children for s in records)
    assert all(0 <= s.row.day.toordinal() - s.human.birth <= 3 for s in records)
    assert all(names.read_name(s.row.given, s.row.family, s.row.title).newborn for s in records)
    numbered = [s for s in records if s.row.number]
    assert near(len(numbered), len(records), 0.05)
    assert all(s.human.mother and s.row.number == s.human.mother.number for s in numbered)
    assert near(sum(s.row.mother_number != "" for s in records), len(records), 0.60)


def test_a_newborn_bears_its_mothers_name_of_the_day() -> None:
    """Or, one time in four, her maiden name; twins are told apart by 1 and 2 or A and B."""
    mother = Human("m", "2", ordinal(1990, 1, 1), "มาลี", "ใจดี", maiden="คงมั่น", number="1890000000001")
    twin = Human("c", "2", ordinal(2020, 5, 5), mother=mother, order=2)
    made = [desks.newborn(Random(seed), twin, twin.birth) for seed in range(400)]
    assert near(sum(desk.family == "คงมั่น" for desk in made), 400, 0.25)
    assert {desk.family for desk in made} == {"คงมั่น", "ใจดี"}
    assert {desk.given[-2:] for desk in made} == {" 2", " B"}
    assert len({desk.given for desk in made}) == 12


def test_numbers_of_parents() -> None:
    """On later rows of children one in four; adults' rows name parents only where these live in the same house."""

    def later(sent: Registered) -> bool:
        return sent.human.mother is not None and not sent.row.newborn

    share_is(0.25, of=later, where=lambda s: s.row.mother_number != "")
    share_is(0.25, of=later, where=lambda s: s.row.father_number != "")
    assert not any(s.row.mother_number or s.row.father_number for s in rows() if s.human.mother is None)


def test_foreigners() -> None:
    """3.4 % of rows; 18 % of visits without papers; the hospital numbers 60 % of those who show no number."""
    share_is(0.18, of=foreign, where=wrong("CID", "no-papers"))
    share_is(
        0.60,
        of=lambda s: foreign(s) and (wrong("CID", "no-papers")(s) or not s.human.number),
        where=wrong("CID", "hospital-issued"),
    )
    share_is(0.35, of=foreign, where=lambda s: bool(re.match("[A-Z]", s.row.given)))
    share_is(0.5, of=foreign, where=lambda s: s.row.family in {"-", "."})
    assert 0.031 < sum(map(foreign, rows())) / len(rows()) < 0.039
    issued = [s for s in rows() if wrong("CID", "hospital-issued")(s)]
    assert all(citizen_number.classify(s.row.number, facilities=HOSPITALS).cls is NumberClass.T4 for s in issued)
    assert not any(s.row.passport for s in rows() if wrong("CID", "no-papers")(s) or not foreign(s))


def test_brides_stand_under_both_names() -> None:
    """Rows before the wedding bear the maiden name, rows from the day on the husband's."""
    cards = [s for s in rows() if s.human.married_on and s.row.card_read]
    before = [s for s in cards if s.row.day.toordinal() < s.human.married_on]
    after = [s for s in cards if s.row.day.toordinal() >= s.human.married_on]
    assert len(before) > 50
    assert len(after) > 50
    assert all(s.row.family == s.human.maiden for s in before)
    assert all(s.row.family == s.human.family for s in after)
    assert {s.row.title for s in before} <= {"น.ส.", "ด.ญ."}


def test_titles_and_places() -> None:
    """More than fifteen ways to write a title; villages and sub-districts of the register of places."""
    assert len({s.row.title for s in rows()}) > 15
    assert all(addresses.subdistrict(tambon) for tambon in {s.row.tambon for s in rows()})
    assert {s.row.village for s in rows()} == {str(n) for n in range(1, 13)}
    assert all(SINCE <= s.row.day.toordinal() <= END for s in rows())


def test_twins_point_at_each_other() -> None:
    """The truth about twins stands in each of their rows."""
    twin_of = {s.row.human: s.row.twin_of for s in rows() if s.row.twin_of}
    assert len(twin_of) > 100
    assert all(twin_of[other] == human for human, other in twin_of.items())


def test_the_same_seed_gives_the_same_bytes() -> None:
    """On every machine and in every process, with the names of pythainlp 5.4 and the places of geothai 3.2."""
    text = "\n".join("|".join(map(str, row)) for row in simulation.labelled_registrations(300, 1))
    digest = hashlib.sha256(text.encode()).hexdigest()
    assert digest == "b193cd4f05ab61fa8c8d5bc6c9283a7cb9c597846e2f1af61a3fe57b3f6e23a9"
    assert next(simulation.labelled_registrations(300, 2)) != next(simulation.labelled_registrations(300, 1))


def test_rows_come_before_the_last_household_is_made() -> None:
    """Three million people are not waited for: the first rows are there at once."""
    first = list(islice(simulation.labelled_registrations(3_000_000, 1), 3))
    assert first == list(islice(simulation.labelled_registrations(300, 1), 3))
    assert isinstance(first[0].day, date)


@pytest.mark.parametrize("people", [99, 3_000_001])
def test_impossible_sizes_are_refused_at_the_call(people: int) -> None:
    """Not when the first row is asked for."""
    with pytest.raises(simulation.TooFewPeople):
        simulation.labelled_registrations(people, 1)
    with pytest.raises(simulation.TooFewPeople):
        simulation.labelled_outbreak(people, 1)
