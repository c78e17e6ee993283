"""SMART apps: asked, allowed, read within what was allowed, renewed, taken back (SMART App Launch 2.2; T09, T10)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from joserfc import jwt
from joserfc.jwk import KeySet

from suksala import audit, identity, signin
from suksala.exchange.mapping.base import patient_id
from suksala.foundation import clock, database
from suksala.signin import oauth, service, smart
from tests import smart_app as app
from tests.oauth_clients import claims, form, jwks, key, one_facility, post, signed
from tests.people import mali as mali_row
from tests.people import number
from tests.record import HOSPITAL, UNIT, Called, one_human, send

pytestmark = pytest.mark.django_db
MALI = patient_id(HOSPITAL, "1")


@pytest.fixture
def mali(db: None) -> Any:
    """Somebody known in two facilities, and somebody else; an app that she may allow."""
    signin.forget_cache()
    one_human((HOSPITAL, "1"), (UNIT, "9"))
    send("PERSON", {"pid": "1", "name": "มาลี", "birth": "1970-05-05"})
    send("PERSON", {"pid": "9", "name": "มาลี"}, hospcode=UNIT)
    identity.link(HOSPITAL, [mali_row("2", number=number(7), given="สมชาย", birth=date(1980, 1, 1), sex="1")])
    send("PERSON", {"pid": "2", "name": "สมชาย"})
    send("SERVICE", {"pid": "1", "seq": "1", "date_serv": "2026-01-01", "pr": 70, "sbp": 120, "dbp": 80})
    send("SERVICE", {"pid": "2", "seq": "2", "date_serv": "2026-01-01", "pr": 71})
    app.add_app()
    return app.account(person=identity.person_of(HOSPITAL, "1"))


def read(token: str, path: str, **headers: str) -> Called:
    """Ask as the app."""
    return Called("GET", f"/fhir/{path}", token=token, **headers)


def test_the_question_is_plain_and_allows_nothing_by_itself(mali: Any) -> None:
    """What, how long, where the answer goes; in Thai, without a fact before the answer."""
    text = app.ask(app.browser(mali)).content.decode()
    assert "แอปกราฟการเติบโต" in text
    assert "ประวัติสุขภาพทั้งหมดที่ท่านดูได้" in text
    assert "นาน 30 วัน" in text
    assert "app.example" in text
    assert list(audit.facts("signin.app-allowed")) == []
    assert database.rows("SELECT 1 FROM signin_authorization") == []


def test_somebody_unknown_signs_in_first(mali: Any) -> None:
    """And comes back to the question."""
    answer = app.ask(Client(headers={"Host": "localhost"}))
    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/signin?next=%2Foauth%2Fauthorize%3F")


def test_allowed_it_reads_her_record_and_nobody_elses(mali: Any) -> None:
    """Fifteen minutes, her own Patient as context, both facilities; logged as hers."""
    answer = app.exchange(app.code_of(app.browser(mali)))
    told = answer.json()
    assert (answer.status_code, answer.headers["Cache-Control"]) == (200, "no-store")
    assert (told["token_type"], told["expires_in"], told["patient"]) == ("Bearer", 900, MALI)
    assert told["scope"] == "patient/*.rs openid fhirUser launch/patient offline_access"
    found = read(told["access_token"], "Patient")
    assert {entry["resource"]["id"] for entry in found.json["entry"]} == {MALI, patient_id(UNIT, "9")}
    other = read(told["access_token"], f"Patient/{patient_id(HOSPITAL, '2')}")
    nobody = read(told["access_token"], "Patient/pt-000000000000000000000000")
    assert (other.status, other.raw) == (404, nobody.raw)
    assert {fact.actor for fact in audit.facts("read")} == {"account:mali"}
    assert {fact.purpose for fact in audit.facts("read")} == {"PATRQT"}
    [fact] = audit.facts("signin.app-allowed")
    assert (fact.actor, fact.detail["client"]) == ("account:mali", "growth")


def test_who_signed_in_is_told_under_our_signature(mali: Any) -> None:
    """id_token: for this app, with its nonce, checked with the published key; only when openid was asked."""
    browser = app.browser(mali)
    told = app.exchange(app.code_of(browser, nonce="n-1")).json()
    keys = KeySet.import_key_set(browser.get("/oauth/jwks").json())
    said = jwt.decode(told["id_token"], keys, algorithms=["ES384"]).claims
    assert (said["iss"], said["aud"], said["nonce"]) == (app.SITE, "growth", "n-1")
    assert said["fhirUser"] == f"{app.SITE}/fhir/Patient/{MALI}"
    assert 0 < said["exp"] - said["iat"] <= 300
    assert "mali" not in str(said)
    assert Called("GET", "/fhir/Patient", token=told["id_token"][:150]).status == 401
    without = app.exchange(app.code_of(browser, scope="patient/*.rs")).json()
    assert set(without) == {"access_token", "expires_in", "token_type", "scope", "patient", "need_patient_banner"}


@pytest.mark.parametrize(
    ("asked", "given"),
    [
        ("patient/*.cruds", "patient/*.rs"),
        ("patient/Observation.rs?category=laboratory", "patient/Observation.rs?category=laboratory"),
        ("patient/*.read system/*.rs", "patient/*.read"),
        ("patient/Patient.c patient/Patient.r", "patient/Patient.r"),
        ("patient/Patient.r launch/patient nonsense", "patient/Patient.r launch/patient"),
    ],
)
def test_it_gets_no_more_than_it_is_registered_for(mali: Any, asked: str, given: str) -> None:
    """Less is said in the answer, as OAuth wants; writing is never given."""
    assert app.exchange(app.code_of(app.browser(mali), scope=asked)).json()["scope"] == given


def test_scopes_bound_what_is_found(mali: Any) -> None:
    """Types and conditions: of what was not allowed nothing is told, not even whether it is there."""
    browser = app.browser(mali)
    vital = app.exchange(app.code_of(browser, scope="patient/Observation.rs?category=vital-signs")).json()
    lab = app.exchange(app.code_of(browser, scope="patient/Observation.rs?category=laboratory")).json()
    every = read(vital["access_token"], "Observation").json["entry"]
    assert len(every) >= 2
    assert read(lab["access_token"], "Observation").json.get("entry", []) == []
    rid = every[0]["resource"]["id"]
    assert read(vital["access_token"], f"Observation/{rid}").status == 200
    assert read(lab["access_token"], f"Observation/{rid}").status == 404
    assert read(vital["access_token"], "Patient").status == 403
    assert read(vital["access_token"], "Observation?_include=Observation:patient").status == 403
    assert read(vital["access_token"], "Encounter?_has:Observation:encounter:status=final").status == 403
    assert read(vital["access_token"], f"Patient/{MALI}/$everything").status == 403


def test_the_patient_of_the_launch_is_known_without_a_scope_on_patients(mali: Any) -> None:
    """patient/Observation.rs alone: an app asks by the id that it was told with its token, and finds what both
    facilities measured; the Patient, the whole record and the summary stay closed (SMART App Launch 2.2, 2.4).
    """
    send("SERVICE", {"pid": "9", "seq": "9", "date_serv": "2026-01-02", "pr": 72}, hospcode=UNIT)
    token = app.exchange(app.code_of(app.browser(mali), scope="patient/Observation.rs launch/patient")).json()
    shown = token["access_token"]
    every = {entry["resource"]["id"] for entry in read(shown, "Observation").json["entry"]}
    assert (token["patient"], len(every)) == (MALI, 3)
    for asked in (
        f"patient={MALI}",
        f"patient=Patient/{MALI}",
        f"subject=Patient/{MALI}",
        f"subject:Patient={MALI}",
        f"patient=pt-0,{MALI}",
        f"patient=https://suksala.test/fhir/Patient/{MALI}",
    ):
        found = read(shown, f"Observation?{asked}")
        assert (asked, {entry["resource"]["id"] for entry in found.json["entry"]}) == (asked, every)
    for path in (f"Patient/{MALI}", "Patient", f"Observation?patient={MALI}&_include=Observation:patient"):
        assert read(shown, path).status == 403
    for operation in ("$everything", "$summary"):
        assert read(shown, f"Patient/{MALI}/{operation}").status == 403
    assert read(shown, f"Observation?patient.identifier={MALI}").status == 403


def test_every_other_id_stays_unknown_to_it(mali: Any) -> None:
    """Of another person, of her own other registration, of nobody: one answer, byte for byte but for the id asked."""
    token = app.exchange(app.code_of(app.browser(mali), scope="patient/Observation.rs")).json()["access_token"]
    nobody = "pt-000000000000000000000000"
    answers = {
        rid: read(token, f"Observation?patient={rid}").raw.replace(rid.encode(), b"ID")
        for rid in (patient_id(HOSPITAL, "2"), patient_id(UNIT, "9"), nobody)
    }
    assert set(answers.values()) == {answers[nobody]}
    assert b"entry" not in answers[nobody]
    other = app.account("somchai", person=identity.person_of(HOSPITAL, "2"))
    his = app.exchange(app.code_of(app.browser(other), scope="patient/Observation.rs")).json()["access_token"]
    assert read(his, f"Observation?patient={MALI}").raw.replace(MALI.encode(), b"ID") == answers[nobody]


def test_conditions_bound_what_is_asked_for_by_patient(mali: Any) -> None:
    """The id says whose, the scope says what."""
    browser = app.browser(mali)
    lab = app.exchange(app.code_of(browser, scope="patient/Observation.rs?category=laboratory")).json()["access_token"]
    vital = app.exchange(app.code_of(browser, scope="patient/Observation.rs?category=vital-signs")).json()
    assert "entry" not in read(lab, f"Observation?patient={MALI}").json
    assert read(vital["access_token"], f"Observation?patient={MALI}").json["entry"]


def test_an_app_asks_the_log_by_the_patient_of_its_launch(mali: Any) -> None:
    """Who has looked, with patient/AuditEvent.rs alone; of another id nothing."""
    token = app.exchange(app.code_of(app.browser(mali), scope="patient/AuditEvent.rs")).json()["access_token"]
    assert read(token, f"AuditEvent?patient={MALI}").json["entry"]
    assert "entry" not in read(token, f"AuditEvent?patient={patient_id(HOSPITAL, '2')}").json


def test_reading_is_not_searching(mali: Any) -> None:
    """r reads by id, s searches; a condition of one is not lent to the other."""
    both = app.exchange(
        app.code_of(app.browser(mali), scope="patient/Observation.r?category=laboratory patient/Observation.s")
    ).json()["access_token"]
    [first, *_] = read(both, "Observation").json["entry"]
    assert read(both, f"Observation/{first['resource']['id']}").status == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "Observation"),
        ("PUT", f"Patient/{MALI}"),
        ("DELETE", f"Patient/{MALI}"),
        ("PATCH", f"Patient/{MALI}"),
        ("POST", ""),
        ("GET", "$export"),
        ("GET", "Patient/$export"),
        ("POST", "$import"),
        ("POST", "Patient/$match"),
        ("GET", "Subscription/1/$status"),
    ],
)
def test_an_app_writes_nothing_and_starts_nothing(mali: Any, method: str, path: str) -> None:
    """Whatever its scopes say."""
    token = app.exchange(app.code_of(app.browser(mali))).json()["access_token"]
    assert Called(method, f"/fhir/{path}", token=token, body=b"{}", CONTENT_TYPE="application/fhir+json").status == 403


def test_a_refresh_token_counts_once_and_its_theft_ends_everything(mali: Any) -> None:
    """Rotation; the old one again ends the family at once (RFC 9700, 4.14.2)."""
    first = app.exchange(app.code_of(app.browser(mali))).json()
    second = app.refresh(first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert second["patient"] == MALI
    assert read(second["access_token"], f"Patient/{MALI}").status == 200
    assert app.refresh(first["refresh_token"]).json()["error"] == "invalid_grant"
    for token in (first, second):
        assert read(token["access_token"], f"Patient/{MALI}").status == 401
    assert app.refresh(second["refresh_token"]).status_code == 400
    [fact] = audit.facts("signin.app-ended")
    assert fact.detail == {"client": "growth", "why": "refresh-reused"}


def test_what_was_allowed_ends_after_thirty_days_however_often_renewed(
    mali: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both edges; the last access token ends with it."""
    now = clock.now()
    renewed = app.exchange(app.code_of(app.browser(mali))).json()["refresh_token"]
    [(ends,)] = database.rows("SELECT ends_at FROM signin_authorization")
    assert abs(ends - now - timedelta(days=30)) < timedelta(seconds=30)
    for module in (oauth, service, smart):
        monkeypatch.setattr(module.clock, "now", lambda: ends - timedelta(minutes=5))
    last = app.refresh(renewed).json()
    assert last["expires_in"] == 300
    monkeypatch.setattr(oauth.clock, "now", lambda: ends)
    assert app.refresh(last["refresh_token"]).status_code == 400
    signin.forget_cache()
    assert signin.authenticate_bearer(f"Bearer {last['access_token']}") is None


