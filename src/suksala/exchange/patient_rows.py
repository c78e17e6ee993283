"""What a Patient sent over FHIR says about a person, as identity compares it: the mapping of PERSON read backwards."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime
from typing import Any

from suksala.identity import PersonRow
from suksala.standards import fhir

from .writes import Resource

_THAI = re.compile("[\u0e00-\u0e7f]")
_SEX = {"male": "1", "female": "2"}
_PASSPORT = "https://terms.sil-th.org/id/passport"
_NATIONALITY = "http://hl7.org/fhir/StructureDefinition/patient-nationality"
_PLACE_CODE = "/ex-address-address-code"  # TH Core's extension: the six digits of the sub-district
_VILLAGE = re.compile(r"(?:หมู่ที่|หมู่|ม\.)\s*([0-9]{1,3})")
_THAILAND = frozenset({"TH", "THA", "764", "99"})  # ISO 3166, and the code without its leading zero
THAI = "099"
_PAST = frozenset({"old", "maiden"})


def person_row(pid: str, body: Resource, now: datetime) -> PersonRow:
    """What a Patient says about the person registered as `pid`."""
    name = _official(body.get("name") or [])
    birth = body.get("birthDate", "")
    area, house = _home(body.get("address") or [])
    return PersonRow(
        pid=pid,
        number=_identifier(body, fhir.CITIZEN_ID),
        given=_words(name.get("given")) or name.get("text") or None,
        family=name.get("family"),
        title=next(filter(None, name.get("prefix") or ()), None),
        birth=date.fromisoformat(birth) if len(birth) == len("2026-11-22") else None,
        sex=_SEX.get(body.get("gender", "")),
        d_update=now,
        phone=_phone(body.get("telecom") or []),
        passport=_identifier(body, fhir.canonical(_PASSPORT)),
        nation=_nation(body.get("extension") or []),
        area=area,
        house=house,
        dead="deceasedDateTime" in body or bool(body.get("deceasedBoolean")),
    )


def _words(parts: Iterable[str | None] | None) -> str:
    """The parts that say something: one of which only an extension tells is null."""
    return " ".join(filter(None, parts or ()))


def _identifier(body: Resource, system: str) -> str | None:
    for one in body.get("identifier") or []:
        if fhir.canonical(one.get("system", "")) == system and one.get("use") != "old":
            value: str | None = one.get("value")
            return value
    return None


def _phone(telecom: Iterable[Mapping[str, Any]]) -> str | None:
    found = (one.get("value") for one in telecom if one.get("system") == "phone" and one.get("use") != "old")
    return next((value for value in found if value), None)


def _nation(extensions: Iterable[Mapping[str, Any]]) -> str | None:
    """The code of the 43 files; other systems write Thailand as a country."""
    for one in extensions:
        if one.get("url") == _NATIONALITY:
            code = next(_codes(one.get("extension") or []), "").rpartition(":")[2]
            return (THAI if code in _THAILAND else code) or None
    return None


def _home(places: Iterable[Mapping[str, Any]]) -> tuple[str | None, str | None]:
    """The sub-district and the house ("12/3/5": number, village) of the first address that has a code."""
    for place in places:
        if place.get("use") == "old":
            continue
        told = [one for one in place.get("extension") or [] if str(one.get("url", "")).endswith(_PLACE_CODE)]
        area = next(_codes(told), None)
        if area:
            line = _words(place.get("line"))
            village = _VILLAGE.search(line)
            number = line.split(" ")[0]
            return area, f"{number}/{village[1] if village else ''}" if number[:1].isdigit() else None
    return None, None


def _codes(extensions: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    for one in extensions:
        for coding in (one.get("valueCodeableConcept") or {}).get("coding") or []:
            if coding.get("code"):
                yield str(coding["code"])


def _official(names: list[dict[str, Any]]) -> dict[str, Any]:
    """The name to compare by: a Thai one before others, for registers hold Thai names; never a former one."""
    present = [name for name in names if name.get("use") not in _PAST]
    thai = [name for name in present if _THAI.search(f"{name.get('family')}{name.get('text')}")]
    return next(iter([*thai, *present]), {})
