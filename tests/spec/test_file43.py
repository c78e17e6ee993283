"""The 43-file standard as this platform reads it (requirement S1.34: the record is mapped from the 43 files)."""

from __future__ import annotations

import pytest

from suksala.standards import file43
from suksala.standards.file43 import CODE_TABLES, FILES, VERSIONS, FileSpec, code_table


def spec(name: str) -> FileSpec:
    """A file that must exist."""
    return FILES[name]


def test_there_are_52_files_in_the_order_of_the_standard() -> None:
    """43 at first, 7 referral files in 2.1, DATA_CORRECT and POLICY in 2.2."""
    assert len(FILES) == 52
    assert [f.number for f in FILES.values()] == list(range(1, 53))
    assert [sum(f.since_version == v for f in FILES.values()) for v in ("2.0", "2.1", "2.2")] == [43, 7, 2]
    assert sum(len(f.fields) for f in FILES.values()) == 863


def test_every_file_begins_with_the_senders_code() -> None:
    """HOSPCODE first: a line without a header is known by it."""
    assert {f.fields[0].name for f in FILES.values()} == {"HOSPCODE"}


def test_a_field_says_what_may_stand_in_it() -> None:
    """PERSON.SEX is one character of a closed list; PASSPORT grew from 8 to 20 characters in 2.4.1."""
    sex, passport = spec("PERSON").field("sex"), spec("PERSON").field("PASSPORT")
    assert sex is not None
    assert passport is not None
    assert (sex.type, sex.width, sex.required, sex.code_table, sex.column) == ("char", 1, True, "sex", "sex")
    assert passport.width == 20


@pytest.mark.parametrize(
    ("file", "field", "kind", "width", "scale"),
    [
        ("SERVICE", "BTEMP", "decimal", 4, 1),
        ("SERVICE", "SBP", "num", 3, None),
        ("SERVICE", "DATE_SERV", "date", 8, None),
        ("SERVICE", "D_UPDATE", "datetime", 14, None),
        ("HOME", "OUTDATE", "datetime", 14, None),  # but VILLAGE.OUTDATE is a date
        ("VILLAGE", "OUTDATE", "date", 8, None),
        ("LABFU", "LABRESULT", "char", 255, None),  # text since 2.4
        ("POLICY", "POLICY_DATA", "char", None, None),  # JSON
    ],
)
def test_types_and_widths(file: str, field: str, kind: str, width: int | None, scale: int | None) -> None:
    """Each line is one shape of value."""
    found = spec(file).field(field)
    assert found is not None
    assert (found.type, found.width, found.scale) == (kind, width, scale)


@pytest.mark.parametrize(
    ("file", "key"),
    [
        ("PERSON", "HOSPCODE PID"),
        ("DEATH", "HOSPCODE PID"),  # HOSP9_DEATH of the sheet left out: no v2.4 sender has it
        ("SERVICE", "HOSPCODE PID SEQ"),  # one SEQ, one visit, even when its date is put right
        ("ADMISSION", "HOSPCODE PID AN"),  # one AN, one stay
        ("DIAGNOSIS_OPD", "HOSPCODE PID SEQ DATE_SERV DIAGCODE"),  # DIAGTYPE is not in it
        ("LABFU", "HOSPCODE PID DATE_SERV LABTEST"),  # one row per test per day, SEQ may be blank
        ("CHRONICFU", "HOSPCODE PID DATE_SERV"),
        ("CHRONIC", "HOSPCODE PID DATE_DIAG CHRONIC"),
        ("EPI", "HOSPCODE PID DATE_SERV VACCINETYPE"),
        ("DATA_CORRECT", "HOSPCODE TABLENAME DATA_CORRECT D_UPDATE"),
        ("POLICY", "HOSPCODE POLICY_ID POLICY_YEAR POLICY_DATA"),
        ("REFER_RESULT", "HOSPCODE REFERID_SOURCE HOSP_SOURCE"),
    ],
)
def test_keys_where_sources_differ(file: str, key: str) -> None:
    """Decided once, argued in docs/readings.md."""
    assert " ".join(spec(file).key) == key


def test_every_key_begins_with_the_sender_and_is_required() -> None:
    """A row without its key is nobody's row."""
    for f in FILES.values():
        assert f.key[0] == "HOSPCODE", f.name
        assert [k for k in f.key if not f.fields[f.position(k)].required] == [], f.name
        assert [x.name for x in f.fields if x.is_key] == [x.name for x in f.fields if x.name in f.key], f.name


