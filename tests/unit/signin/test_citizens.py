"""Citizens: enrolled at a desk by who saw them, at a level that opens a record; a new device waits a day (T12)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.http import HttpRequest
from django.test import Client

from suksala import audit, identity, registry, signin
from suksala.foundation import clock, database, settings
from suksala.signin import device_storage
from suksala.signin.device_rules import Device, is_settled, settles_at
from suksala.signin.models import Account
from suksala.signin.proofing_rules import is_better, opens_record
from tests import people
from tests.authenticator import Authenticator

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)
DAY = timedelta(hours=24)
EDGE = timedelta(microseconds=1)
Later = Callable[[timedelta], None]


@pytest.fixture(autouse=True)
def later(monkeypatch: pytest.MonkeyPatch) -> Iterator[Later]:
    """Not in demo mode, one facility, noon; the fixture lets time pass."""
    monkeypatch.delenv("SUKSALA_DEMO", raising=False)
    settings.forget()
    registry.forget_cache()
    cache.clear()
    database.execute(
        "INSERT INTO registry_facility (hospcode, name_th, name_en, kind, province, district, subdistrict, network) "
        "VALUES ('99801', 'ก', 'A', 'hospital', '19', '1901', '', '') ON CONFLICT DO NOTHING"
    )
    at = [NOON]
    monkeypatch.setattr(clock, "now", lambda: at[0])

    def pass_by(time: timedelta) -> None:
        at[0] += time

    yield pass_by
    cache.clear()
    settings.forget()


def mali() -> int:
    """A made-up patient of the facility; her person."""
    identity.link("99801", [people.mali("1")])
    return identity.person_of("99801", "1")


def clerk(facility: str = "99801") -> Account:
    """Who sits at the desk."""
    login = f"clerk-{facility}"
    fields = {"role": "clinician", "display_th": "เจ้าหน้าที่", "display_en": "Clerk", "hospcode": facility}
    return Account.objects.create_account(login, **fields)


def browser() -> Client:
    """A browser at https://localhost."""
    return Client(headers={"host": "localhost"}, SERVER_NAME="localhost", **{"wsgi.url_scheme": "https"})  # type: ignore[arg-type]


def telephone(code: str) -> tuple[Client, Authenticator]:
    """A citizen's own telephone, with a passkey made by this code."""
    phone, client = Authenticator(origin="https://localhost"), browser()
    assert client.post("/signin/code", {"code": code}).status_code == 302
    made = phone.make(client.get("/account/passkeys/options").json())
    assert client.post("/account/passkeys/add", {"credential": made, "name": "โทรศัพท์"}).status_code == 302
    return client, phone


def press(client: Client, phone: Authenticator) -> Client:
    """Sign in with the passkey."""
    signed = phone.use(client.get("/signin/options").json())
    assert client.post("/signin/passkey", {"credential": signed}).status_code == 302
    return client


def asked_by(client: Client) -> HttpRequest:
    """A request of this browser, as a page sees it."""
    request: HttpRequest = client.get("/account/").wsgi_request
    return request


def test_which_levels_open_a_record() -> None:
    """IAL 2.1 and above: who was seen with the card, or by ThaiD; a lower proof never replaces a higher one."""
    assert [opens_record(level) for level in ("", "1.1", "1.3", "2.1", "2.3", "3", "9")] == [False] * 3 + [True] * 3 + [
        False
    ]
    assert is_better("2.3", "2.1")
    assert is_better("2.1", "")
    assert not is_better("2.1", "2.3")


def test_when_a_device_settles_both_sides_of_the_edge() -> None:
    """At once for the first one and for who was seen in person; else 24 hours to the moment; never when cut off."""
    assert settles_at(NOON, "passkey", is_first=True) == NOON
    assert settles_at(NOON, "code", is_first=False) == NOON
    assert settles_at(NOON, "passkey", is_first=False) == NOON + DAY
    assert settles_at(NOON, "provider", is_first=False) == NOON + DAY
    new = Device(1, 1, "", NOON, NOON + DAY, "")
    assert not is_settled(new, NOON + DAY - EDGE)
    assert is_settled(new, NOON + DAY)
    assert not is_settled(Device(1, 1, "", NOON, NOON, "unknown"), NOON + DAY)


def test_a_citizen_is_enrolled_at_the_desk() -> None:
    """The code makes a passkey; the account is proven and connected to the person, and the log says who saw her."""
    person, by = mali(), clerk()
    client, _ = telephone(signin.enrol_citizen(person, by=by))
    assert client.get("/me/").status_code == 200
    account = Account.objects.get(role="citizen")
    proofing = signin.proofing_of(account)
    assert (account.person, proofing.level, proofing.how, proofing.by) == (person, "2.1", "face-to-face", by.actor)
    assert "มาลี" not in account.login
    [fact] = audit.facts("signin.citizen-enrolled")
    assert (fact.actor, fact.person, fact.facility) == (by.actor, person, "99801")
    assert "IAL 2.1" in client.get("/account/identity/").content.decode()


