"""What every mapping shares: ids that are pure functions of a row's key, references, and the frame of an Observation.

A resource's id is file letters, a hyphen and a keyed hash of the key (a PID cannot be guessed from it), so references
need no look-up
and the order in which deposits come changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from suksala.foundation import keys

from ..domain import Draft
from .concepts import Concept, hl7

Row = Mapping[
    str, Any
]  # official column names in lower case; dates YYYY-MM-DD, moments with +07:00, absent fields absent
Body = dict[str, object]

LOCAL = "https://terms.sil-th.org/hcode/5/"
EXTENSION = "https://fhir-ig.sil-th.org/th/extensions/StructureDefinition/"

VITAL_SIGNS = [hl7("observation-category", "vital-signs", "Vital Signs")]
LABORATORY = [hl7("observation-category", "laboratory", "Laboratory")]
SOCIAL_HISTORY = [hl7("observation-category", "social-history", "Social History")]
EXAM = [hl7("observation-category", "exam", "Exam")]
SURVEY = [hl7("observation-category", "survey", "Survey")]


@dataclass(frozen=True)
class FileMapping:
    """How the rows of one file become resources.

    letters   the beginning of the ids of its resources
    columns   the lake columns that `resources` reads, key columns included
    outputs   every (type, id suffix) that a row of this file may give: what is not given any more is deleted
    resources the resources of one row
    row_id    the id of a row, from its key
    """

    file: str
    letters: str
    columns: tuple[str, ...]
    outputs: tuple[tuple[str, str], ...]
    resources: Callable[[Row], Iterator[Draft]]
    row_id: Callable[[Row], str]


def identifier(letters: str, *key: str) -> str:
    """The FHIR id of the row with this key: 96 keyed bits in hexadecimal after the file's letters."""
    digest = keys.keyed_hash("fhir-id", "\x1f".join((letters, *key)), 12)
    return f"{letters}-{digest.hex()}"


def row_identifier(letters: str, *columns: str) -> Callable[[Row], str]:
    """A function that gives the id of a row from these key columns."""

    def row_id(row: Row) -> str:
        return identifier(letters, *[str(row.get(column) or "") for column in columns])

    return row_id


@lru_cache(maxsize=1 << 15)
def patient_id(hospcode: str, pid: str) -> str:
    """The id of the Patient of one registration."""
    return identifier("pt", hospcode, pid)


@lru_cache(maxsize=1 << 12)
def patient(hospcode: str, pid: str) -> dict[str, str]:
    """A reference to the Patient of one registration."""
    return {"reference": "Patient/" + patient_id(hospcode, pid)}


@lru_cache(maxsize=1 << 12)
def visit(hospcode: str, pid: str, seq: str) -> dict[str, str]:
    """A reference to the Encounter of an outpatient visit."""
    return {"reference": "Encounter/" + identifier("sv", hospcode, pid, seq)}


@lru_cache(maxsize=1 << 12)
def stay(hospcode: str, pid: str, an: str) -> dict[str, str]:
    """A reference to the Encounter of an inpatient stay."""
    return {"reference": "Encounter/" + identifier("ad", hospcode, pid, an)}


@lru_cache(maxsize=1 << 12)
def organization(hospcode: str) -> dict[str, str]:
    """A reference to a facility; its id is its code."""
    return {"reference": "Organization/" + hospcode}


def place(row: Row, column: str) -> str:
    """The facility that did it: the PLACE column if it names one, else the sender."""
    code = row.get(column)
    return code if code and code not in {"00000", "99999"} else str(row["hospcode"])


@lru_cache(maxsize=1 << 12)
def role_id(hospcode: str, local: str) -> str:
    """The id of the PractitionerRole of a facility's own number of staff."""
    return identifier("pr", hospcode, local)


def provider(row: Row) -> dict[str, object] | None:
    """A reference to the care provider as they work at the facility, with the number that only the facility knows.

    It leads to a PractitionerRole, because that follows from the row alone: who the practitioner is, the registry knows
    (decision 0125).
    """
    number = row.get("provider")
    if not number:
        return None
    return {
        "reference": "PractitionerRole/" + role_id(row["hospcode"], number),
        "identifier": {"system": f"{LOCAL}{row['hospcode']}/Provider", "value": number},
    }


def encounter(row: Row) -> dict[str, str] | None:
    """The visit or stay of a row, if it names one."""
    if row.get("an"):
        return stay(row["hospcode"], row["pid"], row["an"])
    if row.get("seq"):
        return visit(row["hospcode"], row["pid"], row["seq"])
    return None


def about(row: Row, when: str, moment: str | None) -> Body:
    """Whose, at which visit and when: subject, encounter and the date under the name that the type uses."""
    body: Body = {"subject": patient(row["hospcode"], row["pid"])}
    at = encounter(row)
    if at:
        body["encounter"] = at
    if moment:
        body[when] = moment
    return body


def observation(
    row: Row, rid: str, code: Concept, category: list[Concept], *, value: Body, performer: str | None = None
) -> Draft:
    """An Observation of the row's day with `value` (one value[x], or components)."""
    body: Body = {
        "status": "final",
        "category": category,
        "code": code,
        **about(row, "effectiveDateTime", row.get("date_serv")),
    }
    body["performer"] = [organization(performer or row["hospcode"])]
    body.update(value)
    return Draft("Observation", rid, body)


def text_period(start: str | None, end: str | None) -> dict[str, str]:
    """A Period of the ends that are known."""
    period = {}
    if start:
        period["start"] = start
    if end:
        period["end"] = end
    return period
