"""What people of the staff come to do, in words."""

from __future__ import annotations

from .texts import Text

ROLES: dict[str, Text] = {
    "clinician": Text("ผู้ให้การรักษา", "Clinician"),
    "clerk": Text("เจ้าหน้าที่เวชระเบียน", "Registration clerk"),
    "district": Text("ทีมสุขภาพอำเภอ", "District health team"),
    "privacy": Text("เจ้าหน้าที่คุ้มครองข้อมูล", "Privacy officer"),
    "steward": Text("เจ้าหน้าที่ข้อมูล", "Data steward"),
}
