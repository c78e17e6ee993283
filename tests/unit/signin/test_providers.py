"""ThaiD, Provider ID and a hospital's own provider, as documented and misbehaving, over HTTP on this machine."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from joserfc.jwk import ECKey, OctKey

from suksala import audit, identity, registry, signin
from suksala.foundation import clock, database, settings
from suksala.signin import oidc
from suksala.signin.models import Account
from suksala.signin.provider_rules import Asking, asked_at, is_recent, places, read_providers
from tests import people
from tests.identity_provider import API_KEY, CLIENT, SECRET, FakeProvider, served

pytestmark = pytest.mark.django_db

Fake = FakeProvider


@pytest.fixture
def fake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeProvider]:
    """A provider that is set up, two facilities, not in demo mode."""
    monkeypatch.delenv("SUKSALA_DEMO", raising=False)
    registry.forget_cache()
    cache.clear()
    oidc.forget()
    for code in ("99801", "99802"):
        database.execute(
            "INSERT INTO registry_facility "
            "(hospcode, name_th, name_en, kind, province, district, subdistrict, network) "
            "VALUES (%s, %s, 'A', 'hospital', '19', '1901', '', '') ON CONFLICT DO NOTHING",
            [code, f"รพ.{code}"],
        )
    with served(FakeProvider()) as made:
        path = tmp_path / "providers.toml"
        path.write_text(made.set_up(), encoding="utf-8")
        monkeypatch.setenv("SUKSALA_PROVIDERS", str(path))
        settings.forget()
        yield made
    oidc.forget()
    monkeypatch.undo()
    settings.forget()


def sent(client: Client, name: str) -> str:
    """Where the browser is sent."""
    answer = client.get(f"/signin/with/{name}/")
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def back(client: Client, fake: FakeProvider, name: str, **changes: str | None) -> HttpResponse:
    """Go there, say yes, come back; with changes to what is carried."""
    carried = {**fake.approve(sent(client, name)), **changes}
    return client.get(f"/signin/with/{name}/back", {k: v for k, v in carried.items() if v is not None})


def connect(client: Client, fake: FakeProvider, name: str, **changes: str | None) -> HttpResponse:
    """Press the button of the own account, follow the link, say yes, come back."""
    page = client.post(f"/account/identities/{name}/connect")
    assert page.status_code == 200
    [address] = re.findall(rf'href="({fake.address}/[^"]+)"', page.content.decode())
    carried = {**fake.approve(unescape(address)), **changes}
    return client.get(f"/signin/with/{name}/back", {k: v for k, v in carried.items() if v is not None})


def steward(login: str = "somchai.k") -> Client:
    """A browser in which somebody of the staff is signed in."""
    client = Client()
    client.force_login(Account.objects.create_account(login, role="steward", display_th="ก", display_en="A"))
    return client


def links() -> list[tuple[str, str, bool]]:
    """Which provider opens whose account, and whether it does still."""
    return database.rows(
        "SELECT i.provider, a.login, i.ended_at IS NULL FROM signin_identity i "
        "JOIN signin_account a ON a.id = i.account_id ORDER BY i.id"
    )


def is_in(client: Client) -> bool:
    """Whether somebody is signed in."""
    return bool(client.get("/account/").status_code == 200)


def mali(**changes: Any) -> dict[str, Any]:
    """What ThaiD says of Mali."""
    return {
        "pid": people.number(1),
        "given_name": "มาลี",
        "family_name": "ใจดี",
        "birthdate": "1970-05-05",
        "ial": "2.3",
        **changes,
    }


def test_thaid_signs_a_citizen_in_to_their_own_record(fake: Fake) -> None:
    """Found by the national number; kept as keyed digest and sealed; proven at the level that ThaiD told."""
    identity.link("99801", [people.mali("1")])
    fake.claims = mali()
    client = Client()
    answer = back(client, fake, "thaid")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/me/")
    assert client.get("/me/").status_code == 200
    account = Account.objects.get(role="citizen")
    assert (account.person, account.ial, account.proofed_how) == (identity.person_of("99801", "1"), "2.3", "thaid")
    kept = database.rows("SELECT provider, subject::text, sealed::text FROM signin_identity")
    log = database.rows("SELECT kind, actor, detail::text FROM audit")
    assert people.number(1) not in f"{kept} {log} {account.login}"
    back(Client(), fake, "thaid")
    assert Account.objects.filter(role="citizen").count() == 1


def test_the_request_carries_what_the_standards_ask(fake: Fake) -> None:
    """State, nonce, PKCE S256, the pid scope; secret and API key only from server to server."""
    address = sent(Client(), "thaid")
    for part in ("code_challenge_method=S256", "state=", "nonce=", "scope=openid+pid", "response_type=code"):
        assert part in address
    assert SECRET not in address
    assert API_KEY not in address


def test_who_was_enrolled_at_a_desk_keeps_the_account(fake: Fake) -> None:
    """ThaiD raises its level; no second account of one human."""
    identity.link("99801", [people.mali("1")])
    by = Account.objects.create_account("clerk", role="clinician", display_th="ก", display_en="A", hospcode="99801")
    signin.enrol_citizen(identity.person_of("99801", "1"), by=by)
    fake.claims = mali()
    back(Client(), fake, "thaid")
    [account] = Account.objects.filter(role="citizen")
    assert account.ial == "2.3"


def test_a_citizen_without_a_record_or_below_the_level_opens_none(fake: Fake) -> None:
    """Known to ThaiD, registered nowhere; or proven too weakly: led to what to do."""
    fake.claims = mali()
    client = Client()
    back(client, fake, "thaid")
    assert client.get("/me/").headers["Location"] == "/account/identity/"
    identity.link("99801", [people.mali("1")])
    Account.objects.filter(role="citizen").update(ial="")
    fake.claims = mali(ial="1.1")
    weak = Client()
    back(weak, fake, "thaid")
    assert weak.get("/me/").headers["Location"] == "/account/identity/"


WRONG: dict[str, dict[str, Any]] = {
    "nonce": {"nonce": "another"},
    "no nonce": {"nonce": None},
    "issuer": {"iss": "https://evil.example"},
    "audience": {"aud": "somebody-else"},
    "two audiences": {"aud": [CLIENT, "somebody-else"]},
    "expired": {"exp": int(time.time()) - 3600},
    "never expires": {"exp": None},
    "of the future": {"iat": int(time.time()) + 3600},
    "no subject": {"sub": None},
    "no number": {"pid": None},
    "a number that cannot be": {"pid": "1234567890123"},
}


@pytest.mark.parametrize("case", WRONG)
def test_a_token_that_is_wrong_signs_nobody_in(fake: Fake, case: str) -> None:
    """One answer; a fact; no account."""
    fake.claims = {**mali(), **WRONG[case]}
    client = Client()
    assert back(client, fake, "thaid").status_code == 422
    assert not is_in(client)
    assert Account.objects.count() == 0
    assert [f.detail for f in audit.facts("signin.refused")] == [{"proof": "provider", "provider": "thaid"}]


CARRIED: dict[str, dict[str, str | None]] = {
    "another state": {"state": "x" * 43},
    "no state": {"state": None},
    "another issuer (mix-up)": {"iss": "https://evil.example"},
    "no issuer though promised": {"iss": None},
    "no code": {"code": None},
    "another code": {"code": "made-up"},
    "an error": {"code": None, "error": "access_denied"},
}


@pytest.mark.parametrize("case", CARRIED)
def test_an_answer_that_is_wrong_signs_nobody_in(fake: Fake, case: str) -> None:
    """Whatever the browser carries back."""
    fake.claims = mali()
    client = Client()
    assert back(client, fake, "thaid", **CARRIED[case]).status_code == 422
    assert not is_in(client)


def test_an_answer_counts_once_and_in_the_browser_that_asked(fake: Fake) -> None:
    """Replayed, in another browser, after ten minutes, or at the address of another provider: nobody is signed in."""
    fake.claims = mali()
    client = Client()
    carried = fake.approve(sent(client, "thaid"))
    assert Client().get("/signin/with/thaid/back", carried).status_code == 422
    assert client.get("/signin/with/thaid/back", carried).status_code == 302
    client.post("/sign-out")
    assert client.get("/signin/with/thaid/back", carried).status_code == 422
    mixed = Client()
    assert mixed.get("/signin/with/hospital/back", fake.approve(sent(mixed, "thaid"))).status_code == 422
    assert not is_in(mixed)


def test_an_answer_after_ten_minutes_is_too_late(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both sides of the edge."""
    fake.claims = mali()
    now = clock.now()
    for late, status in ((timedelta(minutes=10), 302), (timedelta(minutes=10, seconds=1), 422)):
        monkeypatch.setattr(clock, "now", lambda: now)
        client = Client()
        carried = fake.approve(sent(client, "thaid"))
        fake.claims = mali(exp=int(time.time()) + 3600)
        monkeypatch.setattr(clock, "now", lambda late=late: now + late)
        assert client.get("/signin/with/thaid/back", carried).status_code == status


