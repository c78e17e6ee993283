"""Laws of the standards: what is printed is read back, and reading never fails in a way nobody planned."""

from __future__ import annotations

import io
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from suksala.standards.file43 import FILES, FileRefused, FileSpec, file_named, read_layout, transcode, zip_name
from suksala.standards.thai_codes import (
    Fault,
    addresses,
    citizen_number,
    dates,
    fiscal_year,
    folded,
    names,
    period,
    quarter,
    quarter_end,
    sort_key,
)

specs = st.sampled_from(list(FILES.values()))
days = st.dates(date(1850, 1, 1), date(2399, 12, 31))
thai = st.text(st.characters(codec="cp874", exclude_characters="\r\n\t\x0b\x0c", exclude_categories=["Cc"]))
# Signs that combine, come in two orders, or were written twice by old programs.
TRICKY = "กนเแาำ\u0e4d\u0e48\u0e49\u0e31\u0e35\u0e47\u0e38\u0e4c. \u200b๑aÉe\u0301\uf70b"
numbers = st.builds(citizen_number.synthetic, st.integers(0, 10**9 - 1), st.integers(0, 8))


@given(specs, st.randoms(use_true_random=False), st.data())
def test_a_header_is_read_in_any_order_and_case(spec: FileSpec, shuffle, data: st.DataObject) -> None:  # type: ignore[no-untyped-def]  # random.Random of hypothesis
    """Every column finds its field, whatever stands beside it."""
    written = list(spec.names)
    shuffle.shuffle(written)
    cells = [data.draw(st.sampled_from([name, name.lower(), f" {name} "])) for name in written]
    layout = read_layout("|".join(cells), spec)
    assert [f.name for f in layout.columns if f] == written
    assert layout.missing == ()


@given(
    specs, st.sampled_from(["", "_10953_20261101", "_10953_20261101103000"]), st.sampled_from([str.upper, str.lower])
)
def test_a_file_is_known_by_its_name(spec: FileSpec, suffix: str, case) -> None:  # type: ignore[no-untyped-def]  # a method of str
    """No file's name is another's with a suffix."""
    assert file_named(case(f"F43_10953/{spec.name}{suffix}.txt")) is spec


@given(st.text())
def test_no_name_breaks_the_readers_of_names(name: str) -> None:
    """A zip may hold any name."""
    assert file_named(name) is None or name
    zip_name(name)


@given(st.lists(thai, min_size=1), st.sampled_from(["\r\n", "\n", "\r"]))
def test_tis620_and_utf8_of_one_text_are_read_alike(lines: list[str], end: str) -> None:
    """Unless the text has only pairs that are valid in both, when UTF-8 is taken."""
    text = end.join(lines) + end
    if text.count("เธ") + text.count("เน") >= 20:
        return  # nobody's text; refused as converted twice
    out = io.BytesIO()
    transcode(io.BytesIO(text.encode("utf-8")), out)
    assert out.getvalue().decode("utf-8") == "\n".join(lines) + "\n"
    legacy = io.BytesIO()
    try:
        found = transcode(io.BytesIO(text.encode("cp874")), legacy)
    except FileRefused as refused:
        assert refused.code == "SKL-FILE-002"  # noqa: PT017  # made of เธ and เน alone, as damaged UTF-8 is
        return
    if found.name == "cp874":
        assert legacy.getvalue() == out.getvalue()


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    """What is written is valid UTF-8 of whole lines, and reading it again changes nothing."""
    out = io.BytesIO()
    try:
        found = transcode(io.BytesIO(data), out)
    except FileRefused:
        return
    text = out.getvalue().decode("utf-8")
    assert text.count("\n") == found.lines
    assert not text or text.endswith("\n")
    assert "\x00" not in text
    again = io.BytesIO()
    transcode(io.BytesIO(out.getvalue()), again)
    assert again.getvalue().decode("utf-8").lstrip("\ufeff") == text.lstrip("\ufeff")


@given(days)
def test_a_date_that_is_printed_is_read(day: date) -> None:
    """And the same date in Buddhist years is suggested, never taken."""
    assert dates.parse_date(f"{day:%Y%m%d}") == day
    buddhist = dates.parse_date(f"{day.year + 543}{day:%m%d}")
    if day.year + 543 > 2400:
        assert buddhist == Fault("buddhist-year", "buddhist-year", day)


@given(st.text())
def test_any_text_is_a_date_or_a_fault(text: str) -> None:
    """No exception, whatever stands in the cell."""
    assert isinstance(dates.parse_date(text), date | Fault | None)
    assert isinstance(dates.parse_datetime(text), date | Fault | None)


@given(st.dates(date(1957, 1, 1), date(2056, 9, 30)))
def test_every_day_lies_in_its_periods(day: date) -> None:
    """Year, quarter and month hold the day; their texts are read back."""
    year, q = quarter(day)
    assert year == fiscal_year(day)
    for text in (str(year), f"{year}Q{q}", str(dates.month_of(day))):
        found = period(text)
        assert found.start <= day <= found.end
        assert (str(found), found.fiscal_year) == (text, year)
    assert period(f"{year}Q{q}").end == quarter_end(year, q)


@given(numbers)
def test_made_up_numbers(number: str) -> None:
    """Valid, of the range, and never taken for a placeholder."""
    assert citizen_number.is_valid(number)
    assert citizen_number.is_synthetic(number)
    assert citizen_number.classify(number).cls.value == ("T2" if number[0] in "067" else "T1")


@given(st.text() | st.text(TRICKY, max_size=12))
def test_normalising_twice_is_normalising_once(text: str) -> None:
    """For names and for the search key."""
    once = names.normalise(text)
    assert names.normalise(once) == once
    assert folded(folded(text)) == folded(text)


@given(st.text(), st.text(), st.text())
def test_any_name_is_read(given_name: str, family: str, title: str) -> None:
    """No exception; a title is never left over as an empty name."""
    read = names.read_name(given_name, family, title)
    assert "" not in {read.given, read.family, read.title}


@given(st.lists(thai))
def test_sort_keys_hold_no_nul(texts: list[str]) -> None:
    """PostgreSQL would refuse it."""
    assert not any("\x00" in sort_key(text) for text in texts)


@given(st.integers(1, 359).filter(lambda n: n != 99))
def test_village_numbers_go_there_and_back(number: int) -> None:
    """Two characters each."""
    assert addresses.village_number(addresses.village_code(number)) == number
