"""Headers of real exporters, files without one, and first lines that are neither."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from suksala.standards.file43 import FILES, FileRefused, read_layout

DATA = Path(__file__).parents[1] / "data/file43"


def table(name: str) -> list[dict[str, str]]:
    """A table of header lines."""
    with (DATA / name).open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


@pytest.mark.parametrize("row", table("real_headers.csv"), ids=lambda row: f"{row['file']}-{row['layout']}")
def test_headers_of_real_exporters(row: dict[str, str]) -> None:
    """Upper and lower case, a trailing blank, versions 2.1 to 2.4: every column finds its field."""
    spec = FILES[row["file"]]
    layout = read_layout(row["header_line"] + "\r\n", spec)
    names = [f.name for f in layout.columns if f]
    assert layout.has_header
    assert names == [cell.strip().upper() for cell in row["header_line"].split("|")]
    assert (layout.unknown, layout.repeated, layout.missing_keys) == ((), (), ())
    assert "HOSPCODE9" in layout.missing  # nobody exports 2.4.1 yet


@pytest.mark.parametrize("row", table("hosxp_export_layout.csv"), ids=lambda row: row["file"])
def test_headers_of_all_52_files(row: dict[str, str]) -> None:
    """One hospital system's export of version 2.4, with CLINICALVALUE for the standard's CLINICALVAULE."""
    layout = read_layout(row["header_line"], FILES[row["file"]])
    assert None not in layout.columns
    assert layout.missing_keys == ()
    assert {f.since_version for f in FILES[row["file"]].fields if f.name in layout.missing} <= {"2.4.1"}


@pytest.mark.parametrize("row", table("hosxp_export_layout.csv"), ids=lambda row: row["file"])
def test_the_same_files_without_a_header(row: dict[str, str]) -> None:
    """A first cell of five digits is a row; as many columns as version 2.4 has are read as version 2.4."""
    expected = read_layout(row["header_line"], FILES[row["file"]])
    width = len(expected.columns)
    layout = read_layout("|".join(["10953", *[""] * (width - 2), "x"]) + "\n", FILES[row["file"]])
    assert not layout.has_header
    assert layout.columns == expected.columns


def test_a_byte_order_mark_before_the_header_is_no_letter() -> None:
    """A first column named U+FEFF HOSPCODE is HOSPCODE."""
    layout = read_layout("\ufeffHOSPCODE|PID|SEQ", FILES["SERVICE"])
    assert layout.position("HOSPCODE") == 0


def test_columns_come_by_name_in_any_order() -> None:
    """A subset, reordered: what is missing is told, key fields apart."""
    layout = read_layout("date_serv|PID|hospcode|SBP", FILES["SERVICE"])
    assert [f.name for f in layout.columns if f] == ["DATE_SERV", "PID", "HOSPCODE", "SBP"]
    assert layout.missing_keys == ("SEQ",)
    assert "DBP" in layout.missing
    assert (layout.position("SBP"), layout.position("DBP")) == (3, None)


def test_unknown_and_repeated_columns_are_told_and_left_out() -> None:
    """The first of two columns counts; a trailing delimiter makes a nameless column that is no news."""
    layout = read_layout("HOSPCODE|PID|SEQ|Shoe Size|SEQ|DATE_SERV|", FILES["SERVICE"])
    assert layout.unknown == ("Shoe Size",)
    assert layout.repeated == ("SEQ",)
    assert [f.name if f else None for f in layout.columns] == [
        "HOSPCODE", "PID", "SEQ", None, None, "DATE_SERV", None,
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "version", "last"),
    [(31, "2.0", "D_UPDATE"), (33, "2.2-2.3", "MOBILE"), (34, "2.4.1", "HOSPCODE9")],
)
def test_without_a_header_the_number_of_columns_tells_the_version(columns: int, version: str, last: str) -> None:
    """PERSON grew by TELEPHONE and MOBILE, then HOSPCODE9."""
    layout = read_layout("|".join(["10953", *["x"] * (columns - 1)]), FILES["PERSON"])
    held = [f for f in layout.columns if f]
    assert (layout.version, held[-1].name, len(held)) == (version, last, columns)


def test_rows_that_end_with_a_delimiter() -> None:
    """One column more than the version has, and nothing in it."""
    layout = read_layout("10953" + "|x" * 30 + "|", FILES["PERSON"])
    assert layout.columns[-1] is None
    assert layout.version == "2.0"


@pytest.mark.parametrize(
    ("line", "code", "says"),
    [
        ("", "SKL-FILE-008", "empty"),
        ("\ufeff\r\n", "SKL-FILE-008", "empty"),
        ("HOSPCODE,PID,SEQ,DATE_SERV", "SKL-FILE-007", "commas"),
        ("HOSPCODE\tPID\tSEQ\tDATE_SERV", "SKL-FILE-007", "tabs"),
        ("10953|1|2", "SKL-FILE-006", "3 columns fit no version"),
        ("<html><body>404</body></html>", "SKL-FILE-006", "neither a header nor a row"),
        ("INSERT INTO person VALUES", "SKL-FILE-006", "neither a header nor a row"),
        ("1095|1|2", "SKL-FILE-006", "neither a header nor a row"),
    ],
)
def test_a_first_line_that_cannot_be_read_is_refused_with_advice(line: str, code: str, says: str) -> None:
    """In Thai and English, without a value from the data."""
    with pytest.raises(FileRefused) as refused:
        read_layout(line, FILES["SERVICE"])
    assert refused.value.code == code
    assert says in refused.value.en
    assert "SERVICE" in refused.value.th
