"""Writes over the FHIR API: create, update, patch, delete, their conditional forms and their refusals (S4.23, X4)."""

from __future__ import annotations

import base64
from typing import Any

import orjson
import pytest

from suksala import audit, identity, signin
from suksala.exchange import storage
from suksala.exchange.mapping.base import patient_id
from suksala.foundation import database
from tests.record import HOSPITAL, UNIT, Called, send

pytestmark = pytest.mark.django_db

FHIR = {"CONTENT_TYPE": "application/fhir+json"}
PATCH = {"CONTENT_TYPE": "application/json-patch+json"}
MALI = {
    "resourceType": "Patient",
    "id": "mali",
    "name": [{"family": "ใจดี", "given": ["มะลิ"]}],
    "birthDate": "1970-05-05",
}
WEIGHT: dict[str, Any] = {
    "resourceType": "Observation",
    "status": "final",
    "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]},
    "subject": {"reference": "Patient/mali"},
    "effectiveDateTime": "2026-11-01T09:00:00+07:00",
}


@pytest.fixture
def token() -> str:
    """A system of the hospital that may do everything there."""
    return signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30)


@pytest.fixture
def other() -> str:
    """A system of another unit."""
    return signin.issue_token("unit", UNIT, ["system/*.cruds"], 30)


def put(token: str, body: dict[str, Any], **headers: str) -> Called:
    """PUT a resource where it says it lives."""
    address = f"/fhir/{body['resourceType']}/{body['id']}"
    return Called("PUT", address, token=token, body=orjson.dumps(body), **{**FHIR, **headers})


def post(token: str, body: dict[str, Any] | bytes, address: str | None = None, **headers: str) -> Called:
    """POST a resource to its type."""
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    where = address or f"/fhir/{orjson.loads(raw)['resourceType']}"
    return Called("POST", where, token=token, body=raw, **{**FHIR, **headers})


def versions() -> int:
    """How many versions of anything the store holds."""
    sql = "SELECT (SELECT count(*) FROM resource WHERE person <> 0) + (SELECT count(*) FROM resource_history)"
    ((count,),) = database.rows(sql)
    return int(count)


def test_create_gives_an_id_a_place_and_the_resource(token: str) -> None:
    """201 with Location, ETag, Last-Modified; what was sent comes back with id and meta."""
    put(token, MALI)
    made = post(token, WEIGHT)
    rid = made.json["id"]
    assert (made.status, made.headers["ETag"]) == (201, 'W/"1"')
    assert made.headers["Location"] == f"https://suksala.test/fhir/Observation/{rid}/_history/1"
    assert made.headers["Last-Modified"].endswith("GMT")
    read = Called("GET", f"/fhir/Observation/{rid}", token=token)
    assert read.raw == made.raw
    assert {k: v for k, v in read.json.items() if k not in ("id", "meta")} == WEIGHT
    assert read.json["meta"]["versionId"] == "1"


def test_every_digit_of_a_decimal_comes_back(token: str) -> None:
    """R4 datatypes, decimal: 72.50 is not 72.5 - neither stored, nor cut, nor indented."""
    put(token, MALI)
    raw = orjson.dumps(WEIGHT)[:-1] + b',"valueQuantity":{"value":72.50,"unit":"kg"}}'
    made = post(token, raw)
    address = f"/fhir/Observation/{made.json['id']}"
    for query in ("", "?_pretty=true", "?_elements=value"):
        assert b"72.50" in Called("GET", address + query, token=token).raw


def test_what_a_client_says_in_meta_stays_but_not_what_the_server_says(token: str) -> None:
    """Profiles and tags are kept; version, moment and a source of ours cannot be forged."""
    meta = {
        "versionId": "99",
        "lastUpdated": "2001-01-01T00:00:00Z",
        "source": "urn:suksala:deposit:0123456789abcdef#PERSON/2",
        "tag": [{"system": "urn:test", "code": "a"}],
    }
    read = put(token, {**MALI, "meta": meta}).json["meta"]
    assert (read["versionId"], read["tag"], "source" in read) == ("1", meta["tag"], False)
    assert read["lastUpdated"] > "2026"
    assert put(token, {**MALI, "meta": {"source": "urn:his:9"}}).json["meta"]["source"] == "urn:his:9"


