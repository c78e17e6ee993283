"""Sessions of people: locked after 15 minutes, over after 12 hours, proved again for what is dangerous, ended at once.

Figures: ../shared/trust/security.md section 3 (ASVS 5.0 V7.2.4, V7.3.1, V7.3.2, V7.4, V7.5.3).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from suksala import audit, signin
from suksala.foundation import clock, settings
from suksala.portals.access import stepped_up
from suksala.signin.models import Account
from suksala.signin.session_rules import Session, Standing, device_name, is_proved, standing

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)
EDGE = timedelta(microseconds=1)
Later = Callable[[timedelta], None]


@pytest.fixture
def demo(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Demo mode is on."""
    monkeypatch.setenv("SUKSALA_DEMO", "1")
    settings.forget()
    yield
    monkeypatch.undo()
    settings.forget()


@pytest.fixture
def later(demo: None, monkeypatch: pytest.MonkeyPatch) -> Later:
    """The clock stands at noon; the fixture is what lets time pass."""
    at = [NOON]
    monkeypatch.setattr(clock, "now", lambda: at[0])

    def pass_by(time: timedelta) -> None:
        at[0] += time

    return pass_by


@pytest.fixture
def doctor(demo: None) -> Account:
    """A made-up doctor."""
    return signin.save_demo_account(
        "doctor", role="clinician", display_th="แพทย์สมมติ", display_en="Made-up doctor", hospcode="99801"
    )


def browser(login: str = "doctor", name: str = "Mozilla/5.0 (Windows NT 10.0) Chrome/141.0 Safari/537.36") -> Client:
    """A browser in which this made-up person has signed in."""
    client = Client(headers={"user-agent": name})
    assert client.post("/demo-signin", {"login": login}).status_code == 302
    return client


def kinds() -> list[tuple[str, object]]:
    """What the log says of sessions, oldest first."""
    found = [f for k in ("session", "step-up", "session-ended") for f in audit.facts(f"signin.{k}")]
    return [(f.kind, f.detail.get("why", f.detail.get("proof"))) for f in sorted(found, key=lambda f: f.seq)]


def one(opened: datetime = NOON, seen: datetime = NOON, proved: datetime = NOON) -> Session:
    """A session in a browser."""
    return Session(1, 1, opened, seen, proved, "demo", "", "")


def test_the_figures_both_sides_of_each_edge() -> None:
    """15 minutes without a request lock, 12 hours end, a proof counts for 5 minutes, its last moment included."""
    assert standing(one(), NOON + timedelta(minutes=15) - EDGE) is Standing.OPEN
    assert standing(one(), NOON + timedelta(minutes=15)) is Standing.LOCKED
    worked = one(seen=NOON + timedelta(hours=12) - EDGE)
    assert standing(worked, NOON + timedelta(hours=12) - EDGE) is Standing.OPEN
    assert standing(worked, NOON + timedelta(hours=12)) is Standing.OVER
    five = timedelta(minutes=5)
    assert is_proved(one(), five, NOON + five)
    assert not is_proved(one(), five, NOON + five + EDGE)


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/141.0 Mobile Safari/537.36", "Chrome · Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Safari/604.1", "Safari · iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox · Linux"),
        ("<script>", ""),
        ("", ""),
    ],
)
def test_a_browser_is_named_so_that_its_owner_knows_it(user_agent: str, name: str) -> None:
    """Two known words; nothing of what the browser sent is kept."""
    assert device_name(user_agent) == name


def test_an_idle_session_locks_and_its_holder_goes_on(later: Later, doctor: Account) -> None:
    """Locked at 15 minutes: no page, back to it after the proof. A request before that starts the 15 minutes anew."""
    client = browser()
    later(timedelta(minutes=14, seconds=59))
    assert client.get("/care/").status_code == 200
    later(timedelta(minutes=15))
    answer = client.get("/care/?all=1")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/prove/?next=%2Fcare%2F%3Fall%3D1")
    assert client.get("/account/").status_code == 302
    before = client.session.session_key
    proved = client.post("/account/prove/", {"next": "/care/?all=1"})
    assert (proved.status_code, proved.headers["Location"]) == (302, "/care/?all=1")
    assert client.session.session_key != before
    assert client.get("/care/").status_code == 200
    assert kinds() == [("signin.session", "demo"), ("signin.step-up", "demo")]


def test_a_session_is_over_after_twelve_hours_of_work(later: Later, doctor: Account) -> None:
    """However busy; the next request is a visitor's."""
    client = browser()
    for _ in range(72):
        assert client.get("/care/").status_code == 200
        later(timedelta(minutes=10))
    assert client.get("/care/").headers["Location"].startswith("/demo-signin")
    assert kinds()[-1] == ("signin.session-ended", "expired")


def test_what_is_dangerous_asks_for_a_fresh_proof(later: Later, doctor: Account) -> None:
    """Five minutes after sign-in still; a moment later the reader proves it again, and nothing was done meanwhile."""
    done: list[str] = []

    @stepped_up()
    def dangerous(request: HttpRequest) -> HttpResponse:
        done.append(request.method or "")
        return HttpResponse()

    client = browser()

    def ask(method: str) -> HttpResponse:
        request = getattr(RequestFactory(), method)("/care/x", headers={"referer": "http://testserver/care/form?a=1"})
        request.user, request.session = doctor, client.session
        return dangerous(request)

    later(timedelta(minutes=5))
    assert ask("post").status_code == 200
    later(EDGE)
    assert ask("get").headers["Location"] == "/account/prove/?next=%2Fcare%2Fx"
    assert ask("post").headers["Location"] == "/account/prove/?next=%2Fcare%2Fform%3Fa%3D1"
    assert done == ["POST"]
    client.post("/account/prove/", {"next": "/care/"})
    assert ask("post").status_code == 200


