"""Which codes tell a sensitive class: the table of data/sensitive.csv at its edges (HL7 v3 ActCode; decision 0093)."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from suksala.exchange.labelling import own_label
from suksala.standards import fhir
from suksala.standards.file43 import code_table

ICD10, ICD10TM, LOINC = fhir.ICD10, fhir.ICD10TM, fhir.LOINC
ATC = "http://www.whocc.no/atc"
ICD9 = "http://hl7.org/fhir/sid/icd-9-cm"
LAB = fhir.CORE + "cs-th-icd10tm-lab"
PP = fhir.CORE + "cs-thcc-special-pp-service"
ACT = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
SECRET = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
TABLE = list(csv.DictReader((Path(fhir.__file__).parent / "data" / "sensitive.csv").read_text().splitlines()))


@pytest.mark.parametrize(
    ("system", "code", "classes"),
    [
        (ICD10, "B19.9", set()),
        (ICD10, "B20", {"hiv"}),
        (ICD10TM, "B24", {"hiv"}),
        (ICD10TM, "B25", set()),
        (ICD10, "F02.4", {"hiv", "mental-health"}),  # dementia in HIV disease
        (ICD10TM, "F024", {"hiv", "mental-health"}),  # the same without a dot
        (ICD10, "F02.3", {"mental-health"}),
        (ICD10, "F10.2", {"addiction"}),
        (ICD10, "F17.2", set()),  # tobacco
        (ICD10, "F32.9", {"mental-health"}),
        (ICD10TM, "O987", {"hiv", "adolescent"}),
        (ICD10TM, "O8000", {"adolescent"}),
        (ICD10, "T74.2", {"sexual-violence"}),
        (ICD10, "T73.9", set()),
        (ICD10, "X84", {"mental-health"}),
        (ICD10, "X85", set()),  # assault
        (ICD10TM, "E119", set()),
        ("http://snomed.info/sct", "B20", set()),  # the same letters in another system say something else
        (ICD9, "69.52", {"adolescent"}),
        (ICD9, "94.61", {"addiction"}),
        (LAB, "0749300", {"hiv"}),
        (LAB, "0749301", set()),  # another virus
        (LAB, "0871003", {"addiction"}),
        (LAB, "0602203", {"adolescent"}),
        (LOINC, "20447-9", {"hiv"}),
        (LOINC, "4548-4", set()),
        (ATC, "J05AR10", {"hiv"}),
        (ATC, "J05AE30", set()),  # nirmatrelvir with ritonavir is for COVID-19
        (ATC, "N06AA09", set()),  # amitriptyline is given for pain as often
        (ATC, "N06AB03", {"mental-health"}),
        (PP, "1B0260", set()),  # 9Q without a finding: everybody is asked
        (PP, "1B0261", {"mental-health"}),
    ],
)
def test_what_a_code_tells(system: str, code: str, classes: set[str]) -> None:
    """One row on either side of each edge."""
    assert fhir.sensitive_classes(system, code) == classes
    assert fhir.may_be_sensitive(code) or not classes


@pytest.mark.parametrize(
    ("system", "code", "classes"),
    [
        (ACT, "HIV", {"hiv"}),
        (ACT, "BH", {"mental-health", "addiction"}),
        (ACT, "ETHUD", {"addiction"}),
        (ACT, "ADOL", {"adolescent"}),
        (ACT, "CEL", set()),  # of a celebrity: who somebody is, not what they have
        (SECRET, "R", {"hiv", "mental-health", "sexual-violence", "addiction"}),
        (SECRET, "N", set()),
        ("", "HIV", set()),
    ],
)
def test_what_a_label_tells(system: str, code: str, classes: set[str]) -> None:
    """What senders write in meta.security."""
    assert fhir.security_classes(system, code) == classes


def test_every_row_has_its_source_and_its_form() -> None:
    """Codes of the 43 files are in their code tables, and no row stands twice."""
    assert len({(r["class"], r["system"], r["code"]) for r in TABLE}) == len(TABLE) > 250
    assert {r["class"] for r in TABLE} == set(fhir.SECURITY)
    assert all(r["source"] and r["meaning"] for r in TABLE)
    for row in TABLE:
        if row["system"] in {"labtest", "ppspecial"}:
            known = code_table(row["system"]).labels
            assert any(code.startswith(row["code"].rstrip("*")) for code in known), row
        if row["system"] == "icd-10":
            assert re.fullmatch(r"[A-Z][0-9]{0,3}\*", row["code"]), row
        if row["system"] == "ingredient":
            assert re.fullmatch(r"[a-z]{6,}", row["code"]), row


@pytest.mark.parametrize(
    ("rtype", "content", "label"),
    [
        ("Condition", b'{"code":{"coding":[{"system":"http://hl7.org/fhir/sid/icd-10","code":"B24"}]}}', 1 << 5),
        ("Condition", b'{"code":{"coding":[{"system":"urn:own","code":"B24"}]}}', 0),
        ("Condition", b'{"code":{"text":"B24"}}', 0),  # no code: free text is not read
        ("MedicationDispense", b'{"medicationCodeableConcept":{"text":"EFAVIRENZ 600 mg"}}', 1 << 5),
        ("MedicationDispense", b'{"medicationCodeableConcept":{"text":"Paracetamol 500 mg"}}', 0),
        ("AllergyIntolerance", b'{"code":{"text":"Nevirapine"}}', 1 << 5),
        ("Observation", b'{"note":[{"text":"efavirenz"}]}', 0),  # ingredients are looked for in medicines only
        ("MedicationRequest", b'{"medicationCodeableConcept":{"text":"levonorgestrel"}}', 1 << 10),  # if adolescent
    ],
)
def test_what_a_resource_says_of_itself(rtype: str, content: bytes, label: int) -> None:
    """Above bit 5; nothing counts before its visit is looked at."""
    assert own_label(rtype, content, None) == label


def test_a_label_that_was_added_here_is_not_the_senders() -> None:
    """userSelected false comes back from a client that read it, and says nothing new."""
    hiv = {"system": ACT, "code": "HIV"}
    assert own_label("Observation", b"{}", {"security": [hiv]}) == 1 << 5
    assert own_label("Observation", b"{}", {"security": [{**hiv, "userSelected": False}]}) == 0
