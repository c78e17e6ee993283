"""Token and policy together: pairs of scopes against routes equal a small oracle, cell by cell (T10)."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations
from typing import Any

import pytest

from suksala import identity, signin
from suksala.exchange.mapping.base import patient_id
from suksala.foundation import clock, database
from suksala.signin import domain, oauth_storage, smart_storage
from suksala.signin.oauth_storage import NewToken
from suksala.signin.smart_storage import Approval, Context
from tests import smart_app as app
from tests.people import mali as row
from tests.people import number
from tests.record import HOSPITAL, UNIT, Called, one_human, send

pytestmark = pytest.mark.django_db

VITAL, LAB = "category=vital-signs", "category=laboratory"
SCOPES = [
    *(f"patient/{rtype}.{rights}" for rtype in ("Patient", "Observation", "*") for rights in ("r", "s", "rs", "read")),
    *(f"patient/Observation.{rights}?{only}" for rights in ("r", "s", "rs") for only in (VITAL, LAB)),
    "user/Encounter.rs",
    "user/*.rs",
]
TYPES = ("Patient", "Observation", "Encounter")


def expected(scopes: tuple[str, ...], rtype: str, right: str, *, hers: bool) -> int:
    """What the oracle says: 403 without a scope for the question; 200 when the row is reached, else 404. Every
    Observation here is a vital sign.
    """
    giving = []
    for scope in scopes:
        named, _, only = scope.partition("?")
        of, _, rights = named.partition("/")[2].partition(".")
        if right in {"read": "rs"}.get(rights, rights) and of in ("*", rtype):
            giving.append(only)
    if not giving:
        return 403
    return 200 if hers and (LAB not in giving or len(set(giving)) > 1) else 404


@pytest.fixture
def world(db: None) -> list[tuple[str, str, bool]]:
    """Mali in two facilities and somebody else: type and id of everything there is, and whether it is hers."""
    signin.forget_cache()
    one_human((HOSPITAL, "1"), (UNIT, "9"))
    identity.link(HOSPITAL, [row("2", number=number(7), given="สมชาย", sex="1")])
    for pid, at in (("1", HOSPITAL), ("9", UNIT), ("2", HOSPITAL)):
        send("PERSON", {"pid": pid, "name": "ก"}, hospcode=at)
        send(
            "SERVICE", {"pid": pid, "seq": pid, "date_serv": "2026-01-01", "pr": 70, "sbp": 120, "dbp": 80}, hospcode=at
        )
    app.add_app(scopes=tuple(SCOPES))
    hers = {identity.person_of(HOSPITAL, "1"), identity.person_of(UNIT, "9")}
    from suksala.exchange.domain import NAME

    found = database.rows("SELECT rtype, rid, person FROM resource WHERE NOT deleted ORDER BY rid")
    return [(NAME[rtype], rid, person in hers) for rtype, rid, person in found if NAME[rtype] in TYPES]


def token_of(account: Any, scopes: tuple[str, ...]) -> str:
    """A token with exactly these scopes, kept as the server keeps them."""
    now, token = clock.now(), domain.new_token()
    until = now + timedelta(minutes=15)
    client = oauth_storage.registered("growth")
    assert client is not None
    asked = " ".join(scopes)
    context = Context(account.person, patient_id(HOSPITAL, "1"))
    approval = Approval(client.number, account.pk, asked, context, until, app.BACK, "x", None)
    allowed = smart_storage.add(approval, domain.digest(token + "c"), until, now)
    oauth_storage.add_token(NewToken(domain.digest(token), client.number, asked, None, until, allowed), now)
    return token


def test_every_pair_of_scopes_on_every_route_is_as_the_oracle_says(world: list[tuple[str, str, bool]]) -> None:
    """Reads by id of each resource and searches of each type: what is told is exactly what person and scopes allow."""
    mali = app.account(person=identity.person_of(HOSPITAL, "1"))
    cells = 0
    for pair in [*((scope,) for scope in SCOPES), *combinations(SCOPES, 2)]:
        token = token_of(mali, pair)
        for rtype, rid, hers in world:
            got = Called("GET", f"/fhir/{rtype}/{rid}", token=token).status
            assert (pair, rtype, hers, got) == (pair, rtype, hers, expected(pair, rtype, "r", hers=hers))
            cells += 1
        for rtype in TYPES:
            answer = Called("GET", f"/fhir/{rtype}?_count=100", token=token)
            found = {entry["resource"]["id"] for entry in answer.json.get("entry", [])}
            told = {rid for kind, rid, hers in world if kind == rtype and expected(pair, rtype, "s", hers=hers) == 200}
            refused = expected(pair, rtype, "s", hers=True) == 403
            assert (pair, rtype, answer.status, found) == (pair, rtype, 403 if refused else 200, told)
            named = by_patient(token, rtype) if rtype != "Patient" else (answer.status, told)
            assert (pair, rtype, *named) == (pair, rtype, answer.status, told)
            cells += len([one for one in world if one[0] == rtype])
    assert cells >= 5000


def by_patient(token: str, rtype: str) -> tuple[int, set[str]]:
    """Status and ids of a search by the patient of the launch, who is all that such a token opens."""
    answer = Called("GET", f"/fhir/{rtype}?patient={patient_id(HOSPITAL, '1')}&_count=100", token=token)
    return answer.status, {entry["resource"]["id"] for entry in answer.json.get("entry", [])}


def test_a_launch_of_somebody_else_is_refused_whatever_the_scopes(world: list[tuple[str, str, bool]]) -> None:
    """A token whose context was widened to another person opens nothing at all."""
    mali = app.account(person=identity.person_of(HOSPITAL, "1"))
    token = token_of(mali, ("patient/*.rs", "user/*.rs"))
    database.execute("UPDATE signin_authorization SET patient_person = %s", [identity.person_of(HOSPITAL, "2")])
    signin.forget_cache()
    for rtype, rid, _ in world:
        assert Called("GET", f"/fhir/{rtype}/{rid}", token=token).status == 403
