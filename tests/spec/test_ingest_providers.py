"""PROVIDER rows of deposits reach the registry, in any order, and leave it with a void."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from suksala import ingest, lake, registry
from suksala.foundation import clock
from suksala.standards.thai_codes import citizen_number
from tests.deposits import HOSPITAL, file_of, register, send, text, zipped

pytestmark = pytest.mark.django_db

DOCTOR = {
    "PROVIDER": "P001", "REGISTERNO": "99010001", "COUNCIL": "01", "CID": citizen_number.synthetic(901),
    "PRENAME": "003", "NAME": "สมชาย", "LNAME": "ใจดี", "PROVIDERTYPE": "01,14", "STARTDATE": "20240101",
}  # fmt: skip
NURSE = DOCTOR | {"PROVIDER": "P002", "REGISTERNO": "99010002", "COUNCIL": "02", "CID": citizen_number.synthetic(902)}


@pytest.fixture(autouse=True)
def facilities(data_dir: Path, tmp_path: Path) -> None:
    """Two registered facilities and an empty lake."""
    lake.forget()
    register(tmp_path)


def zip_of(day: int, *rows: dict[str, str]) -> tuple[bytes, str]:
    """A zip exported on a day of November."""
    stamped = [row | {"D_UPDATE": f"202611{day:02d}080000"} for row in rows]
    return zipped({"PROVIDER.txt": text("PROVIDER", *stamped)}), f"F43_99901_202611{day:02d}090000.zip"


def staff() -> list[tuple[str, tuple[str, ...], str]]:
    """Number of staff, codes and name of everybody at the hospital."""
    roles = registry.roles_at(HOSPITAL)
    known = registry.practitioners([role.practitioner for role in roles])
    return [(role.local, role.codes, known[role.practitioner].name_th) for role in roles]


def test_a_deposit_tells_who_works_there() -> None:
    """Title by its code, codes from a comma list, first day; and on which day a deposit named it."""
    receipt = send(*zip_of(1, DOCTOR))
    assert file_of(receipt, "PROVIDER").accepted == 1
    assert staff() == [("P001", ("01", "14"), "นายสมชาย ใจดี")]
    [role] = registry.roles_at(HOSPITAL)
    assert role.since == date(2024, 1, 1)
    assert role.told == ingest.receipt(receipt.deposit.id).deposit.received_at.astimezone(clock.BANGKOK).date()


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_row_written_last_wins_in_any_order(order: tuple[int, int]) -> None:
    """She stays though only the first deposit names her; he has left."""
    zips = [zip_of(1, DOCTOR, NURSE), zip_of(2, DOCTOR | {"OUTDATE": "20261031"})]
    for n in order:
        send(*zips[n])
    ends = {role.local: role.until for role in registry.roles_at(HOSPITAL)}
    assert ends == {"P001": date(2026, 10, 31), "P002": None}


def test_a_void_takes_back_what_only_that_deposit_told() -> None:
    """As if it had never been sent."""
    send(*zip_of(1, DOCTOR))
    wrong = send(*zip_of(2, DOCTOR | {"OUTDATE": "20261031"}, NURSE))
    assert [local for local, _, _ in staff()] == ["P001", "P002"]
    ingest.void(wrong.deposit.id, "ส่งผิดแฟ้ม")
    assert [(role.local, role.until) for role in registry.roles_at(HOSPITAL)] == [("P001", None)]
