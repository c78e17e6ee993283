"""A fact of the audit log as FHIR AuditEvent, in the shapes of IHE BALP.

Nothing is kept twice: an AuditEvent is made from the fact when it is asked for. Which shape a fact has follows from its
kind and, for reads, from its operation; `shape_of` knows one for every fact.
Source: IHE ITI Basic Audit Log Patterns 1.1.3; DICOM PS3.15 A.5 and FHIR R4 where BALP has no pattern (sign-in,
refusals, what a part of the system does by itself).
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any, NamedTuple

from suksala.audit import READINGS, Fact

BALP = "https://profiles.ihe.net/ITI/BALP/StructureDefinition/IHE.BasicAudit."
OWN = "urn:suksala:profile:audit:"
DICOM = "http://dicom.nema.org/resources/ontology/DCM"
REST = "http://terminology.hl7.org/CodeSystem/audit-event-type"
INTERACTION = "http://hl7.org/fhir/restful-interaction"
LIFECYCLE = "http://terminology.hl7.org/CodeSystem/iso-21089-lifecycle"
AUTHZ = "https://profiles.ihe.net/ITI/BALP/CodeSystem/AuthZsubType"
OUTCOME = "http://terminology.hl7.org/CodeSystem/audit-event-outcome"
ENTITY = "http://terminology.hl7.org/CodeSystem/audit-entity-type"
ROLE = "http://terminology.hl7.org/CodeSystem/object-role"
PARTICIPATION = "http://terminology.hl7.org/CodeSystem/v3-ParticipationType"
REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
KIND = "urn:suksala:audit:kind"
UNKNOWN = {"extension": [{"url": "http://hl7.org/fhir/StructureDefinition/data-absent-reason", "valueCode": "unknown"}]}
SUCCESS, MINOR, SERIOUS = "0", "4", "8"


class Coding(NamedTuple):
    """A code of a system."""

    system: str
    code: str

    def told(self) -> dict[str, str]:
        """As FHIR Coding."""
        return {"system": self.system, "code": self.code}


@dataclass(frozen=True, slots=True)
class Shape:
    """The shape of an event.

    name     profile without `Patient`: Read, Query, Create, Update, Delete, Disclosure, Consent of BALP; SignIn,
             Refusal, Activity of our own
    subtype  what was done, more exactly
    """

    name: str
    type: Coding
    subtype: Coding
    action: str
    outcome: str = SUCCESS

    def profile(self, *, patient: bool) -> str:
        """The canonical of its profile."""
        if self.name in _OF_RECORDS:
            return f"{BALP}{'Patient' if patient else ''}{self.name}"
        return _PROFILES[self.name]


_OF_RECORDS = ("Read", "Query", "Create", "Update", "Delete")
_PROFILES = {
    "Disclosure": f"{BALP}PrivacyDisclosure.Source",
    "Consent": f"{BALP}AuthZconsent",
    "SignIn": f"{OWN}sign-in",
    "Refusal": f"{OWN}refusal",
    "Activity": f"{OWN}activity",
}


def _rest(name: str, code: str, action: str, outcome: str = SUCCESS) -> Shape:
    return Shape(name, Coding(REST, "rest"), Coding(INTERACTION, code), action, outcome)


_READ = _rest("Read", "read", "R")
_QUERY = _rest("Query", "search-type", "E")
_OPERATION = _rest("Query", "operation", "E")
_LOGIN = Shape("SignIn", Coding(DICOM, "110114"), Coding(DICOM, "110122"), "E")
_LOGOUT = Shape("SignIn", Coding(DICOM, "110114"), Coding(DICOM, "110123"), "E")
_NO_LOGIN = Shape("SignIn", Coding(DICOM, "110114"), Coding(DICOM, "110122"), "E", MINOR)
_DISCLOSURE = Shape("Disclosure", Coding(DICOM, "110106"), Coding(LIFECYCLE, "disclose"), "R")
_DENIED = Shape("Refusal", Coding(DICOM, "110113"), Coding(AUTHZ, "AuthZ-Role"), "E", SERIOUS)
_CONSENT = Shape("Consent", Coding(DICOM, "110113"), Coding(AUTHZ, "AuthZ-Consent"), "E")

# A read by its operation; a read without one is of a single resource.
_READS = {
    "": _READ,
    "write": _READ,  # a write that changed nothing has answered with what stands there
    "vread": _rest("Read", "vread", "R"),
    "history": _rest("Query", "history-type", "E"),
    "search": _QUERY,
    "count": _QUERY,
    "timeline": _QUERY,
    "everything": _OPERATION,
    "summary": _OPERATION,
    "run-view": _OPERATION,
    "export": _DISCLOSURE,
}
_METHODS = {"POST": ("create", "C"), "PUT": ("update", "U"), "PATCH": ("patch", "U"), "DELETE": ("delete", "D")}
_KINDS = {
    "create": _rest("Create", "create", "C"),
    "update": _rest("Update", "update", "U"),
    "delete": _rest("Delete", "delete", "D"),
    "search": _QUERY,
    "panel.read": _QUERY,
    "audit.read": _QUERY,
    "permit.refused": _DENIED,
    "permit.decided": _CONSENT,
    "signin.session": _LOGIN,
    "signin.session-ended": _LOGOUT,
    "signin.refused": _NO_LOGIN,
    "phr.login": _LOGIN,
    "phr.register": Shape("Activity", Coding(DICOM, "110113"), Coding(DICOM, "110137"), "C"),
}
_WORDS = {"read": "R", "revoked": "D", "ended": "D", "void": "D", "receive": "C", "issued": "C", "made": "C"}


def shape_of(kind: str, operation: str = "", method: str = "") -> Shape:
    """The shape of a fact: every kind has one.

    operation, method  what the fact's detail says of a read and of a refused write
    """
    if kind == "read":
        return _READS.get(operation, _OPERATION)
    if kind == "write.refused":
        code, action = _METHODS.get(method, ("operation", "E"))
        return _rest("Refusal", code, action, MINOR)
    return _KINDS.get(kind) or (_OPERATION if kind in READINGS else _activity(kind))


def _activity(kind: str) -> Shape:
    """What has no pattern: an activity of the application, named by its kind."""
    failed = "refuse" in kind or kind.endswith("failed")
    action = _WORDS.get(kind.replace("-", ".").rpartition(".")[2], "E" if failed else "U")
    return Shape("Activity", Coding(DICOM, "110100"), Coding(KIND, kind), action, MINOR if failed else SUCCESS)


class Fitting(NamedTuple):
    """Kinds of facts whose shape says what is asked; of reads and refused writes these parts only.

    parts  by kind: the operations or methods that fit, all that are known, and whether unknown ones fit
    """

    kinds: tuple[str, ...]
    parts: dict[str, tuple[list[str], list[str], bool]]


def fitting(kinds: Iterable[str], codes: Mapping[str, str]) -> Fitting:
    """The kinds whose facts have all of these codes: action, outcome, type, subtype."""
    parts = {
        "read": _parts([(o, shape_of("read", o)) for o in _READS], shape_of("read", "?"), codes),
        "write.refused": _parts(
            [(m, shape_of("write.refused", "", m)) for m in _METHODS], shape_of("write.refused"), codes
        ),
    }
    found = tuple(kind for kind in kinds if (any(parts[kind][::2]) if kind in parts else _has(shape_of(kind), codes)))
    return Fitting(found, {kind: part for kind, part in parts.items() if kind in found})


def _parts(known: list[tuple[str, Shape]], other: Shape, codes: Mapping[str, str]) -> tuple[list[str], list[str], bool]:
    return [name for name, shape in known if _has(shape, codes)], [name for name, _ in known], _has(other, codes)


def _has(shape: Shape, codes: Mapping[str, str]) -> bool:
    told = {"action": shape.action, "outcome": shape.outcome, "type": shape.type.code, "subtype": shape.subtype.code}
    return all(told[name] == code for name, code in codes.items())


def shape_of_fact(fact: Fact) -> Shape:
    """The shape of a fact. A disclosure or a decision that is about nobody is an activity: BALP asks for a patient."""
    found = shape_of(fact.kind, str(fact.detail.get("operation", "")), str(fact.detail.get("method", "")))
    if found.name == "Read" and fact.rid is None:
        return _QUERY
    if found.name == "Consent" and (fact.person is None or not _consents(fact)):
        return _DENIED if fact.detail.get("code") else _activity(fact.kind)
    if found.name == "Disclosure" and fact.person is None:
        return _OPERATION
    return found


def event(fact: Fact, *, patient: dict[str, Any] | None, base: str, node: str) -> dict[str, Any]:
    """The AuditEvent of a fact.

    patient  a Reference to the Patient whose record it was; None where it is about nobody
    base     address of this server
    node     name of this node's log, who observed it
    """
    shape = shape_of_fact(fact)
    observer = {"identifier": {"system": "urn:suksala:node", "value": node}, "display": node}
    code = fact.detail.get("code")
    body: dict[str, Any] = {
        "resourceType": "AuditEvent",
        "id": event_id(fact.seq),
        "meta": {"profile": [shape.profile(patient=patient is not None)]},
        "type": shape.type.told(),
        "subtype": [shape.subtype.told()],
        "action": shape.action,
        "recorded": fact.at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "outcome": shape.outcome,
        **({"outcomeDesc": str(code)} if code and shape.outcome != SUCCESS else {}),
        **({"purposeOfEvent": [_concept(REASON, fact.purpose)]} if fact.purpose else {}),
        "agent": _agents(fact, shape, observer, base),
        "source": {"site": base, "observer": observer, "type": [{"system": _SOURCE, "code": "4"}]},
    }
    entities = _entities(fact, shape, patient)
    return {**body, "entity": entities} if entities else body


_SOURCE = "http://terminology.hl7.org/CodeSystem/security-source-type"


def event_id(seq: int) -> str:
    """The id of the AuditEvent of a fact, by its number."""
    return f"log-{seq}"


def seq_of(rid: str) -> int | None:
    """The number of the fact that an id names; None for the id of anything else."""
    number = rid.removeprefix("log-")
    return int(number) if rid != number and number.isascii() and number.isdigit() and len(number) < 19 else None


def _concept(system: str, code: str | None) -> dict[str, Any]:
    return {"coding": [{"system": system, "code": code}]}


def _network(origin: str | None) -> dict[str, Any]:
    return {"address": origin, "type": "2"} if origin else dict(UNKNOWN)


def _agents(fact: Fact, shape: Shape, observer: dict[str, Any], base: str) -> list[dict[str, Any]]:
    """The client, this server, and the person who asked; the roles of client and server change with the shape, as BALP
    has them.
    """
    asking, serving = _ends(shape)
    kind, _, name = fact.actor.partition(":")
    who = {"identifier": {"system": f"urn:suksala:{kind}", "value": name}}
    client = who if kind != "account" else {"identifier": {"system": "urn:suksala:client", "value": "pages"}}
    reading: dict[str, Any] = {"type": asking, "who": client, "requestor": kind != "account"}
    server: dict[str, Any] = {"type": serving, "who": observer, "requestor": False}
    reading["network"] = _network(fact.origin)
    if shape.name != "Consent":
        server["network"] = {"address": base, "type": "5"}
    agents = [reading, server]
    if kind == "account":
        agents.append(_user(fact, shape, who))
    if fact.facility:
        agents.append(
            {
                "type": _PROVIDER,
                "who": {"identifier": {"system": _HOSPCODE, "value": fact.facility}},
                "requestor": False,
            }
        )
    return agents


_HOSPCODE = "https://terms.sil-th.org/id/th-moph-hcode"
_PROVIDER = _concept("http://terminology.hl7.org/CodeSystem/v3-RoleClass", "PROV")


def _user(fact: Fact, shape: Shape, who: dict[str, Any]) -> dict[str, Any]:
    code = "AUT" if shape.name in {"Create", "Update", "Delete"} else "IRCP"
    user: dict[str, Any] = {"type": _concept(PARTICIPATION, code), "who": who, "requestor": True}
    return {**user, "purposeOfUse": [_concept(REASON, fact.purpose)]} if fact.purpose else user


def _ends(shape: Shape) -> tuple[dict[str, Any], dict[str, Any]]:
    """The types of the asking and of the serving end."""
    destination, source = _concept(DICOM, "110152"), _concept(DICOM, "110153")
    if shape.name in {"Read", "Disclosure"}:
        return destination, source
    if shape.name == "Delete":
        participant = "http://terminology.hl7.org/CodeSystem/provenance-participant-type"
        return _concept(DICOM, "110150"), _concept(participant, "custodian")
    if shape.name == "Consent":
        return _concept(DICOM, "110150"), _concept(
            "http://terminology.hl7.org/CodeSystem/extra-security-role-type", "authserver"
        )
    return source, destination


def _entities(fact: Fact, shape: Shape, patient: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    if patient is not None:
        found.append({"what": patient, "type": {"system": ENTITY, "code": "1"}, "role": {"system": ROLE, "code": "1"}})
    found += [
        {
            "what": {"reference": f"Consent/{one}"},
            "type": {"system": "http://hl7.org/fhir/resource-types", "code": "Consent"},
        }
        for one in _consents(fact)
    ]
    if shape.name == "Query":
        found.append({**_object("24"), "query": _query(fact), "description": "parameter values are not kept"})
    elif shape.name == "Disclosure":
        found.append({**_object("20"), "what": {"display": f"export {fact.detail.get('export', '')}".strip()}})
    elif fact.rtype and fact.rid:
        version = fact.detail.get("version")
        address = f"{fact.rtype}/{fact.rid}" + (f"/_history/{version}" if version else "")
        found.append({**_object("4"), "what": {"reference": address}})
    return found


def _object(role: str) -> dict[str, Any]:
    return {"type": {"system": ENTITY, "code": "2"}, "role": {"system": ROLE, "code": role}}


def _query(fact: Fact) -> str:
    """What was asked, in base64: type, operation and names of parameters. Values are not in the log, for a name or a
    number that somebody looked for would then be known to all who may read it.
    """
    names = fact.detail.get("parameters") or ()
    operation = str(fact.detail.get("operation", fact.kind))
    address = f"{fact.rtype or ''}{'/' + fact.rid if fact.rid else ''}"
    asked = address if operation in {"search", "count"} else f"{address}/${operation}".lstrip("/")
    whole = "?".join(part for part in (asked, "&".join(map(str, names))) if part) or fact.kind
    return base64.b64encode(whole.encode()).decode()


def _consents(fact: Fact) -> list[str]:
    """The consents that a decision or a disclosure rested on, as the fact names them."""
    found = fact.detail.get("consents") or ()
    return [str(one) for one in found] if isinstance(found, list | tuple) else []
