"""Ways in: an enrolment code makes a first passkey, a passkey signs in, a password only together with a code.

Refusals are all one answer and keep nothing but the fact of a refusal (security section 3, T05, T12; bad inputs 6).
"""

from __future__ import annotations

import json
import re
import statistics
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from allauth.mfa.models import Authenticator as Kept
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from django.core.cache import cache
from django.db import connection
from django.http import HttpResponse
from django.test import Client

from suksala import audit, registry, signin
from suksala.foundation import clock, database, settings
from suksala.signin.models import Account
from suksala.signin.password_rules import is_guessable, known_words
from suksala.signin.passwords import Argon2idHasher
from tests.authenticator import Authenticator

pytestmark = pytest.mark.django_db

BY = "system:operator"
PASSWORD = "ช้างม้าวัวควายสี่ตัว ๑๒๓"


@pytest.fixture(autouse=True)
def hospital(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """One facility; not in demo mode; no try counted yet."""
    monkeypatch.delenv("SUKSALA_DEMO", raising=False)
    settings.forget()
    registry.forget_cache()
    database.execute(
        "INSERT INTO registry_facility (hospcode, name_th, name_en, kind, province, district, subdistrict, network) "
        "VALUES ('99801', 'ก', 'A', 'hospital', '19', '1901', '', '') ON CONFLICT DO NOTHING"
    )
    cache.clear()
    yield
    cache.clear()
    settings.forget()


def joiner(login: str = "somchai.k", role: str = "clinician") -> str:
    """A new colleague's enrolment code."""
    return signin.add_account(
        login, role=role, display_th="นพ.สมชาย สมมติ", display_en="Somchai", facility="99801", actor=BY
    )


def browser() -> Client:
    """A browser at https://localhost, so that a passkey may be used and cookies are secure."""
    return Client(headers={"host": "localhost"}, SERVER_NAME="localhost", **{"wsgi.url_scheme": "https"})  # type: ignore[arg-type]


def device(**changes: Any) -> Authenticator:
    """A telephone that sees this page."""
    return Authenticator(origin="https://localhost", **changes)


def enrolled(phone: Authenticator, login: str = "somchai.k") -> Client:
    """A colleague who joined and made a passkey on their telephone."""
    client = browser()
    assert client.post("/signin/code", {"code": joiner(login)}).headers["Location"] == "/account/passkeys/add"
    made = phone.make(client.get("/account/passkeys/options").json())
    assert (
        client.post("/account/passkeys/add", {"credential": made, "name": "โทรศัพท์"}).headers["Location"] == "/account/"
    )
    return client


def press(client: Client, phone: Authenticator, **changes: Any) -> HttpResponse:
    """Sign in with the telephone's passkey."""
    signed = phone.use(client.get("/signin/options").json(), **changes)
    return client.post("/signin/passkey", {"credential": signed})


def kinds(prefix: str = "signin.") -> list[str]:
    """What the log says, oldest first."""
    return [k for (k,) in database.rows("SELECT kind FROM audit WHERE kind LIKE %s ORDER BY seq", [f"{prefix}%"])]


def is_in(client: Client) -> bool:
    """Whether the browser's next page is a signed-in reader's."""
    return bool(client.get("/care/").status_code == 200)


def test_from_joining_to_signing_in_with_a_passkey() -> None:
    """The code is good for a passkey only, once; the passkey opens the work, and every step is in the log."""
    phone, code = device(), joiner()
    client = browser()
    assert client.post("/signin/code", {"code": f" {code.lower()} "}).status_code == 302
    assert client.get("/care/").headers["Location"] == "/account/passkeys/add"  # not before there is a passkey
    made = phone.make(client.get("/account/passkeys/options").json())
    client.post("/account/passkeys/add", {"credential": made, "name": "โทรศัพท์"})
    assert is_in(client)
    assert "โทรศัพท์" in client.get("/account/").content.decode()
    client.post("/sign-out")
    assert not is_in(client)
    assert press(client, phone).headers["Location"] == "/care/"
    assert is_in(client)
    told = [
        "account-added",
        "enrolment",
        "enrolment-used",
        "session",
        "passkey-added",
        "step-up",
        "session-ended",
        "session",
    ]
    assert kinds() == [f"signin.{kind}" for kind in told]
    assert browser().post("/signin/code", {"code": code}).status_code == 422


def test_options_ask_the_device_to_verify_its_user() -> None:
    """A passkey that is found without a name, and a finger, a face or a PIN each time."""
    client = browser()
    client.post("/signin/code", {"code": joiner()})
    made = client.get("/account/passkeys/options").json()["publicKey"]
    assert made["authenticatorSelection"]["residentKey"] == "required"
    assert made["authenticatorSelection"]["userVerification"] == "required"
    assert made["rp"]["id"] == "localhost"
    assert browser().get("/signin/options").json()["publicKey"]["userVerification"] == "required"


def bad_answers(phone: Authenticator, options: dict[str, Any]) -> dict[str, str]:
    """What no honest device sends."""
    good = json.loads(phone.use(options))
    other_key = Authenticator(origin=phone.origin, identifier=phone.identifier, handle=phone.handle)
    return {
        "no user verification": Authenticator(
            origin=phone.origin,
            verifies=False,
            key=phone.key,
            identifier=phone.identifier,
            handle=phone.handle,
            counter=9,
        ).use(options),
        "another page": Authenticator(
            origin="https://evil.example", key=phone.key, identifier=phone.identifier, handle=phone.handle, counter=9
        ).use(options),
        "another site": phone.use(options, rpId="evil.example"),
        "another challenge": phone.use(options, challenge="AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"),
        "another key": other_key.use(options),
        "another account": phone.use(options, handle="OTk5OTk5"),
        "an account that cannot be": phone.use(options, handle="OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5"),
        "no account": phone.use(options, handle=""),
        "a counter that went back": Authenticator(
            origin=phone.origin, key=phone.key, identifier=phone.identifier, handle=phone.handle, counter=0
        ).use(options),
        "cut signature": json.dumps({**good, "response": {**good["response"], "signature": "MEQ"}}),
        "cut data": json.dumps({**good, "response": {**good["response"], "authenticatorData": "AAAA"}}),
        "numbers": json.dumps({**good, "response": {**good["response"], "clientDataJSON": 7}}),
        "no response": json.dumps({"id": good["id"], "rawId": good["rawId"], "type": "public-key"}),
        "a list": "[1]",
        "no JSON": "{",
        "deep": "[" * 10_000,
        "nothing": "",
        "long": "x" * 30_000,
        "NUL": json.dumps({**good, "id": "\0"}),
    }


def test_what_no_honest_device_sends_signs_nobody_in() -> None:
    """One answer for all of it, byte for byte, and a fact each; the good answer works after them."""
    phone = device()
    enrolled(phone)
    client = browser()
    before = len(kinds())
    seen = set()
    cases = bad_answers(phone, client.get("/signin/options").json())
    for name, answer in cases.items():
        refused = client.post("/signin/passkey", {"credential": answer})
        assert refused.status_code == 422, name
        assert not is_in(client), name
        seen.add(plain(refused))
    assert len(seen) == 1
    assert set(kinds()[before:]) == {"signin.refused"}
    assert len(kinds()) - before == len(cases)
    assert press(client, phone).status_code == 302


def plain(answer: HttpResponse) -> str:
    """A page without its form tokens."""
    return re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", answer.content.decode())


def test_a_signed_challenge_is_good_once() -> None:
    """Replayed in the same browser, or in another, it opens nothing."""
    phone = device()
    enrolled(phone)
    client, other = browser(), browser()
    signed = phone.use(client.get("/signin/options").json())
    other.get("/signin/options")
    assert other.post("/signin/passkey", {"credential": signed}).status_code == 422
    assert client.post("/signin/passkey", {"credential": signed}).status_code == 302
    client.post("/sign-out")
    assert client.post("/signin/passkey", {"credential": signed}).status_code == 422


def test_a_passkey_belongs_to_one_account() -> None:
    """The same credential cannot be made again by somebody else, who would then be taken for its owner."""
    phone = device()
    enrolled(phone)
    client = browser()
    client.post("/signin/code", {"code": joiner("malee.j")})
    made = phone.make(client.get("/account/passkeys/options").json())
    assert client.post("/account/passkeys/add", {"credential": made, "name": "x"}).status_code == 422
    assert not is_in(client)


def test_a_passkey_without_user_verification_is_not_kept() -> None:
    """A touch alone proves that somebody is there, not who."""
    client = browser()
    client.post("/signin/code", {"code": joiner()})
    made = device(verifies=False).make(client.get("/account/passkeys/options").json())
    assert client.post("/account/passkeys/add", {"credential": made, "name": "x"}).status_code == 422
    assert Kept.objects.count() == 0


def test_the_last_way_in_is_never_taken_away() -> None:
    """One of two passkeys may go; the other stays, and another account's is like none."""
    first, second = device(), device()
    client = enrolled(first)
    client.post(
        "/account/passkeys/add",
        {"credential": second.make(client.get("/account/passkeys/options").json()), "name": "แท็บเล็ต"},
    )
    other = enrolled(device(), "malee.j")
    one, two = (k.pk for k in Kept.objects.filter(user__login="somchai.k").order_by("pk"))
    assert other.post(f"/account/passkeys/{one}/remove").status_code == 404
    assert client.post(f"/account/passkeys/{one}/remove").status_code == 302
    assert client.post(f"/account/passkeys/{two}/remove").status_code == 404
    assert Kept.objects.filter(user__login="somchai.k").count() == 1
    assert press(browser(), first).status_code == 422
    assert press(browser(), second).status_code == 302


def test_ways_in_are_changed_by_a_fresh_proof_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Six minutes after the passkey was made the page asks again; nothing was changed."""
    phone = device()
    client = enrolled(phone)
    later = clock.now() + timedelta(minutes=6)
    monkeypatch.setattr(clock, "now", lambda: later)
    for address in (
        "/account/passkeys/add",
        "/account/password",
        "/account/passkeys/1/remove",
        "/account/password/drop",
    ):
        assert client.post(address).headers["Location"].startswith("/account/prove/"), address
    signed = phone.use(client.get("/account/prove/options").json())
    before = client.session.session_key
    assert client.post("/account/prove/passkey", {"credential": signed, "next": "/account/password"}).status_code == 302
    assert client.session.session_key != before
    assert client.get("/account/password").status_code == 200
    assert kinds()[-1] == "signin.step-up"


def test_another_persons_passkey_does_not_prove_who_sits_here() -> None:
    """Though it is a good one."""
    phone, theirs = device(), device()
    client = enrolled(phone)
    enrolled(theirs, "malee.j")
    signed = theirs.use(client.get("/account/prove/options").json())
    assert client.post("/account/prove/passkey", {"credential": signed}).status_code == 422
    assert kinds()[-1] == "signin.refused"


def code_of(secret: str, step: int = 0) -> str:
    """What the app shows, now or some half minutes later."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + step)))


def with_password(client: Client) -> tuple[str, list[str]]:
    """Set a password and an app; the app's secret and the recovery codes."""
    page = client.get("/account/password").content.decode()
    secret = re.findall(r'<span class="skl-mono" lang="en">(\w+)</span>', page)[0]
    done = client.post("/account/password", {"password": PASSWORD, "code": code_of(secret)})
    assert done.status_code == 200
    return secret, re.findall(r"<li>(\d{4}-\d{4}-\d{4})</li>", done.content.decode())


def enter(client: Client, login: str, password: str, code: str) -> HttpResponse:
    """Send the form of name, password and code."""
    return client.post("/signin/password", {"login": login, "password": password, "code": code})


def test_a_password_opens_only_together_with_a_code() -> None:
    """A code of the app is good once; each of ten recovery codes once; kept as Argon2id, secrets sealed."""
    secret, codes = with_password(enrolled(device()))
    assert len(codes) == 10
    assert Account.objects.get(login="somchai.k").password.startswith("argon2id$argon2id$v=19$m=19456,t=2,p=1$")
    assert secret not in str(database.rows("SELECT data::text FROM mfa_authenticator"))
    assert [kind for (kind,) in database.rows("SELECT type FROM mfa_authenticator ORDER BY 1")] == ["totp", "webauthn"]
    client, code = browser(), code_of(secret, 1)
    assert enter(client, "somchai.k", PASSWORD, "").status_code == 422
    assert enter(client, "somchai.k", PASSWORD, code).headers["Location"] == "/care/"
    assert enter(browser(), "somchai.k", PASSWORD, code).status_code == 422
    assert enter(browser(), "somchai.k", PASSWORD, codes[0]).status_code == 302
    assert enter(browser(), "somchai.k", PASSWORD, codes[0]).status_code == 422


def test_a_code_of_the_app_is_good_once_for_as_long_as_it_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half a minute later it would still count for a slow clock; used, neither it nor an earlier one does. The code
    that set the app up is used too.
    """
    began = time.time()
    monkeypatch.setattr(time, "time", lambda: began)
    client = enrolled(device())
    secret, _ = with_password(client)
    code, earlier = code_of(secret, 1), code_of(secret)
    assert enter(browser(), "somchai.k", PASSWORD, earlier).status_code == 422
    assert enter(browser(), "somchai.k", PASSWORD, f"{code[:3]} {code[3:]}").status_code == 302
    monkeypatch.setattr(time, "time", lambda: began + 30)
    assert [enter(browser(), "somchai.k", PASSWORD, one).status_code for one in (code, earlier)] == [422, 422]
    assert enter(browser(), "somchai.k", PASSWORD, code_of(secret, 1)).status_code == 302


def test_recovery_codes_are_kept_as_slow_digests_only() -> None:
    """Argon2id under a salt of 16 random bytes; twelve digits each. What is kept tells no code (V6.5.2)."""
    _, codes = with_password(enrolled(device()))
    kept = database.rows("SELECT salt, digest FROM signin_recovery")
    assert len({bytes(digest) for _, digest in kept}) == len(set(codes)) == 10
    assert {(len(salt), len(digest)) for salt, digest in kept} == {(16, 32)}
    digits = codes[0].replace("-", "")
    slow = Argon2id(salt=bytes(kept[0][0]), length=32, iterations=2, lanes=1, memory_cost=19_456).derive(
        digits.encode()
    )
    assert slow in {bytes(digest) for _, digest in kept}
    elsewhere = str(database.rows("SELECT data::text FROM mfa_authenticator UNION SELECT detail::text FROM audit"))
    assert not any(code in elsewhere or code.replace("-", "") in elsewhere for code in codes)


def test_recovery_codes_run_out_and_end_with_the_password() -> None:
    """However they are typed; the account's page says how many are left; none outlives the password."""
    client = enrolled(device())
    _, codes = with_password(client)
    typed = [codes[0].replace("-", ""), codes[1].replace("-", " ")]
    assert [enter(browser(), "somchai.k", PASSWORD, one).status_code for one in typed] == [302, 302]
    assert "เหลือรหัสสำรอง 8 รหัส" in client.get("/account/").content.decode()
    client.post("/account/password/drop")
    assert database.rows("SELECT 1 FROM signin_recovery") == []


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("kind", ["recovery code", "code of the app"])
def test_a_code_that_comes_twice_at_once_is_good_once(kind: str) -> None:
    """From two browsers in the same moment: one is in, the other refused."""
    secret, codes = with_password(enrolled(device()))
    code, start = codes[0] if kind == "recovery code" else code_of(secret, 1), threading.Barrier(2)

    def come(_: int) -> int:
        try:
            start.wait()
            return enter(browser(), "somchai.k", PASSWORD, code).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as both:
        assert sorted(both.map(come, range(2))) == [302, 422]


def test_a_new_password_ends_the_other_sessions() -> None:
    """Who changes it may do so because somebody else is in (ASVS V7.4.3); the session that changed it goes on."""
    phone = device()
    client, elsewhere = enrolled(phone), browser()
    press(elsewhere, phone)
    assert is_in(elsewhere)
    with_password(client)
    assert (is_in(client), is_in(elsewhere)) == (True, False)
    assert client.post("/account/password/drop").status_code == 302
    assert is_in(client)
    assert not Account.objects.get(login="somchai.k").has_usable_password()


def test_a_wrong_password_does_not_use_a_recovery_code_up() -> None:
    """Otherwise who finds the slip could empty it."""
    _, codes = with_password(enrolled(device()))
    assert enter(browser(), "somchai.k", "wrong", codes[1]).status_code == 422
    assert enter(browser(), "somchai.k", PASSWORD, codes[1]).status_code == 302


@pytest.mark.parametrize(
    "password",
    [
        *("x" * 14, "1" * 20, "somchai.k.somchai", "กขคงจฉชซฌญ" * 25 + "กขคงจฉช", ""),
        *(
            "password1234567",
            "P4ssw0rd!P4ssw0rd!",
            "Hospital-Suksala-2569",
            "โรงพยาบาลสุขศาลา๑๒๓",
            "qwertyuiopasdfghjkl",
        ),
        *("นพ.สมชาย.สมมติ.2569", "dragon.......monkey", "passwordpasswordabc"),
    ],
    ids=[
        *("14 long", "digits", "like the login", "257 long", "empty"),
        *("common", "dressed up", "words of here", "Thai words of here", "rows of keys"),
        *("own name", "two common words", "three letters more"),
    ],
)
def test_a_weak_password_is_refused(password: str) -> None:
    """Fifteen characters are the least; nothing is kept."""
    client = enrolled(device())
    secret = re.findall(
        r'<span class="skl-mono" lang="en">(\w+)</span>', client.get("/account/password").content.decode()
    )[0]
    answer = client.post("/account/password", {"password": password, "code": code_of(secret)})
    assert answer.status_code == 422
    assert "อย่างน้อย 15" in answer.content.decode()
    assert not Account.objects.get(login="somchai.k").has_usable_password()


def test_fifteen_characters_are_enough() -> None:
    """Of any script."""
    client = enrolled(device())
    secret = re.findall(
        r'<span class="skl-mono" lang="en">(\w+)</span>', client.get("/account/password").content.decode()
    )[0]
    answer = client.post("/account/password", {"password": "กขคงจฉชซฌญฎฏฐฑฒ", "code": code_of(secret)})
    assert answer.status_code == 200


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "ช้างม้าวัวควายสี่ตัว",
        "passwordpasswordkmvt",
        "กขคงจฉชซฌญฏฐฑฒณ" * 4 + "ดตถท",
        "x7Kq " * 51,
    ],
    ids=["four words", "Thai words", "four letters beside a common word", "64 long", "255 long"],
)
def test_what_takes_long_to_guess_is_a_password(password: str) -> None:
    """Four words; any script; 64 characters and more (ASVS V6.2.9); one step beyond what is refused."""
    client = enrolled(device())
    page = client.get("/account/password").content.decode()
    [secret] = re.findall(r'<span class="skl-mono" lang="en">(\w+)</span>', page)
    assert client.post("/account/password", {"password": password, "code": code_of(secret)}).status_code == 200
    assert enter(browser(), "somchai.k", password[:-1], code_of(secret, 1)).status_code == 422
    assert enter(browser(), "somchai.k", password, code_of(secret, 1)).status_code == 302


