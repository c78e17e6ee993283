"""Codes by SMS sign in on a device that is known and settled, and nowhere else: to look, never to open further (T12;
ASVS V6.5, V6.6; bad inputs section 6).
"""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client

from suksala import audit, identity, signin
from suksala.foundation import database, settings
from suksala.signin import devices, sms, ways_in
from suksala.signin.models import Account
from suksala.signin.sms_rules import Sent, code_digest, may_send, new_code
from tests import people
from tests.authenticator import Authenticator
from tests.sms_gateway import FakeGateway
from tests.unit.signin.sms_people import NUMBER, OTHER_NUMBER, ask, citizen, enter, gateway, keep, with_number
from tests.unit.signin.test_citizens import (
    DAY,
    EDGE,
    Later,
    asked_by,
    browser,
    clerk,
    later,
    mali,
    press,
    telephone,
)

__all__ = ["gateway", "later"]
pytestmark = pytest.mark.django_db

FIVE = timedelta(minutes=5)


def signed_out(client: Client) -> Client:
    """The same browser, of which nobody is signed in: its passkey is gone, its cookies stay."""
    client.post("/sign-out")
    return client


def is_in(client: Client) -> bool:
    return client.get("/me/").status_code == 200


def known(gateway: FakeGateway) -> Client:
    """Mali's browser, known and settled, with a number; nobody is signed in."""
    return signed_out(with_number(gateway)[0])


def test_a_grandmother_whose_telephone_forgot_its_passkey_looks_into_her_record(gateway: FakeGateway) -> None:
    """One button, six digits; nothing is typed that says who she is. The session says how it began."""
    client = known(gateway)
    assert 'href="/signin/sms"' in client.get("/signin").content.decode()
    ask(client)
    assert gateway.texts[-1]["to"] == "+66004152635"
    assert not is_in(client)
    assert enter(client, gateway.code()) == 302
    assert is_in(client)
    assert [f.detail["proof"] for f in audit.facts("signin.session")] == ["code", "sms"]
    assert "รหัสทาง SMS" in client.get("/account/").content.decode()
    assert len(signin.devices_of(citizen())) == 1


@pytest.mark.parametrize(
    "form", ["{}", " {} ", "{0[0]}{0[1]}{0[2]} {0[3]}{0[4]}{0[5]}", "{0[0]}{0[1]}{0[2]}-{0[3]}{0[4]}{0[5]}"]
)
def test_a_code_is_read_however_it_is_typed(gateway: FakeGateway, form: str) -> None:
    """Blanks, hyphens, Thai digits."""
    client = known(gateway)
    ask(client)
    thai = gateway.code().translate(str.maketrans("0123456789", "๐๑๒๓๔๕๖๗๘๙"))
    assert enter(client, form.format(thai)) == 302


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "<b>", "\u0e00" * 6, "x" * 5000, "１２３４５６", "12 34 5"])
def test_what_is_no_code_is_refused_alike(gateway: FakeGateway, typed: str) -> None:
    """Also what other scripts call digits; nobody is in."""
    client = known(gateway)
    ask(client)
    assert enter(client, typed) == 422
    assert not is_in(client)


@pytest.mark.parametrize(("after", "status"), [(FIVE - timedelta(seconds=1), 302), (FIVE - EDGE, 302), (FIVE, 422)])
def test_a_code_counts_for_five_minutes_to_the_moment(
    gateway: FakeGateway, later: Later, after: timedelta, status: int
) -> None:
    client = known(gateway)
    ask(client)
    later(after)
    assert enter(client, gateway.code()) == status
    assert is_in(client) is (status == 302)


def test_a_code_counts_once(gateway: FakeGateway) -> None:
    client = known(gateway)
    ask(client)
    again = browser()
    again.cookies.load({name: one.value for name, one in client.cookies.items()})
    assert enter(client, gateway.code()) == 302
    assert enter(again, gateway.code()) == 422
    assert not is_in(again)


