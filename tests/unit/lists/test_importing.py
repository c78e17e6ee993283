"""Lists of agencies become rows with versions and histories, and rows become persons (S4.10, S4.11, S4.32)."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest

from suksala import audit, lists, registry
from suksala.foundation import clock, database
from suksala.lists import Imported, ListProblem, link_storage, linking, service, storage
from suksala.simulation import labelled_outbreak
from tests.people import number

pytestmark = pytest.mark.django_db
HEADER = "row,given,family,number,phone,age,district,status,at"
MALI = "A-1,มาลี,ใจดี,,0812345671,46,1901,positive,2026-07-01 08:00"


def send(*rows: str, agency: str = "lab", name: str = "july", header: str = HEADER) -> Imported:
    """A list as its agency sends it."""
    text = "\n".join([header, *rows])
    return lists.import_file(io.BytesIO(text.encode()), agency, name, actor="client:test")


def persons() -> set[frozenset[str]]:
    """Who is one person: the agencies' own ids of their rows."""
    found: dict[int, set[str]] = {}
    for row, human in database.rows("SELECT id, human FROM lists_row"):
        found.setdefault(human, set()).add(storage.lines([row])[row].row)
    return {frozenset(rows) for rows in found.values()}


def counts(found: Imported) -> tuple[int, int, int, int]:
    return found.new, found.changed, found.unchanged, found.set_aside


def test_a_list_sent_again_changes_nothing() -> None:
    assert counts(send(MALI)) == (1, 0, 0, 0)
    before = database.rows("SELECT id, version, sent_at, human FROM lists_row")
    assert counts(send(MALI)) == (0, 0, 1, 0)
    assert counts(send(MALI, agency="LAB", name="JULY")) == (0, 0, 1, 0)  # the same agency, the same list
    assert database.rows("SELECT id, version, sent_at, human FROM lists_row") == before
    assert database.rows("SELECT count(*) FROM lists_version") == [(0,)]


def test_another_list_or_agency_has_rows_of_its_own() -> None:
    send(MALI)
    assert send(MALI, name="august").new == 1
    assert send(MALI, agency="1330").new == 1
    assert storage.count_rows() == 3
    assert len(persons()) == 1


def test_a_row_that_changed_is_a_new_version_and_the_old_one_is_kept() -> None:
    send(MALI)
    assert counts(send(MALI.replace("มาลี", "มะลิ"))) == (0, 1, 0, 0)
    [(version, said)] = database.rows("SELECT version, said FROM lists_row")
    assert (version, storage.unseal(said).given) == (2, "มะลิ")
    [(version, said)] = database.rows("SELECT version, said FROM lists_version")
    assert (version, storage.unseal(said).given) == (1, "มาลี")


def test_every_status_is_kept_with_its_time() -> None:
    """A later one, and an earlier one that comes later; the same again is none."""
    send(MALI)
    later = MALI.replace("positive,2026-07-01 08:00", "waiting,2/7/2569 9:00")
    assert counts(send(later)) == (0, 1, 0, 0)
    assert counts(send(later)) == (0, 0, 1, 0)
    assert send(MALI.replace("08:00", "07:00")).changed == 1
    found = database.rows("SELECT status FROM lists_status ORDER BY at")
    assert [status for (status,) in found] == ["positive", "positive", "waiting"]


def test_a_row_in_several_lines_is_one_row_with_several_statuses() -> None:
    assert counts(send(MALI, MALI.replace("positive,2026-07-01", "waiting,2026-07-02"))) == (1, 0, 0, 0)
    assert database.rows("SELECT count(*) FROM lists_status") == [(2,)]


def test_bad_rows_are_answered_and_the_rest_goes_on() -> None:
    bad = ",ไม่มี,รหัส,,,,,positive,2026-07-01"
    found = send(MALI, bad, MALI.replace("A-1", "A-2").replace("46", "146"))
    assert counts(found) == (2, 0, 0, 1)
    assert found.rows == 3
    told = [(problem.line, problem.code, problem.is_in) for problem in found.problems]
    assert told == [(3, "SKL-LST-101", False), (4, "SKL-LST-107", True)]


def test_a_list_that_is_refused_leaves_nothing_behind() -> None:
    with pytest.raises(ListProblem):
        send("A-1,มาลี", header="row,given")
    with pytest.raises(ListProblem):
        send(MALI, agency="no agency")
    assert database.rows("SELECT count(*) FROM lists_list") == [(0,)]
    assert list(audit.facts("lists.imported")) == []


