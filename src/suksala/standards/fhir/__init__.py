"""FHIR as Thailand writes it: identifier systems, code systems of the 43 files' tables, laboratory tests with LOINC.

Speaks    SIL-TH's systems on output; on input also those of MOPH-PHR and HealthTAG for the same things.
Keeps     nothing; small tables under data/.
Not here  how a row becomes a resource (exchange).
"""

from .identifiers import ACCEPTED, CITIZEN_ID, HOSPCODE, HOSPCODE9, PASSPORT, canonical, facility_system, local_system
from .terminology import LOINC, UCUM, LabTest, code_system, lab, lab_of_two_digits, labs

__all__ = [
    "ACCEPTED",
    "CITIZEN_ID",
    "HOSPCODE",
    "HOSPCODE9",
    "LOINC",
    "PASSPORT",
    "UCUM",
    "LabTest",
    "canonical",
    "code_system",
    "facility_system",
    "lab",
    "lab_of_two_digits",
    "labs",
    "local_system",
]