def test_five_wrong_ones_and_the_right_one_is_not_looked_at(gateway: FakeGateway) -> None:
    """Over all processes: the count stands in the database. The next code is another."""
    client = known(gateway)
    ask(client)
    right = gateway.code()
    wrong = "000000" if right != "000000" else "000001"
    assert [enter(client, wrong) for _ in range(5)] == [422] * 5
    assert enter(client, right) == 422
    assert not is_in(client)
    assert [f.detail for f in audit.facts("signin.refused")] == [{"proof": "sms"}] * 6
    ask(client)
    assert enter(client, gateway.code()) == 302


def test_four_wrong_ones_leave_one(gateway: FakeGateway) -> None:
    client = known(gateway)
    ask(client)
    wrong = "000000" if gateway.code() != "000000" else "000001"
    assert [enter(client, wrong) for _ in range(4)] == [422] * 4
    assert enter(client, gateway.code()) == 302


def test_a_new_code_ends_the_former(gateway: FakeGateway) -> None:
    client = known(gateway)
    ask(client)
    former = gateway.code()
    ask(client)
    if former != gateway.code():
        assert enter(client, former) == 422
    assert enter(client, gateway.code()) == 302


def test_a_code_is_good_only_in_the_browser_that_asked(gateway: FakeGateway, later: Later) -> None:
    """Not in a stranger's, not in another settled one of the same account: who reads it out over the telephone gives
    nothing away.
    """
    client, phone = with_number(gateway)
    other = press(browser(), phone)
    later(DAY)
    press(other, phone)
    sms.send_due()
    for one in (client, other):
        signed_out(one)
    ask(client)
    code = gateway.code()
    assert enter(browser(), code) == 422
    assert enter(other, code) == 422
    ask(other)
    assert enter(client, code) == 422  # the later request ended it
    assert not any(is_in(one) for one in (client, other))
    assert enter(other, gateway.code()) == 302


@pytest.mark.parametrize("lost", ["suksala_device", "suksala_sms"])
def test_a_code_needs_the_device_and_the_request(gateway: FakeGateway, lost: str) -> None:
    """Both tokens of the browser: of one alone nothing comes."""
    client = known(gateway)
    ask(client)
    kept = {name: one.value for name, one in client.cookies.items() if lost not in name}
    assert len(kept) < len(client.cookies)
    other = browser()
    other.cookies.load(kept)
    assert enter(other, gateway.code()) == 422
    assert not is_in(other)


def test_a_swapped_sim_card_alone_gets_nothing(gateway: FakeGateway) -> None:
    """Who receives her texts, in a browser of their own: the same page, no text, nobody in (T12)."""
    known(gateway)
    thief, before = browser(), len(gateway.raw)
    ask(thief)
    assert len(gateway.raw) == before
    assert database.rows("SELECT count(*) FROM signin_sms_code WHERE kind = 'sign-in'") == [(0,)]
    assert [enter(thief, f"{n:06}") for n in range(3)] == [422] * 3
    assert not is_in(thief)


def test_a_stolen_code_on_a_new_device_changes_nothing_for_a_day_and_the_owner_is_told(
    gateway: FakeGateway, later: Later
) -> None:
    """T12 from end to end: the thief has her passkey's account on a browser of their own, and every text that comes."""
    owner, phone = with_number(gateway)
    thief = press(browser(), phone)
    sms.send_due()
    assert "มีอุปกรณ์ใหม่เข้าใช้บัญชีของท่าน" in owner.get("/me/").content.decode()
    assert gateway.texts[-1]["to"] == "+66004152635"
    for at in (timedelta(0), DAY - EDGE):
        later(at)
        press(thief, phone)
        told = len(gateway.texts)
        assert thief.post("/account/telephone", {"number": OTHER_NUMBER}).status_code == 403
        signed_out(thief)
        ask(thief)
        assert (len(gateway.texts), enter(thief, "000000")) == (told, 422)
        press(thief, phone)
        assert not signin.device_is_settled(asked_by(thief))
    [new] = [one for one in signin.devices_of(citizen()) if one.answered == ""]
    press(owner, phone)
    assert owner.post(f"/account/devices/{new.id}", {"answer": "unknown"}).status_code == 302
    later(DAY)
    told = len(gateway.texts)
    ask(thief)
    assert (len(gateway.texts), enter(thief, "000000"), number_kept()) == (told, 422, NUMBER)