def test_no_name_number_telephone_or_row_id_stands_in_a_table_in_clear() -> None:
    send(MALI.replace(",,08", f",{number(1)},08").replace("A-1", "HN-555777"))
    tables = [
        t for (t,) in database.rows("SELECT relname FROM pg_class WHERE relname LIKE 'lists\\_%%' AND relkind = 'r'")
    ]
    assert len(tables) >= 10
    stored = " ".join(str(database.rows(f"SELECT to_jsonb(t)::text FROM {table} t")) for table in tables)
    assert "positive" in stored
    for secret in ("มาลี", "ใจดี", number(1), "0812345671", "812345671", "555777"):
        assert secret not in stored
        assert secret.encode().hex() not in stored


def test_an_import_is_in_the_log_without_a_value() -> None:
    send(MALI)
    [fact] = audit.facts("lists.imported")
    assert (fact.actor, fact.purpose) == ("client:test", "PUBHLTH")
    assert fact.detail == {"agency": "system:lab", "list": "july", "rows": 1, "set-aside": 0}


# ---- whose rows are whose -------------------------------------------------------------------------------------------


def test_one_person_over_the_lists_by_score() -> None:
    """No number anywhere, a name misspelt, an age a year off: the name, the telephone and the district agree."""
    send(MALI)
    send("7,มะลิ,ใจดี,,081-234-5671,45,1901,waiting,2026-07-02 08:00", agency="1330")
    send("9,สมชาย,รักไทย,,0899876543,30,1902,waiting,2026-07-02 08:00", agency="ems")
    assert persons() == {frozenset({"A-1", "7"}), frozenset({"9"})}


def test_never_by_a_telephone_alone() -> None:
    """A household: one telephone, one family name, one district, twins of one age."""
    send(MALI)
    send("7,สมชาย,ใจดี,,0812345671,46,1901,in-hospital,2026-07-02 08:00", agency="hospital")
    assert persons() == {frozenset({"A-1"}), frozenset({"7"})}
    [(weight, veto)] = database.rows("SELECT weight, veto FROM lists_edge")
    assert (weight >= 9, veto) == (True, "household")


def test_two_valid_numbers_are_two_persons() -> None:
    row = MALI.replace(",,08", f",{number(1)},08")
    send(row)
    send(row.replace("A-1", "7").replace(number(1), number(2)), agency="1330")
    assert persons() == {frozenset({"A-1"}), frozenset({"7"})}


def test_a_third_row_brings_no_two_numbers_together() -> None:
    """It joins the nearer one; the other stays a person."""
    row = MALI.replace(",,08", f",{number(1)},08")
    send(row, row.replace("A-1", "A-2").replace(number(1), number(2)), MALI.replace("A-1", "A-3"))
    assert sorted(len(person) for person in persons()) == [1, 2]
    assert not any({"A-1", "A-2"} <= person for person in persons())


def test_a_foreigner_in_two_scripts_by_number_and_telephone() -> None:
    """Letters of two scripts never agree and say nothing; name in one field, name in two."""
    send(f"1,AUNG KYAW,,{number(3, 6)},0812345671,30,1901,positive,2026-07-01")
    send(f"2,อองจ่อ,,{number(3, 6)},0812345671,30,1901,waiting,2026-07-02", agency="1330")
    send("3,AUNG,KYAW,,0812345671,30,1901,waiting,2026-07-02", agency="ems")
    assert persons() == {frozenset({"1", "2", "3"})}


def test_a_row_that_says_something_else_leaves_its_person() -> None:
    """And comes back when it is corrected; the person's id is that of its oldest row all the while."""
    send(MALI)
    send(MALI.replace("A-1", "7"), agency="1330")
    [(before,)] = database.rows("SELECT DISTINCT human FROM lists_row")
    send("7,สมชาย,รักไทย,,0899876543,30,1902,waiting,2026-07-02", agency="1330")
    assert persons() == {frozenset({"A-1"}), frozenset({"7"})}
    send(MALI.replace("A-1", "7"), agency="1330")
    assert database.rows("SELECT DISTINCT human FROM lists_row") == [(before,)]


