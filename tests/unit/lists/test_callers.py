"""From a list to a caller and back: who is missing, what the caller has in front of them, and what each answer does."""

from __future__ import annotations

import io
from datetime import timedelta
from uuid import uuid4

import pytest

from suksala import audit, lists
from suksala.foundation import clock, database
from suksala.lists import Kind, Line, ListProblem, Missing, link_storage, links, service
from tests.people import number

pytestmark = pytest.mark.django_db
HEADER = "row,given,family,number,phone,age,district,risk,status,at\n"
CALLER = "account:caller"


def ago(hours: float) -> str:
    """A moment as a list writes it."""
    return (clock.now() - timedelta(hours=hours)).isoformat()


def send(agency: str, *rows: str) -> None:
    found = lists.import_file(io.BytesIO((HEADER + "\n".join(rows)).encode()), agency, "july", actor="client:test")
    assert found.problems == ()


def row(
    ref: str, status: str, hours: float, *, given: str = "มาลี", phone: str = "0812345671", rest: str = "46,1901,"
) -> str:
    return f"{ref},{given},ใจดี,,{phone},{rest},{status},{ago(hours)}"


def missing(district: str | None = None) -> list[Missing]:
    return lists.missing(actor=CALLER, district=district)


@pytest.fixture
def weak() -> tuple[str, str]:
    """Mali waits; in hospital is one whose name sounds like hers: too weak to be joined. The ids of both rows."""
    send("1330", row("1", "waiting", 30))
    send("hospital", row("H", "in-hospital", 3, given="มะลิ", phone="", rest=",1901,"))
    [waiting] = missing()
    [candidate] = lists.sheet(waiting.person, actor=CALLER).candidates
    assert 2 <= candidate.weight < 9
    assert candidate.pair == (waiting.person, candidate.person)
    return candidate.pair


def test_who_is_missing_and_why(weak: tuple[str, str]) -> None:
    [one] = missing()
    assert (one.person, one.kind, one.hours, one.lists) == (weak[0], Kind.NO_UNIT, 30, 1)
    assert (one.age, one.is_at_risk, one.caller, one.put_back) == (46, False, "", False)


def test_in_care_on_another_list_is_not_missing() -> None:
    send("1330", row("1", "waiting", 30))
    send("hospital", row("H", "in-hospital", 3))
    assert missing() == []


def test_whoever_is_ill_again_is_called() -> None:
    """Recovered half a year ago; the laboratory's row of now and the hospital's of then are one person."""
    send("hospital", row("H", "in-hospital", 4400), row("H", "recovered", 4320))
    send("lab", row("1", "positive", 120), row("1", "waiting", 110))
    [one] = missing()
    assert (one.kind, one.hours, one.lists) == (Kind.NO_UNIT, 120, 2)
    assert lists.make_report().calls == 1


def test_an_old_stay_in_hospital_without_a_discharge_hides_nobody() -> None:
    """13 days ago it is a stay; 14 days ago the hospital is asked about; before a new illness it is over."""
    send("hospital", row("H", "in-hospital", 24 * 13))
    assert missing() == []
    send("old", row("H", "in-hospital", 24 * 14, given="สมชาย", phone="0899999991", rest="30,1901,"))
    [one] = missing()
    assert (one.kind, one.hours) == (Kind.NO_REPORT, 336)
    send("lab", row("1", "positive", 30), row("2", "positive", 30, given="วิภา", phone="0899999992", rest="20,1901,"))
    send("older", row("H", "in-hospital", 24 * 400, given="วิภา", phone="0899999992", rest="20,1901,"))
    assert {(m.kind, m.hours, m.lists) for m in missing()} == {(Kind.NO_REPORT, 336, 1), (Kind.NO_CONTACT, 30, 2)}


