"""Identifier systems, code systems and laboratory tests for FHIR (requirement S1.76)."""

from __future__ import annotations

import pytest

from suksala.standards import fhir, file43


@pytest.mark.parametrize(
    ("received", "written"),
    [
        ("https://www.dopa.go.th", fhir.CITIZEN_ID),  # MOPH-PHR, HealthTAG
        ("https://www.dopa.go.th/", fhir.CITIZEN_ID),
        ("https://bps.moph.go.th/hcode/5", fhir.HOSPCODE),
        ("https://hl7.org/fhir/sid/passport-THA", fhir.PASSPORT),  # SIL-TH's alias file; HL7's own has http
        (fhir.CITIZEN_ID, "https://terms.sil-th.org/id/th-cid"),
        ("https://example.org/x", "https://example.org/x"),
    ],
)
def test_two_systems_come_in_and_one_goes_out(received: str, written: str) -> None:
    """The same citizen id must not be two identifiers."""
    assert fhir.canonical(received) == written


def test_numbers_that_one_facility_gives() -> None:
    """There and back; another kind of number has no system."""
    system = fhir.local_system("99001", "PID")
    assert system == "https://terms.sil-th.org/hcode/5/99001/PID"
    assert fhir.facility_system(system) == ("99001", "PID")
    for other in ("https://terms.sil-th.org/hcode/5/99001/Shoe", "https://terms.sil-th.org/hcode/5/9900/PID", ""):
        assert fhir.facility_system(other) is None
    with pytest.raises(KeyError):
        fhir.local_system("99001", "Shoe")


def test_code_systems_belong_to_code_tables() -> None:
    """86 tables; one whose codes SIL-TH gives another meaning has none."""
    assert fhir.code_system("typearea") == "https://terms.sil-th.org/core/CodeSystem/cs-thcc-person-status"
    assert fhir.code_system("admission_typein") == fhir.code_system("typein")
    assert [fhir.code_system(t) for t in ("accident_urgency", "sex", "shoe_size")] == [None, None, None]
    assert len([t for t in file43.CODE_TABLES if fhir.code_system(t)]) == 85


def test_laboratory_tests_have_loinc_only_where_it_is_sure() -> None:
    """R-09: 0531004 says fasting in its name and "not fasting" in a guide; microalbumin 0-1-2 is no mass per volume."""
    assert {code: test.loinc for code, test in fhir.labs().items() if test.loinc is None} == dict.fromkeys(
        ["0440204", "0583001", "0531004", "0510402", "0614402"]
    )
    hba1c = fhir.lab("0531601")
    assert hba1c is not None
    assert (hba1c.loinc, hba1c.unit, hba1c.result) == ("4548-4", "%", "quantity")
    assert fhir.lab("0000000") is None


def test_every_test_is_in_the_official_list() -> None:
    """LABTEST, sheet of 27 February 2024."""
    assert [code for code in fhir.labs() if code not in file43.code_table("labtest")] == []


def test_old_two_digit_codes() -> None:
    """Used until fiscal 2560. 02 was glucose, not fasting: its successor is in dispute."""
    assert [fhir.lab_of_two_digits(old) for old in ("01", "05", "11", "02", "99")] == [
        "0531002", "0531601", "0581902", None, None,
    ]  # fmt: skip
    olds = file43.code_table("labtest_2digit").labels
    assert [old for old in olds if fhir.lab_of_two_digits(old) is None] == ["02"]


# --- code systems with their codes


def test_every_code_table_is_in_a_code_system() -> None:
    """136 tables: 85 under 82 systems of SIL-TH, the others under the one of the 43 files."""
    urls = fhir.system_urls()
    assert len(urls) == 82 + len([fhir.FILE43, fhir.ICD10TM, fhir.ICD10, fhir.LOINC, fhir.UCUM])
    for name, table in file43.CODE_TABLES.items():
        published = fhir.code_system(name)
        system = fhir.system_of(published or fhir.FILE43)
        assert system is not None
        missing = [c for c in table.labels if (c if published else f"{name}:{c}") not in system.terms]
        assert (name, missing) == (name, [])


def test_what_is_only_a_part_says_so() -> None:
    """Sheets with another number of codes than SIL-TH's list, open lists, and the international systems."""
    systems = [fhir.system_of(url) for url in fhir.system_urls()]
    assert {system.id for system in systems if system and not system.complete} == {
        "cs-th-fee-category", "cs-eclaim-clinic", "cs-th-icd10tm-lab", "cs-thcc-occupation", "cs-thcc-discharge-status",
        "cs-thcc-special-pp-service", "cs-thcc-vaccine-code", "file43", "cs-th-icd10tm", "icd-10", "loinc", "ucum",
    }  # fmt: skip


TERMS = [
    (fhir.CORE + "cs-thcc-admit-source", "3", "ได้รับการส่งต่อจากหน่วยบริการอื่น", "ได้รับการส่งต่อจากหน่วยบริการอื่น"),
    (fhir.FILE43, "sex:1", "ชาย", "ชาย"),
    (fhir.FILE43, "CHRONICFU.FOOT", "Diabetic foot examination", "การตรวจเท้า"),
    (fhir.ICD10TM, "E119", "เบาหวานชนิดที่ 2 ไม่มีภาวะแทรกซ้อน", "เบาหวานชนิดที่ 2 ไม่มีภาวะแทรกซ้อน"),
    (fhir.LOINC, "4548-4", "Hemoglobin A1c/Hemoglobin.total in Blood", "น้ำตาลสะสม (HbA1c)"),
    (fhir.UCUM, "mm[Hg]", "mmHg", None),
]


