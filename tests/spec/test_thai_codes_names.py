"""Names as Thai registers write them, made comparable; all people are made up."""

from __future__ import annotations

import pytest

from suksala.standards.thai_codes import Newborn, PersonName, folded, names, sort_key


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("น\u0e4d\u0e49าทิพย์", "น้ำทิพย์"),  # nikhahit, tone, aa
        ("น\u0e49\u0e4dาทิพย์", "น้ำทิพย์"),  # tone, nikhahit, aa
        ("น\u0e33\u0e49ทิพย์", "น้ำทิพย์"),  # tone after am
        ("น\u0e4dา\u0e49ทิพย์", "น้ำทิพย์"),  # nikhahit, aa, tone
        ("ค\u0e4dา", "คำ"),
        ("เเสงดาว", "แสงดาว"),  # two e for ae
        ("ก\u0e48ี", "กี่"),  # tone before its vowel
        ("ดีี", "ดี"),  # a sign typed twice
        ("ปี\u0e48\u0e48", "ปี่"),
        ("สม\u200bชาย\ufeff", "สมชาย"),  # zero-width blank, byte order mark
        ("\u202aสมชาย\u202c", "สมชาย"),  # writing-direction marks
        ("ส.ม.", "สม"),
        ("  สม   ชาย\u00a0ใจ ", "สม ชาย ใจ"),
        ("บ้าน ๑๒", "บ้าน 12"),
        ("Mc Donald", "MC DONALD"),
        ("\uf70bา", "\u0e49า"),  # a tone glyph of an old font
        ("", ""),
    ],
)
def test_one_spelling_for_what_looks_the_same(written: str, plain: str) -> None:
    """And saying it twice changes nothing."""
    assert names.normalise(written) == plain
    assert names.normalise(plain) == plain


@pytest.mark.parametrize(
    ("written", "title"),
    [
        ("001", "เด็กชาย"),
        ("003", "นาย"),
        ("ด.ช.", "เด็กชาย"),
        ("ด.ญ.", "เด็กหญิง"),
        ("น.ส.", "นางสาว"),
        ("นางสาว", "นางสาว"),
        ("Mr.", "นาย"),
        ("MISS", "นางสาว"),
        ("ท่านผู้เจริญ", "ท่านผู้เจริญ"),  # not in the list: kept as written
        ("", ""),
    ],
)
def test_titles(written: str, title: str) -> None:
    """A PRENAME code, an abbreviation or an English title becomes the full Thai one."""
    assert names.normalise_title(written) == title


@pytest.mark.parametrize(
    ("given", "family", "title", "read"),
    [
        ("สมชาย", "ใจดี", "003", PersonName("สมชาย", "ใจดี", "นาย")),
        ("นาย สมชาย", "ใจดี", "", PersonName("สมชาย", "ใจดี", "นาย")),  # title and a blank
        ("นายสมชาย", "ใจดี", "003", PersonName("สมชาย", "ใจดี", "นาย")),  # glued, and the title field says so
        ("นางสาวสมศรี", "ใจดี", "น.ส.", PersonName("สมศรี", "ใจดี", "นางสาว")),
        # glued without proof: a given name may begin so; both readings are kept
        ("นางสมศรี", "ใจดี", "", PersonName("นางสมศรี", "ใจดี", None, ("สมศรี",))),
        ("นายิกา", "ใจดี", "003", PersonName("นายิกา", "ใจดี", "นาย")),  # a vowel cannot begin a name
        ("ด.ช. ก้อง", "ใจดี", "001", PersonName("ก้อง", "ใจดี", "เด็กชาย")),
        ("Mr. John", "Smith", "", PersonName("JOHN", "SMITH", "นาย")),
        ("สมชาย ใจดี", "", "003", PersonName("สมชาย", "ใจดี", "นาย", ("สมชาย ใจดี",))),  # both in one field
        ("MIN HTET AUNG", "-", "003", PersonName("MIN HTET AUNG", None, "นาย")),  # no family name
        ("MIN HTET", ".", "", PersonName("MIN HTET", None, None)),  # the same, written otherwise
        ("MIN", ".", "", PersonName("MIN", None, None)),
        ("-", "-", "", PersonName(None, None, None)),
        ("นาง", "ใจดี", "", PersonName("นาง", "ใจดี", None)),  # a title alone is taken for a name
        ("บุตรศรี", "ใจดี", "", PersonName("บุตรศรี", "ใจดี", None)),  # a real kind of name, no placeholder
    ],
)
def test_reading_a_name(given: str, family: str, title: str, read: PersonName) -> None:
    """Nothing that could be part of a name is dropped."""
    assert names.read_name(given, family, title) == read


