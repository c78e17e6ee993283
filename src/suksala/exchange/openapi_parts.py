"""What many addresses of the OpenAPI description share: bodies, answers, headers, the shape of a refusal."""

from __future__ import annotations

from typing import Any

MEDIA = "application/fhir+json"
TEXT: dict[str, Any] = {"type": "string"}
Part = dict[str, Any]


def _ref(kind: str, name: str) -> Part:
    return {"$ref": f"#/components/{kind}/{name}"}


def parameter(name: str) -> Part:
    """A parameter that many addresses share."""
    return _ref("parameters", name)


REFUSED = _ref("responses", "refused")
ID, VID = _ref("parameters", "id"), _ref("parameters", "vid")
_SHAPE = [_ref("parameters", name) for name in ("_summary", "_elements", "_pretty")]
READ = [*_SHAPE, *(_ref("parameters", name) for name in ("ifNoneMatch", "ifModifiedSince"))]
RESULTS = [
    *(_ref("parameters", name) for name in ("_count", "_sort", "_total", "_include", "_revinclude")),
    *(_ref("parameters", name) for name in ("_filter", "_text", "_content")),
    *_SHAPE,
    _ref("parameters", "handling"),
]
ALL_TYPES = [
    *(
        _ref("parameters", name)
        for name in ("_type", "_id", "_lastUpdated", "_profile", "_security", "_source", "_tag")
    ),
    *(_ref("parameters", name) for name in ("_text", "_content", "_count", "_sort", "_total")),
    *_SHAPE,
    _ref("parameters", "handling"),
]
HISTORY = [_ref("parameters", name) for name in ("_count", "_since")]
CREATE = [_ref("parameters", name) for name in ("ifNoneExist", "return")]
MATCH = [_ref("parameters", "ifMatch")]
UPDATE = [*MATCH, _ref("parameters", "return")]
FORM: Part = {
    "content": {"application/x-www-form-urlencoded": {"schema": {"type": "object", "additionalProperties": TEXT}}}
}
PATCH: Part = {
    "required": True,
    "content": {
        "application/json-patch+json": {"schema": {"type": "array", "items": {"type": "object"}}},
        "application/fhir+json": {"schema": {"type": "object"}},  # FHIRPath Patch: a Parameters resource
    },
}
_WORDS = {"200": "read", "201": "created", "204": "gone", "2XX": "done"}


def body(rtype: str) -> Part:
    """A resource that is sent; that it is of the right type is for the server to say."""
    schema = _ref("schemas", "Resource")
    if rtype != "Resource":
        schema = {"allOf": [schema], "properties": {"resourceType": {"const": rtype}}}
    return {"required": True, "content": {MEDIA: {"schema": schema}}}


def answers(status: str) -> dict[str, Part]:
    """What comes back: as wished, or an OperationOutcome."""
    found = {status: _ref("responses", _WORDS[status])}
    if status == "200":
        found["304"] = _ref("responses", "unchanged")
    return {**found, "default": REFUSED}


def plain_body(media: str) -> Part:
    """An object that is sent and is no resource."""
    return {"required": True, "content": {media: {"schema": {"type": "object"}}}}


def plain_answers(media: str) -> dict[str, Part]:
    """Answers and refusals of an operation that speaks no FHIR; what refuses a call before it begins still does."""
    told = {media: {"schema": {"type": "object"}}}
    refused = {**told, MEDIA: {"schema": _ref("schemas", "OperationOutcome")}}
    return {
        "2XX": {"description": "As asked · ตามคำขอ", "content": told},
        "default": {"description": "A refusal · ไม่รับ", "content": refused},
    }


def _query(name: str, words: str, **schema: Any) -> Part:
    return {"name": name, "in": "query", "description": words, "schema": schema or TEXT}


def _header(name: str, words: str) -> Part:
    return {"name": name, "in": "header", "description": words, "schema": TEXT}