def test_update_makes_a_version_only_when_something_changes(token: str) -> None:
    """201 for the first, 200 and a new version for a change, the same version for the same content."""
    first, same = put(token, MALI), put(token, MALI)
    changed = put(token, {**MALI, "gender": "female"})
    assert [(a.status, a.headers["ETag"]) for a in (first, same, changed)] == [
        (201, 'W/"1"'), (200, 'W/"1"'), (200, 'W/"2"'),
    ]  # fmt: skip
    history = Called("GET", "/fhir/Patient/mali/_history", token=token).json
    assert [entry["resource"]["meta"]["versionId"] for entry in history["entry"]] == ["2", "1"]


def test_delete_keeps_the_history_and_can_be_taken_back(token: str) -> None:
    """204; then 410; deleted again 204 without a new version; a PUT brings it back as version 3."""
    put(token, MALI)
    rid = post(token, WEIGHT).json["id"]
    address = f"/fhir/Observation/{rid}"
    gone = Called("DELETE", address, token=token)
    assert (gone.status, gone.raw, gone.headers["ETag"]) == (204, b"", 'W/"2"')
    assert Called("GET", address, token=token).status == 410
    assert Called("DELETE", address, token=token).headers["ETag"] == 'W/"2"'
    back = put(token, {**WEIGHT, "id": rid})
    assert (back.status, back.headers["ETag"]) == (201, 'W/"3"')
    assert Called("DELETE", "/fhir/Observation/never", token=token).status == 404


def test_a_patient_with_data_is_not_deleted(token: str) -> None:
    """409 and nothing happens: the data would belong to nobody."""
    put(token, MALI)
    rid = post(token, WEIGHT).json["id"]
    assert Called("DELETE", "/fhir/Patient/mali", token=token).status == 409
    assert Called("GET", "/fhir/Patient/mali", token=token).status == 200
    Called("DELETE", f"/fhir/Observation/{rid}", token=token)
    assert Called("DELETE", "/fhir/Patient/mali", token=token).status == 204


@pytest.mark.parametrize(("match", "status"), [('W/"1"', 200), ('"1"', 200), ('W/"2"', 412), ("1", 400), ("*", 400)])
def test_if_match_saves_from_a_lost_update(token: str, match: str, status: int) -> None:
    """R4 http, managing resource contention."""
    put(token, MALI)
    before = versions()
    assert put(token, {**MALI, "gender": "female"}, HTTP_IF_MATCH=match).status == status
    assert versions() - before == (status == 200)


def test_if_match_on_what_is_not_there_and_if_none_match(token: str) -> None:
    """If-Match never creates; If-None-Match: * never changes."""
    assert put(token, MALI, HTTP_IF_MATCH='W/"1"').status == 412
    assert put(token, MALI, HTTP_IF_NONE_MATCH="*").status == 201
    assert put(token, {**MALI, "gender": "male"}, HTTP_IF_NONE_MATCH="*").status == 412
    assert versions() == 1


def test_prefer_return(token: str) -> None:
    """minimal, representation, OperationOutcome."""
    assert put(token, MALI, HTTP_PREFER="return=minimal").raw == b""
    assert put(token, MALI, HTTP_PREFER="return=representation").json["id"] == "mali"
    assert put(token, MALI, HTTP_PREFER="return=OperationOutcome").json["resourceType"] == "OperationOutcome"


def test_a_resource_is_in_the_record_of_its_patient(token: str) -> None:
    """It is found by its patient, comes with $everything, and identity knows the name."""
    put(token, MALI)
    rid = post(token, WEIGHT).json["id"]
    found = Called("GET", "/fhir/Observation?patient=mali", token=token).json
    assert [entry["resource"]["id"] for entry in found["entry"]] == [rid]
    everything = Called("GET", "/fhir/Patient/mali/$everything", token=token).json
    assert {e["resource"]["id"] for e in everything["entry"] if e["search"]["mode"] == "match"} == {"mali", rid}
    [(person,)] = database.rows("SELECT person FROM locator WHERE rid = 'mali'")
    assert identity.registration(person).name == "มะลิ ใจดี"


