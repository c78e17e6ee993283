"""From the rows of the 43 files to FHIR R4: pure functions, one file per family (docs/decisions/0031)."""

from . import death, diagnoses, events, laboratory, medicines, screening, visits
from .base import FileMapping

MAPPINGS: dict[str, FileMapping] = {
    mapping.file: mapping
    for mapping in (
        visits.SERVICE,
        visits.ADMISSION,
        diagnoses.DIAGNOSIS_OPD,
        diagnoses.DIAGNOSIS_IPD,
        diagnoses.CHRONIC,
        medicines.DRUG_OPD,
        medicines.DRUG_IPD,
        medicines.DRUGALLERGY,
        laboratory.LABFU,
        screening.NCDSCREEN,
        screening.CHRONICFU,
        screening.NUTRITION,
        screening.ANC,
        screening.SPECIALPP,
        events.PROCEDURE_OPD,
        events.EPI,
        events.APPOINTMENT,
        events.CARD,
        death.DEATH,
    )
}
PATIENT_FILES = ("PERSON", "ADDRESS", "HOME", "DEATH")
FILES = frozenset({*MAPPINGS, *PATIENT_FILES})

__all__ = ["FILES", "MAPPINGS", "PATIENT_FILES", "FileMapping"]