def test_a_district_sees_its_own_and_those_whom_nobody_placed() -> None:
    send("1330", row("1", "waiting", 30), row("2", "waiting", 30, given="สมชาย", phone="", rest="30,1902,"))
    send("lab", row("3", "positive", 30, given="วิภา", phone="", rest=",,"))
    mine, others = {one.person for one in missing("1901")}, {one.person for one in missing("1902")}
    assert len(mine) == len(others) == 2
    assert len(mine & others) == 1
    [elsewhere] = others - mine
    with pytest.raises(ListProblem) as refused:
        lists.sheet(elsewhere, actor=CALLER, district="1901")
    assert refused.value.code == "SKL-LST-201"


def test_the_page_of_a_person(weak: tuple[str, str]) -> None:
    """Rows with their histories, and beside them who in care it may be, with the one question."""
    found = lists.sheet(weak[0], actor=CALLER)
    assert [(told.agency, told.line.name, told.history[0].status) for told in found.rows] == [
        ("1330", "มาลี ใจดี", "waiting")
    ]
    [candidate] = found.candidates
    assert (candidate.told.agency, candidate.veto) == ("hospital", None)
    assert "hospital" in candidate.question.en
    assert found.doubtful is None


def test_the_end_of_the_number_is_asked_where_only_the_candidate_has_one() -> None:
    send("1330", row("1", "waiting", 30))
    send(
        "hospital",
        row("H", "in-hospital", 3, given="มะลิ", phone="", rest=",1901,").replace("ใจดี,,", f"ใจดี,{number(1)},"),
    )
    [one] = missing()
    [candidate] = lists.sheet(one.person, actor=CALLER).candidates
    assert candidate.question.expects == number(1)[-4:]


def test_every_look_up_is_in_the_log(weak: tuple[str, str]) -> None:
    before = len(list(audit.facts("lists.person-read")))
    missing()
    lists.sheet(weak[0], actor=CALLER)
    [*_, read] = audit.facts("lists.person-read")
    assert len(list(audit.facts("lists.person-read"))) == before + 1
    assert (read.actor, read.purpose, read.detail) == (CALLER, "PUBHLTH", {"person": weak[0]})
    [*_, listed] = audit.facts("lists.missing-read")
    assert listed.detail == {"count": 1}


def test_each_candidate_that_is_shown_is_in_the_log(weak: tuple[str, str]) -> None:
    lists.sheet(weak[0], actor=CALLER)
    facts = list(audit.facts("lists.candidate-read"))
    assert [(fact.actor, fact.purpose, fact.detail) for fact in facts[-1:]] == [
        (CALLER, "PUBHLTH", {"person": weak[1], "beside": weak[0]})
    ]
    before = len(facts)
    lists.sheet(weak[1], actor=CALLER)  # who is in care has nobody in care beside them
    assert len(list(audit.facts("lists.candidate-read"))) == before


@pytest.mark.parametrize(
    ("district", "phone", "asks", "is_elsewhere"),
    [
        ("1901", "0899999991", "1901", False),
        ("", "", "1901", False),  # nobody knows where they live: everybody's
        ("1902", "0812345671", None, False),  # an operator of all districts
        ("1902", "0812345671", "1901", True),
    ],
)
def test_of_a_candidate_elsewhere_a_caller_sees_what_settles_the_question(
    district: str, phone: str, asks: str | None, is_elsewhere: bool
) -> None:
    """Who cares for them since when, and the end of the number that is asked for; no name, telephone or number."""
    send("1330", row("1", "waiting", 30))
    tested, treated = (
        row("H", status, hours, given="มะลิ", phone=phone, rest=f",{district},").replace("ใจดี,,", f"ใจดี,{number(1)},")
        for status, hours in (("positive", 40), ("in-hospital", 3))
    )
    send("hospital", tested, treated)
    [one] = missing(asks)
    [candidate] = lists.sheet(one.person, actor=CALLER, district=asks).candidates
    line, told = candidate.told.line, [told.status.value for told in candidate.told.history]
    assert (candidate.is_elsewhere, candidate.told.agency, candidate.question.expects) == (
        is_elsewhere,
        "hospital",
        number(1)[-4:],
    )
    if is_elsewhere:
        assert (line, told, candidate.told.list) == (Line(row=""), ["in-hospital"], "")
    else:
        assert (line.name, line.phone, line.number) == ("มะลิ ใจดี", phone, number(1))
        assert told == ["positive", "in-hospital"]