def test_a_key_that_a_crowd_shares_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    """The telephone of a call centre stands in every row; names are compared all the same."""
    monkeypatch.setattr(link_storage, "LARGEST_BLOCK", 2)
    crowd = [
        f"{n},คน{letter},สกุล{letter}{letter},,0812345671,30,,waiting,2026-07-02" for n, letter in enumerate("กขคง")
    ]
    send(*crowd)
    send(crowd[0].replace("0812345671", "0899876543"), agency="ems")
    pairs = database.rows("SELECT a, b FROM lists_edge")
    assert len(pairs) <= 1
    assert len(persons()) == 4


TWO = "{0},มาลี,,,0812345671,46,1901,positive,2026-07-01 08:00"
OTHERS = ("สมชาย", "อารี", "ประเสริฐ", "วันเพ็ญ", "ธนกร", "จันทร์", "บุญมี", "กมล")


def others(many: int, age: str = "30", phone: str = "0812345671") -> list[str]:
    """Rows of others who give the same telephone: a factory's, a shelter's."""
    return [f"w{n},{name},,,{phone},{age},,positive,2026-07-01" for n, name in enumerate(OTHERS[:many])]


def two_weigh() -> float | None:
    """What the two rows of somebody called Mali weigh, kept from 2 bits on."""
    wanted = {row for (row,) in database.rows("SELECT id FROM lists_row") if storage.lines([row])[row].given == "มาลี"}
    found = database.rows("SELECT weight FROM lists_edge WHERE a = ANY(%s) AND b = ANY(%s)", [[*wanted], [*wanted]])
    return round(float(found[0][0]), 1) if found else None


@pytest.mark.parametrize(
    ("many", "age", "bits"),
    [(7, "30", 19.2), (8, "30", 4.0), (8, "", 4.0)],
    ids=["eight names", "nine names", "nine names, no age but hers"],
)
def test_a_telephone_of_many_says_nothing_about_who_is_one_person(many: int, age: str, bits: float) -> None:
    """Two of one name and age, no family name: by the telephone 19 bits, of which more than one household's takes 15.
    The rule is that of registrations: more than 8 given names, or years of birth (decision 0196).
    """
    send(*others(many, age), agency="ems")
    send(TWO.format("A-1"))
    send(TWO.format("B-1"), agency="1330")
    assert two_weigh() == bits
    assert (frozenset({"A-1", "B-1"}) in persons()) is (bits > 9)


def test_nine_years_of_birth_under_one_telephone_are_not_one_household() -> None:
    for many, bits in ((7, 19.2), (8, 4.0)):
        rows = [f"y{n},มาลัย,,,0812345671,{50 + n},,positive,2026-07-01" for n in range(many)]
        send(*rows, TWO.format("A-1"), TWO.format("B-1"))
        assert two_weigh() == bits


def test_who_gave_it_before_is_weighed_anew_when_it_comes_to_be_shared() -> None:
    """Joined by 19 bits; the eighth other parts them at once. When that one tells another telephone they are one."""
    send(TWO.format("A-1"), TWO.format("B-1"))
    send(*others(7), agency="ems")
    assert frozenset({"A-1", "B-1"}) in persons()
    send(others(8)[-1], agency="ems")
    assert (two_weigh(), frozenset({"A-1", "B-1"}) in persons()) == (4.0, False)
    send(others(8, phone="0899876543")[-1], agency="ems")
    assert (two_weigh(), frozenset({"A-1", "B-1"}) in persons()) == (19.2, True)


def test_a_telephone_of_many_makes_nobody_differ_either() -> None:
    """One gives the factory's, one her own: nothing is known, where two telephones of their own would speak against."""
    send(TWO.format("A-1"), TWO.format("B-1").replace("0812345671", "0899876543"))
    assert two_weigh() == 2.1
    send(*others(8), agency="ems")
    assert two_weigh() == 4.0


# ---- learning -------------------------------------------------------------------------------------------------------


def outbreak(people: int, seed: int) -> Mapping[str, list[str]]:
    """The lists of a made-up outbreak by agency, as rows with a history."""
    found: dict[str, list[str]] = {}
    for case in labelled_outbreak(people, seed):
        history = "; ".join(f"{status} {at.isoformat()}" for status, at in case.history)
        cells = (case.row, case.given, case.family, case.number, case.phone, case.age, case.district, history)
        found.setdefault(case.agency, []).append(",".join(cells))
    return found


LONG = "row,given,family,number,phone,age,district,history"


