"""The last answer of callers stands, both ways and also where two of them answer at once (S4.10, S4.31)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest

from suksala import audit, lists
from suksala.foundation import clock, database
from suksala.lists import Kind, ListProblem, link_storage, links, storage
from tests.unit.lists.test_callers import CALLER, missing, row, send

pytestmark = pytest.mark.django_db
SECOND = "account:second"


@pytest.fixture
def weak() -> tuple[str, str]:
    """Mali waits; in hospital is one whose name sounds like hers: too weak to be joined. The ids of both rows."""
    send("1330", row("1", "waiting", 30))
    send("hospital", row("H", "in-hospital", 3, given="มะลิ", phone="", rest=",1901,"))
    [waiting] = missing()
    [candidate] = lists.sheet(waiting.person, actor=CALLER).candidates
    return candidate.pair


def decisions() -> list[tuple[str, str, bool]]:
    """What stands of each pair, by the agencies' own ids of the rows."""
    found = database.rows("SELECT DISTINCT ON (a, b) a, b, same FROM lists_decision ORDER BY a, b, id DESC")
    names = {i: line.row for i, line in storage.lines(storage.all_rows()).items()}
    return sorted((names[a], names[b], same) for a, b, same in found)


def persons() -> set[frozenset[str]]:
    """Who is one person, by the agencies' own ids of their rows."""
    names = {i: line.row for i, line in storage.lines(storage.all_rows()).items()}
    found: dict[int, set[str]] = {}
    for i, human in database.rows("SELECT id, human FROM lists_row"):
        found.setdefault(human, set()).add(names[i])
    return {frozenset(rows) for rows in found.values()}


# ---- taking back ----------------------------------------------------------------------------------------------------


def test_a_wrong_same_is_taken_back_from_the_sheet_and_the_person_is_on_top(weak: tuple[str, str]) -> None:
    """Before somebody at risk who waits longer; and the sheet says who had said it."""
    send("ems", row("2", "waiting", 99, given="สมศักดิ์", phone="", rest="80,1901,1"))
    lists.answer(weak[0], "same", weak, actor=CALLER)
    assert weak[0] not in {one.person for one in missing()}
    [said] = lists.sheet(weak[0], actor=SECOND).said_same
    names = {i: line.row for i, line in storage.lines(storage.all_rows()).items()}
    assert (said.caller, [names[i] for i in said.rows], said.pair) == (CALLER, ["1", "H"], weak)
    lists.answer(weak[0], "different", said.pair, actor=SECOND)
    first = missing()[0]
    assert (first.person, first.kind, first.put_back, first.caller) == (weak[0], Kind.NO_UNIT, True, SECOND)
    assert decisions() == [("1", "H", False)]
    found = lists.sheet(weak[0], actor=CALLER)
    assert (found.said_same, found.candidates, len(found.rows)) == ((), (), 1)
    assert [fact.detail["answer"] for fact in audit.facts("lists.answered")] == ["same", "different"]


