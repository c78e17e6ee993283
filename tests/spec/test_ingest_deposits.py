"""A deposit's life: received once, applied once, in any order, done again after a kill, taken back, answered.

Requirements X2, X6; reliability R2, R3, F01, F12-F14.
"""

from __future__ import annotations

import csv
import io
import itertools
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from suksala import audit, identity, ingest, lake
from suksala.foundation import clock, database
from suksala.ingest import applying, service, storage
from suksala.standards.thai_codes import citizen_number
from tests.deposits import HOSPITAL, ZIP_NAME, file_of, found, register, send, text, zipped

pytestmark = pytest.mark.django_db

NAME = "F43_99901_202611{day:02d}090000.zip"


@pytest.fixture(autouse=True)
def facilities(data_dir: Path, tmp_path: Path) -> None:
    """Two registered facilities and an empty lake."""
    lake.forget()
    register(tmp_path)


def zip_of(day: int, **visit: str) -> tuple[bytes, str]:
    """A zip exported on a day of November with one person and one visit."""
    body = zipped({"PERSON.txt": text("PERSON", {}), "SERVICE.txt": text("SERVICE", visit)})
    return body, NAME.format(day=day)


def state() -> dict[str, list[tuple[object, ...]]]:
    """Everything that a reader of the lake, of identity or of the record can see, without deposit numbers."""
    files = {}
    for file in ("PERSON", "SERVICE", "LABFU", "DATA_CORRECT"):
        rows = lake.rows(file, HOSPITAL).read_all().to_pylist()
        files[file] = sorted(tuple(str(v) for k, v in r.items() if k not in ("_deposit", "_line")) for r in rows)
    bodies = database.rows(
        "SELECT rtype, rid, deleted, encode(substring(body_sha FOR 16), 'hex') FROM resource "
        "WHERE NOT deleted AND rtype <> 0 ORDER BY 1, 2"
    )
    files["members"] = sorted((r["hospcode"], r["pid"]) for r in identity.memberships().to_pylist())
    files["record"] = [(r[0], r[1]) for r in bodies]
    return files


def test_a_deposit_reaches_lake_persons_and_record() -> None:
    """One zip, one person, one visit; the receipt counts what became of each row, and the log tells."""
    receipt = send(*zip_of(1))
    assert (receipt.deposit.state, receipt.deposit.hospcode) == ("applied", HOSPITAL)
    assert (receipt.read, receipt.accepted, receipt.refused, receipt.flagged) == (2, 2, 0, 0)
    assert dict(receipt.linked) == {"created": 1, "linked": 0, "reviews": 0}
    assert [(f.file, f.won, f.unchanged, f.version) for f in receipt.files] == [
        ("PERSON", 1, 0, "2.2-2.3"),
        ("SERVICE", 1, 0, "2.2-2.3"),
    ]
    assert state()["members"] == [(HOSPITAL, "000001")]
    assert len(state()["record"]) > 0
    assert [f.facility for f in audit.facts("ingest.apply")] == [HOSPITAL]


def test_applying_twice_is_applying_once() -> None:
    """The job may come again after it succeeded."""
    receipt = send(*zip_of(1))
    before, snapshot = state(), lake.snapshot()
    assert ingest.apply(receipt.deposit.id) == receipt
    assert (state(), lake.snapshot()) == (before, snapshot)


def test_any_order_and_repacked_zips_give_the_same_state() -> None:
    """Three exports of one visit, in all orders, one of them packed anew: the newest D_UPDATE counts."""
    zips = [
        zip_of(1, D_UPDATE="20261001120000", CHIEFCOMP="first"),
        zip_of(3, D_UPDATE="20261003120000", CHIEFCOMP="third"),
        zip_of(2, D_UPDATE="20261002120000", CHIEFCOMP="second"),
    ]
    ends = []
    for order in itertools.permutations(zips):
        numbers = [send(*z).deposit.id for z in order]
        ends.append(state())
        for number in numbers:
            ingest.void(number, "next order of the test")
        assert state()["SERVICE"] == []
    assert all(end == ends[0] for end in ends)
    assert "third" in ends[0]["SERVICE"][0]