def test_a_password_is_taken_apart_in_no_time() -> None:
    """The longest one, made of nothing but short known words, costs less than its hash."""
    known = known_words([a + b + c for a in "abcd" for b in "abcd" for c in "abcd"], ["somchai.k"])
    began = time.process_time()
    assert not is_guessable("abcdbcdacdabdabc" * 16, known)
    assert time.process_time() - began < 0.2


NUL_FORMS = {
    "/signin/password": {"login": "somchai.k", "password": "a\0b", "code": "1"},
    "/signin/code": {"code": "\0"},
    "/account/password": {"password": "a\0bcdefghijklmnopq", "code": "1"},
    "/account/passkeys/add": {"credential": "{}", "name": "a\0b"},
    "/account/prove/password": {"password": "\0", "code": "1"},
    "/care/": {"a\0": "b"},
}


@pytest.mark.parametrize("address", NUL_FORMS)
def test_a_form_with_a_byte_that_is_no_text_is_refused(address: str) -> None:
    """400 in both languages before anything was looked at: no try counted, no fact, nothing kept."""
    client = enrolled(device())
    before = (kinds(), Kept.objects.count())
    for answer in (client.post(address, NUL_FORMS[address]), client.get(address, NUL_FORMS[address])):
        assert answer.status_code == 400
        assert "Nothing was kept" in answer.content.decode()
    assert (kinds(), Kept.objects.count()) == before
    assert client.get("/signin/with/a%00b/").status_code == 400


