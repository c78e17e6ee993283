"""PERSON, ADDRESS, HOME and DEATH -> Patient: a pure function of what one facility says about one registration.

The national numbers of father, mother and spouse stay in the lake: nobody who reads a person's record needs them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from suksala.standards.file43 import code_table
from suksala.standards.thai_codes import addresses

from .base import EXTENSION, LOCAL, Body, Row, organization, patient_id
from .concepts import CID, CORE, HL7, concept

PERSON_COLUMNS = (
    *(
        "hospcode",
        "cid",
        "pid",
        "hid",
        "prename",
        "name",
        "lname",
        "hn",
        "sex",
        "birth",
        "mstatus",
        "nation",
        "race",
        "religion",
    ),
    *("education", "discharge", "ddischarge", "labor", "passport", "typearea", "telephone", "mobile"),
)
PLACE_COLUMNS = (
    *(
        "house_id",
        "roomno",
        "condo",
        "soisub",
        "soimain",
        "road",
        "villaname",
        "village",
        "tambon",
        "ampur",
        "changwat",
    ),
)
ADDRESS_COLUMNS = ("hospcode", "pid", "addresstype", "houseno", *PLACE_COLUMNS)
HOME_COLUMNS = ("hospcode", "hid", "house", "latitude", "longitude", *PLACE_COLUMNS)
DEATH_COLUMNS = ("hospcode", "pid", "ddeath")

GENDER = {"1": "male", "2": "female"}
_MARITAL = {
    "1": ("S", "Never Married"),
    "2": ("M", "Married"),
    "3": ("W", "Widowed"),
    "4": ("D", "Divorced"),
    "5": ("L", "Legally Separated"),
    "9": ("UNK", "unknown"),
}
_CORE_EXTENSION = "http://hl7.org/fhir/StructureDefinition/"
_CODED = (
    ("race", "nation", EXTENSION + "ex-patient-race"),
    ("religion", "religion", _CORE_EXTENSION + "patient-religion"),
    ("education", "education", EXTENSION + "ex-patient-education-level"),
    ("typearea", "typearea", EXTENSION + "ex-patient-person-status"),
    ("labor", "labor", EXTENSION + "ex-patient-foreigner-type"),
    ("discharge", "discharge", EXTENSION + "ex-patient-pid-remove-reason"),
)


@dataclass(frozen=True)
class Parts:
    """The rows a Patient is made of. `person` decides whether there is a Patient at all."""

    person: Row
    addresses: Mapping[str, Row] = field(default_factory=dict)  # by ADDRESSTYPE
    home: Row | None = None
    death: Row | None = None


def patient(parts: Parts) -> tuple[str, Body]:
    """The id and content of the Patient of one registration."""
    row = parts.person
    hospcode = row["hospcode"]
    body: Body = {}
    extension = _extensions(row)
    if extension:
        body["extension"] = extension
    body["identifier"] = _identifiers(row)
    body["active"] = row.get("discharge") not in {"1", "2", "3"} and parts.death is None
    name = _name(row)
    if name:
        body["name"] = [name]
    _add(body, "telecom", _telecom(row))
    _add(body, "gender", GENDER.get(row.get("sex") or "", "unknown"))
    _add(body, "birthDate", row.get("birth"))
    body.update(_deceased(row, parts.death))
    _add(body, "address", _addresses(parts))
    _add(body, "maritalStatus", _marital(row.get("mstatus")))
    body["managingOrganization"] = organization(hospcode)
    return patient_id(hospcode, row["pid"]), body


def _add(body: Body, key: str, value: object) -> None:
    if value:
        body[key] = value


def _extensions(row: Row) -> list[Body]:
    found: list[Body] = []
    if row.get("nation"):
        inner = [{"url": "code", "valueCodeableConcept": concept("nation", row["nation"])}]
        found.append({"url": _CORE_EXTENSION + "patient-nationality", "extension": inner})
    for column, table, url in _CODED:
        if row.get(column):
            found.append({"url": url, "valueCodeableConcept": concept(table, row[column])})
    return found


@lru_cache(maxsize=8)
def _identifier_type(code: str, display: str) -> dict[str, Any]:
    return {"coding": [{"system": CORE + "cs-th-identifier-type", "code": code, "display": display}]}


def _identifiers(row: Row) -> list[Body]:
    local = f"{LOCAL}{row['hospcode']}"
    found: list[Body] = []
    if row.get("cid"):
        kind = _identifier_type("cid", "เลขประจำตัวประชาชนไทย")
        found.append({"use": "official", "type": kind, "system": CID, "value": row["cid"]})
    if row.get("passport"):
        kind = {"coding": [{"system": HL7 + "v2-0203", "code": "PPN", "display": "Passport number"}]}
        found.append(
            {
                "use": "official",
                "type": kind,
                "system": "https://terms.sil-th.org/id/passport",
                "value": row["passport"],
            }
        )
    kind = _identifier_type("localPid", "รหัสประจำตัวบุคคลของหน่วยบริการ")
    found.append({"use": "secondary", "type": kind, "system": local + "/PID", "value": row["pid"]})
    if row.get("hn"):
        kind = _identifier_type("localHn", "เลข Hospital Number (HN) ของหน่วยบริการ")
        found.append({"use": "usual", "type": kind, "system": local + "/HN", "value": row["hn"]})
    return found


def _name(row: Row) -> Body | None:
    given, family = row.get("name"), row.get("lname")
    if not given and not family:
        return None
    prefix = code_table("prename").labels.get(row.get("prename") or "")
    spoken = " ".join(part for part in (f"{prefix or ''}{given or ''}", family) if part)
    name: Body = {
        "extension": [{"url": _CORE_EXTENSION + "language", "valueCode": "th"}],
        "use": "official",
        "text": spoken,
    }
    _add(name, "family", family)
    _add(name, "given", [given] if given else None)
    _add(name, "prefix", [prefix] if prefix else None)
    return name


def _telecom(row: Row) -> list[Body]:
    pairs = ((row.get("mobile"), "mobile"), (row.get("telephone"), "home"))
    return [{"system": "phone", "value": number, "use": use} for number, use in pairs if number]


def _deceased(row: Row, death: Row | None) -> Body:
    if death is not None and death.get("ddeath"):
        return {"deceasedDateTime": death["ddeath"]}
    if death is not None or row.get("discharge") == "1":
        return {"deceasedBoolean": True}
    return {}


def _marital(code: str | None) -> Body | None:
    if not code:
        return None
    thai = concept("mstatus", code)
    known = _MARITAL.get(code)
    if known is None:
        return thai
    system = HL7 + ("v3-NullFlavor" if known[0] == "UNK" else "v3-MaritalStatus")
    international = {"system": system, "code": known[0], "display": known[1]}
    return {"coding": [international, *thai["coding"]], "text": thai["text"]}


def _addresses(parts: Parts) -> list[Body]:
    found: list[Body] = []
    if parts.home is not None:
        found.append(address(parts.home, "home", parts.home.get("house")))
    for kind, row in sorted(parts.addresses.items()):
        found.append(address(row, "home" if kind == "1" else "temp", row.get("houseno")))
    return found


def address(row: Row, use: str, house: str | None) -> Body:
    """An Address as TH Core has it: city is the sub-district, district the district, state the province."""
    code = "".join(row.get(column) or "" for column in ("changwat", "ampur", "tambon"))
    codes = [code[:length] if len(code) >= length else "" for length in (2, 4, 6)]
    province, district, subdistrict = (
        addresses.province(codes[0]),
        addresses.district(codes[1]),
        addresses.subdistrict(codes[2]),
    )
    line = _line(row, house)
    body: Body = {}
    extension = _geolocation(row)
    if subdistrict:
        coding = {"system": CORE + "cs-dopa-location", "code": code, "display": addresses.thai_address(code)}
        extension.append({"url": EXTENSION + "ex-address-address-code", "valueCodeableConcept": {"coding": [coding]}})
    _add(body, "extension", extension)
    body["use"] = use
    _add(body, "text", " ".join([part for part in (line, addresses.thai_address(code)) if part]))
    _add(body, "line", [line] if line else None)
    _add(body, "city", subdistrict.th if subdistrict else None)
    _add(body, "district", district.th if district else None)
    _add(body, "state", province.th if province else None)
    body["country"] = "TH"
    return body


def _line(row: Row, house: str | None) -> str:
    village = addresses.village_number(row.get("village") or "")
    parts = (
        house,
        f"ห้อง {row['roomno']}" if row.get("roomno") else None,
        row.get("condo"),
        row.get("villaname"),
        f"หมู่ที่ {village}" if village else None,
        f"ซอย{row['soisub']}" if row.get("soisub") else None,
        f"ซอย{row['soimain']}" if row.get("soimain") else None,
        f"ถนน{row['road']}" if row.get("road") else None,
    )
    return " ".join(part for part in parts if part)


def _geolocation(row: Row) -> list[Body]:
    latitude, longitude = row.get("latitude"), row.get("longitude")
    if not latitude or not longitude:
        return []
    inner = [{"url": "latitude", "valueDecimal": latitude}, {"url": "longitude", "valueDecimal": longitude}]
    return [{"url": _CORE_EXTENSION + "geolocation", "extension": inner}]
