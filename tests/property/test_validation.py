"""No JSON value makes the validator fail, and a sound resource with anything put into it is answered."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from suksala.standards.fhir import validation

EXAMPLES = json.loads((Path(__file__).parents[1] / "data/fhir/examples.json").read_bytes())
NAMES = st.sampled_from(
    [
        "resourceType",
        "id",
        "extension",
        "url",
        "contained",
        "reference",
        "value",
        "valueString",
        "_status",
        "meta",
        "text",
    ]
)
leaves = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20) | st.sampled_from(["Patient", "#a"])
)
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(NAMES | st.text(max_size=8), inner, max_size=4)
)


def places(value: Any) -> list[tuple[Any, Any]]:
    """Each place of a JSON value: what holds it, and its name or number there."""
    listed = (
        list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    )
    return [(value, name) for name, _ in listed] + [place for _, inner in listed for place in places(inner)]


@given(values)
def test_any_json_value_is_answered(value: Any) -> None:
    """Whatever comes."""
    assert validation.check(value)
    assert validation.check({"resourceType": "Observation", "valueQuantity": value, "contained": value, "text": value})


@given(st.sampled_from(EXAMPLES), values, st.data())
def test_anything_put_into_a_sound_resource(resource: dict[str, Any], value: Any, data: st.DataObject) -> None:
    """Each issue has a place in the resource and sentences in both languages."""
    changed = copy.deepcopy(resource)
    holder, name = data.draw(st.sampled_from(places(changed)))
    holder[name] = value
    for issue in validation.check(changed):
        assert issue.th
        assert issue.en
        assert issue.expression


PROFILES = validation.profile_urls()


@given(st.sampled_from(EXAMPLES), values, st.data())
def test_profiles_over_anything(resource: dict[str, Any], value: Any, data: st.DataObject) -> None:
    """A profile never makes the validator fail, whatever stands where it looks."""
    changed = copy.deepcopy(resource)
    holder, name = data.draw(st.sampled_from(places(changed)))
    holder[name] = value
    mine = [url for url in PROFILES if f"/{resource['resourceType']}-uv-ips" in url or "th-core" in url]
    assert isinstance(validation.check(changed, profiles=mine), list)