def test_a_token_of_another_key_or_of_none_is_refused(fake: Fake) -> None:
    """Another key, and the public key taken for a shared secret (RFC 8725)."""
    fake.claims = mali()
    fake.sign_with = ECKey.generate_key("P-256", {"kid": "k1"})
    assert back(Client(), fake, "thaid").status_code == 422
    fake.algorithm, fake.sign_with = "HS256", OctKey.import_key(b"a public key taken for a secret, 32 bytes")  # type: ignore[assignment]
    assert back(Client(), fake, "thaid").status_code == 422
    assert Account.objects.count() == 0


def test_keys_that_changed_are_asked_for_again(fake: Fake) -> None:
    """A provider turns its keys over without telling."""
    fake.claims = mali()
    back(Client(), fake, "thaid")
    fake.key = ECKey.generate_key("P-256", {"kid": "k1", "use": "sig", "alg": "ES256"})
    assert back(Client(), fake, "thaid").status_code == 302


def test_a_provider_that_is_down_is_told_so(fake: Fake) -> None:
    """503 in both languages; sign-in by passkey is there as before."""
    fake.down = True
    answer = Client().get("/signin/with/thaid/")
    assert answer.status_code == 503
    assert "does not answer" in answer.content.decode()
    assert Client().get("/signin").status_code == 200
    assert Client().get("/signin/with/nobody/").status_code == 422


