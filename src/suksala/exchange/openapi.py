"""The OpenAPI 3.1 description of the FHIR API, printed from the tables that the server itself goes by.

For tools that know OpenAPI and not FHIR: types, parameters, headers, operations. The CapabilityStatement stays the
authority; what FHIR says of a resource's content (elements, profiles) is not told again here.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator
from importlib.metadata import version
from typing import Any

import orjson

from . import openapi_parts as parts
from . import web_operations
from .capability import documented
from .own_parameters import remembered
from .parameters import EVERY_TYPE, STORED, answered
from .terminology import OPERATIONS as TERMINOLOGY

_ABOUT = (
    "FHIR R4 (4.0.1), JSON. ทุกการอ่านอยู่ใต้สิทธิและถูกบันทึก สิ่งที่ไม่มีสิทธิเห็นตอบเหมือนไม่มี · Every read is under a permit "
    "and is logged; what a token may not see is answered as what does not exist. Every refusal is an OperationOutcome "
    "in Thai and English. `?_type=Patient,Observation` describes these types only."
)


# Operations of the server itself, and of types that R4 does not have and nobody keeps here (ViewDefinition).
_BESIDE = ["", *sorted({rtype for rtype, _, _ in web_operations.OPERATIONS} - {"", web_operations.ANY, *STORED})]


@remembered(4)
def described(base: str) -> bytes:
    """The description of the whole API at `base`: made once, for it is the same until the next start."""
    return described_types(base, STORED)


@remembered(4)
def packed(base: str) -> bytes:
    """As `described`, gzipped: 50 kB instead of a megabyte."""
    return gzip.compress(described(base), mtime=0)


def described_types(base: str, types: Iterable[str]) -> bytes:
    """The description of these types, and of what belongs to no type."""
    chosen = sorted(types)
    paths = {**_of_server(), **{path: item for rtype in chosen for path, item in _of_type(rtype)}}
    body = {
        "openapi": "3.1.1",
        "info": {
            "title": "Suksala FHIR R4 · สุขศาลา",
            "version": version("suksala"),
            "description": _ABOUT,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": base}],
        "security": [{"token": []}],
        "tags": [{"name": rtype} for rtype in chosen],
        "paths": paths,
        "components": parts.COMPONENTS,
    }
    return orjson.dumps(body)


def _of_server() -> dict[str, Any]:
    """The addresses that belong to no type."""
    openly: dict[str, Any] = {"security": []}
    mode = {"name": "mode", "in": "query", "schema": {"enum": ["full", "terminology"]}}
    return {
        "/metadata": {"get": {**_told("metadata", "CapabilityStatement", "200", []), **openly, "parameters": [mode]}},
        "/openapi.json": {
            "get": {
                "operationId": "openapi",
                "summary": "This description · คำอธิบายนี้",
                **openly,
                "parameters": [{"name": "_type", "in": "query", "schema": {"type": "string"}}],
                "responses": {
                    "200": {
                        "description": "OpenAPI 3.1",
                        "content": {"application/json": {"schema": {"type": "object"}}},
                    },
                    "default": parts.REFUSED,
                },
            }
        },
        "/_search": {
            "post": {
                **_told("search-system-posted", "Search several types, form · ค้นหลายชนิดด้วยแบบฟอร์ม", "200", []),
                "requestBody": parts.FORM,
            }
        },
        "/": {
            "get": _told("search-system", "Search several types · ค้นหลายชนิด", "200", [], parts.ALL_TYPES),
            "post": {
                **_told("transaction", "Bundle: transaction or batch · หลายรายการพร้อมกัน", "200", []),
                "requestBody": parts.body("Bundle"),
            },
        },
        "/_history": {"get": _told("history-system", "History of everything · ประวัติทั้งหมด", "200", [], parts.HISTORY)},
        **{path: item for rtype in _BESIDE for path, item in _operations(rtype)},
    }


def _of_type(rtype: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The addresses of one type."""
    tags = [rtype]
    body = parts.body(rtype)

    def told(code: str, summary: str, status: str, *with_: list[Any]) -> dict[str, Any]:
        return _told(f"{code}-{rtype}", summary, status, tags, *with_)

    yield (
        f"/{rtype}",
        {
            "get": told("search", f"Search {rtype} · ค้นหา", "200", [*_searches(rtype), *parts.RESULTS]),
            "post": {**told("create", f"Create {rtype} · สร้าง", "201", parts.CREATE), "requestBody": body},
        },
    )
    yield (
        f"/{rtype}/_search",
        {"post": {**told("search-posted", f"Search {rtype}, form · ค้นหาด้วยแบบฟอร์ม", "200"), "requestBody": parts.FORM}},
    )
    yield (
        f"/{rtype}/{{id}}",
        {
            "parameters": [parts.ID],
            "get": told("read", f"Read {rtype} · อ่าน", "200", parts.READ),
            "put": {**told("update", f"Update {rtype} · แก้ไข", "200", parts.UPDATE), "requestBody": body},
            "patch": {**told("patch", f"Patch {rtype} · แก้ไขบางส่วน", "200", parts.UPDATE), "requestBody": parts.PATCH},
            "delete": told("delete", f"Delete {rtype} · ลบ", "204", parts.MATCH),
        },
    )
    yield f"/{rtype}/_history", {"get": told("history-type", f"History of {rtype} · ประวัติ", "200", parts.HISTORY)}
    yield (
        f"/{rtype}/{{id}}/_history",
        {"parameters": [parts.ID], "get": told("history", "Its history · ประวัติ", "200", parts.HISTORY)},
    )
    yield (
        f"/{rtype}/{{id}}/_history/{{vid}}",
        {"parameters": [parts.ID, parts.VID], "get": told("vread", "A former version · รุ่นก่อน", "200")},
    )
    yield from _operations(rtype)


