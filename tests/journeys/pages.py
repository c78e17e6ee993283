"""A small made-up world for the pages: three facilities, a grandmother with diabetes, neighbours, a web server."""

from __future__ import annotations

import io
import os
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from django.core.management import call_command
from django.db import connections
from django.test import override_settings

from suksala import governance, identity, ingest, lists, registry, signin, warehouse
from suksala.foundation import clock, settings
from suksala.standards.thai_codes import citizen_number, period
from tests import deposits
from tests.deposits import HOSPITAL, OTHER
from tests.staff import practitioner

FAR = "99903"  # a facility of another district
BORN_BEFORE_1984 = 3  # first digit of their numbers; another would not be trusted with these birth dates
CID = citizen_number.synthetic(1, BORN_BEFORE_1984)
EVIL = "<script>alert(1)</script>"
VISITS = 30
PERIODS = ("2569Q3", "2569Q4")
FACILITIES = f"""hospcode,name_th,name_en,kind,province,district,subdistrict,network
{HOSPITAL},โรงพยาบาลสมมติ,Made-up Hospital,hospital,19,1901,,
{OTHER},รพ.สต.สมมติ,Made-up Unit,subdistrict-unit,19,1901,,
{FAR},โรงพยาบาลไกลสมมติ,Made-up Far Hospital,hospital,14,1401,,
"""

# A demo's: browsers take the others over TLS alone, and Django read its settings before there was a demo.
PLAIN_COOKIES = {
    "SESSION_COOKIE_SECURE": False,
    "CSRF_COOKIE_SECURE": False,
    "LANGUAGE_COOKIE_SECURE": False,
    "SESSION_COOKIE_NAME": "session",
    "CSRF_COOKIE_NAME": "form",
    "LANGUAGE_COOKIE_NAME": "suksala_language",
}

Row = dict[str, str]


@dataclass(frozen=True)
class World:
    """The served world: where it is, and who is in it."""

    address: str
    mali: int
    helper: int  # Mali's grown daughter, known far away
    patient: str  # opaque id of Mali, known at the hospital and the unit
    stranger: str  # opaque id of somebody known only far away
    receipt: int
    refused: int
    far_receipt: int
    colleague: int  # the account of the hospital's clinician
    waiting: (
        str  # opaque id of somebody on a line list and in nobody's care, perhaps in hospital under another spelling
    )


def _visit(number: int, pid: str, hospcode: str = HOSPITAL) -> Row:
    month, day = 10 - number % 9, 1 + number % 27  # January to October, so within and outside fiscal year 2569
    on = f"2026{month - 1 or 12:02d}{day:02d}" if month > 1 else f"20251{number % 2}{day:02d}"
    return {"HOSPCODE": hospcode, "PID": pid, "SEQ": f"{number:05d}", "DATE_SERV": on, "SBP": str(120 + number)}


def _mali_at(hospcode: str, pid: str, visits: int) -> dict[str, str]:
    """The files of one facility about Mali: visits, diabetes, results, medicines, an allergy, the next appointment."""
    who = {"HOSPCODE": hospcode, "PID": pid}
    seen = [_visit(n, pid, hospcode) for n in range(visits)]
    # One visit to the unit was for low spirits: a sensitive class, told to nobody else unless she names it.
    low = [{**seen[-1], "DIAGTYPE": "4", "DIAGCODE": "F329"}] if hospcode == OTHER else []
    return {
        "SERVICE.txt": deposits.text("SERVICE", *seen),
        "CHRONIC.txt": deposits.text("CHRONIC", who),
        "DIAGNOSIS_OPD.txt": deposits.text("DIAGNOSIS_OPD", *seen, *low),
        "LABFU.txt": deposits.text(
            "LABFU", *({**s, "LABRESULT": f"{7 + n % 3}.{n % 10}"} for n, s in enumerate(seen[:9]))
        ),
        "DRUG_OPD.txt": deposits.text("DRUG_OPD", *({**s, **_METFORMIN} for s in seen[:4])),
        "DRUGALLERGY.txt": deposits.text("DRUGALLERGY", {**who, **_PENICILLIN}),
        "APPOINTMENT.txt": deposits.text("APPOINTMENT", {**seen[0], "APDATE": "20991231", "APTYPE": "1110000000"}),
    }


