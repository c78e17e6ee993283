"""The CapabilityStatement, printed from the tables that the server itself goes by."""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import version
from typing import Any

import orjson

from suksala.standards import fhir

from . import audit_events, includes, own_parameters, web_operations
from .filters import modifiers_of
from .own_parameters import remembered
from .parameters import COMMON, STORED, answered, references
from .terminology import OPERATIONS

PUBLISHED = "2026-11-22"  # of this statement's shape; the tables change with the version

_WRITES = ("create", "update", "patch", "delete")
_SERVER: dict[str, Any] = {
    "status": "active",
    "date": PUBLISHED,
    "kind": "instance",
    "software": {"name": "Suksala", "version": version("suksala")},
}
_SERVICES = "http://terminology.hl7.org/CodeSystem/restful-security-service"
_OAUTH_URIS = "http://fhir-registry.smarthealthit.org/StructureDefinition/oauth-uris"


def _security(base: str) -> dict[str, Any]:
    """How a client comes to a token: SMART, at the addresses beside the base of the API."""
    site = base.removesuffix("/fhir")
    ends = [("authorize", "authorize"), ("token", "token"), ("introspect", "introspect"), ("revoke", "revoke")]
    return {
        "extension": [
            {
                "url": _OAUTH_URIS,
                "extension": [{"url": name, "valueUri": f"{site}/oauth/{end}"} for name, end in ends],
            }
        ],
        "service": [{"coding": [{"system": _SERVICES, "code": code}], "text": text} for code, text in _KINDS],
        "description": "Bearer, DPoP (RFC 9449); ทุกการอ่านอยู่ใต้สิทธิและถูกบันทึก · every read is under a permit and is logged",
    }


_KINDS = (("SMART-on-FHIR", "SMART on FHIR"), ("OAuth", "OAuth"))


@remembered(4)
def statement(base: str) -> bytes:
    """The statement of this server at `base`."""
    rest = {
        "mode": "server",
        "security": _security(base),
        "resource": [_resource(rtype) for rtype in sorted(STORED)],
        "interaction": [{"code": code} for code in ("transaction", "batch", "search-system", "history-system")],
        "searchParam": [
            *(documented(COMMON, name, found.kind) for name, found in answered(COMMON).items()),
            *({"name": name, "type": kind} for name, kind in _BESIDE.items()),
        ],
        "operation": web_operations.told(""),
    }
    body: dict[str, Any] = {
        "resourceType": "CapabilityStatement",
        **_SERVER,
        "implementation": {"description": "Suksala สุขศาลา", "url": base},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "patchFormat": ["application/json-patch+json", "application/fhir+json"],
        "rest": [rest],
    }
    return orjson.dumps(body)


def _resource(rtype: str) -> dict[str, Any]:
    kept = {"documentation": _KEPT[rtype]} if rtype in _KEPT else {}
    return {
        "type": rtype,
        **kept,
        "interaction": [
            {"code": code} for code in ("read", "vread", "history-instance", "history-type", "search-type", *_WRITES)
        ],
        "versioning": "versioned-update",
        "readHistory": True,
        "updateCreate": True,
        "conditionalCreate": True,
        "conditionalRead": "full-support",
        "conditionalUpdate": True,
        "conditionalDelete": "single",
        "searchParam": _parameters(rtype),
        "searchInclude": includes.forwards(rtype),
        "searchRevInclude": includes.told_backwards(rtype),
        "operation": [*web_operations.told(rtype), *_operations(rtype)],
    }


def _parameters(rtype: str) -> list[dict[str, Any]]:
    if rtype == audit_events.TYPE:
        return [{"name": name, "type": kind} for name, kind in audit_events.PARAMETERS.items()]
    return [documented(rtype, name, found.kind) for name, found in answered(rtype).items()]


def documented(rtype: str, name: str, kind: str) -> dict[str, Any]:
    """One search parameter of a type: its kind, and which modifiers and chains it takes."""
    targets = references(rtype).get(name, ())
    told = [f":{modifier}" for modifier in modifiers_of(rtype, name) if modifier not in targets]
    if targets:
        told.append(f":[type] and chains {name}.[parameter of {'|'.join(targets) if len(targets) < 9 else 'any type'}]")
    own = own_parameters.of_type(rtype).get(name)
    found = {"name": name, **({"definition": own.url} if own else {}), "type": kind}
    return {**found, "documentation": "; ".join(told)} if told else found


def _operations(rtype: str) -> list[dict[str, str]]:
    names = [name.removeprefix("$") for type_, name in OPERATIONS if type_ == rtype]
    return [{"name": name, "definition": f"http://hl7.org/fhir/OperationDefinition/{rtype}-{name}"} for name in names]


@lru_cache(maxsize=4)
def terminology(base: str) -> bytes:
    """The TerminologyCapabilities of this server at `base`: which code systems it holds and what it does with them."""
    takes, _ = OPERATIONS["ValueSet", "$expand"]
    body: dict[str, Any] = {
        "resourceType": "TerminologyCapabilities",
        **_SERVER,
        "implementation": {"description": "Suksala สุขศาลา", "url": base},
        "codeSystem": [{"uri": url, "subsumption": fhir.is_hierarchy(url)} for url in fhir.system_urls()],
        "expansion": {
            "hierarchical": False,
            "paging": True,
            "incomplete": False,
            "parameter": [{"name": name} for name in takes],
            "textFilter": "ทุกคำของ filter ต้องอยู่ในชื่อไทย ชื่ออังกฤษ หรือรหัส · every word of filter is in a name or the code",
        },
        "validateCode": {"translations": True},
        "translation": {"needsMap": False},
    }
    return orjson.dumps(body)


_BESIDE = {"_list": "special", "_text": "string", "_content": "string"}  # no definition of R4 says what they select

# Types of which the server holds some itself, beside what clients write.
_KEPT = {
    "AuditEvent": "the server's own audit log is searched, in the shapes of IHE BALP, newest first; what clients sent "
    "is read by its id, and found by GET [base]?_type=AuditEvent",
    "CodeSystem": "those of the server: read, ?url= of one of them, ?_summary=true for the list; others as any type",
    "ValueSet": "$expand and $validate-code: urn:suksala:valueset:[code table], [code system]?fhir_vs, http://loinc.org/vs",
    "ConceptMap": "$translate: 43-file laboratory codes to LOINC, ICD-10-TM to ICD-10, only where sure",
    "Provenance": "?target= gives also the Provenance of what a deposit brought, made when it is asked for",
}
