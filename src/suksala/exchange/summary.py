"""Patient/$summary: an International Patient Summary, made when it is asked for, told in Thai and English.

What is in it: allergies, problems that are active, medicines handed out in a year, vaccines, procedures of five years,
and the newest result and measurement of each kind; of all registrations of the human that the permit opens.
Source: HL7 IPS 2.0.0 (Bundle-uv-ips, Composition-uv-ips).
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape
from typing import Any

import orjson

from suksala.consent import Permit
from suksala.foundation import clock

from . import alike, dates, exact, lines, links, reads
from .conditions import persons_of
from .domain import NAME, NUMBER, Entry
from .predicate import Clause

PROFILE = "http://hl7.org/fhir/uv/ips/StructureDefinition/"
MOST_READ = 5000
MEDICINES, PROCEDURES = timedelta(days=365), timedelta(days=5 * 365)
# Whose it is and what they must not be given come first, however long the record is.
_FIRST = f"r.rtype IN ({NUMBER['Patient']}, {NUMBER['AllergyIntolerance']}) DESC, r.date DESC, r.id DESC"
_NOT_SO = frozenset({"entered-in-error", "not-done", "cancelled", "refuted"})
_LOINC = "http://loinc.org"
_XHTML = "http://www.w3.org/1999/xhtml"
_EMPTY = "http://terminology.hl7.org/CodeSystem/list-empty-reason"
_AUTHOR = "urn:uuid:5b1b1f52-6f0a-4b5e-9d0b-5c6f5a2a7d11"  # this exchange; the same in every summary


@dataclass(frozen=True)
class Item:
    """One resource of the record with the line that tells it."""

    rtype: str
    rid: str
    body: bytes
    line: Entry


@dataclass(frozen=True)
class Section:
    """One section: its LOINC code, titles, and which items it holds of those of its type, newest first."""

    code: str
    th: str
    en: str
    rtype: str
    keep: Callable[[Sequence[Item], date], Sequence[Item]]


def answer(permit: Permit, base: str, patient: str) -> bytes | None:
    """The document Bundle; None when the patient is not there, or not for this reader."""
    persons = persons_of(permit, [patient])
    if not persons:
        return None
    now = clock.now()
    about = Clause("r.person = ANY(%s::bigint[])", (persons,))
    rtypes = ("Patient", *dict.fromkeys(section.rtype for section in SECTIONS))
    rows = reads.record(permit, rtypes, about, order=_FIRST, limit=MOST_READ, detail={"operation": "summary"})
    patients = {rid: bytes(body) for rtype, rid, *_, body in rows if NAME[rtype] == "Patient"}
    if patient not in patients:
        return None
    patients |= alike.shown(permit, {patient: patients[patient]})
    senders = lines.hospcodes()
    items = [
        Item(NAME[rtype], rid, bytes(body), lines.entry(NAME[rtype], rid, senders.get(org, ""), bytes(body)))
        for rtype, rid, _, _, org, _, _, body in rows
        if NAME[rtype] != "Patient" and _stands(bytes(body))
    ]
    return _bundle(base, patient, patients, items, now)


def _bundle(base: str, patient: str, patients: dict[str, bytes], items: list[Item], now: datetime) -> bytes:
    """The document. It has one Patient, as IPS wants: what was recorded under other registrations refers to it here."""
    chosen = []
    for section in SECTIONS:
        of_type = [item for item in items if item.rtype == section.rtype]
        chosen.append((section, section.keep(of_type, now.date())))
    here = {f"Patient/{rid}": f"Patient/{patient}" for rid in patients if rid != patient}
    entries = [
        {"fullUrl": f"urn:uuid:{uuid.uuid4()}", "resource": _composition(base, patient, chosen, now)},
        {"fullUrl": f"{base}/Patient/{patient}", "resource": orjson.Fragment(patients[patient])},
        {"fullUrl": _AUTHOR, "resource": {"resourceType": "Organization", "name": "Suksala สุขศาลา"}},
        *(
            {"fullUrl": f"{base}/{item.rtype}/{item.rid}", "resource": orjson.Fragment(_of_one(item.body, here))}
            for _, kept in chosen
            for item in kept
        ),
    ]
    bundle = {
        "resourceType": "Bundle",
        "meta": {"profile": [PROFILE + "Bundle-uv-ips"]},
        "identifier": {"system": "urn:ietf:rfc:3986", "value": f"urn:uuid:{uuid.uuid4()}"},
        "type": "document",
        "timestamp": dates.instant(now),
        "entry": entries,
    }
    return orjson.dumps(bundle)


def _of_one(body: bytes, here: dict[str, str]) -> bytes:
    return exact.dumps(links.resolved(exact.loads(body), here)) if here else body


def _composition(
    base: str, patient: str, chosen: Sequence[tuple[Section, Sequence[Item]]], now: datetime
) -> dict[str, Any]:
    title = "สรุปสุขภาพ · Patient summary"
    return {
        "resourceType": "Composition",
        "meta": {"profile": [PROFILE + "Composition-uv-ips"]},
        "status": "final",
        "type": {"coding": [{"system": _LOINC, "code": "60591-5", "display": "Patient summary Document"}]},
        "subject": {"reference": f"{base}/Patient/{patient}"},
        "date": dates.instant(now),
        "author": [{"reference": _AUTHOR}],
        "title": title,
        "section": [_section(base, section, kept) for section, kept in chosen],
    }


def _section(base: str, section: Section, kept: Sequence[Item]) -> dict[str, Any]:
    found: dict[str, Any] = {
        "title": f"{section.th} · {section.en}",
        "code": {"coding": [{"system": _LOINC, "code": section.code}]},
        "text": {"status": "generated", "div": _narrative(kept)},
    }
    if kept:
        found["entry"] = [{"reference": f"{base}/{item.rtype}/{item.rid}"} for item in kept]
    else:
        found["emptyReason"] = {"coding": [{"system": _EMPTY, "code": "unavailable", "display": "Unavailable"}]}
    return found


def _narrative(kept: Sequence[Item]) -> str:
    if not kept:
        return f'<div xmlns="{_XHTML}"><p>ไม่มีข้อมูลในระบบ · Nothing is recorded here</p></div>'
    rows = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in _cells(item.line))}</tr>" for item in kept)
    head = "<tr><th>วันที่ · Date</th><th>รายการ · What</th><th>ผล · Value</th><th>หน่วยบริการ · Facility</th></tr>"
    return f'<div xmlns="{_XHTML}"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>'


def _cells(line: Entry) -> tuple[str, ...]:
    title = line.title_th if line.title_th == line.title_en else f"{line.title_th} · {line.title_en}"
    return line.date[:10], title, line.value, line.facility


# ---- what each section holds ----------------------------------------------------------------------------------------


def _stands(raw: bytes) -> bool:
    """Not what was taken back, or never was."""
    body = exact.loads(raw)
    verified = (body.get("verificationStatus") or {}).get("coding", ())
    return not {body.get("status"), *(coding.get("code") for coding in verified)} & _NOT_SO


def _all(items: Sequence[Item], _: date) -> Sequence[Item]:
    return items


def _active(items: Sequence[Item], _: date) -> Sequence[Item]:
    """Problems that are not over, each code once; those without a clinical status are visits' diagnoses."""
    return _newest([item for item in items if _status(item) in ("active", "recurrence", "relapse")])


