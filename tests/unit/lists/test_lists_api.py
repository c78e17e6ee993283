"""Agencies' systems send rows and read what became of their own (S4.32): tokens, refusals, and who sees what."""

from __future__ import annotations

import importlib
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from suksala import audit, lists, signin
from suksala.foundation import clock, database
from tests import oauth_clients

pytestmark = pytest.mark.django_db
CSV = "row,given,family,phone,age,district,status,at\nA-1,มาลี,ใจดี,0812345671,46,1901,positive,2026-07-01 08:00\n"


@pytest.fixture(autouse=True)
def fresh() -> None:
    """No memory of another test's clients."""
    signin.forget_cache()


@pytest.fixture(autouse=True)
def agreed() -> None:
    """Three agencies let lists flow, two of them are told of care."""
    agree("DSA-1", "nhso", "niem", flows=("line-lists", "care-status"))
    agree("DSA-2", "trcs", flows=("line-lists",))


def agree(number: str, *parties: str, flows: tuple[str, ...]) -> None:
    database.execute(
        "INSERT INTO registry_agreement (number, kind, title, parties, flows, basis, signed, since) "
        "VALUES (%s, 'dsa', 'D', %s, %s, '26-5-b', '2026-01-01', '2026-01-01')",
        [number, [*parties], [*flows]],
    )


def token(name: str = "nhso", scope: str = "system/Patient.cr", purpose: str = "PUBHLTH") -> str:
    return signin.issue_token(name, None, [scope], 1, purposes=[purpose])


def send(by: str, body: str | bytes = CSV, name: str = "july") -> Any:
    return Client().post(
        f"/lists/{name}", body, content_type="text/csv", headers={"Authorization": f"Bearer {by}"} if by else {}
    )


def read(by: str, name: str = "july", after: str = "0") -> Any:
    return Client().get(f"/lists/{name}", {"after": after}, headers={"Authorization": f"Bearer {by}"})


def nothing_is_kept() -> bool:
    return database.rows("SELECT count(*) FROM lists_row") == [(0,)] and not list(audit.facts("lists.imported"))


def test_rows_are_sent_and_read_again() -> None:
    """The agency is the client's own name; the log names the client."""
    answer = send(token(), CSV + "A-2,,,,,,,\n")
    assert answer.status_code == 200
    told = answer.json()
    assert (told["rows"], told["new"], told["set_aside"]) == (2, 1, 1)
    assert told.keys() == {"rows", "new", "changed", "unchanged", "set_aside", "problems"}  # nothing of other lists
    assert told["problems"][0]["code"] == "SKL-LST-102"
    [row] = read(token()).json()["rows"]
    assert (row["row"], row["care"], row["status"]) == ("A-1", "none", "positive")
    assert read(token(), after=str(row["place"])).json() == {"rows": []}
    [fact] = audit.facts("lists.imported")
    assert (fact.actor, fact.detail["agency"]) == ("client:nhso", "system:nhso")


def test_an_agency_reads_its_own_rows_only() -> None:
    """The same list name of another agency is another list; what its rows say is not told, only that somebody cares."""
    send(token())
    now = clock.now().isoformat()
    send(token("niem"), CSV.replace("positive,2026-07-01 08:00", f"home-isolation,{now}").replace("A-1", "B-7"))
    [row] = read(token()).json()["rows"]
    assert (row["row"], row["care"], row["status"]) == ("A-1", "in-care", "positive")
    assert "B-7" not in str(row)
    assert read(token("trcs")).json() == {"rows": []}
    assert [fact.actor for fact in audit.facts("lists.read")] == ["client:nhso", "client:trcs"]


def test_places_count_the_own_list_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever others send in between, and in another list of the same agency: nobody counts their rows by places."""
    monkeypatch.setattr("suksala.lists.service.MOST_OWN", 2)
    for n in range(1, 4):
        send(token(), CSV.replace("A-1", f"A-{n}"))
        send(token("niem"), CSV.replace("A-1", f"B-{n}"))
        send(token(), CSV.replace("A-1", f"C-{n}"), name="august")
    first = read(token()).json()["rows"]
    rest = read(token(), after=str(first[-1]["place"])).json()["rows"]
    assert [(row["place"], row["row"]) for row in (*first, *rest)] == [(1, "A-1"), (2, "A-2"), (3, "A-3")]


def test_care_is_told_to_whom_an_agreement_lets_know() -> None:
    send(token("trcs"))
    [row] = read(token("trcs")).json()["rows"]
    assert set(row) == {"place", "row", "person", "status", "at"}


@pytest.mark.parametrize("name", ["bma", "1330", "99801"])
def test_without_an_agreement_nothing_flows(name: str) -> None:
    """An agency that signed none; a system whose name is no agency's; one called like a facility that has one."""
    oauth_clients.one_facility("99801")
    agree("DSA-3", "99801", flows=("line-lists", "care-status"))
    for answer in (send(token(name)), read(token(name))):
        assert (answer.status_code, answer.json()["code"]) == (403, "SKL-REG-003")
        assert "line-lists" in answer.json()["th"]
    assert nothing_is_kept()
    assert list(audit.facts("lists.read")) == []


