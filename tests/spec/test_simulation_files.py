"""Made-up zips are what hospitals send: every row obeys the standard, except the rows that truth/ names."""

from __future__ import annotations

import zipfile
from collections import Counter
from pathlib import Path

import pytest

from suksala import simulation
from suksala.standards import file43
from suksala.standards.thai_codes import citizen_number
from tests.spec.simulation_receiver import Received, decoded, listed, receive, truth

# kinds that leave a row within the rules of one row: only another row, or a person, shows what is wrong
QUIET = {
    "number-of-12-digits", "missing", "misspelt", "title-glued", "encoding-noise", "maiden-name", "year-only",
    "newborn-placeholder", "day-off", "year-off", "swapped", "dummy", "wrong-but-valid", "day-month-swapped",
    "both-in-one", "number-of-mother", "wrong-sex", "wrong-patient", "hospital-issued", "implausible-pressure",
    "orphan", "older-duplicate", "older-in-later-zip", "corrected-in-later-zip",
}  # fmt: skip


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """1,200 people in three districts, seed 7."""
    out = tmp_path_factory.mktemp("districts")
    simulation.simulate(people=1200, districts=3, seed=7, out=out)
    return out


@pytest.fixture(scope="module")
def received(run: Path) -> Received:
    """Every line of every zip."""
    return receive(run / "zips")


def test_all_52_files_are_sent(received: Received) -> None:
    """S0: each file of the standard has at least one row."""
    assert {read.place[1] for read in received.lines} == set(file43.FILES)


def test_only_listed_rows_break_a_rule(run: Path, received: Received) -> None:
    """A wrong number in PERSON goes along into every row of that registration; nothing else is unlisted."""
    injected = listed(run)
    along = {("CID", "check-digit")}
    surprises = [
        (read.place, read.faults) for read in received.lines
        if read.place not in injected and read.faults - (along if read.place[1] != "PERSON" else set())
    ]  # fmt: skip
    assert surprises == []


def test_every_listed_error_can_be_found(run: Path, received: Received) -> None:
    """The line, column and rule that truth/ names are the ones a reader finds."""
    found = {read.place: read.faults for read in received.lines}
    missed = []
    for place, errors in listed(run).items():
        for error in errors:
            rule = error["rule"].rsplit(".", 1)[-1]
            if error["kind"] not in QUIET and (error["column"], rule) not in found[place]:
                missed.append((place, error["kind"]))
    assert missed == []


def test_refused_is_refused_and_nothing_else(run: Path, received: Received) -> None:
    """The verdict of truth/ is what a correct receiver decides, row by row."""
    injected = listed(run)
    wrong = [
        read.place for read in received.lines
        if read.refused != any(error["verdict"] == "refused" for error in injected.get(read.place, []))
    ]  # fmt: skip
    assert wrong == []


def test_how_many_rows_are_wrong(run: Path, received: Received) -> None:
    """0.3 to 0.6 % of rows carry a file error, and every kind of the field notes occurs."""
    kinds = Counter(row["kind"] for row in truth(run, "injected_errors.csv"))
    of_files = {
        "buddhist-year", "text-in-number", "number-of-12-digits", "code-not-in-table", "missing-key", "orphan",
        "missing-required", "stray-delimiter", "older-duplicate", "other-facility", "future-date",
        "implausible-pressure", "bad-d-update",
    }  # fmt: skip
    assert of_files <= set(kinds)
    assert 0.003 < sum(kinds[kind] for kind in of_files) / len(received.lines) < 0.006
    assert {"dummy", "typo", "misspelt", "swapped", "newborn-placeholder", "maiden-name", "title-glued"} <= set(kinds)


def test_orphans_are_the_listed_ones_and_the_refused_people(run: Path, received: Received) -> None:
    """A PID without PERSON row is either injected or belongs to a PERSON row that was refused."""
    known = {(row["HOSPCODE"], row["PID"]) for row in received.standing("PERSON")}
    refused = {
        (r["hospcode"], r["pid"]) for r in truth(run, "registrations.csv") if r["reason"] == "person-row-refused"
    }
    injected = {place for place, errors in listed(run).items() if any(e["kind"] == "orphan" for e in errors)}
    for read in received.lines:
        pid = (read.row.get("HOSPCODE", ""), read.row.get("PID", ""))
        if pid[1] and not read.refused and pid not in known:
            assert pid in refused or read.place in injected, read.place


def test_zips_differ_as_in_the_field(run: Path) -> None:
    """Names, folders, headers, encodings, line ends, versions: each habit is met at least once."""
    seen = set()
    for path in sorted((run / "zips").iterdir()):
        seen.add("buddhist clock" if path.name[10:12] == "25" else "gregorian clock")
        with zipfile.ZipFile(path) as archive:
            entry = next((name for name in archive.namelist() if "person" in name.lower()), None)
            if entry is None:  # nobody changed: a later zip without PERSON
                continue
            raw = archive.read(entry)
        seen.add("folder" if "/" in entry else "no folder")
        seen.add("upper name" if "PERSON.txt" in entry else "suffix" if "person_99" in entry else "lower name")
        seen.add("crlf" if b"\r\n" in raw else "lf")
        seen.add("bom" if raw.startswith(b"\xef\xbb\xbf") else "utf-8" if _is_utf8(raw) else "cp874")
        head = decoded(raw).split("\n")[0].rstrip("\r")
        style = "blank" if head.endswith(" ") else "upper" if head.startswith("HOSPCODE") else "lower"
        seen.add(f"header {style}" if head[:4].upper() == "HOSP" else "no header")
        seen.add(f"{head.count('|') + 1} columns")
    assert seen == {
        "buddhist clock", "gregorian clock", "folder", "no folder", "upper name", "lower name", "suffix", "crlf",
        "lf", "bom", "utf-8", "cp874", "header upper", "header lower", "header blank", "no header",
        "33 columns", "34 columns",
    }  # fmt: skip


def test_no_number_can_belong_to_a_real_person(run: Path, received: Received) -> None:
    """A valid number is of the made-up range, a known dummy, or one a hospital issued; phones are of no operator."""
    for read in received.lines:
        for column in ("CID", "FATHER", "MOTHER", "COUPLE"):
            number = read.row.get(column, "")
            if citizen_number.is_valid(number) and not citizen_number.is_synthetic(number):
                assert citizen_number.is_dummy(number) or number.startswith("099"), column
        assert read.row.get("MOBILE", "")[:3] in {"", "000"}
        assert read.row.get("TELEPHONE", "")[:3] in {"", "000"}
    assert {row["hospcode"][:2] for row in truth(run, "registrations.csv")} == {"99"}


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True
