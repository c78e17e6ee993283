"""Terminology over HTTP: names of codes, what is valid, what a value set holds, what a code is elsewhere. A token is
needed, a permit is not, and nobody's reading is logged.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import orjson
import pytest

from suksala import signin
from suksala.foundation import database
from suksala.standards import fhir, file43
from tests.record import HOSPITAL, Called, reads_logged

pytestmark = pytest.mark.django_db

AREA = fhir.CORE + "cs-thcc-person-status"
LAB, OLD_LAB = fhir.CORE + "cs-th-icd10tm-lab", fhir.CORE + "cs-thcc-2digit-lab"
AREA_1_TH = "มีชื่ออยู่ตามทะเบียนบ้านในเขตรับผิดชอบและอยู่จริง"
AREA_1_EN = "registered in the catchment area and lives there"
JSON = {"CONTENT_TYPE": "application/fhir+json"}


@pytest.fixture
def token() -> str:
    """A token with no scope for any person's data."""
    return signin.issue_token("dictionary", HOSPITAL, ["system/CodeSystem.r"], 30)


def ask(operation: str, token: str, **asked: str) -> Called:
    """GET an operation."""
    return Called("GET", f"/fhir/{operation}?{urlencode(asked)}", token=token)


def post(operation: str, token: str, *parameters: dict[str, Any]) -> Called:
    """POST an operation."""
    body = orjson.dumps({"resourceType": "Parameters", "parameter": list(parameters)})
    return Called("POST", f"/fhir/{operation}", token=token, body=body, **JSON)


def said(answer: Called) -> dict[str, Any]:
    """The plain parameters of an answer."""
    assert (answer.status, answer.json["resourceType"]) == (200, "Parameters"), answer.raw
    return {
        p["name"]: next(v for k, v in p.items() if k.startswith("value"))
        for p in answer.json["parameter"]
        if "part" not in p
    }


# --- $lookup


def test_lookup_gives_the_names_in_both_languages(token: str) -> None:
    """The record's own first, then each language."""
    answer = ask("CodeSystem/$lookup", token, system=AREA, code="1")
    assert said(answer) == {"name": "Residence status", "display": AREA_1_TH}
    designations = [
        {part["name"]: part.get("valueCode", part.get("valueString")) for part in p["part"]}
        for p in answer.json["parameter"]
        if p["name"] == "designation"
    ]
    assert designations == [{"language": "th", "value": AREA_1_TH}, {"language": "en", "value": AREA_1_EN}]


def test_lookup_in_a_language_and_by_post(token: str) -> None:
    """displayLanguage chooses the display; GET and POST answer the same bytes."""
    pretty = ask("CodeSystem/$lookup", token, system=AREA, code="1", _pretty="true")
    assert pretty.raw.startswith(b'{\n  "resourceType": "Parameters"')
    asked = ask("CodeSystem/$lookup", token, system=AREA, code="1", displayLanguage="en-US")
    assert said(asked)["display"] == AREA_1_EN
    coding = {"name": "coding", "valueCoding": {"system": AREA, "code": "1"}}
    language = {"name": "displayLanguage", "valueCode": "en"}
    assert post("CodeSystem/$lookup", token, coding, language).raw == asked.raw


def test_every_code_table_can_be_looked_up(token: str) -> None:
    """The first code of each of the 136."""
    for name, table in file43.CODE_TABLES.items():
        code = next(iter(table.labels))
        published = fhir.code_system(name)
        asked = {"system": published, "code": code} if published else {"system": fhir.FILE43, "code": f"{name}:{code}"}
        assert said(ask("CodeSystem/$lookup", token, **asked))["display"], name


UNKNOWN = [
    ({"system": AREA, "code": "9"}, "the code is not in what was asked for"),
    ({"system": fhir.LOINC, "code": "0000-0"}, "a fragment: it may exist"),
    ({"system": "http://snomed.info/sct", "code": "73211009"}, "no such code system here"),
]


@pytest.mark.parametrize(("asked", "why"), UNKNOWN)
def test_lookup_of_what_is_not_kept(token: str, asked: dict[str, str], why: str) -> None:
    """404, and a fragment does not say that the code does not exist."""
    answer = ask("CodeSystem/$lookup", token, **asked)
    assert (answer.status, answer.issue) == (404, "not-found")
    assert why in answer.json["issue"][0]["details"]["text"]


# --- $validate-code