def _status(item: Item) -> str:
    status = exact.loads(item.body).get("clinicalStatus") or {}
    return next((str(coding.get("code")) for coding in status.get("coding", ())), "")


def _within(span: timedelta) -> Callable[[Sequence[Item], date], Sequence[Item]]:
    def keep(items: Sequence[Item], today: date) -> Sequence[Item]:
        first = (today - span).isoformat()
        return _newest([item for item in items if item.line.date[:10] >= first])

    return keep


def _of_kind(*kinds: str) -> Callable[[Sequence[Item], date], Sequence[Item]]:
    def keep(items: Sequence[Item], _: date) -> Sequence[Item]:
        return _newest([item for item in items if item.line.kind in kinds])

    return keep


def _newest(items: Sequence[Item]) -> Sequence[Item]:
    """The newest of each title: items come newest first."""
    found: dict[str, Item] = {}
    for item in items:
        found.setdefault(item.line.title_th, item)
    return list(found.values())


SECTIONS = (
    Section("48765-2", "การแพ้", "Allergies and intolerances", "AllergyIntolerance", _all),
    Section("11450-4", "ปัญหาสุขภาพ", "Problem list", "Condition", _active),
    Section("10160-0", "ยาที่ได้รับใน 1 ปี", "Medicines of the last year", "MedicationDispense", _within(MEDICINES)),
    Section("11369-6", "วัคซีน", "Immunizations", "Immunization", _all),
    Section("30954-2", "ผลตรวจล่าสุด", "Latest results", "Observation", _of_kind("lab", "screening")),
    Section("8716-3", "สัญญาณชีพล่าสุด", "Latest vital signs", "Observation", _of_kind("vital")),
    Section("47519-4", "หัตถการใน 5 ปี", "Procedures of five years", "Procedure", _within(PROCEDURES)),
)
