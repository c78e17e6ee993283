"""Made-up facilities of real districts, and how each of them writes its zips.

Facility codes are 99 + two digits of the district's number + one digit: 99011 is the hospital of the first
district. No facility of the ministry's list begins with 99 (99999 itself means "unknown" and is never used).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from suksala.foundation.errors import SuksalaError

MAX_DISTRICTS: Final = 12


class TooManyDistricts(SuksalaError):
    """More districts were asked for than the table of districts has."""

    code = "SKL-SIM-001"


@dataclass(frozen=True, slots=True)
class Area:
    """A district whose sub-districts carry a made-up unit each. Codes are those of the interior ministry."""

    code: str
    th: str
    en: str
    tambons: tuple[tuple[str, str], ...]  # two digits of the sub-district, Thai name
    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Habit:
    """How the program of one facility writes its files and its zips."""

    encoding: str = "utf-8"
    newline: str = "\r\n"
    header: str = "upper"  # upper, lower, blank (a blank after the last name), none
    names: str = "upper"  # upper, lower, suffix
    folder: bool = True
    buddhist_clock: bool = False  # the time in the zip's name in the Buddhist year
    version: str = "2.4"


@dataclass(frozen=True, slots=True)
class Facility:
    """One sender of 43-file zips."""

    hospcode: str
    kind: str  # hospital, unit, clinic
    name_th: str
    name_en: str
    area: Area
    tambon: str
    habit: Habit
    number: int  # place in the list of all facilities of this run
    skill: float  # better (below 0) or worse (above 0) outcomes of its chronic care
    zeal: float  # how much of its screening and testing it gets done

    @property
    def hospcode9(self) -> str:
        """The nine-character code: two letters, 00, the five digits."""
        return ("EA00" if self.kind == "hospital" else "GA00") + self.hospcode


@dataclass(frozen=True, slots=True)
class District:
    """An area and its six facilities: hospital, four units, community clinic."""

    number: int
    area: Area
    facilities: tuple[Facility, ...]

    @property
    def hospital(self) -> Facility:
        """The district hospital."""
        return self.facilities[0]


def _area(code: str, th: str, en: str, tambons: str, latitude: float, longitude: float) -> Area:
    pairs = tuple((t[:2], t[2:]) for t in tambons.split())
    return Area(code, th, en, pairs, latitude, longitude)


AREAS: Final = (
    _area("1907", "ดอนพุด", "Don Phut", "01ดอนพุด 02ไผ่หลิ่ว 03บ้านหลวง 04ดงตะงาว", 14.60, 100.62),
    _area("1413", "บางซ้าย", "Bang Sai", "01บางซ้าย 02แก้วฟ้า 03เต่าเล่า 04ปลายกลัด", 14.33, 100.30),
    _area("1003", "หนองจอก", "Nong Chok", "01กระทุ่มราย 02หนองจอก 03คลองสิบ 04คลองสิบสอง", 13.85, 100.86),
    _area("1908", "หนองโดน", "Nong Don", "01หนองโดน 02บ้านกลับ 03ดอนทอง 04บ้านโปร่ง", 14.70, 100.70),
    _area("1416", "บ้านแพรก", "Ban Phraek", "01บ้านแพรก 02บ้านใหม่ 03สำพะเนียง 04คลองน้อย", 14.64, 100.58),
    _area("1011", "ลาดกระบัง", "Lat Krabang", "01ลาดกระบัง 02คลองสองต้นนุ่น 03คลองสามประเวศ 04ลำปลาทิว", 13.72, 100.78),
    _area("1904", "วิหารแดง", "Wihan Daeng", "01หนองหมู 02บ้านลำ 03คลองเรือ 04วิหารแดง", 14.34, 100.99),
    _area("1407", "บางปะหัน", "Bang Pahan", "01บางปะหัน 02ขยาย 03บางเดื่อ 04เสาธง", 14.46, 100.55),
    _area("1015", "ธนบุรี", "Thon Buri", "01วัดกัลยาณ์ 02หิรัญรูจี 03บางยี่เรือ 04บุคคโล", 13.72, 100.49),
    _area("1906", "บ้านหมอ", "Ban Mo", "01บ้านหมอ 02บางโขมด 03สร่างโศก 04ตลาดน้อย", 14.62, 100.73),
    _area("1410", "ลาดบัวหลวง", "Lat Bua Luang", "01ลาดบัวหลวง 02หลักชัย 03สามเมือง 04พระยาบันลือ", 14.17, 100.33),
    _area("1008", "ป้อมปราบศัตรูพ่าย", "Pom Prap", "01ป้อมปราบ 02วัดเทพศิรินทร์ 03คลองมหานาค 04บ้านบาตร", 13.75, 100.51),
)
# one habit per place in the district (hospital, four units, clinic), turned by the district's number
_HABITS: Final = (
    Habit(version="2.4.1"),
    Habit(newline="\n", header="lower", names="lower", folder=False),
    Habit(encoding="cp874", version="2.3", buddhist_clock=True),
    Habit(encoding="utf-8-sig", names="suffix", version="2.4"),
    Habit(header="blank", newline="\n", version="2.4", folder=False),
    Habit(header="none", version="2.3", encoding="cp874", folder=False),
)
_SKILL: Final = (0.10, -0.45, 0.05, 0.40, -0.15, 0.30)
_ZEAL: Final = (0.97, 1.08, 0.98, 0.86, 1.03, 0.90)
_NAMES: Final = ("ทุ่งรวงทอง", "ริมคลองใหม่", "โคกมะขามเทศ", "หนองบัวขาว", "สวนตาลเดี่ยว", "ท่าเรือนไทย")
_NAMES_EN: Final = (
    "Thung Ruang Thong",
    "Rim Khlong Mai",
    "Khok Makham Thet",
    "Nong Bua Khao",
    "Suan Tan Diao",
    "Tha Ruean",
)


def districts(count: int) -> tuple[District, ...]:
    """The first `count` districts. Raises TooManyDistricts outside 1 to 12."""
    if not 1 <= count <= MAX_DISTRICTS:
        raise TooManyDistricts(
            f"จำลองได้ 1 ถึง {MAX_DISTRICTS} อำเภอ กรุณาใส่จำนวนในช่วงนี้",
            f"between 1 and {MAX_DISTRICTS} districts can be simulated; give a number in that range",
        )
    return tuple(District(n, AREAS[n], _facilities(n, AREAS[n])) for n in range(count))


def _facilities(number: int, area: Area) -> tuple[Facility, ...]:
    return tuple(_facility(number, area, place) for place in range(6))


def _facility(number: int, area: Area, place: int) -> Facility:
    turned = (place + number) % 6
    kind = "hospital" if place == 0 else "clinic" if place == 5 else "unit"
    name_th, name_en = _facility_name(area, kind, turned)
    return Facility(
        hospcode=f"99{number + 1:02d}{place + 1}",
        kind=kind,
        name_th=name_th,
        name_en=name_en,
        area=area,
        tambon=area.tambons[max(0, place - 1) % 4][0],
        habit=_HABITS[turned],
        number=number * 6 + place,
        skill=_SKILL[(place * 5 + number) % 6],
        zeal=_ZEAL[(place * 5 + number) % 6],
    )


def _facility_name(area: Area, kind: str, turned: int) -> tuple[str, str]:
    th, en = _NAMES[turned], _NAMES_EN[turned]
    if kind == "hospital":
        return f"โรงพยาบาล{th} (สมมติ)", f"{en} Hospital (made up)"
    if kind == "clinic":
        return f"คลินิกชุมชนอบอุ่น{th} (สมมติ)", f"{en} Community Clinic (made up)"
    if area.code.startswith("10"):
        return f"ศูนย์บริการสาธารณสุข{th} (สมมติ)", f"{en} Health Centre (made up)"
    return f"รพ.สต.{th} (สมมติ)", f"{en} Sub-district Health Promoting Hospital (made up)"
