"""Search for numbers with and without their units, row by row: what is asked, what is found, and why.

Every row is asked twice: where the index of numbers says that few rows have such a number, and where they are many and
the search goes along the dates (decision 0072). Both find the same. Made-up values.
Source of the sentences: FHIR R4 (4.0.1), Search, https://hl7.org/fhir/R4/search.html#quantity and #prefix; "ours" marks
a decision of ours.
S2.48 (records of individuals by one exchange), S4.23 (one API for all).
"""
# ruff: noqa: E501 - a row of a table reads best on one line

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest
from pytest_django import DjangoDbBlocker

from suksala import exchange
from suksala.exchange import query, rare, referring, sizes, tokens
from suksala.exchange.at import At
from suksala.exchange.mapping.base import patient_id
from suksala.exchange.wording import following
from suksala.foundation import database
from tests.record import HOSPITAL, UNIT, keep, of_facility, person, resources, rolled_back, send

pytestmark = pytest.mark.django_db

UCUM = "http://unitsofmeasure.org"
OTHER = "http://example.org/units"
LOINC = "http://loinc.org"
MALI = patient_id(HOSPITAL, "1")


def measured(rid: str, of: str | dict[str, Any], value: Any, on: str = "2026-01-01", **unit: str) -> dict[str, Any]:
    """An Observation of Mali with a number."""
    concept = {"coding": [{"system": LOINC, "code": of}]} if isinstance(of, str) else of
    subject = {"subject": {"reference": f"Patient/{MALI}"}, "effectiveDateTime": on}
    amount = {"value": value, **unit}
    return {
        "resourceType": "Observation",
        "id": rid,
        "status": "final",
        "code": concept,
        **subject,
        "valueQuantity": amount,
    }


def ucum(code: str, text: str | None = None) -> dict[str, str]:
    """A unit of UCUM."""
    return {"system": UCUM, "code": code, "unit": text or code}


TWO_CODES = {"coding": [{"system": LOINC, "code": "14749-6"}, {"system": LOINC, "code": "1558-6"}]}
MEASURED = [
    measured("fasting", "1558-6", Decimal("5.40"), **ucum("mmol/L")),
    measured("second", TWO_CODES, 9, **ucum("mmol/L")),
    measured("words", {"text": "sugar, by hand"}, 40, **ucum("mmol/L")),
    measured("protein", "2885-2", 7, **ucum("g/dL")),
    measured("fever", "8310-5", Decimal("38.5"), "2026-01-02", **ucum("Cel", "°C")),
    measured("cold", "8310-5", Decimal("35.0"), "2026-01-03", **ucum("Cel", "°C")),
    measured("fahrenheit", "8310-5", Decimal("101.3"), "2026-01-04", **ucum("[degF]", "°F")),
    measured("weight", "29463-7", Decimal("70.0"), **ucum("kg")),
    measured("grams", "29463-7", 70000, "2026-01-02", **ucum("g")),
    measured("tablets", "taken", 2, system=OTHER, code="TAB", unit="เม็ด"),
    measured("length", "8302-2", 160, unit="centimetres"),
    measured("bare", "score", 12),
    measured("no-code", "dose", 3, system=UCUM, unit="mg"),
    measured("no-system", "dose", 4, code="mg", unit="milligram"),
    measured("lens", "lens", Decimal("-2.25"), **ucum("[diop]", "D")),
    measured("nothing", "lens", 0, **ucum("[diop]", "D")),
]  # fmt: skip


