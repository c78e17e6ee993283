"""The mobile number of a citizen: kept once a code proved it, by who proved themselves by more, on a device that has
settled; the former number and every other device are told (T12).
"""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client

from suksala import audit, signin
from suksala.foundation import database, settings
from suksala.operations import closing
from suksala.signin import sms, sms_storage
from suksala.signin.models import Account
from suksala.signin.sms_rules import TEXTS, Kind
from tests.sms_gateway import FakeGateway
from tests.unit.signin.sms_people import NUMBER, OTHER_NUMBER, ask, citizen, enter, gateway, keep, with_number
from tests.unit.signin.test_citizens import DAY, EDGE, Later, browser, clerk, later, mali, press, telephone

__all__ = ["gateway", "later"]
pytestmark = pytest.mark.django_db

CHANGED = "เบอร์มือถือที่รับรหัสของบัญชีนี้ถูกเปลี่ยนจากเครื่องอื่น"


def number() -> str | None:
    """The number that is kept now."""
    found = signin.telephone_of(citizen())
    return found.number if found is not None else None


def type_number(client: Client, typed: str = NUMBER) -> tuple[int, str]:
    """Ask for a code to a number; status and what the page says, or where it leads."""
    answer = client.post("/account/telephone", {"number": typed})
    sms.send_due()
    return answer.status_code, answer.headers.get("Location", "") + answer.content.decode()


def test_a_number_is_kept_once_its_code_proved_it(gateway: FakeGateway) -> None:
    """The page shows its end; the log says that there is one, and not which."""
    client, _ = telephone(signin.enrol_citizen(mali(), by=clerk()))
    assert "ยังไม่ได้ลงเบอร์" in client.get("/account/").content.decode()
    assert type_number(client) == (302, "/account/telephone/code")
    assert number() is None
    assert client.post("/account/telephone/code", {"code": gateway.code()}).status_code == 302
    assert number() == NUMBER
    shown = client.get("/account/").content.decode()
    assert "ลงท้ายด้วย 2635" in shown
    assert NUMBER not in shown
    [fact] = audit.facts("signin.telephone-kept")
    assert (fact.actor, fact.detail["changed"]) == (citizen().actor, False)
    assert NUMBER not in str(database.rows("SELECT * FROM audit"))


@pytest.mark.parametrize("typed", ["", "02-280-3432", "<script>", "0" * 3000])
def test_what_is_no_mobile_number_is_refused_in_words(gateway: FakeGateway, typed: str) -> None:
    """Nothing is sent; what was typed stands in the form again, and in no log."""
    client, _ = telephone(signin.enrol_citizen(mali(), by=clerk()))
    status, says = type_number(client, typed)
    assert status == 422
    assert "ไม่ใช่เบอร์มือถือไทย" in says
    assert "<script>" not in says.replace('<script src="', "")
    assert (gateway.raw, number()) == ([], None)


def test_a_wrong_code_keeps_nothing_and_the_sixth_is_not_looked_at(gateway: FakeGateway) -> None:
    """Five tries of one code; then another has to be asked for."""
    client, _ = telephone(signin.enrol_citizen(mali(), by=clerk()))
    type_number(client)
    right = gateway.code()
    wrong = "000000" if right != "000000" else "000001"
    for _ in range(5):
        assert client.post("/account/telephone/code", {"code": wrong}).status_code == 422
    assert client.post("/account/telephone/code", {"code": right}).status_code == 422
    assert number() is None
    assert len(list(audit.facts("signin.refused"))) == 6


def test_a_code_of_one_session_proves_nothing_in_another(gateway: FakeGateway, later: Later) -> None:
    """Nor on another device of the same account."""
    client, phone = telephone(signin.enrol_citizen(mali(), by=clerk()))
    other = press(browser(), phone)
    later(DAY)
    press(client, phone)
    press(other, phone)
    type_number(client)
    assert other.post("/account/telephone/code", {"code": gateway.code()}).status_code == 422
    press(client, phone)  # a new session of the same browser
    assert client.post("/account/telephone/code", {"code": gateway.code()}).status_code == 422
    assert number() is None


