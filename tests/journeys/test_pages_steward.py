"""The data officer's pages: send, wait, read the receipt, mend (both languages, every form of it)."""

from __future__ import annotations

import io
import json
from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from suksala import ingest, registry, signin
from suksala.foundation import clock, database, settings
from suksala.standards.thai_codes import citizen_number
from tests import deposits
from tests.deposits import HOSPITAL
from tests.journeys.pages import BORN_BEFORE_1984, FAR, OTHER, World
from tests.journeys.visiting import signed_in, text

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pages")]


def page(address: str) -> str:
    return text(signed_in("steward"), address)


def test_a_receipt_tells_counts_rule_line_and_what_to_do(pages_world: World) -> None:
    shown = page(f"/steward/deposits/{pages_world.receipt}/")
    assert "PERSON.BIRTH.buddhist-year" in shown
    assert "พักแถวไว้" in shown
    assert "บรรทัด 4" in shown  # header, Mali, neighbour, then the broken row
    assert f'href="/steward/deposits/{pages_world.receipt}/refused/PERSON.csv"' in shown


def test_the_same_receipt_in_english(pages_world: World) -> None:
    client = signed_in("steward")
    client.get("/language/en")
    shown = client.get(f"/steward/deposits/{pages_world.receipt}/").content.decode()
    assert "Row set aside" in shown
    assert f"Receipt {pages_world.receipt}" in shown


def test_refused_rows_come_back_as_they_were_sent(pages_world: World) -> None:
    answer = signed_in("steward").get(f"/steward/deposits/{pages_world.receipt}/refused/PERSON.csv")
    text = answer.content.decode("utf-8-sig")
    assert text.splitlines()[1].startswith("4,PERSON.BIRTH.buddhist-year,")
    assert "25130101" in text


