"""The audit log as FHIR AuditEvent: every fact has a shape that holds, each reader sees only their part (T17)."""

from __future__ import annotations

import sys
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from suksala import audit, identity, signin
from suksala.audit import Fact
from suksala.consent import Rows, Scope
from suksala.exchange import audit_events, balp
from suksala.exchange.mapping.base import patient_id
from suksala.foundation import clock, database
from suksala.standards import fhir
from tests.record import HOSPITAL, UNIT, Called, keep, of_facility, one_human, permit, person, send

BALP = balp.BALP
NOON = datetime(2026, 11, 22, 5, tzinfo=UTC)
MALI = {"reference": "Patient/mali"}
DOCTOR, SYSTEM = "account:doctor", "client:his"
OBSERVATION: dict[str, Any] = {"rtype": "Observation", "rid": "o1"}


def fact(kind: str, actor: str = SYSTEM, *, about: int | None = 7, **told: Any) -> Fact:
    detail = told.pop("detail", {})
    return Fact(NOON, kind, actor, "TREAT", about, "99801", detail, seq=5, origin="192.0.2.7", **told)


def made(one: Fact) -> dict[str, Any]:
    patient = MALI if one.person else None
    return balp.event(one, patient=patient, base="https://suksala.test/fhir", node="suksala-1")


def profile(event: dict[str, Any]) -> str:
    [found] = event["meta"]["profile"]
    return str(found).removeprefix(BALP)


def errors(event: dict[str, Any]) -> list[str]:
    return [issue.rule for issue in fhir.validation.check(event) if issue.severity == "error"]


# What was done, by whom, about whom -> profile, action, outcome.
SHAPES: list[tuple[Fact, str, str, str]] = [
    (fact("read", **OBSERVATION), "PatientRead", "R", "0"),
    (fact("read", DOCTOR, **OBSERVATION), "PatientRead", "R", "0"),
    (fact("read", about=None, rtype="Organization", rid="99801"), "Read", "R", "0"),
    (fact("read", **OBSERVATION, detail={"operation": "vread", "version": 2}), "PatientRead", "R", "0"),
    (fact("read", rtype="Observation", detail={"operation": "search"}), "PatientQuery", "E", "0"),
    (fact("read", about=None, rtype="Observation", detail={"operation": "search"}), "Query", "E", "0"),
    (fact("read", rtype="Observation", detail={"operation": "count"}), "PatientQuery", "E", "0"),
    (fact("read", DOCTOR, detail={"operation": "timeline"}), "PatientQuery", "E", "0"),
    (fact("read", detail={"operation": "everything"}), "PatientQuery", "E", "0"),
    (fact("read", detail={"operation": "history"}), "PatientQuery", "E", "0"),
    (fact("read", detail={"operation": "export", "export": 3}), "PrivacyDisclosure.Source", "R", "0"),
    (fact("read", about=None, detail={"operation": "export", "export": 3}), "Query", "E", "0"),
    (fact("read", detail={"operation": "not-thought-of-yet"}), "PatientQuery", "E", "0"),
    (fact("create", **OBSERVATION, detail={"version": 1}), "PatientCreate", "C", "0"),
    (fact("create", DOCTOR, **OBSERVATION, detail={"version": 1}), "PatientCreate", "C", "0"),
    (fact("update", **OBSERVATION, detail={"version": 2}), "PatientUpdate", "U", "0"),
    (fact("delete", **OBSERVATION, detail={"version": 3}), "PatientDelete", "D", "0"),
    (fact("delete", DOCTOR, **OBSERVATION, detail={"version": 3}), "PatientDelete", "D", "0"),
    (fact("create", about=None, rtype="Group", rid="g", detail={"version": 1}), "Create", "C", "0"),
    (fact("update", about=None, rtype="Group", rid="g", detail={"version": 2}), "Update", "U", "0"),
    (fact("delete", about=None, rtype="Group", rid="g", detail={"version": 3}), "Delete", "D", "0"),
    (fact("write.refused", about=None, detail={"method": "POST", "status": 422}), balp.OWN + "refusal", "C", "4"),
    (fact("write.refused", about=None, detail={"method": "PATCH", "status": 412}), balp.OWN + "refusal", "U", "4"),
    (fact("write.refused", about=None, detail={"method": "DELETE", "status": 409}), balp.OWN + "refusal", "D", "4"),
    (fact("permit.refused", DOCTOR, about=None, detail={"code": "SKL-PERMIT-001"}), balp.OWN + "refusal", "E", "8"),
    (fact("permit.decided", DOCTOR, detail={"consents": ["c1"]}), "AuthZconsent", "E", "0"),
    (fact("read", DOCTOR, **OBSERVATION, detail={"consents": ["c1", "own-7"]}), "PatientRead", "R", "0"),
    (fact("read", DOCTOR, detail={"operation": "timeline", "consents": ["c1"]}), "PatientQuery", "E", "0"),
    (fact("panel.read", "account:team"), "PatientQuery", "E", "0"),
    (fact("read.copy", DOCTOR, detail={"grant": "g"}), "PatientQuery", "E", "0"),
    (fact("identity.question-seen", "account:desk"), "PatientQuery", "E", "0"),
    (fact("privacy.opening-seen", "account:officer"), "PatientQuery", "E", "0"),
    (fact("search", DOCTOR, about=None, detail={"found": 2}), "Query", "E", "0"),
    (fact("audit.read", about=None, rtype="AuditEvent", detail={"operation": "search"}), "Query", "E", "0"),
    (fact("signin.session", DOCTOR, about=None), balp.OWN + "sign-in", "E", "0"),
    (fact("signin.session-ended", DOCTOR, about=None), balp.OWN + "sign-in", "E", "0"),
    (fact("phr.login", "client:moph-app"), balp.OWN + "sign-in", "E", "0"),
    (fact("ingest.receive", "system:ingest", about=None), balp.OWN + "activity", "C", "0"),
    (fact("ingest.void", "account:steward", about=None), balp.OWN + "activity", "D", "0"),
    (fact("ingest.refuse", "system:ingest", about=None), balp.OWN + "activity", "E", "4"),
    (fact("consent.withdrawn", "account:mali"), balp.OWN + "activity", "U", "0"),
    (fact("something.new", "system:new", about=None), balp.OWN + "activity", "U", "0"),
]