def test_a_file_that_cannot_be_read_switches_providers_off(fake: Fake) -> None:
    """The page is there without them; an address that somebody kept says 503, not a fault."""
    path = settings.current().identity_providers
    assert path is not None
    path.write_text("[[provider]]\nid = 1\n", encoding="utf-8")
    page = Client().get("/signin")
    assert (page.status_code, "ThaiD" in page.content.decode()) == (200, False)
    assert Client().get("/signin/with/thaid/").status_code == 503


def test_a_hospitals_provider_signs_in_who_connected_it(fake: Fake) -> None:
    """Unknown at first; connected from the own account with a fresh proof; then a way in, until the account closes."""
    fake.promises_iss = False
    assert back(Client(), fake, "hospital").status_code == 422
    answer = connect(steward(), fake, "hospital")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/")
    [fact] = audit.facts("signin.identity-linked")
    assert (fact.actor, fact.detail) == ("account:somchai.k", {"provider": "hospital"})
    other = Client()
    assert back(other, fake, "hospital").headers["Location"] == "/steward/"
    signin.disable_account("somchai.k", actor="system:operator")
    assert not is_in(other)
    assert back(Client(), fake, "hospital").status_code == 422


def test_another_person_at_a_shared_computer_is_not_connected_to_who_sat_there(fake: Fake) -> None:
    """B signs in by the hospital's provider where A still sits: B's identity never opens A's account, and A is out only
    when somebody else is in.
    """
    shared = steward("a.officer")
    fake.claims = {"sub": "identity-of-b"}
    assert back(shared, fake, "hospital").status_code == 422
    assert (links(), is_in(shared)) == ([], True)
    connect(steward("b.officer"), fake, "hospital")
    assert back(shared, fake, "hospital").headers["Location"] == "/steward/"
    assert shared.session["_auth_user_id"] == str(Account.objects.get(login="b.officer").pk)
    assert links() == [("hospital", "b.officer", True)]
    assert [f.detail["why"] for f in audit.facts("signin.session-ended")] == ["replaced"]


