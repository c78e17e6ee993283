"""A FHIR Consent that another system sent, as a choice with exceptions. Pure.

Source: IHE Privacy Consent on FHIR (PCF) 1.1, basic, intermediate and advanced; FHIR R4 Consent. What this exchange
cannot carry out to the letter is refused with its place: taken in part it would open more, or less, than was agreed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from suksala.foundation import clock

from .consents import Choice, ConsentProblem, Receiver
from .permits import SENSITIVE, Label, Purpose

CONFIDENTIALITY = "http://terminology.hl7.org/CodeSystem/v3-Confidentiality"
ACT_CODE = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
ACT_REASON = "http://terminology.hl7.org/CodeSystem/v3-ActReason"
RESOURCE_TYPES = "http://hl7.org/fhir/resource-types"
LABELS_OF = {
    "HIV": Label.HIV,
    "PSY": Label.MENTAL_HEALTH,
    "MH": Label.MENTAL_HEALTH,
    "SDV": Label.SEXUAL_VIOLENCE,
    "SEX": Label.SEXUAL_VIOLENCE,
    "ETH": Label.ADDICTION,
    "ETHUD": Label.ADDICTION,
    "OPIOIDUD": Label.ADDICTION,
    "SUD": Label.ADDICTION,
    "ADOL": Label.ADOLESCENT,
}
"""Sensitivity codes of HL7 v3 ActCode, by our class."""
_EVERY = frozenset(label.name for label in SENSITIVE if label.name)
_PURPOSES = {purpose.value: purpose for purpose in Purpose} | {"BTG": Purpose.EMERGENCY}
_RECEIVING = {"IRCP", "PRCP"}
_RECORDING = {"AUT", "CST"}
_READING = {"access", "use", "disclose"}
_EVERY_TYPE = {"Resource", "DomainResource"}  # what every type is, or every one that anybody reads
_FIRST_YEAR, _LAST_YEAR = 1000, 9999
_KNOWN = {"type", "period", "actor", "action", "securityLabel", "purpose", "class", "dataPeriod", "data", "provision"}

Json = Mapping[str, Any]


class CannotCarryOut(ConsentProblem):
    """A part of a Consent that this exchange would not keep to the letter; nothing of it has an effect.

    place  where it stands, as a FHIRPath expression
    """

    code = "SKL-CONSENT-020"

    def __init__(self, place: str, th: str, en: str) -> None:
        super().__init__(f"{place}: {th}", f"{place}: {en}")
        self.place = place


@dataclass(frozen=True, slots=True)
class Sent:
    """What a Consent says here.

    base, exceptions  its choices
    until             when it ends
    """

    base: Choice
    exceptions: tuple[Choice, ...]
    until: datetime | None


def read(body: Json) -> Sent | None:
    """The rule of a FHIR Consent; None for one that has no effect here: not active, about another matter than privacy,
    or for purposes for which nobody reads here. Raises CannotCarryOut.
    """
    if body.get("status") != "active" or "patient-privacy" not in _codes(body.get("scope")):
        return None
    try:
        return _read(body)
    except (ArithmeticError, AttributeError, TypeError, ValueError) as error:  # a lenient sender's faults are only told
        raise CannotCarryOut("Consent.provision", "รูปแบบไม่ถูกต้อง", "it is not in the shape of FHIR") from error


def _read(body: Json) -> Sent | None:
    root = body.get("provision")
    if not isinstance(root, Mapping):
        raise CannotCarryOut("Consent.provision", "ต้องบอกว่าให้หรือไม่ให้", "it must say permit or deny")
    base = _choice(root, "Consent.provision")
    if base is None:
        return None
    place = "Consent.provision.provision"
    inner = [_choice(each, place) for each in root.get("provision") or ()]
    if any(each.get("provision") for each in root.get("provision") or ()):
        raise CannotCarryOut(f"{place}.provision", "ซ้อนได้ชั้นเดียว", "one level of exceptions is carried out")
    since, until = _period(root.get("period"))
    return Sent(_dated(base, since), tuple(each for each in inner if each is not None), until)


def _dated(base: Choice, since: datetime | None) -> Choice:
    return base if since is None else Choice(**{**_fields(base), "since": since})


def _fields(choice: Choice) -> dict[str, Any]:
    return {name: getattr(choice, name) for name in choice.__dataclass_fields__}


def _choice(provision: Json, place: str) -> Choice | None:
    """One provision; None when it speaks of purposes for which nobody reads here."""
    _require_known(provision, place)
    permit = provision.get("type") == "permit"
    purposes = frozenset(_PURPOSES[c] for c in _coded(provision.get("purpose"), ACT_REASON) if c in _PURPOSES)
    if provision.get("purpose") and not purposes:
        return None
    if not permit and Purpose.EMERGENCY in purposes:
        raise _emergency_stays(f"{place}.purpose")
    labels, only = _labels(provision, permit, place)
    since, until = _period(provision.get("period")) if "provision.provision" in place else (None, None)
    data_since, data_before = _period(provision.get("dataPeriod"))
    sources = _organizations(provision.get("actor"), place, _RECORDING) | _authors(provision.get("data"), place)
    receivers = _organizations(provision.get("actor"), place, _RECEIVING)
    return Choice(
        permit,
        frozenset(Receiver("facility", code) for code in receivers),
        purposes,
        _types(provision, place),
        labels,
        only,
        sources,
        data_since,
        data_before,
        since,
        until,
    )


def _require_known(provision: Json, place: str) -> None:
    if provision.get("type") not in ("permit", "deny"):
        raise CannotCarryOut(f"{place}.type", "ต้องเป็น permit หรือ deny", "permit or deny")
    for name in sorted(set(provision) - _KNOWN - {"id", "extension"}):
        raise CannotCarryOut(f"{place}.{name}", "ระบบนี้ทำตามเงื่อนไขนี้ไม่ได้", "this condition cannot be carried out here")
    if provision.get("extension"):
        raise CannotCarryOut(f"{place}.extension", "ไม่รู้จักส่วนขยาย", "its extensions are not known here")
    actions = {code for each in provision.get("action") or () for code in _codes(each)}
    if actions - _READING:
        raise CannotCarryOut(f"{place}.action", "รับเฉพาะการอ่าน", "access, use and disclose are carried out")
    for each in provision.get("purpose") or ():
        if each.get("code") in _PURPOSES and each.get("system") != ACT_REASON:  # meant, and not said
            raise CannotCarryOut(f"{place}.purpose", "ต้องเป็นรหัส ActReason", "it must be a code of v3-ActReason")


def _emergency_stays(place: str) -> CannotCarryOut:
    """No denial closes an emergency opening: it rests on the law and on no consent (PDPA s.26(1))."""
    return CannotCarryOut(
        place,
        "ปฏิเสธการเปิดดูเพื่อช่วยชีวิต (BTG, ETREAT) ไม่ได้ กฎหมายให้เปิดได้เมื่อมีอันตรายต่อชีวิตและให้ความยินยอมไม่ได้ "
        "(พ.ร.บ. คุ้มครองข้อมูลส่วนบุคคล มาตรา 26(1)) ให้ตัดวัตถุประสงค์นี้ออกแล้วส่งใหม่",
        "emergency access (BTG, ETREAT) cannot be denied: the law lets danger to life prevail where nobody can consent "
        "(PDPA s.26(1)); take this purpose out and send it again",
    )


def _types(provision: Json, place: str) -> frozenset[str]:
    """The types that a provision names; none, no bound, where it names what every type is."""
    classes = provision.get("class") or ()
    named = frozenset(_coded(classes, RESOURCE_TYPES))
    if len(named) < len(classes):
        raise CannotCarryOut(f"{place}.class", "ต้องเป็นชนิดทรัพยากร FHIR", "it must name FHIR resource types")
    return frozenset() if named & _EVERY_TYPE else named


def _labels(provision: Json, permit: bool, place: str) -> tuple[frozenset[str], bool]:
    """The sensitive classes that a provision names, and whether it speaks of nothing else."""
    tags = provision.get("securityLabel") or ()
    if not tags:
        return frozenset(), False
    levels = set(_coded(tags, CONFIDENTIALITY))
    codes = set(_coded(tags, ACT_CODE))
    if levels - {"N", "R"} or codes - LABELS_OF.keys() or len(levels) + len(codes) != len(tags):
        raise CannotCarryOut(f"{place}.securityLabel", "ไม่รู้จักป้ายกำกับนี้", "this label is not known here")
    named = {LABELS_OF[code].name or "" for code in codes} | (_EVERY if "R" in levels else frozenset())
    if permit:
        return frozenset(named), "N" not in levels
    if "N" in levels and named != _EVERY:
        raise CannotCarryOut(
            f"{place}.securityLabel", "ปฏิเสธเฉพาะข้อมูลทั่วไปไม่ได้", "what is normal cannot be denied alone"
        )
    return (frozenset() if "N" in levels else frozenset(named)), False


def _organizations(actors: Any, place: str, roles: set[str]) -> frozenset[str]:
    found = set()
    for actor in actors or ():
        named = set(_codes(actor.get("role")))
        if not named or named - _RECEIVING - _RECORDING:
            raise CannotCarryOut(f"{place}.actor.role", "ไม่รู้จักบทบาทนี้", "this role is not known here")
        if named & roles:
            found.add(_organization(actor.get("reference"), f"{place}.actor"))
    return frozenset(found)


def _authors(data: Any, place: str) -> frozenset[str]:
    """Data by who recorded it, where that is a facility; single resources and encounters cannot be told apart here."""
    found = set()
    for each in data or ():
        if each.get("meaning") != "authoredby":
            raise CannotCarryOut(
                f"{place}.data",
                "แยกเป็นรายการหรือครั้งที่รับบริการไม่ได้",
                "single resources and encounters cannot be told",
            )
        found.add(_organization(each.get("reference"), f"{place}.data"))
    return frozenset(found)


def _organization(reference: Any, place: str) -> str:
    kind, _, rid = str((reference or {}).get("reference", "")).rpartition("/")
    if kind.rpartition("/")[2] != "Organization" or not rid:
        raise CannotCarryOut(place, "ต้องอ้างถึงหน่วยบริการ (Organization)", "it must name a facility (Organization)")
    return rid


def _period(period: Any) -> tuple[datetime | None, datetime | None]:
    """First moment, and first moment after: a Period's end is inclusive, to its precision; days are Bangkok's.

    >>> _period({"end": "2022-12"})[1]
    datetime.datetime(2023, 1, 1, 0, 0, tzinfo=zoneinfo.ZoneInfo(key='Asia/Bangkok'))
    """
    found = period or {}
    start, end = found.get("start"), found.get("end")
    last = None if not end or end.startswith(str(_LAST_YEAR)) else _after(end)  # 9999-12-31 says that there is no end
    return (_first(start) if start else None), last


def _first(text: str) -> datetime:
    if int(text[:4]) < _FIRST_YEAR:
        raise ValueError("no year of a record")
    if "T" in text:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is None:
            raise ValueError("a moment without its offset")
        return moment
    year, month, day = [*map(int, text.split("-")), 1, 1][:3]
    return datetime(year, month, day, tzinfo=clock.BANGKOK)


def _after(text: str) -> datetime:
    if "T" in text:
        return _first(text) + timedelta(seconds=1)
    first = _first(text)
    steps: dict[int, Callable[[], date]] = {
        1: lambda: date(first.year + 1, 1, 1),
        2: lambda: (first.date() + timedelta(days=31)).replace(day=1),
        3: lambda: first.date() + timedelta(days=1),
    }
    after = steps[text.count("-") + 1]()
    return datetime(after.year, after.month, after.day, tzinfo=clock.BANGKOK)


def _codes(concept: Any) -> list[str]:
    codings = (concept or {}).get("coding") or () if isinstance(concept, Mapping) else ()
    return [coding.get("code", "") for coding in codings]


def _coded(codings: Iterable[Json] | None, system: str) -> list[str]:
    return [each.get("code", "") for each in codings or () if each.get("system") == system]
