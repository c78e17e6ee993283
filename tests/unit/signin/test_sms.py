"""Text messages: what they say, how they are handed over to a gateway that misbehaves, what is kept of them (T12, T19;
security plan 0.9).
"""

from __future__ import annotations

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from suksala import signin
from suksala.consent.grants_notices import TEXT
from suksala.foundation import clock, database, keys, reaching, secret_files, settings, ticks
from suksala.foundation.settings import BadGateway
from suksala.operations import doctor
from suksala.signin import sms, sms_gateway, sms_storage
from suksala.signin.sms_rules import (
    LONGEST,
    NEWS_LIVES,
    TEXTS,
    Kind,
    NotANumber,
    international,
    mobile,
    pause,
    words_of,
)
from tests.sms_gateway import TOKEN, FakeGateway
from tests.unit.exchange.test_webhook_safety import is_ours
from tests.unit.signin.sms_people import NUMBER, OTHER_NUMBER, citizen, gateway, keep, with_number
from tests.unit.signin.test_citizens import Later, browser, clerk, later, mali, press, telephone

__all__ = ["gateway", "later"]
pytestmark = pytest.mark.django_db

REFUSED = "address-not-allowed"


def waiting() -> list[tuple[object, ...]]:
    """Texts that still have their words: kind, tries, whether they have a number."""
    return database.rows(
        "SELECT kind, tries::int, number IS NOT NULL FROM signin_sms WHERE words IS NOT NULL ORDER BY id"
    )


# ---- what they say --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("text", [*TEXTS.values(), TEXT])
def test_each_fits_one_sms_and_says_nothing_of_anybody(text: str) -> None:
    """70 characters of UCS-2; no word of illness, of a name, of a place, no link that could be imitated."""
    said = text.format(code="000000")
    assert len(said) <= LONGEST == 70
    assert all(ord(letter) < 0x10000 for letter in said)
    assert not re.search(r"โรค|ยา|ผล|แพทย์|โรงพยาบาล|คลินิก|รพ\.|นาย|นาง|คุณ|http|www|\.go\.th", said)


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("000-415-2635", "0004152635"),
        ("๐๐๐ ๔๑๕ ๒๖๓๕", "0004152635"),
        ("+66 004 152 635", "0004152635"),
        ("  0004152635 ", "0004152635"),
        ("081-234-5678", "0812345678"),  # a real person may have what a register takes for a placeholder
        ("089-999-9999", "0899999999"),
    ],
)
def test_a_number_is_read_however_it_was_typed(typed: str, number: str) -> None:
    assert mobile(typed) == number
    assert international(number) == f"+66{number[1:]}"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "02-280-3432",
        "12345",
        "00012345678901",
        "+1 212 555 0100",
        "+882 16 123456",
        "0212345670",
        "0100000123",
        "0400000123",
        "เบอร์ฉัน",
        "0" * 5000,
    ],
)
def test_what_is_no_thai_mobile_number_is_refused(typed: str) -> None:
    """Houses take no text; abroad somebody may earn by them (SMS pumping)."""
    with pytest.raises(NotANumber):
        mobile(typed)


# ---- handing over ---------------------------------------------------------------------------------------------------


def asked_for(gateway: FakeGateway, status: int = 200) -> None:
    """A text waits; the gateway answers so from now on."""
    client, _ = telephone(signin.enrol_citizen(mali(), by=clerk()))
    assert client.post("/account/telephone", {"number": NUMBER}).status_code == 302
    gateway.status = status


def test_a_text_is_handed_over_signed_with_our_secret_and_is_gone_then(gateway: FakeGateway) -> None:
    """Number, words and a name by which the gateway knows it again; the signature is that of our other messages."""
    asked_for(gateway)
    assert sms.send_due() == 1
    [(headers, body)] = gateway.raw
    sent = json.loads(body)
    assert sent == {"id": sent["id"], "to": "+66004152635", "text": words_of(Kind.NUMBER, gateway.code())}
    assert (headers["Authorization"], headers["Webhook-Id"]) == (f"Bearer {TOKEN}", sent["id"])
    assert is_ours(headers, body)
    assert not is_ours(headers, body + b" ")
    assert (waiting(), sms.send_due()) == ([], 0)


