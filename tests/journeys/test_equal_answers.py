"""Forms that take a name, a number or a code answer alike whether somebody is there or not: the same bytes, the same
statements, the same key derivations (issue D, privacy; T05). What a citizen's own proof tells of their own number, and
what a clinician finds at the own facility, is theirs to know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import psycopg
import pytest
from django.test import Client

from suksala import consent, identity, signin
from suksala.consent import CodeKind
from suksala.foundation import clock, database, keys, settings
from suksala.signin import device_storage, devices, passwords, second_factor, sms_storage, ways_in
from suksala.signin.sms_rules import number_digest
from tests.deposits import HOSPITAL, OTHER
from tests.journeys.pages import World
from tests.journeys.test_pages_access import plain
from tests.journeys.visiting import came_in
from tests.people import mali, number

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("pages")]

# What differs from one answer to the next: a nonce, a number of its own, and the second it was given.
OF_ONE_ANSWER = {"Set-Cookie", "Content-Security-Policy", "X-Request-Id", "Content-Length", "Date", "Expires"}
DERIVATIONS = [
    (keys, "keyed_hash"), (keys, "keyed_int"), (keys, "seal"), (keys, "unseal"),
    (passwords.Argon2idHasher, "verify"), (passwords.Argon2idHasher, "encode"), (second_factor, "_digest"),
]  # fmt: skip
# The numbers of savepoints, and of rows that a statement was given in a list, differ from one to the next.
_VARIES = re.compile(r"\"?s\d+_x\d+\"?|'[^']*'|\b\d+\b")


OWN, OTHERS = "a long phrase of somebody", "a long phrase of another"


class Heard:
    """What one request made the server do: statements and key derivations, in order."""

    def __init__(self) -> None:
        self.statements: list[str] = []
        self.derived: list[str] = []


@pytest.fixture
def listen(monkeypatch: pytest.MonkeyPatch) -> Callable[[], Heard]:
    """Begin to listen; what was heard before is forgotten."""
    heard = Heard()
    execute = psycopg.Cursor.execute

    def told(self: Any, query: Any, *args: Any, **more: Any) -> Any:
        text = query.decode() if isinstance(query, bytes) else str(query)
        heard.statements.append(_VARIES.sub("?", text))
        return execute(self, query, *args, **more)

    monkeypatch.setattr(psycopg.Cursor, "execute", told)
    for holder, name in DERIVATIONS:
        monkeypatch.setattr(holder, name, _counted(heard, name, getattr(holder, name)))

    def begin() -> Heard:
        heard.statements, heard.derived = [], []
        return heard

    return begin


def _counted(heard: Heard, name: str, real: Callable[..., Any]) -> Callable[..., Any]:
    def counted(*args: Any, **more: Any) -> Any:
        heard.derived.append(name)
        return real(*args, **more)

    return counted


def told(answer: Any, typed: str) -> tuple[int, dict[str, str], str]:
    """Status, headers and body, without what differs from one answer to the next and what was typed."""
    headers = {name: value for name, value in answer.headers.items() if name not in OF_ONE_ANSWER}
    return answer.status_code, headers, plain(answer.content).replace(typed, "TYPED")


def assert_alike(listen: Callable[[], Heard], ask: Callable[[str], Any], *typed: str, status: int) -> None:
    """Each of these is answered alike, with this status. The first is asked twice: what a process learns once is no
    difference.
    """
    ask(typed[0])
    found = []
    for text in typed:
        heard = listen()
        answer = told(ask(text), text)
        found.append((answer, list(heard.statements), list(heard.derived)))
    assert found[0][0][0] == status
    for other in found[1:]:
        assert other == found[0]


@pytest.fixture(autouse=True)
def unlimited(pages_world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Tries are counted by address too, and all of these come from one."""
    monkeypatch.setattr(ways_in, "LIMITS", dict.fromkeys(ways_in.LIMITS, "1000/m/ip"))
    yield
    for table in ("consent_code", "consent_code_try"):
        database.execute(f"DELETE FROM {table}")