@pytest.fixture(scope="module", autouse=True)
def record(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Written once; nobody changes it."""
    with django_db_blocker.unblock(), rolled_back():
        send("PERSON", {"pid": "1", "name": "มาลี", "lname": "มำ", "sex": "2"})
        keep(*MEASURED, person=person("1"))
        hidden = measured("elsewhere", "1558-6", Decimal("5.40"), **ucum("mmol/L"))
        keep(
            {**hidden, "subject": {"reference": f"Patient/{patient_id(UNIT, '1')}"}},
            person=person("1", UNIT),
            hospcode=UNIT,
        )
        yield


def pairs(asked: str) -> list[tuple[str, str]]:
    """The parameters of a search."""
    return [(name, value) for name, _, value in (part.partition("=") for part in asked.split("&"))]


def found(asked: str, hospcode: str = HOSPITAL) -> list[str]:
    """The ids of the Observations that a search under a facility's permit finds, in its order."""
    return [r["id"] for r in resources(exchange.search(of_facility(hospcode), "Observation", pairs(asked)))]


@pytest.fixture(params=["few", "many"])
def reckoned(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """As the index of numbers says that the rows are: few, or too many to be looked at one by one."""
    if request.param == "many":
        monkeypatch.setattr(rare, "MOST_OF_CODE", 0)
        monkeypatch.setattr(rare, "BALANCE", 0)
        monkeypatch.setattr(sizes, "LEAST", 0)


TABLE = [
    # --- the range that digits stand for
    ("value-quantity=5.4", "fasting", "5.4 means from 5.35 to below 5.45"),
    ("value-quantity=5.40", "fasting", "5.40 means from 5.395 to below 5.405"),
    ("value-quantity=5.41", "", "5.41 begins at 5.405"),
    ("value-quantity=5", "fasting", "5 means from 4.5 to below 5.5"),
    ("value-quantity=39", "fever", "39 begins at 38.5, which is in it"),
    ("value-quantity=38", "", "38 ends at 38.5, which is not in it"),
    ("value-quantity=1.6e2", "length", "two digits: from 155 to below 165"),
    ("value-quantity=1.60e2", "length", "three digits: from 159.5 to below 160.5"),
    ("value-quantity=1.7e2", "", "from 165"),
    ("value-quantity=-2.25", "lens", "a negative number"),
    ("value-quantity=-2", "lens", "from -2.5 to below -1.5"),
    ("value-quantity=0", "nothing", "from -0.5 to below 0.5"),
    # --- prefixes
    ("value-quantity=gt5.4&code=1558-6", "second", "gt: exactly, whatever the digits"),
    ("value-quantity=ge5.4&code=1558-6", "fasting, second", "ge"),
    ("value-quantity=lt5.4&code=1558-6", "", "lt"),
    ("value-quantity=le5.4&code=1558-6", "fasting", "le"),
    ("value-quantity=ne5.4&code=1558-6", "second", "ne: outside the range that 5.4 stands for"),
    ("value-quantity=ne5.3&code=1558-6", "fasting, second", "ne: 5.3 ends below 5.35"),
    ("value-quantity=sa5.39&code=1558-6", "fasting, second", "sa: a number starts after another as it is greater"),
    ("value-quantity=eb5.41&code=1558-6", "fasting", "eb"),
    ("value-quantity=ap5&code=1558-6", "fasting", "ap: 10 % of the value, 4.5 to 5.5"),
    ("value-quantity=ap4.9&code=1558-6", "", "4.41 to 5.39"),
    ("value-quantity=gt5.39&value-quantity=lt5.41", "fasting", "both, of the one number"),
    ("value-quantity=5.4,160", "fasting, length", "a comma is OR"),
    (f"value-quantity=5.4|{UCUM}|mmol/L,160||centimetres,gt100", "fahrenheit, fasting, grams, length", "of forms of every kind; a number in two of them comes once"),
    # --- a unit of a system
    (f"value-quantity=5.4|{UCUM}|mmol/L", "fasting", "number|system|code"),
    (f"value-quantity=5.4|{UCUM}|mg/dL", "", "substance is no mass"),
    (f"value-quantity=5400|{UCUM}|umol/L", "fasting", "ours: units of one kind are converted"),
    (f"value-quantity=5.4e3|{UCUM}|umol/L", "fasting", "5,350 to below 5,450"),
    (f"value-quantity=5e3|{UCUM}|umol/L", "fasting", "4,500 to below 5,500: the digits asked count, in the unit asked"),
    (f"value-quantity=0.0054|{UCUM}|mol/L", "fasting", "into a larger unit"),
    (f"value-quantity=ge70|{UCUM}|kg", "grams, weight", "70,000 g is 70 kg"),
    (f"value-quantity=gt70|{UCUM}|kg", "", "and not more"),
    (f"value-quantity=le70000000|{UCUM}|mg&code={LOINC}|29463-7", "grams, weight", "both sides of the edge, one code"),
    (f"value-quantity=lt70000000|{UCUM}|mg&code={LOINC}|29463-7", "", "both sides of the edge, one code"),
    (f"value-quantity=gt30|{UCUM}|Cel", "cold, fever", "degrees Celsius"),
    (f"value-quantity=gt30|{UCUM}|[degF]", "fahrenheit", "ours: degrees of another zero are not converted"),
    (f"value-quantity=gt1|{UCUM}|TAB", "", "another system"),
    (f"value-quantity=2|{OTHER}|TAB", "tablets", "a system that is not UCUM"),
    (f"value-quantity=2|{OTHER}|tab", "", "codes mind their case"),
    (f"value-quantity=gt1|{UCUM}|cm", "", "what has only a display is of no system"),
    (f"value-quantity=gt0|{UCUM}|m[iU]/L", "", "a unit that no number is in"),
    (f"value-quantity=ne0|{UCUM}|m[iU]/L", "", "nor is it unequal in it"),
    # --- a unit without its system
    ("value-quantity=5.4||mmol/L", "fasting", "number||code: the code in any system"),
    ("value-quantity=5400||umol/L", "", "which is not converted"),
    ("value-quantity=2||TAB", "tablets", "the code in any system"),
    ("value-quantity=2||เม็ด", "tablets", "or the unit as it is read"),
    ("value-quantity=gt30||Cel", "cold, fever", "the code"),
    ("value-quantity=gt30||°C", "cold, fever", "and the unit as people read it"),
    ("value-quantity=gt30||°F", "fahrenheit", "as people read it"),
    ("value-quantity=160||centimetres", "length", "a display alone"),
    ("value-quantity=160||cm", "", "which is no code"),
    ("value-quantity=3||mg", "no-code", "UCUM without a code: its display"),
    ("value-quantity=4||mg", "no-system", "a code without a system"),
    ("value-quantity=4||milligram", "no-system", "and its display"),
    ("value-quantity=gt0||mg", "no-code, no-system", "both"),
    ("value-quantity=-2.25||D", "lens", "as people read it"),
    # --- no unit
    ("value-quantity=12", "bare", "a number without a unit is found without one"),
    (f"value-quantity=12|{UCUM}|1", "", "ours: and is not taken for a ratio"),
    ("value-quantity=12||1", "", "nor for a code"),
    ("value-quantity=70", "weight", "whatever unit: not 70,000 g"),
    ("value-quantity:missing=true", "", "all have one"),
    # --- with a code, an order, a page
    (f"code={LOINC}|8310-5&value-quantity=gt30&_sort=-date", "fahrenheit, cold, fever", "newest first"),
    (f"code={LOINC}|8310-5&value-quantity=gt30&_sort=date", "fever, cold, fahrenheit", "oldest first"),
    (f"code={LOINC}|8310-5&value-quantity=gt30&_sort=date&_count=2", "fever, cold", "the first page"),
    (f"code={LOINC}|8310-5,{LOINC}|29463-7&value-quantity=gt50&_sort=-date", "fahrenheit, grams, weight", "one of two codes"),
    (f"code={LOINC}|1558-6&value-quantity=gt5|{UCUM}|mmol/L", "fasting, second", "ours: a second coding counts"),
    (f"code={LOINC}|14749-6&value-quantity=gt5|{UCUM}|mmol/L", "second", "a first coding"),
    (f"code:not={LOINC}|1558-6&value-quantity=gt5|{UCUM}|mmol/L", "words", "the others, one without any code among them"),
    ("code=8310-5&value-quantity=gt100", "fahrenheit", "a code without its system"),
    (f"value-quantity=gt30|{UCUM}|mmol/L", "words", "no code at all"),
    (f"patient={MALI}&value-quantity=ge70|{UCUM}|kg&date=2026-01-02", "grams", "with a patient and a day"),
    (f"code-value-quantity={LOINC}|1558-6$gt5|{UCUM}|mmol/L", "fasting, second", "a composite"),
]  # fmt: skip


@pytest.mark.usefixtures("reckoned")
@pytest.mark.parametrize(("asked", "expected", "sentence"), TABLE, ids=[asked for asked, _, _ in TABLE])
def test_found(asked: str, expected: str, sentence: str) -> None:
    """Each row finds exactly what it says."""
    wanted = [part.strip() for part in expected.split(",") if part.strip()]
    answer = found(asked)
    assert (answer if "_sort" in asked else sorted(answer)) == wanted, sentence


@pytest.mark.usefixtures("reckoned")
def test_the_total_counts_the_same_rows() -> None:
    """With a page, and alone; of what the permit opens."""
    for asked, expected in [
        (f"code={LOINC}|8310-5&value-quantity=gt30", 3),
        (f"value-quantity=ge70|{UCUM}|kg", 2),
        ("value-quantity=gt0|http://unitsofmeasure.org|m[iU]/L", 0),
    ]:
        for more in ([("_total", "accurate"), ("_count", "1")], [("_summary", "count")]):
            answer = exchange.search(of_facility(HOSPITAL), "Observation", [*pairs(asked), *more])
            assert f'"total":{expected}'.encode() in answer


@pytest.mark.usefixtures("reckoned")
def test_what_another_facility_has_is_neither_found_nor_counted() -> None:
    """The index of numbers counts every row; a row is given out under the permit alone."""
    asked = f"code={LOINC}|1558-6&value-quantity=5.4|{UCUM}|mmol/L"
    assert found(asked) == ["fasting"]
    assert found(asked, UNIT) == ["elsewhere"]
    assert found(f"value-quantity=ge70|{UCUM}|kg", UNIT) == []


@pytest.mark.usefixtures("reckoned")
def test_pages_follow_each_other_without_loss() -> None:
    """The next page of few rows goes on behind the last."""
    first = exchange.search(of_facility(HOSPITAL), "Observation", [("value-quantity", "gt30"), ("_count", "4")])
    seen = [r["id"] for r in resources(first)]
    while b'"next"' in first:
        cursor = first.split(b"_cursor=")[1].split(b'"')[0].split(b"&")[0].decode()
        asked = [("value-quantity", "gt30"), ("_count", "4"), ("_cursor", cursor)]
        first = exchange.search(of_facility(HOSPITAL), "Observation", asked)
        seen += [r["id"] for r in resources(first)]
    assert seen == ["fahrenheit", "cold", "grams", "fever", "length", "weight", "words"]


def test_the_index_of_numbers_says_how_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Few: below the bound; many: from it on; none: nowhere to look at all."""

    def ranges(asked: str) -> int | None:
        answer = rare.ranges(At(of_facility(HOSPITAL), "Observation"), query.read("Observation", pairs(asked)).tests)
        return None if answer is None else len(answer)

    monkeypatch.setattr(referring, "LOOK_SECONDS", -1.0)
    both = f"code={LOINC}|8310-5&value-quantity=gt30"
    monkeypatch.setattr(rare, "MOST_OF_CODE", 4)
    assert ranges(both) == 1
    monkeypatch.setattr(rare, "MOST_OF_CODE", 3)
    assert ranges(both) is None
    assert ranges(f"value-quantity=ge70|{UCUM}|kg") == 3  # kg, g and mg are in use, t is not
    assert ranges(f"value-quantity=gt0|{UCUM}|m[iU]/L") == 0
    assert ranges(f"value-quantity=ne70|{UCUM}|kg") is None
    assert ranges(f"code={LOINC}|8310-5") is None
    monkeypatch.setattr(rare, "MOST_UNITS", 2)
    assert ranges("value-quantity=gt30") is None


def test_a_unit_is_found_again_after_a_reindex() -> None:
    """What units are read as is in the tokens, beside the number of the unit."""
    [(unit, tokens_)] = database.rows("SELECT unit, toks FROM resource WHERE rid = 'fever' AND num = 38.5")
    assert unit == tokens.unit(UCUM, "Cel")
    assert tokens.unit_read("°C") in tokens_
    assert tokens.unit_read("Cel") not in tokens_


WORDS = [
    ("family=มำ", 1, "the whole word"),
    ("family=ม", 1, "its beginning"),
    ("family=มา", 0, "its neighbour: the letter before: a beginning ends where the next letter begins"),
    ("name=มา,มิ", 1, "a comma is OR"),
    ("name=มา%", 1, "no sign makes a pattern"),
    ("name:contains=าลี", 1, ":contains"),
    ("name:contains=_ล", 1, "nor is a sign, which does not count at all"),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "expected", "sentence"), WORDS, ids=[asked for asked, _, _ in WORDS])
def test_words(asked: str, expected: int, sentence: str) -> None:
    """A beginning is a range of the index: what stands in it, and no neighbour."""
    assert len(resources(exchange.search(of_facility(HOSPITAL), "Patient", pairs(asked)))) == expected, sentence


def test_where_the_texts_that_begin_so_end() -> None:
    """The least text after all of them; letters that UTF-8 does not have are passed over."""
    assert following("มา") == "มำ"
    assert following("a\ud7ff") == "a\ue000"
    assert following("a\U0010ffff") == "b"
    assert following("\U0010ffff") is None