def test_a_new_device_changes_no_number_for_a_day(gateway: FakeGateway, later: Later) -> None:
    """To the moment, with a fresh proof too; the number's owner is told of the device (T12)."""
    owner, phone = with_number(gateway)
    thief = press(browser(), phone)
    sms.send_due()
    assert gateway.texts[-1] == {**gateway.texts[-1], "to": "+66004152635", "text": TEXTS[Kind.DEVICE]}
    for at in (timedelta(0), DAY - EDGE):
        later(at)
        press(thief, phone)
        status, says = type_number(thief, OTHER_NUMBER)
        assert (status, "เครื่องนี้เพิ่งใช้กับบัญชีนี้" in says) == (403, True)
        assert thief.post("/account/telephone/remove").status_code == 403
    assert number() == NUMBER
    assert [text["to"] for text in gateway.texts if text["to"] != "+66004152635"] == []
    later(EDGE)
    assert type_number(press(thief, phone), OTHER_NUMBER)[0] == 302
    assert "เบอร์มือถือที่รับรหัส" not in owner.get("/signin").content.decode()


def test_without_a_fresh_proof_nothing_is_changed(gateway: FakeGateway, later: Later) -> None:
    """After five minutes one is asked who one is; a code by SMS is no such proof, however fresh."""
    client, _ = with_number(gateway)
    later(timedelta(minutes=5) + EDGE)
    assert type_number(client, OTHER_NUMBER)[1].startswith("/account/prove/")
    assert client.post("/account/telephone/remove").headers["Location"].startswith("/account/prove/")
    ask(client)
    assert enter(client, gateway.code()) == 302
    assert type_number(client, OTHER_NUMBER)[1].startswith("/account/prove/")
    assert client.post("/account/telephone/remove").headers["Location"].startswith("/account/prove/")
    assert number() == NUMBER


def test_who_has_only_an_enrolment_code_yet_leaves_no_number(gateway: FakeGateway) -> None:
    """That session is for making a passkey, for nothing else."""
    client = browser()
    client.post("/signin/code", {"code": signin.enrol_citizen(mali(), by=clerk())})
    assert type_number(client)[0] == 422
    assert (gateway.raw, number()) == ([], None)


def test_the_former_number_and_the_other_devices_are_told_of_a_change(gateway: FakeGateway, later: Later) -> None:
    """The number by a text without a code, the devices on every page for a week; the one that did it is not."""
    client, phone = with_number(gateway)
    other = press(browser(), phone)
    sms.send_due()
    later(timedelta(minutes=1))
    keep(client, gateway, OTHER_NUMBER)
    sms.send_due()
    assert (gateway.texts[-1]["to"], gateway.texts[-1]["text"]) == ("+66004152635", TEXTS[Kind.CHANGED])
    assert number() == OTHER_NUMBER
    assert CHANGED in other.get("/me/").content.decode()
    assert CHANGED not in client.get("/me/").content.decode()
    later(timedelta(days=7) - EDGE)
    assert CHANGED in press(other, phone).get("/me/").content.decode()
    later(EDGE)
    assert CHANGED not in press(other, phone).get("/me/").content.decode()
    [kept, changed] = audit.facts("signin.telephone-kept")
    assert (kept.detail["changed"], changed.detail["changed"]) == (False, True)


def test_after_a_restore_a_number_is_gone_and_the_page_says_why(gateway: FakeGateway) -> None:
    """Decision 0198: no text reaches it, waiting ones neither; a passkey and a code prove it again."""
    client, phone = with_number(gateway)
    known = browser()
    known.cookies.load({name: one.value for name, one in client.cookies.items() if "device" in name})
    before = len(gateway.raw)
    for name in ("telephones", "texts", "devices"):
        database.execute(closing.UNLESS_NOTHING_WAS_LOST[name])
    ask(known)
    sms.send_due()
    assert (number(), len(gateway.raw)) == (None, before)
    shown = press(browser(), phone).get("/me/").content.decode()
    assert "ระบบถูกกู้คืนจากสำเนา เบอร์มือถือของบัญชีนี้จึงถูกเอาออก" in shown
    assert CHANGED not in shown
    keep(client, gateway, NUMBER)
    assert number() == NUMBER
    assert "ระบบถูกกู้คืนจากสำเนา" not in client.get("/me/").content.decode()


