"""The agencies of the agreement of 17 March 2565 (S3.3-S3.15), and the health regions. Public facts, kept as data."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Agency:
    """An organisation above facilities that takes part in the exchange.

    kind  ministry, local-government, university, institute, fund, hospital or charity
    """

    code: str
    name_th: str
    name_en: str
    kind: str


AGENCIES = {
    a.code: a
    for a in (
        Agency("moph", "กระทรวงสาธารณสุข", "Ministry of Public Health", "ministry"),
        Agency(
            "mhesi",
            "กระทรวงการอุดมศึกษา วิทยาศาสตร์ วิจัยและนวัตกรรม",
            "Ministry of Higher Education, Science, Research and Innovation",
            "ministry",
        ),
        Agency("mod", "กระทรวงกลาโหม", "Ministry of Defence", "ministry"),
        Agency("mdes", "กระทรวงดิจิทัลเพื่อเศรษฐกิจและสังคม", "Ministry of Digital Economy and Society", "ministry"),
        Agency("bma", "กรุงเทพมหานคร", "Bangkok Metropolitan Administration", "local-government"),
        Agency("cra", "ราชวิทยาลัยจุฬาภรณ์", "Chulabhorn Royal Academy", "institute"),
        Agency("trcs", "สภากาชาดไทย", "Thai Red Cross Society", "charity"),
        Agency("nmu", "มหาวิทยาลัยนวมินทราธิราช", "Navamindradhiraj University", "university"),
        Agency("nhso", "สำนักงานหลักประกันสุขภาพแห่งชาติ", "National Health Security Office", "fund"),
        Agency("pgh", "โรงพยาบาลตำรวจ", "Police General Hospital", "hospital"),
        Agency("dga", "สำนักงานพัฒนารัฐบาลดิจิทัล (องค์การมหาชน)", "Digital Government Development Agency", "institute"),
        Agency("niem", "สถาบันการแพทย์ฉุกเฉินแห่งชาติ", "National Institute for Emergency Medicine", "institute"),
    )
}

# Provinces of the ministry's health regions (เขตสุขภาพ); Bangkok alone is region 13 (S3.35).
_REGIONS = {
    1: "50 51 52 54 55 56 57 58",
    2: "53 63 64 65 67",
    3: "18 60 61 62 66",
    4: "12 13 14 15 16 17 19 26",
    5: "70 71 72 73 74 75 76 77",
    6: "11 20 21 22 23 24 25 27",
    7: "40 44 45 46",
    8: "38 39 41 42 43 47 48",
    9: "30 31 32 36",
    10: "33 34 35 37 49",
    11: "80 81 82 83 84 85 86",
    12: "90 91 92 93 94 95 96",
    13: "10",
}
_REGION_OF = {province: region for region, provinces in _REGIONS.items() for province in provinces.split()}


def health_region(province: str) -> int | None:
    """The health region, 1 to 13, of a 2-digit province code; None for a code that is no province.

    >>> health_region("19")
    4
    """
    return _REGION_OF.get(province)
