"""Terminology operations of FHIR R4 over what `standards.fhir` holds: public content, no person, no database.

Strict like the search: a parameter that is not understood is refused. A fragment says so: a code that it lacks is
"not kept here", never "does not exist".
Source: FHIR R4 terminology-service; operations of CodeSystem, ValueSet and ConceptMap.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from suksala.foundation import SuksalaError, clock
from suksala.standards import fhir
from suksala.standards.thai_codes import folded

from . import bundle, dates
from .asked import Asked, Coding, Values, read_values
from .domain import SearchProblem
from .formats import is_format

TYPES = frozenset({"CodeSystem", "ValueSet", "ConceptMap"})
_EXTENSION = "http://hl7.org/fhir/StructureDefinition/"
_SUBSETTED = {"system": "http://terminology.hl7.org/CodeSystem/v3-ObservationValue", "code": "SUBSETTED"}


class NotKept(SuksalaError):
    """A system, value set, map or code that this server does not hold."""

    code = "SKL-FHIR-404"
    http_status = 404


class Verdict(NamedTuple):
    """What became of one coding: whether it is valid, why not, and the name it should have."""

    valid: bool
    message: str | None
    display: str | None


def run(operation: tuple[str, str], pairs: Iterable[tuple[str, str]], posted: bytes) -> bytes:
    """Answer an operation, such as ("CodeSystem", "$lookup"), from its parameters in the address and in the body.

    Raises SearchProblem for parameters that it cannot be asked with, NotKept for what is not here.
    """
    takes, answer = OPERATIONS[operation]
    return answer(read_values(takes, pairs, posted))


# --- CodeSystem


def lookup(asked: Values) -> bytes:
    """CodeSystem/$lookup: the names of a code."""
    coding = asked.one_coding()
    system = _system(coding.system)
    term = system.terms.get(coding.code)
    if term is None:
        raise NotKept(*_not_kept(system))
    named = [("name", "valueString", system.title), ("display", "valueString", term.name(asked.language))]
    designations = [
        {"name": "designation", "part": [_part("language", "valueCode", lang), _part("value", "valueString", value)]}
        for lang, value in _designations(term)
    ]
    return _parameters([*(_part(*one) for one in named), *designations])


def validate_in_system(asked: Values) -> bytes:
    """CodeSystem/$validate-code: whether a code is one of a system."""
    url = asked.text("url")
    if url is not None:
        _system(url)
    codings = asked.codings("url")
    return _validated(asked, [_in_system(url, coding) for coding in codings])


def _in_system(url: str | None, coding: Coding) -> tuple[Coding, fhir.CodeSystem | None, bool]:
    """The coding, its system if it is the one asked for, and whether the code is in it."""
    system = fhir.system_of(coding.system) if url in (None, coding.system) else None
    return coding, system, system is not None and coding.code in system.terms


def subsumes(asked: Values) -> bytes:
    """CodeSystem/$subsumes: how two codes of ICD-10 or ICD-10-TM stand to each other, by the rule of their digits."""
    url = asked.text("system")
    first, second = asked.pair(url)
    if first.system != second.system:
        raise SearchProblem("รหัสทั้งสองต้องอยู่ในระบบเดียวกัน", "both codes are of one system")
    _system(first.system)
    if not fhir.is_hierarchy(first.system):
        raise SearchProblem("ระบบรหัสนี้ไม่มีลำดับชั้น", "this code system has no hierarchy", issue="not-supported")
    outcome = fhir.subsumption(first.system, first.code, second.code)
    if outcome is None:
        raise SearchProblem(
            "รหัสไม่ใช่หมวดหรือรหัสย่อยของระบบนี้", "a code is not in the form of a category or a code below one"
        )
    return _parameters([_part("outcome", "valueCode", outcome)])


# --- ValueSet


def validate_in_value_set(asked: Values) -> bytes:
    """ValueSet/$validate-code: whether a code is in a value set."""
    found = _value_set(asked.required("url"))
    return _validated(asked, [_in_value_set(found, coding) for coding in asked.codings()])


def _in_value_set(found: fhir.ValueSet, coding: Coding) -> tuple[Coding, fhir.CodeSystem | None, bool]:
    if coding.system != found.system.url:
        return coding, None, False
    return coding, found.system, coding.code in _members(found.url)


@lru_cache(maxsize=256)
def _members(url: str) -> frozenset[str]:
    return frozenset(_value_set(url).codes)


def expand(asked: Values) -> bytes:
    """ValueSet/$expand: the codes of a value set whose Thai or English name, or code, holds every word of `filter`."""
    found = _value_set(asked.required("url"))
    wanted = folded(asked.text("filter") or "").split()
    codes = [code for code, text in _searched(found.url) if all(word in text for word in wanted)]
    offset, count = asked.whole("offset") or 0, asked.whole("count")
    page = codes[offset:] if count is None else codes[offset : offset + count]
    expansion: dict[str, Any] = {"timestamp": dates.instant(clock.now()), "total": len(codes)}
    if not found.system.complete:
        expansion["extension"] = [{"url": _EXTENSION + "valueset-unclosed", "valueBoolean": True}]
    if count is not None or offset:
        expansion["offset"] = offset
    expansion["parameter"] = asked.echo()
    if page:
        expansion["contains"] = [_contained(found.system, code, asked) for code in page]
    body = {"resourceType": "ValueSet", "url": found.url, "title": found.title, "status": "active"}
    return orjson.dumps({**body, "expansion": expansion})


@lru_cache(maxsize=256)
def _searched(url: str) -> list[tuple[str, str]]:
    """Each code of a value set with everything by which it may be found."""
    found = _value_set(url)
    terms = [found.system.terms[code] for code in found.codes]
    return [(t.code, folded(" ".join((t.code, t.display, t.th or "", t.en or "", *t.also)))) for t in terms]


def _contained(system: fhir.CodeSystem, code: str, asked: Values) -> dict[str, Any]:
    term = system.terms[code]
    entry: dict[str, Any] = {"system": system.url, "code": code, "display": term.name(asked.language)}
    if asked.yes("includeDesignations"):
        entry["designation"] = [{"language": lang, "value": value} for lang, value in _designations(term)]
    return entry


# --- ConceptMap


def translate(asked: Values) -> bytes:
    """ConceptMap/$translate: a code of the 43 files in LOINC or ICD-10 (or back), where the map is sure."""
    codings = asked.codings()
    backwards = asked.yes("reverse")
    maps = [found for found in _maps(asked) if any(_start(found, backwards) == c.system for c in codings)]
    matches = [
        (found, code)
        for coding in codings
        for found in maps
        if _start(found, backwards) == coding.system
        for code in (found.sources(coding.code) if backwards else found.targets(coding.code))
    ]
    if matches:
        made = [_match(found, code, backwards) for found, code in matches]
        return _parameters([_part("result", "valueBoolean", True), *made])
    th, en = _UNSURE if maps else _NO_MAP
    return _parameters([_part("result", "valueBoolean", False), _part("message", "valueString", f"{th} · {en}")])


_UNSURE = ("ไม่มีคู่รหัสที่แน่ใจได้ ให้คงรหัสเดิม", "no match is sure; keep the code as it is")
_NO_MAP = ("ไม่มีแผนที่ระหว่างระบบรหัสที่ถาม", "no map between the systems asked for")


def _start(found: fhir.ConceptMap, backwards: bool) -> str:
    return found.target if backwards else found.source


def _maps(asked: Values) -> list[fhir.ConceptMap]:
    """The maps that url, source, target and targetsystem leave."""
    maps = fhir.concept_maps()
    url = asked.text("url")
    if url is not None and url not in {found.url for found in maps}:
        raise NotKept("ไม่มีแผนที่รหัสนี้", "there is no such concept map here")
    source, target = (_whole_system(asked.text(name)) for name in ("source", "target"))
    wanted = asked.text("targetsystem")
    backwards = asked.yes("reverse")
    return [
        found
        for found in maps
        if url in (None, found.url)
        and source in (None, _start(found, backwards))
        and {target, wanted} <= {None, found.source if backwards else found.target}
    ]


def _whole_system(canonical: str | None) -> str | None:
    """The system of a value set that `source` or `target` names."""
    return None if canonical is None else _value_set(canonical).system.url


def _match(found: fhir.ConceptMap, code: str, backwards: bool) -> dict[str, Any]:
    url = found.source if backwards else found.target
    system = fhir.system_of(url)
    term = system.terms.get(code) if system else None
    coding = {"system": url, "code": code} | ({"display": term.display} if term else {})
    parts = [
        _part("equivalence", "valueCode", "equivalent"),
        {"name": "concept", "valueCoding": coding},
        _part("source", "valueUri", found.url),
    ]
    return {"name": "match", "part": parts}


# --- what several of them share


def _validated(asked: Values, found: list[tuple[Coding, fhir.CodeSystem | None, bool]]) -> bytes:
    """The first valid coding, or why none is."""
    verdicts = [_verdict(asked, *one) for one in found]
    chosen = next((verdict for verdict in verdicts if verdict.valid), verdicts[0])
    answer = [_part("result", "valueBoolean", chosen.valid)]
    if chosen.message:
        answer.append(_part("message", "valueString", chosen.message))
    if chosen.display:
        answer.append(_part("display", "valueString", chosen.display))
    return _parameters(answer)


def _verdict(asked: Values, coding: Coding, system: fhir.CodeSystem | None, inside: bool) -> Verdict:
    if system is None:
        return Verdict(False, "รหัสเป็นของระบบอื่น · the code is of another system, or of one not kept here", None)
    if not inside:
        return Verdict(False, " · ".join(_not_kept(system)), None)
    term = system.terms[coding.code]
    display = term.name(asked.language)
    names = {_plain(name) for name in (term.display, term.th, term.en, *term.also) if name}
    if coding.display is not None and _plain(coding.display) not in names:
        return Verdict(False, "ชื่อไม่ใช่ของรหัสนี้ · the display is not a name of this code", display)
    return Verdict(True, None, display)


def _plain(name: str) -> str:
    return " ".join(name.casefold().split())


def _not_kept(system: fhir.CodeSystem) -> tuple[str, str]:
    if system.complete:
        return "ไม่มีรหัสนี้ในที่ถาม", "the code is not in what was asked for"
    return (
        "ไม่มีรหัสนี้ในส่วนที่ระบบเก็บไว้ (เก็บเพียงบางส่วน)",
        "the code is not in the part that is kept here (a fragment: it may exist)",
    )


def _system(url: str) -> fhir.CodeSystem:
    found = fhir.system_of(url)
    if found is None:
        raise NotKept("ไม่มีระบบรหัสนี้", "no such code system here; CodeSystem?_summary=true lists them")
    return found


def _value_set(url: str) -> fhir.ValueSet:
    found = fhir.value_set_of(url)
    if found is None:
        raise NotKept("ไม่มีชุดรหัสนี้", "no such value set here; a CodeSystem names its own in valueSet")
    return found


def _designations(term: fhir.Term) -> list[tuple[str, str]]:
    named = [("th", term.th), ("en", term.en)]
    return [(language, value) for language, value in named if value]


def _part(name: str, kind: str, value: object) -> dict[str, Any]:
    return {"name": name, kind: value}


def _parameters(parts: list[dict[str, Any]]) -> bytes:
    return orjson.dumps({"resourceType": "Parameters", "parameter": parts})


# --- CodeSystem as a resource


def answers(rtype: str, rest: Sequence[str], pairs: Iterable[tuple[str, str]]) -> bool:
    """Whether an address asks for what the server holds itself: an operation, one of its CodeSystems by id or by url,
    or their list.
    """
    if len(rest) == 1 and (rtype, rest[0]) in OPERATIONS:
        return True
    if rtype != "CodeSystem" or len(rest) > 1:
        return False
    if rest:
        return rest[0] in _ids()
    asked = [(name, value) for name, value in pairs if not is_format(name, value)]
    urls = asked[0][1].split(",") if len(asked) == 1 and asked[0][0] == "url" else []
    return asked == [("_summary", "true")] or any(url in _ids().values() for url in urls)


def holds(rid: str) -> bool:
    """Whether a CodeSystem of this id is the server's own."""
    return rid in _ids()