VALID = [
    ({"url": AREA, "code": "1"}, {"result": True, "display": AREA_1_TH}),
    ({"url": AREA, "code": "1", "display": AREA_1_TH}, {"result": True, "display": AREA_1_TH}),
    ({"url": AREA, "code": "1", "display": f" {AREA_1_EN.upper()} "}, {"result": True, "display": AREA_1_TH}),
    ({"url": AREA, "code": "1", "display": "ย้ายออก"}, {"result": False, "display": AREA_1_TH}),
    ({"url": AREA, "code": "9"}, {"result": False}),
    ({"url": fhir.ICD10TM, "code": "E11", "displayLanguage": "en"}, {"result": True, "display": "Type 2 diabetes"}),
    ({"url": fhir.UCUM, "code": "mg/dL"}, {"result": True, "display": "mg/dL"}),
]  # fmt: skip


@pytest.mark.parametrize(("asked", "answer"), VALID)
def test_whether_a_code_is_one_of_a_system(token: str, asked: dict[str, str], answer: dict[str, Any]) -> None:
    """Both names are names of the code; a wrong one is told the right one; false says why."""
    found = said(ask("CodeSystem/$validate-code", token, **asked))
    message = found.pop("message", None)
    assert (found, message is None) == (answer, answer["result"])


def test_a_fragment_does_not_say_that_a_code_does_not_exist(token: str) -> None:
    """False, because it cannot be told, and the message says so."""
    found = said(ask("CodeSystem/$validate-code", token, url=fhir.ICD10TM, code="A000"))
    assert found["result"] is False
    assert "fragment" in found["message"]


def test_one_valid_coding_of_a_concept_is_enough(token: str) -> None:
    """As the record writes a laboratory test: LOINC and the Thai code."""
    codings = [{"system": "urn:other", "code": "x"}, {"system": LAB, "code": "0531601"}]
    concept = {"name": "codeableConcept", "valueCodeableConcept": {"coding": codings}}
    assert said(post("CodeSystem/$validate-code", token, concept))["result"] is True
    url = {"name": "url", "valueUri": AREA}
    assert said(post("CodeSystem/$validate-code", token, url, concept))["result"] is False


IN_SETS = [
    ({"url": "urn:suksala:valueset:typearea", "system": AREA, "code": "1"}, True),
    ({"url": "urn:suksala:valueset:typearea", "system": AREA, "code": "6"}, False),
    ({"url": "urn:suksala:valueset:typearea", "system": LAB, "code": "1"}, False),
    ({"url": "urn:suksala:valueset:sex", "system": fhir.FILE43, "code": "sex:1"}, True),
    ({"url": "urn:suksala:valueset:sex", "system": fhir.FILE43, "code": "abogroup:1"}, False),
    ({"url": AREA + "?fhir_vs", "system": AREA, "code": "1"}, True),
    ({"url": "http://loinc.org/vs", "system": fhir.LOINC, "code": "4548-4"}, True),
]


@pytest.mark.parametrize(("asked", "result"), IN_SETS)
def test_whether_a_code_is_in_a_value_set(token: str, asked: dict[str, str], result: bool) -> None:
    """Of a code table, of a whole system."""
    assert said(ask("ValueSet/$validate-code", token, **asked))["result"] is result


# --- $expand


def expanded(answer: Called) -> list[tuple[str, str]]:
    """Code and display of each entry."""
    assert (answer.status, answer.json["resourceType"]) == (200, "ValueSet"), answer.raw
    return [(c["code"], c["display"]) for c in answer.json["expansion"].get("contains", [])]


def test_a_value_set_in_thai_and_in_english(token: str) -> None:
    """All of it, complete, with designations when they are asked for."""
    answer = ask("ValueSet/$expand", token, url="urn:suksala:valueset:sex", includeDesignations="true")
    assert answer.json["url"] == "urn:suksala:valueset:sex"
    expansion = answer.json["expansion"]
    assert (expansion["total"], "offset" in expansion) == (2, False)
    assert expansion["parameter"] == [{"name": "includeDesignations", "valueBoolean": True}]
    assert expansion["contains"][0] == {
        "system": fhir.FILE43,
        "code": "sex:1",
        "display": "ชาย",
        "designation": [{"language": "th", "value": "ชาย"}, {"language": "en", "value": "male"}],
    }
    english = ask("ValueSet/$expand", token, url="urn:suksala:valueset:sex", displayLanguage="en")
    assert expanded(english) == [("sex:1", "male"), ("sex:2", "female")]