def test_nothing_of_a_text_stands_in_a_table_or_a_log(gateway: FakeGateway) -> None:
    """Sealed while it waits, and gone once it is sent."""
    with capture_logs() as logs:
        asked_for(gateway, status=500)
        sms.send_due()
    code = json.loads(gateway.raw[-1][1])["text"][8:14]
    [(number, words)] = database.rows("SELECT number, words FROM signin_sms")
    assert (keys.unseal(number), code in keys.unseal(words)) == (NUMBER, True)
    kept = "".join(str(database.rows(f"SELECT * FROM {name}")) for name in ("signin_sms", "signin_sms_code", "audit"))
    assert [one for one in (NUMBER, "66004152635", code, TOKEN) if one in kept + str(logs)] == []
    assert [(log["event"], log["status"], log["kind"]) for log in logs] == [("sms.not-sent", "answered-500", "number")]


@pytest.mark.parametrize("status", [500, 503, 301, 302, 307, 401, 408, 429])
def test_a_gateway_that_fails_is_tried_again_after_pauses_that_grow(
    gateway: FakeGateway, later: Later, status: int
) -> None:
    """2 s, 4 s, 8 s ... and no redirect is followed; what it was handed bears one name; then it takes the text."""
    asked_for(gateway, status)
    tried = []
    for _ in range(16):
        sms.send_due()
        tried.append(len(gateway.raw))
        later(timedelta(seconds=1))
    assert [tried.index(n) for n in range(1, 5)] == [0, 2, 6, 14]
    gateway.status = 200
    later(timedelta(seconds=30))
    assert (sms.send_due(), waiting()) == (1, [])
    assert len({headers["Webhook-Id"] for headers, _ in gateway.raw}) == 1


def test_the_pause_is_never_longer_than_a_quarter_of_an_hour() -> None:
    assert [pause(n).total_seconds() for n in (0, 1, 8, 9, 10_000)] == [2, 4, 512, 900, 900]


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_text_that_the_gateway_will_never_take_is_given_up(gateway: FakeGateway, status: int) -> None:
    """Once; number and words are gone, and it stands in nobody's way."""
    asked_for(gateway, status)
    sms.send_due()
    assert (len(gateway.raw), waiting()) == (1, [])
    assert database.rows("SELECT sent_at FROM signin_sms") == [(None,)]


def test_a_code_that_could_not_be_sent_is_given_up_when_it_is_over(gateway: FakeGateway, later: Later) -> None:
    """To the moment: after five minutes nothing is sent, and what was sealed is gone."""
    asked_for(gateway, status=500)
    sms.send_due()
    gateway.status = 200
    later(timedelta(minutes=5))
    with capture_logs() as logs:
        assert sms.send_due() == 0
    assert (waiting(), gateway.texts) == ([], [])
    assert [(log["event"], log["count"]) for log in logs] == [("sms.given-up", 1)]


