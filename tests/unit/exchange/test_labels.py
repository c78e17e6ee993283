"""A diagnosis labels its visit, the label follows what is written, and who may not see it sees no version (S1.28, X4)."""
# ruff: noqa: E501 - a row of a table reads best on one line

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import orjson
import pytest

from suksala import exchange, identity, registry, signin
from suksala.consent import SENSITIVE, Label, Permit, Purpose, Rows, Scope
from suksala.exchange import labelled, reindexing, service, tokens
from suksala.exchange.domain import NUMBER
from suksala.foundation import database
from tests.people import mali
from tests.record import HOSPITAL, SECOND, Called, bundle, keep, permit, person, rebuild, resources, send

pytestmark = pytest.mark.django_db

HIV, PSY = "HIV", "PSY"


def without(labels: Label = SENSITIVE) -> Permit:
    """Leave to read Mali's record but for rows that bear one of these."""
    scopes = (Scope(Rows(persons=frozenset({person("1")})), (Rows(labels=labels),)),)
    return Permit("test:reader", Purpose.TREATMENT, scopes, permit(1).until, "consent")


def visit(seq: str = "10", *, code: str | None = "B24", day: str = "2026-01-05", birth: str = "1980-05-05") -> None:
    """A visit with a pulse, a medicine and, if it has a code, a diagnosis."""
    identity.link(HOSPITAL, [mali("1", birth=date.fromisoformat(birth))])
    send("PERSON", {"pid": "1", "name": "มาลี", "sex": "2", "birth": birth})
    send("SERVICE", {"pid": "1", "seq": seq, "date_serv": day, "pr": 70})
    send("DRUG_OPD", {"pid": "1", "seq": seq, "date_serv": day, "didstd": "100", "dname": "Co-trimoxazole"})
    if code:
        send("DIAGNOSIS_OPD", {"pid": "1", "seq": seq, "date_serv": day, "diagtype": "1", "diagcode": code})


def labels(rtype: str | None = None) -> dict[str, list[str]]:
    """What each resource of Mali tells in meta.security, by type."""
    found = resources(exchange.everything(permit(person("1"))))
    return {
        r["resourceType"]: [one["code"] for one in r["meta"].get("security", [])]
        for r in found
        if rtype in {None, r["resourceType"]}
    }


def seen(leave: Permit) -> set[str]:
    """The types that a permit opens."""
    return {r["resourceType"] for r in resources(exchange.everything(leave))}


def test_a_diagnosis_labels_its_visit() -> None:
    """The visit, its medicine and its pulse tell it; the person does not, nor does another visit."""
    visit()
    assert labels() == {
        "Patient": [],
        "Encounter": [HIV],
        "Observation": [HIV],
        "MedicationDispense": [HIV],
        "Condition": [HIV],
    }
    assert seen(without()) == {"Patient"}
    assert seen(without(Label.MENTAL_HEALTH)) == {
        "Patient",
        "Encounter",
        "Observation",
        "MedicationDispense",
        "Condition",
    }
    visit("11", code="E119", day="2026-02-05")
    assert len(resources(exchange.everything(without()))) == 5


def test_the_order_does_not_matter() -> None:
    """What comes after the diagnosis bears its label too."""
    identity.link(HOSPITAL, [mali("1")])
    send("DIAGNOSIS_OPD", {"pid": "1", "seq": "10", "date_serv": "2026-01-05", "diagtype": "1", "diagcode": "F329"})
    send("DRUG_OPD", {"pid": "1", "seq": "10", "date_serv": "2026-01-05", "didstd": "100", "dname": "Paracetamol"})
    assert labels("MedicationDispense") == {"MedicationDispense": [PSY]}