def test_without_offline_access_there_is_nothing_to_renew(mali: Any) -> None:
    """One visit: no refresh token, and after it no authorization."""
    told = app.exchange(app.code_of(app.browser(mali), scope="patient/*.rs")).json()
    assert "refresh_token" not in told
    [(lasts,)] = database.rows("SELECT ends_at - approved_at FROM signin_authorization")
    assert lasts == timedelta(minutes=16)


def test_she_sees_her_apps_and_takes_one_back(mali: Any) -> None:
    """At once; somebody else cannot, and sees nothing of it."""
    mine, other = app.browser(mali), app.browser(app.account("other"))
    token = app.exchange(app.code_of(mine)).json()
    assert "แอปกราฟการเติบโต" in mine.get("/me/apps/").content.decode()
    [(number,)] = database.rows("SELECT id FROM signin_authorization")
    assert "แอปกราฟการเติบโต" not in other.get("/me/apps/").content.decode()
    assert other.post(f"/me/apps/{number}/end").status_code == 404
    assert read(token["access_token"], f"Patient/{MALI}").status == 200
    assert mine.post(f"/me/apps/{number}/end").status_code == 302
    assert read(token["access_token"], f"Patient/{MALI}").status == 401
    assert app.refresh(token["refresh_token"]).status_code == 400
    assert "แอปกราฟการเติบโต" not in mine.get("/me/apps/").content.decode()
    assert [f.detail["why"] for f in audit.facts("signin.app-ended")] == ["taken-back"]
    assert mine.post(f"/me/apps/{number}/end").status_code == 404