@pytest.mark.parametrize(("one", "name", "action", "outcome"), SHAPES)
def test_every_fact_has_one_shape_that_its_profile_accepts(one: Fact, name: str, action: str, outcome: str) -> None:
    event = made(one)
    assert (profile(event), event["action"], event["outcome"]) == (name, action, outcome)
    assert errors(event) == []


@pytest.mark.parametrize("place", ["agent", "source", "recorded", "outcome", "type"])
def test_the_profiles_bite(place: str) -> None:
    """An event without a part that BALP asks for is refused by the same check that passes ours."""
    event = made(SHAPES[0][0])
    del event[place]
    assert errors(event)


@pytest.mark.parametrize("agent", [0, 1])
def test_a_client_and_a_server_without_network_are_no_balp(agent: int) -> None:
    event = made(SHAPES[0][0])
    del event["agent"][agent]["network"]
    assert errors(event) == ["profile-min"]


def test_a_read_of_a_patient_names_the_patient() -> None:
    event = made(SHAPES[0][0])
    event["entity"] = [one for one in event["entity"] if one["type"]["code"] != "1"]
    assert "profile-min" in errors(event)


def test_who_what_whose_why_and_from_where() -> None:
    """Every part of a read, as a reader of the log meets it."""
    event = made(fact("read", DOCTOR, **OBSERVATION))
    client, server, user, provider = event["agent"]
    assert (event["id"], event["recorded"]) == ("log-5", "2026-11-22T05:00:00.000+00:00")
    assert (client["network"], client["requestor"]) == ({"address": "192.0.2.7", "type": "2"}, False)
    assert server["who"] == event["source"]["observer"]
    assert (user["who"]["identifier"]["value"], user["requestor"]) == ("doctor", True)
    assert user["purposeOfUse"][0]["coding"][0]["code"] == "TREAT"
    assert provider["who"]["identifier"]["value"] == "99801"
    assert [one["what"]["reference"] for one in event["entity"]] == ["Patient/mali", "Observation/o1"]


