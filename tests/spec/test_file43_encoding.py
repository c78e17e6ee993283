"""Bytes of a sender to UTF-8, or a refusal that says what to do. One decision for a whole file."""

from __future__ import annotations

import io

import pytest

from suksala.standards.file43 import Encoding, FileRefused, detect_encoding, transcode
from suksala.standards.file43.transcoding import BLOCK

ROW = "10953|000001|สมชาย|ใจดี|กรุงเทพฯ"


def read(data: bytes) -> tuple[str, Encoding]:
    """The text that is read from these bytes."""
    out = io.BytesIO()
    found = transcode(io.BytesIO(data), out)
    return out.getvalue().decode("utf-8"), found


def refusal(data: bytes) -> FileRefused:
    """Why these bytes are refused."""
    with pytest.raises(FileRefused) as refused:
        read(data)
    return refused.value


@pytest.mark.parametrize("name", ["utf-8", "utf-8-sig", "cp874"])
@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
def test_every_encoding_and_line_end_gives_the_same_text(name: str, line_end: str) -> None:
    """CRLF, LF and CR are one line end; a byte order mark is dropped."""
    text, found = read((ROW + line_end + ROW + line_end).encode(name))
    assert text == f"{ROW}\n{ROW}\n"
    assert (found.name, found.lines, found.removed, found.ascii) == (name, 2, 0, False)


def test_a_last_line_without_an_end_is_ended() -> None:
    """So that lines can be counted by their ends."""
    assert read(b"a\nb") == ("a\nb\n", Encoding("utf-8", 2, 0, ascii=True))
    assert read(b"") == ("", Encoding("utf-8", 0, 0, ascii=True))


def test_tis620_with_microsofts_additions() -> None:
    """Bytes 85 and 91 to 97 are dots and quotes, A0 a no-break blank; tis_620 reads some as controls."""
    text, found = read("๙๙/๑ ซ.“สุขใจ” – …".encode("cp874") + b"\xa0x\n")
    assert text == "๙๙/๑ ซ.“สุขใจ” – …\u00a0x\n"
    assert found.name == "cp874"


def test_the_whole_file_decides() -> None:
    """806 pairs of Thai letters in TIS-620 are valid UTF-8; one line that is not settles it, even the last."""
    line = "ยก\n".encode("cp874")  # C2 A1: valid UTF-8 too
    assert read(line)[1].name == "utf-8"
    text, found = read(line * 200_000 + "สมชาย\n".encode("cp874"))
    assert found.name == "cp874"
    assert text.startswith("ยก\nยก\n")
    assert text.endswith("สมชาย\n")
    assert found.lines == 200_001


def test_utf8_with_a_damaged_letter_is_refused_and_not_read_as_tis620() -> None:
    """The bytes of many Thai letters are valid in both: reading on would give เธ—เธ” for every name."""
    whole = "นาม|ประเทศ\n".encode()
    refused = refusal(whole * 10 + whole[:-2] + b"\n")
    assert refused.code == "SKL-FILE-002"
    assert "UTF-8" in refused.th
    assert refusal((ROW + "\n").encode() * 10 + "ทดสอบ\n".encode("cp874")).code == "SKL-FILE-002"


def test_bytes_of_no_thai_encoding_are_refused() -> None:
    """FC to FF are nothing in CP874 and nothing in UTF-8."""
    refused = refusal("สมชาย".encode("cp874") + b"\xff\n")
    assert refused.code == "SKL-FILE-003"
    assert "สมชาย" not in str(refused)


def test_letters_converted_twice_are_refused_and_a_real_word_is_not() -> None:
    """สมชาย has become เธชเธกเธ...; เธอ and เนย are words, and twenty of them in a text of names are no proof."""
    twice = (ROW + "\n").encode().decode("tis_620", "replace").replace("\ufffd", "?").encode()
    refused = refusal(twice * 5)
    assert refused.code == "SKL-FILE-009"
    assert read(f"{ROW}|เธอ|เนย\n".encode() * 50)[1].name == "utf-8"


@pytest.mark.parametrize("name", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
def test_utf16_is_named_as_notepad_names_it(name: str) -> None:
    """With and without a mark; the advice is how to save it again."""
    refused = refusal(("HOSPCODE|PID|NAME\r\n10953|1|x\r\n" * 20).encode(name))
    assert refused.code == "SKL-FILE-001"
    assert "Notepad" in refused.en


@pytest.mark.parametrize(("magic", "kind"), [(b"PK\x03\x04", "xlsx"), (b"\xd0\xcf\x11\xe0", "xls"), (b"%PDF", "PDF")])
def test_another_kind_of_file_under_the_name_of_a_text(magic: bytes, kind: str) -> None:
    """An Excel sheet saved as PERSON.txt by renaming."""
    refused = refusal(magic + b"rest of it")
    assert refused.code == "SKL-FILE-004"
    assert kind in refused.en


def test_control_characters_are_removed_and_counted() -> None:
    """NUL breaks PostgreSQL; VT and FF are old soft line breaks and become a blank; TAB stays."""
    text, found = read(b"10953|A\x00B|C\x0bD|E\tF|G\x1a\x7f\r\n")
    assert text == "10953|AB|C D|E\tF|G\n"
    assert found.removed == 3


def test_a_line_without_end_is_refused_before_it_fills_the_memory() -> None:
    """Up to one block is read as a line."""
    assert read(b"x" * (BLOCK - 1))[1].lines == 1
    assert refusal(b"x" * (2 * BLOCK + 1)).code == "SKL-FILE-005"


@pytest.mark.parametrize("offset", [-2, -1, 0, 1])
def test_nothing_is_cut_at_the_seam_of_two_blocks(offset: int) -> None:
    """A Thai letter of three bytes and a CR LF across the place where one read ends."""
    head = b"x" * 100 + b"\n"
    filler = head * (BLOCK // len(head))
    filler += b"y" * (BLOCK - len(filler) + offset)
    for seam in ("ก\r\n", "\r\n", "\r"):
        text, _ = read(filler + seam.encode() + "ข\n".encode())
        assert text == filler.decode() + seam.replace("\r\n", "\n").replace("\r", "\n") + "ข\n"


def test_every_write_holds_whole_lines() -> None:
    """So that a reader can look at the lines while they pass."""
    pieces: list[bytes] = []

    class Target(io.BytesIO):
        def write(self, data: bytes, /) -> int:  # type: ignore[override]  # only bytes are written here
            pieces.append(data)
            return len(data)

    transcode(io.BytesIO(b"a|b\r\n" * 400_000 + b"last\x1a"), Target())
    assert len(pieces) > 1
    assert all(piece.endswith(b"\n") for piece in pieces)
    assert b"".join(pieces).endswith(b"a|b\nlast\n")


def test_detecting_says_what_transcoding_would_do() -> None:
    """Without writing anything."""
    assert detect_encoding(io.BytesIO((ROW + "\r\n").encode("cp874"))) == Encoding("cp874", 1, 0, ascii=False)
    assert detect_encoding(io.BytesIO(b"a\n")) == Encoding("utf-8", 1, 0, ascii=True)


def test_what_stood_before_in_the_target_stays() -> None:
    """A second try rewinds to where the first began, not to the start of the stream."""
    out = io.BytesIO(b"kept:")
    out.seek(5)
    transcode(io.BytesIO("ก\nสมชาย\n".encode("cp874")), out)
    assert out.getvalue().decode() == "kept:ก\nสมชาย\n"
