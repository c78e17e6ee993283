"""FHIR as Thailand writes it: identifier systems, code systems with their codes, value sets, laboratory tests, LOINC.

Speaks    SIL-TH's systems on output; on input also those of MOPH-PHR and HealthTAG for the same things.
Keeps     nothing; small tables under data/.
Holds     fronts of their own: validation (what is wrong with a resource), fhirpath (what an expression finds in it),
          views (what rows a ViewDefinition makes of it).
Not here  how a row becomes a resource (exchange).
"""

from . import fhirpath, validation, views
from .diseases import Disease, disease
from .identifiers import ACCEPTED, CITIZEN_ID, HOSPCODE, HOSPCODE9, PASSPORT, canonical, facility_system, local_system
from .maps import ConceptMap, concept_maps
from .sensitive import (
    SECURITY,
    may_be_sensitive,
    security_classes,
    sensitive_classes,
    sensitive_ingredients,
)
from .systems import (
    CodeSystem,
    Term,
    ValueSet,
    is_hierarchy,
    subsumption,
    system_of,
    system_urls,
    value_set_of,
)
from .terminology import (
    CORE,
    FILE43,
    ICD10,
    ICD10TM,
    LOINC,
    UCUM,
    LabTest,
    code_system,
    field_names,
    icd10_of,
    lab,
    lab_of_two_digits,
    labs,
    loinc_names,
    units,
)

__all__ = [
    "ACCEPTED",
    "CITIZEN_ID",
    "CORE",
    "FILE43",
    "HOSPCODE",
    "HOSPCODE9",
    "ICD10",
    "ICD10TM",
    "LOINC",
    "PASSPORT",
    "SECURITY",
    "UCUM",
    "CodeSystem",
    "ConceptMap",
    "Disease",
    "LabTest",
    "Term",
    "ValueSet",
    "canonical",
    "code_system",
    "concept_maps",
    "disease",
    "facility_system",
    "fhirpath",
    "field_names",
    "icd10_of",
    "is_hierarchy",
    "lab",
    "lab_of_two_digits",
    "labs",
    "local_system",
    "loinc_names",
    "may_be_sensitive",
    "security_classes",
    "sensitive_classes",
    "sensitive_ingredients",
    "subsumption",
    "system_of",
    "system_urls",
    "units",
    "validation",
    "value_set_of",
    "views",
]