def test_a_decision_is_observed_by_who_decided() -> None:
    """BALP's val-audit-source: the authorization server is the source."""
    event = made(next(one for one, name, *_ in SHAPES if name == "AuthZconsent"))
    [authorizer] = [a for a in event["agent"] if a["type"]["coding"][0]["code"] == "authserver"]
    assert authorizer["who"] == event["source"]["observer"]


CONSENT = {"system": "http://hl7.org/fhir/resource-types", "code": "Consent"}


@pytest.mark.parametrize("kind", ["read", "permit.decided"])
@pytest.mark.parametrize("consents", [[], ["own-7"], ["own-7", "paper-1"]])
def test_a_consent_that_something_rests_on_is_an_entity(kind: str, consents: list[str]) -> None:
    """As BALP's entity[consent]: each by its resource; none where nothing rests on any."""
    event = made(fact(kind, DOCTOR, detail={"consents": consents} if consents else {}))
    named = [one for one in event["entity"] if one["type"] == CONSENT]
    assert named == [{"what": {"reference": f"Consent/{one}"}, "type": CONSENT} for one in consents]
    assert errors(event) == []


def test_no_value_of_a_search_stands_in_its_event() -> None:
    """The log holds names of parameters only, so the base64 of the query does too."""
    import base64

    event = made(fact("read", rtype="Patient", detail={"operation": "search", "parameters": ["name"]}))
    [query] = [one for one in event["entity"] if "query" in one]
    assert base64.b64decode(query["query"]) == b"Patient?name"


# ---- over HTTP -------------------------------------------------------------------------------------------------------

database_needed = pytest.mark.django_db


def tell(count: int = 1, *, about: int | None = None, facility: str = HOSPITAL, **told: Any) -> None:
    now = clock.now()
    for number in range(count):
        audit.record_now(
            [Fact(now - timedelta(minutes=number), "read", "account:d", "TREAT", about, facility, {}, **told)]
        )


@pytest.fixture
def token(db: None) -> str:
    send("PERSON", {"pid": "1", "name": "มาลี"})
    send("PERSON", {"pid": "9", "name": "สมชาย"}, hospcode=UNIT)
    return signin.issue_token("his", HOSPITAL, ["system/AuditEvent.rs"], 30)


def got(token: str, query: str = "") -> list[dict[str, Any]]:
    answer = Called("GET", f"/fhir/AuditEvent?{query}", token=token)
    assert answer.status == 200, answer.raw
    return [entry["resource"] for entry in answer.json.get("entry", [])]


@database_needed
def test_a_facility_sees_what_was_done_on_its_behalf(token: str) -> None:
    tell(2, about=person("1"), **OBSERVATION)
    tell(3, about=person("9", UNIT), facility=UNIT, **OBSERVATION)
    found = got(token, "subtype=read")
    assert len(found) == 2
    assert {one["entity"][0]["what"]["reference"] for one in found} == {f"Patient/{patient_id(HOSPITAL, '1')}"}
    everything = signin.issue_token("hub", None, ["system/*.rs"], 30)
    assert len(got(everything, "subtype=read")) == 5


@database_needed
def test_looking_tells_of_no_registration_elsewhere(token: str) -> None:
    """Mali is at the unit too, which the hospital does not know: to ask for her is one fact, and one is shown."""
    one_human((HOSPITAL, "1"), (UNIT, "8"))
    mine = patient_id(HOSPITAL, "1")
    told = [[one["entity"][0]["what"] for one in got(token, f"patient={mine}")] for _ in range(2)]
    assert told == [[{"reference": f"Patient/{mine}"}], [{"reference": f"Patient/{mine}"}] * 2]
    assert [fact.person for fact in audit.facts("audit.read")] == [person("1")] * 2


