"""The demo people: whom a visitor of the demo can be. All of them are made up."""

from __future__ import annotations

from dataclasses import dataclass

from . import demo_desk, demo_emergency, demo_sensitive, demo_staff

# People who live, have diabetes on the register, and were seen in more than one facility; the richest records first.
CANDIDATES = """
SELECT m.human, arg_max(m.person, v.visits), max(v.visits), count(DISTINCT v.hospcode)
FROM (SELECT hospcode, pid, count(*) AS visits FROM service GROUP BY ALL) v
JOIN members m ON m.hospcode = v.hospcode AND m.pid = v.pid
WHERE m.human IN (SELECT m2.human FROM chronic c JOIN members m2 ON m2.hospcode = c.hospcode AND m2.pid = c.pid
                  WHERE c.dx3 BETWEEN 'E10' AND 'E14')
  AND m.human NOT IN (SELECT m3.human FROM death d JOIN members m3 ON m3.hospcode = d.hospcode AND m3.pid = d.pid)
GROUP BY m.human HAVING count(DISTINCT v.hospcode) >= 2
ORDER BY 4 DESC, 3 DESC, 1
LIMIT 20"""

CITIZENS = 2


@dataclass(frozen=True)
class Citizen:
    """A made-up person with a record worth looking at: one registration, and where else they are known."""

    person: int
    hospcodes: frozenset[str]
    district: str


def make_accounts() -> None:
    """Make or replace the demo accounts: citizens, clinicians and a clerk of their hospital, a team per district,
    a steward, privacy officers.

    The same data give the same people, whoever asks and however often.
    """
    from suksala import registry

    citizens = _citizens()
    for number, citizen in enumerate(citizens, 1):
        _citizen_account(number, citizen)
    district = citizens[0].district if citizens else next(iter(registry.districts()), "")
    doctor = demo_staff.make_staff(district)
    _clinician_account(district, doctor)
    _clerk_account(district)
    _far_clinician_account(citizens)
    _sensitive_visit(district, citizens)
    for code in registry.districts():
        _district_account(code)
    _steward_account()
    _privacy_accounts(district)
    _breach(district)
    hospital = demo_staff.hospital_of(district)
    if len(citizens) > 1 and doctor is not None:
        demo_emergency.make_emergency("clinician", citizens[1].person)  # not the first: a visitor opens that one's
    if citizens and hospital is not None:
        strangers = [c.person for c in citizens[1:] if hospital.hospcode not in c.hospcodes]
        demo_desk.make_desk(hospital.hospcode, citizens[0].person, strangers)


def _citizens() -> list[Citizen]:
    """The first candidates, of different districts where possible."""
    from suksala import identity, lake, registry

    with lake.connect(["SERVICE", "CHRONIC", "DEATH"]) as connection:
        connection.register("members", identity.memberships())
        rows = connection.execute(CANDIDATES).fetchall()
    found: dict[str, Citizen] = {}
    for human, person, _, _ in rows:
        own = identity.registrations(list(identity.persons_of(human)))
        home = registry.facility(identity.registration(person).hospcode)
        if home is not None:
            found.setdefault(home.district, Citizen(person, frozenset(r.hospcode for r in own), home.district))
    return list(found.values())[:CITIZENS]


def _citizen_account(number: int, citizen: Citizen) -> None:
    from suksala import identity, signin

    name = identity.registration(citizen.person).name
    places = len(citizen.hospcodes)
    signin.save_demo_account(
        f"citizen-{number}",
        role="citizen",
        display_th=f"{name} · ประชาชนสมมติ มีเบาหวาน มีประวัติใน {places} แห่ง",
        display_en=f"{name} · made-up citizen with diabetes, known in {places} facilities",
        person=citizen.person,
    )


def _clinician_account(district: str, doctor: int | None) -> None:
    """A doctor of the district's hospital, whom the registry knows with a licence: what needs one can be tried."""
    from suksala import registry, signin

    hospital = demo_staff.hospital_of(district)
    if hospital is None:
        return
    named = registry.practitioner(doctor) if doctor else None
    signin.save_demo_account(
        "clinician",
        role="clinician",
        display_th=f"แพทย์สมมติ{f' {named.name_th}' if named else ''} · {hospital.name_th}",
        display_en=f"Made-up doctor{f' {named.name_en}' if named else ''} · {hospital.name_en}",
        hospcode=hospital.hospcode,
        practitioner=doctor,
    )