def test_whom_callers_joined_is_told_for_three_days(weak: tuple[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    """To the district that may open the page, so that a wrong answer is found again; not once it was taken back."""
    lists.answer(weak[0], "same", weak, actor=CALLER)
    [one] = lists.joined("1901")
    assert (one.person, one.caller) == (weak[0], CALLER)
    assert lists.joined("1902") == []
    assert lists.joined() == [one]
    for later, told in ((timedelta(days=3), [one]), (timedelta(days=3, microseconds=1), [])):
        monkeypatch.setattr(clock, "now", lambda at=one.at + later: at)
        assert lists.joined("1901") == told
    monkeypatch.undo()
    lists.answer(weak[0], "different", weak, actor=CALLER)
    assert lists.joined("1901") == []


def test_a_pair_has_no_order_and_either_id_names_the_person(weak: tuple[str, str]) -> None:
    for person, pair in ((weak[0], weak), (weak[1], weak), (weak[0], weak[::-1]), (weak[1], weak[::-1])):
        lists.answer(weak[0], "same", weak, actor=CALLER)
        lists.answer(person, "different", pair, actor=CALLER)
        assert persons() == {frozenset("1"), frozenset("H")}
        assert (missing()[0].person, missing()[0].put_back) == (weak[0], True)


def test_different_and_same_and_different(weak: tuple[str, str]) -> None:
    for said, left in (("different", 1), ("same", 0), ("same", 0), ("different", 1), ("different", 1)):
        lists.answer(weak[0], said, weak, actor=CALLER)
        assert len(missing()) == left
    assert [same for (same,) in database.rows("SELECT same FROM lists_decision ORDER BY id")][:2] == [False, True]


def test_same_after_different_takes_back_every_pair_of_it() -> None:
    """Two rows on either side: "different" was said of four pairs, and no row is left behind as a person of its own."""
    send("1330", row("1", "waiting", 30))
    send("ems", row("2", "waiting", 29))
    send("hospital", row("H", "in-hospital", 3, given="มะลิ", phone="", rest=",1901,"))
    send("isolation", row("I", "home-isolation", 9, given="มะลิ", phone="0899999991", rest="20,1901,"))
    [one] = missing()
    [two] = [found.pair for found in lists.sheet(one.person, actor=CALLER).candidates]
    joined = {frozenset({"1", "2"}), frozenset({"H", "I"})}
    assert persons() == joined
    lists.answer(one.person, "different", two, actor=CALLER)
    lists.answer(one.person, "same", two, actor=CALLER)
    assert persons() == {frozenset({"1", "2", "H", "I"})}
    assert missing() == []
    [said] = lists.sheet(one.person, actor=CALLER).said_same
    lists.answer(one.person, "different", said.pair, actor=CALLER)
    assert persons() == joined
    assert [found.person for found in missing()] == [one.person]


def test_a_same_about_a_weak_link_is_taken_back_too(monkeypatch: pytest.MonkeyPatch) -> None:
    send("1330", row("1", "waiting", 30))
    send("hospital", row("H", "in-hospital", 3, phone=""))
    monkeypatch.setattr(links, "MOST_HIDDEN", 0.0)
    lists.make_report()
    [one] = missing()
    lists.answer(one.person, "same", actor=CALLER)
    [said] = lists.sheet(one.person, actor=CALLER).said_same
    lists.answer(one.person, "different", said.pair, actor=CALLER)
    [back] = missing()
    assert (back.person, back.kind, back.put_back) == (one.person, Kind.NO_UNIT, True)
    assert lists.make_report().calls == 1


def test_a_same_that_is_taken_back_puts_nobody_on_the_list_who_is_in_care(weak: tuple[str, str]) -> None:
    lists.answer(weak[0], "same", weak, actor=CALLER)
    lists.answer(weak[0], "different", weak, actor=CALLER)
    [called] = database.rows("SELECT r.public::text FROM lists_call c JOIN lists_row r ON r.id = c.row ORDER BY c.id")[
        1:
    ]
    assert called == (weak[0],)
    assert [one.person for one in missing()] == [weak[0]]


# ---- two answers of one person --------------------------------------------------------------------------------------


@pytest.fixture
def two_said() -> str:
    """One caller says that row 2 is who is in hospital, another then says so of row 1; nobody compares 1 with 2."""
    send("1330", row("1", "waiting", 30), row("2", "waiting", 30, phone="0899999991", rest="20,1901,"))
    send("hospital", row("H", "in-hospital", 3, given="มะลิ", phone="", rest=",1901,"))
    assert persons() == {frozenset("1"), frozenset("2"), frozenset("H")}
    for ref, caller in (("2", CALLER), ("1", SECOND)):
        [one] = lists.sheet(public(ref), actor=caller).candidates
        assert one.pair == (public(ref), public("H"))
        lists.answer(public(ref), "same", one.pair, actor=caller)
    assert persons() == {frozenset("12H")}
    assert decisions() == [("1", "H", True), ("2", "H", True)]
    return public("H")


def public(ref: str) -> str:
    """The id of a row by the agency's own."""
    [found] = [i for i, line in storage.lines(storage.all_rows()).items() if line.row == ref]
    return storage.public_ids([found])[found]


@pytest.mark.parametrize(("taken_back", "stays"), [("1", "2"), ("2", "1")])
def test_taking_back_one_answer_leaves_the_other(two_said: str, taken_back: str, stays: str) -> None:
    """Whoever was joined in error is on top; whom the other caller found in hospital is with her row there."""
    said = {one.pair: one for one in lists.sheet(two_said, actor=CALLER).said_same}
    assert {pair: one.caller for pair, one in said.items()} == {
        (public("1"), two_said): SECOND,
        (public("2"), two_said): CALLER,
    }
    lists.answer(two_said, "different", (public(taken_back), two_said), actor=CALLER)
    assert persons() == {frozenset(taken_back), frozenset({stays, "H"})}
    assert [(one.person, one.put_back) for one in missing()] == [(public(taken_back), True)]
    [left] = lists.sheet(two_said, actor=CALLER).said_same
    assert left == said[public(stays), two_said]


# ---- kept apart -----------------------------------------------------------------------------------------------------


def test_whom_callers_kept_apart_is_told_until_somebody_says_that_they_are_one(weak: tuple[str, str]) -> None:
    """No weight joins them again and no candidate stands on the sheet: it says who said so, and how to take it back."""
    assert lists.sheet(weak[0], actor=CALLER).said_different == ()
    lists.answer(weak[0], "different", weak, actor=CALLER)
    for person, other in (weak, weak[::-1]):
        found = lists.sheet(person, actor=SECOND)
        [said] = found.said_different
        names = [row.line.row for row in said.told]
        assert (found.candidates, said.caller, said.pair) == ((), CALLER, (person, other))
        assert names == ["H" if person == weak[0] else "1"]
    looked = [fact.detail for fact in audit.facts("lists.candidate-read")][-2:]
    assert looked == [{"person": weak[1], "beside": weak[0]}, {"person": weak[0], "beside": weak[1]}]
    lists.answer(weak[0], "same", said.pair, actor=SECOND)
    found = lists.sheet(weak[0], actor=CALLER)
    assert (found.said_different, len(found.rows)) == ((), 2)


def test_one_answer_keeps_apart_from_all_rows_of_the_other_person() -> None:
    """Said of the pair that was compared, it stands of every row on either side: one entry, with their rows."""
    send("1330", row("1", "waiting", 30))
    send("hospital", row("H", "in-hospital", 3, given="มะลิ", phone="", rest=",1901,"))
    send("isolation", row("I", "home-isolation", 9, given="มะลิ", phone="0899999991", rest="20,1901,"))
    [one] = missing()
    [candidate] = lists.sheet(one.person, actor=CALLER).candidates
    lists.answer(one.person, "different", candidate.pair, actor=CALLER)
    [said] = lists.sheet(one.person, actor=CALLER).said_different
    assert [told.line.row for told in said.told] == ["H", "I"]


def test_of_another_district_is_told_who_cares_and_nothing_else(weak: tuple[str, str]) -> None:
    lists.answer(weak[0], "different", weak, actor=CALLER)
    database.execute("UPDATE lists_row SET district = '1902' WHERE public = %s", [weak[1]])
    [said] = lists.sheet(weak[0], actor=CALLER, district="1901").said_different
    [told] = said.told
    assert (said.is_elsewhere, told.agency, told.line.name, told.list) == (True, "hospital", "", "")


# ---- two callers at once --------------------------------------------------------------------------------------------


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Somebody else's answer that stands before the next one gets the lock."""
    real = link_storage.lock

    def arrange(person: str, said: str, pair: Sequence[str]) -> None:
        def lock() -> None:
            monkeypatch.setattr(link_storage, "lock", real)
            lists.answer(person, said, pair, actor=SECOND)
            real()

        monkeypatch.setattr(link_storage, "lock", lock)

    return arrange


@pytest.mark.parametrize("mine", [0, 1])
def test_a_different_that_a_same_overtook_is_kept(
    weak: tuple[str, str], meanwhile: Callable[..., None], mine: int
) -> None:
    """Whichever of the two the caller has on the page."""
    meanwhile(weak[0], "same", weak)
    lists.answer(weak[mine], "different", weak, actor=CALLER)
    assert decisions() == [("1", "H", False)]
    assert (missing()[0].person, missing()[0].caller) == (weak[0], CALLER)


def test_a_same_that_a_different_overtook_is_kept(weak: tuple[str, str], meanwhile: Callable[..., None]) -> None:
    meanwhile(weak[0], "different", weak)
    lists.answer(weak[0], "same", weak, actor=CALLER)
    assert decisions() == [("1", "H", True)]
    assert missing() == []


def test_a_different_about_a_weak_link_that_another_answered(
    monkeypatch: pytest.MonkeyPatch, meanwhile: Callable[..., None]
) -> None:
    """The page names the rows at the link's ends, so the answer is about the same two whatever was said meanwhile."""
    send("1330", row("1", "waiting", 30))
    send("hospital", row("H", "in-hospital", 3, phone=""))
    monkeypatch.setattr(links, "MOST_HIDDEN", 0.0)
    lists.make_report()
    [one] = missing()
    doubtful = lists.sheet(one.person, actor=CALLER).doubtful
    assert doubtful is not None
    meanwhile(one.person, "same", doubtful.pair)
    lists.answer(one.person, "different", doubtful.pair, actor=CALLER)
    assert persons() == {frozenset("1"), frozenset("H")}
    assert missing()[0].put_back is True


def test_reached_is_noted_of_whom_the_rows_are_by_then(weak: tuple[str, str], meanwhile: Callable[..., None]) -> None:
    """The other caller found them to be in care: to be reached is a report of that care."""
    meanwhile(weak[0], "same", weak)
    lists.answer(weak[0], "reached", actor=CALLER)
    assert missing() == []
    assert [told.status for told in lists.sheet(weak[0], actor=CALLER).rows[0].history] == ["waiting", "in-hospital"]


def test_an_answer_about_nobody_keeps_what_was_said(weak: tuple[str, str]) -> None:
    lists.answer(weak[0], "same", weak, actor=CALLER)
    before = database.rows("SELECT count(*) FROM lists_decision")
    for pair, code in (((), "SKL-LST-203"), ((weak[0], "nobody"), "SKL-LST-204")):
        with pytest.raises(ListProblem) as refused:
            lists.answer(weak[0], "different", pair, actor=CALLER)
        assert refused.value.code == code
    assert database.rows("SELECT count(*) FROM lists_decision") == before
    assert persons() == {frozenset("1H")}
