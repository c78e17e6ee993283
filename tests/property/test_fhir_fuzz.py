"""Whatever is asked and whatever is sent: an answer of 2xx or 4xx with an OperationOutcome, in 2 s, and a refused write
leaves nothing behind (S4.23, X4).

SUKSALA_FUZZ multiplies the numbers: 125 gives the 50,000 queries and 20,000 resources of a proof.
"""

from __future__ import annotations

import os
import random
import time
from pathlib import Path
from typing import Any
from urllib.parse import quote

import orjson
import pytest

from suksala import signin
from suksala.exchange import exact
from suksala.exchange.definitions import resource_types
from suksala.exchange.parameters import answered
from suksala.foundation import database
from tests.record import HOSPITAL, Called, person, send

pytestmark = pytest.mark.django_db

TIMES = int(os.environ.get("SUKSALA_FUZZ", "1"))
SEED = int(os.environ.get("SUKSALA_FUZZ_SEED", "20261122"))
QUERIES, RESOURCES = 400, 160
MOST_SECONDS = 2.0
EXAMPLES = Path(__file__).parents[1] / "data/fhir/examples.json"

WORDS = [
    "มาลี", "ก็็็็็", "a", "%", "_", "\\", "\\,", "\\|", "\\$", "a,b", "a|b", "|", "||", "a|b|c", "$", "a$b", "'", '"', ";--",
    "' OR 1=1--", "& | ! :*", "{{7*7}}", "%s%s%n", "\x00", "\ud800", "\u202e", "\uf700", "๑๒๓", "１２３", "x" * 3000,
    " ", "",
    "http://loinc.org|4548-4", "http://loinc.org|", "|4548-4", "4548-4", "javascript:alert(1)", "urn:uuid:1", "null",
]  # fmt: skip
DATES = [
    "2026", "2026-01", "2026-01-01", "2026-02-30", "2026-13", "2569-01-01", "ge2026", "ge", "gege2026", "xx2026", "eq",
    "sa2026-01-01T00:00", "lt2026-01-01T25:00", "2026-01-01T00:00:00Z", "ap2026", "9999-12-31", "0001", "0000",
    "ne2026-01-01T00:00:00.123456789+07:00", "2026-01-01T00:00:60+15:00",
]  # fmt: skip
NUMBERS = [
    "5", "5.40", "-1", "1e3", "1e400", "1e-400", "NaN", "Infinity", "lt5", "ap5", "gt", "5.4||", "5.4|http://unitsofmeasure.org|mg",
    "5.4||mg", "|http://unitsofmeasure.org|mg", "5.4|a|b|c", "0x1F", "1_000", "9" * 400, "00.0", "+5",
]  # fmt: skip
PLACES = [
    "13.7|100.5|10|km",
    "91|0|1|km",
    "13.7|100.5",
    "a|b|c|d",
    "13.7|100.5|-1|km",
    "13.7|100.5|1|parsec",
    "NaN|NaN|1|km",
]
REFERENCES = [
    "Patient/1",
    "Patient/" + "x" * 65,
    "1",
    "Nothing/1",
    "http://h/Patient/1",
    "Patient/1/_history/2",
    "#a",
    "Group/1",
]
MODIFIERS = [
    "", "", "", ":missing", ":exact", ":contains", ":not", ":text", ":in", ":not-in", ":of-type", ":identifier",
    ":above", ":below", ":Patient", ":iterate", ":nonsense", ":", "::", ":missing:exact",
]  # fmt: skip
CONTROLS = [
    ("_count", ["0", "-1", "1e3", "2147483648", "5", "x"]),
    ("_sort", ["date", "-date", "_id", "date,date", "bogus", "-", ",", "_lastUpdated,-_id", "code,-subject", "-name"]),
    ("_total", ["none", "accurate", "estimate", "x"]),
    ("_summary", ["true", "text", "count", "data", "x"]),
    ("_elements", ["id", "nonsense", "id,status", ","]),
    ("_include", ["*", "Observation:subject", "Observation:*", "x", ":", "Observation:subject:Patient"]),
    ("_revinclude", ["Observation:subject", "*", "Provenance:target", "x:y:z"]),
    ("_include:iterate", ["Observation:encounter", "Encounter:service-provider"]),
    ("_has:Observation:patient:code", ["4548-4", ""]),
    ("_has:Observation:patient:_has:Provenance:target:recorded", ["2026"]),
    ("_has:", ["x"]),
    ("_filter", ["name eq 'a'", "birthdate ge 2020 and (gender eq male)", "((", "not", "a eq b or", "status pr true"]),
    ("_list", ["1", "x,y", "$current"]),
    ("_cursor", ["x", "W10", "e30", "WzEsMl0"]),
    ("_lastUpdated", DATES),
    ("_id", ["1", "a,b", "x" * 65, ""]),
    ("_tag", WORDS), ("_profile", WORDS), ("_security", WORDS), ("_source", WORDS),
    ("_text", ["a"]), ("_content", ["a"]),
    ("_type", ["Patient", "x"]), ("_format", ["json", "xml", "html"]), ("_pretty", ["true", "x"]),
    ("near", PLACES), ("patient.name", WORDS), ("subject:Patient.identifier", WORDS),
    ("subject.subject.subject", ["1"]),
    ("nonsense", ["1"]), ("_", ["1"]), ("", ["1"]),
]  # fmt: skip
BY_KIND = {
    "date": DATES, "number": NUMBERS, "quantity": NUMBERS, "reference": REFERENCES, "special": PLACES,
    "composite": ["4548-4$5", "$", "a$b$c", "4548-4$gt5||%", "http://loinc.org|4548-4$2026"],
}  # fmt: skip