@pytest.mark.parametrize("odd", ["\ud800", "a\0b"], ids=["half a character", "NUL"])
def test_a_passkey_that_holds_no_text_is_not_kept(odd: str) -> None:
    """Half a character or a NUL byte anywhere in what the browser made."""
    client = browser()
    client.post("/signin/code", {"code": joiner()})
    made = json.loads(device().make(client.get("/account/passkeys/options").json()))
    answer = client.post("/account/passkeys/add", {"credential": json.dumps({**made, "more": odd}), "name": "x"})
    assert answer.status_code == 422
    assert Kept.objects.count() == 0


def test_no_public_form_tells_whether_a_name_exists() -> None:
    """T05: unknown, known without a password, known with a wrong one, wrong code: one answer, byte for byte."""
    secret, _ = with_password(enrolled(device()))
    joiner("malee.j")
    answers = [
        enter(browser(), "nobody.x", PASSWORD, "123456"),
        enter(browser(), "malee.j", PASSWORD, "123456"),
        enter(browser(), "somchai.k", "wrong", code_of(secret, 1)),
        enter(browser(), "somchai.k", PASSWORD, "000000"),
        enter(browser(), "x" * 5000, "y" * 5000, "z" * 5000),
        enter(browser(), "", "", ""),
        browser().post("/signin/password"),
    ]
    assert {a.status_code for a in answers} == {422}
    assert len({plain(a) for a in answers}) == 1
    codes = ["AAAA-AAAA-AAAA", "x", "", "๑๒๓๔", "A" * 10_000]
    refused = [browser().post("/signin/code", {"code": code}) for code in codes]
    assert {a.status_code for a in refused} == {422}
    assert len({plain(a) for a in refused}) == 1