def test_another_diagnosis_frees_the_visit() -> None:
    """A corrected diagnosis; only the version that said so stays closed."""
    visit()
    database.execute("UPDATE resource SET upd = upd - interval '1 day'")
    send(
        "DIAGNOSIS_OPD",
        {"pid": "1", "seq": "10", "date_serv": "2026-01-05", "diagtype": "1", "diagcode": "B24", "_errs": 0},
        deposit=SECOND,
    )
    [(rid,)] = database.rows("SELECT rid FROM resource WHERE rid LIKE 'do-%%'")
    keep({"resourceType": "Condition", "id": rid, "code": {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "E11.9"}]},
          "encounter": {"reference": "Encounter/" + encounter()}, "subject": {"reference": "Patient/x"}}, person=person("1"))  # fmt: skip
    assert labels() == {"Patient": [], "Encounter": [], "Observation": [], "MedicationDispense": [], "Condition": []}
    told = bundle(service.history(without(), "Condition", rid, []) or b"{}")
    assert [entry["response"]["etag"] for entry in told["entry"]] == ['W/"2"']


def encounter() -> str:
    """The id of the one visit."""
    [(rid,)] = database.rows("SELECT rid FROM resource WHERE rid LIKE 'sv-%%' AND rid NOT LIKE 'sv-%%-%%'")
    return str(rid)


def test_who_may_not_see_the_diagnosis_sees_no_version_and_no_deletion() -> None:
    """A visit was there before its diagnosis: its first version closes with the diagnosis."""
    visit(code=None)
    rid = encounter()
    assert service.read_version(without(), "Encounter", rid, "1")
    visit()
    send("SERVICE", {"pid": "1", "seq": "10", "date_serv": "2026-01-06", "pr": 70}, deposit=SECOND)
    for vid in "12":
        assert service.read_version(permit(person("1")), "Encounter", rid, vid)
        assert service.read_version(without(), "Encounter", rid, vid) is None
    assert service.history(without(), "Encounter", rid, []) is None
    database.execute("UPDATE resource SET deleted = true, body = '' WHERE rid = %s", [rid])
    assert service.history(without(), "Encounter", rid, []) is None
    assert service.history(permit(person("1")), "Encounter", rid, []) is not None


def test_a_deletion_keeps_its_label_and_its_moment() -> None:
    """It is told to whom the resource was open."""
    visit()
    [(rid, before)] = database.rows("SELECT rid, date FROM resource WHERE rid LIKE 'do-%%'")
    rebuild("DIAGNOSIS_OPD")
    [(label, day, deleted)] = database.rows("SELECT label & 31, date, deleted FROM resource WHERE rid = %s", [rid])
    assert (label, day, deleted) == (int(Label.HIV), before, True)
    assert labels("Encounter") == {"Encounter": []}  # nothing says why any more


@pytest.mark.parametrize(
    ("birth", "sensitive"),
    [
        ("2016-01-06", False),  # 9, tomorrow 10
        ("2016-01-05", True),  # 10 today
        ("2006-01-06", True),  # 20 tomorrow
        ("2006-01-05", False),  # 20 today
    ],
)
def test_reproductive_health_is_an_adolescents_own(birth: str, sensitive: bool) -> None:
    """From the tenth to the day before the twentieth birthday, at the time of the visit."""
    visit(code="Z348", birth=birth)
    assert labels("Condition") == {"Condition": ["ADOL"] if sensitive else []}
    assert ("MedicationDispense" in seen(without())) is not sensitive


def test_a_birth_date_that_comes_later_decides() -> None:
    """Unknown age: kept closed until it is known."""
    send("DIAGNOSIS_OPD", {"pid": "1", "seq": "10", "date_serv": "2026-01-05", "diagtype": "1", "diagcode": "Z348"})
    assert labels() == {"Condition": ["ADOL"]}
    identity.link(HOSPITAL, [mali("1", birth=date(1990, 1, 1))])
    send("PERSON", {"pid": "1", "name": "มาลี", "sex": "2", "birth": "1990-01-01"})
    assert labels("Condition") == {"Condition": []}


