"""The FHIR API as clients meet it: who may ask, what comes back, and one clear OperationOutcome for every refusal
(S4.23).
"""

from __future__ import annotations

import pytest

from suksala import signin
from suksala.exchange.mapping.base import identifier, patient_id
from tests.record import HOSPITAL, UNIT, Called, one_human, reads_logged, send

pytestmark = pytest.mark.django_db

MALI = patient_id(HOSPITAL, "1")
VISIT = identifier("sv", HOSPITAL, "1", "1")
FORM = {"CONTENT_TYPE": "application/x-www-form-urlencoded"}


@pytest.fixture
def token() -> str:
    """A token of a system of the hospital that may read and search everything there."""
    one_human((HOSPITAL, "1"), (UNIT, "9"))
    send("PERSON", {"pid": "1", "name": "มาลี", "birth": "1970-05-05"})
    send("PERSON", {"pid": "9", "name": "มาลี"}, hospcode=UNIT)
    send("SERVICE", *({"pid": "1", "seq": str(n), "date_serv": f"2026-01-{n:02}", "pr": 70} for n in range(1, 6)))
    return signin.issue_token("his", HOSPITAL, ["system/*.rs"], 30)


def test_metadata_is_open_and_says_what_is_really_there() -> None:
    """The CapabilityStatement comes from the tables of the server."""
    answer = Called("GET", "/fhir/metadata")
    assert (answer.status, answer.json["resourceType"], answer.json["fhirVersion"]) == (
        200,
        "CapabilityStatement",
        "4.0.1",
    )
    [patient] = [r for r in answer.json["rest"][0]["resource"] if r["type"] == "Patient"]
    assert {"name": "birthdate", "type": "date", "documentation": ":missing"} in patient["searchParam"]
    assert [o["name"] for o in patient["operation"]] == [
        "everything", "export", "graphql", "ihe-pix", "match", "summary", "validate",
    ]  # fmt: skip
    assert [i["code"] for i in patient["interaction"]] == [
        "read", "vread", "history-instance", "history-type", "search-type", "create", "update", "patch", "delete",
    ]  # fmt: skip
    assert (patient["readHistory"], patient["conditionalRead"]) == (True, "full-support")
    assert [i["code"] for i in answer.json["rest"][0]["interaction"]] == [
        "transaction", "batch", "search-system", "history-system",
    ]  # fmt: skip
    assert patient["searchInclude"] == ["Patient:general-practitioner", "Patient:link", "Patient:organization"]
    assert {"Observation:patient", "Coverage:beneficiary", "Provenance:target"} < set(patient["searchRevInclude"])


def test_read_with_version_and_moment(token: str) -> None:
    """ETag, Last-Modified, never a shared cache."""
    answer = Called("GET", f"/fhir/Patient/{MALI}", token=token)
    assert (answer.status, answer.json["id"]) == (200, MALI)
    assert answer.headers["ETag"] == 'W/"1"'
    assert answer.headers["Last-Modified"].endswith("GMT")
    assert answer.headers["Content-Type"] == "application/fhir+json; charset=utf-8"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert answer.headers["Content-Length"] == str(len(answer.raw))


def test_a_read_cut_and_printed_as_asked(token: str) -> None:
    """_summary, _elements and _pretty on a read; what is cut says so."""
    whole = Called("GET", f"/fhir/Patient/{MALI}", token=token)
    cut = Called("GET", f"/fhir/Patient/{MALI}?_elements=birthDate&_pretty=true", token=token)
    assert set(cut.json) == {"resourceType", "id", "meta", "active", "birthDate"}
    assert [tag["code"] for tag in cut.json["meta"]["tag"]] == ["SUBSETTED"]
    assert cut.raw.startswith(b'{\n  "resourceType"')
    assert (cut.headers["ETag"], cut.headers["Content-Length"]) == (whole.headers["ETag"], str(len(cut.raw)))
    assert Called("GET", f"/fhir/Patient/{MALI}?_summary=data&_format=json", token=token).raw == whole.raw


NOT_OF_A_READ = [
    "_summary=count",
    "_elements=bogus",
    "_include=x",
    "name=x",
    "_pretty=true&_pretty=true",
    "_format=xml",
]


