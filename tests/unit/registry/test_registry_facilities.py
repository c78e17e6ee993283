"""The facility registry: a list is taken in whole or not at all, and gives the same registry each time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from suksala import registry
from suksala.foundation import database
from suksala.registry import Facility, FacilityListProblem

pytestmark = pytest.mark.django_db

HEADER = "hospcode,name_th,name_en,kind,province,district,subdistrict,network"
HOSPITAL = "99801,โรงพยาบาลสมมติ,Made-up Hospital,hospital,19,1901,190101,99801"
UNIT = "99802,รพ.สต.สมมติ,Made-up Unit,subdistrict-unit,19,1901,,99801"
KHET = "9980A,คลินิกชุมชนอบอุ่นสมมติ,Made-up Clinic,clinic,10,1001,,"


@pytest.fixture(autouse=True)
def fresh_cache() -> Iterator[None]:
    """Each test looks at its own registry."""
    registry.forget_cache()
    yield
    registry.forget_cache()


def csv(tmp_path: Path, *lines: str, encoding: str = "utf-8") -> Path:
    """A facility list."""
    path = tmp_path / "facilities.csv"
    path.write_bytes("\n".join(lines).encode(encoding))
    return path


def test_a_list_becomes_the_registry(tmp_path: Path) -> None:
    """By code, by district, by province; a byte order mark and further columns may come or not."""
    listed = csv(tmp_path, HEADER + ",hospcode9", f"{HOSPITAL},EA0099801", f"{UNIT},", f"{KHET},", encoding="utf-8-sig")
    assert registry.import_facilities(listed) == 3
    hospital = Facility("99801", "โรงพยาบาลสมมติ", "Made-up Hospital", "hospital", "19", "1901", "190101", "99801")
    assert registry.facility("99801") == replace(hospital, hospcode9="EA0099801")
    assert registry.facility("00000") is None
    assert [f.hospcode for f in registry.facilities(district="1901")] == ["99801", "99802"]
    assert [f.hospcode for f in registry.facilities(province="10")] == ["9980A"]
    assert len(registry.facilities()) == 3
    assert registry.districts() == ["1001", "1901"]


def test_the_same_list_again_changes_nothing_and_a_new_one_replaces_by_code(tmp_path: Path) -> None:
    """A facility that a later list leaves out stays: its history does."""
    registry.import_facilities(csv(tmp_path, HEADER, HOSPITAL, UNIT))
    before = registry.facilities()
    assert registry.import_facilities(csv(tmp_path, HEADER, HOSPITAL, UNIT)) == 2
    assert registry.facilities() == before
    registry.import_facilities(csv(tmp_path, HEADER, HOSPITAL.replace("Made-up Hospital", "New Name")))
    assert [f.name_en for f in registry.facilities()] == ["New Name", "Made-up Unit"]


@pytest.mark.parametrize(
    ("wrong", "column"),
    [
        (UNIT.replace("99802", "9980"), "hospcode"),
        (UNIT.replace("99802", "99802x"), "hospcode"),
        (UNIT.replace("99802", "99801"), "hospcode"),
        (UNIT.replace("รพ.สต.สมมติ", " "), "name_th"),
        (UNIT.replace("subdistrict-unit", "รพ.สต."), "kind"),
        (UNIT.replace(",19,", ",99,"), "province"),
        (UNIT.replace("1901", "1401"), "district"),
        (UNIT.replace("1901", "1999"), "district"),
        (UNIT.replace("1901,,", "1901,190201,"), "subdistrict"),
    ],
)
def test_a_wrong_line_is_named_and_nothing_is_stored(tmp_path: Path, wrong: str, column: str) -> None:
    """Line and column, in Thai and English; the good line before it is not stored either."""
    with pytest.raises(FacilityListProblem) as refused:
        registry.import_facilities(csv(tmp_path, HEADER, HOSPITAL, wrong))
    assert f"line 3, column {column}:" in refused.value.en
    assert f"บรรทัด 3 คอลัมน์ {column}:" in refused.value.th
    assert registry.facilities() == []


@pytest.mark.parametrize("content", [b"", b"hospcode,name_th\n99801,x", "ทะเบียน".encode("cp874"), b"\x00\xff\xfe"])
def test_something_else_is_not_a_facility_list(tmp_path: Path, content: bytes) -> None:
    """Empty, columns missing, another encoding, not text at all, no file."""
    path = tmp_path / "facilities.csv"
    path.write_bytes(content)
    with pytest.raises(FacilityListProblem):
        registry.import_facilities(path)
    with pytest.raises(FacilityListProblem):
        registry.import_facilities(tmp_path / "absent.csv")
    assert registry.facilities() == []


def test_look_ups_come_from_memory_until_the_registry_changes(tmp_path: Path) -> None:
    """A list taken in by this process is seen at once; one by another process after 30 seconds."""
    registry.import_facilities(csv(tmp_path, HEADER, HOSPITAL))
    assert registry.facility("99801") is not None
    database.execute("DELETE FROM registry_facility")
    assert registry.facility("99801") is not None
    registry.import_facilities(csv(tmp_path, HEADER, UNIT))
    assert registry.facility("99801") is None
    assert registry.facility("99802") is not None


def test_the_number_of_a_facility() -> None:
    """A code of digits is its number; any other gets one above every code, always the same."""
    assert registry.org_number("00123") == 123
    made = registry.org_number("9980A")
    assert made == registry.org_number("9980A") > 99_999
    assert made != registry.org_number("9980B")
    assert made < 2**63


def test_names_of_districts() -> None:
    """From the standard; a code that does not exist names itself."""
    assert registry.district_name("1901")[0].endswith("เมืองสระบุรี")
    assert registry.district_name("1999") == ("1999", "1999")


MORE = HEADER + ",hospcode9,affiliation,sector,services"


def test_what_a_list_may_add(tmp_path: Path) -> None:
    """9-character code, agency, sector, levels of the service plans; the region follows from the place."""
    registry.import_facilities(csv(tmp_path, MORE, HOSPITAL + ",EA0099801,moph,public,A M1", KHET + ",,bma,private,"))
    found = registry.facility("99801")
    assert found is not None
    assert (found.hospcode9, found.affiliation, found.sector, found.services, found.region) == (
        "EA0099801",
        "moph",
        "public",
        ("A", "M1"),
        4,
    )
    khet = registry.facility("9980A")
    assert khet is not None
    assert (khet.hospcode9, khet.affiliation, khet.sector, khet.services, khet.region) == ("", "bma", "private", (), 13)


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ("EA009980,,,", "hospcode9"),
        ("ea0099801,,,", "hospcode9"),
        (",who,,", "affiliation"),
        (",,army,", "sector"),
        (",,,A;B", "services"),
    ],
)
def test_what_a_list_may_not_add(tmp_path: Path, cells: str, column: str) -> None:
    """Line and column are named, and nothing is stored."""
    with pytest.raises(FacilityListProblem) as raised:
        registry.import_facilities(csv(tmp_path, MORE, f"{HOSPITAL},{cells}"))
    assert f"line 2, column {column}" in raised.value.en
    assert registry.facilities() == []