@pytest.mark.parametrize("step", ["take_in", "link", "count_orphans", "publish"])
def test_a_kill_in_the_middle_is_answered_by_doing_it_again(step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Dead before or after any step: the deposit is still to be applied, and the redo ends like an unbroken run."""
    unbroken = send(*zip_of(1))
    expected = state()
    ingest.void(unbroken.deposit.id, "only to have an expectation")
    body, name = zip_of(1)
    deposit = ingest.receive(io.BytesIO(body), file_name=name)

    real = getattr(applying.Applying, step)

    def killed(self: applying.Applying, *given: object) -> None:
        real(self, *given)
        raise KeyboardInterrupt

    monkeypatch.setattr(applying.Applying, step, killed)
    with pytest.raises(KeyboardInterrupt):
        ingest.apply(deposit.id)
    assert ingest.receipt(deposit.id).deposit.state == "applying"
    monkeypatch.setattr(applying.Applying, step, real)
    assert ingest.apply(deposit.id).deposit.state == "applied"
    assert state() == expected


def test_a_correction_takes_its_row_back_before_or_after() -> None:
    """DATA_CORRECT withdraws up to its own D_UPDATE: the same in both orders, and a newer row may come again."""
    key = '{"HOSPCODE":"99901","PID":"000001","SEQ":"1001","DATE_SERV":"20261001"}'
    correct = text("DATA_CORRECT", {"DATA_CORRECT": key, "D_UPDATE": "20261005120000"})
    visit = zip_of(1)
    correction = (zipped({"DATA_CORRECT.txt": correct}), NAME.format(day=5))
    ends = []
    for order in ([visit, correction], [correction, visit]):
        numbers = [send(*z).deposit.id for z in order]
        ends.append(state())
        for number in numbers:
            ingest.void(number, "next order of the test")
    assert ends[0]["SERVICE"] == ends[1]["SERVICE"] == []
    assert len(ends[0]["PERSON"]) == 1
    assert ends[0]["record"] == ends[1]["record"]
    send(*visit)
    send(*correction)
    assert file_of(send(*zip_of(6, D_UPDATE="20261006120000")), "SERVICE").won == 1
    assert len(state()["SERVICE"]) == 1


def test_half_a_key_takes_nothing_back() -> None:
    """A correction with a PID alone would take every visit of that person: it is not followed."""
    send(*zip_of(1))
    correct = text("DATA_CORRECT", {"DATA_CORRECT": "{'PID':'000001'}", "D_UPDATE": "20261005120000"})
    send({"DATA_CORRECT.txt": correct}, NAME.format(day=5))
    assert len(state()["SERVICE"]) == 1


def test_a_voided_deposit_was_never_sent() -> None:
    """What it replaced stands again, what it brought is gone; the same bytes may be sent again."""
    send(*zip_of(1, D_UPDATE="20261001120000", CHIEFCOMP="kept"))
    before = state()
    second = send(*zip_of(2, D_UPDATE="20261002120000", CHIEFCOMP="wrong patient"))
    assert state() != before
    voided = ingest.void(second.deposit.id, "export of the wrong month")
    assert (voided.deposit.state, voided.deposit.void_reason) == ("void", "export of the wrong month")
    assert state() == before
    again = send(*zip_of(2, D_UPDATE="20261002120000", CHIEFCOMP="wrong patient"))
    assert again.deposit.id != second.deposit.id
    assert "wrong patient" in str(state()["SERVICE"])


def test_a_deposit_killed_while_being_applied_can_be_voided() -> None:
    """Its rows are in the lake but its receipts are not written yet: voiding takes back all the same."""
    send(*zip_of(1, D_UPDATE="20261001120000", CHIEFCOMP="kept"))
    before = state()
    second = send(*zip_of(2, D_UPDATE="20261002120000", CHIEFCOMP="wrong patient"))
    database.execute("DELETE FROM ingest_problem WHERE deposit_id = %s", [second.deposit.id])
    database.execute("DELETE FROM ingest_file WHERE deposit_id = %s", [second.deposit.id])
    database.execute("UPDATE ingest_deposit SET state = 'applying' WHERE id = %s", [second.deposit.id])
    assert ingest.void(second.deposit.id, "export of the wrong month").deposit.state == "void"
    assert state() == before


def test_a_void_that_died_while_waiting_is_not_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    """Asked for while the deposit is being applied: nothing is recorded as applied, the job of the void undoes it."""
    send(*zip_of(1, D_UPDATE="20261001120000", CHIEFCOMP="kept"))
    before, facts = state(), len(list(audit.facts("ingest.apply")))
    body, name = zip_of(2, D_UPDATE="20261002120000", CHIEFCOMP="wrong patient")
    number = ingest.receive(io.BytesIO(body), file_name=name).id
    real = applying.Applying.publish

    def overtaken(self: applying.Applying) -> None:
        real(self)
        ingest.void(number, "export of the wrong month")

    monkeypatch.setattr(applying.Applying, "publish", overtaken)
    with monkeypatch.context() as dead:
        dead.setattr(service, "finish_void", lambda _: None)
        receipt = ingest.apply(number)
    assert (receipt.deposit.state, receipt.deposit.applied_at, receipt.files) == ("voiding", None, ())
    assert len(list(audit.facts("ingest.apply"))) == facts
    ingest.finish_void(number)
    assert (state(), ingest.receipt(number).deposit.state) == (before, "void")


def test_a_refusal_that_comes_late_is_not_recorded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Voided while its zip was looked at: it stays void, and nobody is told that it was refused."""
    number = ingest.receive(io.BytesIO(b""), file_name="empty.zip").id
    real = applying.look_inside

    def voided_first(path: Path) -> object:
        ingest.void(number, "sent by mistake")
        return real(path)

    monkeypatch.setattr(applying, "look_inside", voided_first)
    deposit = ingest.apply(number).deposit
    assert (deposit.state, deposit.code, list(audit.facts("ingest.refuse"))) == ("void", "", [])


def test_a_state_changes_only_from_those_it_may_follow() -> None:
    """Whoever comes late is told so, and changes nothing."""
    number = send(*zip_of(1)).deposit.id
    assert not storage.set_state(number, "refused", of=("received", "applying"), code="SKL-ZIP-001")
    assert (ingest.receipt(number).deposit.state, ingest.receipt(number).deposit.code) == ("applied", "")
    assert storage.set_state(number, "voiding", of={"applied"})
    assert not storage.set_state(number, "voiding", of={"applied"})


def waiting(job: str, deposit: int) -> int:
    """How many jobs of this name wait for a deposit."""
    sql = "SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo' AND task_name = %s AND args->>'deposit' = %s"
    return int(database.rows(sql, [job, str(deposit)])[0][0])


@pytest.mark.parametrize("left_in", ["received", "applying"])
def test_sending_again_asks_again_for_what_no_job_does_any_more(left_in: str) -> None:
    """Its job failed for good: the same bytes bring a new one, and one only however often they come."""
    body, name = zip_of(1)
    number = ingest.receive(io.BytesIO(body), file_name=name).id
    database.execute("UPDATE procrastinate_jobs SET status = 'failed' WHERE args->>'deposit' = %s", [str(number)])
    database.execute("UPDATE ingest_deposit SET state = %s WHERE id = %s", [left_in, number])
    assert waiting("ingest.apply", number) == 0
    for _ in range(2):
        again = ingest.receive(io.BytesIO(body), file_name=name)
        assert (again.id, again.repeated, again.state) == (number, True, left_in)
        assert waiting("ingest.apply", number) == 1


def test_sending_again_what_waits_or_is_applied_asks_for_nothing() -> None:
    """One job for one deposit, and none when it is done."""
    body, name = zip_of(1)
    number = ingest.receive(io.BytesIO(body), file_name=name).id
    ingest.receive(io.BytesIO(body), file_name=name)
    assert waiting("ingest.apply", number) == 1
    ingest.apply(number)
    database.execute("DELETE FROM procrastinate_jobs")
    ingest.receive(io.BytesIO(body), file_name=name)
    assert waiting("ingest.apply", number) == 0


def test_what_is_being_voided_cannot_be_sent_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """The void died and its job is gone: the sender is told to wait, and the void is asked for again."""
    body, name = zip_of(1)
    number = send(body, name).deposit.id
    with monkeypatch.context() as dead:
        dead.setattr(service, "finish_void", lambda _: None)
        ingest.void(number, "sent by mistake")
    database.execute("DELETE FROM procrastinate_jobs")
    with pytest.raises(ingest.DepositRefused) as refused:
        ingest.receive(io.BytesIO(body), file_name=name)
    assert (refused.value.code, str(number) in refused.value.th) == ("SKL-DEP-010", True)
    assert ([d.id for d in ingest.deposits()], ingest.receipt(number).deposit.state) == ([number], "voiding")
    assert (waiting("ingest.void", number), waiting("ingest.apply", number)) == (1, 0)
    ingest.finish_void(number)
    assert ingest.receive(io.BytesIO(body), file_name=name).id != number


def test_void_needs_a_reason_and_a_deposit() -> None:
    """A refusal changes nothing."""
    receipt = send(*zip_of(1))
    before = state()
    for number, reason, code in [(receipt.deposit.id, " oh ", "SKL-DEP-007"), (10**9, "a good reason", "SKL-DEP-005")]:
        with pytest.raises(ingest.DepositRefused) as refused:
            ingest.void(number, reason)
        assert refused.value.code == code
    assert (state(), ingest.receipt(receipt.deposit.id).deposit.state) == (before, "applied")
    ingest.void(receipt.deposit.id, "sent by mistake")
    with pytest.raises(ingest.DepositRefused) as refused:
        ingest.void(receipt.deposit.id, "sent by mistake")
    assert refused.value.code == "SKL-DEP-006"


def test_the_receipt_as_a_spreadsheet_cannot_run_anything() -> None:
    """A formula in the data stays text; a byte order mark lets Excel read Thai; lines lead back to the rows."""
    people = text("PERSON", {"NAME": '=HYPERLINK("x")', "BIRTH": "25030501"}, {"PID": "2", "SEX": "3"})
    receipt = send({"PERSON.txt": people})
    sheet = ingest.receipt_csv(receipt)
    assert sheet.startswith("\ufeff")
    rows = list(csv.DictReader(io.StringIO(sheet.removeprefix("\ufeff"))))
    assert [(r["rule"], r["severity"], r["rows"], r["lines"]) for r in rows] == [
        ("PERSON.SEX.code", "flag", "1", "3"),
        ("PERSON.BIRTH.buddhist-year", "refuse", "1", "2"),
    ]
    assert "543" in rows[1]["en"]
    assert "พ.ศ." in rows[1]["th"]
    (refused,) = csv.DictReader(io.StringIO(ingest.refused_csv(receipt.deposit.id, "PERSON").removeprefix("\ufeff")))
    assert (refused["line"], refused["NAME"], refused["BIRTH"]) == ("2", '\'=HYPERLINK("x")', "25030501")


def test_the_receipt_for_a_program_has_no_value_of_a_row() -> None:
    """Codes, counts and lines only; what stood there is for the sender's page."""
    document = str(ingest.receipt_document(send({"PERSON.txt": text("PERSON", {"BIRTH": "25030501", "SEX": "ช"})})))
    assert "PERSON.BIRTH.buddhist-year" in document
    assert "25030501" not in document
    assert "ช'" not in document


def test_every_key_of_the_receipt_for_a_program_is_explained() -> None:
    """In docs/reference/receipt.md, or in its table of counts."""
    document = ingest.receipt_document(send({"PERSON.txt": text("PERSON", {"SEX": "9"})}))
    [file] = document["files"]
    [problem] = file["problems"]
    page = ingest.reference_markdown()
    keys = {*document, *document["persons"], *file, *problem}
    assert {key for key in keys if f"`{key}`" not in page and f"*{key}*" not in page} == set()


def test_no_value_of_a_row_is_printed_by_accident() -> None:
    """repr() of what may reach a log or a trace: lines and rules, not values."""
    receipt = send({"PERSON.txt": text("PERSON", {"BIRTH": "25030501"})})
    assert "25030501" not in repr(receipt)
    assert "25030501" not in repr(list(ingest.refused_rows(receipt.deposit.id, "PERSON")))


def test_how_old_each_senders_data_are() -> None:
    """By the export time in the zip's name, where it tells one."""
    send(*zip_of(1))
    (age,) = ingest.ages()
    assert (age.hospcode, age.deposits, str(age.last_exported_at)) == (HOSPITAL, 1, "2026-11-01 09:00:00")
    assert age.age_days >= 21


def test_two_facilities_with_one_human_and_two_registrations() -> None:
    """The same number at both: two persons, one human (X2)."""
    cid = citizen_number.synthetic(5)
    said = {"CID": cid, "BIRTH": "19900501"}  # a number that begins with 1 belongs to someone born from 1984 on
    send({"PERSON.txt": text("PERSON", said)})
    send({"PERSON.txt": text("PERSON", {**said, "HOSPCODE": "99902"})}, "F43_99902_20261101090000.zip")
    rows = identity.memberships().to_pylist()
    assert len({r["person"] for r in rows}) == 2
    assert len({r["human"] for r in rows}) == 1


def test_what_is_kept_on_disk() -> None:
    """The zip byte for byte under its hash; staged rows while the deposit counts; nothing when it is void."""
    body, name = zip_of(1)
    receipt = send(body, name)
    kept = storage.zip_path(receipt.deposit.sha256)
    assert kept.read_bytes() == body
    assert storage.staged_path(receipt.deposit.id, "SERVICE").is_file()
    ingest.void(receipt.deposit.id, "sent by mistake")
    assert kept.is_file()
    assert not storage.staged_path(receipt.deposit.id, "SERVICE").exists()


def test_lines_are_shown_where_first() -> None:
    """At most five lines per rule, the count of all."""
    rows = [{"PID": str(n), "SEX": "9"} for n in range(8)]
    assert found(send({"PERSON.txt": text("PERSON", *rows)}), "PERSON") == {"PERSON.SEX.code": (8, [2, 3, 4, 5, 6])}
    assert ZIP_NAME == "F43_99901_20261101090000.zip"


@pytest.mark.parametrize(("seconds", "kept"), [(-1, True), (1, False)])
def test_refused_rows_are_kept_for_30_days(monkeypatch: pytest.MonkeyPatch, seconds: int, kept: bool) -> None:
    """After that the copy goes; the zip, the receipt and the accepted rows stay (bad input, rule B4)."""
    receipt = send({"PERSON.txt": text("PERSON", {"BIRTH": "25030501"}, {"PID": "2"})})
    until = receipt.deposit.refused_until
    assert receipt.deposit.applied_at is not None
    assert until == receipt.deposit.applied_at + timedelta(days=30)
    monkeypatch.setattr(clock, "now", lambda: until + timedelta(seconds=seconds))
    service.tidy()
    assert [row.line for row in ingest.refused_rows(receipt.deposit.id, "PERSON")] == ([2] if kept else [])
    assert ingest.receipt(receipt.deposit.id).refused == 1
    assert storage.zip_path(receipt.deposit.sha256).is_file()
    assert storage.staged_path(receipt.deposit.id, "PERSON").is_file()


def test_an_interrupted_deposit_keeps_its_refused_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not applied yet: nothing of it is removed, however old its folder is."""
    receipt = send({"PERSON.txt": text("PERSON", {"BIRTH": "25030501"})})
    database.execute(
        "UPDATE ingest_deposit SET state = 'applying', applied_at = NULL WHERE id = %s", [receipt.deposit.id]
    )
    monkeypatch.setattr(clock, "now", lambda: datetime(2126, 1, 1, tzinfo=UTC))
    service.tidy()
    assert [row.line for row in ingest.refused_rows(receipt.deposit.id, "PERSON")] == [2]