def test_what_a_sender_says_counts_and_is_found() -> None:
    """meta.security of a client, over the API: told, searched, and kept apart from what was added here."""
    token = signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 1, lenient=True)
    said = {"system": "http://terminology.hl7.org/CodeSystem/v3-ActCode", "code": "MH"}
    body: dict[str, Any] = {"resourceType": "Patient", "id": "p", "name": [{"family": "ใจดี"}]}
    assert put(token, body).status == 201
    body = {"resourceType": "Observation", "id": "o", "status": "final", "code": {"text": "x"}, "subject": {"reference": "Patient/p"}, "meta": {"security": [said]}}  # fmt: skip
    made = put(token, body)
    assert [one["code"] for one in made.json["meta"]["security"]] == ["MH", PSY]
    assert Called("GET", "/fhir/Observation?_security=PSY", token=token).json["entry"][0]["resource"]["id"] == "o"
    again = put(token, made.json)  # as it was read
    assert (again.status, again.json["meta"]["versionId"]) == (200, "1")
    freed = put(token, {**made.json, "meta": {"security": made.json["meta"]["security"][1:]}})
    assert (freed.json["meta"]["versionId"], freed.json["meta"].get("security")) == ("2", None)
    assert "entry" not in Called("GET", "/fhir/Observation?_security=PSY", token=token).json


def put(token: str, body: dict[str, Any]) -> Called:
    """A PUT of a resource under its id."""
    target = f"/fhir/{body['resourceType']}/{body['id']}"
    return Called("PUT", target, token=token, body=orjson.dumps(body), CONTENT_TYPE="application/fhir+json")


def test_stored_rows_are_labelled_anew() -> None:
    """Also former versions, and deletions, of before there were labels."""
    visit()
    send(
        "DRUG_OPD",
        {"pid": "1", "seq": "10", "date_serv": "2026-01-05", "didstd": "100", "dname": "Efavirenz"},
        deposit=SECOND,
    )
    send("DRUG_OPD", {"pid": "1", "seq": "10", "date_serv": "2026-01-05", "didstd": "100", "dname": "Folic acid"})
    after = _state()
    database.execute("UPDATE resource SET label = 0")
    database.execute("UPDATE resource_history SET label = 0")
    database.execute("UPDATE reindex SET layout = 4")
    reindexing.keep()
    reindexing.run()
    assert _state() == after
    [(vid,)] = database.rows("SELECT vid FROM resource_history WHERE label & 31 <> 0")
    assert vid == 2  # efavirenz; the first version says nothing by itself and closes with the present one


def _state() -> list[Any]:
    return database.rows("SELECT rid, label, array(SELECT unnest(toks) ORDER BY 1), body FROM resource ORDER BY rid")


@pytest.fixture
def upgraded() -> Iterator[None]:
    """A visit with a diagnosis of HIV, stored before rows bore labels, by a release that has just been replaced."""
    visit()
    database.execute("UPDATE resource SET label = 0")
    database.execute("UPDATE reindex SET layout = 4, labelled = 4, ready = true")
    labelled.forget()
    yield
    labelled.forget()


@pytest.mark.usefixtures("upgraded")
def test_after_an_upgrade_nothing_opens_by_labels_until_all_are_made() -> None:
    """Before the walk has begun, during it, and until its last step; then at once."""
    own = permit(person("1"))
    for walked in (lambda: None, reindexing.keep, lambda: reindexing.step(1), lambda: reindexing.step(1000)):
        walked()
        with pytest.raises(labelled.NotLabelled) as told:
            exchange.everything(without())
        assert (told.value.code, told.value.http_status) == ("SKL-FHIR-LABELS", 503)
        assert len(resources(exchange.everything(own))) == 5  # goes by no label
    reindexing.run()
    assert seen(without()) == {"Patient"}


@pytest.mark.usefixtures("upgraded")
def test_what_goes_by_no_label_stays_open_beside_what_does() -> None:
    """The own facility's rows are read as before; what a consent opens is left out."""
    own = Scope(Rows(persons=frozenset({person("1")}), organizations=frozenset({registry.org_number(HOSPITAL)})))
    both = replace(without(), scopes=(own, *without().scopes))
    assert len(resources(exchange.everything(both))) == 5
    none = replace(
        without(), scopes=(replace(own, rows=replace(own.rows, organizations=frozenset({0}))), *without().scopes)
    )
    assert seen(none) == set()