FILTERED = [
    ("urn:suksala:valueset:typearea", "lives ELSEWHERE", ["2", "3"]),
    ("urn:suksala:valueset:sex", "หญิง", ["sex:2"]),
    ("urn:suksala:valueset:sex", "female", ["sex:2"]),
    ("http://loinc.org/vs", "น้ำตาลสะสม", ["4548-4"]),
    ("http://loinc.org/vs", "นำตาลสะสม", ["4548-4"]),  # a tone mark forgotten
    ("http://loinc.org/vs", "hemoglobin blood a1c", ["4548-4"]),
    ("http://loinc.org/vs", "4548", ["4548-4"]),
    (fhir.ICD10TM + "?fhir_vs", "เบาหวาน ไต", ["E112"]),
    ("urn:suksala:valueset:sex", "ไม่มีแน่นอน", []),
]


@pytest.mark.parametrize(("url", "wanted", "codes"), FILTERED)
def test_a_filter_finds_every_word_in_either_language_or_in_the_code(
    token: str, url: str, wanted: str, codes: list[str]
) -> None:
    """Without regard to case and tone marks."""
    answer = ask("ValueSet/$expand", token, url=url, filter=wanted)
    assert [code for code, _ in expanded(answer)] == codes
    assert answer.json["expansion"]["total"] == len(codes)


def test_an_expansion_in_pages(token: str) -> None:
    """offset and count; the total is of the whole; count 0 asks for it alone."""
    url = "urn:suksala:valueset:dopa_location"
    total = len(file43.code_table("dopa_location").labels)
    seen = []
    for offset in (0, 4000, 8000):
        answer = ask("ValueSet/$expand", token, url=url, offset=str(offset), count="4000")
        assert (answer.json["expansion"]["total"], answer.json["expansion"]["offset"]) == (total, offset)
        seen += [code for code, _ in expanded(answer)]
    assert seen == list(file43.code_table("dopa_location").labels)
    only = ask("ValueSet/$expand", token, url=url, count="0")
    assert (only.json["expansion"]["total"], expanded(only)) == (total, [])


def test_an_expansion_of_a_fragment_says_that_it_is_not_closed(token: str) -> None:
    """HL7's extension valueset-unclosed."""
    unclosed = {"url": "http://hl7.org/fhir/StructureDefinition/valueset-unclosed", "valueBoolean": True}
    for url, extension in (("http://loinc.org/vs", [unclosed]), (AREA + "?fhir_vs", None)):
        assert ask("ValueSet/$expand", token, url=url).json["expansion"].get("extension") == extension


# --- $translate


def matches(answer: Called) -> list[tuple[str, str, str]]:
    """Equivalence, system and code of each match."""
    found = []
    for p in answer.json["parameter"]:
        if p["name"] == "match":
            part = {one["name"]: one for one in p["part"]}
            coding = part["concept"]["valueCoding"]
            found.append((part["equivalence"]["valueCode"], coding["system"], coding["code"]))
    return found


TRANSLATED = [
    ({"system": LAB, "code": "0531601"}, [(fhir.LOINC, "4548-4")]),
    ({"system": OLD_LAB, "code": "05"}, [(LAB, "0531601"), (fhir.LOINC, "4548-4")]),
    ({"system": OLD_LAB, "code": "05", "targetsystem": fhir.LOINC}, [(fhir.LOINC, "4548-4")]),
    ({"system": OLD_LAB, "code": "05", "target": "http://loinc.org/vs"}, [(fhir.LOINC, "4548-4")]),
    ({"url": "urn:suksala:conceptmap:icd10tm-icd10", "system": fhir.ICD10TM, "code": "E119"}, [(fhir.ICD10, "E11.9")]),
    ({"system": fhir.LOINC, "code": "4548-4", "reverse": "true", "targetsystem": LAB}, [(LAB, "0531601")]),
    ({"system": fhir.ICD10, "code": "E11.9", "reverse": "true"}, [(fhir.ICD10TM, "E119")]),
]


@pytest.mark.parametrize(("asked", "codes"), TRANSLATED)
def test_a_code_in_another_system(token: str, asked: dict[str, str], codes: list[tuple[str, str]]) -> None:
    """Only equivalent ones."""
    answer = ask("ConceptMap/$translate", token, **asked)
    assert said(answer) == {"result": True}
    assert matches(answer) == [("equivalent", system, code) for system, code in codes]


