"""The OpenAPI description: open, valid, true to the server, and light."""

from __future__ import annotations

import gzip

import orjson
import pytest
from openapi_spec_validator import validate

from suksala.exchange import web_operations
from suksala.exchange.parameters import STORED, answered
from tests.record import Called

pytestmark = pytest.mark.django_db  # the search parameters of the operator are told too

SOME = ("Patient", "Observation", "ValueSet", "Group", "Subscription")


def test_it_is_open_and_valid() -> None:
    """No token, as /fhir/metadata; checked by a validator that is not ours."""
    answer = Called("GET", f"/fhir/openapi.json?_type={','.join(SOME)}")
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/json")
    validate(answer.json)  # raises with the place
    assert answer.json["servers"] == [{"url": "https://suksala.test/fhir"}]
    assert {tag["name"] for tag in answer.json["tags"]} == set(SOME)


def test_it_is_of_every_type_and_small_on_the_line() -> None:
    """A megabyte of words, 50 kB gzipped; gzip only for those who take it."""
    packed = Called("GET", "/fhir/openapi.json", HTTP_ACCEPT_ENCODING="gzip, br")
    plain = Called("GET", "/fhir/openapi.json")
    assert packed.headers["Content-Encoding"] == "gzip"
    assert "Content-Encoding" not in plain.headers
    assert gzip.decompress(packed.raw) == plain.raw
    assert len(packed.raw) < 64_000
    assert {path.split("/")[1] for path in plain.json["paths"]} >= set(STORED)


def test_graphql_is_told_as_what_it_is() -> None:
    """Its body and answers are JSON and no resource; what refuses a call before it begins is an OperationOutcome."""
    call = Called("GET", "/fhir/openapi.json?_type=Patient").json["paths"]["/Patient/{id}/$graphql"]["post"]
    assert list(call["requestBody"]["content"]) == ["application/json"]
    assert list(call["responses"]["2XX"]["content"]) == ["application/json"]
    assert list(call["responses"]["default"]["content"]) == ["application/json", "application/fhir+json"]


@pytest.mark.parametrize("rtype", SOME)
def test_every_search_parameter_that_is_answered_is_told(rtype: str) -> None:
    """The same tables as the CapabilityStatement."""
    told = Called("GET", f"/fhir/openapi.json?_type={rtype}").json
    names = {p.get("name") or p["$ref"].rpartition("/")[2] for p in told["paths"][f"/{rtype}"]["get"]["parameters"]}
    assert set(answered(rtype)) < names


def test_every_operation_is_told() -> None:
    """With the methods that it takes."""
    paths = Called("GET", "/fhir/openapi.json").json["paths"]
    for (rtype, level, name), found in web_operations.OPERATIONS.items():
        kind = "Patient" if rtype == web_operations.ANY else rtype
        place = {"system": "", "type": f"/{kind}", "instance": f"/{kind}/{{id}}"}[level]
        assert {m.lower() for m in found.methods} - {"head"} == set(paths[f"{place}/{name}"]) - {"parameters"}
    assert set(paths["/CodeSystem/$lookup"]) == {"get", "post"}


@pytest.mark.parametrize("query", ["_type=Person,Nonsense", "_type=", "type=Patient"])
def test_what_it_cannot_describe_is_refused(query: str) -> None:
    """By an OperationOutcome, as everywhere."""
    answer = Called("GET", f"/fhir/openapi.json?{query}")
    assert (answer.status, answer.issue) == (400, "not-supported")


def test_it_is_only_read() -> None:
    assert Called("POST", "/fhir/openapi.json").headers["Allow"] == "GET, HEAD"
    assert orjson.loads(Called("HEAD", "/fhir/openapi.json").raw or b"null") is None