@pytest.mark.parametrize("code", ["123456", "1234-5678-9012"])
def test_an_unknown_name_takes_as_long_as_a_known_one(code: str) -> None:
    """Password and recovery code are hashed either way: the medians lie within a fifth (T05, security 5.7)."""
    with_password(enrolled(device()))
    taken: dict[str, list[float]] = {"somchai.k": [], "nobody.xx": []}
    for _ in range(9):
        for login, times in taken.items():
            cache.clear()
            began = time.process_time()
            enter(browser(), login, "a wrong password of some length", code)
            times.append(time.process_time() - began)
    known, unknown = (statistics.median(times) for times in taken.values())
    assert known == pytest.approx(unknown, rel=0.2)


def test_tries_are_counted_alike_for_known_and_unknown_names() -> None:
    """Five in five minutes for one name from anywhere; the sixth is not looked at, right or wrong."""
    secret, _ = with_password(enrolled(device()))
    for login in ("somchai.k", "nobody.x"):
        answers = [enter(browser(), login, "wrong", "1").status_code for _ in range(6)]
        assert answers == [422] * 5 + [429]
    late = enter(browser(), "SOMCHAI.K ", PASSWORD, code_of(secret, 1))
    assert (late.status_code, late.headers["Retry-After"]) == (429, "300")