def test_an_account_that_is_closed_takes_its_apps_with_it(mali: Any) -> None:
    """And a patient who is nobody's patient any more is not read by the app either."""
    token = app.exchange(app.code_of(app.browser(mali))).json()["access_token"]
    database.execute("UPDATE signin_account SET is_active = false")
    signin.forget_cache()
    assert read(token, f"Patient/{MALI}").status == 401


def test_a_refusal_is_told_and_nothing_is_kept(mali: Any) -> None:
    """access_denied with state and issuer."""
    answer = app.ask(app.browser(mali), app.asked(), do="refuse")
    assert (answer.status_code, app.told(answer)) == (
        303,
        {"error": "access_denied", "state": app.STATE, "iss": app.SITE},
    )
    assert database.rows("SELECT 1 FROM signin_authorization") == []


def test_a_clinician_picks_a_patient_of_the_own_facility(mali: Any) -> None:
    """The app reads that one, as the clinician may; of a patient elsewhere it gets no code."""
    doctor = app.browser(app.account("doctor", role="clinician", hospcode=HOSPITAL))
    page = app.ask(doctor, app.asked(), do="find", text="มาลี").content.decode()
    assert "ให้อ่านของคนนี้" in page
    assert app.ask(doctor, app.asked(), do="allow").status_code == 200  # nobody is picked: the question again
    public = identity.public_id(identity.human_of(mali.person))
    answer = app.ask(doctor, app.asked(), do="allow", patient=public)
    told = app.exchange(app.told(answer)["code"]).json()
    assert told["patient"] == MALI
    found = read(told["access_token"], "Patient").json["entry"]
    assert [entry["resource"]["id"] for entry in found] == [MALI]  # not what the other facility recorded
    assert {f.purpose for f in audit.facts("read")} == {"TREAT"}
    elsewhere = app.browser(app.account("stranger", role="clinician", hospcode=UNIT))
    somchai = identity.public_id(identity.human_of(identity.person_of(HOSPITAL, "2")))
    assert app.ask(elsewhere, app.asked(), do="allow", patient=somchai).status_code == 200
    assert database.rows("SELECT count(*) FROM signin_authorization") == [(1,)]