def test_a_patient_sent_over_fhir_is_one_human_with_the_one_in_the_files(token: str) -> None:
    """The same trusted number and birth date: one human, two registrations."""
    from tests.people import mali

    identity.link(HOSPITAL, [mali("1")])
    file_person = identity.person_of(HOSPITAL, "1")
    known = mali("1")
    cid = [{"system": "https://terms.sil-th.org/id/th-cid", "value": known.number}]
    name = [{"family": known.family, "given": [known.given]}]
    put(token, {**MALI, "identifier": cid, "name": name, "birthDate": str(known.birth)})
    [(person,)] = database.rows("SELECT person FROM locator WHERE rid = 'mali'")
    assert identity.human_of(person) == identity.human_of(file_person)
    assert person != file_person
    assert Called("DELETE", "/fhir/Patient/mali", token=token).status == 204
    assert identity.human_of(person) != identity.human_of(file_person)


def test_an_unknown_patient_is_refused_or_for_a_lenient_client_awaited(token: str) -> None:
    """422 and nothing is kept; a lenient sender's resource waits in the right record for its Patient."""
    refused = post(token, WEIGHT)
    assert (refused.status, refused.json["issue"][0]["code"], versions()) == (422, "not-found", 0)
    lenient = signin.issue_token("early", HOSPITAL, ["system/*.cruds"], 30, lenient=True)
    taken = post(lenient, WEIGHT, HTTP_PREFER="return=OperationOutcome")
    assert (taken.status, taken.json["issue"][0]["severity"]) == (201, "warning")
    put(lenient, MALI)
    found = Called("GET", "/fhir/Observation?patient=mali", token=lenient).json
    assert len(found["entry"]) == 1


def test_a_resource_does_not_move_to_another_patient(token: str) -> None:
    """422; it stays where it was."""
    put(token, MALI)
    put(token, {**MALI, "id": "mana"})
    rid = post(token, WEIGHT).json["id"]
    before = versions()
    moved = put(token, {**WEIGHT, "id": rid, "subject": {"reference": "Patient/mana"}})
    assert (moved.status, versions()) == (422, before)


def test_what_a_deposit_made_is_not_written(token: str) -> None:
    """The next deposit would undo it: the row is to be corrected."""
    send("PERSON", {"pid": "1", "name": "มาลี", "birth": "1970-05-05"})
    rid = patient_id(HOSPITAL, "1")
    before = versions()
    assert put(token, {**MALI, "id": rid}).status == 422
    assert Called("DELETE", f"/fhir/Patient/{rid}", token=token).status == 422
    assert versions() == before


def test_hidden_and_absent_are_one(token: str, other: str) -> None:
    """Another unit's resource: as if it were not there; its id cannot be used, and nothing is told of it."""
    put(token, MALI)
    rid = post(token, WEIGHT).json["id"]
    before = versions()
    for method, headers, body in (("DELETE", {}, b""), ("PATCH", PATCH, b'[{"op":"remove","path":"/status"}]')):
        hidden = Called(method, f"/fhir/Observation/{rid}", token=other, body=body, **headers)
        absent = Called(method, "/fhir/Observation/never", token=other, body=body, **headers)
        assert (hidden.status, hidden.raw) == (absent.status, absent.raw) == (404, absent.raw)
    assert put(other, {**MALI, "gender": "male"}).status == 409
    assert post(other, WEIGHT).status == 422
    assert post(other, MALI, HTTP_IF_NONE_EXIST="birthdate=1970-05-05").status == 201
    assert versions() == before + 1


WRITES = [
    ("POST", "/fhir/Patient", "c"),
    ("PUT", "/fhir/Patient/mali", "u"),
    ("PATCH", "/fhir/Patient/mali", "u"),
    ("DELETE", "/fhir/Patient/mali", "d"),
]


@pytest.mark.parametrize(("method", "address", "right"), WRITES)
def test_each_write_needs_its_right(method: str, address: str, right: str) -> None:
    """403 with every other right; nothing is kept."""
    others = "".join(sorted(set("cruds") - {right}, key="cruds".index))
    token = signin.issue_token("his", HOSPITAL, [f"system/*.{others}"], 30)
    body = b"[]" if method == "PATCH" else orjson.dumps(MALI) if method != "DELETE" else b""
    headers = PATCH if method == "PATCH" else FHIR
    if method == "PATCH":
        body = b'[{"op":"add","path":"/gender","value":"female"}]'
    assert (Called(method, address, token=token, body=body, **headers).status, versions()) == (403, 0)