def test_a_thousand_tries_from_one_place_confirm_nothing() -> None:
    """Of codes and of names: 20 and 60 are looked at in five minutes, whoever they name (T05)."""
    joiner()
    codes = [browser().post("/signin/code", {"code": f"AAAA-AAAA-{n:04}"}).status_code for n in range(30)]
    assert (codes.count(422), codes.count(429)) == (20, 10)
    names = [enter(browser(), f"name-{n}", "x", "1").status_code for n in range(65)]
    assert (names.count(422), names.count(429)) == (60, 5)


def test_a_code_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """After 24 hours, when another is made, and with the account."""
    first = joiner()
    second = signin.enrol_again("somchai.k", actor=BY)
    assert browser().post("/signin/code", {"code": first}).status_code == 422
    now = clock.now()
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(hours=24))
    assert browser().post("/signin/code", {"code": second}).status_code == 422
    monkeypatch.setattr(clock, "now", lambda: now + timedelta(hours=24) - timedelta(seconds=1))
    assert browser().post("/signin/code", {"code": second}).status_code == 302


def test_a_leaver_is_out_at_once_and_stays_out() -> None:
    """The open session ends with its next request; passkey, password and code open nothing any more."""
    phone = device()
    client = enrolled(phone)
    secret, _ = with_password(client)
    code = signin.enrol_again("somchai.k", actor=BY)
    assert is_in(client)
    assert signin.disable_account("somchai.k", actor=BY) == 1
    assert not is_in(client)
    assert press(browser(), phone).status_code == 422
    assert enter(browser(), "somchai.k", PASSWORD, code_of(secret, 1)).status_code == 422
    assert browser().post("/signin/code", {"code": code}).status_code == 422
    with pytest.raises(signin.AccountProblem):
        signin.enrol_again("somchai.k", actor=BY)
    assert kinds()[-4:] == ["signin.account-disabled", *["signin.refused"] * 3]


