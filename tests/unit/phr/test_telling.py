"""An emergency opening is told by SMS to who left a number, within 60 seconds, in words that say nothing, and no sooner
than the privacy officer lets it (T02, S2.60; security plan 0.9).
"""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from suksala import audit, consent, identity, phr, signin
from suksala.consent import grants_notices
from suksala.consent.grants_notices import TEXT
from suksala.foundation import clock, database, keys, settings, ticks
from suksala.phr.apps import PhrConfig
from suksala.signin import sms_storage
from suksala.signin.models import Account
from suksala.signin.sms_rules import number_digest
from tests.people import HOSPITAL, mali, number
from tests.sms_gateway import FakeGateway
from tests.unit.consent.conftest import patient, turned
from tests.unit.consent.emergency import BEGAN, WORDS, Turned
from tests.unit.consent.test_breaking_the_glass import DOCTOR, licences, opened
from tests.unit.signin.sms_people import NUMBER, gateway

__all__ = ["gateway", "licences", "patient", "turned"]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def channel(gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """What Django's start does where a gateway is set up."""
    found: list[consent.NoticeChannel] = []
    monkeypatch.setattr(grants_notices, "CHANNELS", found)
    monkeypatch.setattr(consent, "CHANNELS", found)
    PhrConfig.ready(None)  # type: ignore[arg-type]
    assert [type(one) for one in found] == [phr.OwnersTelephone]


def mali_leaves_a_number(**fields: object) -> Account:
    """Her account, of her registration at the hospital, with a number."""
    person = identity.person_of(HOSPITAL, "1")
    account = Account.objects.create_account(
        f"c-{len(Account.objects.all())}",
        **{"role": "citizen", "display_th": "มาลี", "display_en": "Mali", "person": person, **fields},
    )
    sms_storage.keep_telephone(account.pk, keys.seal(NUMBER), number_digest(NUMBER), None, clock.now())
    return account


def test_she_is_told_at_once_in_words_that_say_nothing(patient: str, gateway: FakeGateway) -> None:
    """By the chore that comes every 5 seconds; whichever of her registrations was opened; once."""
    mali_leaves_a_number()
    opened(patient)
    assert (consent.deliver_notices(), consent.deliver_notices()) == (1, 0)
    [text] = gateway.texts
    assert (text["to"], text["text"]) == ("+66004152635", TEXT) == ("+66004152635", "มีการเปิดดูข้อมูลฉุกเฉิน เข้าแอปเพื่อดู")
    [chore] = [one for one in ticks.registered() if one.name == "consent.tell"]
    assert chore.seconds <= 60


def test_a_repeat_bears_the_name_of_the_first_try(
    patient: str, gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A gateway that took the text and answered too late need not send it twice."""
    mali_leaves_a_number()
    opened(patient)
    gateway.status = 503
    assert consent.deliver_notices() == 0
    gateway.status = 200
    monkeypatch.setattr(clock, "now", lambda: BEGAN + timedelta(minutes=5))
    assert consent.deliver_notices() == 1
    first, second = (json.loads(body)["id"] for _, body in gateway.raw)
    assert first == second


def test_who_left_no_number_is_told_on_the_page_alone(patient: str, gateway: FakeGateway) -> None:
    """Also where the account is closed, or made up."""
    mali_leaves_a_number(is_active=False)
    mali_leaves_a_number(demo=True)
    grant = opened(patient)
    assert (consent.deliver_notices(), gateway.raw) == (1, [])
    assert [one.id for one in consent.openings_of(grant.persons)] == [grant.id]


def test_somebody_elses_number_is_not_told(patient: str, gateway: FakeGateway) -> None:
    """Of another human, of staff."""
    identity.link(HOSPITAL, [mali("2", number=number(2), given="สมศรี", family="อื่น")])
    mali_leaves_a_number(person=identity.person_of(HOSPITAL, "2"))
    mali_leaves_a_number(role="clinician")
    opened(patient)
    assert (consent.deliver_notices(), gateway.raw) == (1, [])


def test_a_gateway_that_is_down_is_tried_again_and_the_opening_goes_on(
    patient: str, gateway: FakeGateway, turned: Turned
) -> None:
    """Four times within the first minute; nothing of it in a log."""
    mali_leaves_a_number()
    gateway.status = 503
    with capture_logs() as logs:
        grant = opened(patient)
        for _ in range(60):
            consent.deliver_notices()
            turned.go(seconds=1)
    assert len(gateway.raw) == 4
    assert NUMBER[1:] not in str(logs)
    assert {log["event"] for log in logs} >= {"sms.not-sent"}
    assert consent.read_copy(grant.id, DOCTOR)[1]
    gateway.status = 200
    turned.go(minutes=1)
    assert (consent.deliver_notices(), len(gateway.texts)) == (1, 1)


def test_a_number_that_the_gateway_will_never_take_is_not_tried_for_ever(
    patient: str, gateway: FakeGateway, turned: Turned
) -> None:
    mali_leaves_a_number()
    gateway.status = 422
    opened(patient)
    assert consent.deliver_notices() == 1
    turned.go(hours=1)
    assert (consent.deliver_notices(), len(gateway.raw)) == (0, 1)


def test_the_officers_delay_holds_for_it_too(patient: str, gateway: FakeGateway, turned: Turned) -> None:
    """Also while the gateway was down when it was delayed; to the moment."""
    mali_leaves_a_number()
    gateway.status = 503
    grant = opened(patient)
    consent.deliver_notices()
    consent.delay_notice(grant.id, BEGAN + timedelta(days=7), WORDS, actor="account:privacy")
    gateway.status = 200
    turned.to(BEGAN + timedelta(days=7, seconds=-1))
    assert (consent.deliver_notices(), gateway.texts) == (0, [])
    turned.go(seconds=1)
    assert (consent.deliver_notices(), len(gateway.texts)) == (1, 1)


def test_without_a_gateway_no_notice_waits_for_one(
    patient: str, monkeypatch: pytest.MonkeyPatch, gateway: FakeGateway
) -> None:
    monkeypatch.delenv("SUKSALA_SMS_GATEWAY")
    settings.forget()
    found: list[consent.NoticeChannel] = []
    monkeypatch.setattr(grants_notices, "CHANNELS", found)
    monkeypatch.setattr(consent, "CHANNELS", found)
    PhrConfig.ready(None)  # type: ignore[arg-type]
    opened(patient)
    assert found == []
    assert database.rows("SELECT count(*) FROM consent_notice WHERE channel <> ''") == [(0,)]
    assert not signin.sends_sms()
    assert len(list(audit.facts("grant.opened"))) == 1