def test_a_proof_never_leads_to_another_site(later: Later, doctor: Account) -> None:
    """Whatever the address says."""
    for elsewhere in ("https://example.org/", "//example.org", "javascript:alert(1)"):
        assert browser().post("/account/prove/", {"next": elsewhere}).headers["Location"] == "/care/"


def test_another_session_is_ended_from_here_at_once(later: Later, doctor: Account) -> None:
    """The list shows both, newest use first; the killed one's next request is a visitor's."""
    ward, phone = browser(), browser(name="Mozilla/5.0 (Linux; Android 15) Chrome/141.0 Mobile Safari/537.36")
    later(timedelta(seconds=1))
    assert "Chrome · Android" in (page := ward.get("/account/").content.decode())
    assert "Chrome · Windows" in page
    [theirs] = [s.id for s in signin.sessions_of(doctor) if s.device == "Chrome · Android"]
    assert ward.post(f"/account/sessions/{theirs}/end").status_code == 302
    assert phone.get("/care/").status_code == 302
    assert [s.device for s in signin.sessions_of(doctor)] == ["Chrome · Windows"]
    assert kinds()[-1] == ("signin.session-ended", "killed")
    assert ward.post(f"/account/sessions/{theirs}/end").status_code == 404


def test_nobody_ends_the_session_of_another(later: Later, doctor: Account) -> None:
    """Another account's session is like none."""
    signin.save_demo_account("steward", role="steward", display_th="ผู้ดูแล", display_en="Steward")
    mine, theirs = browser("steward"), browser()
    [session] = signin.sessions_of(doctor)
    assert mine.post(f"/account/sessions/{session.id}/end").status_code == 404
    assert theirs.get("/care/").status_code == 200


def test_a_shared_computer_changes_hands(later: Later, doctor: Account) -> None:
    """Tap to switch: the former session has ended before the next person signs in, and the browser forgets."""
    client = browser()
    answer = client.post("/account/switch")
    assert (answer.status_code, answer.headers["Clear-Site-Data"]) == (302, '"cache", "storage"')
    assert client.get("/care/").status_code == 302
    assert signin.sessions_of(doctor) == []
    assert kinds() == [("signin.session", "demo"), ("signin.session-ended", "switched")]


def test_signing_in_over_somebody_ends_their_session(later: Later, doctor: Account) -> None:
    """A new session id, so that nobody can plant one (session fixation)."""
    signin.save_demo_account("steward", role="steward", display_th="ผู้ดูแล", display_en="Steward")
    client = browser()
    before = client.session.session_key
    client.post("/demo-signin", {"login": "steward"})
    assert client.session.session_key != before
    assert signin.sessions_of(doctor) == []
    assert ("signin.session-ended", "replaced") in kinds()


def test_a_sixth_session_ends_the_one_used_longest_ago(later: Later) -> None:
    """Five side by side (ASVS V7.1.2): who goes from ward to ward need not sign out; forgotten ones do not add up. A
    made-up account is everybody's, and unbounded.
    """
    account = Account.objects.create_account("nurse", role="steward", display_th="ก", display_en="A")
    clients = [Client() for _ in range(6)]
    for client in clients[:5]:
        later(timedelta(seconds=1))
        client.force_login(account)
    later(timedelta(seconds=1))
    assert [c.get("/account/").status_code for c in clients[:5]] == [200] * 5
    later(timedelta(seconds=1))
    assert clients[0].get("/account/").status_code == 200
    later(timedelta(seconds=1))
    assert [c.get("/account/").status_code for c in clients[2:5]] == [200] * 3
    clients[5].force_login(account)
    assert [c.get("/account/").status_code for c in clients] == [200, 302, 200, 200, 200, 200]
    told = [f.detail["why"] for f in audit.facts("signin.session-ended")]
    assert told == ["crowded"]
    signin.save_demo_account("doctor", role="clinician", display_th="แพทย์", display_en="Doctor", hospcode="99801")
    shared = [browser() for _ in range(6)]
    assert [c.get("/care/").status_code for c in shared] == [200] * 6


def test_a_leaver_is_out_with_the_next_request(later: Later, doctor: Account) -> None:
    """Every session and every proof of an account that is closed."""
    clients = [browser(), browser()]
    assert signin.end_all_sessions(doctor, signin.Ending.DISABLED, actor="system:operator") == 2
    assert [c.get("/care/").status_code for c in clients] == [302, 302]
    [fact] = audit.facts("signin.session-ended")
    assert (fact.actor, fact.detail["sessions"]) == ("system:operator", 2)


def test_a_cookie_without_a_session_of_ours_opens_nothing(later: Later, doctor: Account) -> None:
    """Such as one from before sessions were kept."""
    client = browser()
    session = client.session
    del session["signin_session"]
    session.save()
    assert client.get("/care/").status_code == 302


def test_the_pages_of_the_account_ask_who_it_is(later: Later) -> None:
    """A visitor is led to sign in; nothing is proved or ended."""
    client = Client()
    assert [client.get(a).status_code for a in ("/account/", "/account/prove/")] == [302, 302]
    assert [client.post(a).status_code for a in ("/account/prove/", "/account/sessions/1/end")] == [302, 302]
    assert kinds() == []
