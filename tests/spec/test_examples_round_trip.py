"""HL7's own 5,306 examples of R4: each is stored and comes back equal, or is refused for a reason that the table of
errata confirms; the refusals are printed (S4.23). Needs SUKSALA_FHIR_EXAMPLES, as test_validation_examples does.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from suksala import signin
from suksala.exchange import exact
from suksala.foundation import settings
from tests.record import Called

ERRATA = Path(__file__).parents[1] / "data/fhir/errata.csv"
FOLDER = os.environ.get("SUKSALA_FHIR_EXAMPLES")
FHIR = {"CONTENT_TYPE": "application/fhir+json"}
TOO_LARGE = "Bundle-resources.json"  # 23 MB as printed here; a request takes 16
OURS = ("versionId", "lastUpdated", "source")

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(FOLDER is None, reason="SUKSALA_FHIR_EXAMPLES names no folder"),
]


def examples() -> Iterator[tuple[str, dict[str, Any]]]:
    """Name and content, patients first: what is about one of them then finds its record."""
    names = [p for p in sorted(Path(str(FOLDER)).glob("*.json")) if p.name not in {"package.json", ".index.json"}]
    for path in sorted(names, key=lambda p: not p.name.startswith("Patient-")):
        yield path.name, exact.loads(path.read_bytes())


def plain(resource: dict[str, Any]) -> dict[str, Any]:
    """The resource without what the server says about it."""
    meta = {name: value for name, value in resource.get("meta", {}).items() if name not in OURS}
    rest = {name: value for name, value in resource.items() if name != "meta"}
    if resource["resourceType"] == "Subscription":  # the values of its headers come back sealed (decision 0077)
        names = [line.partition(":")[0] for line in resource["channel"].get("header", ())]
        rest["channel"] = {**resource["channel"], "header": names}
    return {**rest, "meta": meta} if meta else rest


def test_every_example_comes_back_or_is_an_erratum(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stored by a system of the exchange whose policy is lenient: the examples refer to much that is not there."""
    monkeypatch.setenv("SUKSALA_WEBHOOK_HOSTS", "biliwatch.com")
    settings.forget()
    token = signin.issue_token("examples", None, ["system/*.cruds"], 1, lenient=True)
    with ERRATA.open(encoding="utf-8", newline="") as stream:
        errata = {row["file"] for row in csv.DictReader(stream)}
    refused: dict[str, str] = {}
    differing = []
    for name, resource in examples():
        address = f"/fhir/{resource['resourceType']}/{resource['id']}"
        method = "PUT"
        if resource["resourceType"] == "AuditEvent":
            method, address = "POST", "/fhir/AuditEvent"
        answer = Called(method, address, token=token, body=exact.dumps(resource), **FHIR)
        if answer.status not in (200, 201):
            refused[name] = f"{answer.status} {answer.json['issue'][0]['details']['text']}"
            continue
        back = exact.loads(Called("GET", f"/fhir/{resource['resourceType']}/{answer.json['id']}", token=token).raw)
        back["id"] = resource["id"]
        if plain(back) != plain(resource):
            differing.append(name)
    print(f"{len(refused)} refused:", *(f"{name}: {why}" for name, why in refused.items()), sep="\n")
    assert (differing, sorted(refused.keys() - errata)) == ([], [TOO_LARGE])
    settings.forget()
