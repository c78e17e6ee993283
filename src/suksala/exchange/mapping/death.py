"""DEATH -> the causes as Conditions, place and timing as Observations; the date of death goes to the Patient
(people).
"""

from __future__ import annotations

from collections.abc import Iterator

from ..domain import Draft
from .base import EXAM, Body, FileMapping, Row, about, observation, row_identifier
from .concepts import concept, field, icd10, loinc
from .diagnoses import CONFIRMED

CAUSES = (
    ("cdeath", "-cause", "DEATH.CDEATH"),
    ("cdeath_a", "-a", "DEATH.CDEATH_A"),
    ("cdeath_b", "-b", "DEATH.CDEATH_B"),
    ("cdeath_c", "-c", "DEATH.CDEATH_C"),
    ("cdeath_d", "-d", "DEATH.CDEATH_D"),
    ("odisease", "-other", "DEATH.ODISEASE"),
)
_death_id = row_identifier("de", "hospcode", "pid")


def death(row: Row) -> Iterator[Draft]:
    """What the death certificate's row says, line by line; which line is the category of the Condition."""
    rid = _death_id(row)
    for column, suffix, line in CAUSES:
        if row.get(column):
            body: Body = {
                "verificationStatus": CONFIRMED,
                "category": [field(line)],
                "code": icd10(row[column].upper()),
            }
            body.update(about(row, "recordedDate", row.get("ddeath")))
            yield Draft("Condition", rid + suffix, body)
    day = {**row, "date_serv": row.get("ddeath")}
    for column, suffix, table, code in (
        ("pdeath", "-place", "pdeath", "58332-8"),
        ("pregdeath", "-preg", "pregdeath", "69442-2"),
    ):
        if row.get(column):
            value: Body = {"valueCodeableConcept": concept(table, row[column])}
            yield observation(day, rid + suffix, loinc(code), EXAM, value=value)


DEATH = FileMapping(
    "DEATH",
    "de",
    (
        *(
            "hospcode",
            "pid",
            "an",
            "seq",
            "ddeath",
            "cdeath",
            "cdeath_a",
            "cdeath_b",
            "cdeath_c",
            "cdeath_d",
            "odisease",
        ),
        *("pregdeath", "pdeath"),
    ),
    (*(("Condition", suffix) for _, suffix, _ in CAUSES), ("Observation", "-place"), ("Observation", "-preg")),
    death,
    _death_id,
)
