"""Provinces, districts, sub-districts and villages by code."""

from __future__ import annotations

from datetime import date

import pytest

from suksala.standards.thai_codes import Area, addresses, district, province, subdistrict


def test_three_levels_in_two_languages() -> None:
    """2, 4 and 6 digits of the civil registration."""
    assert province("19") == Area("19", "สระบุรี", "Saraburi", "province")
    assert district("1401") == Area("1401", "พระนครศรีอยุธยา", "Phra Nakhon Si Ayutthaya", "district")
    assert subdistrict("100101") == Area("100101", "พระบรมมหาราชวัง", "Phra Borom Maha Ratchawang", "subdistrict")


def test_bangkok_has_khet_and_khwaeng() -> None:
    """The bare name is bare everywhere; the word for the level differs."""
    dusit, ayutthaya = district("1002"), district("1401")
    assert dusit is not None
    assert ayutthaya is not None
    assert (dusit.th, dusit.full_th) == ("ดุสิต", "เขตดุสิต")
    assert ayutthaya.full_th == "อำเภอพระนครศรีอยุธยา"
    assert addresses.thai_address("100101") == "แขวงพระบรมมหาราชวัง เขตพระนคร กรุงเทพมหานคร"
    assert addresses.thai_address("140101") == "ตำบลประตูชัย อำเภอพระนครศรีอยุธยา จังหวัดพระนครศรีอยุธยา"
    assert addresses.thai_address("19") == "จังหวัดสระบุรี"


def test_a_code_of_old_records_still_has_its_name() -> None:
    """Bang Na's one sub-district became two in 2022."""
    bang_na = subdistrict("104701")
    assert bang_na == Area("104701", "บางนา", "Bang Na", "subdistrict", date(2022, 4, 22))
    assert addresses.thai_address("104701") == "แขวงบางนา เขตบางนา กรุงเทพมหานคร"
    assert "104701" not in {s.code for s in addresses.subdistricts("1047")}


def test_what_is_no_place() -> None:
    """99 is "unknown" in the files."""
    assert [province("99"), province("9"), district("1090"), subdistrict("999999"), addresses.area("191")] == [None] * 5
    assert addresses.thai_address("99") == ""


def test_lists_of_places() -> None:
    """77 provinces; Bangkok has 50 districts."""
    assert len(addresses.districts("10")) == 50
    assert addresses.districts("10")[0] == Area("1001", "พระนคร", "Phra Nakhon", "district")
    assert [s.code[:4] for s in addresses.subdistricts("1002")] == ["1002"] * 5
    assert addresses.area("19") == province("19")


@pytest.mark.parametrize(
    ("code", "number"),
    [
        ("01", 1),
        ("98", 98),
        ("A0", 100),
        ("B9", 119),
        ("Z9", 359),
        ("00", None),
        ("99", None),
        ("a0", None),
        ("1", None),
    ],
)
def test_village_numbers(code: str, number: int | None) -> None:
    """Two characters hold 359 villages; 00 is a municipality without, 99 unknown."""
    assert addresses.village_number(code) == number
    if number is not None:
        assert addresses.village_code(number) == code


@pytest.mark.parametrize("number", [0, 99, 360, -1])
def test_numbers_no_village_can_have(number: int) -> None:
    """99 is taken by "unknown"."""
    with pytest.raises(ValueError, match="village"):
        addresses.village_code(number)