def test_the_same_person_is_missing_no_more(weak: tuple[str, str]) -> None:
    """And the id that a page still bears leads to the person."""
    lists.answer(weak[0], "same", weak, actor=CALLER)
    assert missing() == []
    assert lists.sheet(weak[1], actor=CALLER).person == lists.sheet(weak[0], actor=CALLER).person
    [*_, fact] = audit.facts("lists.answered")
    assert fact.detail["answer"] == "same"


def test_not_the_same_person_goes_on_top_and_is_never_offered_again(weak: tuple[str, str]) -> None:
    """Before somebody at risk who waits longer."""
    send("ems", row("2", "waiting", 99, given="สมศักดิ์", phone="", rest="80,1901,1"))
    assert missing()[0].person != weak[0]
    lists.answer(weak[0], "different", weak, actor=CALLER)
    first = missing()[0]
    assert (first.person, first.put_back, first.caller, first.call) == (weak[0], True, CALLER, "different")
    assert lists.sheet(weak[0], actor=CALLER).candidates == ()


def test_what_a_caller_said_goes_before_every_weight_that_comes_later(weak: tuple[str, str]) -> None:
    """The hospital corrects its row to be exactly Mali's: still two persons."""
    lists.answer(weak[0], "different", weak, actor=CALLER)
    send("hospital", row("H", "in-hospital", 3))
    assert [one.person for one in missing()] == [weak[0]]


def test_the_last_answer_stands(weak: tuple[str, str]) -> None:
    lists.answer(weak[0], "different", weak, actor=CALLER)
    lists.answer(weak[0], "same", weak, actor=CALLER)
    assert missing() == []
    assert database.rows("SELECT same FROM lists_decision ORDER BY id") == [(False,), (True,)]


def test_unreachable_stays_on_the_list_with_its_caller(weak: tuple[str, str]) -> None:
    lists.answer(weak[0], "unreachable", actor=CALLER)
    [one] = missing()
    assert (one.kind, one.hours, one.caller, one.call) == (Kind.NO_CONTACT, 30, CALLER, "unreachable")


def test_reached_waits_for_a_unit() -> None:
    send("lab", row("1", "positive", 30))
    [one] = missing()
    lists.answer(one.person, "reached", actor=CALLER)
    [one] = missing()
    assert (one.kind, one.hours) == (Kind.NO_UNIT, 30)


def test_reached_at_home_is_a_report() -> None:
    send("isolation", row("1", "home-isolation", 50))
    [one] = missing()
    assert one.kind == Kind.NO_REPORT
    lists.answer(one.person, "reached", actor=CALLER)
    assert missing() == []


@pytest.mark.parametrize(
    ("person", "said", "pair", "code"),
    [
        ("mine", "", [], "SKL-LST-202"),
        ("mine", "perhaps", [], "SKL-LST-202"),
        ("mine", "same", [], "SKL-LST-203"),
        ("mine", "same", ["other"], "SKL-LST-204"),
        ("mine", "same", ["mine", "nobody"], "SKL-LST-204"),
        ("mine", "same", ["mine", "no id"], "SKL-LST-204"),
        ("mine", "different", ["mine", "mine"], "SKL-LST-204"),
        ("mine", "different", ["mine", "other", "other"], "SKL-LST-204"),
        ("mine", "same", ["other", "third"], "SKL-LST-204"),  # two others: the page never shows them beside each other
        ("nobody", "reached", [], "SKL-LST-201"),
        ("no id", "reached", [], "SKL-LST-201"),
    ],
)
def test_an_answer_that_makes_no_sense_changes_nothing(
    weak: tuple[str, str], person: str, said: str, pair: list[str], code: str
) -> None:
    send("ems", row("3", "waiting", 2, given="สมศักดิ์", phone="", rest="80,1901,"))
    [third] = {str(public) for (public,) in database.rows("SELECT public FROM lists_row")} - {*weak}
    ids = {"mine": weak[0], "other": weak[1], "third": third, "nobody": str(uuid4())}
    with pytest.raises(ListProblem) as refused:
        lists.answer(ids.get(person, person), said, [ids.get(one, one) for one in pair], actor=CALLER)
    assert refused.value.code == code
    for table in ("lists_call", "lists_decision"):
        assert database.rows(f"SELECT count(*) FROM {table}") == [(0,)]
    assert list(audit.facts("lists.answered")) == []