_PARAMETERS: dict[str, Part] = {
    "id": {
        "name": "id",
        "in": "path",
        "required": True,
        "schema": {"type": "string", "pattern": "^[A-Za-z0-9.-]{1,64}$"},
    },
    "vid": {"name": "vid", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[0-9]{1,10}$"}},
    "_type": _query("_type", "Types that are searched, with commas; all of them when not asked"),
    "_count": _query("_count", "At most so many a page; 20 when not asked", type="integer", minimum=0, maximum=1000),
    "_sort": _query("_sort", "Search parameters with commas, - before one for descending"),
    "_total": _query("_total", "Whether to count", enum=["none", "estimate", "accurate"]),
    "_include": _query("_include", "[type]:[parameter], also _include:iterate"),
    "_revinclude": _query("_revinclude", "[type]:[parameter], also _revinclude:iterate"),
    "_filter": _query("_filter", "An expression of FHIR's filter language"),
    "_summary": _query("_summary", "How much of it", enum=["true", "text", "data", "count", "false"]),
    "_elements": _query("_elements", "Elements at the root, with commas"),
    "_pretty": _query("_pretty", "Indented for people", enum=["true", "false"]),
    "_id": _query("_id", "token: the id, several with commas"),
    "_lastUpdated": _query("_lastUpdated", "date: when it last changed"),
    "_profile": _query("_profile", "uri: what meta.profile says"),
    "_security": _query("_security", "token: what meta.security says"),
    "_source": _query("_source", "uri: what meta.source says; :below"),
    "_text": _query("_text", "Words of the narrative; AND, OR, NOT, quotes, parentheses"),
    "_content": _query("_content", "Words of everything that a resource says, as _text"),
    "_tag": _query("_tag", "token: what meta.tag says"),
    "_since": _query("_since", "Changed from this moment", type="string", format="date-time"),
    "handling": _header("Prefer", "handling=lenient leaves unknown parameters out; else they are refused"),
    "return": _header("Prefer", "return=minimal | representation | OperationOutcome"),
    "ifMatch": _header("If-Match", 'W/"3": only over this version, else 412'),
    "ifNoneExist": _header("If-None-Exist", "Criteria: create only when nothing matches"),
    "ifNoneMatch": _header("If-None-Match", 'W/"3": 304 when this is still the version'),
    "ifModifiedSince": _header("If-Modified-Since", "304 when nothing changed since"),
}
_HEADERS = {
    "ETag": {"description": 'W/"version"', "schema": TEXT},
    "Last-Modified": {"description": "When it last changed", "schema": TEXT},
    "Location": {"description": "Where it is now", "schema": TEXT},
}


def _answer(words: str, schema: str | None = None, *headers: str) -> Part:
    found: Part = {"description": words}
    if schema:
        found["content"] = {MEDIA: {"schema": _ref("schemas", schema)}}
    if headers:
        found["headers"] = {name: _ref("headers", name) for name in headers}
    return found


_RESPONSES = {
    "read": _answer("The resource, or a Bundle of them", "Resource", "ETag", "Last-Modified"),
    "created": _answer("It was made", "Resource", "Location", "ETag", "Last-Modified"),
    "gone": _answer("It is deleted", None, "ETag"),
    "done": _answer("The operation's answer", "Resource"),
    "unchanged": _answer("The client has this version"),
    "refused": _answer("ไม่รับ พร้อมเหตุผล · refused, with the reason in Thai and English", "OperationOutcome"),
}
_RESOURCE: Part = {
    "type": "object",
    "required": ["resourceType"],
    "properties": {
        "resourceType": TEXT,
        "id": TEXT,
        "meta": {
            "type": "object",
            "properties": {"versionId": TEXT, "lastUpdated": {"type": "string", "format": "date-time"}},
        },
    },
}
_ISSUE: Part = {
    "type": "object",
    "required": ["severity", "code"],
    "properties": {
        "severity": {"enum": ["fatal", "error", "warning", "information"]},
        "code": {"type": "string", "description": "http://hl7.org/fhir/issue-type"},
        "details": {
            "type": "object",
            "properties": {
                "coding": {
                    "type": "array",
                    "items": {"type": "object", "properties": {"system": TEXT, "code": TEXT}},
                    "description": "urn:suksala:problem, a stable code such as SKL-FHIR-404",
                },
                "text": {"type": "string", "description": "ไทย · English"},
            },
        },
        "expression": {"type": "array", "items": TEXT},
    },
}
COMPONENTS: Part = {
    "securitySchemes": {
        "token": {
            "type": "http",
            "scheme": "bearer",
            "description": "SMART scopes, such as system/*.rs; one that is bound to a key is shown as DPoP (RFC 9449)",
        }
    },
    "parameters": _PARAMETERS,
    "headers": _HEADERS,
    "responses": _RESPONSES,
    "schemas": {
        "Resource": _RESOURCE,
        "OperationOutcome": {
            "type": "object",
            "required": ["resourceType", "issue"],
            "properties": {
                "resourceType": {"const": "OperationOutcome"},
                "issue": {"type": "array", "minItems": 1, "items": _ISSUE},
            },
        },
    },
}
