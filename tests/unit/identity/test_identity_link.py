"""Linking registrations into humans, as a facility's PERSON rows arrive."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import date, datetime

import pytest

from suksala import audit, identity
from suksala.foundation import database
from suksala.identity import LinkResult
from tests.people import CLINIC, HOSPITAL, UNIT, events, humans, mali, number, questions

pytestmark = pytest.mark.django_db


def test_a_registration_is_born_as_its_own_person_and_human() -> None:
    """One row, one person, one human of the same number; nothing to ask."""
    assert identity.link(HOSPITAL, [mali("1")]) == LinkResult(created=1, changed=1)
    [person] = identity.persons(HOSPITAL, ["1"]).values()
    assert identity.human_of(person) == person
    assert identity.persons_of(person) == {person}


def test_one_number_in_two_facilities_is_one_human() -> None:
    """The older person gives the human its number; no person changes."""
    identity.link(HOSPITAL, [mali("1")])
    first = identity.persons(HOSPITAL, ["1"])["1"]
    assert identity.link(UNIT, [mali("A7")]) == LinkResult(created=1, changed=1, linked=1)
    second = identity.persons(UNIT, ["A7"])["A7"]
    assert identity.persons_of(first) == {first, second}
    assert identity.persons_like(first) == identity.persons_like(second) == {first, second}
    assert identity.human_of(second) == first
    assert identity.persons(HOSPITAL, ["1"])["1"] == first


def test_a_second_number_of_one_hospital_is_one_human() -> None:
    """Two local numbers of one person in one hospital are an ordinary link."""
    identity.link(HOSPITAL, [mali("1"), mali("2", birth=date(1970, 5, 6))])
    assert humans() == {frozenset({(HOSPITAL, "1"), (HOSPITAL, "2")})}


def test_the_same_rows_again_change_nothing() -> None:
    """Sending twice is sending once: no event, no new membership."""
    rows = [mali("1"), mali("2", number=number(2), given="สมศรี")]
    identity.link(HOSPITAL, rows)
    identity.link(UNIT, [mali("A7")])
    before = database.rows("SELECT * FROM identity_membership ORDER BY 1, 2"), events()
    assert identity.link(HOSPITAL, rows) == identity.link(UNIT, [mali("A7")]) == LinkResult()
    assert (database.rows("SELECT * FROM identity_membership ORDER BY 1, 2"), events()) == before


def test_another_face_on_the_number_asks_whose_card_it_is() -> None:
    """A relative used the card: not linked, one question, asked once."""
    identity.link(HOSPITAL, [mali("1")])
    somebody = mali("A7", given="อารี", family="รักไทย", birth=date(1951, 2, 3))
    assert identity.link(UNIT, [somebody]) == LinkResult(created=1, changed=1, reviews=1)
    assert humans() == {frozenset({(HOSPITAL, "1")}), frozenset({(UNIT, "A7")})}
    assert questions() == {("whose-card", frozenset({(HOSPITAL, "1"), (UNIT, "A7")}))}
    assert identity.link(UNIT, [somebody]) == LinkResult()


def test_a_child_under_the_mothers_number_leaves_the_mother_hers() -> None:
    """MOTHER tells whose the number is: nobody is asked, and by her number she alone is found (decision 0207)."""
    mother = mali("1", number=number(1, 1), birth=date(1984, 7, 24))
    child = mali("2", number=number(1, 1), given="สิริชนก", birth=date(2010, 5, 7), mother=number(1, 1))
    assert identity.link(HOSPITAL, [mother, child]) == LinkResult(created=2, changed=2)
    assert questions() == set()
    assert identity.persons_of_number(number(1, 1)) == {identity.person_of(HOSPITAL, "1")}


def test_a_question_is_settled_when_the_facility_corrects_the_row() -> None:
    """The number was somebody else's; with the right one nothing is open any more."""
    identity.link(HOSPITAL, [mali("1")])
    identity.link(UNIT, [mali("A7", given="อารี", birth=date(1951, 2, 3), family="รักไทย")])
    identity.link(UNIT, [mali("A7", given="อารี", birth=date(1951, 2, 3), family="รักไทย", number=number(2))])
    assert questions() == set()
    assert [r.state for r in identity.reviews("settled")] == ["settled"]