def number_kept() -> str:
    """Her number now."""
    found = signin.telephone_of(citizen())
    assert found is not None
    return found.number


def test_a_device_settles_before_it_gets_a_code(gateway: FakeGateway, later: Later) -> None:
    """To the moment."""
    _, phone = with_number(gateway)
    other = signed_out(press(browser(), phone))
    sms.send_due()
    later(DAY - EDGE)
    before = len(gateway.texts)
    ask(other)
    assert len(gateway.texts) == before
    later(EDGE)
    ask(other)
    assert len(gateway.texts) == before + 1
    assert enter(other, gateway.code()) == 302


def test_a_device_that_is_cut_off_meanwhile_uses_no_code(gateway: FakeGateway, later: Later) -> None:
    """Asked for before, typed after."""
    client, phone = with_number(gateway)
    other = press(browser(), phone)
    later(DAY)
    press(client, phone)
    ask(signed_out(other))
    [new] = [one for one in signin.devices_of(citizen()) if one.answered == ""]
    assert client.post(f"/account/devices/{new.id}", {"answer": "unknown"}).status_code == 302
    assert enter(other, gateway.code()) == 422


def test_a_closed_account_gets_and_uses_no_code(gateway: FakeGateway) -> None:
    client = known(gateway)
    ask(client)
    Account.objects.filter(role="citizen").update(is_active=False)
    assert enter(client, gateway.code()) == 422
    before = len(gateway.texts)
    ask(client)
    assert len(gateway.texts) == before


# ---- what it opens --------------------------------------------------------------------------------------------------


def test_such_a_session_looks_and_opens_nothing_to_anybody(gateway: FakeGateway) -> None:
    """Reading and closing as ever; sharing, representatives, passkeys, numbers, requests need more (decision 0182)."""
    client = known(gateway)
    ask(client)
    enter(client, gateway.code())
    assert [client.get(page).status_code for page in ("/me/", "/me/sharing/", "/account/")] == [200, 200, 200]
    asked = asked_by(client)
    assert (signin.is_stepped_up(asked), signin.only_looks(asked), signin.device_is_settled(asked)) == (
        False,
        True,
        True,
    )
    for address in (
        "/account/passkeys/add",
        "/account/passkeys/options",
        "/account/telephone",
        "/account/requests/new/",
    ):
        assert client.get(address).headers["Location"].startswith("/account/prove/")
    before = database.rows("SELECT count(*) FROM consent_given")
    sent = {"facility": "99801", "section": "medicines", "period": "visit"}
    answer = client.post("/me/sharing/give/", sent)
    assert "ท่านเข้าด้วยรหัส SMS" in answer.content.decode()
    assert database.rows("SELECT count(*) FROM consent_given") == before


def test_a_passkey_makes_more_of_it(gateway: FakeGateway) -> None:
    """The same session, proved again: from then on it is as one that began so."""
    client, phone = with_number(gateway)
    ask(signed_out(client))
    enter(client, gateway.code())
    signed = phone.use(client.get("/account/prove/options").json())
    assert client.post("/account/prove/passkey", {"credential": signed, "next": "/account/"}).status_code == 302
    asked = asked_by(client)
    assert (signin.is_stepped_up(asked), signin.only_looks(asked)) == (True, False)


def test_a_locked_screen_is_opened_by_a_new_session(gateway: FakeGateway, later: Later) -> None:
    """The page that asks offers it where a passkey is not at hand; before what is dangerous it does not."""
    client, _ = with_number(gateway)
    assert "/signin/sms" not in client.get("/account/prove/?next=/me/").content.decode()
    later(timedelta(minutes=15))
    assert client.get("/me/").headers["Location"].startswith("/account/prove/")
    assert '/signin/sms?next=/me/"' in client.get("/account/prove/?next=/me/").content.decode()
    ask(client)
    answer = client.post("/signin/sms/code", {"code": gateway.code(), "next": "/me/"})
    assert (answer.status_code, answer.headers["Location"]) == (302, "/me/")
    assert is_in(client)
    assert len(signin.sessions_of(citizen())) == 1