@pytest.mark.parametrize(
    "differing",
    [
        lambda: Client().get("/nothing-here"),
        lambda: Client().get("/demo-signin"),
        lambda: (database.rows("SELECT 1"), Client().get("/signin"))[1],
        lambda: (keys.keyed_hash("test", "x", 12), Client().get("/signin"))[1],
    ],
    ids=["status", "body", "statement", "derivation"],
)
def test_one_difference_is_enough(listen: Callable[[], Heard], differing: Callable[[], Any]) -> None:
    """The check can fail: by an answer, by what was asked of the database, by what was derived."""

    def ask(typed: str) -> Any:
        return differing() if typed == "apart" else Client().get("/signin")

    assert_alike(listen, ask, "alike-one", "alike-two", status=200)
    with pytest.raises(AssertionError):
        assert_alike(listen, ask, "alike-one", "apart", status=200)


@pytest.mark.parametrize("code", ["123456", "123456789012"])
def test_names_of_staff(
    pages_world: World, listen: Callable[[], Heard], monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    """A password that is wrong, right without its code, of who has none, of nobody."""
    for login in ("known.k", "closed.k"):
        signin.add_account(
            login, role="clinician", display_th="ก", display_en="K", facility=HOSPITAL, actor="system:operator"
        )
        account = signin.Account.objects.get(login=login)
        account.set_password(OWN)
        account.save()
    signin.disable_account("closed.k", actor="system:operator")

    def ask(login: str, typed: str = OTHERS) -> Any:
        return Client().post("/signin/password", {"login": login, "password": typed, "code": code})

    assert_alike(listen, ask, "known.k", "closed.k", "clinician", "nobody.k", "สมชาย", status=422)
    first = []
    for login in ("known.k", "nobody.k"):
        monkeypatch.setattr(passwords, "_kept_for_nobody", [])  # as in a process that has just begun
        heard = listen()
        ask(login)
        first.append(heard.derived)
    assert first[0] == first[1]
    assert_alike(listen, lambda typed: ask("known.k", typed), OTHERS, OWN, status=422)


def test_enrolment_codes(pages_world: World, listen: Callable[[], Heard]) -> None:
    """One that was used, and one that nobody ever had."""
    code = signin.add_account(
        "new.k", role="clinician", display_th="ก", display_en="K", facility=HOSPITAL, actor="system:operator"
    )
    assert Client().post("/signin/code", {"code": code}).status_code == 302
    other = code[:-1] + ("A" if code[-1] != "A" else "B")
    assert_alike(listen, lambda text: Client().post("/signin/code", {"code": text}), code, other, status=422)


@pytest.fixture
def browsers(pages_world: World, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Client]:
    """A visitor's browser by what it is to somebody: each shows one token of a device."""
    monkeypatch.setenv("SUKSALA_SMS_GATEWAY", "https://sms.example/send")
    monkeypatch.setenv("SUKSALA_SMS_TOKEN", "a-made-up-secret")
    settings.forget()
    now = clock.now()
    for name, settled, answered in (
        ("bound", now, "mine"), ("without number", now, "mine"), ("closed", now, "mine"),
        ("new", now + timedelta(hours=1), ""), ("cut off", now, "unknown"), ("often", now, "mine"),
    ):  # fmt: skip
        fields = {"role": "citizen", "display_th": "ก", "display_en": "A", "is_active": name != "closed"}
        account = signin.Account.objects.create_account(name, **fields)
        device_storage.insert(account.pk, devices._digest(name), "", now, settled, answered)
        if name != "without number":
            sms_storage.keep_telephone(account.pk, keys.seal("0004152635"), number_digest(name), None, now)
    yield lambda name: _showing({"suksala_device_a": name, "suksala_sms": f"asked by {name}"})
    monkeypatch.undo()
    settings.forget()


def _showing(cookies: dict[str, str]) -> Client:
    client = Client()
    client.cookies.load(cookies)
    return client


STATES = ("bound", "without number", "closed", "new", "cut off", "often", "nobody")


def test_codes_by_sms(browsers: Callable[[str], Client], listen: Callable[[], Heard]) -> None:
    """A device of somebody, of somebody without a number, of nobody ...: asked for, looked at, typed wrongly (T12)."""
    for _ in range(3):
        browsers("often").post("/signin/sms")
    assert_alike(listen, lambda name: browsers(name).get("/signin/sms"), *STATES, status=200)
    assert_alike(listen, lambda name: browsers(name).post("/signin/sms"), *STATES, status=302)
    assert_alike(listen, lambda name: browsers(name).get("/signin/sms/code"), *STATES, status=200)
    assert_alike(listen, lambda name: browsers(name).post("/signin/sms/code", {"code": "1"}), *STATES, status=422)
    assert_alike(listen, lambda name: browsers(name).get("/signin"), *STATES, status=200)
    [(sent, tries)] = database.rows(
        "SELECT (SELECT count(*) FROM signin_sms), (SELECT max(tries)::int FROM signin_sms_code)"
    )
    assert (sent, tries) == (5, 2)  # those of "bound" and "often" were real


def test_codes_of_who_is_to_act_for_me(pages_world: World, listen: Callable[[], Heard]) -> None:
    """Six digits that nobody shows, that are over, that another desk is shown."""
    client, now = came_in("citizen-1"), clock.now()
    over, desk = (
        consent.show_code(pages_world.helper, kind, "account:citizen-helper", now, **more)[1]
        for kind, more in ((CodeKind.REPRESENT, {}), (CodeKind.DESK, {"facility": HOSPITAL, "offer": {}}))
    )
    database.execute("UPDATE consent_code SET until = %s WHERE kind = 'represent'", [now - timedelta(minutes=1)])
    nobodys = next(text for text in ("000000", "111111", "222222") if text not in (over, desk))
    assert_alike(
        listen, lambda digits: client.post("/me/sharing/people/", {"digits": digits}), nobodys, over, desk, status=422
    )


def test_whose_record_a_citizen_turns_to(pages_world: World, listen: Callable[[], Heard]) -> None:
    """Somebody whom they do not act for, and nobody."""
    client = came_in("citizen-1")
    nobody = identity.public_id(7_000_000)
    ask: Callable[[str], Any] = lambda patient: client.post("/me/sharing/whose/", {"patient": patient})  # noqa: E731
    assert_alike(listen, ask, pages_world.stranger, nobody, status=403)


def test_a_registration_that_is_not_mine(pages_world: World, listen: Callable[[], Heard]) -> None:
    client = came_in("citizen-1")
    nobody = identity.public_id(7_000_000)
    ask: Callable[[str], Any] = lambda one: client.post(f"/me/registrations/{one}/", {"words": "x"})  # noqa: E731
    assert_alike(listen, ask, pages_world.stranger, nobody, status=404)


def test_numbers_and_hospital_numbers_that_another_facility_knows(
    pages_world: World, listen: Callable[[], Heard]
) -> None:
    """A clinician finds at the own facility: who is known elsewhere alone is nobody."""
    identity.link(OTHER, [mali("hn-77", number=number(77), given="ปราณี", birth=None)])
    client = came_in("clinician")
    ask: Callable[[str], Any] = lambda text: client.post("/care/", {"text": text})  # noqa: E731
    assert_alike(listen, ask, number(77), number(78), status=200)
    assert_alike(listen, ask, "hn-77", "hn-78", status=200)
    assert "ไม่พบ" in ask(number(77)).content.decode()


def test_clients_of_the_interface(pages_world: World, listen: Callable[[], Heard]) -> None:
    """A secret is never taken, whoever is named."""
    signin.issue_token("known-client", HOSPITAL, ["system/Patient.rs"], 1)
    ask: Callable[[str], Any] = lambda name: Client().post(  # noqa: E731
        "/oauth/token", {"grant_type": "client_credentials", "client_id": name, "client_secret": "x" * 43}
    )
    assert_alike(listen, ask, "known-client", "other-client", status=400)