@pytest.mark.parametrize(("url", "code", "display", "th"), TERMS)
def test_a_code_has_the_name_that_the_record_writes(url: str, code: str, display: str, th: str | None) -> None:
    """And the Thai one."""
    system = fhir.system_of(url)
    assert system is not None
    assert (system.terms[code].display, system.terms[code].th) == (display, th)


def test_a_code_that_two_sheets_name_differently_knows_both_names() -> None:
    """DIAGTYPE of outpatients and of inpatients share SIL-TH's system."""
    system = fhir.system_of(fhir.code_system("diagtype_opd") or "")
    assert system is not None
    assert system.terms["2"].display == "CO-MORBIDITY (การวินิจฉัยโรคร่วม)"
    assert system.terms["2"].also == ("CO-MORBIDITY (การวินิจฉัยโรคร่วม) [ยกเลิก 28.04.68]",)


@pytest.mark.parametrize("url", ["", "http://snomed.info/sct", fhir.LOINC + "/", fhir.CORE])
def test_systems_that_are_not_kept(url: str) -> None:
    """None, not an empty one."""
    assert fhir.system_of(url) is None


def test_loinc_names_stand_in_one_table() -> None:
    """No code has two names; the doubtful ones are in none."""
    tests = [test.loinc for test in fhir.labs().values() if test.loinc]
    assert len(tests) == len(set(tests)) == 18
    assert len(fhir.loinc_names()) == 37
    assert "14957-5" not in fhir.loinc_names()


VALUE_SETS = [
    ("urn:suksala:valueset:typearea", fhir.CORE + "cs-thcc-person-status", ["1", "2", "3", "4", "5"]),
    ("urn:suksala:valueset:sex", fhir.FILE43, ["sex:1", "sex:2"]),
    (fhir.CORE + "cs-thcc-person-status?fhir_vs", fhir.CORE + "cs-thcc-person-status", ["1", "2", "3", "4", "5"]),
]


@pytest.mark.parametrize(("url", "system", "codes"), VALUE_SETS)
def test_value_sets_of_tables_and_of_systems(url: str, system: str, codes: list[str]) -> None:
    """One system each."""
    found = fhir.value_set_of(url)
    assert found is not None
    assert (found.system.url, list(found.codes)) == (system, codes)


@pytest.mark.parametrize("url", ["urn:suksala:valueset:shoe_size", fhir.LOINC, fhir.LOINC + "?fhir_vs", "?fhir_vs", ""])
def test_value_sets_that_are_none(url: str) -> None:
    """A system's own URL is not a value set's."""
    assert fhir.value_set_of(url) is None
    assert fhir.value_set_of("http://loinc.org/vs") is not None


SUBSUMPTIONS = [
    (fhir.ICD10, "E11", "E11.9", "subsumes"),
    (fhir.ICD10, "E11.9", "E11", "subsumed-by"),
    (fhir.ICD10, "E11.9", "E11.9", "equivalent"),
    (fhir.ICD10, "E11", "E10.1", "not-subsumed"),
    (fhir.ICD10TM, "E119", "E1190", "subsumes"),
    (fhir.ICD10TM, "E11", "E12", "not-subsumed"),
    (fhir.ICD10, "E1", "E11", None),  # no code: a letter and two digits are the least
    (fhir.ICD10, "E119", "E11", None),  # without the dot it is ICD-10-TM's way of writing
    (fhir.ICD10TM, "E11.9", "E11", None),
    (fhir.ICD10, "E11.", "E11", None),
    (fhir.ICD10, "e11", "E11", None),
    (fhir.ICD10TM, "E11٣", "E11", None),
]


@pytest.mark.parametrize(("system", "a", "b", "outcome"), SUBSUMPTIONS)
def test_icd10_codes_stand_under_what_they_begin_with(system: str, a: str, b: str, outcome: str | None) -> None:
    """The rule of the digits."""
    assert fhir.subsumption(system, a, b) == outcome


def test_maps_hold_only_what_is_sure() -> None:
    """There and back; what the careful table leaves open has no target."""
    maps = {found.url.rpartition(":")[2]: found for found in fhir.concept_maps()}
    assert sorted(maps) == ["icd10tm-icd10", "labtest-2digit-labtest", "labtest-2digit-loinc", "labtest-loinc"]
    lab = maps["labtest-loinc"]
    assert (lab.targets("0531601"), lab.sources("4548-4")) == (["4548-4"], ["0531601"])
    for code in ("0440204", "0583001", "0531004", "0510402", "0614402", "0000000"):
        assert lab.targets(code) == []
    old = maps["labtest-2digit-loinc"]
    assert [old.targets(code) for code in ("05", "02", "10", "12")] == [["4548-4"], [], [], []]
    icd = maps["icd10tm-icd10"]
    assert [icd.targets(code) for code in ("E119", "E11", "E1190", "U570", "x")] == [["E11.9"], ["E11"], [], [], []]
    assert [icd.sources(code) for code in ("E11.9", "E11", "U57.0", "E119", "E1.19")] == [["E119"], ["E11"], [], [], []]