@pytest.mark.parametrize("asked", NOT_OF_A_READ)
def test_what_a_read_does_not_take(token: str, asked: str) -> None:
    """Refused before anything is read."""
    before = reads_logged()
    assert Called("GET", f"/fhir/Patient/{MALI}?{asked}", token=token).status == 400
    assert reads_logged() == before


def test_what_the_client_has_is_not_sent_again(token: str) -> None:
    """If-None-Match; the reading is logged all the same."""
    before = reads_logged()
    answer = Called("GET", f"/fhir/Encounter/{VISIT}", token=token, HTTP_IF_NONE_MATCH='W/"7", W/"1"')
    assert (answer.status, answer.raw, reads_logged()) == (304, b"", before + 1)


MODIFIED = [
    ("Wed, 01 Jan 2020 00:00:00 GMT", {}, 200),
    ("Thu, 01 Jan 2099 00:00:00 GMT", {}, 304),
    ("its own Last-Modified", {}, 304),
    ("its own Last-Modified", {"HTTP_IF_NONE_MATCH": 'W/"7"'}, 200),  # the tag decides where there is one
    ("Wed, 01 Jan 2020 00:00:00 GMT", {"HTTP_IF_NONE_MATCH": '"1"'}, 304),
    ("Wed, 01 Jan 2020 00:00:00 GMT", {"HTTP_IF_NONE_MATCH": "*"}, 304),
    ("2099-01-01", {}, 200),  # not a date of HTTP: as if it were not there
    ("Thu, 99 Jan 2099 00:00:00 GMT", {}, 200),
]


@pytest.mark.parametrize(("since", "others", "status"), MODIFIED)
def test_if_modified_since(token: str, since: str, others: dict[str, str], status: int) -> None:
    """Conditional read by moment, to the second that Last-Modified tells."""
    target = f"/fhir/Encounter/{VISIT}"
    if since.startswith("its own"):
        since = Called("GET", target, token=token).headers["Last-Modified"]
    answer = Called("GET", target, token=token, HTTP_IF_MODIFIED_SINCE=since, **others)
    assert (answer.status, answer.raw == b"", answer.headers["ETag"]) == (status, status == 304, 'W/"1"')


def test_a_read_is_not_shortened_by_prefer(token: str) -> None:
    """`Prefer: return` speaks of writes."""
    plain, asked = (
        Called("GET", f"/fhir/Patient/{MALI}", token=token, **headers)
        for headers in ({}, {"HTTP_PREFER": "return=minimal"})
    )
    assert (asked.status, asked.headers, asked.raw) == (200, plain.headers, plain.raw)


def test_head_is_get_without_the_body(token: str) -> None:
    """Same headers."""
    whole, head = (Called(method, f"/fhir/Patient/{MALI}", token=token) for method in ("GET", "HEAD"))
    assert (head.status, head.raw, head.headers) == (200, b"", whole.headers)


def test_search_by_get_and_by_post_is_one(token: str) -> None:
    """POST _search keeps names and numbers out of addresses."""
    asked = Called("GET", "/fhir/Patient?name=%E0%B8%A1%E0%B8%B2", token=token)
    posted = Called("POST", "/fhir/Patient/_search", token=token, body=b"name=%E0%B8%A1%E0%B8%B2", **FORM)
    assert asked.raw == posted.raw
    assert [e["fullUrl"] for e in asked.json["entry"]] == [f"https://suksala.test/fhir/Patient/{MALI}"]
    assert asked.json["entry"][0]["search"] == {"mode": "match"}


def test_pages_by_link(token: str) -> None:
    """Following `next` as it stands."""
    answer = Called("GET", "/fhir/Observation?code=8867-4&_count=2", token=token)
    seen = []
    while True:
        seen += [e["resource"]["effectiveDateTime"] for e in answer.json["entry"]]
        following = [link["url"] for link in answer.json["link"] if link["relation"] == "next"]
        if not following:
            break
        answer = Called("GET", following[0].removeprefix("https://suksala.test"), token=token)
    assert seen == [f"2026-01-0{n}" for n in (5, 4, 3, 2, 1)]


