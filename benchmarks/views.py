"""ViewDefinition $run: rows of made-up Observations, from the record to the file, in one process.

Processor time of this process and of the PostgreSQL backend stands beside wall time; SUKSALA_BENCH_VISITS is the size.
"""

from __future__ import annotations

import time
from typing import Any

from benchmarks.exchange import backend_cpu, cluster, imports, make_persons, tell

BAR = 10_000
OBSERVATIONS: dict[str, Any] = {
    "resource": "Observation",
    "select": [
        {
            "column": [
                {"name": "id", "path": "getResourceKey()", "type": "string"},
                {"name": "patient", "path": "subject.getReferenceKey(Patient)", "type": "string"},
                {"name": "code", "path": "code.coding.first().code", "type": "code"},
                {"name": "at", "path": "effective.ofType(dateTime)", "type": "dateTime"},
                {"name": "value", "path": "value.ofType(Quantity).value", "type": "decimal"},
                {"name": "unit", "path": "value.ofType(Quantity).unit", "type": "string"},
            ]
        }
    ],
}


def main() -> None:
    """Print one line for each format."""
    with cluster():
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        imports(make_persons())
        for kind in ("ndjson", "csv", "parquet"):
            run(kind)


def run(kind: str) -> None:
    """One format."""
    from suksala import consent
    from suksala.exchange import views
    from suksala.foundation import clock
    from suksala.standards import fhir

    permit = consent.permit_for_system("bench", clock.now())
    wish = views.Wish(fhir.views.View(OBSERVATIONS), format=kind, limit=views.MOST_ROWS)
    wall, cpu, behind = time.perf_counter(), time.process_time(), backend_cpu()
    path = views.run(permit, wish)
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    behind = backend_cpu() - behind
    rows = _rows(kind, path.read_bytes())
    size = path.stat().st_size
    path.unlink()
    each = f"CPU µs per row: Python {cpu / rows * 1e6:.0f} + PostgreSQL {behind / rows * 1e6:.0f}; {size / rows:.0f} B"
    tell(f"$run: {rows:,} rows as {kind}", f"{rows / wall:,.0f}/s", f"bar {BAR:,}/s", each)


def _rows(kind: str, raw: bytes) -> int:
    if kind == "parquet":
        import io

        import pyarrow.parquet as pq

        return int(pq.read_metadata(io.BytesIO(raw)).num_rows)
    return raw.count(b"\n") - (kind == "csv")


if __name__ == "__main__":
    main()