@pytest.fixture
def token() -> str:
    """A system of a hospital with a small record."""
    person("1")
    send("PERSON", {"pid": "1", "name": "มาลี", "lname": "ใจดี", "birth": "1970-05-05"})
    send("SERVICE", *({"pid": "1", "seq": str(n), "date_serv": f"2026-01-{n:02}", "pr": 70 + n} for n in range(1, 6)))
    return signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30)


def versions() -> int:
    """How many versions the store holds, and rows beside them."""
    ((count,),) = database.rows(
        "SELECT (SELECT count(*) FROM resource) + (SELECT count(*) FROM resource_history) "
        "+ (SELECT count(*) FROM resource_string) + (SELECT count(*) FROM identity_registration)"
    )
    return int(count)


def query(dice: random.Random) -> str:
    """A search that somebody, or something, might send."""
    rtype = dice.choice(["Patient", "Observation", "Encounter", "Condition", dice.choice(resource_types())])
    known = answered(rtype)
    pairs = []
    for _ in range(dice.choice([1, 1, 2, 2, 3, 6])):
        if dice.random() < 0.35:
            name, values = dice.choice(CONTROLS)
        else:
            name = dice.choice(sorted(known))
            values = BY_KIND.get(known[name].kind, WORDS)
            values = WORDS if dice.random() < 0.15 else values
            name += dice.choice(MODIFIERS)
        value = dice.choice(values)
        if dice.random() < 0.1:
            value = ",".join([value] * dice.choice([2, 30]))
        pairs.append(f"{quote(name)}={quote(value.encode('utf-8', 'surrogatepass'))}")
    return f"/fhir/{rtype}?{'&'.join(pairs)}"


def test_queries(token: str) -> None:
    """Strict and lenient, by GET."""
    dice = random.Random(SEED)
    wrong = []
    for _ in range(QUERIES * TIMES):
        target = query(dice)
        headers = {"HTTP_PREFER": "handling=lenient"} if dice.random() < 0.3 else {}
        began = time.monotonic()
        answer = Called("GET", target, token=token, **headers)
        took = time.monotonic() - began
        told = answer.json["resourceType"] == ("Bundle" if answer.status == 200 else "OperationOutcome")
        if answer.status not in (200, 400, 403, 404, 410, 414) or not told or took > MOST_SECONDS:
            wrong.append((answer.status, round(took, 1), target[:300]))
    assert wrong == []


