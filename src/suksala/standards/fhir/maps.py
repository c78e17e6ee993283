"""Concept maps: from the codes of the 43 files to LOINC and ICD-10, only where the map is sure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from suksala.standards.file43 import code_table

from .terminology import CORE, ICD10, ICD10TM, LOINC, icd10_of, lab, lab_of_two_digits, labs

_URL = "urn:suksala:conceptmap:"
_LAB, _OLD_LAB = CORE + "cs-th-icd10tm-lab", CORE + "cs-thcc-2digit-lab"


@dataclass(frozen=True)
class ConceptMap:
    """A FHIR ConceptMap: every pair in it is `equivalent`; what it lacks is not sure.

    pairs  None for the rule of ICD-10-TM, which lists nothing (terminology.icd10_of)
    """

    url: str
    source: str
    target: str
    pairs: Mapping[str, str] | None

    def targets(self, code: str) -> list[str]:
        """What a source code means in the target system: one code, or none that is sure."""
        found = icd10_of(code) if self.pairs is None else self.pairs.get(code)
        return [found] if found else []

    def sources(self, code: str) -> list[str]:
        """The source codes whose target this is."""
        if self.pairs is None:
            plain = code.replace(".", "", 1)
            return [plain] if icd10_of(plain) == code else []
        return [source for source, target in self.pairs.items() if target == code]


@cache
def concept_maps() -> tuple[ConceptMap, ...]:
    """The maps of this package."""
    return (
        ConceptMap(_URL + "labtest-loinc", _LAB, LOINC, _frozen({t.code: t.loinc for t in labs().values()})),
        ConceptMap(_URL + "labtest-2digit-labtest", _OLD_LAB, _LAB, _frozen(_old_labs())),
        ConceptMap(
            _URL + "labtest-2digit-loinc",
            _OLD_LAB,
            LOINC,
            _frozen({old: test.loinc for old, code in _old_labs().items() if code and (test := lab(code))}),
        ),
        ConceptMap(_URL + "icd10tm-icd10", ICD10TM, ICD10, None),
    )


def _old_labs() -> dict[str, str | None]:
    return {old: lab_of_two_digits(old) for old in code_table("labtest_2digit").labels}


def _frozen(pairs: Mapping[str, str | None]) -> Mapping[str, str]:
    return MappingProxyType({source: target for source, target in pairs.items() if target})
