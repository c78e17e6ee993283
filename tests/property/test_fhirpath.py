"""FHIRPath against whatever a client may send: the engine's own error, and no other."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from suksala.standards import fhir
from suksala.standards.fhir import fhirpath, views

WORDS = [
    *("Patient", "name", "given", "value", "birthDate", "contact", "telecom", "$this", "$index", "%a", "%`b`", "{}"),
    *("where(", "exists(", "select(", "repeat(", "iif(", "children()", "descendants()", "ofType(string)", "first()"),
    *("lowBoundary(", "highBoundary(", "round(", "power(", "join(", "split(", "extension(", "toInteger()", "sqrt()"),
    *("'a'", "''", "1", "0", "-1", "2.50", "99999999999999999999", "@2020", "@2020-02", "@T10:00", "1 'kg'", "true"),
    *(
        ".",
        ".",
        ".",
        ")",
        ")",
        "(",
        "[",
        "]",
        ",",
        "=",
        "!=",
        "~",
        "<",
        ">=",
        "+",
        "-",
        "*",
        "/",
        "div",
        "mod",
        "&",
        "|",
    ),
    *("and", "or", "xor", "implies", "is", "as", "in", "contains", "String", "@", "'", "`", "%", "\\", "\u0e01"),
]
TEXTS = st.one_of(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join), st.text(max_size=60))
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.decimals(allow_nan=False, allow_infinity=False),
    st.text(max_size=5),
    st.sampled_from(["1980-02-30", "1980", "1980-01-01T10:00:00Z", "0001-01-01T00:00:00+14:00"]),
)
KEYS = st.sampled_from(
    ["name", "given", "birthDate", "_birthDate", "contact", "extension", "value", "telecom", "id", "x"]
)
VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4))


@settings(max_examples=400, deadline=None)
@given(TEXTS, st.dictionaries(KEYS, VALUES, max_size=5))
def test_any_text_on_any_resource_is_answered_or_refused(text: str, resource: dict[str, Any]) -> None:
    """What it finds are nodes; what it refuses is told as a FhirPathProblem."""
    node = fhirpath.Node({"resourceType": "Patient", **resource}, "Patient")
    try:
        found = fhirpath.Expression(text, "Patient").nodes(node)
    except fhirpath.FhirPathProblem:
        return
    assert all(isinstance(one, fhirpath.Node) for one in found)


PARTS = st.sampled_from(["resource", "select", "column", "path", "name", "forEach", "repeat", "unionAll", "constant"])
WORDS_OF_VIEWS = LEAVES | st.sampled_from(["Patient", "id", "name", "contact"])
VIEWS = st.recursive(
    WORDS_OF_VIEWS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(PARTS, inner, max_size=4)
)


@settings(max_examples=200, deadline=None)
@given(VIEWS)
def test_any_json_is_a_view_or_refused(definition: Any) -> None:
    """A ViewDefinition of any shape."""
    try:
        view = views.View({"resource": "Patient", **definition} if isinstance(definition, dict) else definition)
    except views.ViewProblem:
        return
    assert view.columns
    assert len({column.name for column in view.columns}) == len(view.columns)


@given(st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=-(10**9), max_value=10**9))
def test_every_digit_counts(value: Decimal) -> None:
    """What is added and taken away again is the same number; the boundaries lie half a digit away."""
    node = fhirpath.Node({"resourceType": "Observation", "valueQuantity": {"value": value}}, "Observation")

    def ask(text: str) -> Any:
        return fhir.fhirpath.Expression(f"value.ofType(Quantity).value{text}", "Observation").nodes(node)[0].value

    assert ask(" + 0.1 - 0.1") == value
    assert ask(".highBoundary()") - ask(".lowBoundary()") == Decimal("0.000001")