def test_the_receipt_says_until_when_refused_rows_are_kept(pages_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """With a link until then; afterwards where they still are, and none."""
    address = f"/steward/deposits/{pages_world.receipt}/"
    shown = signed_in("steward").get(address).content.decode()
    assert "ดาวน์โหลดแถวที่พักไว้ได้ถึง" in shown
    assert "/refused/PERSON.csv" in shown
    later = clock.now() + timedelta(days=31)
    monkeypatch.setattr(clock, "now", lambda: later)
    shown = signed_in("steward").get(address).content.decode()
    assert "เก็บให้ดาวน์โหลด 30 วัน" in shown
    assert "/refused/PERSON.csv" not in shown


@pytest.mark.parametrize("file", ["LABFU", "NOTHING", "..%2F..%2Fkeys"])
def test_a_file_without_refused_rows_or_without_sense(pages_world: World, file: str) -> None:
    answer = signed_in("steward").get(f"/steward/deposits/{pages_world.receipt}/refused/{file}.csv")
    assert answer.status_code == (200 if file == "LABFU" else 404)


def test_csv_and_json_say_the_same(pages_world: World) -> None:
    client = signed_in("steward")
    told = json.loads(client.get(f"/steward/deposits/{pages_world.receipt}/receipt.json").content)
    sheet = client.get(f"/steward/deposits/{pages_world.receipt}/receipt.csv").content.decode("utf-8-sig")
    rules = [p["rule"] for f in told["files"] for p in f["problems"]]
    assert "PERSON.BIRTH.buddhist-year" in rules
    assert all(rule in sheet for rule in rules)
    assert "25130101" not in json.dumps(told)  # a document for programs carries no value from a row


def test_a_zip_that_was_refused_says_why_in_both_languages(pages_world: World) -> None:
    shown = page(f"/steward/deposits/{pages_world.refused}/")
    assert "แฟ้ม zip ว่างเปล่า" in shown
    assert "The zip is empty" in shown


def test_a_zip_sent_through_the_page_is_kept_and_waits(pages_world: World) -> None:
    body = deposits.zipped({"PERSON.txt": deposits.text("PERSON", {"PID": "000044"})})
    upload = SimpleUploadedFile(f"F43_{HOSPITAL}_20261105090000.zip", body, "application/zip")
    client = signed_in("steward")
    answer = client.post("/steward/send/", {"zip": upload})
    assert answer.status_code == 302
    waiting = client.get(answer.headers["Location"]).content.decode()
    assert '<noscript><meta http-equiv="refresh" content="3"></noscript>' in waiting
    ingest.apply(int(answer.headers["Location"].split("/")[-2]))
    done = client.get(answer.headers["Location"]).content.decode()
    assert "นำเข้าแล้ว" in done
    assert "http-equiv" not in done


def test_a_zip_that_could_not_be_looked_at_may_be_sent_again(
    pages_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """503 and the words of it: the zip is not at fault, the scanner is away; nothing is kept."""
    body = deposits.zipped({"PERSON.txt": deposits.text("PERSON", {"PID": "000046"})})
    upload = SimpleUploadedFile(f"F43_{HOSPITAL}_20261107090000.zip", body, "application/zip")
    before = database.rows("SELECT count(*) FROM ingest_deposit")
    monkeypatch.setenv("SUKSALA_CLAMD", str(settings.current().data_dir / "nobody-listens"))
    settings.forget()
    answer = signed_in("steward").post("/steward/send/", {"zip": upload})
    monkeypatch.undo()
    settings.forget()
    assert (answer.status_code, "SKL-SCAN" in answer.content.decode()) == (503, False)
    assert 'name="zip"' in answer.content.decode()  # the form, not the page of a server that is away
    assert database.rows("SELECT count(*) FROM ingest_deposit") == before


def test_the_same_zip_again_is_the_same_receipt(pages_world: World) -> None:
    body = deposits.zipped({"PERSON.txt": deposits.text("PERSON", {"PID": "000045"})})
    client = signed_in("steward")

    def sent() -> str:
        name = f"F43_{HOSPITAL}_20261106090000.zip"
        return client.post("/steward/send/", {"zip": io.BytesIO(body), "name": name}).headers["Location"]

    assert sent() == sent()


def test_a_bound_steward_sees_what_it_sent_before_anybody_knows_whose_it_is(pages_world: World) -> None:
    """While it waits, and for ever when it was refused whole; no other facility's steward sees it."""
    signin.save_demo_account("steward-1", role="steward", display_th="ผู้ดูแล", display_en="Steward", hospcode=HOSPITAL)
    own, other = signed_in("steward-2"), signed_in("steward-1")
    address = own.post("/steward/send/", {"zip": SimpleUploadedFile("x.zip", b"no zip")}).headers["Location"]
    for code in ("", "SKL-ZIP-002"):
        assert own.get(address).status_code == 200
        assert json.loads(own.get(f"{address}receipt.json").content)["code"] == code
        assert address in own.get("/steward/").content.decode()
        assert other.get(address).status_code == 404
        assert address not in other.get("/steward/").content.decode()
        ingest.apply(int(address.split("/")[-2]))


def sent_by(login: str, hospcode: str, hour: int) -> tuple[Any, str]:
    """What the page answers to a zip of a facility, and in words."""
    body = deposits.zipped({"PERSON.txt": deposits.text("PERSON", {"HOSPCODE": hospcode, "PID": f"9{hour}"})})
    upload = SimpleUploadedFile(f"F43_{hospcode}_20261108{hour:02}0000.zip", body, "application/zip")
    answer = signed_in(login).post("/steward/send/", {"zip": upload})
    return answer, answer.content.decode()


def agree(last_day: date, *, flow: registry.Flow = registry.Flow.DEPOSIT) -> None:
    """The far hospital signs, up to this day."""
    flows, since = frozenset({flow}), date(2026, 1, 1)
    told = registry.Agreement(
        "DSA-2569-9", registry.Kind.DSA, "ข้อตกลง", (FAR,), flows, "26-5-a", since, since, last_day
    )
    registry.keep_agreement(told, actor="system:test")


def test_a_facilitys_own_zip_waits_for_its_agreement_and_is_not_lost(pages_world: World) -> None:
    """S3.18: none, one for something else and one that ended yesterday refuse; its last day lets the same zip in."""
    signin.save_demo_account("steward-3", role="steward", display_th="ผู้ดูแล", display_en="Steward", hospcode=FAR)
    before, today = database.rows("SELECT count(*) FROM ingest_deposit"), clock.today()
    agreements = [
        None, (today, registry.Flow.EXCHANGE), (today - timedelta(days=1), registry.Flow.DEPOSIT)
    ]  # fmt: skip
    for one in agreements:
        if one is not None:
            agree(one[0], flow=one[1])
        form = signed_in("steward-3").get("/steward/send/").content.decode()
        assert ("รอข้อตกลง" in form, 'name="zip"' in form) == (True, False)
        answer, shown = sent_by("steward-3", FAR, 9)
        assert (answer.status_code, "ยังไม่มีข้อตกลงที่มีผลบังคับสำหรับ deposit" in shown) == (403, True)
        assert database.rows("SELECT count(*) FROM ingest_deposit") == before
    agree(today)
    assert 'name="zip"' in signed_in("steward-3").get("/steward/send/").content.decode()
    answer, _ = sent_by("steward-3", FAR, 9)
    assert answer.status_code == 302
    assert ingest.receipt(int(answer.headers["Location"].split("/")[-2])).deposit.sender == FAR


def test_what_the_exchange_brings_in_needs_no_agreement(pages_world: World) -> None:
    """A steward of no one facility answers for it, as the operator's command does (decision 0206)."""
    assert registry.agreements(FAR) == []
    answer, _ = sent_by("steward", FAR, 10)
    assert answer.status_code == 302


def test_sending_nothing_is_told_beside_the_field(pages_world: World) -> None:
    answer = signed_in("steward").post("/steward/send/")
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "เลือกแฟ้ม zip ก่อนส่ง" in shown
    assert 'href="#zip"' in shown


def test_problems_are_gathered_by_facility_and_file(pages_world: World) -> None:
    assert "PERSON.BIRTH.buddhist-year" in page(f"/steward/problems/?facility={HOSPITAL}&file=PERSON")
    assert "PERSON.BIRTH.buddhist-year" not in page(f"/steward/problems/?facility={HOSPITAL}&file=LABFU")


def test_the_age_of_each_senders_data(pages_world: World) -> None:
    shown = page("/steward/age/")
    assert "โรงพยาบาลไกลสมมติ" in shown
    assert "1\u00a0พ.ย.\u00a02569" in shown  # the moment in the zip's name


def test_the_network_tells_connected_and_exchanging_apart(pages_world: World) -> None:
    """Two are connected, and their zips made them exchanging; the invited one exchanged too but is not connected."""
    shown = page("/steward/network/")
    assert "เชื่อมต่อแล้ว 2 แห่ง แลกเปลี่ยนข้อมูลจริงใน 30 วันล่าสุด 2 แห่ง" in shown
    assert shown.count("<td>เชื่อมต่อและแลกเปลี่ยน") == 2
    assert "เชิญแล้ว" in shown
    assert "DSA-2569-001" in shown
    assert "แฟ้มมาตรฐาน 43 แฟ้ม, แลกเปลี่ยนผ่าน FHIR" in shown


def test_a_bound_steward_sees_its_own_place_in_the_network(pages_world: World) -> None:
    """Its state and agreements; nobody else's, and no counters."""
    signin.save_demo_account("steward-3", role="steward", display_th="ผู้ดูแล", display_en="Steward", hospcode=FAR)
    shown = signed_in("steward-3").get("/steward/network/").content.decode()
    assert "เชิญแล้ว" in shown
    assert "เชื่อมต่อแล้ว" not in shown
    assert "DSA-2569-001" not in shown


def test_a_suspended_facilitys_zip_is_refused_whole(pages_world: World) -> None:
    """SKL-DEP-011 with what to do; nothing of it is taken in; once agreed again, the same zip is."""
    registry.move_member(OTHER, registry.State.SUSPENDED, actor="system:test")
    before = database.rows("SELECT count(*) FROM identity_registration")
    row = {"HOSPCODE": OTHER, "PID": "555", "CID": citizen_number.synthetic(555, BORN_BEFORE_1984)}
    body = {"PERSON.txt": deposits.text("PERSON", row)}
    name = f"F43_{OTHER}_20261103090000.zip"
    receipt = deposits.send(body, name=name)
    assert (receipt.deposit.state, receipt.deposit.code) == ("refused", "SKL-DEP-011")
    assert database.rows("SELECT count(*) FROM identity_registration") == before
    registry.move_member(OTHER, registry.State.AGREED, actor="system:test")
    registry.move_member(OTHER, registry.State.CONNECTED, actor="system:test")
    assert deposits.send(body, name=name).deposit.state == "applied"


def test_the_network_page_names_all_twelve_agencies(pages_world: World) -> None:
    """With how far each has come; a facility's steward sees its own row only (S3.3, S3.26)."""
    shown = page("/steward/network/")
    assert all(agency.name_th in shown for agency in registry.AGENCIES.values())
    assert shown.count("ยังไม่ได้เชิญ") == 12
    registry.move_member("moph", registry.State.INVITED, actor="system:test")
    assert page("/steward/network/").count("ยังไม่ได้เชิญ") == 11
    assert "ยังไม่ได้เชิญ" not in signed_in("steward-2").get("/steward/network/").content.decode()
