"""Whoever is named in a list is counted, named in the log, told of it and looked at in the night (T01, T05)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.test import Client

from suksala import audit, identity, privacy, signin
from suksala.foundation import clock, database, settings
from suksala.signin import budgets
from tests.deposits import HOSPITAL
from tests.journeys.pages import World
from tests.journeys.visiting import came_in

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pages")]


def lister() -> Client:
    """A clinician of this file alone: the one of all tests has opened records through the running server by then."""
    signin.save_demo_account("lister", role="clinician", display_th="พญ.", display_en="Dr", hospcode=HOSPITAL)
    return came_in("lister")


def words(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.fixture
def one_an_hour(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Clinicians may be told of one person within an hour."""
    yield from _budgets("person=1", monkeypatch)


@pytest.fixture
def usual(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As an installation has them of which nothing is said."""
    yield from _budgets("", monkeypatch)


def _budgets(text: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("SUKSALA_BUDGETS", text)
    settings.forget()
    budgets.forget()
    yield
    monkeypatch.undo()
    settings.forget()
    budgets.forget()


def test_a_clinicians_search_counts_in_the_hour_of_people(pages_world: World, one_an_hour: None) -> None:
    """One person, found twice and opened; a second is neither named nor opened, and the log names only the first."""
    doctor = lister()
    assert [doctor.post("/care/", {"text": text}).status_code for text in ("มะลิ", "000001")] == [200, 200]
    assert doctor.get(f"/care/{pages_world.patient}/").status_code == 200
    refused = doctor.post("/care/", {"text": "000002"})
    assert (refused.status_code, "000002" in refused.content.decode()) == (429, False)
    named = [fact.person for fact in audit.facts("search") if fact.actor == "account:lister"]
    assert named[-3:] == [pages_world.mali, pages_world.mali, None]


def test_who_came_up_in_a_list_reads_it_in_plain_words(pages_world: World) -> None:
    """One line a day and reader, however often; once the record was opened that line tells enough."""
    doctor, mali = lister(), came_in("citizen-1")
    for _ in range(3):
        doctor.post("/care/", {"text": "มะลิ"})
    page = words(mali, "/me/who-looked/?show=staff")
    assert page.count("ชื่อของท่านขึ้นในรายการ ยังไม่ได้เปิดประวัติ") == 1
    assert "โรงพยาบาลสมมติ" in page
    assert '<td class="skl-num" role="cell" data-of="กี่ครั้ง"><div>3</div></td>' in page
    doctor.get(f"/care/{pages_world.patient}/")
    page = words(mali, "/me/who-looked/?show=staff")
    assert "ชื่อของท่านขึ้นในรายการ" not in page


def test_who_came_up_in_a_list_may_doubt_it(pages_world: World) -> None:
    """As of an opening: a case for the facility's officer."""
    lister().post("/care/", {"text": "มะลิ"})
    mali = came_in("citizen-1")
    page = words(mali, "/me/who-looked/?show=staff")
    address = page.partition("ไม่ใช่การดูแลของฉัน")[0].rpartition('href="')[2].partition('"')[0]
    assert mali.post(address, {"words": "ไม่เคยไปที่นั่น"}).status_code == 302
    [case] = privacy.cases_of([pages_world.mali])
    assert (case.reader, case.facility) == ("account:lister", HOSPITAL)


def refused(world: World, file: str = "PERSON") -> str:
    return f"/steward/deposits/{world.receipt}/refused/{file}.csv"


def test_rows_that_were_refused_are_handed_out_after_a_fresh_proof(pages_world: World) -> None:
    """At five minutes still; a moment later nothing is sent before the proof, and no fact says so."""
    steward = came_in("steward")
    database.execute("UPDATE signin_session SET proved_at = proved_at - interval '5 minutes 1 second'")
    answer = steward.get(refused(pages_world))
    assert answer.headers["Location"].startswith("/account/prove/?next=%2Fsteward%2Fdeposits%2F")
    assert list(audit.facts("ingest.refused-read")) == []
    steward.post("/account/prove/", {"next": "/steward/"})
    assert steward.get(refused(pages_world)).status_code == 200


def test_refused_rows_are_a_fact_about_everybody_known_whom_they_are_about(pages_world: World) -> None:
    """Named in the log by person, never by a value of a row; a file about nobody known is one fact without a person."""
    steward = came_in("steward")
    text = steward.get(refused(pages_world)).content.decode("utf-8-sig")
    header, *rows = (line.split(",") for line in text.splitlines())
    pids = {row[header.index("PID")] for row in rows}
    known = set(identity.known_persons(HOSPITAL, pids).values())
    told = list(audit.facts("ingest.refused-read"))
    assert {fact.person for fact in told} == (known or {None})
    assert {(f.actor, f.purpose, f.facility) for f in told} == {("account:steward", "HOPERAT", HOSPITAL)}
    assert all(fact.detail == {"deposit": pages_world.receipt, "file": "PERSON"} for fact in told)
    steward.get(refused(pages_world, "LABFU"))
    assert [f.person for f in audit.facts("ingest.refused-read") if f.detail["file"] == "LABFU"] == [None]


def test_a_list_of_rows_is_taken_twice_a_day(pages_world: World, usual: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """A third time is refused in words, without a fact; another file, and tomorrow, are counted by themselves."""
    steward = came_in("steward")
    assert [steward.get(refused(pages_world)).status_code for _ in range(2)] == [200, 200]
    before = len(list(audit.facts("ingest.refused-read")))
    third = steward.get(refused(pages_world))
    assert (third.status_code, "ครบจำนวนครั้งของวันนี้" in third.content.decode()) == (429, True)
    assert "25130101" not in third.content.decode()
    assert len(list(audit.facts("ingest.refused-read"))) == before
    assert steward.get(refused(pages_world, "LABFU")).status_code == 200
    later = clock.now() + timedelta(days=1, seconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert came_in("steward").get(refused(pages_world)).status_code == 200
