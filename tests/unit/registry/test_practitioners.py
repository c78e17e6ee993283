"""Practitioners: one human is one, whoever tells of them; what contradicts is told and never merged (issue C1)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from suksala import audit, registry
from suksala.foundation import clock, database
from suksala.registry import Clash, ProviderRow
from suksala.standards.thai_codes import citizen_number

pytestmark = pytest.mark.django_db

HOSPITAL, UNIT = "99801", "99802"
DAY = date(2026, 11, 22)
ONE, TWO = citizen_number.synthetic(901), citizen_number.synthetic(902)
DOCTOR = ProviderRow(
    "P001", "01", "980010001", ONE, "นาย", "สมชาย", "ใจดี",
    codes=("01",), since=date(2024, 1, 1), named_at=datetime(2026, 1, 1, tzinfo=UTC),
)  # fmt: skip
NURSE = ProviderRow("P002", "02", "980010002", TWO, "นางสาว", "มะลิ", "งามตา", codes=("03",), since=date(2024, 5, 1))


@pytest.fixture(autouse=True)
def two_facilities(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A hospital and a unit, on one day."""
    monkeypatch.setattr(clock, "today", lambda: DAY)
    registry.forget_cache()
    database.execute(
        "INSERT INTO registry_facility (hospcode, name_th, name_en, kind, province, district, subdistrict, network) "
        "SELECT code, 'ก', 'A', 'hospital', '19', '1901', '', '' FROM unnest(ARRAY['99801', '99802']) code"
    )
    yield
    registry.forget_cache()


def one_at(hospcode: str, local: str = "P001") -> registry.Role:
    """The role of the facility's own number."""
    return next(role for role in registry.roles_at(hospcode) if role.local == local)


def named(role: registry.Role) -> registry.Practitioner:
    """Whose role it is."""
    found = registry.practitioner(role.practitioner)
    assert found is not None
    return found


def test_rows_become_practitioners_with_licences_and_roles() -> None:
    """Names, council and number of the licence, codes of PROVIDERTYPE, first day; again changes nothing."""
    done = registry.take_providers(HOSPITAL, [DOCTOR, NURSE])
    assert (done.practitioners, done.roles, done.unchanged, done.conflicts) == (2, 2, 0, 0)
    role = one_at(HOSPITAL)
    assert (role.codes, role.since, role.until, role.source.value) == (("01",), date(2024, 1, 1), None, "deposit")
    who = named(role)
    assert (who.name_th, who.name_en) == ("นายสมชาย ใจดี", "สมชาย ใจดี")
    assert [(h.council, h.number, h.until) for h in who.licences] == [("01", "980010001", None)]
    assert role.is_doctor
    again = registry.take_providers(HOSPITAL, [DOCTOR, NURSE])
    assert (again.practitioners, again.roles, again.unchanged) == (0, 0, 2)
    assert len(list(audit.facts("registry.providers"))) == 1


def test_no_national_number_is_stored_in_clear_or_shown() -> None:
    """Only a keyed hash and sealed bytes; nor does a printed value hold it, or the licence."""
    registry.take_providers(HOSPITAL, [DOCTOR])
    [(text,)] = database.rows("SELECT string_agg(p::text, ' ') FROM registry_practitioner p")
    assert ONE not in text
    assert ONE not in repr(DOCTOR)
    assert "980010001" not in repr(named(one_at(HOSPITAL)))


def test_one_human_at_two_facilities_by_number_or_by_licence() -> None:
    """Either is enough; the other one is learnt."""
    registry.take_providers(HOSPITAL, [DOCTOR])
    registry.take_providers(UNIT, [replace(DOCTOR, local="D7", number="")])
    assert one_at(UNIT, "D7").practitioner == one_at(HOSPITAL).practitioner
    registry.take_providers(UNIT, [replace(DOCTOR, local="D7", council="", licence="")])
    assert one_at(UNIT, "D7").practitioner == one_at(HOSPITAL).practitioner
    assert [r.hospcode for r in registry.roles_of(one_at(HOSPITAL).practitioner, DAY)] == [HOSPITAL, UNIT]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_who_is_one_does_not_hang_on_who_sends_first(order: tuple[int, int]) -> None:
    """The licence alone first, the number with it later, or the other way round."""
    sent = [(HOSPITAL, [DOCTOR]), (UNIT, [replace(DOCTOR, number="")])]
    for n in order:
        registry.take_providers(*sent[n])
    assert one_at(UNIT).practitioner == one_at(HOSPITAL).practitioner
    assert registry.conflicts() == []