def test_everything_in_pages(token: str) -> None:
    """Patient/$everything with _count: all of it, once."""
    target, seen = f"/fhir/Patient/{MALI}/$everything?_count=4", []
    while target:
        answer = Called("GET", target, token=token)
        seen += [e["resource"]["id"] for e in answer.json["entry"]]
        links = {link["relation"]: link["url"] for link in answer.json["link"]}
        target = links.get("next", "").removeprefix("https://suksala.test")
    assert len(seen) == len(set(seen)) == 11


WISHES = [
    ("_type=Patient", 1),
    ("_type=Observation,Encounter", 10),
    ("_type=Observation,Provenance", 10),
    ("start=2026-01-04", 5),
    ("start=2026-01-04&end=2026-01-04&_type=Encounter", 1),
    ("_since=2020-01-01", 11),
    ("_since=2999-01-01", 0),
]


@pytest.mark.parametrize(("asked", "count"), WISHES)
def test_everything_narrowed(token: str, asked: str, count: int) -> None:
    """start and end are days of care in Bangkok; who the patient is belongs to every answer."""
    answer = Called("GET", f"/fhir/Patient/{MALI}/$everything?{asked}", token=token)
    assert (answer.status, len(answer.json.get("entry", []))) == (200, count)


def test_everything_by_post(token: str) -> None:
    """The operation may be asked with a form."""
    answer = Called("POST", f"/fhir/Patient/{MALI}/$everything", token=token, body=b"_type=Patient", **FORM)
    assert len(answer.json["entry"]) == 1


def test_hidden_and_absent_are_the_same_bytes(token: str) -> None:
    """Another facility's patient, and nobody at all: status, headers and body."""
    hidden, absent = (Called("GET", f"/fhir/Patient/{rid}", token=token) for rid in (patient_id(UNIT, "9"), "nobody"))
    assert (hidden.status, hidden.headers, hidden.raw) == (absent.status, absent.headers, absent.raw)
    assert (hidden.status, hidden.issue) == (404, "not-found")
    hidden, absent = (
        Called("GET", f"/fhir/Patient/{rid}/$everything", token=token) for rid in (patient_id(UNIT, "9"), "nobody")
    )
    assert (hidden.status, hidden.raw) == (absent.status, absent.raw)


CHALLENGE = 'Bearer realm="suksala", DPoP algs="ES256 ES384"'
NO_TOKEN = [None, "skl_" + "x" * 43, "short", "ไทย"]


@pytest.mark.parametrize("shown", NO_TOKEN)
def test_without_a_valid_token_nothing_is_read(shown: str | None, token: str) -> None:
    """401 and how to ask; no reading."""
    before = reads_logged()
    answer = Called("GET", f"/fhir/Patient/{MALI}", token=shown)
    assert (answer.status, answer.issue, answer.headers["WWW-Authenticate"]) == (401, "login", CHALLENGE)
    assert reads_logged() == before


SCOPES = [
    (["system/*.rs"], 200, 200),
    (["system/Patient.r"], 200, 403),
    (["system/Patient.s"], 403, 200),
    (["system/*.read"], 200, 200),
    (["system/Observation.rs"], 403, 403),
    (["patient/*.rs"], 403, 403),
    (["system/*.write"], 403, 403),
    (["system/*.cud"], 403, 403),
]


@pytest.mark.parametrize(("scopes", "read", "search"), SCOPES)
def test_scopes(token: str, scopes: list[str], read: int, search: int) -> None:
    """r is read, s is search; a scope of another context or type opens nothing."""
    limited = signin.issue_token("narrow", HOSPITAL, scopes, 30)
    assert Called("GET", f"/fhir/Patient/{MALI}", token=limited).status == read
    assert Called("GET", "/fhir/Patient?gender=unknown", token=limited).status == search


LEADING = [
    (["system/Observation.rs"], "Observation?patient.gender=female", 403),
    (["system/Observation.rs"], "Observation?patient=" + MALI, 200),
    (["system/Observation.rs", "system/Patient.s"], "Observation?patient.gender=female", 200),
    (["system/Patient.rs"], "Patient?_has:Observation:patient:code=8867-4", 403),
    (["system/Patient.rs", "system/Observation.r"], "Patient?_has:Observation:patient:code=8867-4", 403),
    (["system/Patient.rs", "system/Observation.rs"], "Patient?_has:Observation:patient:encounter.class=AMB", 403),
    (["system/*.s"], "Patient?_has:Observation:patient:encounter.class=AMB", 200),
    (["system/Patient.rs"], "Patient?_revinclude=Observation:patient", 403),
    (["system/Observation.rs"], "Observation?_include=Observation:patient", 403),
    (["system/Patient.rs"], "Patient?_revinclude=Provenance:target", 403),
    (["system/Patient.rs", "system/Observation.rs"], "Patient?_revinclude=Observation:patient", 200),
]