def test_a_launch_from_the_patients_page(mali: Any) -> None:
    """The app learns who is open; the launch is the clinician's, for this app, five minutes, once."""
    doctor = app.browser(app.account("doctor", role="clinician", hospcode=HOSPITAL))
    public = identity.public_id(identity.human_of(mali.person))
    began = doctor.post(f"/care/{public}/launch", {"app": "growth"})
    assert began.headers["Location"].startswith("https://app.example/launch?iss=http%3A%2F%2Flocalhost%2Ffhir&launch=")
    launch = app.told(began)["launch"]
    wanted = {"scope": "launch patient/*.rs", "launch": launch}
    other = app.browser(app.account("doctor2", role="clinician", hospcode=HOSPITAL))
    assert app.told(app.ask(other, app.asked(**wanted)))["error"] == "access_denied"
    assert "มาลี" in app.ask(doctor, app.asked(**wanted)).content.decode()
    told = app.exchange(app.code_of(doctor, **wanted)).json()
    assert told["patient"] == MALI
    assert app.told(app.ask(doctor, app.asked(**wanted), do="allow"))["error"] == "access_denied"
    assert doctor.post(f"/care/{public}/launch", {"app": "nobody"}).status_code == 404


def test_an_app_with_a_key_proves_itself_with_it(mali: Any) -> None:
    """PKCE and the key, not either."""
    app.add_app(jwks=jwks(key("app")))
    code = app.code_of(app.browser(mali))
    assert app.exchange(code).status_code == 401
    proof = {**form(signed(claims("growth"), key("app")), scope=None), "grant_type": "authorization_code"}
    assert post({**proof, "code": code, "redirect_uri": app.BACK, "code_verifier": app.VERIFIER}).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"scopes": ()},
        {"scopes": ("system/*.rs",)},
        {"scopes": ("patient/*.cruds",)},
        {"scopes": ("everything",)},
        {"redirects": ()},
        {"redirects": ("http://app.example/back",)},
        {"redirects": ("https://app.example/back#x",)},
        {"redirects": ("https://app.example/*",)},
        {"redirects": ("https://me@app.example/back",)},
        {"redirects": ("javascript:alert(1)",)},
        {"redirects": ("https://app.example/back?iss=https://evil.example",)},
        {"redirects": ("https://app.example/../back",)},
        {"redirects": ("https://app.example/back\n",)},
        {"origins": ("https://app.example/x",)},
        {"origins": ("*",)},
        {"title_th": ""},
        {"launch": "ftp://app.example"},
        {"jwks": "{}"},
    ],
)
def test_what_is_no_sound_app_is_not_registered(db: None, changed: dict[str, Any]) -> None:
    """Nothing is kept."""
    with pytest.raises(signin.TokenProblem):
        app.add_app(**changed)
    assert signin.clients() == []


