"""The attacks of RFC 9700, section 4, one test each or more: none gets a token, and what they touch ends (T09)."""

from __future__ import annotations

import io
import threading
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import django.db
import pytest
from django.test import Client

from suksala import audit, identity, signin
from suksala.foundation import clock, database
from suksala.portals.wsgi import application
from suksala.signin import oauth
from tests import smart_app as app
from tests.oauth_clients import claims, form, jwks, key, one_facility, post, signed
from tests.record import HOSPITAL, Called, one_human, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def mali(db: None) -> Any:
    """Somebody with a record and an app."""
    signin.forget_cache()
    one_human((HOSPITAL, "1"))
    send("PERSON", {"pid": "1", "name": "มาลี"})
    app.add_app()
    return app.account(person=identity.person_of(HOSPITAL, "1"))


def nothing_was_given() -> bool:
    """No token is kept."""
    return bool(database.rows("SELECT count(*) FROM signin_token") == [(0,)])


REDIRECTS = [
    "https://app.example/back/",
    "https://app.example/Back",
    "https://APP.example/back",
    "https://app.example:443/back",
    "https://app.example/back?x=1",
    "https://app.example/back#",
    "https://app.example./back",
    "https://app.example/x/../back",
    "https://app.example/%62ack",
    "https://app.example@evil.example/back",
    "https://evil.example/https://app.example/back",
    "https://evil.example/?https://app.example/back",
    "https://app.example.evil.example/back",
    "http://app.example/back",
    "https://app.example\\@evil.example/back",
    "//app.example/back",
    "javascript:alert(1)//https://app.example/back",
    "http://127.0.0.1/back",
    "https://xn--pp-gia.example/back",
    "",
]


@pytest.mark.parametrize("uri", REDIRECTS)
def test_4_1_redirects_are_compared_letter_for_letter(mali: Any, uri: str) -> None:
    """Insufficient redirection URI validation: nobody is sent anywhere, the page says so."""
    answer = app.ask(app.browser(mali), app.asked(redirect_uri=uri), do="allow")
    assert (answer.status_code, "Location" in answer.headers) == (400, False)
    assert "SKL" not in answer.content.decode() or nothing_was_given()
    assert database.rows("SELECT 1 FROM signin_authorization") == []


def test_4_1_a_missing_redirect_is_not_guessed(mali: Any) -> None:
    """Even where one alone is registered."""
    assert app.ask(app.browser(mali), app.asked(redirect_uri=None)).status_code == 400


def test_4_2_credentials_do_not_leak_by_referer(mali: Any) -> None:
    """The page of the question and the way back tell no address."""
    mine = app.browser(mali)
    assert app.ask(mine).headers["Referrer-Policy"] == "same-origin"
    away = app.ask(mine, app.asked(), do="allow")
    assert (away.headers["Referrer-Policy"], away.headers["Cache-Control"]) == ("no-referrer", "no-store, private")


def test_4_3_no_token_in_an_address(mali: Any) -> None:
    """Not in the way back (browser history), not as a parameter of a question."""
    mine = app.browser(mali)
    for kind in ("token", "id_token", "code token", "code id_token", "id_token token", "none"):
        answer = app.ask(mine, app.asked(response_type=kind), do="allow")
        assert "access_token" not in answer.headers.get("Location", "")
        assert answer.status_code in (303, 400)
    token = app.exchange(app.code_of(mine)).json()["access_token"]
    assert Called("GET", f"/fhir/Patient?access_token={token}").status == 401


def test_4_4_mix_up_is_seen_by_the_issuer(mali: Any) -> None:
    """Every answer names us, errors too, once."""
    for answer in (
        app.ask(app.browser(mali), app.asked(), do="allow"),
        app.ask(app.browser(mali), app.asked(), do="refuse"),
        app.ask(app.browser(mali), app.asked(scope="nonsense")),
    ):
        assert answer.headers["Location"].count("iss=") == 1
        assert app.told(answer)["iss"] == app.SITE