@pytest.mark.parametrize("taken_away", [True, False])
def test_sessions_that_a_code_opened_end_with_the_number(gateway: FakeGateway, later: Later, taken_away: bool) -> None:
    """Whoever reads the former number is out with the next request; the one that changes it goes on, others too."""
    client, phone = with_number(gateway)
    passkey = press(browser(), phone)
    known = browser()
    known.cookies.load({name: one.value for name, one in client.cookies.items() if "device" in name})
    ask(known)
    assert enter(known, gateway.code()) == 302
    if taken_away:
        assert client.post("/account/telephone/remove").status_code == 302
    else:
        keep(client, gateway, OTHER_NUMBER)
    assert [one.get("/me/").status_code for one in (known, client, passkey)] == [302, 200, 200]


def test_a_number_is_taken_away(gateway: FakeGateway, later: Later) -> None:
    """Codes that were sent count no more, it is told, and there is none to take away twice."""
    client, phone = with_number(gateway)
    other = press(browser(), phone)
    sms.send_due()
    visitor = Client(headers={"host": "localhost"}, SERVER_NAME="localhost", **{"wsgi.url_scheme": "https"})
    visitor.cookies.load({name: one.value for name, one in client.cookies.items() if "device" in name})
    ask(visitor)
    code = gateway.code()
    assert client.post("/account/telephone/remove").status_code == 302
    sms.send_due()
    assert (gateway.texts[-1]["to"], gateway.texts[-1]["text"]) == ("+66004152635", TEXTS[Kind.CHANGED])
    assert enter(visitor, code) == 422
    assert number() is None
    assert CHANGED in other.get("/me/").content.decode()
    assert client.post("/account/telephone/remove").status_code == 404
    assert sms_storage.telephone(citizen().pk).number == ""  # type: ignore[union-attr]
    assert [f.detail["changed"] for f in audit.facts("signin.telephone-removed")] == [True]
    later(timedelta(minutes=16))
    before = len(gateway.texts)
    ask(visitor)
    assert len(gateway.texts) == before


def test_codes_to_one_number_are_counted_whoever_asks(gateway: FakeGateway, later: Later) -> None:
    """Three of a device within a quarter of an hour, then words that say so; the one that came before still counts."""
    client, phone = telephone(signin.enrol_citizen(mali(), by=clerk()))
    for _ in range(3):
        assert type_number(client)[0] == 302
    status, says = type_number(client)
    assert (status, "ขอรหัสบ่อยเกินไป" in says, len(gateway.texts)) == (429, True, 3)
    again = client.post("/account/telephone", {"number": NUMBER})
    assert again.headers["Retry-After"] == "900"  # as its words say, 15 minutes
    assert client.post("/account/telephone/code", {"code": gateway.code()}).status_code == 302
    later(timedelta(minutes=15))
    client.post("/account/switch")
    press(client, phone)
    assert type_number(client, OTHER_NUMBER)[0] == 302
    assert number() == NUMBER


def test_staff_and_made_up_people_have_no_number(gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Staff get no code by SMS; a made-up account is everybody's, and would send texts to anybody."""
    code = signin.add_account("somchai.k", role="steward", display_th="ก", display_en="A", actor="system:operator")
    staff, _ = telephone(code)
    monkeypatch.setenv("SUKSALA_DEMO", "1")
    settings.forget()
    signin.save_demo_account("citizen-1", role="citizen", display_th="ก", display_en="A", person=mali())
    visitor = browser()
    assert visitor.post("/demo-signin", {"login": "citizen-1"}).status_code == 302
    for client in (staff, visitor):
        assert "เบอร์มือถือ" not in client.get("/account/").content.decode()
        for method in (client.get, client.post):
            assert method("/account/telephone").status_code == 404
            assert method("/account/telephone/code").status_code == 404
    assert gateway.raw == []
    assert not any(signin.may_have_telephone(one) for one in Account.objects.all())