def mutate(dice: random.Random, value: Any, depth: int = 0) -> Any:
    """The same resource with one thing about it changed."""
    deeper = depth < 1 or dice.random() < 0.8
    if isinstance(value, dict) and value and deeper:
        return _mutated_object(dice, value, depth)
    if isinstance(value, list) and value and deeper:
        at = dice.randrange(len(value))
        changed = [*value[:at], mutate(dice, value[at], depth + 1), *value[at + 1 :]]
        return dice.choice([value + value, [*value, None], *[changed] * 8])
    return odd(dice)


def _mutated_object(dice: random.Random, value: dict[str, Any], depth: int) -> dict[str, Any]:
    key = dice.choice(sorted(value))
    chance = dice.random()
    if chance < 0.12:
        return {name: item for name, item in value.items() if name != key}
    if chance < 0.2:
        return {**value, dice.choice(["nonsense", "_" + key, key + "x", "extension", "contained", "id"]): odd(dice)}
    return {**value, key: mutate(dice, value[key], depth + 1)}


def odd(dice: random.Random) -> Any:
    """A value that does not belong there."""
    return dice.choice([
        None, True, False, 0, -1, 2**31, 2**63, 10**30, 1.5, "", " ", "x" * 70, [], {}, [[]], [None], {"": ""}, [{}],
        {"reference": "Patient/1"}, {"reference": "#x"}, {"reference": 5}, {"coding": [{"code": 5}]}, {"coding": "x"},
        {"value": "x"}, {"value": [1]}, {"start": "2026"}, {"start": 5}, {"system": 1, "value": 2},
        "2026-02-30", "0000", "9999",
        "<div>x</div>", "<script>", dice.choice([w for w in WORDS if "\ud800" not in w]), {"extension": [{"url": "x"}]},
        {"resourceType": "Patient"}, [{"resourceType": "Nothing"}],
        {"url": "http://x", "valueString": "x", "valueCode": "y"},
    ])  # fmt: skip


def test_resources(token: str) -> None:
    """Sent by a strict and by a lenient client, by PUT, POST and in a transaction."""
    dice = random.Random(SEED)
    lenient = signin.issue_token("lenient", HOSPITAL, ["system/*.cruds"], 30, lenient=True)
    found = orjson.loads(EXAMPLES.read_bytes())
    examples = found if isinstance(found, list) else list(found.values())
    headers = {"CONTENT_TYPE": "application/fhir+json"}
    wrong = []
    for number in range(RESOURCES * TIMES):
        resource = dice.choice(examples)
        rtype = resource["resourceType"]
        resource = {**resource, "id": f"fuzz-{number % 50}"}
        for _ in range(dice.choice([1, 1, 2, 3])):
            resource = mutate(dice, resource)
        way = dice.choice(["PUT", "POST", "transaction"])
        body, address = resource, f"/fhir/{rtype}"
        if way == "PUT":
            address += f"/fuzz-{number % 50}"
        if way == "transaction":
            address = "/fhir"
            entry = {"request": {"method": "POST", "url": rtype}, "resource": resource, "fullUrl": "urn:uuid:1"}
            body = {"resourceType": "Bundle", "type": "transaction", "entry": [entry]}
        raw = exact.dumps(body) if _fits(body) else b"{}"
        before = versions()
        began = time.monotonic()
        method = "PUT" if way == "PUT" else "POST"
        answer = Called(method, address, token=dice.choice([token, lenient]), body=raw, **headers)
        took = time.monotonic() - began
        kept_nothing = answer.status < 300 or versions() == before
        if answer.status >= 500 or took > MOST_SECONDS or not kept_nothing:
            wrong.append((answer.status, round(took, 1), kept_nothing, raw[:600]))
    assert wrong == []


def _fits(body: Any) -> bool:
    try:
        exact.dumps(body)
    except exact.NotJson:
        return False
    return True
