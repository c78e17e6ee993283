"""Names and numbers of people who do not exist."""

from __future__ import annotations

from collections import Counter
from datetime import date
from random import Random

from suksala.simulation import mistakes, names, numbers
from suksala.simulation.people import Person
from suksala.standards.thai_codes import citizen_number


def person(**known: object) -> Person:
    """A man born in 1970, with what a test wants to be otherwise."""
    values: dict[str, object] = {
        "human": "x", "sex": "1", "birth": date(1970, 5, 17).toordinal(), "given": "กฤตพงษ์", "family": "ทองแก้วสุข",
        "number": citizen_number.synthetic(77, 3), "title": "003",
    }  # fmt: skip
    return Person(**(values | known))  # type: ignore[arg-type]


def test_there_are_thousands_of_given_names_and_more_families() -> None:
    """A million people need that few share a family name; by Thai law nearly every family has its own."""
    rng = Random(1)
    given = {names.given(rng, sex, 1985) for sex in "12" for _ in range(40_000)}
    families = {names.family(rng) for _ in range(120_000)}
    assert len(given) > 3_500
    assert len(families) > 45_000


def test_the_top_given_name_is_rare_enough() -> None:
    """The commonest name is borne by about one in a hundred, not by everybody."""
    rng = Random(2)
    common = Counter(names.given(rng, "2", 1985) for _ in range(20_000)).most_common(1)[0][1]
    assert 60 < common < 400


def test_old_people_have_old_names() -> None:
    """Names of people born before 1958 come from the older fashion."""
    rng = Random(3)
    old = {names.given(rng, "2", 1940) for _ in range(2_000)}
    young = {names.given(rng, "2", 1990) for _ in range(2_000)}
    assert not old & young


def test_first_digit_tells_how_the_birth_was_registered() -> None:
    """Born before 1984: 3, 4 or 5; from 1984: 1 or 2. Every number fits the birth date and is of the made-up range."""
    rng = Random(4)
    for n in range(500):
        old, young = numbers.national(n, 1983, rng), numbers.national(n, 1984, rng)
        assert old[0] in "345"
        assert young[0] in "12"
        assert citizen_number.is_synthetic(old)
        assert citizen_number.classify(young, date(1984, 1, 1)).trusted


def test_a_slip_never_leads_to_somebody_else() -> None:
    """A mistyped number fails the check digit, is too short, or is a made-up number nobody holds."""
    rng = Random(5)
    own = citizen_number.synthetic(123_456, 1)
    kinds = Counter()
    for _ in range(3_000):
        wrong, kind = numbers.mistyped(rng, own)
        kinds[kind] += 1
        assert wrong != own
        if kind == "wrong-but-valid":
            assert citizen_number.is_synthetic(wrong)
            assert int(wrong[3:12]) >= 900_000_000
        else:
            assert not citizen_number.is_valid(wrong)
    assert 0.07 < kinds["wrong-but-valid"] / 3_000 < 0.11
    assert 0.08 < kinds["lost-digit"] / 3_000 < 0.12


def test_a_card_read_by_machine_is_exact() -> None:
    """More than half of hospital registrations are read from the card: number, name and birth as they are."""
    rng, today = Random(6), date(2024, 1, 10).toordinal()
    desks = [mistakes.typed(rng, person(), "003", "hospital", today) for _ in range(2_000)]
    exact = [desk for desk in desks if not desk.mistakes]
    assert len(exact) > 0.66 * len(desks)
    assert all((d.number, d.given, d.birth) == (person().number, "กฤตพงษ์", "19700517") for d in exact)


def test_rates_of_typed_records() -> None:
    """experiment.md section 2: number missing 10.4, typing slip 2.1, dummy 0.6 of a hundred typed records."""
    rng, today = Random(7), date(2024, 1, 10).toordinal()
    desks = [mistakes.typed(rng, person(), "003", "clinic", today) for _ in range(40_000)]
    kinds = Counter(mistake for desk in desks for mistake in desk.mistakes)
    typed = 40_000 * (1 - mistakes.CARD_READ["clinic"])
    assert 0.095 < kinds["CID", "missing"] / typed < 0.113
    assert 0.017 < (kinds["CID", "typo"] + kinds["CID", "lost-digit"] + kinds["CID", "wrong-but-valid"]) / typed < 0.025
    assert 0.004 < kinds["CID", "dummy"] / typed < 0.008
    assert 0.045 < kinds["NAME", "misspelt"] / typed < 0.060
    assert 0.065 < kinds["LNAME", "misspelt"] / typed < 0.085
    assert kinds["CID", "number-of-mother"] == 0


def test_birth_and_given_name_are_not_lost_in_one_registration() -> None:
    """The guard of linkage must find the birth date or the given name unchanged."""
    rng, today = Random(8), date(2024, 1, 10).toordinal()
    for _ in range(5_000):
        desk = mistakes.typed(rng, person(), "003", "unit", today)
        columns = {column for column, kind in desk.mistakes if kind != "maiden-name"} & {"NAME", "LNAME", "BIRTH"}
        assert "BIRTH" not in columns or columns == {"BIRTH"}


def test_nor_in_two_registrations_of_one_person() -> None:
    """A second desk that would make the two impossible to join is told apart."""
    right, wrong_birth, lost_name = (mistakes.exact(person(), "003") for _ in range(3))
    wrong_birth.wrong("BIRTH", "year-off")
    lost_name.wrong("NAME", "swapped")
    assert not mistakes.clash(lost_name, [right])
    assert not mistakes.clash(right, [wrong_birth, lost_name])
    assert mistakes.clash(lost_name, [right, wrong_birth])
    assert mistakes.clash(wrong_birth, [lost_name])


def test_a_newborn_has_no_name_and_no_number() -> None:
    """The first record names the mother; twins are told apart by A and B."""
    mother = person(sex="2", given="มาลี", family="ดวงใจ")
    child = person(birth=date(2025, 2, 3).toordinal(), twin=2)
    for seed in range(20):
        desk = mistakes.newborn(Random(seed), child, mother)
        assert desk.number == ""
        assert desk.given.endswith(" B")
        assert desk.family == "ดวงใจ"
        assert ("NAME", "newborn-placeholder") in desk.mistakes


def test_a_bride_is_known_by_her_maiden_name_before() -> None:
    """Who marries inside the three years is in earlier registers under the old name."""
    wedding = date(2025, 6, 1).toordinal()
    bride = person(sex="2", family="ใหม่", maiden="เดิม", married_on=wedding, title="005", marital="2")
    assert mistakes.typed(Random(1), bride, "004", "hospital", wedding - 1).family == "เดิม"
    after = [mistakes.typed(Random(seed), bride, "005", "hospital", wedding) for seed in range(50)]
    assert all(("LNAME", "maiden-name") not in desk.mistakes for desk in after)
