"""Words of the network page."""

from __future__ import annotations

from suksala import registry
from suksala.portals import facilities
from suksala.portals.texts import Text

STATES: dict[str, Text] = {
    registry.State.INVITED: Text("เชิญแล้ว", "Invited"),
    registry.State.AGREED: Text("ลงนามข้อตกลงแล้ว", "Agreement signed"),
    registry.State.CONNECTED: Text("เชื่อมต่อแล้ว ยังไม่มีข้อมูลใน 30 วัน", "Connected, no data in 30 days"),
    registry.State.SUSPENDED: Text("ถูกระงับ", "Suspended"),
    registry.State.LEFT: Text("ออกจากเครือข่าย", "Left"),
}
FLOWS: dict[str, Text] = {
    registry.Flow.DEPOSIT: Text("แฟ้มมาตรฐาน 43 แฟ้ม", "43 files"),
    registry.Flow.EXCHANGE: Text("แลกเปลี่ยนผ่าน FHIR", "FHIR, both ways"),
    registry.Flow.RELEASE: Text("ชุดข้อมูลที่ระบุตัวไม่ได้", "Data sets that identify nobody"),
    registry.Flow.LINE_LISTS: Text("รายชื่อในภาวะวิกฤต", "Line lists of a crisis"),
    registry.Flow.CARE_STATUS: Text("สถานะการดูแลของผู้อยู่ในรายชื่อ", "Care status of people on line lists"),
}


def party(code: str) -> Text:
    """The name of an agency or a facility."""
    agency = registry.AGENCIES.get(code)
    return Text(agency.name_th, agency.name_en) if agency else facilities.name(code)