def test_a_search_parameter_of_an_operators_closes_nothing() -> None:
    """Its walk reads some types; every row has its labels already."""
    visit()
    with database.transaction():
        reindexing.parameters_changed({NUMBER["Observation"]})
    labelled.forget()
    assert not reindexing.state().ready
    assert seen(without()) == {"Patient"}
    reindexing.run()
    assert database.rows("SELECT labelled = layout, ready FROM reindex") == [(True, True)]
    database.execute("UPDATE reindex SET labelled = 4")  # nor does it vouch for rows that it did not read
    with database.transaction():
        reindexing.parameters_changed({NUMBER["Observation"]})
    reindexing.run()
    with pytest.raises(labelled.NotLabelled):
        exchange.everything(without())
    labelled.forget()


@pytest.mark.parametrize(
    "recorded",
    [
        {"resourceType": "MedicationRequest", "encounter": {"reference": "Encounter/visit"}},
        {"resourceType": "DiagnosticReport", "encounter": {"reference": "Encounter/visit"}},
        {"resourceType": "Immunization", "encounter": {"reference": "Encounter/visit"}},
        {"resourceType": "MedicationStatement", "context": {"reference": "Encounter/visit"}},
        {"resourceType": "DocumentReference", "context": {"encounter": [{"reference": "Encounter/visit"}]}},
    ],
    ids=lambda one: one["resourceType"],
)
def test_whatever_was_recorded_at_a_visit_bears_its_label(recorded: dict[str, Any]) -> None:
    """Of every type that may name its visit, in whichever element."""
    identity.link(HOSPITAL, [mali("1")])
    code = {"coding": [{"system": "http://hl7.org/fhir/sid/icd-10", "code": "B24"}]}
    diagnosis = {"resourceType": "Condition", "id": "d", "code": code, "encounter": {"reference": "Encounter/visit"}}
    keep({"id": "r", **recorded}, diagnosis, person=person("1"))
    assert labels(recorded["resourceType"]) == {recorded["resourceType"]: [HIV]}


def test_what_was_deleted_before_its_visit_had_a_diagnosis_closes_with_it() -> None:
    """No version of the medicine tells why somebody came; what was open stays open to whoever may see the diagnosis."""
    visit(code=None)
    [(rid,)] = database.rows("SELECT rid FROM resource WHERE rtype = %s", [NUMBER["MedicationDispense"]])
    rebuild("DRUG_OPD")
    assert service.history(without(), "MedicationDispense", rid, []) is not None
    visit_row = {"pid": "1", "seq": "10", "date_serv": "2026-01-05"}
    send("DIAGNOSIS_OPD", {**visit_row, "diagtype": "1", "diagcode": "B24"})
    assert service.history(without(), "MedicationDispense", rid, []) is None
    assert service.read_version(without(), "MedicationDispense", rid, "1") is None
    assert service.history(permit(person("1")), "MedicationDispense", rid, []) is not None


def test_a_former_version_opens_by_what_the_present_one_bears() -> None:
    """An app that may read laboratory results reads no draft of what is none any more."""
    identity.link(HOSPITAL, [mali("1")])
    for category in ("laboratory", "social-history"):
        coded = [{"coding": [{"system": "urn:c", "code": category}]}]
        keep({"resourceType": "Observation", "id": "o", "code": {"text": "x"}, "category": coded}, person=person("1"))
    numbers = frozenset({tokens.token("category", "urn:c", "laboratory")})
    rows = Rows(persons=frozenset({person("1")}), types=frozenset({"Observation"}), bearing=(numbers,))
    leave = replace(without(), scopes=(Scope(rows),))
    assert exchange.read(leave, "Observation", "o") is None
    assert service.read_version(leave, "Observation", "o", "1") is None
    assert service.history(leave, "Observation", "o", []) is None