def test_a_corrected_number_moves_the_registration_to_its_human() -> None:
    """It leaves one human and joins another in one event that tells of both."""
    other = {"number": number(2), "given": "สมศรี", "birth": date(1961, 1, 2)}
    identity.link(HOSPITAL, [mali("1"), mali("2", **other)])
    identity.link(UNIT, [mali("A7")])
    assert identity.link(UNIT, [mali("A7", **other)]) == LinkResult(changed=1, linked=1, unlinked=1)
    assert humans() == {frozenset({(HOSPITAL, "1")}), frozenset({(HOSPITAL, "2"), (UNIT, "A7")})}
    kinds = database.rows("SELECT kind FROM identity_event ORDER BY seq")
    assert [kind for (kind,) in kinds] == ["new", "new", "link", "correct"]


def test_the_oldest_registration_leaving_gives_the_others_the_next_oldest_name() -> None:
    """A human is named by its oldest person, whoever that is now."""
    for hospcode in (HOSPITAL, UNIT, CLINIC):
        identity.link(hospcode, [mali("1")])
    first, second, third = (identity.persons(h, ["1"])["1"] for h in (HOSPITAL, UNIT, CLINIC))
    assert identity.link(HOSPITAL, [mali("1", number=None)]).unlinked == 2
    assert [identity.human_of(p) for p in (first, second, third)] == [first, second, second]


def test_a_bridge_that_falls_parts_both_sides() -> None:
    """Two registrations were one human only through a third, which looked like both."""
    identity.link(HOSPITAL, [mali("1", birth=date(1960, 1, 1), given="อารี", family="ดี")])
    identity.link(UNIT, [mali("2", birth=date(1980, 1, 1), given="มาลี", family="ดีใจ")])
    assert len(humans()) == 2
    identity.link(CLINIC, [mali("3", birth=date(1960, 1, 1), given="มาลี")])
    assert len(humans()) == 1
    assert questions() == set()
    identity.link(CLINIC, [], gone=["3"])
    assert len(humans()) == 3
    assert questions() == {("whose-card", frozenset({(HOSPITAL, "1"), (UNIT, "2")}))}


def test_a_withdrawn_row_is_forgotten_but_the_registration_stays() -> None:
    """Void of a deposit: what it said about the person goes, the person id does not."""
    identity.link(HOSPITAL, [mali("1")])
    identity.link(UNIT, [mali("A7")])
    person = identity.persons(UNIT, ["A7"])["A7"]
    assert identity.link(UNIT, [], gone=["A7", "unknown"]) == LinkResult(changed=1, unlinked=1)
    shown = identity.registration(person)
    assert (shown.person, shown.human, shown.name, shown.number, shown.birth) == (person, person, "", None, None)


@pytest.mark.parametrize(
    ("births", "linked", "dummies"), [(8, 0, 0), (9, 0, 1)], ids=["eight birth dates: people", "nine: nobody"]
)
def test_a_number_of_many_birth_dates_belongs_to_nobody(births: int, linked: int, dummies: int) -> None:
    """One number, more than eight birth dates; both edges."""
    rows = [
        mali(str(n), birth=date(1940 + 2 * n, 1, 1), given=name, family="") for n, name in enumerate(NAMES[:births])
    ]
    result = identity.link(HOSPITAL, rows)
    assert (result.linked, result.dummies) == (linked, dummies)
    kinds = {kind for kind, _ in questions()}
    assert kinds == ({"dummy-number"} if dummies else {"whose-card"})


def test_every_facility_that_sent_a_number_of_nobody_hears_of_it() -> None:
    """One notice each, about the oldest of its own registrations: its steward sees no other's."""
    rows = [mali(str(n), birth=date(1940 + 2 * n, 1, 1), given=name, family="") for n, name in enumerate(NAMES)]
    identity.link(HOSPITAL, rows[:5])
    identity.link(UNIT, rows[5:])
    identity.link(CLINIC, [mali("other", number=number(2))])
    told = {("dummy-number", frozenset({(HOSPITAL, "0")})), ("dummy-number", frozenset({(UNIT, "5")}))}
    assert questions() == told
    reviewer = identity.Reviewer("account:anong")
    assert [len(identity.questions(reviewer, [hospcode])) for hospcode in (HOSPITAL, UNIT, CLINIC)] == [1, 1, 0]


# Nine given names that neither look nor sound alike.
NAMES = ["มาลี", "สมชาย", "อรุณ", "ฉวีวรรณ", "ไพโรจน์", "บุญเกิด", "ธงชัย", "เพ็ญศรี", "กฤษณะ"]


def test_a_number_that_becomes_a_dummy_lets_its_people_go() -> None:
    """Two were linked by the number; seven more faces show that it is nobody's."""
    identity.link(HOSPITAL, [mali("x")])
    identity.link(UNIT, [mali("y")])
    assert len(humans()) == 1
    rows = [mali(str(n), birth=date(1940 + 2 * n, 1, 1), given=name) for n, name in enumerate(NAMES)]
    assert identity.link(CLINIC, rows).unlinked == 1
    assert len(humans()) == 11