def test_a_model_is_learned_from_the_lists_and_everybody_linked_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not before there are rows enough, and not again before they have doubled."""
    for agency, rows in outbreak(400, 5).items():
        send(*rows, agency=agency, header=LONG)
    rows = storage.count_rows()
    assert service.learn_if_due() is False
    monkeypatch.setattr(linking, "LEARN_FROM", rows)
    shipped = linking.model()
    assert service.learn_if_due() is True
    assert linking.model() is not shipped
    assert linking.model().terms["given"]
    assert service.learn_if_due() is False
    [(kept, told)] = database.rows("SELECT rows, told FROM lists_model")
    assert kept == rows
    assert "มาลี".encode() not in bytes(told)
    assert 400 <= len(persons()) <= 500


def test_lists_that_teach_too_little_leave_the_model_as_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    send(*[f"{n},คน{chr(0x0E01 + n)},สกุล{chr(0x0E01 + n)},{number(n)},,,,positive,2026-07-01" for n in range(1, 30)])
    monkeypatch.setattr(linking, "LEARN_FROM", 10)
    assert service.learn_if_due() is False
    assert database.rows("SELECT count(*) FROM lists_model") == [(0,)]


# ---- what agencies get back ------------------------------------------------------------------------------------------


def agree(*flows: registry.Flow, parties: tuple[str, ...] = ("nhso", "niem")) -> None:
    """An agreement of agencies on these flows, in force today."""
    today = clock.today()
    registry.keep_agreement(
        registry.Agreement(
            "DSA-1", registry.Kind.DSA, "รายชื่อ", parties, frozenset(flows), "26-5-b", today, today, today
        ),
        actor="system:test",
    )


def read(agency: str, name: str = "july", after: int = 0) -> list[Mapping[str, Any]]:
    return lists.own_rows(agency, name, after, actor=f"client:{agency}")


def test_its_rows_tell_an_agency_what_it_said_and_care_and_nothing_of_others() -> None:
    """Only the laboratory knew that she is positive and only the hospital that she is there; a call is nobody's row."""
    yesterday = (clock.now() - timedelta(days=1)).isoformat()
    agree(registry.Flow.LINE_LISTS, registry.Flow.CARE_STATUS)
    send(MALI.replace("positive,2026-07-01 08:00", f"unit-assigned,{yesterday}"), agency="nhso")
    send(MALI.replace("A-1", "7").replace("positive,2026-07-01 08:00", f"in-hospital,{yesterday}"), agency="niem")
    [row] = read("nhso")
    assert row == {
        "place": row["place"], "row": "A-1", "person": row["person"], "status": "unit-assigned", "at": row["at"],
        "care": "in-care",
    }  # fmt: skip
    assert datetime.fromisoformat(row["at"]) == datetime.fromisoformat(yesterday)
    lists.answer(row["person"], "reached", actor="account:caller")
    assert read("nhso") == [row]
    [other] = read("niem")
    assert (other["person"], other["status"]) == (row["person"], "in-hospital")
    assert read("nhso", after=row["place"]) == read("nhso", "unknown") == []
    assert [fact.detail["rows"] for fact in audit.facts("lists.read")] == [1, 1, 1, 0, 0]


def test_a_probe_learns_nothing_of_whom_it_names() -> None:
    """A row with somebody's name and telephone, known to the laboratory alone: the probe's own word comes back."""
    agree(registry.Flow.LINE_LISTS)
    send(MALI)
    send(MALI.replace("A-1", "probe").replace("positive,2026-07-01 08:00", "unreachable,2026-06-01"), agency="nhso")
    assert len(persons()) == 1
    [row] = read("nhso")
    assert (row["status"], row["at"][:10], set(row)) == (
        "unreachable",
        "2026-05-31",
        {"place", "row", "person", "status", "at"},
    )


def test_care_is_told_where_an_agreement_says_so_and_rows_where_one_lets_lists_flow() -> None:
    send(MALI, agency="nhso")
    with pytest.raises(registry.NoAgreement) as refused:
        read("nhso")
    assert (refused.value.code, refused.value.http_status) == ("SKL-REG-003", 403)
    assert "line-lists" in refused.value.th
    assert list(audit.facts("lists.read")) == []
    agree(registry.Flow.CARE_STATUS)
    with pytest.raises(registry.NoAgreement):
        read("nhso")
    agree(registry.Flow.LINE_LISTS)
    assert "care" not in read("nhso")[0]
    agree(registry.Flow.LINE_LISTS, registry.Flow.CARE_STATUS)
    assert read("nhso")[0]["care"] == "none"
