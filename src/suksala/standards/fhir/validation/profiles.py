"""Profiles: the constraints of IPS and of Thailand's guides, checked over what the base definitions have passed.

An official StructureDefinition is taken as it is, as a differential over a base that is known here, or as a snapshot.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

from . import bindings, inside, slicing, tables
from .constraints import NOTHING, Constraint, Found, at_place, choice_type, is_coded, is_like, kind_of_url, values
from .invariants import sentences
from .issues import Problem, Problems, Severity, joined, under
from .references import literal_type
from .shipped import shipped, type_of
from .special import TESTS


class Profile:
    """One profile, ready to be laid over a resource or a data type.

    type  the type that it constrains
    base  the canonical of what it derives from
    """

    def __init__(self, definition: dict[str, Any], codes: dict[str, dict[str, list[str]]]) -> None:
        self.url: str = definition["url"]
        self.type: str = definition["type"]
        self.base: str = definition["baseDefinition"]
        self.title: str = definition.get("title", definition["name"])
        self._codes = codes
        self.root = Constraint(self.type, self.title)
        for element in (definition.get("differential") or definition["snapshot"])["element"]:
            place = self.root
            for step in element["id"].split(".")[1:]:
                place = place.at(step)
            place.read(element, self._codes_of)

    def _codes_of(self, value_set: str) -> dict[str, frozenset[str]] | None:
        mine = self._codes.get(value_set)
        if mine is None:
            return tables.codes_of(value_set)
        return {system: frozenset(listed) for system, listed in mine.items()}

    def check(self, resource: Any, scope: slicing.Around) -> Problems:
        """What a resource lacks of this profile, and of those that it derives from."""
        out = joined(_inside(self.root, resource, scope), _broken(self.root, resource))
        base = profile(self.base)
        return joined(out, base.check(resource, scope) if base else None)


def profile(url: str) -> Profile | None:
    """A profile that is kept here, by its canonical without version; None for another."""
    return _compiled(url) if url in shipped() else None


@cache  # of those kept here only: a sender may name what it likes
def _compiled(url: str) -> Profile:
    return Profile(*shipped()[url])


def check_profiles(resource: dict[str, Any], asked: Iterable[str]) -> Problems:
    """The faults against profiles that were asked for (unknown: an error), and against those that the resource and each
    one inside it name in meta (unknown: a warning, once).
    """
    out: Problems = None
    around = slicing.Around(resource)
    for url in dict.fromkeys(one.partition("|")[0] for one in asked):
        out = joined(out, _one(url, resource, around, "error"))
    unknown: set[str] = set()
    for place, one, near in inside.resources(resource, around):
        out = joined(out, at_place(place, _named(one, near, unknown)))
    if around.asked.exhausted:
        th, en = (
            "มีรายการมากเกินไป จึงตรวจตามโพรไฟล์เพียงบางส่วน",
            "has too many parts; only some were checked against profiles",
        )
        out = joined(out, [Problem("profile-limit", "too-costly", th, en, "warning")])
    return out


def _named(resource: dict[str, Any], around: slicing.Around, unknown: set[str]) -> Problems:
    """The faults against the profiles that a resource itself names; `unknown` are those that were told of already."""
    out: Problems = None
    meta = resource.get("meta")
    named = meta.get("profile", ()) if isinstance(meta, dict) else ()
    seen: set[str] = set()  # named a thousand times, it is checked once
    for position, url in enumerate(named):
        if not isinstance(url, str) or url in seen or url in unknown:
            continue
        seen.add(url)
        found = _one(url.partition("|")[0], resource, around, "warning")
        if found and found[0].rule == "profile-unknown":
            unknown.add(url)
            found = at_place(("meta", "profile", f"[{position}]"), found)
        out = joined(out, found)
    return out


def _one(url: str, resource: dict[str, Any], around: slicing.Around, severity: Severity) -> Problems:
    own = resource["resourceType"]
    if url.startswith("http://hl7.org/fhir/StructureDefinition/") and url.rpartition("/")[2] == own:
        return None  # the base itself
    known = profile(url)
    if known is None:
        th, en = "ระบบไม่มีโพรไฟล์นี้ จึงไม่ได้ตรวจตาม", "this profile is not kept here, so it was not checked"
        return [Problem("profile-unknown", "not-found", th, en, severity)]
    if known.type != own:
        th, en = f"โพรไฟล์นี้ใช้กับ {known.type}", f"this profile is for {known.type}"
        return [Problem("profile-type", "invalid", th, en)]
    return known.check(resource, around)


def _inside(constraint: Constraint, owner: Any, around: slicing.Around) -> Problems:
    """The faults of an object's children."""
    out: Problems = None
    for name, child in constraint.children.items():
        found = values(owner, name)
        out = joined(out, _counted(child, name, found))
        for one in found:
            out = joined(out, at_place(one.steps, _value(child, one, around)))
        if child.slices:
            out = joined(out, _sliced(child, name, found, around))
    return out


def _counted(constraint: Constraint, name: str, found: list[Found], part: str = "") -> Problems:
    plain, of = name.removesuffix("[x]"), f" ({part})" if part else ""
    if len(found) < constraint.least:
        th, en = f"ต้องมีอย่างน้อย {constraint.least}{of}", f"needs at least {constraint.least}{of}; add it"
        return under(plain, constraint.problem("profile-min", th, en, "required"))
    if constraint.most is not None and len(found) > constraint.most:
        th, en = f"มีได้ไม่เกิน {constraint.most}{of}", f"takes at most {constraint.most}{of}; leave the others out"
        return under(plain, constraint.problem("profile-max", th, en, "structure"))
    return None