UNSURE = [
    ({"system": LAB, "code": "0440204"}, "no match is sure"),  # microalbumin, coded
    ({"system": LAB, "code": "0531004"}, "no match is sure"),  # fasting or not: sources disagree
    ({"system": OLD_LAB, "code": "02"}, "no match is sure"),
    ({"system": fhir.ICD10TM, "code": "U570"}, "no match is sure"),  # Thai traditional medicine
    ({"system": fhir.ICD10TM, "code": "E1190"}, "no match is sure"),
    ({"system": AREA, "code": "1"}, "no map between the systems"),
    ({"system": LAB, "code": "0531601", "targetsystem": fhir.ICD10}, "no map between the systems"),
    ({"system": fhir.LOINC, "code": "4548-4"}, "no map between the systems"),
]


@pytest.mark.parametrize(("asked", "why"), UNSURE)
def test_what_is_not_sure_is_not_translated(token: str, asked: dict[str, str], why: str) -> None:
    """result false with the reason in Thai and English, never a guess."""
    answer = ask("ConceptMap/$translate", token, **asked)
    found = said(answer)
    assert (found["result"], matches(answer)) == (False, [])
    assert why in found["message"]
    assert " · " in found["message"]


# --- $subsumes


def test_subsumption_in_icd10(token: str) -> None:
    """By codes or by codings."""
    assert said(ask("CodeSystem/$subsumes", token, system=fhir.ICD10, codeA="E11", codeB="E11.9")) == {
        "outcome": "subsumes"
    }
    codings = [
        {"name": name, "valueCoding": {"system": fhir.ICD10TM, "code": code}}
        for name, code in (("codingA", "E119"), ("codingB", "E11"))
    ]
    assert said(post("CodeSystem/$subsumes", token, *codings)) == {"outcome": "subsumed-by"}


# --- CodeSystem


def test_a_code_system_as_a_resource(token: str) -> None:
    """By url and by id, with every code; complete where it is."""
    answer = ask("CodeSystem", token, url=AREA)
    [entry] = answer.json["entry"]
    system = entry["resource"]
    assert (entry["fullUrl"], answer.json["total"]) == ("https://suksala.test/fhir/CodeSystem/cs-thcc-person-status", 1)
    assert (system["url"], system["content"], system["count"]) == (AREA, "complete", 5)
    assert system["valueSet"] == AREA + "?fhir_vs"
    assert system["concept"][0] == {
        "code": "1",
        "display": AREA_1_TH,
        "designation": [{"language": "th", "value": AREA_1_TH}, {"language": "en", "value": AREA_1_EN}],
    }
    assert Called("GET", "/fhir/CodeSystem/cs-thcc-person-status", token=token).json == system


def test_a_fragment_says_so_and_counts_nothing(token: str) -> None:
    """And carries the licence of its owner."""
    [entry] = ask("CodeSystem", token, url=fhir.LOINC).json["entry"]
    system = entry["resource"]
    assert (system["content"], "count" in system, len(system["concept"])) == ("fragment", False, 37)
    assert "Regenstrief" in system["copyright"]


def test_the_list_of_code_systems(token: str) -> None:
    """Without codes, and marked so."""
    answer = ask("CodeSystem", token, _summary="true")
    resources = [e["resource"] for e in answer.json["entry"]]
    assert [r["url"] for r in resources] == list(fhir.system_urls())
    assert {r["meta"]["tag"][0]["code"] for r in resources} == {"SUBSETTED"}
    assert [r for r in resources if "concept" in r] == []
    assert len({r["id"] for r in resources}) == len(resources)


def test_what_clients_write_is_beside_what_is_kept() -> None:
    """A CodeSystem of a client is stored, read and searched as any type; one of the server's own cannot be written."""
    token = signin.issue_token("writer", HOSPITAL, ["system/*.cruds"], 30)
    own = {"resourceType": "CodeSystem", "id": "ours", "url": "urn:test:ours", "status": "draft", "content": "complete"}
    headers = {"CONTENT_TYPE": "application/fhir+json"}
    made = Called("PUT", "/fhir/CodeSystem/ours", token=token, body=orjson.dumps(own), **headers)
    assert (made.status, Called("GET", "/fhir/CodeSystem/ours", token=token).json["url"]) == (201, own["url"])
    assert [e["resource"]["id"] for e in ask("CodeSystem", token, url=own["url"]).json["entry"]] == ["ours"]
    kept = {**own, "id": "cs-thcc-person-status"}
    address = "/fhir/CodeSystem/cs-thcc-person-status"
    assert Called("PUT", address, token=token, body=orjson.dumps(kept), **headers).status == 422
    assert Called("GET", address, token=token).json["url"] == AREA


