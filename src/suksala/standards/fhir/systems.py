"""Code systems with their codes, as far as this package holds them, and the value sets that fields are bound to.

A system that SIL-TH publishes is complete when the sheet of the 43 files has as many codes as SIL-TH's list (compared
2026-11-22). The others are fragments: the international ones hold the few codes the record uses or names, `file43` also
lists to which senders add.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from types import MappingProxyType
from typing import Literal, NamedTuple

from suksala.standards.file43 import CODE_TABLES, CodeTable, code_table

from .diseases import diseases
from .terminology import (
    CORE,
    FILE43,
    ICD10,
    ICD10TM,
    LOINC,
    UCUM,
    code_system,
    field_names,
    icd10_of,
    loinc_names,
    units,
)
from .terminology import rows as data

Outcome = Literal["equivalent", "subsumes", "subsumed-by", "not-subsumed"]
VALUE_SET = "urn:suksala:valueset:"  # and the name of a code table
_WHOLE = "?fhir_vs"  # after a system: the value set of all its codes


class Term(NamedTuple):
    """A code with its names.

    display  the name that the record writes beside the code
    th, en   None where the name is not known in that language
    also     other names that sheets use for the same code
    """

    code: str
    display: str
    th: str | None
    en: str | None
    also: tuple[str, ...] = ()

    def name(self, language: str | None) -> str:
        """The name in a language, or the record's own where that is not known or none is asked."""
        return {"th": self.th, "en": self.en}.get(language or "") or self.display


@dataclass(frozen=True)
class CodeSystem:
    """A FHIR CodeSystem as far as this package holds it.

    complete  every code of the system is here; else it is a fragment
    """

    id: str
    url: str
    title: str
    complete: bool
    terms: Mapping[str, Term]
    copyright: str | None = None

    @property
    def value_set(self) -> str:
        """The canonical of the value set of all its codes."""
        return f"{LOINC}/vs" if self.url == LOINC else self.url + _WHOLE


@dataclass(frozen=True)
class ValueSet:
    """Codes of one system: all of them, or those of one code table."""

    url: str
    title: str
    system: CodeSystem
    codes: tuple[str, ...]


@cache
def system_urls() -> tuple[str, ...]:
    """The systems that have codes here."""
    published = dict.fromkeys(url for name in CODE_TABLES if (url := code_system(name)))
    return (*published, FILE43, ICD10TM, ICD10, LOINC, UCUM)


def system_of(url: str) -> CodeSystem | None:
    """The code system of this URL, None when this package has no code of it."""
    return _system(url) if url in system_urls() else None


@cache
def _system(url: str) -> CodeSystem:
    return _OTHERS[url]() if url in _OTHERS else _published(url)


@lru_cache(maxsize=512)
def value_set_of(url: str) -> ValueSet | None:
    """The value set of this canonical: of a code table, or of a whole system (`[system]?fhir_vs`)."""
    if url.startswith(VALUE_SET):
        return _bound(url, url.removeprefix(VALUE_SET))
    system = system_of(LOINC if url == f"{LOINC}/vs" else url.removesuffix(_WHOLE))
    if system is None or system.value_set != url:
        return None
    return ValueSet(url, system.title, system, tuple(system.terms))


def is_hierarchy(url: str) -> bool:
    """Whether codes of this system stand under others: in ICD-10 the longer code under what it begins with."""
    return url in {ICD10, ICD10TM}


def subsumption(url: str, a: str, b: str) -> Outcome | None:
    """How code `a` stands to code `b` of an ICD-10 system; None when one of them is no code of a category or below."""
    first, second = (_category(url, code) for code in (a, b))
    if first is None or second is None:
        return None
    if first == second:
        return "equivalent"
    if second.startswith(first):
        return "subsumes"
    return "subsumed-by" if first.startswith(second) else "not-subsumed"


def _category(url: str, code: str) -> str | None:
    """A code of a category or below without its dot."""
    found = _CATEGORY[url].fullmatch(code)
    return found[1] + (found[2] or "") if found else None


