"""What senders really send, and the answer each gets (issue: bad input; requirements S2.48, X6).

Every refusal is a numbered reason in Thai and English that says what to do, and everything else of the deposit goes in.
"""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from suksala import identity, ingest, lake
from tests.deposits import HOSPITAL, OTHER, ZIP_NAME, file_of, found, register, row, send, text, zipped

pytestmark = pytest.mark.django_db

PERSON = text("PERSON", {})


@pytest.fixture(autouse=True)
def facilities(data_dir: Path, tmp_path: Path) -> None:
    """Two registered facilities and an empty lake."""
    lake.forget()
    register(tmp_path)


def rows_of(file: str, hospcode: str = HOSPITAL) -> list[dict[str, object]]:
    """What the lake holds."""
    return lake.rows(file, hospcode).read_all().to_pylist()


def nothing_happened() -> bool:
    """No row, no person."""
    return rows_of("PERSON") == [] and rows_of("SERVICE") == [] and identity.memberships().num_rows == 0


@pytest.mark.parametrize(
    ("body", "code", "says"),
    [
        (b"", "SKL-ZIP-001", "empty"),
        (zipped({}), "SKL-ZIP-004", "no file"),
        (b"Rar!\x1a\x07\x00 and so on", "SKL-ZIP-002", "RAR"),
        (b"<html><body>502 Bad Gateway</body></html>", "SKL-ZIP-002", "HTML"),
        (PERSON.encode(), "SKL-ZIP-002", "text"),
        (zipped({"PERSON.txt": PERSON})[:-30], "SKL-ZIP-003", "cut off"),
        (zipped({"report.docx": b"x" * 100}), "SKL-DEP-002", "None of the 43 files"),
        (zipped({"inner.zip": zipped({"PERSON.txt": PERSON})}), "SKL-ZIP-008", "inner"),
        (zipped({"PERSON.txt": PERSON, "person.TXT": PERSON}), "SKL-ZIP-011", "same file"),
        (zipped({"PERSON.txt": PERSON, "f/PERSON.txt": PERSON}), "SKL-ZIP-011", "same file"),
    ],
    ids=["0-bytes", "0-entries", "rar", "error-page", "txt", "truncated", "not-ours", "nested", "case", "folder"],
)
def test_a_zip_that_is_none_is_refused_whole(body: bytes, code: str, says: str) -> None:
    """The answer names the fault and what to do; nothing was taken in."""
    receipt = send(body)
    assert (receipt.deposit.state, receipt.deposit.code) == ("refused", code)
    assert says in receipt.deposit.en
    assert receipt.deposit.th
    assert nothing_happened()


def test_an_unknown_facility_is_refused_whole() -> None:
    """99999 is in no registry; registering it later and sending the same bytes again is enough."""
    body = zipped({"PERSON.txt": text("PERSON", {"HOSPCODE": "99999"})})
    receipt = send(body, "F43_99999_20261101090000.zip")
    assert receipt.deposit.code == "SKL-DEP-001"
    assert "99999" in receipt.deposit.th
    assert nothing_happened()
    again = ingest.receive(io.BytesIO(body), file_name="F43_99999_20261101090000.zip", sender=HOSPITAL)
    assert (again.id, again.repeated, again.state) == (receipt.deposit.id, True, "received")


def test_who_sends_when_the_name_does_not_say() -> None:
    """The rows' one HOSPCODE; when they do not agree, nobody guesses."""
    assert send({"PERSON.txt": PERSON}, "upload.zip").deposit.hospcode == HOSPITAL
    mixed = {"PERSON.txt": text("PERSON", {"PID": "2"}), "SERVICE.txt": text("SERVICE", {"HOSPCODE": OTHER})}
    assert send(mixed, "upload.zip").deposit.code == "SKL-DEP-003"
    assert send(mixed, "again.zip", sender=HOSPITAL).deposit.hospcode == HOSPITAL