@pytest.mark.parametrize(("scopes", "asked", "status"), LEADING, ids=[f"{r[0]} {r[1][:50]}" for r in LEADING])
def test_a_search_that_looks_into_other_types_needs_their_scopes(
    token: str, scopes: list[str], asked: str, status: int
) -> None:
    """Otherwise an answer would tell what the token may not ask."""
    limited = signin.issue_token("narrow", HOSPITAL, scopes, 30)
    assert Called("GET", f"/fhir/{asked}", token=limited).status == status


REFUSED = [
    ("GET", "/fhir/Nothing/1", 404, "not-supported"),
    ("GET", "/fhir/patient/1", 404, "not-supported"),
    ("GET", "/fhir/Provenance/1/_history", 404, "not-found"),
    ("GET", f"/fhir/Patient/{MALI}?_format=xml", 400, "not-supported"),
    ("GET", "/fhir/Patient/a%20b", 404, "not-found"),
    ("GET", "/fhir/Patient/" + "a" * 65, 404, "not-found"),
    ("GET", "/fhir/Patient/$nothing", 404, "not-supported"),
    ("GET", f"/fhir/Patient/{MALI}/$nothing", 404, "not-supported"),
    ("GET", "/fhir/Patient?bogus=1", 400, "not-supported"),
    ("GET", "/fhir/Patient?birthdate=2513-05-05x", 400, "invalid"),
    ("GET", "/fhir/Patient?name=%FF%FE", 400, "invalid"),
    ("GET", "/fhir/Patient?name=%00", 400, "invalid"),
    ("GET", "/fhir/Patient?" + "&".join(f"name={n}" for n in range(60)), 400, "too-costly"),
    ("GET", "/fhir/Patient?" + "&".join(f"name={n}" for n in range(300)), 400, "invalid"),
    ("GET", "/fhir/Patient?_id=" + ",".join(str(n) for n in range(101)), 400, "too-costly"),
    ("GET", "/fhir/Patient?name=" + "x" * 9000, 414, "too-long"),
    ("GET", f"/fhir/Patient/{MALI}/$everything?_type=Nothing", 400, "not-supported"),
    ("GET", f"/fhir/Patient/{MALI}/$everything?_count=0", 400, "invalid"),
    ("GET", f"/fhir/Patient/{MALI}/$everything?start=soon", 400, "invalid"),
    ("GET", f"/fhir/Patient/{MALI}/$everything?bogus=1", 400, "not-supported"),
    ("GET", f"/fhir/Patient/{MALI}/$everything?_format=xml", 400, "not-supported"),
    ("GET", "/fhir/metadata?_format=xml", 400, "not-supported"),
    ("POST", f"/fhir/Patient/{MALI}", 405, "not-supported"),
    ("PUT", "/fhir/Patient", 400, "required"),
    ("PUT", f"/fhir/Patient/{MALI}", 400, "structure"),
    ("DELETE", "/fhir/Patient", 400, "required"),
    ("DELETE", f"/fhir/Patient/{MALI}", 403, "forbidden"),
    ("GET", "/fhir/Patient/_search", 405, "not-supported"),
    ("POST", "/fhir/metadata", 405, "not-supported"),
]


@pytest.mark.parametrize(("method", "target", "status", "issue"), REFUSED, ids=[f"{r[0]} {r[1][:60]}" for r in REFUSED])
def test_refusals(token: str, method: str, target: str, status: int, issue: str) -> None:
    """Never 5xx, never a traceback; Thai and English; nobody's record is opened."""
    path, _, query = target.partition("?")
    answer = Called(method, path.replace("%20", " ") + ("?" + query if query else ""), token=token)
    assert (answer.status, answer.issue) == (status, issue)
    details = answer.json["issue"][0]["details"]
    assert " · " in details["text"]
    assert details["coding"][0]["code"].startswith("SKL-")
    assert (answer.headers.get("Allow") is not None) == (status == 405)