@pytest.mark.parametrize(
    "text",
    [None, "", "1111111111119", "1234567890123", number(1)[:-1] + "0", "G123456789012", "0123", number(5, 1)],
    ids=["none", "blank", "listed dummy", "sequence", "check digit", "G code", "short", "class 1 for one born 1970"],
)
def test_an_untrusted_number_links_nobody(text: str | None) -> None:
    """Only classes T1 and T2, with a check digit and a birth date that fits, speak for one human."""
    identity.link(HOSPITAL, [mali("1", number=text)])
    assert identity.link(UNIT, [mali("A7", number=text)]) == LinkResult(created=1, changed=1)
    assert len(humans()) == 2


def test_a_newborns_placeholder_needs_the_birth_date() -> None:
    """The hospital wrote the mother's number under the baby's bed: not the mother."""
    identity.link(HOSPITAL, [mali("1")])
    identity.link(HOSPITAL, [mali("2", number=number(1, 6), given="บุตร นางมาลี", birth=date(2026, 1, 2))])
    identity.link(UNIT, [mali("3", number=number(1, 6), given="กานดา", birth=date(2026, 1, 2))])
    identity.link(CLINIC, [mali("4", number=number(1, 6), given="บุตร นางมาลี", birth=date(2026, 1, 3))])
    assert frozenset({(HOSPITAL, "2"), (UNIT, "3")}) in humans()
    assert frozenset({(CLINIC, "4")}) in humans()
    assert ("whose-card", frozenset({(HOSPITAL, "2"), (CLINIC, "4")})) in questions()


def test_an_orphan_gets_a_person_and_meets_its_row_later() -> None:
    """A SERVICE row came first; the PERSON row finds the same person."""
    born = identity.persons(HOSPITAL, ["9", "9", "8"])
    assert set(born) == {"8", "9"}
    assert identity.persons(HOSPITAL, ["9"]) == {"9": born["9"]}
    assert identity.link(HOSPITAL, [mali("9")]) == LinkResult(changed=1)
    assert identity.registration(born["9"]).name == "มาลี ใจดี"


def test_spelling_of_a_name_is_normalised_and_the_title_kept() -> None:
    """Decomposed am, a glued title and a title code become one reading."""
    identity.link(HOSPITAL, [mali("1", given="นางน\u0e4d\u0e49าทิพย์", title="005", family="-")])
    [shown] = identity.registrations(identity.persons(HOSPITAL, ["1"]).values())
    assert (shown.title, shown.given, shown.family) == ("นาง", "น้ำทิพย์", "")
    assert shown.number == number(1)
    assert shown.trusted


def test_a_naive_moment_is_bangkoks() -> None:
    """D_UPDATE has no zone; Thailand has one."""
    identity.link(HOSPITAL, [mali("1", d_update=datetime(2026, 1, 1, 7, 0))])  # noqa: DTZ001  as in the file
    [(at,)] = database.rows("SELECT d_update FROM identity_demographics")
    assert at.isoformat().startswith("2026-01-01T00:00:00")


def test_no_raw_value_reaches_an_event_a_question_or_the_clear_number_a_table() -> None:
    """Evidence names rules and counts; a stolen table holds no number to search for."""
    identity.link(HOSPITAL, [mali("1")])
    identity.link(UNIT, [mali("A7"), mali("B", given="อารี", birth=date(1951, 2, 3), family="รักไทย")])
    told = str([database.rows(f"SELECT t::text FROM {table} t") for table in ("identity_event", "identity_review")])
    assert not any(value in told for value in (number(1), "มาลี", "ใจดี", "1970", "A7"))
    [(stored,)] = database.rows("SELECT string_agg(d::text, '') FROM identity_demographics d")
    assert number(1) not in stored
    assert number(1).encode().hex() not in stored


def test_relinking_sound_data_changes_nothing() -> None:
    """Humans are a function of what was sent."""
    identity.link(HOSPITAL, [mali("1"), mali("2", number=number(2))])
    identity.link(UNIT, [mali("1"), mali("2", number=number(2))])
    before = humans(), events()
    assert identity.relink() == LinkResult()
    assert (humans(), events()) == before


def test_memberships_are_a_table_with_one_row_a_registration() -> None:
    """For joining with the lake; empty, but with its columns, before the first deposit."""
    empty = identity.memberships()
    assert (empty.num_rows, empty.column_names[:4]) == (0, ["hospcode", "pid", "person", "human"])
    identity.link("00123", [mali("007")])
    [row] = identity.memberships().to_pylist()
    assert (row["hospcode"], row["pid"]) == ("00123", "007")


