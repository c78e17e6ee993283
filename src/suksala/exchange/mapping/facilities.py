"""A facility of the registry -> Organization. It is about no person, so every permit may read it."""

from __future__ import annotations

from suksala.registry import Agency, Facility
from suksala.standards import fhir
from suksala.standards.thai_codes import addresses

from ..domain import Draft
from .base import Body
from .concepts import HCODE, HL7

KINDS = {
    "hospital": ("โรงพยาบาล", "Hospital"),
    "subdistrict-unit": ("หน่วยบริการระดับตำบล", "Sub-district health unit"),
    "clinic": ("คลินิก", "Clinic"),
    "other": ("หน่วยบริการอื่น", "Other facility"),
}


def organization(facility: Facility) -> Draft:
    """The Organization of a facility; its id is its code."""
    provider = {"system": HL7 + "organization-type", "code": "prov", "display": "Healthcare Provider"}
    identifiers = [{"use": "official", "system": HCODE, "value": facility.hospcode}]
    if facility.hospcode9:
        identifiers.append({"use": "secondary", "system": fhir.HOSPCODE9, "value": facility.hospcode9})
    thai, _ = KINDS.get(facility.kind, KINDS["other"])
    body: Body = {
        "identifier": identifiers,
        "active": True,
        "type": [{"coding": [provider], "text": thai}],
        "name": facility.name_th,
    }
    if facility.name_en:
        body["alias"] = [facility.name_en]
    if facility.affiliation:
        body["partOf"] = {"reference": f"Organization/{facility.affiliation}"}
    code = facility.subdistrict or facility.district or facility.province
    district, province = addresses.district(facility.district), addresses.province(facility.province)
    where: Body = {"text": addresses.thai_address(code)}
    if district:
        where["district"] = district.th
    if province:
        where["state"] = province.th
    body["address"] = [{**where, "country": "TH"}]
    return Draft("Organization", facility.hospcode, body)


def agency(of: Agency) -> Draft:
    """The Organization of an agency that facilities belong to; its id is its code."""
    government = {"system": HL7 + "organization-type", "code": "govt", "display": "Government"}
    body: Body = {
        "active": True,
        "type": [{"coding": [government]}],
        "name": of.name_th,
        "alias": [of.name_en],
        "address": [{"country": "TH"}],
    }
    return Draft("Organization", of.code, body)


def unnamed(hospcode: str) -> Draft:
    """The Organization of a sender that no facility list names yet: its code only."""
    return Draft(
        "Organization",
        hospcode,
        {"identifier": [{"use": "official", "system": HCODE, "value": hospcode}], "active": True},
    )