@pytest.mark.parametrize(("until", "status"), [(0, 200), (1, 403)])
def test_an_agreement_counts_until_its_last_day(until: int, status: int) -> None:
    last = clock.today() - timedelta(days=until)
    database.execute("UPDATE registry_agreement SET until = %s", [last])
    assert send(token()).status_code == status
    assert nothing_is_kept() is (status == 403)


def test_whoever_left_the_network_sends_nothing() -> None:
    database.execute("INSERT INTO registry_member (party, state, since) VALUES ('nhso', 'left', '2026-11-01')")
    assert send(token()).json()["code"] == "SKL-REG-003"
    assert nothing_is_kept()


def test_a_facilitys_system_sends_for_its_facility() -> None:
    oauth_clients.one_facility("99801")
    agree("DSA-3", "99801", flows=("line-lists",))
    by = signin.issue_token("his", "99801", ["system/Patient.cr"], 1, purposes=["PUBHLTH"])
    assert send(by).status_code == 200
    assert database.rows("SELECT agency FROM lists_list") == [("facility:99801",)]


def test_a_system_that_is_called_like_a_facility_is_not_that_facility() -> None:
    """It reads nothing of the facility's list, and sends nothing: the facility's agreement is not its own."""
    oauth_clients.one_facility("99801")
    agree("DSA-3", "99801", flows=("line-lists",))
    facility = signin.issue_token("his", "99801", ["system/Patient.cr"], 1, purposes=["PUBHLTH"])
    send(facility)
    assert read(token("99801")).status_code == 403
    assert send(token("99801"), CSV.replace("positive", "recovered")).status_code == 403
    assert [row["status"] for row in read(facility).json()["rows"]] == ["positive"]
    assert database.rows("SELECT agency FROM lists_list ORDER BY id") == [("facility:99801",)]
    assert database.rows("SELECT count(*), max(version) FROM lists_row") == [(1, 1)]


def test_lists_that_were_kept_before_kinds_are_given_theirs() -> None:
    """By the form of the code; a second time changes nothing."""
    for agency in ("99801", "lab", "9980"):
        database.execute("INSERT INTO lists_list (agency, name) VALUES (%s, 'july')", [agency])
    kinds = importlib.import_module("suksala.lists.migrations.0002_agencies").KINDS
    for _ in range(2):
        database.execute(kinds)
        found = database.rows("SELECT agency FROM lists_list ORDER BY id")
        assert found == [("facility:99801",), ("system:lab",), ("system:9980",)]


def test_a_system_that_proves_itself_by_its_key() -> None:
    """private_key_jwt, as the other interfaces that write."""
    signin.add_keys(
        "nhso",
        None,
        ["system/Patient.cr"],
        oauth_clients.jwks(oauth_clients.key()),
        purposes=["PUBHLTH"],
        actor="system:test",
    )
    assertion = oauth_clients.signed(oauth_clients.claims("nhso"))
    got = oauth_clients.post(oauth_clients.form(assertion, scope="system/Patient.c")).json()
    assert send(got["access_token"]).status_code == 200
    assert read(got["access_token"]).status_code == 403  # it asked for no right to read


@pytest.mark.parametrize(
    ("scope", "purpose", "status"),
    [
        ("system/Patient.cr", "PUBHLTH", 200),
        ("system/Patient.r", "PUBHLTH", 403),
        ("system/Observation.cruds", "PUBHLTH", 403),
        ("system/Patient.cr", "TREAT", 403),
    ],
)
def test_who_may_send(scope: str, purpose: str, status: int) -> None:
    answer = send(token("nhso", scope, purpose))
    assert answer.status_code == status
    assert nothing_is_kept() is (status != 200)


def test_without_a_token_nothing_is_read() -> None:
    answer = send("")
    assert (answer.status_code, answer.json()["code"], answer.headers["WWW-Authenticate"]) == (
        401,
        "SKL-LST-301",
        'Bearer realm="suksala", DPoP algs="ES256 ES384"',
    )
    assert send("skl_unknown_unknown_unknown").status_code == 401
    assert nothing_is_kept()


@pytest.mark.parametrize(
    ("body", "name", "code"),
    [
        ("row,given\n1,มาลี\n", "july", "SKL-LST-002"),
        ("", "july", "SKL-LST-002"),
        (CSV, "july 2026", "SKL-LST-003"),
        (CSV.encode("utf-16"), "july", "SKL-FILE-001"),
    ],
)
def test_what_cannot_be_read_is_told_in_both_languages(body: str | bytes, name: str, code: str) -> None:
    answer = send(token(), body, name)
    assert answer.status_code == 400
    told = answer.json()
    assert told["code"] == code
    assert any("ก" <= letter <= "๙" for letter in told["th"])
    assert nothing_is_kept()


@pytest.mark.parametrize("after", ["x", "-1", "1" * 19])
def test_a_place_that_is_none(after: str) -> None:
    assert read(token(), after=after).json()["code"] == "SKL-LST-303"


def test_too_long_a_body_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists.files, "MOST_BYTES", 50)
    assert send(token()).json()["code"] == "SKL-LST-004"
    assert nothing_is_kept()
