"""Codes as FHIR writes them: systems, codings with Thai displays, shared and never changed after they are made.

A code keeps its original system. LOINC stands beside it only where the map is sure (decision 0031).
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from suksala.standards import fhir
from suksala.standards.file43 import CODE_TABLES, code_table

Concept = dict[str, Any]

CORE = "https://terms.sil-th.org/core/CodeSystem/"
LOINC = fhir.LOINC
UCUM = fhir.UCUM
HL7 = "http://terminology.hl7.org/CodeSystem/"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
ICD9CM = "http://hl7.org/fhir/sid/icd-9-cm"
ICD10TM = CORE + "cs-th-icd10tm"
FIELD = "urn:suksala:file43"  # an observation that only the 43 files define: its code is FILE.FIELD
HCODE = fhir.HOSPCODE
CID = fhir.CITIZEN_ID

# LOINC code -> (LOINC's name, what a Thai reader calls it); laboratory tests have theirs in standards.fhir.
LOINC_NAMES = {
    "11331-6": ("History of Alcohol use", "ประวัติการดื่มแอลกอฮอล์"),
    "11996-6": ("[#] Pregnancies", "ครรภ์ที่"),
    "2339-0": ("Glucose [Mass/volume] in Blood", "น้ำตาลในเลือด"),
    "2345-7": ("Glucose [Mass/volume] in Serum or Plasma", "น้ำตาลในเลือด ไม่อดอาหาร"),
    "29463-7": ("Body weight", "น้ำหนัก"),
    "57714-8": ("Obstetric estimation of gestational age", "อายุครรภ์"),
    "58332-8": ("Location of death", "สถานที่เสียชีวิต"),
    "69442-2": ("Timing of recent pregnancy in relation to death", "การเสียชีวิตที่เกี่ยวกับการตั้งครรภ์"),
    "72166-2": ("Tobacco smoking status", "การสูบบุหรี่"),
    "8280-0": ("Waist Circumference at umbilicus by Tape measure", "รอบเอว"),
    "8302-2": ("Body height", "ส่วนสูง"),
    "8310-5": ("Body temperature", "อุณหภูมิร่างกาย"),
    "8462-4": ("Diastolic blood pressure", "ความดันตัวล่าง"),
    "8480-6": ("Systolic blood pressure", "ความดันตัวบน"),
    "85354-9": ("Blood pressure panel with all children optional", "ความดันโลหิต"),
    "8867-4": ("Heart rate", "ชีพจร"),
    "9279-1": ("Respiratory rate", "อัตราการหายใจ"),
    "97063-2": ("Family history of Diabetes", "ประวัติเบาหวานในครอบครัว"),
    "9843-4": ("Head Occipital-frontal circumference", "รอบศีรษะ"),
}

# Observations that only the 43 files define: FILE.FIELD -> (English, Thai).
FIELD_NAMES = {
    "ANC.ANCNO": ("Antenatal visit window", "ช่วงการฝากครรภ์"),
    "ANC.ANCRESULT": ("Antenatal examination result", "ผลการตรวจครรภ์"),
    "CHRONICFU.FOOT": ("Diabetic foot examination", "การตรวจเท้า"),
    "CHRONICFU.RETINA": ("Retina examination", "การตรวจจอประสาทตา"),
    "DEATH.CDEATH": ("Underlying cause of death", "สาเหตุการตาย"),
    "DEATH.CDEATH_A": ("Cause of death, line a", "สาเหตุการตาย ก"),
    "DEATH.CDEATH_B": ("Cause of death, line b", "สาเหตุการตาย ข"),
    "DEATH.CDEATH_C": ("Cause of death, line c", "สาเหตุการตาย ค"),
    "DEATH.CDEATH_D": ("Cause of death, line d", "สาเหตุการตาย ง"),
    "DEATH.ODISEASE": ("Other contributing condition at death", "โรคหรือภาวะอื่นที่เป็นเหตุหนุน"),
    "NCDSCREEN.HTFAMILY": ("Family history of hypertension", "ประวัติความดันโลหิตสูงในครอบครัว"),
    "NUTRITION.BOTTLE": ("Feeding bottle used", "การใช้ขวดนม"),
    "NUTRITION.CHILDDEVELOP": ("Child development level", "พัฒนาการเด็ก"),
    "NUTRITION.FOOD": ("What the child is fed", "อาหารที่เด็กกิน"),
}

UNITS = {
    "%": "%",
    "Cel": "°C",
    "/min": "/min",
    "cm": "cm",
    "kg": "kg",
    "mg/dL": "mg/dL",
    "mg/g": "mg/g",
    "g/dL": "g/dL",
    "mL/min/{1.73_m2}": "mL/min/1.73m2",
    "pg/mL": "pg/mL",
    "mm[Hg]": "mmHg",
    "mmol/L": "mmol/L",
    "wk": "wk",
    "d": "d",
}


@lru_cache(maxsize=1 << 14)
def concept(table: str, code: str) -> Concept:
    """A code of a code table with its Thai display; a code that the table lacks keeps its text and has no display."""
    label = code_table(table).labels.get(code)
    system = fhir.code_system(table)
    coding = {"system": system, "code": code} if system else {"system": FIELD, "code": f"{table}:{code}"}
    if label is None:
        return {"coding": [coding], "text": code}
    return {"coding": [{**coding, "display": label}], "text": label}


@lru_cache(maxsize=1)
def _tables() -> dict[str, str]:
    return {system: table for table in CODE_TABLES if (system := fhir.code_system(table))}


def table_of(system: str) -> str | None:
    """The code table of the 43 files whose code system this is."""
    return _tables().get(system)


@lru_cache(maxsize=1)
def _lab_names() -> dict[str, tuple[str, str]]:
    return {test.loinc: (test.display, test.th) for test in fhir.labs().values() if test.loinc}


@lru_cache(maxsize=256)
def loinc(code: str) -> Concept:
    """A LOINC code; the text is what a Thai reader calls it."""
    english, thai = _lab_names().get(code) or LOINC_NAMES[code]
    return {"coding": [{"system": LOINC, "code": code, "display": english}], "text": thai}


@lru_cache(maxsize=256)
def field(name: str) -> Concept:
    """The code of an observation that only the 43 files define, FILE.FIELD."""
    english, thai = FIELD_NAMES[name]
    return {"coding": [{"system": FIELD, "code": name, "display": english}], "text": thai}


@lru_cache(maxsize=256)
def hl7(system: str, code: str, display: str) -> Concept:
    """A code of HL7's own terminology."""
    return {"coding": [{"system": HL7 + system, "code": code, "display": display}]}


def quantity(value: float, unit: str) -> dict[str, Any]:
    """A value with its UCUM unit."""
    return {"value": value, "unit": UNITS[unit], "system": UCUM, "code": unit}


@lru_cache(maxsize=1 << 14)
def icd10(code: str) -> Concept:
    """An ICD-10-TM code as sent (no dot), and the same ICD-10 code where the two are known to agree.

    ICD-10-TM adds digits from the fifth on and its own chapter U; three and four characters elsewhere are the
    international code.
    """
    from . import diseases

    codings = [{"system": ICD10TM, "code": code}]
    if _is_international(code):
        codings.append({"system": ICD10, "code": code if len(code) == 3 else f"{code[:3]}.{code[3:]}"})
    named = diseases.name(code)
    if named is None:
        return {"coding": codings, "text": code}
    codings[0]["display"] = named.th
    return {"coding": codings, "text": named.th}


def _is_international(code: str) -> bool:
    return len(code) in (3, 4) and code[0].isalpha() and code[0] != "U" and code[1:].isdigit()