def test_a_zip_refused_for_its_name_is_taken_in_under_a_better_one() -> None:
    """SKL-DEP-003 says to rename it; sender and export time are those of the new name, the bytes are one deposit."""
    mixed = {"PERSON.txt": text("PERSON", {"PID": "2"}), "SERVICE.txt": text("SERVICE", {"HOSPCODE": OTHER})}
    body = zipped(mixed)
    refused = send(body, "upload.zip").deposit
    assert (refused.code, refused.exported_at) == ("SKL-DEP-003", None)
    renamed = send(body, ZIP_NAME).deposit
    assert (renamed.id, renamed.state, renamed.code) == (refused.id, "applied", "")
    assert (renamed.file_name, renamed.hospcode) == (ZIP_NAME, HOSPITAL)
    assert str(renamed.exported_at) == "2026-11-01 09:00:00"


def test_a_zip_that_was_refused_under_another_facilitys_name_is_not_that_facilitys_any_more() -> None:
    """Every file was unreadable, so the sender was known; under the new name it is asked for anew."""
    body = zipped({"PERSON.txt": "A|B\r\n1|2\r\n"})
    first = send(body, ZIP_NAME).deposit
    assert (first.code, first.hospcode) == ("SKL-DEP-004", HOSPITAL)
    ingest.receive(io.BytesIO(body), file_name=ZIP_NAME.replace(HOSPITAL, OTHER))
    assert ingest.receipt(first.id).deposit.sender is None
    assert ingest.apply(first.id).deposit.hospcode == OTHER


def test_bytes_without_a_name_keep_the_one_they_had() -> None:
    """A stream that tells no name takes none away."""
    send(b"", ZIP_NAME)
    assert send(b"", "").deposit.file_name == ZIP_NAME


def test_who_was_named_first_stays_the_sender() -> None:
    """Bytes that were refused do not change hands when another facility sends them; a list of each tells its own."""
    first = send(b"Rar!\x1a\x07\x00 and so on", sender=HOSPITAL).deposit
    again = send(b"Rar!\x1a\x07\x00 and so on", sender=OTHER).deposit
    assert (again.id, again.hospcode, again.sender) == (first.id, None, HOSPITAL)
    assert [d.id for d in ingest.deposits(hospcode=HOSPITAL)] == [first.id]
    assert ingest.deposits(hospcode=OTHER) == []


def test_a_sender_named_at_the_second_try_is_taken() -> None:
    """Nobody was named the first time."""
    send(b"Rar!\x1a\x07\x00 and so on")
    assert send(b"Rar!\x1a\x07\x00 and so on", sender=OTHER).deposit.sender == OTHER


def test_a_sender_that_is_no_code_is_refused_before_anything_is_kept() -> None:
    """`--sender` is a facility code or an error."""
    with pytest.raises(ingest.DepositRefused) as refused:
        ingest.receive(io.BytesIO(zipped({"PERSON.txt": PERSON})), file_name="x.zip", sender="99901; DROP")
    assert refused.value.code == "SKL-DEP-009"
    assert ingest.deposits() == []


def test_an_unknown_file_is_left_out_and_the_rest_goes_in() -> None:
    """DRUG_OLD.txt is none of the 43 files."""
    receipt = send({"PERSON.txt": PERSON, "DRUG_OLD.txt": "A|B\r\n1|2\r\n"})
    assert receipt.deposit.state == "applied"
    stranger = next(f for f in receipt.files if f.entry == "DRUG_OLD.txt")
    assert (stranger.state, stranger.code) == ("ignored", "SKL-FILE-011")
    assert len(rows_of("PERSON")) == 1


def test_a_file_without_a_header_is_read_by_position() -> None:
    """The number of columns tells the version; line 1 is a row."""
    receipt = send({"PERSON.txt": row("PERSON") + "\r\n" + row("PERSON", PID="000002", BIRTH="19600230") + "\r\n"})
    person = file_of(receipt, "PERSON")
    assert (person.has_header, person.read, person.accepted) == (False, 2, 2)
    assert found(receipt, "PERSON")["PERSON.BIRTH.date"] == (1, [2])
    assert [r["_line"] for r in rows_of("PERSON")] == [1, 2]