def test_the_rights_of_smart_v1_and_creating_by_put() -> None:
    """.read gives no write, .write does; a PUT that creates needs c beside u."""
    assert put(signin.issue_token("a", HOSPITAL, ["system/*.read"], 30), MALI).status == 403
    assert put(signin.issue_token("b", HOSPITAL, ["system/*.u"], 30), MALI).status == 403
    assert put(signin.issue_token("c", HOSPITAL, ["system/*.write"], 30), MALI).status == 201


NOT_TAKEN: list[tuple[bytes, dict[str, str], int]] = [
    (b"", FHIR, 400),
    (b"[]", FHIR, 400),
    (b"{", FHIR, 400),
    (b'{"resourceType":"Patient","gender":"male","gender":"female"}', FHIR, 400),
    (b'{"resourceType":"Patient","birthDate":"\\u0000"}', FHIR, 400),
    (b'{"resourceType":"Patient","name":[{"family":"\\ud800"}]}', FHIR, 400),
    (b'{"resourceType":"Patient","x":NaN}', FHIR, 400),
    (b'{"resourceType":"Observation"}', FHIR, 400),
    (b'{"resourceType":"Patient"}', {"CONTENT_TYPE": "text/plain"}, 415),
    (b'{"resourceType":"Patient"}', {**FHIR, "HTTP_CONTENT_ENCODING": "gzip"}, 415),
    (b'{"resourceType":"Patient"}', {**FHIR, "CONTENT_LENGTH": "99999999999"}, 413),
    (b'{"resourceType":"Patient","extension":' + b"[" * 80 + b"]" * 80 + b"}", FHIR, 400),
]


@pytest.mark.parametrize(("raw", "headers", "status"), NOT_TAKEN)
def test_bytes_that_are_no_resource(token: str, raw: bytes, headers: dict[str, str], status: int) -> None:
    """A clear OperationOutcome, and nothing is kept."""
    answer = Called("POST", "/fhir/Patient", token=token, body=raw, **headers)
    assert (answer.status, answer.json["resourceType"], versions()) == (status, "OperationOutcome", 0)


def test_a_fault_is_told_with_its_place(token: str) -> None:
    """expression names the element; the address of a single write is not one of a Bundle."""
    put(token, MALI)
    answer = post(token, {**WEIGHT, "status": "nonsense"})
    assert (answer.status, answer.json["issue"][0]["expression"]) == (422, ["Observation.status"])


def test_json_patch(token: str) -> None:
    """R4 http, patch: a new version; a failed test or a path that is not there is 422 and changes nothing."""
    put(token, MALI)
    good = b'[{"op":"test","path":"/birthDate","value":"1970-05-05"},{"op":"add","path":"/gender","value":"female"}]'
    done = Called("PATCH", "/fhir/Patient/mali", token=token, body=good, **PATCH)
    assert (done.status, done.json["gender"], done.headers["ETag"]) == (200, "female", 'W/"2"')
    bad = [
        (b'[{"op":"test","path":"/gender","value":"male"}]', 422),
        (b'[{"op":"remove","path":"/deceasedBoolean"}]', 422),
        (b'[{"op":"replace","path":"/id","value":"x"}]', 422),
        (b'[{"op":"replace","path":"","value":[]}]', 422),
        (b'[{"op":"fly","path":"/gender"}]', 400),
        (b'{"op":"remove"}', 400),
        (b"[]", 400),
    ]
    for body, status in bad:
        assert Called("PATCH", "/fhir/Patient/mali", token=token, body=body, **PATCH).status == status
    assert versions() == 2


def fhirpath_patch(kind: str, path: str, **value: Any) -> dict[str, Any]:
    """A FHIRPath Patch of one operation."""
    parts = [{"name": "type", "valueCode": kind}, {"name": "path", "valueString": path}, {"name": "value", **value}]
    return {"resourceType": "Parameters", "parameter": [{"name": "operation", "part": parts if value else parts[:2]}]}