def test_4_5_an_injected_code_fails_at_the_verifier(mali: Any) -> None:
    """A code that was stolen and put into another session of the same app: wrong verifier, one try, nothing."""
    code = app.code_of(app.browser(mali))
    assert app.exchange(code, code_verifier="w" * 43).json()["error"] == "invalid_grant"
    assert app.exchange(code).json()["error"] == "invalid_grant"
    assert nothing_was_given()


def test_4_5_a_code_is_of_one_app(mali: Any) -> None:
    """Another app that is registered cannot hand it in, and spoils nothing."""
    app.add_app("other")
    code = app.code_of(app.browser(mali))
    assert app.exchange(code, client_id="other").status_code == 400
    assert app.exchange(code).status_code == 200


def test_4_6_a_token_is_for_us_alone(mali: Any) -> None:
    """An app that was made to ask for a token for another server gets none; ours opens nothing without our table."""
    for aud in ("https://evil.example/fhir", f"{app.SITE}", f"{app.SITE}/fhir/Patient", None):
        assert app.told(app.ask(app.browser(mali), app.asked(aud=aud), do="allow"))["error"] == "invalid_request"
    assert nothing_was_given()


def test_4_7_forged_requests_change_nothing(mali: Any) -> None:
    """The question is answered only from its own page (CSRF token); an app without state is refused."""
    strict = Client(enforce_csrf_checks=True, headers={"Host": "localhost"})
    strict.force_login(mali, backend="suksala.signin.backend.AccountBackend")
    assert app.ask(strict, app.asked(), do="allow").status_code == 403
    for state in (None, ""):
        assert app.told(app.ask(app.browser(mali), app.asked(state=state), do="allow"))["error"] == "invalid_request"
    assert database.rows("SELECT 1 FROM signin_authorization") == []


@pytest.mark.parametrize(
    "changed",
    [
        {"code_challenge": None, "code_challenge_method": None},
        {"code_challenge_method": None},
        {"code_challenge_method": "plain"},
        {"code_challenge_method": "s256"},
        {"code_challenge": "short"},
        {"code_challenge": "x" * 44},
    ],
)
def test_4_8_pkce_cannot_be_left_out(mali: Any, changed: dict[str, Any]) -> None:
    """Downgrade: no challenge, plain, or one that is none."""
    assert app.told(app.ask(app.browser(mali), app.asked(**changed), do="allow"))["error"] == "invalid_request"
    assert database.rows("SELECT 1 FROM signin_authorization") == []


@pytest.mark.parametrize("verifier", [None, "", "v" * 42, "v" * 129, app.challenge(), "v" * 43 + "\n"])
def test_4_8_nor_at_the_end(mali: Any, verifier: str | None) -> None:
    """A verifier that is missing, too short, too long, or the challenge itself."""
    assert app.exchange(app.code_of(app.browser(mali)), code_verifier=verifier).status_code == 400
    assert nothing_was_given()


def test_4_9_a_leaked_token_is_worth_minutes_and_one_person(mali: Any) -> None:
    """Access token leakage: 15 minutes; ended at once when the owner says so."""
    told = app.exchange(app.code_of(app.browser(mali))).json()
    assert told["expires_in"] == 900
    post({"token": told["refresh_token"], "client_id": "growth"}, "/oauth/revoke")
    assert Called("GET", "/fhir/Patient", token=told["access_token"]).status == 401
    assert app.refresh(told["refresh_token"]).status_code == 400


@pytest.mark.parametrize("told", [{"CONTENT_LENGTH": "999"}, {"HTTP_TRANSFER_ENCODING": "chunked"}])
def test_half_a_form_ends_no_token(mali: Any, told: dict[str, str]) -> None:
    """A form that broke off may name another token: 400, and what was named still counts."""
    token = app.exchange(app.code_of(app.browser(mali))).json()["refresh_token"]
    body = f"token={token}&client_id=growth".encode()
    asked = {"PATH_INFO": "/oauth/revoke", "REQUEST_METHOD": "POST", "wsgi.input": io.BytesIO(body)}
    answer = Client().request(**asked, CONTENT_TYPE="application/x-www-form-urlencoded", **told)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")
    assert app.refresh(token).status_code == 200


