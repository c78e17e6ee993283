"""Practitioners and roles of the registry -> Practitioner, PractitionerRole. Names and qualifications are public;
numbers of licences and national numbers are nobody's business and not even handed to this file's output.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from suksala.registry import Practitioner, Role

from ..domain import Draft
from .base import LOCAL, Body, identifier, organization, role_id, text_period
from .concepts import concept

_LANGUAGE = "http://hl7.org/fhir/StructureDefinition/language"
ROLE_LETTERS = "pr"


def practitioner_id(number: int) -> str:
    """The id of the Practitioner of a number of the registry, from which the number cannot be guessed."""
    return identifier("pc", str(number))


def practitioner(who: Practitioner, roles: Iterable[Role], on: date) -> Draft:
    """Name in Thai and, where told, English; each licence as its council and days. Active with any role in force."""
    names = [_name("th", "official", who.title, who.given_th, who.family_th)]
    if who.given_en or who.family_en:
        names.append(_name("en", "usual", "", who.given_en, who.family_en))
    body: Body = {"active": any(role.is_in_force(on) for role in roles), "name": names}
    qualifications: list[Body] = []
    for licence in who.licences:
        council = concept("council", licence.council)
        held: Body = {"code": council, "issuer": {"display": council["text"]}}
        if licence.since or licence.until:
            held["period"] = text_period(_text(licence.since), _text(licence.until))
        qualifications.append(held)
    if qualifications:
        body["qualification"] = qualifications
    return Draft("Practitioner", practitioner_id(who.id), body)


def role(of: Role, on: date) -> Draft:
    """That a practitioner works at a facility: as what, from when, until when."""
    body: Body = {
        "active": of.is_in_force(on),
        "practitioner": {"reference": f"Practitioner/{practitioner_id(of.practitioner)}"},
        "organization": organization(of.hospcode),
    }
    if of.local:
        body["identifier"] = [{"system": f"{LOCAL}{of.hospcode}/Provider", "value": of.local}]
    if of.since or of.last_day:
        body["period"] = text_period(_text(of.since), _text(of.last_day))
    if of.codes:
        body["code"] = [concept("providertype", code) for code in of.codes]
    body["location"] = [{"reference": f"Location/{of.hospcode}"}]
    body["healthcareService"] = [{"reference": f"HealthcareService/{of.hospcode}"}]
    # A role that no deposit told has no number of staff: its own number in the registry stands for it.
    return Draft("PractitionerRole", role_id(of.hospcode, of.local or f"\x1f{of.id}"), body)


def _name(language: str, use: str, title: str, given: str, family: str) -> Body:
    found: Body = {"extension": [{"url": _LANGUAGE, "valueCode": language}], "use": use}
    found["text"] = f"{title}{given} {family}".strip()
    if family:
        found["family"] = family
    if given:
        found["given"] = [given]
    if title:
        found["prefix"] = [title]
    return found


def _text(day: date | None) -> str | None:
    return day.isoformat() if day else None