@database_needed
def test_without_the_scope_nothing_is_told(token: str) -> None:
    tell(about=person("1"), **OBSERVATION)
    other = signin.issue_token("lab", HOSPITAL, ["system/Observation.rs"], 30)
    before = database.rows("SELECT count(*) FROM audit")
    assert Called("GET", "/fhir/AuditEvent", token=other).status == 403
    assert Called("GET", "/fhir/AuditEvent").status == 401
    assert database.rows("SELECT count(*) FROM audit") == before


@database_needed
def test_a_person_sees_the_facts_about_the_own_record(token: str) -> None:
    """What a permit for persons opens, as a citizen's app has it: not a fact about anybody else."""
    tell(2, about=person("1"), **OBSERVATION)
    tell(3, about=person("9", UNIT), **OBSERVATION)
    raw = audit_events.search(permit(person("1")), [("subtype", "read")], "https://suksala.test/fhir")
    import orjson

    assert len(orjson.loads(raw)["entry"]) == 2


@database_needed
@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("action=R", 1),
        ("action=E", 2),
        ("action=C", 0),
        ("type=rest", 2),
        ("type=http://dicom.nema.org/resources/ontology/DCM|110113", 1),
        ("outcome=8", 1),
        ("outcome=0&action=E", 1),
        ("agent=account:doctor", 2),
        ("agent:identifier=urn:suksala:account|doctor", 2),
        ("agent=account:nobody", 0),
        ("entity=Observation/o1", 1),
        ("date=2026-03-03", 3),
        ("date=ge2026-03-03&date=lt2026-03-04", 3),
        ("date=gt2026-03-03&agent=account:doctor", 0),
        ("date=le2026-03-02&agent=account:doctor", 0),
    ],
)
def test_the_log_is_searched(token: str, query: str, count: int) -> None:
    at, who = datetime(2026, 3, 3, 5, tzinfo=UTC), person("1")
    audit.record_many(
        [
            Fact(at, "read", "account:doctor", "TREAT", who, HOSPITAL, {}, "Observation", "o1"),
            Fact(at, "read", "client:his", "TREAT", who, HOSPITAL, {"operation": "search"}, "Observation"),
            Fact(at, "permit.refused", "account:doctor", "TREAT", None, HOSPITAL, {"code": "SKL-PERMIT-001"}),
        ]
    )
    on_the_day = "" if "date" in query else "&date=2026-03-03"
    assert len(got(token, query + on_the_day)) == count


@database_needed
@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("entity=Consent/own-7", ["read", "permit.decided", "consent.changed"]),
        ("entity=Consent/own-7&agent=account:doctor", ["read", "permit.decided"]),
        ("entity=Consent/paper-1", ["read"]),
        ("entity=Consent/own-70", []),
        ("entity=Consent/own", []),
    ],
)
def test_the_log_is_searched_by_consent(token: str, query: str, kinds: list[str]) -> None:
    """What rested on it, among others or alone, and what was done to it; of another facility's nothing."""
    at, who = datetime(2026, 3, 3, 5, tzinfo=UTC), person("1")
    both, one = {"consents": ["own-7", "paper-1"]}, {"consents": ["own-7"]}
    audit.record_many(
        [
            Fact(at, "read", "account:doctor", "TREAT", who, HOSPITAL, both, "Observation", "o1"),
            Fact(at, "permit.decided", "account:doctor", "TREAT", who, HOSPITAL, one),
            Fact(at, "consent.changed", "account:mali", "PATRQT", who, HOSPITAL, {}, "Consent", "own-7"),
            Fact(at, "read", "account:doctor", "TREAT", who, HOSPITAL, {}, "Observation", "o1"),
            Fact(at, "read", "account:far", "TREAT", who, UNIT, one, "Observation", "o1"),
        ]
    )
    found = got(token, f"{query}&date=2026-03-03")
    by_hand = audit.facts_wanted(audit.Wanted(seqs=tuple(int(balp.seq_of(one["id"]) or 0) for one in found)))
    assert sorted(fact.kind for fact in by_hand) == sorted(kinds)


