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