def test_a_file_whose_layout_nobody_knows_is_set_aside_and_the_rest_goes_in() -> None:
    """Three columns and no header fit no version."""
    receipt = send({"PERSON.txt": PERSON, "SERVICE.txt": f"{HOSPITAL}|1|2\r\n"})
    service = file_of(receipt, "SERVICE")
    assert (service.state, service.code) == ("set-aside", "SKL-FILE-006")
    assert len(rows_of("PERSON")) == 1


def test_a_file_without_its_key_is_set_aside() -> None:
    """Without SEQ no visit can be told from another; without D_UPDATE no row is newer."""
    no_key = text("SERVICE", {}, columns=["HOSPCODE", "PID", "DATE_SERV", "D_UPDATE"])
    no_moment = text("LABFU", {}, columns=["HOSPCODE", "PID", "DATE_SERV", "LABTEST", "LABRESULT"])
    receipt = send({"PERSON.txt": PERSON, "SERVICE.txt": no_key, "LABFU.txt": no_moment})
    assert file_of(receipt, "SERVICE").code == "SKL-FILE-012"
    assert "SEQ" in file_of(receipt, "SERVICE").en
    assert file_of(receipt, "LABFU").code == "SKL-FILE-013"
    assert rows_of("SERVICE") == []


def test_thai_in_the_old_encoding_is_read_like_the_new() -> None:
    """TIS-620 (cp874) and UTF-8 with a byte order mark give the same row."""
    old = send({"PERSON.txt": PERSON.encode("cp874")})
    assert file_of(old, "PERSON").encoding == "cp874"
    before = rows_of("PERSON")
    new = send({"PERSON.txt": PERSON.encode("utf-8-sig")})
    assert file_of(new, "PERSON").encoding == "utf-8-sig"
    assert (before[0]["name"], file_of(new, "PERSON").unchanged) == ("มะลิ", 1)


def test_buddhist_years() -> None:
    """In a required or key date the row waits; in any other the field is left empty and the row goes in."""
    people = text("PERSON", {"PID": "1", "BIRTH": "25030501"}, {"PID": "2", "MOVEIN": "25600101"}, {"PID": "3"})
    visits = text("SERVICE", {"DATE_SERV": "25691001"}, {"SEQ": "2", "D_UPDATE": "25691001120000"})
    receipt = send({"PERSON.txt": people, "SERVICE.txt": visits})
    assert found(receipt, "PERSON") == {
        "PERSON.BIRTH.buddhist-year": (1, [2]),
        "PERSON.MOVEIN.buddhist-year": (1, [3]),
    }
    assert [(r["pid"], r["movein"]) for r in rows_of("PERSON")] == [("2", None), ("3", None)]
    assert rows_of("SERVICE") == []
    assert {r.rules for r in ingest.refused_rows(receipt.deposit.id, "SERVICE")} == {
        ("SERVICE.DATE_SERV.buddhist-year",),
        ("SERVICE.D_UPDATE.buddhist-year",),
    }


def test_a_broken_row_waits_and_its_neighbours_keep_their_lines() -> None:
    """A | and a line break inside a value break a row in two; blank lines are no rows; lines stay the sender's."""
    good = text("PERSON", {"PID": "1"}, {"PID": "2"}).rstrip("\r\n").split("\r\n")
    cut = row("PERSON", PID="3").replace("ใจดี", "ใจ\r\nดี")
    lines = [*good[:2], row("PERSON", PID="4", NAME="มะ|ลิ"), "", cut, good[2], ""]
    receipt = send({"PERSON.txt": "\r\n".join(lines)})
    person = file_of(receipt, "PERSON")
    assert (person.read, person.accepted, person.refused) == (5, 2, 3)
    assert found(receipt, "PERSON") == {"PERSON.*.columns": (3, [3, 5, 6])}
    assert [(r["pid"], r["_line"]) for r in rows_of("PERSON")] == [("1", 2), ("2", 7)]
    kept = list(ingest.refused_rows(receipt.deposit.id, "PERSON"))
    assert [(r.line, r.rules) for r in kept] == [(n, ("PERSON.*.columns",)) for n in (3, 5, 6)]
    assert "มะ|ลิ" in kept[0].raw


