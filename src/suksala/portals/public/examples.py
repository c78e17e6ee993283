"""Questions to the FHIR API that have an answer on the made-up districts: for the developers' page and for Bruno."""

from __future__ import annotations

from dataclasses import dataclass

from suksala.portals.texts import Text


@dataclass(frozen=True)
class Example:
    """One request with GET: its address below /fhir, and what it asks."""

    address: str
    title: Text


EXAMPLES = (
    Example("Patient?_count=3", Text("ผู้ป่วยสามคน", "Three patients")),
    Example(
        "Patient?gender=female&birthdate=lt1960&_count=5",
        Text("ผู้หญิงที่เกิดก่อน ค.ศ. 1960", "Women born before 1960"),
    ),
    Example(
        "Observation?code=4548-4&value-quantity=gt8&_include=Observation:patient&_count=5",
        Text("น้ำตาลสะสม (HbA1c) สูงกว่า 8 พร้อมผู้ป่วย", "HbA1c above 8, with the patients"),
    ),
    Example("Observation?code=85354-9&_count=5", Text("ความดันโลหิต ล่าสุดก่อน", "Blood pressures, newest first")),
    Example(
        "Condition?code:below=E11&_count=5",
        Text("เบาหวานชนิดที่ 2 ทุกรหัสใต้ E11", "Type 2 diabetes, every code below E11"),
    ),
    Example(
        "Patient?_has:Observation:patient:code=4548-4&_count=5",
        Text("ผู้ป่วยที่เคยตรวจน้ำตาลสะสม", "Patients whose HbA1c was ever measured"),
    ),
    Example(
        "AllergyIntolerance?_include=AllergyIntolerance:patient&_count=5",
        Text("การแพ้ยา พร้อมผู้ป่วย", "Allergies, with the patients"),
    ),
    Example("Patient?_summary=count", Text("มีผู้ป่วยกี่คน", "How many patients there are")),
    Example(
        "CodeSystem/$lookup?system=http://loinc.org&code=4548-4",
        Text("รหัส LOINC นี้ชื่ออะไร", "What a LOINC code means"),
    ),
    Example(
        "ValueSet/$expand?url=urn:suksala:valueset:typearea",
        Text("รหัสทั้งหมดของ TYPEAREA", "Every code of TYPEAREA"),
    ),
    Example(
        "Patient/$ihe-pix?sourceIdentifier=https://terms.sil-th.org/hcode/5/99011/PID|0000001",
        Text("คนเดียวกันนี้มีเลขอะไรที่อื่น (IHE PIXm)", "Which identifiers one person has elsewhere (IHE PIXm)"),
    ),
)
