"""Budgets: requests a second, people an hour, exports a day (T04). A stolen key gets its budget and nothing more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from suksala import audit, identity, signin
from suksala.exchange.mapping.base import patient_id
from suksala.foundation import clock, database
from suksala.signin import budget_rules, budget_storage, budgets
from suksala.signin.budget_rules import Budget
from tests.budgets import so_much
from tests.people import mali as row
from tests.people import number
from tests.record import HOSPITAL, Called, send

pytestmark = pytest.mark.django_db
BY = "system:operator"
PEOPLE = 12


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """The usual budgets, and no memory of another test."""
    with so_much("rate=10 burst=50 patients=1000 exports=2"):
        yield


def people(count: int = PEOPLE) -> list[str]:
    """Patients of the hospital, by FHIR id."""
    for n in range(count):
        identity.link(HOSPITAL, [row(str(n), number=number(100 + n), given=f"สมมติ{n}")])
    send("PERSON", *({"pid": str(n), "name": f"สมมติ{n}"} for n in range(count)))
    return [patient_id(HOSPITAL, str(n)) for n in range(count)]


def token(name: str = "his", **limits: int) -> str:
    """A client's token, with limits of its own."""
    made = signin.issue_token(name, HOSPITAL, ["system/*.rs"], 1)
    if limits:
        signin.limit_client(name, actor=BY, **limits)
    return made


def test_a_burst_is_answered_and_the_next_request_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """50 at once, then 429 with Retry-After and both languages; ten more a second later."""
    now = clock.now()
    monkeypatch.setattr(budgets.clock, "now", lambda: now)
    his = token()
    asked = [Called("GET", "/fhir/metadata/x", token=his).status for _ in range(50)]
    assert 429 not in asked
    over = Called("GET", "/fhir/Patient", token=his)
    assert (over.status, over.headers["Retry-After"]) == (429, "1")
    [issue] = over.json["issue"]
    assert (issue["code"], issue["details"]["coding"][0]["code"]) == ("throttled", "SKL-SIGNIN-030")
    assert "รอตาม" in issue["details"]["text"]
    now += timedelta(seconds=1)
    again = [Called("GET", "/fhir/metadata/x", token=his).status for _ in range(11)]
    assert (again[:10].count(429), again[10]) == (0, 429)


def test_another_client_has_its_own() -> None:
    """One that is too fast slows nobody else."""
    his, lab = token("his", rate=1, burst=1), token("lab")
    assert [Called("GET", "/fhir/Patient", token=his).status for _ in range(2)] == [200, 429]
    assert Called("GET", "/fhir/Patient", token=lab).status == 200


def test_processes_share_one_bucket() -> None:
    """However many ask, together they get no more than a burst."""
    budget, now = Budget(rate=10, burst=50), clock.now()
    taken = [budget_storage.lease("his", budget, now)[0] for _ in range(20)]
    assert (sum(taken), max(taken), taken[10:]) == (50, budget.share, [0] * 10)
    assert budget_storage.lease("his", budget, now + timedelta(milliseconds=250))[0] == 2
    assert (
        budget_storage.lease("his", budget, now - timedelta(seconds=5))[0] == 0
    )  # a clock that goes back gives nothing


def test_a_stolen_key_gets_its_budget_and_the_operator_is_told() -> None:
    """2,000 questions: as many people as the budget has, one refusal that suspends it, then nobody; others go on."""
    ids = people()
    his, lab = token("his", rate=0, patients=5), token("lab", rate=0)
    answered = [Called("GET", f"/fhir/Patient/{ids[n % PEOPLE]}", token=his).status for n in range(2000)]
    assert (answered[:5], answered[5], set(answered[6:])) == ([200] * 5, 429, {401})
    [fact] = audit.facts("signin.client-quarantined")
    assert (fact.actor, fact.facility) == ("client:his", HOSPITAL)
    assert fact.detail == {"client": "his", "why": "patients", "most": 5}
    assert clock.now() - fact.at < timedelta(seconds=60)
    assert signin.client_named("his") is None
    assert {Called("GET", f"/fhir/Patient/{rid}", token=lab).status for rid in ids} == {200}
    [one] = [c for c in signin.clients() if c.name == "his"]
    assert one.suspended is not None
    signin.limit_client("his", lift=True, actor=BY)
    assert Called("GET", f"/fhir/Patient/{ids[0]}", token=his).status == 200


