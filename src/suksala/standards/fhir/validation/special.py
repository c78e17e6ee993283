"""The invariants that say more than which elements go together."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from .bundles import BUNDLE_TESTS

_TERMS = "http://terminology.hl7.org/CodeSystem/"
_UCUM = "http://unitsofmeasure.org"
_MONEY = "urn:iso:std:iso:4217"
Object = dict[str, Any]
Test = Callable[[Object], bool]


def _has(value: Object, name: str) -> bool:
    return name in value or "_" + name in value


def _coded(value: Object, name: str, system: str, *codes: str) -> bool:
    """Whether a concept holds a coding of these."""
    codings = value.get(name, {}).get("coding", [])
    return any(one.get("system") == _TERMS + system and one.get("code") in codes for one in codings)


def _number(value: Any) -> Decimal:
    return Decimal(str(value))


def _moment(text: str, *, last: bool) -> datetime:
    """The first or last moment that a dateTime may mean; a date without a zone is taken as Thai time."""
    if len(text) > 10:
        found = datetime.fromisoformat(text.replace(":60", ":59")[:19])
        zone = text[19:].lstrip(".0123456789")
        sign = -1 if zone[0] == "-" else 1
        offset = timedelta() if zone == "Z" else sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[4:6]))
        return found - offset
    first = datetime.fromisoformat((text + "-01-01")[:10] if len(text) == 4 else (text + "-01")[:10])
    if last:
        span = {4: 366, 7: 31}.get(len(text), 1)
        first += timedelta(days=span, microseconds=-1)
    return first - timedelta(hours=7)


def _period(value: Object) -> bool:
    """per-1, when both ends are told. Ends of unlike precision are compared as spans: 2026 to 2026-03 is no error."""
    if "start" not in value or "end" not in value:
        return True
    return _moment(value["start"], last=False) <= _moment(value["end"], last=True)


def _range(value: Object) -> bool:
    low, high = value.get("low"), value.get("high")
    if not low or not high or low.get("code", low.get("unit")) != high.get("code", high.get("unit")):
        return True
    return _number(low["value"]) <= _number(high["value"]) if "value" in low and "value" in high else True


def _ratio(value: Object) -> bool:
    numerator, denominator = "numerator" in value, "denominator" in value
    return bool(numerator == denominator and (numerator or "extension" in value))


def _measured(value: Object, system: str = _UCUM) -> bool:
    return (_has(value, "code") or not _has(value, "value")) and value.get("system", system) == system


def _same_coding(value: Object) -> bool:
    """obs-7: a component does not repeat the code of an Observation that has a value of its own."""
    if not any(key.startswith(("value", "_value")) for key in value):
        return True
    mine = {(one.get("system"), one.get("code")) for one in value["code"].get("coding", [])}
    theirs = [one for part in value.get("component", ()) for one in part["code"].get("coding", [])]
    return not any((one.get("system"), one.get("code")) in mine for one in theirs)


def _problem_list(value: Object) -> bool:
    """con-3: a problem on the list has a clinical status, unless it was entered in error."""
    listed = any(
        one.get("code") == "problem-list-item"
        for concept in value.get("category", ())
        for one in concept.get("coding", ())
    )
    wrong = _coded(value, "verificationStatus", "condition-ver-status", "entered-in-error")
    return "clinicalStatus" in value or wrong or not listed


def _deep(items: Any, name: str) -> Iterator[Object]:
    """The objects of a tree, its branches under the same name."""
    for item in items or ():
        yield item
        yield from _deep(item.get(name), name)


def _distinct(found: Iterator[Any] | list[Any]) -> bool:
    listed = list(found)
    return len(listed) == len(set(listed))


def _link_ids(value: Object) -> bool:
    return _distinct(item["linkId"] for item in _deep(value.get("item"), "item"))


def _concept_codes(value: Object) -> bool:
    return _distinct(item["code"] for item in _deep(value.get("concept"), "concept") if "code" in item)


_OPTIONS = frozenset(["choice", "open-choice", "decimal", "integer", "date", "dateTime", "time", "string", "quantity"])
_LENGTHS = frozenset(["boolean", "decimal", "integer", "string", "text", "url", "open-choice"])
_CODED_TYPES = frozenset({"code", "Coding", "CodeableConcept", "Quantity", "string", "uri"})


def _group_or_display(value: Object) -> bool:
    kind = value.get("type")
    return "item" in value if kind == "group" else kind != "display" or "item" not in value


def _trigger(value: Object) -> bool:
    kind = value.get("type", "")
    if kind == "named-event":
        return _has(value, "name")
    if kind == "periodic":
        return any(key.lstrip("_").startswith("timing") for key in value)
    return not kind.startswith("data-") or "data" in value


def _offset(value: Object) -> bool:
    return not _has(value, "offset") or ("when" in value and not {"C", "CM", "CD", "CV"} & set(value["when"]))


def _min_max(value: Object) -> bool:
    most = value.get("max", "*")
    return most == "*" or int(value.get("min", 0)) <= int(most)


def _handed_over(value: Object) -> bool:
    if "whenHandedOver" not in value or "whenPrepared" not in value:
        return True
    return _moment(value["whenHandedOver"], last=True) >= _moment(value["whenPrepared"], last=False)


def _modified(value: Object) -> bool:
    if "lastModified" not in value or "authoredOn" not in value:
        return True
    return _moment(value["lastModified"], last=True) >= _moment(value["authoredOn"], last=False)


def _no_home(value: Object, name: str) -> bool:
    return not any(one.get("use") == "home" for one in value.get(name, ()))


TESTS: dict[str, Test] = {
    **BUNDLE_TESTS,
    "bdl-ips-1": lambda v: (
        not any(one.get("resource", {}).get("resourceType") == "Composition" for one in v["entry"][1:])
    ),
    "hasMemberOrComponent": lambda v: "hasMember" not in v or "component" not in v,
    "ips-1": lambda v: "effectiveDateTime" not in v or len(v["effectiveDateTime"]) >= 8,
    "ips-2": lambda v: (
        any(k.lstrip("_").startswith("value") for k in v)
        or not {"hasMember", "component", "dataAbsentReason"}.isdisjoint(v)
    ),
    "ips-3": lambda v: (
        "component" not in v
        or any(k.startswith("value") or k == "dataAbsentReason" for part in v["component"] for k in part)
    ),
    "ips-comp-1": lambda v: any("reference" in one for one in v.get("entry", ())) or "emptyReason" in v,
    "ips-pat-1": lambda v: any(_has(v, name) for name in ("family", "given", "text")),
    "age-1": lambda v: _measured(v) and _number(v.get("value", 1)) > 0,
    "cnt-3": lambda v: _measured(v) and v.get("code", "1") == "1" and "." not in str(v.get("value", 0)),
    "dis-1": _measured,
    "drt-1": lambda v: "code" not in v or (v.get("system") == _UCUM and _has(v, "value")),
    "mqty-1": lambda v: _measured(v, _MONEY),
    "sqty-1": lambda v: not _has(v, "comparator"),
    "per-1": _period,
    "rng-2": _range,
    "rat-1": _ratio,
    "tim-4": lambda v: _number(v.get("duration", 0)) >= 0,
    "tim-5": lambda v: _number(v.get("period", 0)) >= 0,
    "tim-9": _offset,
    "trd-3": _trigger,
    "ait-1": lambda v: (
        "clinicalStatus" in v or _coded(v, "verificationStatus", "allergyintolerance-verification", "entered-in-error")
    ),
    "ait-2": lambda v: (
        "clinicalStatus" not in v
        or not _coded(v, "verificationStatus", "allergyintolerance-verification", "entered-in-error")
    ),
    "app-2": lambda v: _has(v, "start") == _has(v, "end"),
    "app-3": lambda v: (
        (_has(v, "start") and _has(v, "end")) or v.get("status") in ("proposed", "cancelled", "waitlist")
    ),
    "app-4": lambda v: "cancelationReason" not in v or v.get("status") in ("noshow", "cancelled"),
    "cmd-1": lambda v: _has(v, "comment") or v.get("equivalence") not in ("narrower", "inexact"),
    "cmd-2": lambda v: v.get("mode") != "fixed" or _has(v, "code"),
    "cmd-3": lambda v: v.get("mode") != "other-map" or _has(v, "url"),
    "con-3": _problem_list,
    "con-4": lambda v: (
        not any(key.lstrip("_").startswith("abatement") for key in v)
        or _coded(v, "clinicalStatus", "condition-clinical", "resolved", "remission", "inactive")
    ),
    "con-5": lambda v: (
        "clinicalStatus" not in v or not _coded(v, "verificationStatus", "condition-ver-status", "entered-in-error")
    ),
    "cpb-3": lambda v: not any("endpoint" in one for one in v.get("messaging", ())) or v.get("kind") == "instance",
    "cpb-7": lambda v: _distinct([(one.get("profile"), one.get("mode")) for one in v.get("document", ())]),
    "cpb-9": lambda v: _distinct([one["type"] for one in v.get("resource", ())]),
    "cpb-12": lambda v: _distinct([one["name"] for one in v.get("searchParam", ())]),
    "cpb-14": lambda v: v.get("kind") != "instance" or "implementation" in v,
    "cpb-15": lambda v: v.get("kind") != "capability" or ("implementation" not in v and "software" in v),
    "cpb-16": lambda v: v.get("kind") != "requirements" or not {"implementation", "software"} & v.keys(),
    "csd-1": _concept_codes,
    "eld-2": _min_max,
    "eld-4": lambda v: "aggregation" not in v or v.get("code") in ("Reference", "canonical"),
    "eld-13": lambda v: _distinct([one.get("code") for one in v.get("type", ())]),
    "eld-14": lambda v: _distinct([one.get("key") for one in v.get("constraint", ())]),
    "eld-17": lambda v: "targetProfile" not in v or v.get("code") in ("Reference", "canonical"),
    "eld-18": lambda v: v.get("isModifier") is not True or _has(v, "isModifierReason"),
    "grp-1": lambda v: "member" not in v or v.get("actual") is True,
    "lnk-1": lambda v: len(v["item"]) > 1,
    "lst-2": lambda v: v.get("mode") == "changes" or not any("deleted" in one for one in v.get("entry", ())),
    "lst-3": lambda v: v.get("mode") == "working" or not any("date" in one for one in v.get("entry", ())),
    "mdd-1": _handed_over,
    "mrp-1": lambda v: v.get("type") != "data-collection" or "group" not in v,
    "msq-3": lambda v: v.get("coordinateSystem") in (0, 1),
    "nsd-1": lambda v: v.get("kind") != "root" or all(one.get("type") != "uuid" for one in v["uniqueId"]),
    "nsd-2": lambda v: _distinct([one["type"] for one in v["uniqueId"] if one.get("preferred") is True]),
    "obs-7": _same_coding,
    "opd-2": lambda v: not _has(v, "searchType") or v.get("type") == "string",
    "opd-3": lambda v: "targetProfile" not in v or v.get("type") in ("Reference", "canonical"),
    "org-2": lambda v: _no_home(v, "address"),
    "org-3": lambda v: _no_home(v, "telecom"),
    "que-1": _group_or_display,
    "que-2": _link_ids,
    "que-3": lambda v: v.get("type") != "display" or "code" not in v,
    "que-5": lambda v: v.get("type") in _OPTIONS or not {"answerOption", "answerValueSet"} & v.keys(),
    "que-6": lambda v: v.get("type") != "display" or not {"required", "repeats"} & v.keys(),
    "que-7": lambda v: v.get("operator") != "exists" or "answerBoolean" in v,
    "que-8": lambda v: v.get("type") not in ("group", "display") or "initial" not in v,
    "que-9": lambda v: v.get("type") != "display" or "readOnly" not in v,
    "que-10": lambda v: v.get("type") in _LENGTHS or "maxLength" not in v,
    "que-12": lambda v: len(v.get("enableWhen", ())) < 3 or _has(v, "enableBehavior"),
    "que-13": lambda v: v.get("repeats") is True or len(v.get("initial", ())) < 2,
    "sdf-4": lambda v: v.get("abstract") is True or _has(v, "baseDefinition"),
    "sdf-5": lambda v: v.get("type") != "Extension" or v.get("derivation") == "specialization" or "context" in v,
    "spd-2": lambda v: "chain" not in v or v.get("type") == "reference",
    "tcp-3": lambda v: v.get("kind") != "instance" or "implementation" in v,
    "tcp-4": lambda v: v.get("kind") != "capability" or ("implementation" not in v and "software" in v),
    "tcp-5": lambda v: v.get("kind") != "requirements" or not {"implementation", "software"} & v.keys(),
    "Task:inv-1": _modified,
    "vsd-2": lambda v: not {"concept", "filter"} & v.keys() or _has(v, "system"),
    "vsd-9": lambda v: _has(v, "code") or v.get("abstract") is True,
}

EXTRA = {"Organization": ("org-2", "org-3")}  # stated on an element, and checked where that stands