@pytest.mark.parametrize(
    ("given", "family", "newborn"),
    [
        ("บุตร นางมาลี", "ใจดี", Newborn("มาลี", "ใจดี", None)),
        ("บุตรนางสาวมาลี", "ใจดี", Newborn("มาลี", "ใจดี", None)),
        ("บุตร น.ส.มาลี ใจดี", "", Newborn("มาลี", "ใจดี", None)),
        ("บุตรนางมาลี คนที่ 2", "ใจดี", Newborn("มาลี", "ใจดี", 2)),
        ("ทารก นางมาลี แฝด 1", "ใจดี", Newborn("มาลี", "ใจดี", 1)),
        ("ทารก", "", Newborn(None, None, None)),
        ("ด.ช.ทารก นางมาลี", "ใจดี", Newborn("มาลี", "ใจดี", None)),
        ("BABY OF MALEE A", "JAIDEE", Newborn("MALEE", "JAIDEE", 1)),
        ("Baby boy of Mrs. Malee", "Jaidee", Newborn("MALEE", "JAIDEE", None)),
        ("B/O MALEE (2)", "", Newborn("MALEE", None, 2)),
    ],
)
def test_a_newborns_placeholder_is_no_name(given: str, family: str, newborn: Newborn) -> None:
    """It names the mother, and tells twins apart."""
    read = names.read_name(given, family)
    assert read.newborn == newborn
    assert read.given is None


def test_the_short_forms_of_one_field() -> None:
    """For callers that want one string."""
    assert names.normalise_given("นายสมชาย", "003") == "สมชาย"
    assert names.normalise_given("บุตร นางมาลี") == ""
    assert (names.normalise_family(" ใจดี "), names.normalise_family("."), names.normalise_family("-")) == (
        "ใจดี",
        "",
        "",
    )


def test_thai_order() -> None:
    """By consonant; a leading vowel is read after it; tones decide last. Plain string order would be wrong."""
    right = [
        "123",
        "Anna",
        "Zoo",
        "กก",
        "กา",
        "ก่า",
        "ก้า",
        "กี่",
        "เก็บ",
        "เก่ง",
        "เกา",
        "เก้า",
        "แก",
        "โก",
        "ใกล้",
        "ไก",
        "ไก่",
        "ขา",
        "เขา",
    ]
    shuffled = sorted(right)
    assert shuffled != right
    assert sorted(shuffled, key=sort_key) == sorted(right, key=sort_key)
    assert sorted(["กา", "ขา", "เกา", "แก"], key=sort_key) == ["กา", "เกา", "แก", "ขา"]
    assert sorted(["ก้า", "กา", "ก๋า", "ก่า", "ก๊า"], key=sort_key) == ["กา", "ก่า", "ก้า", "ก๊า", "ก๋า"]
    assert sorted(["ไก่", "ไก", "ไก้"], key=sort_key) == ["ไก", "ไก่", "ไก้"]


def test_a_sort_key_can_stand_in_a_database() -> None:
    """PostgreSQL text holds no NUL; punctuation and case do not count."""
    assert "\x00" not in sort_key("ก\x00า")
    assert sort_key("(สมชาย)") == sort_key("สมชาย")
    assert sort_key("ANNA") == sort_key("anna")


@pytest.mark.parametrize(
    ("written", "searched"),
    [("น้ำทิพย์", "นำทิพย"), ("José", "jose"), ("สม-ชาย  ใจ", "สม ชาย ใจ"), ("ก็", "ก"), ("๑๒", "12"), ("", "")],
)
def test_a_search_key_forgives_tones_signs_and_case(written: str, searched: str) -> None:
    """Whoever searches may leave out a tone mark."""
    assert folded(written) == searched