def _value(constraint: Constraint, one: Found, around: slicing.Around) -> Problems:
    """The faults of one value, its children included."""
    out: Problems = None
    value = one.value
    if value is not None:
        if _differs(constraint, value):
            th, en = "ค่าต้องเป็นค่าที่โพรไฟล์กำหนด", "the value must be the one that the profile fixes"
            out = constraint.problem("profile-fixed", th, en, "value")
        if constraint.codes is not None and not is_coded(value, constraint.codes):
            th, en = "ต้องเป็นรหัสในชุดค่าของโพรไฟล์", "must be a code of the profile's value set"
            out = joined(out, constraint.problem("profile-binding", th, en, "code-invalid"))
        if constraint.suggested is not None and isinstance(value, dict):
            out = joined(out, _stray(constraint, constraint.suggested, value))
        out = joined(out, _typed(constraint, one))
    if len(constraint.profiles) == 1 and constraint.name not in {"extension", "modifierExtension"}:
        inner = profile(constraint.profiles[0].partition("|")[0])
        if inner is not None and one.inside is not None:
            out = joined(out, inner.check(one.inside, around))
    out = joined(out, _inside(constraint, one.inside, around))
    return joined(out, _broken(constraint, one.inside))


def _stray(constraint: Constraint, sets: bindings.Sets, value: dict[str, Any]) -> Problems:
    if not bindings.strays(value, sets):
        return None
    th, en = bindings.STRAY_TH, bindings.STRAY_EN
    return constraint.problem("profile-extensible", th, en, "code-invalid", "warning")


def _differs(constraint: Constraint, value: Any) -> bool:
    if constraint.fixed is not NOTHING and value != constraint.fixed:
        return True
    return constraint.pattern is not NOTHING and not is_like(value, constraint.pattern)


def _typed(constraint: Constraint, one: Found) -> Problems:
    """The type of a choice, and the type that a reference leads to."""
    if constraint.name.endswith("[x]") and constraint.kinds:
        allowed = {kind[0].upper() + kind[1:] for kind in constraint.kinds}
        if choice_type(constraint.name, one.key) not in allowed:
            listed = ", ".join(constraint.kinds)
            return constraint.problem("profile-type", f"ต้องเป็นชนิด {listed}", f"must be of type {listed}", "structure")
    if constraint.targets and isinstance(one.value, dict):
        kinds = [kind_of_url(url, type_of) for url in constraint.targets]
        kind = literal_type(one.value)
        if kind is not None and None not in kinds and kind not in kinds and "Resource" not in kinds:
            listed = ", ".join(sorted(str(kind) for kind in set(kinds)))
            th, en = f"ต้องอ้างถึง {listed}", f"must refer to {listed}"
            return constraint.problem("profile-target", th, en, "value")
    return None


def _broken(constraint: Constraint, owner: Any) -> Problems:
    """The invariants of a profile, where it states them."""
    out: Problems = None
    for key in constraint.rules if isinstance(owner, dict) else ():
        try:
            holds = TESTS[key](owner)
        except (ArithmeticError, AttributeError, IndexError, KeyError, TypeError, ValueError):
            continue  # of another shape than the rule speaks of; that has been told
        if not holds:
            th, en, severity = sentences()[key]
            out = joined(out, [Problem(key, "invariant", th, en, severity)])
    return out


def _sliced(constraint: Constraint, name: str, found: list[Found], around: slicing.Around) -> Problems:
    """Each value belongs to the first slice that it fits; each slice is counted and checked by itself."""
    sorted_in: dict[str, list[Found]] = {part: [] for part in constraint.slices}
    out: Problems = None
    unsure = False
    for one in found:
        part = slicing.slice_of(constraint, one, around, conforms)
        unsure = unsure or part is slicing.UNKNOWN
        if isinstance(part, str):
            sorted_in[part].append(one)
        elif part is None and constraint.closed:
            th, en = "ไม่ตรงกับแบบใดที่โพรไฟล์ยอมรับ", "fits none of the slices, and the profile takes no others"
            out = joined(out, at_place(one.steps, constraint.problem("profile-closed", th, en, "structure")))
    for part, members in sorted_in.items():
        wanted = constraint.slices[part]
        if not (unsure and len(members) < wanted.least):  # what cannot be looked up here may be the missing one
            out = joined(out, _counted(wanted, name, members, part))
        for one in members:
            out = joined(out, at_place(one.steps, _value(wanted, one, around)))
    return out


def conforms(value: Any, url: str, around: slicing.Around) -> bool | None:
    """Whether a value has no fault against a profile; what is not kept here is believed.

    None where too much has been asked of one resource: a sender could else buy minutes of work with one name in meta.
    """
    known = profile(url.partition("|")[0])
    if known is None:
        return True
    if isinstance(value, dict) and value.get("resourceType", known.type) != known.type:
        return False
    asked = around.asked
    told = asked.told.get((id(value), known.url))
    if told is None and len(asked.told) < slicing.MOST_TOLD:
        told = asked.told[id(value), known.url] = not _has_errors(known.check(value, around))
    asked.exhausted = asked.exhausted or told is None
    return told


def _has_errors(found: Problems) -> bool:
    return any(problem.severity == "error" for problem in found or ())