def _clerk_account(district: str) -> None:
    """The registration desk of the district's hospital."""
    from suksala import signin

    hospital = demo_staff.hospital_of(district)
    if hospital is not None:
        signin.save_demo_account(
            "clerk",
            role="clerk",
            display_th=f"เจ้าหน้าที่เวชระเบียนสมมติ · {hospital.name_th}",
            display_en=f"Made-up registration clerk · {hospital.name_en}",
            hospcode=hospital.hospcode,
        )


def _far_clinician_account(citizens: list[Citizen]) -> None:
    """A doctor of a hospital where the first citizen was never seen: there for what a consent opens."""
    from suksala import registry, signin

    known = citizens[0].hospcodes if citizens else frozenset()
    elsewhere = [f for f in registry.facilities() if f.kind == "hospital" and f.hospcode not in known]
    for hospital in elsewhere[-1:]:
        signin.save_demo_account(
            "clinician-2",
            role="clinician",
            display_th=f"แพทย์สมมติที่อื่น · {hospital.name_th} · ลองให้ยินยอมจากหน้าประชาชน แล้วเปิดดูจากที่นี่",
            display_en=f"Made-up doctor elsewhere · {hospital.name_en} · give consent as a citizen, then look here",
            hospcode=hospital.hospcode,
            practitioner=demo_staff.doctor_of(hospital.hospcode),
        )


def _sensitive_visit(district: str, citizens: list[Citizen]) -> None:
    """One of the first citizen, elsewhere than at the clinician's hospital: consents differ in what they open."""
    if citizens:
        own = demo_staff.hospital_of(district)
        demo_sensitive.make_visit("citizen-1", [own.hospcode] if own else [])


def _district_account(code: str) -> None:
    from suksala import registry, signin

    th, en = registry.district_name(code)
    signin.save_demo_account(
        f"district-{code}",
        role="district",
        display_th=f"ทีมสุขภาพสมมติ · {th}",
        display_en=f"Made-up health team · {en}",
        district=code,
    )


def _steward_account() -> None:
    from suksala import signin

    signin.save_demo_account(
        "steward",
        role="steward",
        display_th="ผู้ดูแลข้อมูลสมมติ",
        display_en="Made-up data steward",
    )


def _privacy_accounts(district: str) -> None:
    from suksala import signin

    hospital = demo_staff.hospital_of(district)
    if hospital is not None:
        signin.save_demo_account(
            "privacy",
            role="privacy",
            display_th=f"เจ้าหน้าที่คุ้มครองข้อมูลสมมติ · {hospital.name_th}",
            display_en=f"Made-up privacy officer · {hospital.name_en}",
            hospcode=hospital.hospcode,
        )
    signin.save_demo_account(
        "privacy-exchange",
        role="privacy",
        display_th="เจ้าหน้าที่คุ้มครองข้อมูลสมมติ · ของระบบแลกเปลี่ยน",
        display_en="Made-up privacy officer · of the exchange",
    )


def _breach(district: str) -> None:
    """One made-up breach whose clock runs, so that the register can be tried."""
    from datetime import timedelta

    from suksala import governance
    from suksala.foundation import clock

    hospital = demo_staff.hospital_of(district)
    if hospital is None or governance.breaches():
        return
    now = clock.now()
    told = governance.Breach(
        "เครื่องคอมพิวเตอร์ที่จุดคัดกรองถูกใช้เปิดรายชื่อผู้ป่วยขณะไม่มีเจ้าหน้าที่ (เหตุสมมติ)",
        now - timedelta(hours=30),
        governance.Risk.RISK,
        began_at=now - timedelta(hours=32),
        ended_at=now - timedelta(hours=30),
        persons=12,
        data="ชื่อ และวันนัด",
        facility=hospital.hospcode,
        actor="account:clinician",
    )
    governance.register_breach(told, actor=demo_staff.ACTOR)