def test_fhirpath_patch(token: str) -> None:
    """R4 fhirpatch: a new version; a path that selects nothing, or too much, is 422 and changes nothing."""
    put(token, {**MALI, "gender": "female"})
    good = fhirpath_patch("replace", "Patient.name[0].family", valueString="ใจงาม")
    done = Called("PATCH", "/fhir/Patient/mali", token=token, body=orjson.dumps(good), **FHIR)
    assert (done.status, done.json["name"][0]["family"], done.headers["ETag"]) == (200, "ใจงาม", 'W/"2"')
    bad = [
        (fhirpath_patch("replace", "Patient.maritalStatus", valueString="x"), 422),
        (fhirpath_patch("replace", "Patient.descendants()", valueString="x"), 422),
        (fhirpath_patch("replace", "Patient.gender", valueCode="other sort"), 422),  # the validator
        (fhirpath_patch("replace", "Patient.id", valueId="x"), 422),
        (fhirpath_patch("replace", "Patient.gen der", valueCode="male"), 422),
        (fhirpath_patch("fly", "Patient.gender"), 400),
        (MALI, 400),
    ]
    for body, status in bad:
        answer = Called("PATCH", "/fhir/Patient/mali", token=token, body=orjson.dumps(body), **FHIR)
        assert (answer.status, answer.json["resourceType"]) == (status, "OperationOutcome")
    assert versions() == 2


def test_fhirpath_patch_in_a_transaction_and_a_batch(token: str) -> None:
    """Parameters stand in the entry as they are."""
    put(token, MALI)
    for kind, gender in (("transaction", "female"), ("batch", "male")):
        what = ("add", "Patient") if gender == "female" else ("replace", "Patient.gender")
        asked = fhirpath_patch(*what, valueCode=gender)
        asked["parameter"][0]["part"].append({"name": "name", "valueString": "gender"})
        bundle = {"resourceType": "Bundle", "type": kind, "entry": [entry("PATCH", "Patient/mali", asked)]}
        assert post(token, bundle, "/fhir").status == 200
        assert Called("GET", "/fhir/Patient/mali", token=token).json["gender"] == gender


def test_conditional_create(token: str) -> None:
    """If-None-Exist: none -> 201; one -> 200 and that one; several -> 412."""
    born = {"HTTP_IF_NONE_EXIST": "birthdate=1970-05-05"}
    first = post(token, MALI, **born)
    again = post(token, MALI, **born)
    assert (first.status, again.status, again.json["id"]) == (201, 200, first.json["id"])
    post(token, MALI)
    assert (post(token, MALI, **born).status, versions()) == (412, 2)
    assert post(token, MALI, HTTP_IF_NONE_EXIST="nonsense=1").status == 400
    assert post(token, MALI, HTTP_IF_NONE_EXIST="").status == 400


def test_conditional_update_patch_and_delete(token: str) -> None:
    """By criteria: none creates (PUT), is 404 (PATCH, DELETE); one is the target; several are 412."""
    where = "/fhir/Patient?birthdate=1970-05-05"
    mali = {k: v for k, v in MALI.items() if k != "id"}

    def put_there(body: dict[str, Any]) -> Called:
        return Called("PUT", where, token=token, body=orjson.dumps(body), **FHIR)

    assert Called("DELETE", where, token=token).status == 404
    made = put_there(mali)
    changed = put_there({**mali, "gender": "female"})
    assert (made.status, changed.status, changed.json["id"]) == (201, 200, made.json["id"])
    assert put_there({**mali, "id": "another"}).status == 400
    patch = b'[{"op":"replace","path":"/gender","value":"male"}]'
    assert Called("PATCH", where, token=token, body=patch, **PATCH).json["gender"] == "male"
    post(token, MALI)
    before = versions()
    assert put_there(mali).status == 412
    assert Called("PATCH", where, token=token, body=patch, **PATCH).status == 412
    assert Called("DELETE", where, token=token).status == 412
    assert versions() == before