def test_after_it_one_goes_where_one_wanted_on_this_site_only(gateway: FakeGateway) -> None:
    client = known(gateway)
    ask(client)
    answer = client.post("/signin/sms/code", {"code": gateway.code(), "next": "https://evil.example/"})
    assert answer.headers["Location"] == "/me/"


# ---- a family's telephone -------------------------------------------------------------------------------------------


def test_on_a_shared_telephone_the_code_goes_to_who_was_there_last(gateway: FakeGateway, later: Later) -> None:
    """Each account has a token of its own; the other one comes in by passkey, and is the last one then."""
    client, grandmother = with_number(gateway)
    identity.link("99801", [people.mali("2", number=people.number(2), given="มานี", family="ใจดี")])
    code = signin.enrol_citizen(identity.person_of("99801", "2"), by=clerk_again())
    daughter = Authenticator(origin="https://localhost")
    assert client.post("/signin/code", {"code": code}).status_code == 302
    made = daughter.make(client.get("/account/passkeys/options").json())
    client.post("/account/passkeys/add", {"credential": made, "name": "x"})
    keep(client, gateway, OTHER_NUMBER)
    ask(signed_out(client))
    assert gateway.texts[-1]["to"] == "+66009182736"
    daughters = gateway.code()
    press(client, grandmother)
    ask(signed_out(client))
    assert gateway.texts[-1]["to"] == "+66004152635"
    if daughters != gateway.code():
        assert enter(client, daughters) == 422  # the request that came after ended it
    assert enter(client, gateway.code()) == 302
    shown = client.get("/account/").content.decode()
    assert "มาลี" in shown
    assert "มานี" not in shown


def clerk_again() -> Account:
    """Who sat at the desk before."""
    return Account.objects.get(login="clerk-99801")


# ---- limits ---------------------------------------------------------------------------------------------------------


def test_a_storm_of_requests_sends_three_and_the_last_of_them_counts(gateway: FakeGateway, later: Later) -> None:
    """The page says the same each time; more are sent after a quarter of an hour, to the moment."""
    client = known(gateway)
    before = len(gateway.texts) - 1  # the one that proved the number counts too
    for _ in range(20):
        ask(client)
    assert len(gateway.texts) - before == 3
    assert enter(client, gateway.code()) == 302
    later(timedelta(minutes=15) - EDGE)
    ask(signed_out(client))
    assert len(gateway.texts) - before == 3
    later(EDGE)
    ask(client)
    assert len(gateway.texts) - before == 4


def test_ten_a_day(gateway: FakeGateway, later: Later) -> None:
    client = known(gateway)
    for _ in range(40):
        later(timedelta(minutes=10))
        ask(client)
    assert len(gateway.texts) == 10
    later(DAY)
    ask(client)
    assert len(gateway.texts) == 11


@pytest.mark.parametrize(
    ("sent", "more"),
    [
        (Sent(0, 0, 0, 0, 0, 0), True),
        (Sent(2, 4, 9, 4, 14, 599), True),
        (Sent(3, 4, 9, 4, 14, 599), False),
        (Sent(2, 5, 9, 4, 14, 599), False),
        (Sent(2, 4, 10, 4, 14, 599), False),
        (Sent(2, 4, 9, 5, 14, 599), False),
        (Sent(2, 4, 9, 4, 15, 599), False),
        (Sent(2, 4, 9, 4, 14, 600), False),
    ],
)
def test_each_limit_has_its_edge(sent: Sent, more: bool) -> None:
    """Of a device, an account, an account's day, a number, its day, everybody's hour."""
    assert may_send(sent, 600) is more


