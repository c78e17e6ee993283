"""The jobs of ingest."""

from suksala.foundation import jobs, ticks

from . import service


@jobs.task("ingest.apply")
def apply(deposit: int) -> None:
    """Apply a received deposit."""
    service.apply(deposit)


@jobs.task("ingest.void")
def void(deposit: int) -> None:
    """Finish voiding a deposit that was interrupted."""
    service.finish_void(deposit)


@ticks.every(6 * 3600.0, "ingest.tidy")
def tidy() -> None:
    """Remove what was kept its time."""
    service.tidy()