def test_4_10_tokens_are_kept_as_digests(mali: Any) -> None:
    """A stolen table holds no code, no access token, no refresh token."""
    code = app.code_of(app.browser(mali))
    told = app.exchange(code).json()
    kept = str(
        database.rows(
            "SELECT t::text, a::text, r::text FROM signin_token t JOIN signin_authorization a "
            "ON a.id = t.authorization_id JOIN signin_refresh r ON r.authorization_id = a.id"
        )
    )
    log = str(database.rows("SELECT a::text FROM audit a"))
    for secret in (code, told["access_token"], told["refresh_token"], app.VERIFIER):
        assert secret not in kept
        assert secret not in log


def test_4_11_we_redirect_to_nobody_else(mali: Any) -> None:
    """Open redirector: neither an error nor sign-in leads to an address that was not registered."""
    for changed in ({"redirect_uri": "https://evil.example"}, {"client_id": "nobody"}, {"client_id": None}):
        answer = app.ask(app.browser(mali), app.asked(**changed))
        assert (answer.status_code, "Location" in answer.headers) == (400, False)
    anonymous = Client(headers={"Host": "localhost"})
    assert app.ask(anonymous).headers["Location"].startswith("/signin?next=%2F")


def test_4_12_the_form_does_not_travel_on(mali: Any) -> None:
    """303, never 307: the answer to a form leads on without the form."""
    assert app.ask(app.browser(mali), app.asked(), do="allow").status_code == 303


def test_4_13_headers_of_proxies_are_not_believed(mali: Any) -> None:
    """The audience of an assertion is our address, not what X-Forwarded-Host says."""
    one_facility()
    signin.add_keys("his", "99801", ["system/*.rs"], jwks(key()), actor="system:operator")
    forged = form(signed(claims(aud="https://evil.example/oauth/token")))
    assert post(forged, **{"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https"}).status_code == 401
    assert Client().post("/oauth/token", forged, headers={"Host": "evil.example"}).status_code == 400


def test_4_14_a_refresh_token_is_of_one_app_and_counts_once(mali: Any) -> None:
    """Replay ends the family; another app cannot use it."""
    app.add_app("other")
    told = app.exchange(app.code_of(app.browser(mali))).json()
    assert app.refresh(told["refresh_token"], client_id="other").status_code == 400
    assert app.refresh(told["refresh_token"], scope="patient/*.rs system/*.rs").json()["error"] == "invalid_scope"
    assert app.refresh("skl_" + "x" * 43).status_code == 400


def test_4_15_an_app_is_never_taken_for_a_person(mali: Any) -> None:
    """Client impersonating a resource owner: a system's name is no login, `sub` is no name of a client."""
    one_facility()
    signin.add_keys("mali", "99801", ["system/*.rs"], jwks(key()), actor="system:operator")
    answer = post(form(signed(claims("mali")), scope="patient/*.rs"))
    assert answer.json()["error"] == "invalid_scope"
    got = post(form(signed(claims("mali")), scope="system/*.rs")).json()["access_token"]
    client = signin.authenticate_bearer(f"Bearer {got}")
    assert client is not None
    assert (client.actor, client.user) == ("client:mali", None)


def test_4_16_the_question_is_in_no_frame(mali: Any) -> None:
    """Clickjacking."""
    answer = app.ask(app.browser(mali))
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]
    assert "form-action 'self' https://app.example" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "https://app.example.evil.example", "http://app.example"]
)
def test_4_17_other_pages_read_nothing(mali: Any, origin: str) -> None:
    """Only registered origins may read answers; an answer is never sent to a window (no web_message)."""
    for method in ("OPTIONS", "GET"):
        assert "Access-Control-Allow-Origin" not in headers_of(method, "/fhir/metadata", origin)
    told = headers_of("OPTIONS", "/oauth/token", "https://app.example")
    assert told["Access-Control-Allow-Origin"] == "https://app.example"
    assert "Access-Control-Allow-Credentials" not in told
    assert "Access-Control-Allow-Origin" not in headers_of("GET", "/me/", "https://app.example")