def test_the_installation_sends_no_more_than_the_operator_pays_for(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    client = known(gateway)
    monkeypatch.setenv("SUKSALA_SMS_PER_HOUR", "2")
    settings.forget()
    for _ in range(3):
        ask(client)
    assert len(gateway.texts) == 2  # the one that proved the number is one of them


def test_asking_is_counted_by_address(gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whether anybody is bound or not; and so is typing."""
    monkeypatch.setattr(ways_in, "LIMITS", {**ways_in.LIMITS, "sms-ask": "2/5m/ip", "sms": "2/5m/ip"})
    client = known(gateway)
    for one in (browser(), client):
        ask(one)
    for one in (browser(), client):
        answer = one.post("/signin/sms")
        assert (answer.status_code, answer.headers["Retry-After"]) == (429, "300")
    assert [enter(browser(), "1") for _ in range(3)] == [422, 422, 429]
    assert enter(client, gateway.code()) == 429


# ---- what is kept ---------------------------------------------------------------------------------------------------


def test_only_keyed_digests_are_kept(gateway: FakeGateway) -> None:
    """Of a code under its request, so that equal codes of two look unlike; of the request, the device."""
    assert code_digest(b"a", "123456") != code_digest(b"b", "123456")
    client = known(gateway)
    ask(client)
    kept = str(database.rows("SELECT * FROM signin_sms_code")) + str(database.rows("SELECT * FROM signin_sms"))
    [shown] = [one.value for name, one in client.cookies.items() if "suksala_sms" in name]
    assert gateway.code() not in kept
    assert shown not in kept
    [name] = [name for name in client.cookies if "suksala_sms" in name]
    cookie = client.cookies[name]
    assert (cookie["httponly"], cookie["secure"], cookie["samesite"]) == (True, True, "Strict")


def test_codes_are_six_digits_and_differ(gateway: FakeGateway) -> None:
    found = {new_code() for _ in range(200)}
    assert all(len(code) == 6 and code.isdigit() for code in found)
    assert len(found) > 190


@pytest.mark.django_db(transaction=True)
def test_a_code_that_comes_twice_at_once_is_good_once(gateway: FakeGateway) -> None:
    """From two processes in the same moment: one is in, the other refused."""
    client = known(gateway)
    ask(client)
    code, start = gateway.code(), threading.Barrier(2)

    def come(_: int) -> int:
        one = browser()
        one.cookies.load({name: cookie.value for name, cookie in client.cookies.items()})
        try:
            start.wait()
            return enter(one, code)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(come, range(2))) == [302, 422]


@pytest.mark.django_db(transaction=True)
def test_tries_are_counted_over_all_processes(gateway: FakeGateway) -> None:
    """Ten at once with wrong codes, and the right one is not looked at any more."""
    client = known(gateway)
    ask(client)
    right = gateway.code()
    wrong = [code for code in (f"{n:06}" for n in range(11)) if code != right][:10]

    def come(code: str) -> int:
        one = browser()
        one.cookies.load({name: cookie.value for name, cookie in client.cookies.items()})
        try:
            return enter(one, code)
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as many:
        assert list(many.map(come, wrong)) == [422] * 10
    assert enter(client, right) == 422
    assert database.rows("SELECT tries::int FROM signin_sms_code WHERE kind = 'sign-in'") == [(5,)]


@pytest.mark.django_db(transaction=True)
def test_requests_at_once_send_no_more_than_one_after_another(gateway: FakeGateway) -> None:
    """They wait for each other and count what was sent."""
    client = known(gateway)

    def come(_: int) -> int:
        one = browser()
        one.cookies.load({name: cookie.value for name, cookie in client.cookies.items()})
        try:
            return one.post("/signin/sms").status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as many:
        assert list(many.map(come, range(10))) == [302] * 10
    assert database.rows("SELECT count(*) FROM signin_sms") == [(3,)]


def test_a_browser_shows_eight_accounts_at_most() -> None:
    """A jar of a thousand cookies costs no thousand digests."""
    request = browser().get("/signin").wsgi_request
    request.COOKIES.update({f"__Host-suksala_device_{n}": str(n) for n in range(1000)})
    request.COOKIES.update({f"suksala_device_{n}": str(n) for n in range(1000)})
    assert len(devices.shown_digests(request)) == devices.MOST_SHOWN == 8


def test_an_account_without_a_number_gets_nothing(gateway: FakeGateway) -> None:
    """An account that left no number gets nothing, on its own settled device."""
    client, _ = telephone(signin.enrol_citizen(mali(), by=clerk()))
    ask(signed_out(client))
    assert (gateway.raw, enter(client, "000000")) == ([], 422)
