"""A consent as FHIR R4 Consent, in the shape of IHE PCF: what a person decided, as other systems read it. Pure."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from .consents import Channel, Choice, Consent, Receiver, State
from .fhir_reading import ACT_CODE, ACT_REASON, CONFIDENTIALITY, RESOURCE_TYPES

Json = dict[str, Any]
CODES = {"HIV": "HIV", "MENTAL_HEALTH": "PSY", "SEXUAL_VIOLENCE": "SDV", "ADDICTION": "ETH", "ADOLESCENT": "ADOL"}
_ACTIVE = (State.GIVEN, State.REFUSED)
_PROFILES = "https://profiles.ihe.net/ITI/PCF/StructureDefinition/IHE.PCF.consent"


def resource_id(number: int) -> str:
    """The id of the resource that shows a consent decided here.

    >>> resource_id(7)
    'own-7'
    """
    return f"own-{number}"


def resource_id_of(consent: Consent) -> str:
    """The id of the resource that shows a consent: the sender's own, until it is decided anew here."""
    if consent.channel is Channel.FHIR and consent.version == 1:
        return consent.source.partition("/")[2]
    return resource_id(consent.id)


def body_of(consent: Consent, patient: str) -> Json:
    """The resource of a consent.

    patient  the reference of whom it is about, such as Patient/x
    """
    provision = _provision(consent.base) | _when("period", consent.since, consent.until)
    if consent.exceptions:
        provision["provision"] = [_provision(e) | _when("period", e.since, e.until) for e in consent.exceptions]
    return {
        "resourceType": "Consent",
        "id": resource_id(consent.id),
        "meta": {"profile": [_PROFILES + _level(consent)]},
        "status": "active" if consent.state in _ACTIVE else "inactive",
        "scope": {"coding": [_coding("http://terminology.hl7.org/CodeSystem/consentscope", "patient-privacy")]},
        "category": [{"coding": [_coding("http://loinc.org", "59284-0")]}],
        "patient": {"reference": patient},
        "dateTime": consent.decided.isoformat(timespec="seconds"),
        "performer": [{"reference": patient} if consent.relation == "self" else {"display": consent.relation}],
        "policy": [{"uri": f"urn:sha256:{consent.text}"}],
        "provision": provision,
    }


def _level(consent: Consent) -> str:
    choices = (consent.base, *consent.exceptions)
    if any(choice.labels for choice in choices):
        return "Advanced"
    return "Intermediate" if consent.exceptions or consent.base.types or consent.base.sources else "Basic"


def _provision(choice: Choice) -> Json:
    found: Json = {"type": "permit" if choice.permit else "deny"}
    found |= _when("dataPeriod", choice.data_since, choice.data_before)
    actors = [_actor("IRCP", r) for r in sorted(choice.receivers)]
    actors += [_actor("AUT", Receiver("facility", code)) for code in sorted(choice.sources)]
    labels = _labels(choice)
    purposes = [_coding(ACT_REASON, purpose.value) for purpose in sorted(choice.purposes)]
    types = [_coding(RESOURCE_TYPES, name) for name in sorted(choice.types)]
    named = {"actor": actors, "securityLabel": labels, "purpose": purposes, "class": types}
    return found | {name: value for name, value in named.items() if value}


def _labels(choice: Choice) -> list[Json]:
    named = [_coding(ACT_CODE, CODES[label]) for label in sorted(choice.labels)]
    normal = choice.permit and named and not choice.only_labels
    return ([_coding(CONFIDENTIALITY, "N")] if normal else []) + named


def _actor(role: str, receiver: Receiver) -> Json:
    reference: Json = {"display": receiver.code}
    if receiver.kind == "facility":
        reference = {"reference": f"Organization/{receiver.code}"}
    coding = _coding("http://terminology.hl7.org/CodeSystem/v3-ParticipationType", role)
    return {"role": {"coding": [coding]}, "reference": reference}


def _when(name: str, first: datetime | None, after: datetime | None) -> Json:
    """A FHIR Period, whose end is inclusive to its precision: the last second before ours."""
    found = {}
    if first is not None:
        found["start"] = first.isoformat(timespec="seconds")
    if after is not None:
        found["end"] = (after - timedelta(seconds=1)).isoformat(timespec="seconds")
    return {name: found} if found else {}


def _coding(system: str, code: str) -> Json:
    return {"system": system, "code": code}