@database_needed
def test_a_patient_of_somebody_else_answers_as_nobody(token: str) -> None:
    tell(about=person("9", UNIT), facility=UNIT, **OBSERVATION)
    assert got(token, f"patient={patient_id(UNIT, '9')}") == got(token, "patient=nobody") == []


@database_needed
@pytest.mark.parametrize("there", [True, False])
def test_whom_the_permit_does_not_open_is_named_by_no_row(token: str, there: bool) -> None:
    """A fact of the own facility about somebody whose Patient another one keeps, or nobody keeps: the same bytes."""
    tell(about=person("9", UNIT), **OBSERVATION)
    if not there:
        database.execute("DELETE FROM resource WHERE person = %s", [person("9", UNIT)])
    human = identity.public_id(identity.human_of(person("9", UNIT)))
    [event] = got(token, "subtype=read")
    assert event["entity"][0]["what"] == {
        "type": "Patient",
        "identifier": {"system": "urn:suksala:human", "value": human},
    }
    assert patient_id(UNIT, "9") not in str(event)
    assert errors(event) == []


@database_needed
def test_a_permit_without_patients_names_none(token: str) -> None:
    """An app's scopes may leave the type out; one facility's permit names its own."""
    tell(about=person("1"), **OBSERVATION)
    for types, named in ((frozenset({"Observation"}), False), (frozenset({"Patient"}), True)):
        narrow = replace(permit(person("1")), scopes=(Scope(Rows(frozenset({person("1")}), types=types)),))
        raw = audit_events.search(narrow, [("subtype", "read")], "https://suksala.test/fhir")
        assert (f"Patient/{patient_id(HOSPITAL, '1')}".encode() in raw) is named