@pytest.mark.parametrize(
    ("changes", "clash"),
    [
        ({"number": TWO}, Clash.TWO_PEOPLE),  # the doctor's licence under the nurse's number
        ({"number": citizen_number.synthetic(903)}, Clash.TWO_PEOPLE),  # the same licence under a number nobody has
        ({"licence": "1"}, Clash.OTHER_LICENCE),  # the doctor's number with another licence of that council
        ({"number": "", "given_th": "ปราณี", "family_th": "สุขใจ"}, Clash.OTHER_NAME),
    ],
)
def test_what_contradicts_is_told_and_not_merged(changes: dict[str, str], clash: Clash) -> None:
    """Twice the same conflict is one; the doctor keeps name, number and licence; a corrected row takes it away."""
    registry.take_providers(HOSPITAL, [DOCTOR, NURSE])
    before = named(one_at(HOSPITAL))
    wrong = replace(DOCTOR, local="X9", **changes)
    for _ in range(2):
        registry.take_providers(UNIT, [wrong])
        assert [(c.clash, c.local, c.other) for c in registry.conflicts(UNIT)] == [(clash, "X9", before.id)]
    assert registry.conflicts(HOSPITAL) == []
    assert named(one_at(HOSPITAL)) == before
    assert (one_at(UNIT, "X9").practitioner == before.id) is (clash is Clash.OTHER_LICENCE)
    registry.take_providers(UNIT, [replace(DOCTOR, local="X9")])
    assert registry.conflicts() == []
    assert one_at(UNIT, "X9").practitioner == before.id


def test_a_facility_may_correct_what_only_its_row_told() -> None:
    """Licence, then number, of a practitioner that nobody else tells of: still the same one."""
    registry.take_providers(HOSPITAL, [DOCTOR])
    first = one_at(HOSPITAL).practitioner
    registry.take_providers(HOSPITAL, [replace(DOCTOR, licence="980010009")])
    registry.take_providers(HOSPITAL, [replace(DOCTOR, licence="980010009", number=TWO)])
    assert one_at(HOSPITAL).practitioner == first
    assert [h.number for h in named(one_at(HOSPITAL)).licences] == ["980010009"]
    assert registry.conflicts() == []


def test_a_number_of_staff_given_to_somebody_else_is_somebody_else() -> None:
    """The former one has no role there any more: an account linked to them gains nothing."""
    registry.take_providers(HOSPITAL, [DOCTOR])
    former = one_at(HOSPITAL).practitioner
    registry.take_providers(HOSPITAL, [replace(NURSE, local="P001")])
    assert one_at(HOSPITAL).practitioner != former
    assert registry.roles_of(former) == []


def test_the_name_told_last_stands() -> None:
    """By the moment the row was written, not by the order in which deposits come."""
    married = replace(DOCTOR, family_th="รักไทย", named_at=datetime(2026, 2, 1, tzinfo=UTC))
    registry.take_providers(UNIT, [married])
    registry.take_providers(HOSPITAL, [DOCTOR])
    assert named(one_at(HOSPITAL)).family_th == "รักไทย"


def test_a_row_that_is_gone_takes_its_role_along() -> None:
    """After a void or a correction; the practitioner stays known."""
    registry.take_providers(HOSPITAL, [DOCTOR, NURSE])
    gone = one_at(HOSPITAL, "P002").practitioner
    assert registry.take_providers(HOSPITAL, [DOCTOR]).dropped == 1
    assert registry.roles_of(gone) == []
    assert registry.practitioner(gone) is not None


@pytest.mark.parametrize(
    ("on", "counts"),
    [(date(2023, 12, 31), False), (date(2024, 1, 1), True), (date(2026, 6, 30), True), (date(2026, 7, 1), False)],
)
def test_a_role_counts_from_its_first_to_its_last_day(on: date, counts: bool) -> None:
    """STARTDATE and OUTDATE both included."""
    registry.take_providers(HOSPITAL, [replace(DOCTOR, until=date(2026, 6, 30))])
    assert bool(registry.roles_of(one_at(HOSPITAL).practitioner, on)) is counts
    assert bool(registry.roles_at(HOSPITAL, on)) is counts


