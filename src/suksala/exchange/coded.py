"""Codes that a search names by a value set or by their place in a hierarchy, as far as this server holds them."""

from __future__ import annotations

from suksala.standards import fhir

from .domain import SearchProblem
from .tokens import ANY

MOST_CODES = 50_000


def codes_of_set(name: str, url: str) -> list[tuple[str, str]]:
    """(system, code) of a value set. Raises SearchProblem for one that is not here."""
    found = fhir.value_set_of(url)
    if found is None or len(found.codes) > MOST_CODES:
        raise SearchProblem(
            f"{name}:in ไม่รู้จักชุดรหัสนี้ ดู ValueSet/$expand",
            f"{name}:in does not know this value set; ValueSet/$expand does what is here",
            issue="not-supported",
        )
    return [(found.system.url, code) for code in found.codes]


def codes_related(name: str, way: str, system: str, code: str) -> list[tuple[str, str]]:
    """(system, code) of what subsumes a code (`above`) or is subsumed by it (`below`), itself included.

    Without a system, ICD-10 and ICD-10-TM are looked at. Raises SearchProblem for a system without a hierarchy.
    """
    hierarchies = [url for url in fhir.system_urls() if fhir.is_hierarchy(url)]
    systems = hierarchies if system == ANY else [system]
    if not code or not set(systems) <= set(hierarchies):
        raise SearchProblem(
            f"{name}:{way} ใช้กับ ICD-10 และ ICD-10-TM",
            f"{name}:{way} takes a code of ICD-10 or ICD-10-TM: no other system here has a hierarchy",
            issue="not-supported",
        )
    wanted = {"above": {"subsumed-by", "equivalent"}, "below": {"subsumes", "equivalent"}}[way]
    return [
        (url, other)
        for url in systems
        if (known := fhir.system_of(url))
        for other in {code, *known.terms}
        if fhir.subsumption(url, code, other) in wanted
    ]