def _told(name: str, summary: str, status: str, tags: list[str], parameters: list[Any] | None = None) -> dict[str, Any]:
    found: dict[str, Any] = {"operationId": name, "summary": summary, "responses": parts.answers(status)}
    if tags:
        found["tags"] = tags
    if parameters:
        found["parameters"] = parameters
    return found


def _searches(rtype: str) -> list[dict[str, Any]]:
    """The search parameters of a type, as the CapabilityStatement tells them."""
    found = [parts.parameter(name) for name in EVERY_TYPE]
    for name, definition in answered(rtype).items():
        if name in EVERY_TYPE:
            continue
        told = documented(rtype, name, definition.kind)
        words = definition.kind + (f"; {told['documentation']}" if "documentation" in told else "")
        found.append({"name": name, "in": "query", "description": words, "schema": parts.TEXT})
    return found


def _operations(rtype: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The operations of a type, or of the server itself."""
    levels = {"system": "", "type": f"/{rtype}", "instance": f"/{rtype}/{{id}}"}
    for (type_, level, name), found in web_operations.OPERATIONS.items():
        if type_ not in ({rtype, web_operations.ANY} if rtype else {""}):
            continue
        item: dict[str, Any] = {"parameters": [parts.ID]} if level == "instance" else {}
        for method in found.methods:
            if method == "HEAD":
                continue
            code = f"{name}-{rtype or 'system'}-{level}-{method.lower()}"
            item[method.lower()] = _call(code, f"{name} {found.definition}".strip(), rtype, method, found.media)
            if found.parameters:
                item[method.lower()]["parameters"] = [
                    {"name": key, "in": "query", "schema": parts.TEXT} for key in found.parameters
                ]
        yield f"{levels[level]}/{name}", item
    for (type_, name), (takes, _) in TERMINOLOGY.items():
        if type_ == rtype:
            asked = [
                {"name": key, "in": "query", "description": kind, "schema": parts.TEXT} for key, kind in takes.items()
            ]
            calls = {m.lower(): _call(f"{name}-{rtype}-{m.lower()}", name, rtype, m) for m in ("GET", "POST")}
            calls["get"]["parameters"] = asked
            yield f"/{rtype}/{name}", calls


def _call(code: str, summary: str, rtype: str, method: str, media: str = parts.MEDIA) -> dict[str, Any]:
    is_fhir = media == parts.MEDIA
    found = _told(code, summary, "2XX", [rtype] if rtype else [])
    if not is_fhir:
        found["responses"] = parts.plain_answers(media)
    if method == "POST":
        found["requestBody"] = parts.body("Resource") if is_fhir else parts.plain_body(media)
    return found