@pytest.mark.parametrize(
    ("login", "changes"),
    [
        ("So", {}),
        ("สมชาย", {}),
        ("a" * 64, {}),
        ("somchai", {"facility": "99999"}),
        ("somchai", {"facility": ""}),
        ("somchai", {"role": "district", "district": "๑๙๐๑"}),
        ("somchai", {"role": "citizen"}),
    ],
)
def test_an_account_that_cannot_be(login: str, changes: dict[str, str]) -> None:
    """Names of the log, places of the registry, roles of staff; nothing is made."""
    fields = {"role": "clinician", "display_th": "ก", "display_en": "A", "facility": "99801", **changes}
    with pytest.raises(signin.AccountProblem):
        signin.add_account(login, actor=BY, **fields)  # type: ignore[arg-type]
    assert Account.objects.count() == 0
    assert kinds() == []


def test_the_operators_list_tells_ways_in_and_never_a_secret() -> None:
    """By name; a taken name is refused."""
    with_password(enrolled(device()))
    joiner("aran.s", "steward")
    found = signin.account_states()
    assert [(a.login, a.role, a.passkeys, a.password, a.active) for a in found] == [
        ("aran.s", "steward", 0, False, True),
        ("somchai.k", "clinician", 1, True, True),
    ]
    with pytest.raises(signin.AccountProblem):
        joiner()
    with pytest.raises(signin.NoAccount):
        signin.disable_account("nobody", actor=BY)


