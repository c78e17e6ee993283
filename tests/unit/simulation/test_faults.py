"""One injected file error at a time: what is sent, where it stands, and what a receiver keeps."""

from __future__ import annotations

from random import Random

import pytest

from suksala.simulation import faults
from suksala.simulation.faults import Broken
from suksala.simulation.outbox import COLUMNS

ROW = {
    "HOSPCODE": "99012", "PID": "0000012", "SEQ": "24020100000001", "DATE_SERV": "20240201", "WEIGHT": "61.0",
    "HEIGHT": "158", "WAIST_CM": "84", "SBP": "128", "DBP": "76", "FOOT": "2", "RETINA": "8", "PROVIDER": "P001",
    "D_UPDATE": "20240203101010", "CHRONICFUPLACE": "99012", "CID": "1890000000010",
}  # fmt: skip
PLAIN = "99012|0000012|24020100000001|20240201|61.0|158|84|128|76|2|8|P001|20240203101010|99012|1890000000010"


def broken(kind: str) -> Broken:
    """The first error of this kind that the generator puts into the row."""
    for seed in range(2_000):
        found = faults.inject(Random(seed), "CHRONICFU", dict(ROW), COLUMNS["2.4"]["CHRONICFU"])
        if found and found.kind == kind:
            return found
    raise AssertionError(kind)


@pytest.mark.parametrize(
    ("kind", "verdict", "rule"),
    [
        ("buddhist-year", "refused", "CHRONICFU.DATE_SERV.buddhist-year"),
        ("number-of-12-digits", "accepted", ""),
        ("stray-delimiter", "refused", "CHRONICFU.*.columns"),
        ("older-duplicate", "accepted-older-loses", "CHRONICFU.*.duplicate"),
        ("other-facility", "refused", "CHRONICFU.HOSPCODE.hospcode"),
        ("orphan", "suspicious", "CHRONICFU.PID.orphan"),
        ("implausible-pressure", "suspicious", "CHRONICFU.SBP.range"),
        ("future-date", "suspicious", "CHRONICFU.DATE_SERV.future"),
        ("bad-d-update", "refused", "CHRONICFU.D_UPDATE.date"),
    ],
)
def test_verdict_and_rule(kind: str, verdict: str, rule: str) -> None:
    """Each kind has one verdict and one stable rule."""
    found = broken(kind)
    assert (found.verdict, found.rule) == (verdict, rule)
    assert (found.kept is None) == (verdict == "refused" or kind == "orphan")


def test_a_buddhist_year_is_543_more() -> None:
    """The commonest date error."""
    assert broken("buddhist-year").lines == [PLAIN.replace("|20240201|", "|25670201|")]


def test_a_word_in_a_number_empties_the_field() -> None:
    """The row goes in without it."""
    found = broken("text-in-number")
    assert found.verdict == "field-null"
    assert found.kept is not None
    assert found.kept[found.column] == ""
    assert {name: value for name, value in found.kept.items() if name != found.column} == {
        name: value for name, value in ROW.items() if name != found.column
    }


def test_an_older_row_of_the_same_key_comes_second_and_loses() -> None:
    """Both lines are sent; the one with the newer D_UPDATE stays."""
    found = broken("older-duplicate")
    assert found.lines[0] == PLAIN
    assert found.at == 1
    newer, older = (line.split("|") for line in found.lines)
    assert older[12] < newer[12]
    assert (older[:4], older[7:9]) == (newer[:4], ["199", "111"])
    assert found.kept == ROW


def test_a_stray_bar_breaks_the_row() -> None:
    """One cell more than the header has."""
    assert broken("stray-delimiter").lines[0].count("|") == PLAIN.count("|") + 1


def test_a_missing_key_refuses_and_another_missing_field_does_not() -> None:
    """HOSPCODE and D_UPDATE are never the ones left out."""
    key, other = broken("missing-key"), broken("missing-required")
    assert key.column in {"PID", "DATE_SERV"}
    assert (key.verdict, key.rule) == ("refused", f"CHRONICFU.{key.column}.key")
    assert (other.verdict, other.rule) == ("suspicious", f"CHRONICFU.{other.column}.required")


def test_an_unknown_code_stays() -> None:
    """Only a closed table can say that a code is wrong."""
    found = broken("code-not-in-table")
    assert found.column in {"FOOT", "RETINA"}
    assert found.kept is not None
    assert found.kept[found.column] == "X"


def test_a_kind_that_does_not_fit_leaves_the_row_alone() -> None:
    """A file without numbers, dates of service or people cannot have every error."""
    row = {"HOSPCODE": "99011", "REFERID": "R000000001", "CARETYPE": "6", "D_UPDATE": "20240203101010"}
    found = [faults.inject(Random(seed), "CARE_REFER", dict(row), COLUMNS["2.4"]["CARE_REFER"]) for seed in range(300)]
    assert None in found
    assert {f.kind for f in found if f} <= {
        "code-not-in-table", "missing-key", "stray-delimiter", "older-duplicate", "other-facility", "bad-d-update",
    }  # fmt: skip