def test_unknown_persons_and_humans_have_their_own_refusal() -> None:
    """Each is told as such, and nothing is made."""
    with pytest.raises(identity.NoSuchPerson):
        identity.persons_like(4711)
    with pytest.raises(identity.NoSuchPerson):
        identity.human_of(4711)
    with pytest.raises(identity.NoSuchPerson):
        identity.registration(4711)
    with pytest.raises(identity.NoSuchHuman):
        identity.persons_of(4711)
    assert identity.humans_of([4711]) == {}
    assert identity.memberships().num_rows == 0


def test_a_search_looks_only_into_the_own_facility() -> None:
    """By number, local number, or the beginning of a given or family name, tones and case aside."""
    identity.link(HOSPITAL, [mali("17"), mali("18", number=number(2), given="สมหญิง", family="แก้วใส")])
    identity.link(UNIT, [mali("A7")])
    own = identity.persons(HOSPITAL, ["17", "18"])

    def found(text: str) -> list[int]:
        return [r.person for r in search(text).registrations]

    spaced = f"{number(1)[0]} {number(1)[1:5]} {number(1)[5:10]} {number(1)[10:12]} {number(1)[12]}"
    assert found(number(1)) == found(spaced) == found("17") == found("มาลี") == found("ใจดี") == [own["17"]]
    assert found("แกวใส") == found(" สมหญิง แก้ว ") == [own["18"]]
    assert found("A7") == found("ม") == found("าลี") == found("") == found("%") == found("__") == []
    assert [search(text).short for text in ("มา", "มาล", "A7", "17")] == [True, False, True, False]


def search(text: str, count: Callable[[Collection[int]], None] = lambda _persons: None) -> identity.FoundOwn:
    """As a nurse of the hospital."""
    return identity.search_own(HOSPITAL, text, actor="account:nurse", count=count)


def namesakes(count: int) -> list[int]:
    """So many people of one family name, each with a given name of their own."""
    rows = [mali(str(n), number=number(n), given=f"สม{'กขคงจฉ'[n]}าย", family="ใจดี") for n in range(count)]
    identity.link(HOSPITAL, rows)
    return list(identity.persons(HOSPITAL, [str(n) for n in range(count)]).values())


def test_a_search_is_a_fact_about_everybody_it_names_without_its_words() -> None:
    """Who searched where and why, one for each person told of; one without a person where nobody was."""
    people = namesakes(2)
    assert [one.person for one in search("ใจดี").registrations] == people
    search("นิรันดร์")
    told = [(f.actor, f.purpose, f.facility, f.person, f.detail) for f in audit.facts("search")]
    assert told == [
        *(("account:nurse", "TREAT", HOSPITAL, person, {"found": 2, "told": 2}) for person in people),
        ("account:nurse", "TREAT", HOSPITAL, None, {"found": 0, "told": 0}),
    ]
    assert "ใจดี" not in str(told)


@pytest.mark.parametrize(("many", "shown"), [(5, 5), (6, 0)])
def test_a_search_names_five_people_or_nobody(many: int, shown: int) -> None:
    """A register is not leafed through; who is not named is not in the log."""
    people = namesakes(many)
    found = search("ใจดี")
    assert (len(found.registrations), found.more, found.short) == (shown, shown == 0, False)
    assert [f.person for f in audit.facts("search")] == (people if shown else [None])


def test_who_has_used_up_an_hour_is_told_of_nobody() -> None:
    """Counted before anybody is named: the search is a fact, and names none of them."""
    [person] = namesakes(1)
    asked: list[Collection[int]] = []

    def refuse(persons: Collection[int]) -> None:
        asked.append(persons)
        raise identity.NoSuchPerson

    with pytest.raises(identity.NoSuchPerson):
        search("ใจดี", refuse)
    assert asked == [[person]]
    assert [(f.person, f.detail) for f in audit.facts("search")] == [(None, {"found": 1, "told": 0})]


def test_explain_tells_why_two_persons_are_one() -> None:
    """Number, rule, decision and the events to undo."""
    identity.link(HOSPITAL, [mali("1")])
    identity.link(UNIT, [mali("A7", birth=date(1970, 5, 6))])
    a, b = identity.persons(HOSPITAL, ["1"])["1"], identity.persons(UNIT, ["A7"])["A7"]
    told = identity.explain(b, a)
    assert (told.same_human, told.same_number, told.rule, told.decision) == (True, True, "given-spelling", None)
    assert [kind for _, kind in told.events] == ["new", "new", "link"]
    with pytest.raises(identity.NoSuchPerson):
        identity.explain(a, 4711)