FORMS = [
    (b"{}", {"CONTENT_TYPE": "application/json"}, 415),
    (b"name=x", {}, 415),
    ("name=ไทย".encode(), FORM, 400),
    (b"name=x", {**FORM, "CONTENT_LENGTH": "70000"}, 413),
    (b"name=x", {**FORM, "CONTENT_LENGTH": "-5"}, 413),
    (b"name=x", {**FORM, "CONTENT_LENGTH": "x"}, 413),
]


@pytest.mark.parametrize(("body", "headers", "status"), FORMS)
def test_bad_forms(token: str, body: bytes, headers: dict[str, str], status: int) -> None:
    """A form is percent-encoded ASCII of a sane size."""
    assert Called("POST", "/fhir/Patient/_search", token=token, body=body, **headers).status == status


def test_only_json_is_served(token: str) -> None:
    """406 for XML; anything that takes JSON is fine."""
    assert Called("GET", "/fhir/metadata", HTTP_ACCEPT="application/fhir+xml").status == 406
    for accepted in ("*/*", "application/json", "text/html,application/fhir+json;q=0.9"):
        assert Called("GET", "/fhir/metadata", HTTP_ACCEPT=accepted).status == 200


def test_a_host_that_is_none_is_refused(token: str) -> None:
    """It would stand in every address of the answer."""
    answer = Called("GET", "/fhir/Patient?name=x", token=token, HTTP_HOST='evil"><script>')
    assert (answer.status, answer.issue) == (400, "invalid")


def test_a_path_that_is_not_utf8_is_refused() -> None:
    """Decoded strictly."""
    assert Called("GET", "/fhir/Patient/\xff").status == 400


def test_lenient_handling_by_header(token: str) -> None:
    """Prefer: handling=lenient."""
    answer = Called("GET", "/fhir/Patient?bogus=1", token=token, HTTP_PREFER="return=minimal, handling=lenient")
    assert (answer.status, len(answer.json["entry"])) == (200, 1)


@pytest.mark.parametrize(("told", "status"), [(7, 200), (8, 400)])
def test_half_a_form_is_no_question(token: str, told: int, status: int) -> None:
    """A line that broke off: the form that came would ask for more, or for somebody else."""
    kind = {"CONTENT_TYPE": "application/x-www-form-urlencoded", "CONTENT_LENGTH": str(told)}
    answer = Called("POST", "/fhir/Patient/_search", token=token, body=b"_id=abc", **kind)
    assert answer.status == status
    assert status == 200 or answer.issue == "incomplete"


@pytest.mark.parametrize("body", [b"_id=abc", b""])
def test_a_form_in_chunks_is_refused(token: str, body: bytes) -> None:
    """Where one broke off, the web server tells its end as that of a whole one: whole or not, nothing is answered."""
    before = reads_logged()
    for path in ("/fhir/Patient/_search", "/fhir/_search", "/fhir/$graphql"):
        chunked = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked"}
        kind = "application/graphql" if path.endswith("graphql") else FORM["CONTENT_TYPE"]
        answer = Called("POST", path, token=token, body=body, CONTENT_TYPE=kind, **chunked)
        assert (answer.status, answer.issue) == (400, "incomplete"), path
        assert "Content-Length" in answer.json["issue"][0]["details"]["text"]
    assert reads_logged() == before


def test_json_in_chunks_tells_its_end(token: str) -> None:
    """A part of it is none: taken whole, refused half, and nothing at all is no question either."""
    path, kind = "/fhir/Patient/$match", {"CONTENT_TYPE": "application/fhir+json"}
    chunked = {"CONTENT_LENGTH": "", "HTTP_TRANSFER_ENCODING": "chunked", **kind}
    whole = b'{"resourceType":"Parameters","parameter":[]}'
    told = Called("POST", path, token=token, body=whole, **kind)
    assert Called("POST", path, token=token, body=whole, **chunked).issue == told.issue
    assert Called("POST", path, token=token, body=whole[:-1], **chunked).status == 400
    assert Called("POST", path, token=token, body=b"", **chunked).issue == "incomplete"