def test_an_app_never_takes_a_systems_name(db: None) -> None:
    """Nor a system an app's."""
    one_facility()
    signin.add_client("growth", "99801", ["system/*.rs"], 1, actor="system:operator")
    with pytest.raises(signin.TokenProblem):
        app.add_app()
    app.add_app("other")
    with pytest.raises(signin.TokenProblem):
        signin.add_client("other", "99801", ["system/*.rs"], 1, actor="system:operator")


def test_an_identity_that_is_not_proven_allows_no_app(mali: Any) -> None:
    """What a page does not open for this account (IAL 1.1) no app opens either."""
    mali.ial = "1.1"
    mali.save()
    answer = app.ask(app.browser(mali), app.asked(), do="allow")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/account/identity/")
    assert list(audit.facts("signin.app-allowed")) == []


def test_a_new_device_allows_no_app_for_a_day(mali: Any) -> None:
    """A stolen way in must not give the record away for thirty days (T12)."""
    app.browser(mali)  # the device that is known
    answer = app.ask(app.browser(mali), app.asked(), do="allow")
    assert answer.status_code == 403
    assert "24" in answer.content.decode()
    assert list(audit.facts("signin.app-allowed")) == []


@pytest.mark.parametrize(
    "changed", [{"nonce": "n" * 5000}, {"state": "s" * 500}, {"launch": "l" * 5000, "scope": "launch patient/*.rs"}]
)
def test_a_long_request_of_an_app_is_no_fault(mali: Any, changed: dict[str, str]) -> None:
    """It is allowed, or the app is told why not."""
    answer = app.ask(app.browser(mali), app.asked(**changed), do="allow")
    assert answer.status_code == 303
    assert ("code" in app.told(answer)) is ("launch" not in changed)


@pytest.mark.parametrize(
    ("form", "status"),
    [
        ({"do": "find", "text": "ม\0า"}, 400),
        ({"do": "allow", "patient": "a\0b"}, 400),
        ({"do": "allow", "patient": "ü" * 50}, 200),
    ],
)
def test_odd_bytes_in_the_search_of_a_patient_are_no_fault(mali: Any, form: dict[str, str], status: int) -> None:
    """A NUL is no letter of a name and is refused; an id that is none leaves the question. Nothing was allowed."""
    doctor = app.account("doctor", role="clinician", hospcode=HOSPITAL, display_th="หมอ", display_en="Doctor")
    answer = app.ask(app.browser(doctor), app.asked(), **form)
    assert answer.status_code == status
    assert "มาลี" not in answer.content.decode()
    assert list(audit.facts("signin.app-allowed")) == []