def test_a_gateway_that_answers_a_letter_a_second_holds_nobody(
    gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole has a deadline, not each reading alone; it is tried again."""
    assert reaching.DEADLINE == 10.0
    monkeypatch.setattr(reaching, "DEADLINE", 0.3)
    asked_for(gateway)
    gateway.drip = 0.05
    with capture_logs() as logs:
        assert sms.send_due() == 0
    assert [log["status"] for log in logs] == ["timeout"]
    assert waiting() == [("number", 1, True)]


def test_a_gateway_that_is_down_keeps_nothing_from_anybody(gateway: FakeGateway) -> None:
    """Pages go on, other ways in too; the text waits, and after one failure the others are not tried at once."""
    asked_for(gateway)
    gateway.shutdown()
    gateway.server_close()
    client = browser()
    with capture_logs() as logs:
        assert sms.send_due() == 0
    assert [log["status"] for log in logs] == ["unreachable"]
    assert client.get("/signin").status_code == 200
    assert client.post("/signin/sms").status_code == 302
    assert waiting() == [("number", 1, True)]


def test_what_is_over_first_goes_first_and_a_failure_ends_the_round(gateway: FakeGateway, later: Later) -> None:
    """A code before news; a gateway that fails is left alone until the next time."""
    client, phone = with_number(gateway)
    keep(client, gateway, OTHER_NUMBER)  # the former number is told
    sms.send_due()
    press(browser(), phone)  # a new device: news
    later(timedelta(minutes=16))
    assert client.post("/signin/sms").status_code == 302  # a code
    assert [kind for kind, _, _ in waiting()] == ["device", "sign-in"]
    gateway.status = 500
    before = len(gateway.raw)
    sms.send_due()
    assert len(gateway.raw) == before + 1
    gateway.status = 200
    later(timedelta(seconds=2))
    assert sms.send_due() == 2
    assert [json.loads(body)["text"][:7] for _, body in gateway.raw[-2:]] == ["Suksala", TEXTS[Kind.DEVICE][:7]]


def test_who_was_killed_after_handing_over_does_it_once_more_under_the_same_name(
    gateway: FakeGateway, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that a gateway that keeps names sends one text."""
    asked_for(gateway)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as moment:
        moment.setattr(sms_storage, "done", killed)
        with pytest.raises(KeyboardInterrupt):
            sms.send_due()
    assert sms.send_due() == 0
    later(timedelta(seconds=2))
    assert sms.send_due() == 1
    first, again = [headers["Webhook-Id"] for headers, _ in gateway.raw]
    assert first == again


def test_that_a_text_was_sent_is_forgotten_after_a_day(gateway: FakeGateway, later: Later) -> None:
    """It counts for the limits until then."""
    with_number(gateway)
    later(timedelta(days=1) - timedelta(microseconds=1))
    sms.send_due()
    assert database.rows("SELECT count(*) FROM signin_sms") == [(1,)]
    later(timedelta(microseconds=1))
    sms.send_due()
    assert database.rows("SELECT count(*) FROM signin_sms") == [(0,)]
    assert database.rows("SELECT count(*) FROM signin_sms_code") == [(1,)]
    later(timedelta(minutes=5))
    sms.send_due()
    assert database.rows("SELECT count(*) FROM signin_sms_code") == [(0,)]


def test_a_chore_hands_them_over_every_second() -> None:
    """Not a job: a job waits behind an import of minutes."""
    [chore] = [one for one in ticks.registered() if one.name == "signin.sms"]
    assert chore.seconds == 1.0


# ---- the operator's settings ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "token", "says"),
    [
        ("http://sms.example/send", TOKEN, "https"),
        ("sms.example", TOKEN, "https"),
        ("https://sms.example/send 10.0.0.1/8", TOKEN, "network"),
        ("https://sms.example/send", "", "SUKSALA_SMS_TOKEN_FILE"),
    ],
)
def test_a_gateway_without_tls_or_secret_is_refused(
    monkeypatch: pytest.MonkeyPatch, address: str, token: str, says: str
) -> None:
    """At the start, in both languages, without what was written."""
    monkeypatch.setenv("SUKSALA_SMS_GATEWAY", address)
    monkeypatch.setenv("SUKSALA_SMS_TOKEN", token)
    settings.forget()
    with pytest.raises(BadGateway, match="SKL-SET-013") as caught:
        settings.current()
    assert says in caught.value.en
    assert "sms.example/send " not in caught.value.th + caught.value.en