def test_another_code_leads_to_the_same_account() -> None:
    """Somebody who lost the telephone comes back to the desk; an hour and no longer."""
    person, by = mali(), clerk()
    signin.enrol_citizen(person, by=by)
    telephone(signin.enrol_citizen(person, by=by))
    assert Account.objects.filter(role="citizen").count() == 1


def test_a_code_of_a_citizen_is_good_for_an_hour(later: Later) -> None:
    """She stands at the desk; staff have a day."""
    code = signin.enrol_citizen(mali(), by=clerk())
    later(timedelta(hours=1))
    assert browser().post("/signin/code", {"code": code}).status_code == 422


def test_nobody_enrols_the_patient_of_another_facility() -> None:
    """Nothing is made, nothing is told."""
    person = mali()
    for by in (clerk("99802"), clerk("")):
        with pytest.raises(signin.AccountProblem):
            signin.enrol_citizen(person, by=by)
    assert Account.objects.filter(role="citizen").count() == 0
    assert list(audit.facts("signin.enrolment")) == []


def test_an_account_that_is_not_proven_opens_no_record() -> None:
    """It is led to what to do; the record is not read."""
    client, _ = telephone(signin.enrol_citizen(mali(), by=clerk()))
    Account.objects.filter(role="citizen").update(ial="1.3")
    before = database.rows("SELECT count(*) FROM audit")
    assert client.get("/me/").headers["Location"] == "/account/identity/"
    assert "ยังเปิดประวัติสุขภาพไม่ได้" in client.get("/account/identity/").content.decode()
    assert database.rows("SELECT count(*) FROM audit") == before


def test_a_new_device_may_look_and_waits_a_day_to_change(later: Later) -> None:
    """A stolen passkey account: the thief's browser changes nothing for 24 hours, and the owner is told at once."""
    owner, phone = telephone(signin.enrol_citizen(mali(), by=clerk()))
    assert signin.device_is_settled(asked_by(owner))
    thief = press(browser(), phone)
    assert thief.get("/me/").status_code == 200
    assert not signin.device_is_settled(asked_by(thief))
    assert "มีอุปกรณ์ใหม่เข้าใช้บัญชีของท่าน" in owner.get("/me/").content.decode()
    assert "มีอุปกรณ์ใหม่เข้าใช้บัญชีของท่าน" not in thief.get("/me/").content.decode()
    [_, new] = audit.facts("signin.new-device")
    assert new.detail["settled"] == (NOON + DAY).isoformat()
    later(DAY - EDGE)
    assert not signin.device_is_settled(asked_by(press(thief, phone)))
    later(EDGE)
    assert signin.device_is_settled(asked_by(press(thief, phone)))


def test_the_owner_cuts_an_unknown_device_off() -> None:
    """Its session ends with the next request, and it never settles; the device itself may not answer."""
    owner, phone = telephone(signin.enrol_citizen(mali(), by=clerk()))
    thief = press(browser(), phone)
    [_, new] = signin.devices_of(Account.objects.get(role="citizen"))
    assert thief.post(f"/account/devices/{new.id}", {"answer": "mine"}).status_code == 404
    assert owner.post(f"/account/devices/{new.id}", {"answer": "unknown"}).status_code == 302
    assert thief.get("/me/").status_code == 302
    assert owner.get("/me/").status_code == 200
    assert [d.id for d in signin.devices_of(Account.objects.get(role="citizen"))] != [new.id]
    assert [f.detail["device"] for f in audit.facts("signin.device-cut-off")] == [new.id]
    assert "มีอุปกรณ์ใหม่" not in owner.get("/me/").content.decode()


def test_a_known_device_is_known_again_and_a_planted_token_is_not() -> None:
    """The same browser stays one device; a token that somebody else chose is replaced by ours."""
    client, phone = telephone(signin.enrol_citizen(mali(), by=clerk()))
    account = Account.objects.get(role="citizen")
    press(client, phone)
    assert len(signin.devices_of(account)) == 1
    [name] = [name for name in client.cookies if "suksala_device_" in name]
    planted = browser()
    planted.cookies[name] = "chosen-by-somebody-else"
    press(planted, phone)
    assert planted.cookies[name].value != "chosen-by-somebody-else"
    assert len(signin.devices_of(account)) == 2
    assert client.cookies[name].value not in str(database.rows("SELECT digest FROM signin_device"))
    assert (client.cookies[name]["httponly"], client.cookies[name]["secure"]) == (True, True)


def test_staff_are_not_asked_for_a_device() -> None:
    """No token, no row."""
    code = signin.add_account("somchai.k", role="steward", display_th="ก", display_en="A", actor="system:operator")
    client, _ = telephone(code)
    assert signin.device_is_settled(asked_by(client))
    assert device_storage.of(Account.objects.get(login="somchai.k").pk) == []
    assert not [name for name in client.cookies if "suksala_device_" in name]
