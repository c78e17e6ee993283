"""PATCH: JSON Patch (RFC 6902) or FHIRPath Patch on a resource.

Source: FHIR R4 http, patch, fhirpatch; a test that fails is 422, and nothing was changed.
"""

from __future__ import annotations

import base64
from typing import Any

import jsonpatch
import jsonpointer

from . import exact, fhirpath_patch
from .writes import Patch, Resource, WriteProblem, refused

JSON_PATCH = "application/json-patch+json"
MOST_OPERATIONS = 1000
MOST_COPIED = 1024 * 1024  # bytes
_PROBLEMS = (jsonpatch.JsonPatchException, jsonpointer.JsonPointerException, TypeError, KeyError, ValueError)


def read(found: Any, *, is_json_patch: bool) -> Patch:
    """The patch that a body asks for. Raises WriteProblem for one that is not a patch."""
    if not is_json_patch:
        return fhirpath_patch.read(found)
    if not isinstance(found, list) or not 0 < len(found) <= MOST_OPERATIONS:
        raise _wrong()
    try:
        jsonpatch.JsonPatch(found)
    except (
        jsonpatch.JsonPatchException,
        jsonpointer.JsonPointerException,
        TypeError,
        KeyError,
        AttributeError,
    ) as error:
        raise _wrong() from error

    def apply(resource: Resource) -> Resource:
        try:
            changed = _applied(found, resource)
        except _PROBLEMS as error:
            raise refused(
                422,
                "processing",
                "ทำตาม JSON Patch ไม่ได้ มีเส้นทางที่ไม่มีอยู่หรือ test ไม่ผ่าน",
                "the JSON Patch cannot be applied: a path is not there, or a test fails",
            ) from error
        if not isinstance(changed, dict):
            raise refused(422, "structure", "ผลของ PATCH ไม่ใช่ทรัพยากร", "the patch leaves no resource")
        return changed

    return apply


def _applied(operations: list[dict[str, Any]], resource: Resource) -> Any:
    """The operations one after the other; `copy` can double a resource each time, so what is copied is counted."""
    changed, copied = resource, 0
    for one in operations:
        if one["op"] == "copy":
            copied += len(exact.dumps(jsonpointer.resolve_pointer(changed, one["from"])))
            if copied > MOST_COPIED:
                raise ValueError
        changed = jsonpatch.JsonPatch([one]).apply(changed)
    return changed


def of_entry(resource: Resource) -> Patch:
    """The patch in an entry of a transaction: a Binary with a JSON Patch, or the Parameters of a FHIRPath Patch."""
    if resource.get("resourceType") == "Parameters":
        return read(resource, is_json_patch=False)
    if resource.get("resourceType") != "Binary" or resource.get("contentType") != JSON_PATCH:
        raise refused(
            400,
            "not-supported",
            "PATCH ต้องเป็น Binary ที่มี JSON Patch หรือ Parameters",
            "send a Binary with a JSON Patch, or Parameters",
        )
    return read(exact.loads(unpacked(resource)), is_json_patch=True)


def unpacked(binary: Resource) -> bytes:
    """What a Binary holds. Raises WriteProblem."""
    try:
        return base64.b64decode(binary.get("data", ""), validate=True)
    except (ValueError, TypeError) as error:
        raise refused(400, "structure", "Binary.data ต้องเป็น base64", "Binary.data is base64", "Binary.data") from error


def _wrong() -> WriteProblem:
    return refused(
        400,
        "structure",
        f"JSON Patch ต้องเป็นรายการ 1 ถึง {MOST_OPERATIONS} คำสั่ง",
        f"a JSON Patch is a list of 1 to {MOST_OPERATIONS} operations",
    )
