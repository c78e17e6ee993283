"""Files of registrations whose humans are known: what is read, what is refused, and how right a threshold is."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from suksala.foundation import clock
from suksala.identity import NotKnown, PersonRow, ThresholdEffect
from suksala.identity.thresholds import Known, compared_of, read_known
from tests.people import number

HEADER = "human,hospcode,pid,number,given,family,birth,sex,house,village,tambon,day\n"


def test_a_row_is_read_as_it_was_sent(tmp_path: Path) -> None:
    """Blanks are unknown, a date of any era is kept, columns in any order and a byte order mark do no harm."""
    file = tmp_path / "known.csv"
    row = f"h1,99801,7,{number(1)},มาลี,ใจดี,25130505,2,12,3,130101,2026-02-03\nh1,99802,8,,มาลี,,xx,2,,,,\n"
    file.write_text("\ufeff" + HEADER + row, encoding="utf-8")
    first, second = read_known(file)
    assert (first.human, first.hospcode, first.sent_on) == ("h1", "99801", date(2026, 2, 3))
    assert (first.row.birth, first.row.house, first.row.area) == (date(2513, 5, 5), "12/3", "130101")
    assert (second.row.number, second.row.birth, second.row.house) == (None, None, None)
    assert second.sent_on == clock.today()


@pytest.mark.parametrize(("bearers", "left"), [(8, "0812345671"), (9, None)])
def test_a_telephone_that_more_give_than_one_household_says_nothing(bearers: int, left: str | None) -> None:
    """As where people are linked (decision 0196): what is tried is what would be done. Another's telephone stands."""
    rows = [
        PersonRow(str(n), None, "มาลี", f"ก{n}ข", date(1960 + n, 2, 3), "2", phone="081-234-5671")
        for n in range(bearers)
    ]
    other = PersonRow("x", None, "อารี", "ใจดี", date(1951, 2, 3), "2", phone="0890012457")
    read = compared_of([Known("h", "99801", row, date(2026, 1, 1)) for row in (*rows, other)])
    assert {one.phone for one in read[:-1]} == {left}
    assert read[-1].phone == "0890012457"
    assert [one.birth for one in read[:2]] == [date(1960, 2, 3), date(1961, 2, 3)]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "columns human, hospcode, pid, given, family, birth, sex are missing"),
        (b"human,hospcode,pid,given,family,birth\n", "columns sex are missing"),
        (HEADER.encode(), "holds no row"),
        (HEADER.encode() + "มาลี".encode("tis-620"), "not CSV in UTF-8"),
        (HEADER.encode() + b'"' + b"x" * 200_000, "not CSV in UTF-8"),
    ],
)
def test_what_is_no_such_file_is_refused(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "known.csv"
    file.write_bytes(content)
    with pytest.raises(NotKnown, match=said):
        read_known(file)


def test_no_file_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotKnown, match="cannot be opened"):
        read_known(tmp_path / "none.csv")


@pytest.mark.parametrize(
    ("joined", "wrong", "missed", "precision", "recall"),
    [(100, 1, 1, 0.99, 0.99), (0, 0, 5, 1.0, 0.0), (0, 0, 0, 1.0, 1.0), (4, 4, 0, 0.0, 1.0)],
)
def test_precision_and_recall(joined: int, wrong: int, missed: int, precision: float, recall: float) -> None:
    effect = ThresholdEffect(10.0, joined, wrong, missed, 0)
    assert (effect.precision, effect.recall) == pytest.approx((precision, recall))
