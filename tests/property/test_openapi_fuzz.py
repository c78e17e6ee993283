"""What the OpenAPI description promises, tried on the server by a tool that knows nothing of us."""

from __future__ import annotations

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from suksala import signin
from suksala.exchange import fhir_application, openapi

pytestmark = pytest.mark.django_db


def _described(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """The description without a database, which there is none of while tests are collected."""
    start_response("200 OK", [("Content-Type", "application/json")])
    return [openapi.described_types("/fhir", ("Patient", "ValueSet"))]


schema = schemathesis.openapi.from_wsgi("/fhir/openapi.json", _described)
schema.app = fhir_application
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]


@pytest.fixture
def token() -> str:
    """A token that may do everything at one hospital."""
    return signin.issue_token("fuzz", "99801", ["system/*.cruds"], 1)


@schema.parametrize()
@settings(
    max_examples=3,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=list(HealthCheck),
)
def test_the_server_keeps_to_its_description(case: schemathesis.Case, token: str) -> None:
    """No failure of the server, no status, type or shape that is not described, whatever is sent."""
    answer = case.call_and_validate(headers={"Authorization": f"Bearer {token}"}, checks=CHECKS)
    assert answer.status_code < 500