@pytest.mark.parametrize(
    ("file", "date"),
    [
        ("SERVICE", "DATE_SERV"),
        ("ACCIDENT", "DATETIME_SERV"),
        ("ADMISSION", "DATETIME_ADMIT"),
        ("LABOR", "BDATE"),
        ("POSTNATAL", "PPCARE"),
        ("COMMUNITY_ACTIVITY", "DATE_START"),
        ("PERSON", None),  # a register of the last state belongs to no year
        ("CHRONIC", None),
    ],
)
def test_the_date_that_places_a_row_in_a_fiscal_year(file: str, date: str | None) -> None:
    """R-06."""
    assert spec(file).service_date == date


def test_every_service_date_is_a_date_of_its_own_file() -> None:
    """So that the lake can derive the fiscal year without looking."""
    for f in FILES.values():
        if f.service_date:
            assert f.fields[f.position(f.service_date)].type in {"date", "datetime"}, f.name


def test_columns_of_unsure_birth_lie_between_two_versions() -> None:
    """2.2 and 2.3 cannot be told apart in public sources; a column of either is "2.2-2.3"."""
    telephone = spec("PERSON").field("TELEPHONE")
    assert telephone is not None
    assert telephone.since_version == "2.2-2.3"
    assert {x.since_version for f in FILES.values() for x in f.fields} == set(VERSIONS)


def test_misspellings_of_the_standard_itself_are_understood() -> None:
    """CLINICALVAULE is official, CLINICALVALUE is what programs write."""
    for file, written, official in (
        ("CLINICAL_REFER", "CLINICALVALUE", "CLINICALVAULE"),
        ("ICF", "DATE_SERRV", "DATE_SERV"),
        ("POSTNATAL", "PPPLACE9", "BHOSP9"),
        ("NEWBORN", "LONG", "LENGTH"),
    ):
        found = spec(file).field(written)
        assert found is not None
        assert found.name == official
    assert spec("PERSON").field("SHOE_SIZE") is None
    with pytest.raises(KeyError):
        spec("PERSON").position("SHOE_SIZE")


def test_there_are_136_code_tables_and_every_field_finds_its_own() -> None:
    """What is not a table of the standard is named as a list kept elsewhere."""
    assert len(CODE_TABLES) == 136
    named = {x.code_table for f in FILES.values() for x in f.fields if x.code_table}
    assert named <= set(CODE_TABLES)
    kept_elsewhere = {x.vocabulary for f in FILES.values() for x in f.fields if x.vocabulary}
    assert kept_elsewhere == {"hcode5", "hcode9", "icd10tm", "procedure", "drug"}


def test_labels_in_two_languages() -> None:
    """The language that is missing is read as the other; a code the list does not know stays itself."""
    sex = code_table("sex")
    assert (sex.label("1"), sex.label("2", "en"), sex.label("9")) == ("ชาย", "female", "9")
    assert code_table("accident_urgency").label("1") == "Resuscitation"  # no Thai label is published
    assert code_table("nation").labels["099"] == "ไทย"  # S1.43
    assert code_table("typearea").labels_en["3"] == "lives in the catchment area, registered elsewhere"
    with pytest.raises(KeyError):
        code_table("shoe_size")


@pytest.mark.parametrize(
    ("table", "closed"),
    [
        ("sex", True),
        ("typearea", True),
        ("discharge", True),
        ("typeout", True),
        ("nation", False),  # the ministry adds to it
        ("instype", False),
        ("vaccinetype", False),
        ("labtest", False),
        ("clinic_section", False),  # two of the five digits of a CLINIC
        ("dopa_location", False),  # TAMBON is two digits inside a district
        ("gum", False),  # six digits up to 2.3
    ],
)
def test_only_a_list_known_whole_makes_another_code_a_fault(table: str, closed: bool) -> None:
    """R-07."""
    assert code_table(table).closed is closed


def test_a_closed_list_knows_codes_that_were_withdrawn() -> None:
    """DIAGTYPE 2 and 3 ended for outpatients on 28 April 2568; old rows still carry them."""
    assert {"1", "2", "3"} <= set(code_table("diagtype_opd").labels)
    assert "2" in code_table("diagtype_opd")
    assert "0" not in code_table("diagtype_opd")


def test_the_name_titles_carry_their_full_form_and_sex() -> None:
    """DOPA's list, 504 titles."""
    prename = code_table("prename")
    assert len(prename.labels) == 504
    assert (prename.labels["001"], prename.extra["full_th"]["001"], prename.extra["sex"]["001"]) == (
        "ด.ช.",
        "เด็กชาย",
        "1",
    )


def test_the_reference_page_is_printed_from_the_tables() -> None:
    """docs/reference cannot say something else than the program does."""
    page = file43.reference_markdown()
    assert "| 14 | [SERVICE](#service) | service | HOSPCODE PID SEQ | DATE_SERV | 2.0 |" in page
    assert "| 17 | BTEMP | decimal | 4.1 |  |  |  | 2.0 |" in page
    assert page.count("\n## ") == 52