def _sugars(seen: list[Row]) -> list[Row]:
    return [{**visit, "LABRESULT": f"{7 + n % 3}.{n % 10}"} for n, visit in enumerate(seen)]


_METFORMIN = {"DIDSTD": "100000000000000000000001", "DNAME": "METFORMIN 500 MG TAB", "AMOUNT": "60", "UNIT": "TAB"}
_PENICILLIN = {"DATERECORD": "20200101", "DRUGALLERGY": "100000000000000000000002", "DNAME": "PENICILLIN V"}


def _people(hospcode: str) -> list[Row]:
    """Mali, a neighbour whose name tries to be a script, and a row with a Buddhist birth year, which is refused."""
    evil = {
        "PID": "000002",
        "CID": citizen_number.synthetic(2, BORN_BEFORE_1984),
        "NAME": EVIL,
        "LNAME": "=1+1",
        "BIRTH": "19700101",
    }
    broken = {"PID": "000003", "CID": citizen_number.synthetic(3, BORN_BEFORE_1984), "BIRTH": "25130101"}
    return [{"HOSPCODE": hospcode, **row} for row in ({"CID": CID}, evil, broken)]


def _send(name: str, files: dict[str, str | bytes]) -> int:
    return deposits.send(files, name=f"F43_{name}_20261101090000.zip").deposit.id


def _agree() -> None:
    """Hospital and unit share data by one agreement and are connected; the far hospital is invited only."""
    flows = frozenset({registry.Flow.DEPOSIT, registry.Flow.EXCHANGE})
    day = date(2026, 1, 1)
    title = "ข้อตกลงแบ่งปันข้อมูลเพื่อการรักษา"
    both = (HOSPITAL, OTHER)
    agreement = registry.Agreement("DSA-2569-001", registry.Kind.DSA, title, both, flows, "26-5-a", day, day)
    registry.keep_agreement(agreement, actor="system:test")
    for party in (*both, FAR):
        registry.move_member(party, registry.State.INVITED, actor="system:test")
    for party in both:
        registry.move_member(party, registry.State.AGREED, actor="system:test")
        registry.move_member(party, registry.State.CONNECTED, actor="system:test")


def _fill() -> dict[str, Any]:
    folder = settings.current().data_dir
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "facilities.csv").write_text(FACILITIES, encoding="utf-8")
    registry.import_facilities(folder / "facilities.csv")
    _agree()
    mine = {"PERSON.txt": deposits.text("PERSON", *_people(HOSPITAL)), **_mali_at(HOSPITAL, "000001", VISITS)}
    unit = {
        "PERSON.txt": deposits.text("PERSON", {"HOSPCODE": OTHER, "PID": "77", "CID": CID}),
        **_mali_at(OTHER, "77", 3),
    }
    far = {
        "HOSPCODE": FAR,
        "PID": "9",
        "CID": citizen_number.synthetic(9, BORN_BEFORE_1984),
        "NAME": "นิรันดร์",
        "LNAME": "ไกลบ้าน",
    }
    daughter = {
        **far,
        "PID": "10",
        "CID": citizen_number.synthetic(10, BORN_BEFORE_1984),
        "NAME": "บุตรสาว",
        "LNAME": "ใจดี",
    }
    receipt = _send(HOSPITAL, mine)
    _send(OTHER, unit)
    far_receipt = _send(FAR, {"PERSON.txt": deposits.text("PERSON", far, daughter)})
    refused = ingest.apply(ingest.receive(_empty(folder), file_name="empty.zip").id).deposit.id
    warehouse.compute([period(text) for text in PERIODS])
    _breach()
    mali = identity.persons(HOSPITAL, ["000001"])["000001"]
    stranger = identity.human_of(identity.persons(FAR, ["9"])["9"])
    ids = {"patient": identity.public_id(identity.human_of(mali)), "stranger": identity.public_id(stranger)}
    helper = identity.persons(FAR, ["10"])["10"]
    receipts = {"receipt": receipt, "refused": refused, "far_receipt": far_receipt}
    return {"mali": mali, "helper": helper, **ids, **receipts, "waiting": _line_lists()}