# ICD-10-TM is written without a dot and adds up to three digits to a category.
_CATEGORY = {
    ICD10: re.compile(r"([A-Z][0-9]{2})(?:\.([0-9]{1,2}))?"),
    ICD10TM: re.compile(r"([A-Z][0-9]{2})([0-9]{0,3})"),
}


def _bound(url: str, name: str) -> ValueSet | None:
    if name not in CODE_TABLES:
        return None
    published, table = code_system(name), code_table(name)
    system = system_of(published or FILE43)
    assert system is not None  # noqa: S101 - both are among system_urls
    codes = table.labels if published else (f"{name}:{code}" for code in table.labels)
    return ValueSet(url, table.title_en, system, tuple(codes))


def _published(url: str) -> CodeSystem:
    """SIL-TH's system from the code tables that share it."""
    tables = [code_table(name) for name in CODE_TABLES if code_system(name) == url]
    id_ = url.removeprefix(CORE)
    terms = _by_code(chain.from_iterable(_terms(table) for table in tables))
    return CodeSystem(id_, url, tables[0].title_en, id_ in _complete(), terms)


@cache
def _complete() -> frozenset[str]:
    return frozenset(row["system"] for row in data("code_systems.csv") if row["complete"] == "Y")


def _by_code(terms: Iterator[Term]) -> Mapping[str, Term]:
    """Terms by code; a code that tables name differently keeps its first names and knows the others."""
    found: dict[str, Term] = {}
    for term in terms:
        first = found.setdefault(term.code, term)
        if first.display != term.display:
            found[term.code] = first._replace(also=(*first.also, term.display))
    return MappingProxyType(found)


def _terms(table: CodeTable, before: str = "") -> Iterator[Term]:
    for code, label in table.labels.items():
        english = table.labels_en[code]
        same = label == english
        thai_only, english_only = same and _is_thai(label), same and not _is_thai(label)
        yield Term(before + code, label, None if english_only else label, None if thai_only else english)


def _is_thai(text: str) -> bool:
    return any("\u0e00" <= letter <= "\u0e7f" for letter in text)


def _file43() -> Iterator[Term]:
    for code, (english, thai) in field_names().items():
        yield Term(code, english, thai, english)
    for name, table in CODE_TABLES.items():
        if code_system(name) is None:
            yield from _terms(table, f"{name}:")


def _icd10tm() -> Iterator[Term]:
    return (Term(code, named.th, named.th, named.en) for code, named in diseases().items())


def _icd10() -> Iterator[Term]:
    for code, named in diseases().items():
        international = icd10_of(code)
        if international:
            yield Term(international, named.en, named.th, named.en)


def _loinc() -> Iterator[Term]:
    return (Term(code, english, thai, english) for code, (english, thai) in sorted(loinc_names().items()))


def _ucum() -> Iterator[Term]:
    return (Term(code, unit, None, None) for code, unit in units().items())


_PLAIN_NAMES = "Codes: World Health Organization, Thai Ministry of Public Health. Names: plain ones of Suksala."
_LOINC_LICENCE = (
    "This material contains content from LOINC (http://loinc.org). LOINC is copyright Regenstrief Institute, Inc. and "
    "the Logical Observation Identifiers Names and Codes (LOINC) Committee and is available at no cost under the "
    "license at http://loinc.org/license. Thai names: plain ones of Suksala."
)
_UCUM_LICENCE = "UCUM is copyright Regenstrief Institute, Inc. and the UCUM Organization (https://ucum.org/license)."

_OTHERS: dict[str, Callable[[], CodeSystem]] = {
    FILE43: lambda: CodeSystem("file43", FILE43, "What only the 43 files define", False, _by_code(_file43())),
    ICD10TM: lambda: CodeSystem("cs-th-icd10tm", ICD10TM, "ICD-10-TM", False, _by_code(_icd10tm()), _PLAIN_NAMES),
    ICD10: lambda: CodeSystem("icd-10", ICD10, "ICD-10", False, _by_code(_icd10()), _PLAIN_NAMES),
    LOINC: lambda: CodeSystem("loinc", LOINC, "LOINC", False, _by_code(_loinc()), _LOINC_LICENCE),
    UCUM: lambda: CodeSystem("ucum", UCUM, "UCUM", False, _by_code(_ucum()), _UCUM_LICENCE),
}
