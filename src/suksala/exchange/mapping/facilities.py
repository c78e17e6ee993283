"""A facility of the registry -> Organization, Location, HealthcareService; agencies and networks -> Organization. They
are about no person, so every permit may read them.
"""

from __future__ import annotations

from suksala.registry import Agency, Facility
from suksala.standards import fhir
from suksala.standards.thai_codes import addresses

from ..domain import Draft
from .base import Body, identifier
from .base import organization as refer
from .concepts import HCODE, HL7

KINDS = {
    "hospital": ("โรงพยาบาล", "Hospital"),
    "subdistrict-unit": ("หน่วยบริการระดับตำบล", "Sub-district health unit"),
    "clinic": ("คลินิก", "Clinic"),
    "other": ("หน่วยบริการอื่น", "Other facility"),
}
KIND = "urn:suksala:facility-kind"
PLACES = {
    "hospital": ("HOSP", "Hospital"),
    "subdistrict-unit": ("PC", "Primary care clinic"),
    "clinic": ("PC", "Primary care clinic"),
    "other": ("COMM", "Community Location"),
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
    above = network_id(facility.network) if facility.network else facility.affiliation
    if above:
        body["partOf"] = refer(above)
    body["address"] = [address(facility)]
    return Draft("Organization", facility.hospcode, body)


def address(facility: Facility) -> Body:
    """Sub-district, district and province of a facility."""
    code = facility.subdistrict or facility.district or facility.province
    district, province = addresses.district(facility.district), addresses.province(facility.province)
    where: Body = {"text": addresses.thai_address(code)}
    if district:
        where["district"] = district.th
    if province:
        where["state"] = province.th
    return {**where, "country": "TH"}


def location(facility: Facility) -> Draft:
    """Where a facility stands; its id is the facility's code, its position only where a list told it."""
    code, display = PLACES.get(facility.kind, PLACES["other"])
    body: Body = {
        "status": "active",
        "name": facility.name_th,
        "mode": "instance",
        "type": [{"coding": [{"system": HL7 + "v3-RoleCode", "code": code, "display": display}]}],
        "address": address(facility),
        "physicalType": {"coding": [{"system": HL7 + "location-physical-type", "code": "si", "display": "Site"}]},
        "managingOrganization": refer(facility.hospcode),
    }
    if facility.name_en:
        body["alias"] = [facility.name_en]
    if facility.latitude is not None and facility.longitude is not None:
        body["position"] = {"longitude": facility.longitude, "latitude": facility.latitude}
    return Draft("Location", facility.hospcode, body)


def service(facility: Facility) -> Draft:
    """What care a facility gives: its kind, and its levels in the ministry's service plans."""
    thai, english = KINDS.get(facility.kind, KINDS["other"])
    body: Body = {
        "active": True,
        "providedBy": refer(facility.hospcode),
        "type": [{"coding": [{"system": KIND, "code": facility.kind, "display": english}], "text": thai}],
        "location": [{"reference": f"Location/{facility.hospcode}"}],
        "name": facility.name_th,
    }
    if facility.services:
        body["characteristic"] = [{"text": level} for level in facility.services]
    return Draft("HealthcareService", facility.hospcode, body)


def network_id(network: str) -> str:
    """The id of the Organization of a network of facilities."""
    return identifier("nw", network)


def network(name: str, lead: Facility | None) -> Draft:
    """The Organization of a network that cares for one population; named after its lead, whose agency it is part of."""
    body: Body = {
        "active": True,
        "type": [{"coding": [{"system": HL7 + "organization-type", "code": "cg", "display": "Community Group"}]}],
        "name": f"เครือข่าย{lead.name_th}" if lead else f"เครือข่าย {name}",
    }
    if lead and lead.affiliation:
        body["partOf"] = refer(lead.affiliation)
    return Draft("Organization", network_id(name), body)


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