def headers_of(method: str, path: str, origin: str) -> dict[str, str]:
    """The headers of an answer to a page of an origin."""
    found: dict[str, str] = {}
    asked = {
        "REQUEST_METHOD": method,
        "PATH_INFO": path,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "HTTP_HOST": "localhost",
        "HTTP_ORIGIN": origin,
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
    }
    list(application(asked, lambda _, headers, *__: found.update(headers)))
    return found


def test_a_code_counts_a_minute(mali: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both edges."""
    browser = app.browser(mali)
    early, late = app.code_of(browser), app.code_of(browser)
    ends = dict(database.rows("SELECT id, code_until FROM signin_authorization"))
    first, second = (ends[number] for number in sorted(ends))
    monkeypatch.setattr(oauth.clock, "now", lambda: first - timedelta(microseconds=1))
    assert app.exchange(early).status_code == 200
    monkeypatch.setattr(oauth.clock, "now", lambda: second)
    assert app.exchange(late).status_code == 400
    assert second - clock.now() <= timedelta(seconds=60)


def test_a_code_twice_ends_what_came_of_it(mali: Any) -> None:
    """The thief or the owner was second: neither keeps a token (RFC 6749, 4.1.2)."""
    code = app.code_of(app.browser(mali))
    told = app.exchange(code).json()
    assert app.exchange(code).json()["error"] == "invalid_grant"
    assert Called("GET", "/fhir/Patient", token=told["access_token"]).status == 401
    assert [f.detail["why"] for f in audit.facts("signin.app-ended")] == ["code-reused"]


@pytest.mark.parametrize(
    "query",
    [
        urlencode([*app.asked().items(), ("client_id", "growth")]),
        urlencode([*app.asked().items(), ("redirect_uri", "https://evil.example")]),
        urlencode([*app.asked().items(), ("scope", "system/*.cruds")]),
        urlencode(app.asked()) + "&state=%ff",
        urlencode(app.asked(state="a\nb")),
        urlencode(app.asked(client_id="growth\x00")),
        "&".join(f"a{n}=1" for n in range(60)),
        "x" * 9000,
        "",
    ],
)
def test_a_request_in_two_minds_is_none(mali: Any, query: str) -> None:
    """Parameters twice, bytes that are no text, too many: a page that says so, never a 500."""
    assert app.ask(app.browser(mali), query).status_code == 400
    assert database.rows("SELECT 1 FROM signin_authorization") == []


@pytest.mark.parametrize(
    "scope",
    ["", "patient/*.rs\nsystem/*.rs", "ｐatient/*.rs", "system/*.cruds", " ".join(["x"] * 10_000), "patient/../*.rs"],
)
def test_a_scope_that_is_none_gets_nothing(mali: Any, scope: str) -> None:
    """Injection, look-alikes, floods."""
    answer = app.ask(app.browser(mali), app.asked(scope=scope), do="allow")
    assert answer.status_code in (303, 400)
    assert "code=" not in answer.headers.get("Location", "")


def test_ours_is_asked_with_the_code_we_gave(mali: Any) -> None:
    """The redirect of the token request is the one of the question."""
    app.add_app(redirects=(app.BACK, "https://app.example/other"))
    code = app.code_of(app.browser(mali))
    assert app.exchange(code, redirect_uri="https://app.example/other").status_code == 400
    assert nothing_was_given()


@pytest.mark.django_db(transaction=True)
def test_two_refreshes_at_once_give_one_or_none(transactional_db: None) -> None:
    """A race is a replay: at most one answer, and the family ends."""
    signin.forget_cache()
    one_human((HOSPITAL, "1"))
    send("PERSON", {"pid": "1", "name": "มาลี"})
    app.add_app()
    mali = app.account(person=identity.person_of(HOSPITAL, "1"))
    told = app.exchange(app.code_of(app.browser(mali))).json()
    statuses: list[int] = []

    def renew() -> None:
        statuses.append(app.refresh(told["refresh_token"]).status_code)
        django.db.connections.close_all()

    threads = [threading.Thread(target=renew) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(statuses) == [200, 400, 400, 400]
    signin.forget_cache()
    assert database.rows("SELECT count(*) FROM signin_authorization WHERE ended_at IS NULL") == [(0,)]
