"""The standard as a page of the reference: printed from the tables, so that page and program cannot differ."""

from __future__ import annotations

from collections.abc import Iterator

from .model import Field, FileSpec
from .tables import FILES


def reference_markdown() -> str:
    """All 52 files with their keys, dates and fields, in Markdown."""
    return "\n".join(_page()) + "\n"


def _page() -> Iterator[str]:
    yield "# 43 แฟ้ม · The 43 files, as this platform reads them"
    yield ""
    yield "Version 2.4.1. `key` is the key this platform goes by; where sources differ see [readings](../readings.md)."
    yield ""
    yield "| No. | File | Kind | Key | Service date | Since |"
    yield "|---:|---|---|---|---|---|"
    for spec in FILES.values():
        yield _file_line(spec)
    for spec in FILES.values():
        yield from _section(spec)


def _file_line(spec: FileSpec) -> str:
    anchor = spec.name.lower()
    cells = (f"[{spec.name}](#{anchor})", spec.kind, " ".join(spec.key), spec.service_date or "", spec.since_version)
    return f"| {spec.number} | " + " | ".join(cells) + " |"


def _section(spec: FileSpec) -> Iterator[str]:
    yield ""
    yield f"## {spec.name}"
    yield ""
    yield f"{spec.description_en}."
    yield ""
    yield "| # | Field | Type | Width | Must | Key | Values | Since | Meaning |"
    yield "|---:|---|---|---|---|---|---|---|---|"
    for number, field in enumerate(spec.fields, start=1):
        yield _field_line(number, field)


def _field_line(number: int, field: Field) -> str:
    width = "" if field.width is None else f"{field.width}" + (f".{field.scale}" if field.scale else "")
    also = f" (also {', '.join(field.aliases)})" if field.aliases else ""
    cells = (
        str(number),
        field.name + also,
        field.type,
        width,
        "yes" if field.required else "",
        "yes" if field.is_key else "",
        field.code_table or field.vocabulary or "",
        field.since_version,
        field.label_en.replace("|", "\\|"),
    )
    return "| " + " | ".join(cells) + " |"
