"""What an app asks for, in words that a citizen reads."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple

from suksala import signin
from suksala.portals.texts import Text

TYPES: dict[str, Text] = {
    "Patient": Text("ชื่อ วันเกิด เพศ ที่อยู่", "Name, birth date, sex, address"),
    "Observation": Text("ผลตรวจและค่าที่วัด", "Results and measurements"),
    "Condition": Text("โรคและการวินิจฉัย", "Conditions and diagnoses"),
    "AllergyIntolerance": Text("การแพ้", "Allergies"),
    "MedicationRequest": Text("ยาที่สั่ง", "Prescriptions"),
    "MedicationDispense": Text("ยาที่ได้รับ", "Medicines received"),
    "MedicationStatement": Text("ยาที่ใช้", "Medicines in use"),
    "Immunization": Text("วัคซีน", "Vaccines"),
    "Encounter": Text("การมารับบริการ", "Visits"),
    "Procedure": Text("หัตถการ", "Procedures"),
    "DiagnosticReport": Text("รายงานผลตรวจ", "Reports"),
    "Appointment": Text("นัดหมาย", "Appointments"),
    "Coverage": Text("สิทธิการรักษา", "Coverage"),
    "CarePlan": Text("แผนการดูแล", "Care plans"),
}
CONDITIONS: dict[str, Text] = {
    "laboratory": Text("เฉพาะผลแล็บ", "laboratory results only"),
    "vital-signs": Text("เฉพาะสัญญาณชีพ", "vital signs only"),
}


class Asked(NamedTuple):
    """One line of what an app asks to read."""

    what: Text
    only: Text | None = None


def lines(scopes: Collection[str]) -> list[Asked]:
    """What scopes let an app read, one line for each type, everything first."""
    found = list(signin.data_scopes(scopes))
    if any(scope.rtype == "*" for scope in found):
        return [Asked(Text("ประวัติสุขภาพทั้งหมดที่ท่านดูได้", "The whole health record that you can see"))]
    told: dict[Asked, None] = {}
    for scope in found:
        what = TYPES.get(scope.rtype, Text(f"ข้อมูลชนิด {scope.rtype}", f"Data of type {scope.rtype}"))
        values = [value.rpartition("|")[2] for _, value in scope.conditions]
        only = next((CONDITIONS[value] for value in values if value in CONDITIONS), None)
        if scope.conditions and only is None:
            only = Text("เฉพาะบางส่วน: " + " ".join(values), "some only: " + " ".join(values))
        told[Asked(what, only)] = None
    return list(told)


def is_lasting(scopes: Collection[str]) -> bool:
    """Whether the app may come back when nobody is there."""
    return "offline_access" in scopes


def tells_who(scopes: Collection[str]) -> bool:
    """Whether the app learns who signed in."""
    return "openid" in scopes
