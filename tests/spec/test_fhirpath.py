"""FHIRPath as we read it, one expression a row, on one patient and one observation."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from suksala.standards.fhir import fhirpath

MALI: dict[str, Any] = {
    "resourceType": "Patient",
    "id": "mali",
    "active": True,
    "name": [
        {"use": "official", "family": "ใจดี", "given": ["มะลิ", "ลิลลี่"]},
        {"use": "nickname", "given": ["ลี่"]},
    ],
    "gender": "female",
    "birthDate": "1970-05",
    "_birthDate": {"extension": [{"url": "urn:test:time", "valueDateTime": "1970-05-05T01:00:00+07:00"}]},
    "multipleBirthInteger": 2,
    "contact": [{"telecom": [{"system": "phone", "value": "02"}, {"system": "email", "value": "a@b"}]}],
    "managingOrganization": {"reference": "Organization/h99801"},
}
WEIGHT: dict[str, Any] = {
    "resourceType": "Observation",
    "status": "final",
    "valueQuantity": {"value": Decimal("72.50"), "unit": "kg", "code": "kg"},
    "effectiveDateTime": "2026-11-01T23:30:00Z",
}
D = Decimal


def ask(text: str, resource: dict[str, Any] = MALI) -> list[Any]:
    """What an expression finds, as plain values."""
    kind = resource["resourceType"]
    return [node.value for node in fhirpath.Expression(text, kind).nodes(fhirpath.Node(resource, kind))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Patient.name.given", ["มะลิ", "ลิลลี่", "ลี่"]),
        ("name[0].given[1]", ["ลิลลี่"]),
        ("name[7].given", []),
        ("name.where(use = 'nickname').given", ["ลี่"]),
        ("name.where(family.empty()).use", ["nickname"]),
        ("name.given.where($index = 1)", ["ลิลลี่"]),
        ("name.select(given.first())", ["มะลิ", "ลี่"]),
        ("name.given.join(' ')", ["มะลิ ลิลลี่ ลี่"]),
        ("name.all(given.exists())", [True]),
        ("name.exists(use = 'old')", [False]),
        ("name.given.count() * 2 + 1", [7]),
        ("multipleBirth", [2]),  # a choice is named by its stem
        ("multipleBirth.ofType(boolean)", []),
        ("multipleBirth is integer", [True]),
        ("(multipleBirth as integer) > 1", [True]),
        ("birthDate.extension('urn:test:time').value", ["1970-05-05T01:00:00+07:00"]),
        ("birthDate.lowBoundary()", ["1970-05-01"]),
        ("birthDate.highBoundary()", ["1970-05-31"]),
        ("birthDate < @1970-06", [True]),
        ("birthDate = @1970-05-05", []),  # its precision does not tell
        ("birthDate = @1971", [False]),
        ("managingOrganization.getReferenceKey()", ["h99801"]),
        ("managingOrganization.getReferenceKey(Patient)", []),
        ("getResourceKey()", ["mali"]),
        ("contact.telecom.repeat($this).count()", [2]),
        ("descendants().where($this = 'phone').count()", [1]),
        ("iif(active, 'y', 'n')", ["y"]),
        ("active and {}", []),
        ("active or {}", [True]),
        ("{} implies active", [True]),
        ("active.not() xor true", [True]),
        ("name.given | name.given", ["มะลิ", "ลิลลี่", "ลี่"]),
        ("'ลี่' in name.given", [True]),
        ("gender.ofType(string)", []),  # a code is asked for as a code
        ("gender is string", [True]),
        ("(1 | 2 | 1).distinct()", [1, 2]),
        ("%loinc", ["http://loinc.org"]),
        ("name.use.exclude('official')", ["nickname"]),
        ("'ab' & {}", ["ab"]),
        ("'ab' + {}", []),
        ("'aBc'.lower().substring(1, 1)", ["b"]),
        ("'a-b'.split('-')", ["a", "b"]),
        ("'a b'.replace(' ', '').length()", [2]),
        ("0.1 + 0.2 = 0.3", [True]),
        ("1.0 = 1", [True]),
        ("1.10 ~ 1.1", [True]),
        ("7 div 2 + 7 mod 2", [4]),
        ("1 / 0", []),
        ("-2.5.abs()", [D("-2.5")]),  # a sign binds more loosely than a function
        ("2.5.round()", [D(3)]),
        ("1.587.lowBoundary(2)", [D("1.58")]),
        ("1.587.highBoundary()", [D("1.5875")]),
        ("'12'.toInteger() + '0.50'.toDecimal()", [D("12.50")]),
        ("4 'kg' > 3 'kg'", [True]),
        ("4 'kg' > 3 'g'", []),  # no unit is converted
        ("@2026-01-01T00:30:00+07:00 = @2025-12-31T17:30:00Z", [True]),
        ("@T10:30 < @T11", [True]),
    ],
)
def test_what_is_found(text: str, expected: list[Any]) -> None:
    """Every row is one rule of FHIRPath."""
    assert ask(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("value.ofType(Quantity).value", [D("72.50")]),
        ("value.value.toString()", ["72.50"]),  # the digits it came with
        ("value.ofType(Quantity).value.lowBoundary()", [D("72.495")]),
        ("value = 72.5 'kg'", [True]),
        ("effective.ofType(dateTime) > @2026-11-02", []),  # it is that day in Bangkok
        ("effective.ofType(dateTime) < @2026-11-03", [True]),
    ],
)
def test_values_of_an_observation(text: str, expected: list[Any]) -> None:
    """Decimals keep their digits; days are Bangkok's."""
    assert ask(text, WEIGHT) == expected


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name.", "FHIRPath, character 6: the expression ends too early"),
        ("name given", "FHIRPath, character 6: this is not expected here"),
        ("name.famly", "FHIRPath, character 6: HumanName has no element famly"),
        ("valueQuantity", "FHIRPath, character 1: Patient has no element valueQuantity"),
        ("name.matches('(a+)+$')", "FHIRPath, character 6: there is no function matches"),
        ("name.first(1)", "FHIRPath, character 6: first takes 0 to 0 arguments"),
        ("name.ofType(Nmae)", "FHIRPath, character 6: there is no type Nmae"),
        ("%x", "FHIRPath, character 1: there is no constant %x"),
        ("name.given > 'a'", "FHIRPath: one value is expected and there are several"),
        ("birthDate > 5", "FHIRPath: values of two types have no order; use ofType()"),
        ("(" * 40, "FHIRPath, character 31: it is nested deeper than 30 levels"),
        ("1" + "+1" * 300, "a FHIRPath expression has at most 400 words"),
        ("'ab'" + ".select($this + $this)" * 25, "FHIRPath: the text becomes too long"),
        ("(1).repeat($this + 1)", "FHIRPath: this expression looks at too many items"),
        ("descendants()" + ".select(%resource.descendants())" * 4, "FHIRPath: there are too many values"),
    ],
)
def test_what_is_refused(text: str, told: str) -> None:
    """Where, and what; in Thai too; never a value of the resource."""
    with pytest.raises(fhirpath.FhirPathProblem) as caught:
        ask(text)
    assert (caught.value.en, caught.value.code, caught.value.http_status) == (told, "SKL-FHIR-PATH", 422)
    assert any("\u0e00" <= sign <= "\u0e7f" for sign in caught.value.th)
