"""The demo's privacy desk: its officer finds an alert and a case to judge, and the citizen the case they opened."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from suksala import audit, identity, privacy, signin
from suksala.commands.demo_desk import DOUBT, OFFICER, READER, make_desk
from suksala.foundation import clock, database, settings
from suksala.privacy import Reason
from tests.people import mali, number
from tests.record import HOSPITAL, UNIT, send

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("data_dir")]
WORDS = "ผู้เปิดดูไม่ได้ให้การรักษา ตักเตือนแล้ว"


@pytest.fixture
def people(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[int, int]]:
    """Mali of the hospital, and Som, whom it never saw; a clinician of the hospital, of a demo."""
    monkeypatch.setenv("SUKSALA_DEMO", "1")
    settings.forget()
    identity.link(HOSPITAL, [mali("1")])
    identity.link(UNIT, [mali("9", number=number(9), given="ส้ม", family="สมมติ")])
    send("PERSON", {"pid": "1", "name": "มาลี"})
    send("PERSON", {"pid": "9", "name": "ส้ม"}, hospcode=UNIT)
    signin.save_demo_account("clinician", role="clinician", display_th="ก", display_en="A", hospcode=HOSPITAL)
    yield identity.person_of(HOSPITAL, "1"), identity.person_of(UNIT, "9")
    monkeypatch.undo()
    settings.forget()


def test_an_officer_has_an_alert_and_a_case_to_judge(people: tuple[int, int]) -> None:
    """Made once however often the demo is started; nobody of another facility sees them."""
    citizen, stranger = people
    for _ in range(2):
        make_desk(HOSPITAL, citizen, [stranger])
    [alert], [case] = privacy.alerts(HOSPITAL), privacy.cases(HOSPITAL)
    assert (alert.person, alert.reader, set(alert.reasons)) == (stranger, READER, {Reason.NO_CARE, Reason.PROTECTED})
    assert (case.person, case.reader, case.words) == (citizen, READER, DOUBT)
    assert (privacy.alerts(UNIT), privacy.cases(UNIT)) == ([], [])
    assert len(list(audit.facts("read"))) == 2
    assert [one.person for one in identity.protections(HOSPITAL)] == [stranger]


def test_both_are_judged_and_stay_so(people: tuple[int, int]) -> None:
    """A demo that is started again opens no second case."""
    citizen, stranger = people
    make_desk(HOSPITAL, citizen, [stranger])
    [alert], [case] = privacy.alerts(HOSPITAL), privacy.cases(HOSPITAL)
    privacy.judge(alert.id, HOSPITAL, "unjustified", WORDS, actor=OFFICER)
    privacy.answer(case.id, HOSPITAL, "unjustified", WORDS, actor=OFFICER)
    make_desk(HOSPITAL, citizen, [stranger])
    assert (privacy.alerts(HOSPITAL), privacy.cases(HOSPITAL)) == ([], [])
    assert [one.answer for one in privacy.cases_of([citizen])] == [WORDS]


def test_the_nightly_look_misses_nothing_of_today(people: tuple[int, int]) -> None:
    """The demo looked at yesterday only: tomorrow today's turn comes."""
    make_desk(HOSPITAL, people[0], [])
    today = clock.today()
    [(looked,)] = database.rows("SELECT max(on_day) FROM privacy_look")
    assert (today - looked).days == 1
    assert privacy.alerts(HOSPITAL) == []