def read(id_: str) -> bytes:
    """One CodeSystem by its id. Raises NotKept."""
    url = _ids().get(id_)
    if url is None:
        raise NotKept("ไม่พบข้อมูลนี้", "there is no such resource")
    return _resource(url)


def search(base: str, pairs: Iterable[tuple[str, str]]) -> bytes:
    """Answer `CodeSystem?url=…`, or `?_summary=true` for the list without codes. Raises SearchProblem."""
    asked = [(name, value) for name, value in pairs if not is_format(name, value)]
    if asked == [("_summary", "true")]:
        found = [(id_, _summary(url)) for id_, url in _ids().items()]
    elif len(asked) == 1 and asked[0][0] == "url" and asked[0][1]:
        wanted = set(asked[0][1].split(","))
        found = [(id_, _resource(url)) for id_, url in _ids().items() if url in wanted]
    else:
        raise SearchProblem(
            "CodeSystem ค้นได้ด้วย url= หรือขอรายการด้วย _summary=true",
            "CodeSystem is searched by url=; _summary=true gives the list",
            issue="not-supported",
        )
    entries = [bundle.entry(base, "CodeSystem", id_, raw) for id_, raw in found]
    links = [("self", f"{base}/CodeSystem?{asked[0][0]}={asked[0][1]}")]
    return bundle.searchset(entries, links=links, total=len(entries))