def test_every_write_is_a_fact(token: str) -> None:
    """Who, whose, what, which version; in the same transaction."""
    put(token, MALI)
    put(token, {**MALI, "gender": "female"})
    Called("DELETE", "/fhir/Patient/mali", token=token)
    facts = [fact for kind in ("create", "update", "delete") for fact in audit.facts(kind)]
    assert [(f.kind, f.actor, f.facility, f.rtype, f.rid, f.detail) for f in facts] == [
        (kind, "client:his", HOSPITAL, "Patient", "mali", {"version": n})
        for n, kind in enumerate(("create", "update", "delete"), start=1)
    ]
    assert {f.person for f in facts} != {None}


def test_the_register_of_facilities_and_the_audit_log(token: str) -> None:
    """Organizations are the exchange's own to write; an AuditEvent is never changed."""
    place = {"resourceType": "Organization", "id": "x", "name": "สุขศาลาสมมติ"}
    assert put(token, place).status == 403
    assert put(signin.issue_token("hub", None, ["system/*.cruds"], 30), place).status == 201
    assert Called("GET", "/fhir/Organization/x", token=token).status == 200
    event = {"resourceType": "AuditEvent", "id": "e"}
    assert put(token, event).status == 405


# ---- bundles --------------------------------------------------------------------------------------------------------


def transaction(token: str, *entries: dict[str, Any], kind: str = "transaction", **headers: str) -> Called:
    """POST a Bundle."""
    bundle = {"resourceType": "Bundle", "type": kind, "entry": list(entries)}
    return post(token, bundle, "/fhir", **headers)


