"""The breach register: 72 hours from knowing, whom to tell, and a draft from what the log tells (PDPA s.37(4))."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from suksala import audit, governance
from suksala.foundation import clock
from suksala.governance import Breach, Risk

pytestmark = pytest.mark.django_db

NOTICED = datetime(2026, 11, 22, 9, 0, tzinfo=clock.BANGKOK)
WHAT = "แฟ้มรายชื่อผู้ป่วยถูกส่งผิดหน่วยงาน"
OFFICER = "account:privacy"


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five days after it was noticed."""
    monkeypatch.setattr(clock, "now", lambda: NOTICED + timedelta(days=5))


def breach(**told: Any) -> Breach:
    """A breach at the hospital with a risk, with any field told."""
    return Breach(**{"what": WHAT, "noticed_at": NOTICED, "risk": Risk.RISK, "facility": "99801", **told})


@pytest.mark.parametrize(
    ("after", "overdue", "left"),
    [
        (timedelta(hours=71, minutes=59), False, timedelta(minutes=1)),
        (timedelta(hours=72), True, timedelta()),
        (timedelta(hours=73), True, timedelta()),
    ],
)
def test_the_clock_runs_72_hours_from_knowing(after: timedelta, overdue: bool, left: timedelta) -> None:
    """Both sides of the edge; at the 72nd hour it is over."""
    state = breach().clock(NOTICED + after)
    assert (state.is_overdue, state.left) == (overdue, left)
    assert state.until == NOTICED + timedelta(hours=72)


@pytest.mark.parametrize(
    ("risk", "office", "persons"),
    [(Risk.UNKNOWN, True, False), (Risk.NONE, False, False), (Risk.RISK, True, False), (Risk.HIGH, True, True)],
)
def test_the_risk_decides_who_is_told(risk: Risk, office: bool, persons: bool) -> None:
    """While it is not known, the clock runs as for a risk."""
    state = breach(risk=risk, no_risk_reason="ข้อมูลเข้ารหัสไว้ กุญแจไม่หลุด").clock(NOTICED)
    assert (state.must_tell_office, state.must_tell_persons, state.is_open) == (office, persons, office or persons)


def test_a_breach_is_registered_told_and_off_the_list() -> None:
    """Overdue until the Office was told; told late needs a reason; each step is in the log."""
    kept = governance.register_breach(breach(), actor=OFFICER)
    assert governance.overdue() == [kept]
    told = NOTICED + timedelta(hours=80)
    with pytest.raises(governance.BreachProblem):
        governance.tell_breach(replace(kept, office_told_at=told), actor=OFFICER)
    assert governance.overdue() == [kept]
    done = governance.tell_breach(replace(kept, office_told_at=told, late_reason="ทราบจำนวนผู้เสียหายช้า"), actor=OFFICER)
    assert done.clock(clock.now()).was_late
    assert governance.overdue() == []
    assert governance.breach(kept.id) == done
    kinds = ["governance.breach", "governance.breach-told"]
    assert [len(list(audit.facts(kind))) for kind in kinds] == [1, 1]


def test_when_it_was_noticed_cannot_be_moved() -> None:
    """Otherwise the clock could be set back."""
    kept = governance.register_breach(breach(), actor=OFFICER)
    governance.tell_breach(replace(kept, noticed_at=NOTICED + timedelta(days=2)), actor=OFFICER)
    found = governance.breach(kept.id)
    assert found is not None
    assert found.noticed_at == NOTICED


@pytest.mark.parametrize(
    "told",
    [
        {"what": "สั้น"},
        {"noticed_at": NOTICED + timedelta(days=6)},
        {"began_at": NOTICED + timedelta(hours=1)},
        {"began_at": NOTICED - timedelta(hours=1), "ended_at": NOTICED - timedelta(hours=2)},
        {"persons": -1},
        {"risk": Risk.NONE},
        {"office_told_at": NOTICED - timedelta(seconds=1)},
        {"office_told_at": NOTICED + timedelta(hours=72)},
    ],
)
def test_what_cannot_be_is_not_kept(told: dict[str, Any]) -> None:
    """No row, no fact; told at the 72nd hour is late."""
    with pytest.raises(governance.BreachProblem) as raised:
        governance.register_breach(breach(**told), actor=OFFICER)
    assert raised.value.code == "SKL-GOV-001"
    assert governance.breaches() == []
    assert list(audit.facts("governance.breach")) == []


def test_a_breach_that_is_not_there_cannot_be_told() -> None:
    with pytest.raises(governance.BreachProblem):
        governance.tell_breach(breach(id=99), actor=OFFICER)


def test_breaches_of_one_facility() -> None:
    governance.register_breach(breach(), actor=OFFICER)
    mine = governance.register_breach(breach(facility="99802"), actor=OFFICER)
    assert governance.breaches("99802") == [mine]
    assert len(governance.breaches()) == 2


def test_the_draft_counts_what_the_log_tells_of_the_doer_and_the_time() -> None:
    """Two people's records in the time, each counted once; what others did, or he did at another time, is left out."""
    began = NOTICED - timedelta(hours=2)
    for person, minutes in ((1, 0), (1, 5), (2, 60), (3, -1), (4, 121)):
        at = began + timedelta(minutes=minutes)
        audit.record("read", actor="account:curious", person=person, facility="99801", at=at)
    audit.record("read", actor="account:other", person=9, facility="99801", at=began)
    text = governance.draft_report(
        breach(began_at=began, ended_at=NOTICED, actor="account:curious", persons=1200, id=7)
    )
    assert "- เกี่ยวกับระเบียนของบุคคล 2 การลงทะเบียน" in text
    assert "- read: 3 รายการ" in text
    assert "8. จำนวนเจ้าของข้อมูลโดยประมาณ: 1,200 ราย" in text
    assert "22 พฤศจิกายน 2569 เวลา 09:00 น." in text or "22 พ.ย. 2569 เวลา 09:00 น." in text
    assert "12. เหตุผลที่แจ้งเกิน 72 ชั่วโมง: [กรอก]" in text


def test_the_draft_without_doer_and_place_counts_nothing() -> None:
    """The whole log is not the breach."""
    audit.record("read", actor="account:other", person=9, at=NOTICED)
    assert "ยังไม่ระบุผู้กระทำ" in governance.draft_report(breach(facility=""))