@lru_cache(maxsize=1)
def _ids() -> dict[str, str]:
    return {system.id: url for url in fhir.system_urls() if (system := fhir.system_of(url))}


@lru_cache(maxsize=256)
def _resource(url: str) -> bytes:
    system = _system(url)
    concepts = [_concept(term) for term in system.terms.values()]
    return orjson.dumps({**_about(system), "concept": concepts})


def _summary(url: str) -> bytes:
    return orjson.dumps({**_about(_system(url)), "meta": {"tag": [_SUBSETTED]}})


def _about(system: fhir.CodeSystem) -> dict[str, Any]:
    about: dict[str, Any] = {
        "resourceType": "CodeSystem",
        "id": system.id,
        "url": system.url,
        "name": "".join(part.capitalize() for part in system.id.split("-")),
        "title": system.title,
        "status": "active",
        "caseSensitive": True,
        "valueSet": system.value_set,
        "content": "complete" if system.complete else "fragment",
    }
    if system.complete:
        about["count"] = len(system.terms)
    if system.copyright:
        about["copyright"] = system.copyright
    return about


def _concept(term: fhir.Term) -> dict[str, Any]:
    concept: dict[str, Any] = {"code": term.code, "display": term.display}
    others = [{"language": lang, "value": value} for lang, value in _designations(term)]
    return concept | ({"designation": others} if others else {})


