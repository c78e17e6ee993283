"""What it costs to validate a resource: `python -m benchmarks.fhir_validation`, best of nine, processor time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from suksala.standards.fhir import validation

EXAMPLES = Path(__file__).parents[1] / "tests/data/fhir/examples.json"
TIMES = 500


def coding(system: str, code: str, display: str) -> dict[str, Any]:
    """A concept with one coding."""
    return {"coding": [{"system": system, "code": code, "display": display}]}


def component(code: str, display: str, text: str, value: float) -> dict[str, Any]:
    """One pressure."""
    ucum = {"unit": "mmHg", "system": "http://unitsofmeasure.org", "code": "mm[Hg]"}
    return {
        "code": {**coding("http://loinc.org", code, display), "text": text},
        "valueQuantity": {"value": value, **ucum},
    }


OBSERVATION: dict[str, Any] = {
    "resourceType": "Observation",
    "id": "bp-1",
    "meta": {"versionId": "1", "lastUpdated": "2026-01-05T09:30:00+07:00"},
    "identifier": [{"system": "https://terms.sil-th.org/hcode/5/99999/VN", "value": "690105-0001"}],
    "status": "final",
    "category": [coding("http://terminology.hl7.org/CodeSystem/observation-category", "vital-signs", "Vital Signs")],
    "code": {**coding("http://loinc.org", "85354-9", "Blood pressure panel"), "text": "ความดันโลหิต"},
    "subject": {"reference": "Patient/0b5d3c7e-7a68-4cb8-9a3e-5a0c3d1f9d11", "display": "ผู้ป่วยสมมติ"},
    "encounter": {"reference": "Encounter/9b1"},
    "effectiveDateTime": "2026-01-05T09:30:00+07:00",
    "performer": [{"reference": "Organization/h99999"}],
    "interpretation": [
        coding("http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation", "H", "High"),
    ],
    "component": [
        component("8480-6", "Systolic blood pressure", "ความดันตัวบน", 148),
        component("8462-4", "Diastolic blood pressure", "ความดันตัวล่าง", 92.5),
    ],
}


def best(work: Callable[[], object]) -> float:
    """Microseconds of one call."""
    work()
    found = []
    for _ in range(9):
        start = time.process_time()
        for _ in range(TIMES):
            work()
        found.append((time.process_time() - start) / TIMES * 1e6)
    return min(found)


def main() -> None:
    """Print one line a resource."""
    shown = [OBSERVATION, *json.loads(EXAMPLES.read_bytes())]
    for resource in shown:
        size = len(json.dumps(resource, ensure_ascii=False, separators=(",", ":")).encode())
        cost = best(partial(validation.check, resource))
        print(f"{resource['resourceType']:<20} {size:>6,} B {cost:>8.1f} µs")


if __name__ == "__main__":
    main()