@database_needed
def test_the_log_answers_while_nobody_vouches_for_it(token: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Records stay shut then: a system of no facility learns no Patient, a facility's its own."""
    tell(about=person("1"), **OBSERVATION)
    hub = signin.issue_token("hub", None, ["system/*.rs"], 30)
    monkeypatch.setattr(sys.modules["suksala.consent.witnessed"], "is_stopped", lambda: True)
    [event] = got(hub, "subtype=read")
    assert "reference" not in event["entity"][0]["what"]
    [own] = got(token, "subtype=read")
    assert own["entity"][0]["what"]["reference"] == f"Patient/{patient_id(HOSPITAL, '1')}"


@database_needed
def test_pages_lose_nothing_and_repeat_nothing(token: str) -> None:
    tell(25, about=person("1"), **OBSERVATION)
    seen: list[str] = []
    address = "/fhir/AuditEvent?_count=10&subtype=read"
    while address:
        page = Called("GET", address.replace("https://suksala.test", ""), token=token).json
        seen += [entry["resource"]["id"] for entry in page["entry"]]
        address = next((link["url"] for link in page["link"] if link["relation"] == "next"), "")
    assert (len(seen), len(set(seen))) == (25, 25)


@database_needed
def test_one_event_is_read_and_anothers_is_not_there(token: str) -> None:
    tell(about=person("1"), **OBSERVATION)
    tell(about=person("9", UNIT), facility=UNIT, **OBSERVATION)
    [mine], [theirs] = (
        database.rows("SELECT seq FROM audit WHERE facility = %s AND kind = 'read'", [code])
        for code in (HOSPITAL, UNIT)
    )
    assert Called("GET", f"/fhir/AuditEvent/log-{mine[0]}", token=token).json["id"] == f"log-{mine[0]}"
    refused = [Called("GET", f"/fhir/AuditEvent/log-{n}", token=token) for n in (theirs[0], 10**15)]
    assert [answer.status for answer in refused] == [404, 404]
    assert refused[0].raw == refused[1].raw


@database_needed
def test_who_looks_into_the_log_stands_in_the_log(token: str) -> None:
    got(token, f"patient={patient_id(HOSPITAL, '1')}")
    [(actor, about, detail)] = database.rows("SELECT actor, person, detail FROM audit WHERE kind = 'audit.read'")
    assert (actor, about) == ("client:his", person("1"))
    assert detail == {"operation": "search", "parameters": ["patient"]}


@database_needed
@pytest.mark.parametrize("query", ["name=x", "date=yesterday", "_count=0", "_sort=agent", "entity=x", "_cursor=1"])
def test_what_the_log_is_not_asked_by_is_refused_in_both_languages(token: str, query: str) -> None:
    answer = Called("GET", f"/fhir/AuditEvent?{query}", token=token)
    assert answer.status == 400
    assert answer.json["resourceType"] == "OperationOutcome"


@database_needed
def test_what_is_answered_is_valid(token: str) -> None:
    tell(3, about=person("1"), **OBSERVATION)
    for event in got(token):
        assert errors(event) == []


# ---- every interaction -----------------------------------------------------------------------------------------------

OBSERVED = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"text": "x"},
    "subject": {"reference": f"Patient/{patient_id(HOSPITAL, '1')}"},
}
MALI_HERE = f"Patient/{patient_id(HOSPITAL, '1')}"
JSON = {"CONTENT_TYPE": "application/fhir+json"}
# Method, address, what is sent -> status, profiles of what the log then holds.
INTERACTIONS: list[tuple[str, str, dict[str, Any] | None, int, set[str]]] = [
    ("GET", MALI_HERE, None, 200, {"PatientRead"}),
    ("GET", "Patient/nobody", None, 404, {"Read"}),
    ("GET", f"{MALI_HERE}/_history/1", None, 200, {"PatientRead"}),
    ("GET", f"{MALI_HERE}/_history", None, 200, {"PatientQuery"}),
    ("GET", "Patient/_history", None, 200, {"PatientQuery"}),
    ("GET", "_history", None, 200, {"PatientQuery", "Query"}),  # Organizations are about nobody
    ("GET", "Patient", None, 200, {"PatientQuery"}),
    ("GET", "Patient?_id=nobody", None, 200, {"Query"}),
    ("GET", "Patient?_count=0", None, 200, {"Query"}),
    ("GET", "?_type=Patient", None, 200, {"PatientQuery"}),
    ("GET", f"{MALI_HERE}/$everything", None, 200, {"PatientQuery"}),
    ("GET", f"{MALI_HERE}/$summary", None, 200, {"PatientQuery"}),
    ("GET", "AuditEvent", None, 200, {"Query"}),
    ("GET", "metadata", None, 200, set()),
    ("GET", "Patient?no-such=1", None, 400, set()),
    ("POST", "Observation", OBSERVED, 201, {"PatientCreate"}),
    ("PUT", "Observation/mine", {**OBSERVED, "id": "mine"}, 201, {"PatientCreate"}),
    ("POST", "Observation", {"resourceType": "Observation"}, 422, {balp.OWN + "refusal"}),
    ("DELETE", MALI_HERE, None, 422, {balp.OWN + "refusal"}),
    ("DELETE", "Observation/nobody", None, 404, {balp.OWN + "refusal"}),
]


@database_needed
@pytest.mark.parametrize(("method", "address", "body", "status", "profiles"), INTERACTIONS)
def test_every_interaction_leaves_its_shape(
    db: None, method: str, address: str, body: dict[str, Any] | None, status: int, profiles: set[str]
) -> None:
    import orjson

    send("PERSON", {"pid": "1", "name": "มาลี"})
    send("SERVICE", {"pid": "1", "seq": "1", "date_serv": "2026-01-01"})
    keep({"resourceType": "Organization", "id": "nobody-s", "name": "ก"}, hospcode=None)
    own = signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30)
    [[last]] = database.rows("SELECT max(seq) FROM audit")
    sent = orjson.dumps(body) if body else b""
    assert Called(method, f"/fhir/{address}", token=own, body=sent, **(JSON if body else {})).status == status
    seqs = tuple(n for (n,) in database.rows("SELECT seq FROM audit WHERE seq > %s", [last]))
    facts = audit.facts_wanted(audit.Wanted(seqs=seqs)) if seqs else []
    events = audit_events._events(of_facility(None), facts, "https://x.test/fhir")
    assert {profile(event) for event in events} == profiles
    assert [errors(event) for event in events] == [[]] * len(events)