def test_the_refused_answer_tells_nothing() -> None:
    """A search, or everything of somebody, that would go over is refused whole: no row leaves."""
    ids = people()
    his = token(rate=0, patients=5)
    for asked in ("Patient", "Patient?_elements=id", "Patient/_history", "?_type=Patient,Observation"):
        signin.limit_client("his", lift=True, actor=BY)
        answer = Called("GET", f"/fhir/{asked}", token=his)
        assert (asked, answer.status) == (asked, 429)
        assert answer.json["resourceType"] == "OperationOutcome"
        assert "pt-" not in answer.raw.decode()
    signin.limit_client("his", lift=True, actor=BY)
    assert Called("GET", f"/fhir/Patient/{ids[0]}", token=his).status == 200


def test_asking_for_numbers_that_nobody_has_costs_too() -> None:
    """Who is not there is told as well: each number is somebody, also when it is only counted."""
    people(1)
    his = token(rate=0, patients=5)
    asked = [Called("GET", f"/fhir/Patient?identifier=x|{n}", token=his).status for n in range(4)]
    counted = Called("GET", "/fhir/Patient?identifier=x|4&_summary=count", token=his).status
    assert (asked, counted) == ([200] * 4, 200)
    assert Called("GET", "/fhir/Patient?identifier=x|4", token=his).status == 200  # the same again
    assert Called("GET", "/fhir/Observation?patient.identifier=x|5", token=his).status == 429


def test_the_same_people_again_cost_nothing() -> None:
    """Different people are counted, not readings; both edges."""
    ids = people()
    his = token(rate=0, patients=5)
    for _ in range(3):
        assert {Called("GET", f"/fhir/Patient/{rid}", token=his).status for rid in ids[:5]} == {200}
    assert Called("GET", f"/fhir/Patient/{ids[5]}", token=his).status == 429


def test_an_hour_later_there_are_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """A window that slides: each person leaves it an hour after they came; both edges."""
    now = clock.now()
    spend = budget_storage.spend
    assert spend("his", [1, 2, 3], 3, budget_rules.HOUR, now) is None
    assert spend("his", [3, 4], 3, budget_rules.HOUR, now) == now + budget_rules.HOUR
    later = now + budget_rules.HOUR
    assert spend("his", [4], 3, budget_rules.HOUR, later - timedelta(microseconds=1)) is not None
    assert spend("his", [4], 3, budget_rules.HOUR, later) is None


def test_two_exports_a_day() -> None:
    """The third waits; an app in somebody's name has none at all."""
    people(1)
    his = token(rate=0)
    asked = [Called("GET", "/fhir/Patient/$export", token=his, HTTP_PREFER="respond-async").status for _ in range(2)]
    assert asked == [202, 202]
    third = Called("GET", "/fhir/Patient/$export", token=his, HTTP_PREFER="respond-async")
    assert third.status == 429
    assert third.json["issue"][0]["details"]["coding"][0]["code"] == "SKL-SIGNIN-032"
    assert 86_000 < int(third.headers["Retry-After"]) <= 86_400


def test_limits_of_a_client_that_is_not_there() -> None:
    """A typing error is told."""
    with pytest.raises(signin.NoClient):
        signin.limit_client("nobody", rate=1, actor=BY)
    assert list(audit.facts("signin.client-limited")) == []


@pytest.mark.parametrize(
    ("text", "person", "clerk"), [("", 120, 30), ("clerk=5", 120, 5), ("person=9", 9, 30), ("off", 0, 0)]
)
def test_people_an_hour_by_role(text: str, person: int, clerk: int) -> None:
    """A clerk meets fewer than a clinician; each is set by itself."""
    found = budget_rules.read(text)
    assert (found.person, found.clerk) == (person, clerk)


@pytest.mark.parametrize("text", ["rate", "rate=", "rate=-1", "rate=x", "speed=1", "rate=1=2", "on"])
def test_budgets_that_are_none(text: str) -> None:
    """Told by name; nothing is guessed."""
    with pytest.raises(budget_rules.BadBudgets):
        budget_rules.read(text)


def test_the_tables_are_shared_and_not_kept() -> None:
    """Unlogged: writing them waits for no disk."""
    found = database.rows(
        "SELECT relname, relpersistence::text FROM pg_class WHERE relname IN ('signin_bucket', 'signin_reach')"
    )
    assert set(found) == {("signin_bucket", "u"), ("signin_reach", "u")}