_CODED: Asked = {"code": "text", "system": "text", "coding": "coding", "displayLanguage": "language"}
_CHECKED: Asked = {**_CODED, "url": "text", "display": "text", "codeableConcept": "concept"}

OPERATIONS: dict[tuple[str, str], tuple[Asked, Callable[[Values], bytes]]] = {
    ("CodeSystem", "$lookup"): (_CODED, lookup),
    ("CodeSystem", "$validate-code"): (
        {name: kind for name, kind in _CHECKED.items() if name != "system"},
        validate_in_system,
    ),
    ("CodeSystem", "$subsumes"): (
        {"codeA": "text", "codeB": "text", "system": "text", "codingA": "coding", "codingB": "coding"},
        subsumes,
    ),
    ("ValueSet", "$validate-code"): (_CHECKED, validate_in_value_set),
    ("ValueSet", "$expand"): (
        {
            "url": "text",
            "filter": "text",
            "offset": "whole",
            "count": "whole",
            "displayLanguage": "language",
            "includeDesignations": "yes",
        },
        expand,
    ),
    ("ConceptMap", "$translate"): (
        {
            **dict.fromkeys(("url", "code", "system", "source", "target", "targetsystem"), "text"),
            "coding": "coding",
            "codeableConcept": "concept",
            "reverse": "yes",
        },
        translate,
    ),
}