def _line_lists() -> str:
    """A call centre's list, and a hospital's that may hold one of the same people. Returns who waits longest."""
    header = "row,given,family,phone,age,district,risk,status,at\n"
    ten, nine, three = ((clock.now() - timedelta(days=days)).isoformat() for days in (10, 9, 3))
    called = f"1,วารี,รอดทุกข์,0008362957,71,1901,,waiting,{ten}\n2,สมชาย,รักไทย,,30,1901,,positive,{three}\n"
    treated = f"H,วารีย์,รอดทุข,,,1901,,in-hospital,{nine}\n"
    for agency, rows in (("1330", called), ("hospital", treated)):
        lists.import_file(io.BytesIO((header + rows).encode()), agency, "july", actor="system:test")
    return lists.missing(actor="system:test")[0].person


def _empty(folder: Path) -> Path:
    path = folder / "empty.zip"
    path.write_bytes(b"")
    return path


def _breach() -> None:
    """One breach at the hospital, noticed an hour ago."""
    what = "แฟ้มรายชื่อผู้ป่วยถูกส่งผิดหน่วยงาน"
    told = governance.Breach(what, clock.now() - timedelta(hours=1), governance.Risk.RISK, facility=HOSPITAL)
    governance.register_breach(told, actor="system:test")


def _accounts(mali: int, helper: int) -> int:
    """Who may try everything; returns the number of the hospital's clinician."""
    signin.renew_demo_token("demo")
    signin.save_demo_account("citizen-1", role="citizen", display_th="มะลิ ใจดี · สมมติ", display_en="Mali", person=mali)
    signin.save_demo_account("citizen-2", role="citizen", display_th="บุตรสาว", display_en="Daughter", person=helper)
    far, near = practitioner(FAR, "54321"), practitioner(HOSPITAL, "ว.12345", given="สมชาย", family="ในเมือง")
    night = practitioner(FAR, "67890", given="วันดี", family="เวรดึก")
    where = {"role": "clinician", "display_th": "แพทย์"}
    signin.save_demo_account("clinician-far", **where, display_en="Far", hospcode=FAR, practitioner=far)
    signin.save_demo_account("clinician", **where, display_en="Doctor", hospcode=HOSPITAL, practitioner=near)
    signin.save_demo_account("clerk", role="clerk", display_th="เวชระเบียน", display_en="Clerk", hospcode=HOSPITAL)
    own = {"role": "clinician", "display_th": "พญ.เวรดึก", "display_en": "Doctor"}
    signin.save_demo_account("doctor", **own, hospcode=FAR, practitioner=night)
    signin.save_demo_account("district-1901", role="district", display_th="ทีม", display_en="Team", district="1901")
    signin.save_demo_account("steward", role="steward", display_th="ผู้ดูแล", display_en="Steward")
    signin.save_demo_account("steward-2", role="steward", display_th="ผู้ดูแล", display_en="Steward", hospcode=OTHER)
    signin.save_demo_account("privacy", role="privacy", display_th="จพ.", display_en="Officer", hospcode=HOSPITAL)
    signin.save_demo_account("privacy-exchange", role="privacy", display_th="จพ.", display_en="Officer")
    return signin.demo_account("clinician").pk


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *words: object) -> None:
        """Say nothing."""


def _answer(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Our WSGI callable; gives back the thread's connection, or the test database could not be dropped."""
    from suksala.portals.wsgi import application

    try:
        return list(application(environ, start_response))
    finally:
        connections.close_all()


@contextmanager
def world() -> Iterator[World]:
    """Fill the test database and a data folder of its own, serve the pages, and clear everything afterwards."""
    before = {name: os.environ.get(name) for name in ("SUKSALA_DATA", "SUKSALA_DEMO")}
    with tempfile.TemporaryDirectory() as folder, override_settings(**PLAIN_COOKIES):
        os.environ.update(SUKSALA_DATA=f"{folder}/data", SUKSALA_DEMO="1")
        settings.forget()
        registry.forget_cache()
        made = _fill()
        made["colleague"] = _accounts(made["mali"], made["helper"])
        server = make_server("127.0.0.1", 0, _answer, server_class=_Server, handler_class=_Quiet)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield World(f"http://127.0.0.1:{server.server_port}", **made)
        finally:
            server.shutdown()
            server.server_close()
            call_command("flush", interactive=False, verbosity=0)
            _restore(before)


def _restore(before: dict[str, str | None]) -> None:
    for name, value in before.items():
        os.environ.pop(name, None)
        if value is not None:
            os.environ[name] = value
    settings.forget()
    registry.forget_cache()