def test_nothing_secret_is_in_the_log() -> None:
    """Neither codes nor passwords nor names that were only tried."""
    code = joiner()
    enter(browser(), "a-name-that-was-tried", "a-password-that-was-tried", "424242")
    browser().post("/signin/code", {"code": code})
    text = str(database.rows("SELECT kind, actor, detail::text FROM audit"))
    assert not re.search(rf"{code}|tried|424242", text)
    assert next(iter(audit.facts("signin.refused"))).actor == "system:signin"


def test_the_hasher_tells_wrong_from_right_and_old_from_new() -> None:
    """RFC 9106 in its PHC form; other figures are made anew at the next sign-in."""
    hasher = Argon2idHasher()
    kept = hasher.encode("correct horse battery", hasher.salt())
    assert hasher.verify("correct horse battery", kept)
    assert not hasher.verify("correct horse batterz", kept)
    assert not hasher.must_update(kept)
    assert hasher.must_update(kept.replace("t=2", "t=1"))


def test_a_name_is_counted_however_it_is_written() -> None:
    """Spaces around it and capitals give no further tries; with a NUL byte it is not looked at."""
    with_password(enrolled(device()))
    names = [" " * n + ("somchai.k", "SOMCHAI.K")[n % 2] for n in range(8)]
    answers = [enter(browser(), name, "wrong", "1").status_code for name in names]
    assert answers == [422] * 5 + [429] * 3
    assert enter(browser(), "som\0chai.k", "wrong", "1").status_code == 400