def test_a_gateway_of_an_inner_network_names_it(gateway: FakeGateway, monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads inside reaches nothing, unless the operator wrote the network behind it (T19)."""
    for network, status in (
        ("", "address-not-allowed"),
        (" 10.0.0.0/8", "address-not-allowed"),
        (" 127.0.0.0/8", None),
    ):
        monkeypatch.setenv("SUKSALA_SMS_GATEWAY", gateway.address.replace("127.0.0.1", "localhost") + network)
        settings.forget()
        monkeypatch.setattr(
            reaching.socket, "getaddrinfo", lambda *_, **__: [(2, 1, 6, "", ("127.0.0.1", gateway.server_port))]
        )
        assert sms_gateway.hand_over("sms-1", NUMBER, "x") == status
    assert len(gateway.texts) == 1


def test_without_a_gateway_there_is_nothing_of_it(later: Later) -> None:
    """No page, no word on the others, no text that waits; what others cause asks for none."""
    client, phone = telephone(signin.enrol_citizen(mali(), by=clerk()))
    for address in ("/signin/sms", "/signin/sms/code", "/account/telephone", "/account/telephone/code"):
        assert client.get(address).status_code == 404
        assert client.post(address, {"code": "000000", "number": NUMBER}).status_code in (404, 405)
    for address in ("/signin", "/account/", "/me/"):
        assert "SMS" not in client.get(address).content.decode().replace("LINE/SMS", "")
    press(browser(), phone)
    sms.tell_owner([citizen().person or 0], TEXT, "notice-1")
    assert (sms.send_due(), database.rows("SELECT count(*) FROM signin_sms")) == (0, [(0,)])


def test_the_operator_is_told_how_texts_go(gateway: FakeGateway, later: Later) -> None:
    asked_for(gateway, status=500)
    sms.send_due()
    assert (signin.sms_state().failing, signin.sms_state().sent, signin.sms_state().codes) == (1, 0, 1)
    gateway.status = 200
    later(timedelta(minutes=1))
    sms.send_due()
    assert (signin.sms_state().failing, signin.sms_state().sent, signin.sms_state().codes) == (0, 1, 1)
    later(timedelta(hours=1))
    assert signin.sms_state().codes == 0


def test_the_doctor_tells_of_texts_that_fail_and_of_too_many_codes(
    gateway: FakeGateway, later: Later, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In both languages, without a number; and that there is none."""
    asked_for(gateway, status=500)
    sms.send_due()
    failing = doctor._texts()
    assert (failing.verdict, failing.found) == (
        doctor.Verdict.WARN,
        "1 wait after a try that failed, 0 sent within a day",
    )
    gateway.status = 200
    later(timedelta(minutes=1))
    sms.send_due()
    assert (doctor._texts().verdict, doctor._texts().found) == (
        doctor.Verdict.OK,
        "0 wait after a try that failed, 1 sent within a day",
    )
    monkeypatch.setenv("SUKSALA_SMS_PER_HOUR", "1")
    settings.forget()
    assert doctor._texts().found == "1 codes within an hour, 1 at most"
    assert "SUKSALA_SMS_PER_HOUR" in doctor._texts().th
    monkeypatch.delenv("SUKSALA_SMS_GATEWAY")
    settings.forget()
    assert doctor._texts().verdict is doctor.Verdict.OK


def test_the_secret_comes_from_a_file(tmp_path: Path) -> None:
    """As others do: closed to other users."""
    file = tmp_path / "sms-token"
    file.write_text(f"{TOKEN}\n")
    file.chmod(0o400)
    env = {"SUKSALA_SMS_TOKEN_FILE": str(file)}
    secret_files.read_into(env)
    assert env["SUKSALA_SMS_TOKEN"] == TOKEN
    assert TOKEN not in repr(settings.current())


def test_news_are_over_after_a_day(gateway: FakeGateway) -> None:
    """What is told without a code may come later than a code."""
    _, phone = with_number(gateway)
    press(browser(), phone)
    [(until,)] = database.rows("SELECT until FROM signin_sms WHERE kind = 'device'")
    assert until == clock.now() + NEWS_LIVES == clock.now() + timedelta(hours=24)
