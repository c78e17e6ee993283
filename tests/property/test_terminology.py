"""Laws of the terminology operations: any parameters are answered or refused; names and maps agree with each other."""

from __future__ import annotations

from typing import Any

import orjson
from hypothesis import given, settings
from hypothesis import strategies as st

from suksala.exchange import SearchProblem, versions
from suksala.exchange.terminology import OPERATIONS, NotKept, run
from suksala.standards import fhir

names = st.sampled_from(sorted({name for takes, _ in OPERATIONS.values() for name in takes} | {"bogus", "_format"}))
texts = st.one_of(
    st.sampled_from([*fhir.system_urls()[-5:], "urn:suksala:valueset:sex", "1", "E11.9", "E119", "05", "true", "th"]),
    st.text(max_size=8),
)
keys = st.sampled_from(
    ["valueString", "valueCode", "valueCoding", "valueCodeableConcept", "valueBoolean", "valueInteger"]
)
codings = st.fixed_dictionaries({}, optional={"system": texts, "code": texts, "display": texts})
concepts = st.fixed_dictionaries({"coding": st.lists(codings)})
values = st.one_of(texts, st.none(), st.booleans(), st.integers(-5, 10**10), codings, concepts)
systems = st.sampled_from(fhir.system_urls())


@settings(max_examples=300, derandomize=True)
@given(st.sampled_from(sorted(OPERATIONS)), st.lists(st.tuples(names, texts)), st.lists(st.tuples(names, keys, values)))
def test_any_parameters_are_answered_or_refused(
    operation: tuple[str, str], pairs: list[tuple[str, str]], posted: list[tuple[str, str, Any]]
) -> None:
    """No other way out."""
    listed = [{"name": name, key: value} for name, key, value in posted]
    body = orjson.dumps({"resourceType": "Parameters", "parameter": listed})
    try:
        answer = orjson.loads(run(operation, pairs, body))
    except (SearchProblem, NotKept):
        return
    assert answer["resourceType"] in {"Parameters", "ValueSet"}


@settings(max_examples=100, derandomize=True)
@given(st.binary(max_size=60))
def test_any_body_is_answered_or_refused(body: bytes) -> None:
    """Whatever bytes are sent."""
    try:
        run(("CodeSystem", "$lookup"), [("system", fhir.UCUM), ("code", "kg")], body)
    except SearchProblem:
        return
    assert body == b""


@settings(max_examples=200, derandomize=True)
@given(st.lists(st.tuples(st.sampled_from(["_count", "_since", "_at", "_cursor", "x"]), texts), max_size=3))
def test_any_history_is_read_or_refused(pairs: list[tuple[str, str]]) -> None:
    """No other way out."""
    try:
        wish = versions.read("Patient", None, pairs)
    except SearchProblem:
        return
    assert wish.asked == [pair for pair in pairs if pair[0] != "_cursor"]


@settings(max_examples=100, derandomize=True)
@given(systems, st.data())
def test_what_is_looked_up_is_valid_and_found_by_its_code(url: str, data: st.DataObject) -> None:
    """$lookup, $validate-code with the display it gave, and the value set of the whole system agree."""
    system = fhir.system_of(url)
    assert system is not None
    code = data.draw(st.sampled_from(sorted(system.terms)))
    shown = _said(("CodeSystem", "$lookup"), system=url, code=code)["display"]
    assert _said(("CodeSystem", "$validate-code"), url=url, code=code, display=shown)["result"] is True
    assert _said(("ValueSet", "$validate-code"), url=system.value_set, system=url, code=code)["result"] is True


@settings(max_examples=100, derandomize=True)
@given(st.sampled_from(fhir.concept_maps()), st.data())
def test_a_map_leads_back(found: fhir.ConceptMap, data: st.DataObject) -> None:
    """Whatever a code is translated to, the reverse names the code among its sources."""
    source = fhir.system_of(found.source)
    assert source is not None
    code = data.draw(st.sampled_from(sorted(source.terms)))
    for target in found.targets(code):
        assert code in found.sources(target)


def _said(operation: tuple[str, str], **asked: str) -> dict[str, Any]:
    answer = orjson.loads(run(operation, list(asked.items()), b""))
    return {p["name"]: p.get("valueString", p.get("valueBoolean")) for p in answer["parameter"]}