# ---- links that may hide somebody -----------------------------------------------------------------------------------


@pytest.fixture
def hidden(monkeypatch: pytest.MonkeyPatch) -> str:
    """Mali was taken off the list by a link of names, age and district, and nobody at all may be hidden."""
    send("1330", row("1", "waiting", 30))
    send("hospital", row("H", "in-hospital", 3, phone=""))
    assert missing() == []
    monkeypatch.setattr(links, "MOST_HIDDEN", 0.0)
    report = lists.make_report()
    assert (report.rows, report.persons, report.calls_unlinked, report.calls, report.avoided) == (2, 1, 1, 0, 1)
    assert (0 < report.hidden < 0.01, report.asked) == (True, 1)
    [one] = missing()
    assert one.kind == Kind.DOUBTFUL
    return one.person


def test_few_enough_hidden_people_are_not_asked_about() -> None:
    send("1330", row("1", "waiting", 30))
    send("hospital", row("H", "in-hospital", 3, phone=""))
    assert lists.make_report().asked == 0
    assert missing() == []


def test_a_weak_link_that_is_right_hides_nobody(hidden: str) -> None:
    found = lists.sheet(hidden, actor=CALLER).doubtful
    assert found is not None
    assert (found.mine, found.theirs, found.link) == (_row("1"), _row("H"), (*_row("1"), *_row("H")))
    lists.answer(hidden, "same", actor=CALLER)
    assert missing() == []
    report = lists.make_report()
    assert (report.hidden, report.asked) == (0.0, 0)


def test_a_weak_link_that_is_wrong_puts_the_person_back_on_top_at_once(hidden: str) -> None:
    lists.answer(hidden, "different", actor=CALLER)
    [one] = missing()
    assert (one.kind, one.put_back, one.person) == (Kind.NO_UNIT, True, hidden)
    assert lists.make_report().calls == 1


def _row(ref: str) -> tuple[int, ...]:
    """The number of a row by the agency's own id."""
    from suksala.lists import storage

    return tuple(i for (i,) in database.rows("SELECT id FROM lists_row") if storage.lines([i])[i].row == ref)


def test_put_back_before_the_hours_are_over_is_on_the_list_at_once() -> None:
    """A day has not passed, but a caller knows that nobody cares for them."""
    send("1330", row("1", "waiting", 5))
    send("hospital", row("H", "in-hospital", 3, given="มะลิ", phone="", rest=",1901,"))
    assert missing() == []
    [one, other] = sorted(database.rows("SELECT public FROM lists_row ORDER BY id"))
    first = next(str(p) for (p,) in (one, other) if not lists.sheet(str(p), actor=CALLER).standing.care)
    second = next(str(p) for (p,) in (one, other) if str(p) != first)
    lists.answer(first, "different", (first, second), actor=CALLER)
    assert [(m.person, m.hours, m.put_back) for m in missing()] == [(first, 5, True)]


def test_the_report_of_a_day_is_its_last() -> None:
    send("1330", row("1", "waiting", 30))
    lists.make_report()
    send("1330", row("2", "waiting", 30, given="สมชาย", phone="0899999991"))
    lists.make_report()
    [report] = lists.reports()
    assert (report.on, report.rows, report.calls) == (clock.today(), 2, 2)


def test_an_installation_without_lists_has_no_reports() -> None:
    service.report_if_any()
    assert lists.reports() == []
    assert link_storage.humans_asked() == set()
