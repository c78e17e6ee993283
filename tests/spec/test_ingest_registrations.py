"""What files or a Patient say about a person as identity compares it (S2.2): home, telephone, a death."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from suksala import identity, lake
from suksala.exchange.mapping import people
from suksala.exchange.patient_rows import person_row
from suksala.foundation import database
from suksala.identity import PersonRow
from suksala.ingest.registrations import Home, home, person_rows
from suksala.standards.thai_codes import citizen_number
from tests.deposits import HOSPITAL, register, send, text, zipped

NOW = datetime(2026, 11, 1, tzinfo=UTC)
MOTHER = citizen_number.synthetic(7)
PLACE = {"VILLAGE": "05", "TAMBON": "01", "AMPUR": "01", "CHANGWAT": "14"}
MALI = {"HID": "7", "MOTHER": MOTHER, "MOBILE": "089-001-2457", "PASSPORT": "AB1234567"}
NAME = "F43_99901_202611{day:02d}090000.zip"


@pytest.fixture
def facilities(data_dir: Path, tmp_path: Path) -> None:
    """Two registered facilities and an empty lake."""
    lake.forget()
    register(tmp_path)


def deposit(day: int, **files: list[dict[str, str]]) -> None:
    """Send rows of files in a zip exported on a day of November."""
    send(zipped({f"{file}.txt": text(file, *rows) for file, rows in files.items()}), NAME.format(day=day))


def kept() -> tuple[object, ...]:
    """What identity holds of the one person."""
    [row] = database.rows("SELECT area, house, nation, dead, phone_sealed IS NOT NULL FROM identity_demographics")
    return tuple(row)


@pytest.mark.django_db
@pytest.mark.usefixtures("facilities")
class TestDeposits:
    """Rows of several files, in one zip or one after the other."""

    def test_person_home_and_address_are_told_together(self) -> None:
        """The house register's address goes before the home, the home before where somebody can be reached."""
        deposit(
            1, PERSON=[MALI], HOME=[{"HID": "7", "HOUSE": "9", **PLACE}],
            ADDRESS=[{"ADDRESSTYPE": "2", "HOUSENO": "1", **PLACE}],
        )  # fmt: skip
        [told] = person_rows(HOSPITAL)
        assert (told.area, told.house, told.phone, told.mother) == ("140101", "9/5", "089-001-2457", MOTHER)
        assert (told.passport, told.nation, told.dead) == ("AB1234567", "099", False)
        assert kept() == ("140101", "9/5", "099", False, True)
        deposit(2, ADDRESS=[{"ADDRESSTYPE": "1", "HOUSENO": "12/3", **PLACE}])
        assert kept() == ("140101", "12/3/5", "099", False, True)

    def test_a_home_that_moved_tells_of_everybody_in_it(self) -> None:
        deposit(1, PERSON=[MALI], HOME=[{"HID": "7", "HOUSE": "9", **PLACE}])
        deposit(2, HOME=[{"HID": "7", "HOUSE": "10", "D_UPDATE": "20261102120000", **PLACE}])
        assert kept()[1] == "10/5"

    @pytest.mark.parametrize("way", ["the register", "the file of deaths"])
    def test_a_death_is_told(self, way: str) -> None:
        deposit(1, PERSON=[MALI])
        if way == "the register":
            deposit(2, PERSON=[{**MALI, "DISCHARGE": "1", "D_UPDATE": "20261102120000"}])
        else:
            deposit(2, DEATH=[{"DDEATH": "20261001", "CDEATH": "I219", "PDEATH": "1"}])
        assert kept()[3] is True

    def test_who_is_not_concerned_is_not_read_again(self) -> None:
        deposit(1, PERSON=[MALI, {"PID": "2", "CID": citizen_number.synthetic(2)}])
        deposit(2, ADDRESS=[{"PID": "2", "ADDRESSTYPE": "1", "HOUSENO": "4", **PLACE}])
        number = max(lake.rows("ADDRESS", HOSPITAL, columns=["_deposit"]).read_all().column(0).to_pylist())
        assert [row.pid for row in person_rows(HOSPITAL, number)] == ["2"]
        assert identity.memberships().num_rows == 2


@pytest.mark.parametrize(
    ("parts", "found"),
    [
        (("12/3", "05", "01", "01", "14"), Home("140101", "12/3/5")),
        (("12/3", "A0", "01", "01", "14"), Home("140101", "12/3/100")),
        (("12/3", "99", "01", "01", "14"), Home("140101", "12/3/")),
        ((None, "05", "01", "01", "14"), Home("140101", None)),
        (("12/3", "05", None, "01", "14"), Home()),
    ],
    ids=["usual", "a hundredth village", "village unknown", "house unknown", "sub-district unknown"],
)
def test_a_home_from_its_parts(parts: tuple[str | None, ...], found: Home) -> None:
    assert home(*parts) == found


def test_a_patient_says_what_its_rows_said() -> None:
    """The mapping of PERSON, ADDRESS and DEATH, read backwards; the mother's number is in no Patient."""
    row = {
        "hospcode": HOSPITAL, "pid": "1", "cid": citizen_number.synthetic(1), "prename": "003", "name": "มะลิ",
        "lname": "ใจดี", "sex": "2", "birth": "1960-05-01", "nation": "099", "mobile": "0890012457",
        "passport": "AB1234567", "mother": MOTHER,
    }  # fmt: skip
    address = {"houseno": "12/3", "village": "05", "tambon": "01", "ampur": "01", "changwat": "14"}
    _, body = people.patient(people.Parts(row, {"1": address}, None, {"ddeath": "2026-10-01"}))
    assert person_row("1", body, NOW) == PersonRow(
        pid="1", number=citizen_number.synthetic(1), given="มะลิ", family="ใจดี", title="นาย", birth=date(1960, 5, 1),
        sex="2", d_update=NOW, phone="0890012457", passport="AB1234567", nation="099", area="140101",
        house="12/3/5", dead=True,
    )  # fmt: skip


@pytest.mark.parametrize(("code", "nation"), [("TH", "099"), ("764", "099"), ("048", "048"), ("nation:056", "056")])
def test_a_nationality_in_any_code_system(code: str, nation: str) -> None:
    inner = [{"url": "code", "valueCodeableConcept": {"coding": [{"code": code}]}}]
    url = "http://hl7.org/fhir/StructureDefinition/patient-nationality"
    assert person_row("1", {"extension": [{"url": url, "extension": inner}]}, NOW).nation == nation


def test_former_telephones_names_and_homes_say_nothing() -> None:
    body = {
        "telecom": [
            {"system": "phone", "value": "0890012457", "use": "old"},
            {"system": "email", "value": "a@example"},
        ],
        "name": [{"use": "maiden", "family": "ก่อน"}],
        "address": [{"use": "old", "extension": []}],
    }
    assert person_row("1", body, NOW) == PersonRow(pid="1", d_update=NOW)
