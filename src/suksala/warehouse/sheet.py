"""The KPI template as a file to download (S1.25): JSON for programs, CSV for spreadsheets, Markdown for people."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from typing import Any

from .template import BASES, Measure, MeasureVersion, Text

FORMATS = ("json", "csv", "md")

# Thai and English names of the sheet's fields, in the sheet's order.
_LABELS: dict[str, Text] = {
    "code": Text("รหัส", "Code"),
    "name": Text("ชื่อตัวชี้วัด", "Name"),
    "number": Text("ตัวชี้วัดที่", "Number"),
    "parent": Text("ตัวชี้วัดหลัก", "Parent KPI"),
    "level": Text("ระดับตัวชี้วัด", "Level"),
    "sort_order": Text("ลำดับ", "Sort order"),
    "definition": Text("คำนิยาม", "Definition"),
    "unit": Text("หน่วยตัวชี้วัด", "Unit"),
    "formula": Text("สูตรคำนวณตัวชี้วัด", "Formula"),
    "max_value": Text("ค่าสูงสุด", "Max value"),
    "flags": Text("ใช้เป็นตัวชี้วัดระดับ", "Used as"),
    "tags": Text("แท็ก", "Tags"),
    "target_population": Text("ประชากรกลุ่มเป้าหมาย", "Target population"),
    "collection": Text("วิธีการจัดเก็บข้อมูล", "Collection method"),
    "sources": Text("แหล่งข้อมูล", "Sources"),
    "evaluation_method": Text("วิธีการประเมินผล", "Evaluation method"),
    "processor": Text("หน่วยงานประมวลผล", "Processing organisation"),
    "contacts": Text("ผู้ประสานงาน", "Contacts"),
    "area_base": Text("พื้นที่ (จังหวัด / เขต, 0 คือทุกแห่ง)", "Area (province / region, 0 is all)"),
    "criteria": Text("เกณฑ์การประเมินรายปี", "Criteria by year"),
    "baseline": Text("ข้อมูลพื้นฐาน", "Baseline"),
    "documents": Text("เอกสารสนับสนุน", "Documents"),
    "remarks": Text("หมายเหตุ", "Remarks"),
    "last_update": Text("ปรับปรุงล่าสุด", "Last update"),
}


def download(measure: Measure, form: str) -> str:
    """The whole template with every version, as text in one of FORMATS. Raises ValueError for another form."""
    writers = {"json": _json, "csv": _csv, "md": _markdown}
    if form not in writers:
        raise ValueError(f"a template is downloaded as {', '.join(FORMATS)}")
    return writers[form](measure)


def as_data(measure: Measure) -> dict[str, Any]:
    """The template as plain values: texts as {th, en}, numbers as texts that keep their digits."""
    return {
        **{name: _plain(getattr(measure, name)) for name in _LABELS},
        "operands": [{"name": o.name, "definition": _plain(o.text), "unit": _plain(o.unit)} for o in measure.operands],
        "history": [{"on": on.isoformat(), "change": _plain(change)} for on, change in measure.history],
        "versions": [_version(v) for v in measure.versions],
    }


def _version(version: MeasureVersion) -> dict[str, Any]:
    return {
        "name": version.name,
        "fiscal_years": _years(version),
        "operator": version.operator,
        "direction": version.direction,
        "target": _plain(version.target),
        "target_high": _plain(version.target_high),
        "target_text": _plain(version.target_text),
        "thresholds": {f"Q{quarter}": str(value) for quarter, value in sorted(version.thresholds.items())},
        "evaluation_months": list(version.evaluation_months),
        "age_reference": version.age_reference,
        "basis": dict(zip(("th", "en"), BASES[version.basis], strict=True)),
        "changes": _plain(version.changes),
        "sql": version.sql.text,
    }


def _json(measure: Measure) -> str:
    return json.dumps(as_data(measure), ensure_ascii=False, indent=2) + "\n"


def _csv(measure: Measure) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(["ช่อง · field", "ไทย", "English"])
    for label, text in _lines(measure):
        writer.writerow([f"{label.th} · {label.en}", text.th, text.en])
    return "\ufeff" + out.getvalue()  # the mark by which spreadsheets know UTF-8


def _markdown(measure: Measure) -> str:
    title = f"# {measure.code} · {measure.name.th} · {measure.name.en}\n\n"
    rows = [f"| {label.th} · {label.en} | {_cell(text.th)} | {_cell(text.en)} |\n" for label, text in _lines(measure)]
    head = "| ช่อง · field | ไทย | English |\n|---|---|---|\n"
    queries = [f"\n## SQL {v.name} ({_years(v)})\n\n```sql\n{v.sql.pretty()}\n```\n" for v in measure.versions]
    return title + head + "".join(rows) + "".join(queries)


def _lines(measure: Measure) -> Iterator[tuple[Text, Text]]:
    """Label and value of every field of the sheet, then of each version."""
    for name, label in _LABELS.items():
        yield label, _words(getattr(measure, name))
        if name == "unit":
            for o in measure.operands:
                yield Text(f"นิยามของค่า {o.name}", f"Operand {o.name}"), o.text
                yield Text(f"หน่วยของค่า {o.name}", f"Unit of {o.name}"), o.unit
    for version in measure.versions:
        data = _version(version)
        for field, label in _VERSION_LABELS.items():
            heading = Text(f"{label.th} ({_years(version)})", f"{label.en} ({_years(version)})")
            yield heading, _words(Text(**data[field]) if _is_text(data[field]) else data[field])


_VERSION_LABELS: dict[str, Text] = {
    "operator": Text("ตัวดำเนินการ", "Operator"),
    "target_text": Text("เกณฑ์เป้าหมาย", "Target text"),
    "target": Text("ค่าเป้าหมาย", "Target value"),
    "thresholds": Text("เกณฑ์รายไตรมาส", "Quarterly thresholds"),
    "evaluation_months": Text("เดือนที่ประเมิน", "Evaluation months"),
    "age_reference": Text("วันที่ใช้คิดอายุ", "Age on"),
    "basis": Text("ฐานการนับ", "Basis"),
    "changes": Text("สิ่งที่เปลี่ยน", "What changed"),
}


def _is_text(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == {"th", "en"}


def _years(version: MeasureVersion) -> str:
    return f"{version.first_year}-{version.last_year or ''}"


def _plain(value: Any) -> Any:
    if isinstance(value, Text):
        return {"th": value.th, "en": value.en}
    if isinstance(value, tuple):
        return [_plain(v) for v in value]
    if hasattr(value, "role"):
        return {"role": _plain(value.role), "organisation": _plain(value.organisation)}
    if isinstance(value, dict):
        return {str(k): _plain(v) for k, v in value.items()}
    return value if value is None or isinstance(value, str | int) else str(value)


def _words(value: Any) -> Text:
    """A field's value as a person reads it, in both languages."""
    if isinstance(value, Text):
        return value
    if isinstance(value, dict):
        shown = [f"{k}: {v}" if v is not True else str(k) for k, v in value.items() if v is not False]
        return Text(", ".join(shown), ", ".join(shown))
    if isinstance(value, tuple | list):
        parts = [_words(v) for v in value]
        return Text(", ".join(p.th for p in parts), ", ".join(p.en for p in parts))
    if hasattr(value, "role"):
        return Text(f"{value.role.th} ({value.organisation.th})", f"{value.role.en} ({value.organisation.en})")
    text = "" if value is None else str(value)
    return Text(text, text)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
