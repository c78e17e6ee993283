"""The jobs of ingest."""

from suksala.foundation import jobs

from . import service


@jobs.task("ingest.apply")
def apply(deposit: int) -> None:
    """Apply a received deposit."""
    service.apply(deposit)


@jobs.task("ingest.void")
def void(deposit: int) -> None:
    """Finish voiding a deposit that was interrupted."""
    service.finish_void(deposit)