def test_a_code_system_that_is_not_kept() -> None:
    """An empty search, a 404."""
    token = signin.issue_token("searcher", HOSPITAL, ["system/CodeSystem.rs"], 30)
    assert "entry" not in ask("CodeSystem", token, url="http://snomed.info/sct").json
    assert Called("GET", "/fhir/CodeSystem/none", token=token).status == 404


# --- who may ask, and what is refused


def test_a_token_is_needed_and_no_permit_and_nothing_is_logged(token: str) -> None:
    """Public content: any valid token, no statement about persons, no fact."""
    before = reads_logged()
    assert Called("GET", f"/fhir/CodeSystem?url={AREA}").status == 401
    assert Called("GET", f"/fhir/ValueSet/$expand?url={AREA}?fhir_vs", token="skl_" + "x" * 43).status == 401
    assert ask("ValueSet/$expand", token, url="urn:suksala:valueset:sex").status == 200
    assert Called("GET", "/fhir/Patient/x", token=token).status == 403
    assert reads_logged() == before
    ((facts,),) = database.rows("SELECT count(*) FROM audit WHERE kind = 'read'")
    assert facts == before


REFUSED = [
    ("GET", "CodeSystem/$lookup", 400, "required"),
    ("GET", "CodeSystem/$lookup?code=1", 400, "required"),
    ("GET", f"CodeSystem/$lookup?system={AREA}&code=1&property=parent", 400, "not-supported"),
    ("GET", f"CodeSystem/$lookup?system={AREA}&code=1&code=2", 400, "invalid"),
    ("GET", f"CodeSystem/$lookup?system={AREA}&code=", 400, "invalid"),
    ("GET", f"CodeSystem/$lookup?system={AREA}&code=%00", 400, "invalid"),
    ("GET", f"CodeSystem/$lookup?system={AREA}&code=1&displayLanguage=de", 400, "not-supported"),
    ("GET", f"CodeSystem/$lookup?system={AREA}&code=1&_format=xml", 400, "not-supported"),
    ("GET", "CodeSystem/$lookup?coding=x", 400, "invalid"),
    ("GET", "CodeSystem/$validate-code?code=1", 400, "required"),
    ("GET", "CodeSystem/$validate-code?url=urn:none&code=1", 404, "not-found"),
    ("GET", f"CodeSystem/$validate-code?url={AREA}&code=1&version=2", 400, "not-supported"),
    ("GET", f"CodeSystem/$subsumes?system={AREA}&codeA=1&codeB=2", 400, "not-supported"),
    ("GET", f"CodeSystem/$subsumes?system={fhir.ICD10}&codeA=E11", 400, "required"),
    ("GET", f"CodeSystem/$subsumes?system={fhir.ICD10}&codeA=E11&codeB=diabetes", 400, "invalid"),
    ("GET", "ValueSet/$expand", 400, "required"),
    ("GET", f"ValueSet/$expand?url={AREA}", 404, "not-found"),
    ("GET", "ValueSet/$expand?url=urn:suksala:valueset:sex&count=-1", 400, "invalid"),
    ("GET", "ValueSet/$expand?url=urn:suksala:valueset:sex&offset=x", 400, "invalid"),
    ("GET", "ValueSet/$expand?url=urn:suksala:valueset:sex&includeDesignations=1", 400, "invalid"),
    ("GET", "ValueSet/$expand?url=urn:suksala:valueset:sex&activeOnly=true", 400, "not-supported"),
    ("GET", "ValueSet/$validate-code?url=urn:suksala:valueset:sex&code=sex:1", 400, "required"),
    ("GET", f"ConceptMap/$translate?url=urn:none&system={LAB}&code=1", 404, "not-found"),
    ("GET", f"ConceptMap/$translate?target=urn:none&system={LAB}&code=1", 404, "not-found"),
    ("GET", "CodeSystem", 403, "forbidden"),
    ("GET", "CodeSystem?name=x", 403, "forbidden"),
    ("GET", "CodeSystem/ucum?_format=xml", 400, "not-supported"),
    ("GET", "CodeSystem?url=", 403, "forbidden"),
    ("GET", "CodeSystem/$nothing", 404, "not-supported"),
    ("GET", "CodeSystem/x/$lookup", 404, "not-supported"),
    ("GET", "ValueSet", 403, "forbidden"),
    ("GET", "ValueSet/$lookup", 404, "not-supported"),
    ("GET", "ConceptMap/x", 403, "forbidden"),
    ("PUT", "CodeSystem/$lookup", 405, "not-supported"),
]