def test_connecting_is_asked_for_by_a_button_with_a_fresh_proof(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """An address that another site could open begins nothing; nor does a proof that has grown old."""
    mine = steward()
    assert mine.get("/account/identities/hospital/connect").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/account/identities/hospital/connect").status_code == 403
    later = clock.now() + timedelta(minutes=5, microseconds=1)
    monkeypatch.setattr(clock, "now", lambda: later)
    answer = mine.post("/account/identities/hospital/connect")
    assert answer.headers["Location"].startswith("/account/prove/")
    assert "signin_asked" not in mine.session
    assert links() == []


def test_what_was_asked_to_connect_counts_in_its_session_only(fake: Fake) -> None:
    """Who asked, and then handed the computer over, connects nothing to the next one; nor does an old sign-in there."""
    mine = steward()
    page = mine.post("/account/identities/hospital/connect").content.decode()
    [address] = re.findall(rf'href="({fake.address}/[^"]+)"', page)
    assert "max_age=0" in address
    kept = mine.session["signin_asked"]
    mine.force_login(Account.objects.create_account("next.k", role="steward", display_th="ก", display_en="A"))
    session = mine.session
    session["signin_asked"] = kept
    session.save()
    assert mine.get("/signin/with/hospital/back", fake.approve(unescape(address))).status_code == 422
    fake.claims = {"auth_time": int(time.time()) - 60}
    assert connect(mine, fake, "hospital").status_code == 422
    fake.claims = {"auth_time": None}
    assert connect(mine, fake, "hospital").status_code == 422
    assert links() == []


def test_an_identity_opens_one_account_until_it_is_disconnected(fake: Fake) -> None:
    """Connected to another account it is refused (409); disconnected it opens nothing, and may be connected elsewhere.
    The only way in stays.
    """
    mine, theirs = steward(), steward("malee.j")
    connect(mine, fake, "hospital")
    refused = connect(theirs, fake, "hospital")
    assert (refused.status_code, "opens another account already" in refused.content.decode()) == (409, True)
    page = mine.get("/account/").content.decode()
    [number] = re.findall(r"/account/identities/(\d+)/disconnect", page)
    assert theirs.post(f"/account/identities/{number}/disconnect").status_code == 404
    assert mine.post(f"/account/identities/{number}/disconnect").status_code == 409
    assert links() == [("hospital", "somchai.k", True)]
    fake.claims = {"sub": "s-2"}
    database.execute("UPDATE signin_identity SET provider = 'former'")  # a second identity, of a provider that is gone
    connect(mine, fake, "hospital")
    elsewhere = Client()
    back(elsewhere, fake, "hospital")
    [_, second] = [one.id for one in signin.connections(Account.objects.get(login="somchai.k"))]
    assert mine.post(f"/account/identities/{second}/disconnect").headers["Location"] == "/account/"
    assert (is_in(mine), is_in(elsewhere)) == (True, False)
    assert back(Client(), fake, "hospital").status_code == 422
    assert connect(theirs, fake, "hospital").status_code == 302
    assert links() == [("former", "somchai.k", True), ("hospital", "malee.j", True)]
    assert [f.actor for f in audit.facts("signin.identity-unlinked")] == ["account:somchai.k"]


def test_a_citizen_connects_thaid_of_their_own_number_only(fake: Fake) -> None:
    """Enrolled at a desk: the same human's number is taken and raises the level, another's is refused; staff's accounts
    take no ThaiD, citizens' none of a hospital, made-up ones none at all.
    """
    identity.link("99801", [people.mali("1")])
    by = Account.objects.create_account("clerk", role="clinician", display_th="ก", display_en="A", hospcode="99801")
    signin.enrol_citizen(identity.person_of("99801", "1"), by=by)
    account, client = Account.objects.get(role="citizen"), Client()
    client.force_login(account)
    fake.claims = mali(pid=people.number(2))
    assert connect(client, fake, "thaid").status_code == 409
    assert links() == []
    fake.claims = mali()
    assert connect(client, fake, "thaid").status_code == 302
    account.refresh_from_db()
    assert (links(), account.ial) == ([("thaid", account.login, True)], "2.3")
    assert client.post("/account/identities/hospital/connect").status_code == 404
    staff = steward()
    assert staff.post("/account/identities/thaid/connect").status_code == 404
    Account.objects.filter(login="somchai.k").update(demo=True)
    thaid, *others = signin.providers().values()
    assert not any(signin.may_connect(Account.objects.get(login="somchai.k"), one) for one in (thaid, *others))


def test_a_session_that_only_makes_a_first_passkey_connects_nothing(fake: Fake) -> None:
    """An enrolment code is good for a passkey: the answer of the provider is not looked at."""
    client = Client()
    code = signin.add_account("new.k", role="steward", display_th="ก", display_en="A", actor="system:operator")
    client.post("/signin/code", {"code": code})
    assert connect(client, fake, "hospital").headers["Location"] == "/account/passkeys/add"
    assert links() == []


OLD = 8 * 3600


def test_a_provider_is_told_how_lately_it_must_have_asked(fake: Fake) -> None:
    """Five minutes ago at most to sign in; to unlock, to step up and to connect it asks anew (ASVS V6.8.4)."""
    mine = steward()
    connect(mine, fake, "hospital")
    assert parse_qs(urlsplit(sent(Client(), "hospital")).query)["max_age"] == ["300"]
    address = mine.get("/account/prove/with/hospital/").headers["Location"]
    assert parse_qs(urlsplit(address).query)["max_age"] == ["0"]


def test_how_lately_a_provider_must_have_asked_both_sides_of_each_edge() -> None:
    """Counted from when the browser was sent there; 30 seconds are what clocks may differ."""
    sent_at, second = datetime(2026, 11, 22, 5, tzinfo=UTC), timedelta(seconds=1)
    for asking, least in ((Asking.SIGN_IN, 330), (Asking.PROVE, 30), (Asking.CONNECT, 30)):
        assert is_recent(sent_at - least * second, asking, sent_at)
        assert not is_recent(sent_at - least * second - second, asking, sent_at)
    assert [is_recent(None, asking, sent_at) for asking in Asking] == [True, False, False]
    now = int(sent_at.timestamp())
    told = [asked_at({"auth_time": when}, sent_at) for when in (now - 1, now, now + 30, now + 31, 0, "1", True)]
    assert told == [sent_at - second, sent_at, sent_at, None, None, None, None]


@pytest.mark.parametrize(("ago", "status"), [(0, 302), (325, 302), (OLD, 422)])
def test_who_the_provider_asked_too_long_ago_is_not_signed_in(fake: Fake, ago: int, status: int) -> None:
    """A sign-in of this morning at the provider, on a computer that many share, says nothing of who sits there now."""
    connect(steward(), fake, "hospital")
    fake.claims = {"auth_time": int(time.time()) - ago}
    client = Client()
    assert back(client, fake, "hospital").status_code == status
    assert is_in(client) == (status == 302)
    if ago == 325:  # in by the leave for clocks; as a proof it is as old as it is
        assert client.get("/account/passkeys/add").status_code == 302


def test_a_provider_that_does_not_say_when_it_asked_gives_no_fresh_proof(fake: Fake) -> None:
    """Signed in, and led to prove it before what is dangerous; where the operator has seen that the provider always
    asks, it counts as a proof of now.
    """
    connect(steward(), fake, "hospital")
    for told in (None, "soon", True, int(time.time()) + 3600, -1):
        fake.claims = {"auth_time": told}
        client = Client()
        assert back(client, fake, "hospital").status_code == 302
        assert client.get("/account/passkeys/add").headers["Location"].startswith("/account/prove/")
    path = settings.current().identity_providers
    assert path is not None
    path.write_text(path.read_text("utf-8").replace('kind = "oidc"', 'kind = "oidc"\nalways_asks = true'), "utf-8")
    os.utime(path, (1, 1))  # a file that changed
    client = Client()
    assert back(client, fake, "hospital").status_code == 302
    assert client.get("/account/passkeys/add").status_code == 200


def prove(client: Client, fake: FakeProvider, name: str) -> HttpResponse:
    """Go to the provider from the page that asks who sits there, and come back."""
    answer = client.get(f"/account/prove/with/{name}/?next=/account/passkeys/add")
    return client.get(f"/signin/with/{name}/back", fake.approve(answer.headers["Location"]))


def test_a_locked_session_is_opened_by_a_fresh_sign_in_of_the_same_person(
    fake: Fake, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of just now, give or take 30 seconds of the clocks; an older one, one of an unknown moment, and another person's
    leave it locked.
    """
    mine = steward()
    connect(mine, fake, "hospital")
    later = clock.now() + timedelta(minutes=16)
    monkeypatch.setattr(clock, "now", lambda: later)
    now = int(later.timestamp())
    good = {"iat": now, "exp": now + 60, "auth_time": now}
    assert "/account/prove/with/hospital/" in mine.get("/account/prove/").content.decode()
    refused: list[dict[str, Any]] = [
        {"auth_time": now - 32},
        {"auth_time": now - OLD},
        {"auth_time": None},
        {"sub": "s-9"},
    ]
    for wrong in refused:
        fake.claims = {**good, **wrong}
        assert prove(mine, fake, "hospital").status_code == 422
        assert mine.get("/account/").headers["Location"].startswith("/account/prove/")
    assert list(audit.facts("signin.step-up")) == []
    fake.claims = {**good, "auth_time": now - 29}
    before = mine.session.session_key
    assert prove(mine, fake, "hospital").headers["Location"] == "/account/passkeys/add"
    assert mine.session.session_key != before
    assert mine.get("/account/passkeys/add").status_code == 200


def profile(*organizations: dict[str, Any]) -> dict[str, Any]:
    """What Provider ID says of a nurse."""
    return {
        "provider_id": "P-1",
        "title_th": "น.ส.",
        "firstname_th": "อรุณ",
        "lastname_th": "สมมติ",
        "organization": list(organizations),
    }


def works(hospcode: str, expires: str | None = "2099-12-31", position: str = "พยาบาลวิชาชีพชำนาญการ") -> dict[str, Any]:
    """One organisation of a profile."""
    return {"hcode": hospcode, "position": position, "license_expired_date": expires}


def test_provider_id_signs_staff_in_at_their_facility(fake: Fake) -> None:
    """One facility: straight to work there, in the session and in the log."""
    fake.profile = profile(works("99801"))
    client = Client()
    assert back(client, fake, "provider-id").headers["Location"] == "/care/"
    assert "รพ.99801" in client.get("/care/").content.decode()
    account = Account.objects.get()
    assert (account.role, account.hospcode, account.display_th) == ("clinician", "", "น.ส. อรุณ สมมติ")
    [fact] = audit.facts("signin.session")
    assert (fact.facility, fact.detail["proof"]) == ("99801", "provider")


def test_who_works_in_two_places_says_for_which(fake: Fake) -> None:
    """Nobody is in before that; another facility than theirs is refused; changing it is told in the log."""
    fake.profile = profile(works("99801"), works("99802"))
    client = Client()
    assert back(client, fake, "provider-id").headers["Location"] == "/signin/place"
    assert not is_in(client)
    assert "รพ.99802" in client.get("/signin/place").content.decode()
    assert client.post("/signin/place", {"place": "99999"}).status_code == 422
    assert not is_in(client)
    assert client.post("/signin/place", {"place": "99802"}).headers["Location"] == "/care/"
    assert "รพ.99802" in client.get("/care/").content.decode()
    assert client.post("/signin/place", {"place": "99801"}).status_code == 302
    assert "รพ.99801" in client.get("/care/").content.decode()
    [fact] = audit.facts("signin.place-chosen")
    assert (fact.facility, fact.detail["from"]) == ("99801", "99802")


def test_a_place_is_chosen_within_ten_minutes_and_once(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """A computer left with the question on it signs nobody in; the choice that signed somebody in is used up. Whoever
    sat there before is out as soon as the provider names somebody.
    """
    fake.profile = profile(works("99801"), works("99802"))
    now = clock.now()
    for late, inside in ((timedelta(minutes=10), True), (timedelta(minutes=10, seconds=1), False)):
        monkeypatch.setattr(clock, "now", lambda: now)
        client = steward(f"former.{inside}".lower())
        assert back(client, fake, "provider-id").headers["Location"] == "/signin/place"
        assert not is_in(client)
        monkeypatch.setattr(clock, "now", lambda late=late: now + late)
        answer = client.post("/signin/place", {"place": "99802"})
        assert answer.headers["Location"] == ("/care/" if inside else "/signin")
        assert is_in(client) == inside
        client.post("/sign-out")
        client.post("/signin/place", {"place": "99802"})
        assert not is_in(client)


def test_provider_id_proves_who_sits_there_only_where_it_always_asks(fake: Fake) -> None:
    """It never says when it asked: the file of providers has to. And only while it still names the facility."""
    fake.profile = profile(works("99801"))
    client = Client()
    back(client, fake, "provider-id")
    assert client.get("/account/passkeys/add").status_code == 302
    assert prove(client, fake, "provider-id").status_code == 422
    path = settings.current().identity_providers
    assert path is not None
    told = path.read_text("utf-8").replace('kind = "provider-id"', 'kind = "provider-id"\nalways_asks = true')
    path.write_text(told, "utf-8")
    os.utime(path, (1, 1))  # a file that changed
    fake.profile = profile(works("99802"))
    assert prove(client, fake, "provider-id").status_code == 403
    assert client.get("/account/passkeys/add").status_code == 302
    fake.profile = profile(works("99801"))
    assert prove(client, fake, "provider-id").status_code == 302
    assert client.get("/account/passkeys/add").status_code == 200


def test_a_locked_session_is_left_for_a_new_one_by_the_provider(fake: Fake, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has no passkey signs in anew; until then the facility cannot be changed and nothing is shown."""
    fake.profile = profile(works("99801"), works("99802"))
    client = Client()
    back(client, fake, "provider-id")
    client.post("/signin/place", {"place": "99801"})
    later = clock.now() + timedelta(minutes=15)
    monkeypatch.setattr(clock, "now", lambda: later)
    assert client.get("/care/").headers["Location"].startswith("/account/prove/")
    assert "/account/prove/with/provider-id/" in client.get("/account/prove/").content.decode()
    assert client.post("/signin/place", {"place": "99802"}).status_code == 422
    assert list(audit.facts("signin.place-chosen")) == []
    assert back(client, fake, "provider-id").headers["Location"] == "/signin/place"
    assert client.post("/signin/place", {"place": "99802"}).status_code == 302
    assert "รพ.99802" in client.get("/care/").content.decode()


@pytest.mark.parametrize(
    "organizations",
    [
        [],
        [works("99999")],
        [works("99801", expires="2020-01-01")],
        [works("99801", expires="soon")],
        [works("99801", position="พนักงานขับรถ")],
    ],
    ids=["none", "not in the network", "licence ended", "licence unreadable", "no position that gives care"],
)
def test_who_gives_no_care_here_is_told_so(fake: Fake, organizations: list[dict[str, Any]]) -> None:
    """403 with what to do; no account."""
    fake.profile = profile(*organizations)
    assert back(Client(), fake, "provider-id").status_code == 403
    assert Account.objects.count() == 0


def test_who_is_no_provider_and_a_code_used_twice(fake: Fake) -> None:
    """400 of Provider ID is 403 here; 422 of Health ID is a refusal."""
    assert back(Client(), fake, "provider-id").status_code == 403
    assert back(Client(), fake, "provider-id", code="used").status_code == 422
    assert Account.objects.count() == 0


def test_a_licence_counts_on_its_last_day() -> None:
    """And not on the next; without a date it is not limited."""
    on = date(2026, 11, 22)
    assert [len(places([works("1", e)], on)) for e in ("2026-11-22", "2026-11-21", None, "")] == [1, 0, 1, 1]
    assert places([1, None, "x"], on) == []
    assert places("x", on) == []


@pytest.mark.parametrize(
    "change",
    [
        ("https://id.example", "http://id.example"),
        ('kind = "oidc"', 'kind = "saml"'),
        ('id = "h"', 'id = "../x"'),
        ("client_id", "clientid"),
        ("[[", "["),
        ('client_id = "c"', 'client_id = "c"\nalways_asks = "yes"'),
    ],
)
def test_a_file_that_is_not_as_the_guide_says_is_refused(change: tuple[str, str]) -> None:
    """Secrets go to https only; the refusal holds no value of the file."""
    good = '[[provider]]\nid = "h"\nkind = "oidc"\nname_th = "h"\nname_en = "h"\nissuer = "https://id.example"\n'
    good += 'client_id = "c"\nclient_secret = "hush"\n'
    assert read_providers(good)["h"].issuer == "https://id.example"
    assert "hush" not in repr(read_providers(good))
    with pytest.raises(signin.ProviderProblem) as refused:
        read_providers(good.replace(*change))
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("level", ["1", 1, "0", "IAL1.1", "", "low", [1.1]])
def test_a_level_that_is_not_understood_opens_no_record(fake: Fake, level: Any) -> None:
    """Only a claim that is absent stands for what ThaiD gives; one that says something else proves nothing."""
    fake.claims = mali(ial=level)
    back(Client(), fake, "thaid")
    assert Account.objects.get(role="citizen").ial == "1.1"


@pytest.mark.parametrize(("demo", "offered"), [("1", True), ("0", False)])
def test_a_made_up_provider_is_taken_by_a_demo_only(
    fake: FakeProvider, monkeypatch: pytest.MonkeyPatch, demo: str, offered: bool
) -> None:
    """A file of the demo that came into a real installation: refused whole, nobody is sent there."""
    path = settings.current().identity_providers
    assert path is not None
    path.write_text(fake.set_up().replace('kind = "thaid"', 'kind = "thaid"\nmade_up = true'), encoding="utf-8")
    monkeypatch.setenv("SUKSALA_DEMO", demo)
    settings.forget()
    if offered:
        assert set(signin.providers()) == {"thaid", "hospital", "provider-id"}
        assert Client().get("/signin/with/thaid/").headers["Location"].startswith(fake.address)
        return
    with pytest.raises(signin.ProviderProblem, match="SKL-SIGNIN-033"):
        signin.providers()
    for name in ("thaid", "hospital"):
        assert Client().get(f"/signin/with/{name}/").status_code == 503
    assert "ThaiD" not in Client().get("/signin").content.decode()
    assert Account.objects.count() == 0