def entry(method: str, url: str, resource: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    """One entry; `more` is fullUrl or a condition of the request."""
    made: dict[str, Any] = {"request": {"method": method, "url": url}}
    if resource is not None:
        made["resource"] = resource
    if "fullUrl" in more:
        made["fullUrl"] = more.pop("fullUrl")
    made["request"].update(more)
    return made


MOTHER = "urn:uuid:61ebe359-bfdc-4613-8bf2-c5e300945f0a"


def test_a_transaction_links_its_entries(token: str) -> None:
    """urn:uuid references lead to what was created, also in narratives, whatever the order."""
    weight = {
        **WEIGHT,
        "subject": {"reference": MOTHER},
        "text": {
            "status": "generated",
            "div": f'<div xmlns="http://www.w3.org/1999/xhtml"><a href="{MOTHER}">x</a></div>',
        },
    }
    answer = transaction(token, entry("POST", "Observation", weight), entry("POST", "Patient", MALI, fullUrl=MOTHER))
    assert (answer.status, answer.json["type"]) == (200, "transaction-response")
    first, second = (e["response"] for e in answer.json["entry"])
    assert (first["status"], second["status"], first["etag"]) == ("201", "201", 'W/"1"')
    observation = Called("GET", first["location"].removeprefix("https://suksala.test"), token=token).json
    patient = second["location"].split("/fhir/")[1].split("/_history")[0]
    assert observation["subject"]["reference"] == patient
    assert f'href="{patient}"' in observation["text"]["div"]


def test_a_transaction_is_all_or_nothing(token: str) -> None:
    """One faulty entry: nothing is kept, and the answer names the entry."""
    faulty = {**WEIGHT, "subject": {"reference": MOTHER}}
    del faulty["status"]
    answer = transaction(
        token,
        entry("POST", "Patient", MALI, fullUrl=MOTHER),
        entry("POST", "Observation", faulty),
    )
    assert (answer.status, versions()) == (422, 0)
    assert answer.json["issue"][0]["expression"] == ["Bundle.entry[1].resource.status"]
    assert database.rows("SELECT count(*) FROM identity_registration WHERE pid LIKE '~%%'") == [(0,)]


def test_conditional_references_and_creates_in_a_transaction(token: str) -> None:
    """A reference may be a search that finds one; ifNoneExist leads others to what was found."""
    put(token, MALI)
    by_search = {**WEIGHT, "subject": {"reference": "Patient?birthdate=1970-05-05"}}
    found = transaction(token, entry("POST", "Observation", by_search)).json["entry"][0]["response"]
    read = Called("GET", found["location"].removeprefix("https://suksala.test"), token=token).json
    assert read["subject"]["reference"] == "Patient/mali"
    answer = transaction(
        token,
        entry("POST", "Patient", MALI, fullUrl=MOTHER, ifNoneExist="birthdate=1970-05-05"),
        entry("POST", "Observation", {**WEIGHT, "subject": {"reference": MOTHER}}),
    ).json["entry"]
    assert [e["response"]["status"] for e in answer] == ["200", "201"]
    assert answer[0]["response"]["location"].endswith("/Patient/mali")
    nobody = {**WEIGHT, "subject": {"reference": "Patient?birthdate=1911-01-01"}}
    before = versions()
    assert (transaction(token, entry("POST", "Observation", nobody)).status, versions()) == (412, before)


def test_all_methods_in_a_transaction(token: str) -> None:
    """Deletes, creates, updates and patches together, then reads see them."""
    put(token, MALI)
    old = post(token, WEIGHT).json["id"]
    patch = base64.b64encode(b'[{"op":"add","path":"/gender","value":"female"}]').decode()
    binary = {"resourceType": "Binary", "contentType": "application/json-patch+json", "data": patch}
    answer = transaction(
        token,
        entry("GET", "Patient/mali"),
        entry("PATCH", "Patient/mali", binary, ifMatch='W/"1"'),
        entry("DELETE", f"Observation/{old}"),
        entry("PUT", "Observation/new", {**WEIGHT, "id": "new"}),
        entry("GET", "Observation?patient=mali"),
        HTTP_PREFER="return=representation",
    ).json["entry"]
    assert [e["response"]["status"] for e in answer] == ["200", "200", "204", "201", "200"]
    assert answer[0]["resource"]["gender"] == "female"
    assert [e["resource"]["id"] for e in answer[4]["resource"]["entry"]] == ["new"]
    assert answer[3]["resource"]["id"] == "new"


def test_a_batch_stands_each_for_itself(token: str) -> None:
    """A faulty entry has its own outcome; the others are done."""
    answer = transaction(
        token,
        entry("PUT", "Patient/mali", MALI),
        entry("POST", "Observation", {**WEIGHT, "subject": {"reference": "Patient/nobody"}}),
        entry("GET", "Patient/mali"),
        entry("GET", "Patient?nonsense=1"),
        kind="batch",
    )
    found = answer.json["entry"]
    assert (answer.json["type"], [e["response"]["status"] for e in found]) == (
        "batch-response",
        ["201", "422", "200", "400"],
    )
    assert found[1]["response"]["outcome"]["resourceType"] == "OperationOutcome"
    assert found[2]["resource"]["id"] == "mali"


TWO_NUMBERS = [
    {
        "type": {
            "coding": [{"system": "https://terms.sil-th.org/core/CodeSystem/cs-th-identifier-type", "code": "cid"}]
        },
        "system": "https://terms.sil-th.org/id/th-cid",
        "value": value,
    }
    for value in ("0000000000001", "0000000000002")
]
CLAIMS = {"profile": ["https://fhir-ig.sil-th.org/th/core/StructureDefinition/th-core-patient"]}
TOO_MANY = {**MALI, "meta": CLAIMS, "identifier": TWO_NUMBERS}  # TH Core: one citizen number at most


def test_each_entry_is_judged_by_the_profiles_that_it_claims(token: str) -> None:
    """As a single create is: a batch refuses that entry, a transaction everything."""
    alone = put(token, TOO_MANY)
    assert (alone.status, versions()) == (422, 0)
    assert alone.json["issue"][0]["expression"] == ["Patient.identifier"]
    entries = [entry("PUT", "Patient/mana", {**MALI, "id": "mana"}), entry("PUT", "Patient/mali", TOO_MANY)]
    whole = transaction(token, *entries)
    assert (whole.status, versions()) == (422, 0)
    assert whole.json["issue"][0]["expression"] == ["Bundle.entry[1].resource.identifier"]
    first, second = (one["response"] for one in transaction(token, *entries, kind="batch").json["entry"])
    assert (first["status"], second["status"], versions()) == ("201", "422", 1)
    assert second["outcome"]["issue"][0]["expression"] == ["Patient.identifier"]


def test_a_claim_that_nobody_here_can_judge_is_told_with_its_entry(token: str) -> None:
    """Taken, with a warning at the entry; one that claims nothing has none."""
    unknown = {**MALI, "meta": {"profile": ["https://example.org/none"]}}
    entries = [entry("PUT", "Patient/mali", unknown), entry("PUT", "Patient/mana", {**MALI, "id": "mana"})]
    first, second = (one["response"] for one in transaction(token, *entries).json["entry"])
    assert (first["status"], second["status"], "outcome" in second) == ("201", "201", False)
    assert [one["severity"] for one in first["outcome"]["issue"]] == ["warning"]


NOT_A_BUNDLE: list[tuple[Any, int]] = [
    ({"resourceType": "Bundle", "type": "collection"}, 400),
    ({"resourceType": "Patient"}, 400),
    ({"resourceType": "Bundle", "type": "transaction", "entry": [{}]}, 400),
    ({"resourceType": "Bundle", "type": "transaction", "entry": [7]}, 400),
    ({"resourceType": "Bundle", "type": "batch", "entry": {}}, 400),
    ({"resourceType": "Bundle", "type": "transaction", "entry": [{"request": {"method": "GET"}}] * 10_001}, 413),
]


@pytest.mark.parametrize(("bundle", "status"), NOT_A_BUNDLE)
def test_what_is_no_batch_or_transaction(token: str, bundle: Any, status: int) -> None:
    """Refused whole; nothing is kept."""
    assert (post(token, bundle, "/fhir").status, versions()) == (status, 0)


BAD_ENTRIES = [
    (entry("POST", "Patient"), 400),
    (entry("POST", "Patient/mali", MALI), 400),
    (entry("PUT", "Patient", MALI), 400),
    (entry("PUT", "Patient/other", MALI), 400),
    (entry("PUT", "Observation/mali", MALI), 400),
    (entry("PUT", "Nothing/mali", MALI), 400),
    (entry("PATCH", "Patient/mali", MALI), 400),
    (entry("DELETE", "Patient/mali"), 404),
    (entry("PUT", "Patient/mali", MALI, ifMatch="5"), 400),
    (entry("PUT", "Patient/mali", MALI, ifMatch='W/"5"'), 412),
    (entry("GET", "Patient/nobody"), 404),
]


@pytest.mark.parametrize(("bad", "status"), BAD_ENTRIES)
def test_a_bad_entry_refuses_its_transaction(token: str, bad: dict[str, Any], status: int) -> None:
    """Nothing of the others is kept either."""
    good = entry("PUT", "Patient/mana", {**MALI, "id": "mana"})
    assert (transaction(token, good, bad).status, versions()) == (status, 0)


def test_the_same_resource_twice_and_the_same_full_url_twice(token: str) -> None:
    """Neither can be meant."""
    twice = entry("PUT", "Patient/mali", MALI)
    assert (transaction(token, twice, twice).status, versions()) == (400, 0)
    same = entry("POST", "Patient", MALI, fullUrl=MOTHER)
    assert (transaction(token, same, same).status, versions()) == (400, 0)


def test_an_empty_transaction(token: str) -> None:
    """Nothing asked, nothing done."""
    assert transaction(token).json == {"resourceType": "Bundle", "type": "transaction-response"}


def test_everything_holds_every_type(token: str) -> None:
    """Also what no deposit brings."""
    put(token, MALI)
    plan = {"resourceType": "CarePlan", "id": "plan", "status": "active", "intent": "plan"}
    assert put(token, {**plan, "subject": {"reference": "Patient/mali"}}).status == 201
    everything = Called("GET", "/fhir/Patient/mali/$everything", token=token).json
    assert {entry["resource"]["id"] for entry in everything["entry"]} == {"mali", "plan"}


def test_row_numbers_are_taken_by_the_block() -> None:
    """What one write leaves of a block the next one of the connection takes; a larger write takes blocks of its own."""
    storage.numbers_left.clear()
    first, rest = storage.numbers(1), storage.numbers(999)
    assert [*first, *rest] == list(range(first[0], first[0] + 1000))
    storage.numbers(1)
    many = storage.numbers(1500)
    assert len({*first, *rest, *many}) == 2500
    assert storage.numbers(1) == [many[-1] + 1]