@pytest.mark.parametrize(("method", "target", "status", "issue"), REFUSED, ids=[f"{r[0]} {r[1][:70]}" for r in REFUSED])
def test_refusals(token: str, method: str, target: str, status: int, issue: str) -> None:
    """In Thai and English, with a stable code."""
    answer = Called(method, f"/fhir/{target}", token=token)
    assert (answer.status, answer.issue) == (status, issue)
    details = answer.json["issue"][0]["details"]
    assert " · " in details["text"]
    assert details["coding"][0]["code"] == f"SKL-FHIR-{status}"


BODIES: list[tuple[bytes, dict[str, str], int]] = [
    (b"code=1", {"CONTENT_TYPE": "application/x-www-form-urlencoded"}, 415),
    (b"{", JSON, 400),
    (b"[]", JSON, 400),
    (b'{"resourceType":"Patient"}', JSON, 400),
    (b'{"resourceType":"Parameters","parameter":{}}', JSON, 400),
    (b'{"resourceType":"Parameters","parameter":[1]}', JSON, 400),
    (b'{"resourceType":"Parameters","parameter":[{"name":"code"}]}', JSON, 400),
    (b'{"resourceType":"Parameters","parameter":[{"name":"code","valueCode":"1","valueString":"1"}]}', JSON, 400),
    (b'{"resourceType":"Parameters","parameter":[{"name":"code","valueInteger":1}]}', JSON, 400),
    (b'{"resourceType":"Parameters","parameter":[{"name":"code","valueCode":1}]}', JSON, 400),
    (b'{"resourceType":"Parameters","parameter":[{"name":"coding","valueCoding":{"code":"1"}}]}', JSON, 400),
    (b'{"resourceType":"Parameters","parameter":[{"name":"bogus","valueCode":"1"}]}', JSON, 400),
    (b"{}", {**JSON, "CONTENT_LENGTH": "70000"}, 413),
]


@pytest.mark.parametrize(("body", "headers", "status"), BODIES)
def test_bad_bodies(token: str, body: bytes, headers: dict[str, str], status: int) -> None:
    """A Parameters resource of a sane size, each parameter of its kind."""
    assert Called("POST", "/fhir/CodeSystem/$lookup", token=token, body=body, **headers).status == status


def test_the_capability_statement_lists_what_can_be_asked() -> None:
    """Operations by FHIR's own definitions, beside those of every type."""
    listed = {r["type"]: r for r in Called("GET", "/fhir/metadata").json["rest"][0]["resource"]}
    assert [o["name"] for o in listed["CodeSystem"]["operation"]] == [
        "graphql", "validate", "lookup", "validate-code", "subsumes",
    ]  # fmt: skip
    assert [o["name"] for o in listed["ValueSet"]["operation"]] == ["graphql", "validate", "validate-code", "expand"]
    translate = "http://hl7.org/fhir/OperationDefinition/ConceptMap-translate"
    assert listed["ConceptMap"]["operation"][2] == {"name": "translate", "definition": translate}


def test_the_terminology_capabilities_name_every_code_system() -> None:
    """mode=terminology needs no token, as metadata; another mode is refused."""
    found = Called("GET", "/fhir/metadata?mode=terminology").json
    assert found["resourceType"] == "TerminologyCapabilities"
    assert [system["uri"] for system in found["codeSystem"]] == list(fhir.system_urls())
    assert [s["uri"] for s in found["codeSystem"] if s["subsumption"]] == [fhir.ICD10TM, fhir.ICD10]
    assert Called("GET", "/fhir/metadata?mode=full").json == Called("GET", "/fhir/metadata").json
    refused = Called("GET", "/fhir/metadata?mode=normative")
    assert (refused.status, refused.issue) == (400, "not-supported")
