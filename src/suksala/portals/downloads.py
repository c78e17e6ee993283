"""Downloads: the figures and faults of a page as CSV, safe to open in a spreadsheet."""

from __future__ import annotations

import base64
import csv
import io
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

from suksala import warehouse

COLUMNS = (
    "code", "area", "period", "a", "b", "score", "target", "passed",
    "definition_hash", "snapshot", "as_of",
)  # fmt: skip
RISKY = ("=", "+", "-", "@", "\t", "\r", "\0")


def figures(reports: Iterable[warehouse.MeasureReport], file_name: str) -> HttpResponse:
    """Measure reports as CSV, UTF-8 with a byte order mark so that spreadsheets show Thai."""
    return table(COLUMNS, map(_figure_row, reports), file_name)


def _figure_row(r: warehouse.MeasureReport) -> tuple[object, ...]:
    passed = "" if r.passed is None else str(r.passed).lower()
    target, score = ("" if value is None else str(value) for value in (r.target, r.score))
    stamp = (r.definition_hash, r.snapshot, r.as_of.isoformat())
    return (r.code, r.area, r.period, r.a, r.b, score, target, passed, *stamp)


def table(columns: Sequence[str], rows: Iterable[Iterable[object]], file_name: str) -> HttpResponse:
    """A table as CSV, UTF-8 with a byte order mark so that spreadsheets show Thai."""
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([harmless(str(cell)) for cell in row])
    return sheet("\N{ZERO WIDTH NO-BREAK SPACE}" + text.getvalue(), file_name)


def harmless(cell: str) -> str:
    """A cell that a spreadsheet will not run as a formula (security T15)."""
    return f"'{cell}" if cell.startswith(RISKY) else cell


def sheet(text: str, file_name: str) -> HttpResponse:
    """A CSV as an attachment; `file_name` is made of our own codes only."""
    answer = HttpResponse(text.encode(), content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="{file_name}"'
    return answer


def data_image(svg: str) -> str:
    """A drawn picture as the address of an image, so that nothing of it becomes part of the page."""
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()
