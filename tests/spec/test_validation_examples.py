"""HL7's own 5,306 examples of R4: each passes, or is in the table of errata with the reason.

Needs the npm package `hl7.fhir.r4.examples` 4.0.1 (CC0, 188 MB), unpacked outside the repository:
SUKSALA_FHIR_EXAMPLES names its folder. Without it these tests are skipped; two dozen examples are always checked.
"""

from __future__ import annotations

import csv
import os
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest

from suksala.standards.fhir import validation

ERRATA = Path(__file__).parents[1] / "data/fhir/errata.csv"
FOLDER = os.environ.get("SUKSALA_FHIR_EXAMPLES")

pytestmark = pytest.mark.skipif(FOLDER is None, reason="SUKSALA_FHIR_EXAMPLES names no folder")


def examples() -> Iterator[Path]:
    """The files of the package that hold a resource."""
    for path in sorted(Path(str(FOLDER)).glob("*.json")):
        if path.name not in {"package.json", ".index.json"}:
            yield path


def test_every_example_passes_or_is_an_erratum() -> None:
    """The table is exact: what is in it fails by just these rules, and nothing else fails."""
    faults: dict[str, str] = {}
    count = 0
    for path in examples():
        count += 1
        rules = {issue.rule for issue in validation.check(orjson.loads(path.read_bytes())) if issue.severity == "error"}
        if rules:
            faults[path.name] = " ".join(sorted(rules))
    with ERRATA.open(encoding="utf-8", newline="") as stream:
        known = {row["file"]: row["rules"] for row in csv.DictReader(stream)}
    assert count == 5306
    assert faults == known