def test_a_stewards_end_stands_whatever_deposits_tell() -> None:
    """Until they tell of a new beginning after it; the log names who ended it."""
    registry.take_providers(HOSPITAL, [DOCTOR])
    role = one_at(HOSPITAL)
    registry.end_role(role.id, date(2026, 11, 21), actor="account:steward")
    registry.take_providers(HOSPITAL, [replace(DOCTOR, codes=("01", "14"))])
    assert registry.roles_of(role.practitioner, DAY) == []
    assert [f.actor for f in audit.facts("registry.role-ended")] == ["account:steward"]
    registry.take_providers(HOSPITAL, [replace(DOCTOR, since=DAY)])
    assert [r.id for r in registry.roles_of(role.practitioner, DAY)] == [role.id]


def test_a_role_cannot_end_before_it_begins() -> None:
    """Nor one that there is not; nothing is kept."""
    registry.take_providers(HOSPITAL, [DOCTOR])
    with pytest.raises(registry.PractitionerProblem) as raised:
        registry.end_role(one_at(HOSPITAL).id, date(2023, 12, 31), actor="account:steward")
    assert raised.value.code == "SKL-REG-005"
    with pytest.raises(registry.PractitionerProblem):
        registry.end_role(-1, DAY, actor="account:steward")
    assert one_at(HOSPITAL).last_day is None
    assert list(audit.facts("registry.role-ended")) == []


@pytest.mark.parametrize(("on", "valid"), [(date(2026, 12, 31), True), (date(2027, 1, 1), False)])
def test_a_licence_counts_to_its_last_day(on: date, valid: bool) -> None:
    """Without a day it counts as far as is known."""
    licence = registry.Licence("01", "1", None, date(2026, 12, 31))
    assert licence.is_valid(on) is valid
    assert registry.Licence("01", "1").is_valid(on)


# ---- lists ---------------------------------------------------------------------------------------------------------

HEADER = "hospcode,given_th,family_th,given_en,family_en,number,council,licence,licence_until,codes,since,until"
LINE = f"99801,สมชาย,ใจดี,Somchai,Jaidee,{ONE},01,980010001,2027-01-31,01,2024-01-01,"


def listed(tmp_path: Path, *lines: str) -> Path:
    """A CSV of practitioners."""
    path = tmp_path / "practitioners.csv"
    path.write_text("\n".join((HEADER, *lines)), encoding="utf-8-sig")
    return path


def test_a_list_tells_english_names_and_validity(tmp_path: Path) -> None:
    """Of somebody whom a deposit told too it adds what is missing; the role stays the deposit's."""
    registry.take_providers(HOSPITAL, [DOCTOR])
    role = one_at(HOSPITAL)
    registry.import_practitioners(listed(tmp_path, LINE), actor="system:operator")
    who = named(role)
    assert who.name_en == "Somchai Jaidee"
    assert who.is_licensed("01", date(2027, 1, 31))
    assert not who.is_licensed("01", date(2027, 2, 1))
    assert registry.roles_at(HOSPITAL) == [role]


def test_a_deposit_takes_over_the_role_that_a_list_told(tmp_path: Path) -> None:
    """One role, not two: ending it ends it."""
    registry.import_practitioners(listed(tmp_path, LINE), actor="system:operator")
    [role] = registry.roles_at(HOSPITAL)
    assert (role.local, role.source.value) == ("", "list")
    registry.take_providers(HOSPITAL, [DOCTOR])
    [taken] = registry.roles_at(HOSPITAL)
    assert (taken.id, taken.local, taken.source.value) == (role.id, "P001", "deposit")


@pytest.mark.parametrize(
    ("line", "named"),
    [
        (LINE.replace(",01,2024-01-01", ",99,2024-01-01"), "codes"),
        (LINE.replace("2024-01-01,", "2024-01-01,2023-12-31"), "until"),
        (LINE.replace("2024-01-01", "1/1/2567"), "since"),
        (LINE.replace(",01,980010001", ",77,980010001"), "licence"),
        (LINE.replace("สมชาย", ""), "given_th"),
        (LINE.replace("99801", "99809"), "99809"),
        (LINE.replace(ONE, TWO), "contradict"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_kept(tmp_path: Path, line: str, named: str) -> None:
    """Line and column in both languages, no value of a person; not even the good lines are in."""
    registry.take_providers(UNIT, [DOCTOR, NURSE])
    before = database.rows("SELECT * FROM registry_practitioner ORDER BY id")
    good = "99801,ก,ข,,,,,,,04,,"
    with pytest.raises(registry.PractitionerProblem) as raised:
        registry.import_practitioners(listed(tmp_path, good, line), actor="system:operator")
    assert named in raised.value.en
    assert ONE not in raised.value.en + raised.value.th
    assert registry.roles_at(HOSPITAL) == []
    assert database.rows("SELECT * FROM registry_practitioner ORDER BY id") == before