def test_most_rows_broken_means_another_delimiter_somewhere() -> None:
    """Then the file waits whole, with one reason, and nothing of it goes in."""
    receipt = send({"PERSON.txt": PERSON, "SERVICE.txt": text("SERVICE") + "\r\n".join(["99901|1|2"] * 30)})
    assert file_of(receipt, "SERVICE").code == "SKL-FILE-014"
    assert rows_of("SERVICE") == []


@pytest.mark.parametrize(
    "typed_in", ["ปกติ", "120 mmHg", "๑๒๐", "1e2", "1_20", "0x78", "120.5", "1,200", "+120", "-120"]
)
def test_a_text_in_a_number_empties_the_field_and_keeps_the_visit(typed_in: str) -> None:
    """An SBP that says "normal" is no reason to lose the visit; Thai digits are text here."""
    receipt = send({"SERVICE.txt": text("SERVICE", {"SBP": typed_in, "DBP": "80"})})
    (visit,) = rows_of("SERVICE")
    assert (visit["sbp"], visit["dbp"]) == (None, 80)
    assert found(receipt, "SERVICE")["SERVICE.SBP.type"] == (1, [2])
    assert visit["_errs"] & (1 << 17) == 1 << 17  # SBP is field 18 of SERVICE


def test_rows_of_another_facility_wait() -> None:
    """HOSPCODE must be the sender's; the other rows go in."""
    receipt = send({"PERSON.txt": text("PERSON", {}, {"PID": "2", "HOSPCODE": OTHER}, {"PID": "3", "HOSPCODE": ""})})
    assert found(receipt, "PERSON") == {"PERSON.HOSPCODE.hospcode": (2, [3, 4])}
    assert [r["pid"] for r in rows_of("PERSON")] == ["000001"]
    assert rows_of("PERSON", OTHER) == []


def test_rows_without_a_person_are_kept_and_counted() -> None:
    """An orphan visit is a visit; the PERSON row may come tomorrow."""
    receipt = send({"PERSON.txt": PERSON, "SERVICE.txt": text("SERVICE", {}, {"PID": "777", "SEQ": "2"})})
    service = file_of(receipt, "SERVICE")
    assert (service.accepted, service.orphans) == (2, 1)
    assert found(receipt, "SERVICE")["SERVICE.PID.orphan"] == (1, [3])


def test_a_clock_that_runs_ahead_does_not_win_for_ever() -> None:
    """A D_UPDATE after the day of receipt would beat every later correction (reliability R11): the row waits."""
    receipt = send({"PERSON.txt": text("PERSON", {"D_UPDATE": "23991231235959"})})
    assert "PERSON.D_UPDATE.future" in found(receipt, "PERSON")
    assert rows_of("PERSON") == []


def test_the_same_bytes_are_the_same_deposit() -> None:
    """Sent twice, counted once, and the answer says so."""
    body = zipped({"PERSON.txt": PERSON})
    first = send(body)
    again = ingest.receive(io.BytesIO(body), file_name="renamed.zip")
    assert (again.id, again.repeated, again.state) == (first.deposit.id, True, "applied")
    assert len(ingest.deposits()) == 1


def test_a_name_with_folders_is_only_a_name(tmp_path: Path) -> None:
    """Nothing is written where a name points."""
    receipt = send({"PERSON.txt": PERSON}, "../../evil/" + ZIP_NAME)
    assert receipt.deposit.file_name == ZIP_NAME
    assert not list(tmp_path.rglob("evil"))
