"""Who may see what, in full: role x relation x purpose x consent x row, against an oracle written from the text (S1.28, X4)."""
# ruff: noqa: E501 - a row of a table reads best on one line

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import product

import pytest

from suksala import exchange
from suksala.consent import SENSITIVE, ConsentRule, Label, Permit, Provision, Purpose, Rows, Scope, policy
from suksala.consent.domain import Place
from suksala.consent.policy import Decision, Principal, Relation, Role, Subject
from suksala.exchange.predicate import permitted
from suksala.foundation import clock, database
from tests.record import keep
from tests.spec.policy_oracle import Row, Said, may_see

NOW = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
NEW_YEAR = datetime(2026, 1, 1, tzinfo=UTC)
MINE, OTHER = Place("99801", 99801), Place("99802", 99802)
SOMEBODY = frozenset({7})
LABELS = {"": Label(0), "hiv": Label.HIV, "mental-health": Label.MENTAL_HEALTH, "sexual-violence": Label.SEXUAL_VIOLENCE,
          "adolescent": Label.ADOLESCENT, "addiction": Label.ADDICTION}  # fmt: skip
KINDS = ("Observation", "Condition", "Patient", "Coverage")
ROWS = [Row(*cell) for cell in product((True, False), LABELS, KINDS, (True, False))]
DATED = [row for row in ROWS if row.kind in ("Observation", "Condition")]  # others tell of no moment
SAID = [
    Said(),
    Said("mine"),
    Said("all"),
    Said("other"),
    Said("mine", names=frozenset({"hiv"})),
    Said("all", names=frozenset({"hiv", "addiction"})),
    Said("mine", names=frozenset({"adolescent", "mental-health", "sexual-violence"}), without_label="mental-health"),
    Said("mine", without_kind="Observation"),
    Said("mine", only_recent=True),
    Said("all", names=frozenset({"hiv"}), only_recent=True, without_kind="Condition"),
    Said("mine", purpose="TREAT"),
    Said("mine", purpose="PUBHLTH"),
    Said("mine", over=True),
    Said("mine", names=frozenset({"hiv"}), refuses="all"),
    Said("all", refuses="mine"),
    Said("mine", refuses="other"),
]
RECEIVERS = {"mine": frozenset({MINE.hospcode}), "other": frozenset({OTHER.hospcode}), "all": None}


def rules(said: Said) -> tuple[ConsentRule, ...]:
    """The sentence as rules: a consent, and one that refuses."""
    found = []
    if said.to:
        receivers, purposes = RECEIVERS[said.to], frozenset({Purpose(said.purpose)}) if said.purpose else None
        until = NOW if said.over else NOW + timedelta(seconds=1)
        since = NEW_YEAR if said.only_recent else None
        named = sum((LABELS[name] for name in said.names), Label(0))
        opened = [Rows(since=since)] + ([Rows(labels=named, since=since)] if named else [])
        denied = [Rows(types=frozenset({said.without_kind}))] if said.without_kind else []
        denied += [Rows(labels=LABELS[said.without_label])] if said.without_label else []
        provisions = [Provision(True, receivers, purposes, rows, None, until) for rows in opened]
        provisions += [Provision(False, receivers, purposes, rows, None, until) for rows in denied]
        found.append(ConsentRule(SOMEBODY, tuple(provisions)))
    if said.refuses:
        found.append(ConsentRule(SOMEBODY, (Provision(False, RECEIVERS[said.refuses], None, Rows()),)))
    return tuple(found)


def ask(role: Role, relation: Relation, purpose: Purpose, said: Said) -> Decision:
    """Put the question of a cell."""
    granted = (Scope(Rows(persons=SOMEBODY), (Rows(labels=SENSITIVE & ~Label.HIV),)),)
    subject = Subject(
        relation,
        SOMEBODY,
        frozenset({MINE.organization}),
        Label.ADOLESCENT,
        granted,
        NOW + timedelta(hours=1),
        rules(said),
    )
    return policy.decide(Principal("account:a", role, MINE), subject, purpose, NOW)


def opens(permit: Permit | None, row: Row) -> bool:
    """Whether one of the scopes holds the row, by the words of the classes and not by SQL."""
    return permit is not None and any(
        _in(scope.rows, row) and not any(_in(left_out, row) for left_out in scope.without) for scope in permit.scopes
    )


def _in(rows: Rows, row: Row) -> bool:
    moment = NEW_YEAR if row.recent else NEW_YEAR - timedelta(days=1)
    organization = (MINE if row.here else OTHER).organization
    return (
        (rows.persons is None or bool(rows.persons & SOMEBODY))
        and (rows.organizations is None or organization in rows.organizations)
        and (rows.types is None or row.kind in rows.types)
        and (rows.labels is None or bool(rows.labels & LABELS[row.label]))
        and (rows.since is None or moment >= rows.since)
        and (rows.before is None or moment < rows.before)
    )


CELLS = list(product(Role, Relation, Purpose, SAID))


def test_every_cell_is_what_the_text_says() -> None:
    """7 roles x 7 relations x 7 purposes x 16 consents x 96 rows: all of them."""
    wrong = [
        (role, relation, purpose, said, row)
        for role, relation, purpose, said in CELLS
        for decision in [ask(role, relation, purpose, said)]
        for row in ROWS
        if opens(decision.permit, row) is not may_see(role.value, relation.value, purpose.value, said, row)
    ]
    assert wrong[:3] == []
    assert len(CELLS) * len(ROWS) == 7 * 7 * 7 * 16 * 96


def test_every_decision_has_reasons_in_both_languages_and_tells_of_no_denial() -> None:
    """A clinician reads the same words whether somebody denied a part or not."""
    for role, relation, purpose, said in CELLS:
        decision = ask(role, relation, purpose, said)
        assert decision.reasons
        assert all(reason.th and reason.en for reason in decision.reasons)
        if decision.permit is None:
            assert len(decision.reasons) == 1
    plain = ask(Role.CLINICIAN, Relation.TREATING, Purpose.TREATMENT, Said("mine"))
    narrowed = ask(Role.CLINICIAN, Relation.TREATING, Purpose.TREATMENT, Said("mine", without_kind="Condition"))
    assert plain.reasons == narrowed.reasons


def test_a_permit_says_on_whose_behalf_and_on_what_ground() -> None:
    permit = ask(Role.CLINICIAN, Relation.TREATING, Purpose.TREATMENT, Said("mine", refuses="other")).granted()
    assert (permit.facility, permit.ground) == (MINE.hospcode, "treatment")
    assert ask(Role.CLINICIAN, Relation.NONE, Purpose.TREATMENT, Said("mine")).granted().ground == "consent"


@pytest.mark.parametrize(
    ("relation", "said", "named"),
    [
        (Relation.TREATING, [Said()], ()),
        (Relation.TREATING, [Said("mine")], ("c0",)),
        (Relation.NONE, [Said("mine")], ("c0",)),
        (Relation.TREATING, [Said("other"), Said("all"), Said("mine", names=frozenset({"hiv"}))], ("c1", "c2")),
        (Relation.SAME_FACILITY, [Said("all"), Said("mine")], ("c1",)),  # to everybody: for who treats
        (Relation.TREATING, [Said("mine", over=True), Said("mine", purpose="PUBHLTH")], ()),
        (Relation.TREATING, [Said("mine", refuses="mine")], ()),  # everything denied: nothing rests on the consent
        (Relation.TREATING, [Said("mine", without_kind="Observation")], ("c0",)),
    ],
)
def test_a_permit_names_the_consents_that_it_rests_on(
    relation: Relation, said: list[Said], named: tuple[str, ...]
) -> None:
    """Those that open something of it, each once; never one that only closes."""
    every = tuple(replace(rule, name=f"c{n}") for n, one in enumerate(said) for rule in rules(one))
    subject = Subject(relation, SOMEBODY, consents=every)
    decision = policy.decide(Principal("account:a", Role.CLINICIAN, MINE), subject, Purpose.TREATMENT, NOW)
    assert decision.granted().consents == named


def test_a_consent_about_somebody_else_opens_nothing() -> None:
    """Rules are bound to the persons asked for, whoever collected them."""
    rule = ConsentRule(frozenset({8}), (Provision(True, None, None, Rows()),))
    subject = Subject(Relation.TREATING, SOMEBODY, consents=(rule,))
    permit = policy.decide(Principal("account:a", Role.CLINICIAN, MINE), subject, Purpose.TREATMENT, NOW).granted()
    assert permit.persons == SOMEBODY
    assert permit.organizations == {MINE.organization}


@pytest.mark.django_db
@pytest.mark.parametrize("relation", [Relation.TREATING, Relation.SAME_FACILITY, Relation.NONE, Relation.EMERGENCY])
def test_sql_finds_the_rows_of_the_matrix(relation: Relation) -> None:
    """The same cells of a clinician over stored rows: found by search, and read one by one."""
    for number, row in enumerate(DATED):
        keep(_resource(number, row), person=7, hospcode=(MINE if row.here else OTHER).hospcode)
    for number, row in enumerate(DATED):  # after all were written: a write works labels out anew
        database.execute("UPDATE resource SET label = %s WHERE rid = %s", [int(LABELS[row.label]), f"r{number}"])
    purpose = Purpose.EMERGENCY if relation is Relation.EMERGENCY else Purpose.TREATMENT
    for said in SAID:
        permit = ask(Role.CLINICIAN, relation, purpose, said).permit
        expected = {
            f"r{n}" for n, row in enumerate(DATED) if may_see("clinician", relation.value, purpose.value, said, row)
        }
        assert (permit is None) == (not expected)
        if permit is None:
            continue
        now = Permit(permit.reader, permit.purpose, permit.scopes, clock.now() + timedelta(hours=1), permit.ground)
        where = permitted(now)
        found = {rid for (rid,) in database.rows(f"SELECT r.rid FROM resource r WHERE {where.sql}", where.values)}
        assert found == expected, said
        assert (exchange.read(now, DATED[0].kind, "r0") is not None) is ("r0" in expected)


@pytest.mark.django_db
@pytest.mark.parametrize("relation", [Relation.TREATING, Relation.SAME_FACILITY, Relation.NONE, Relation.EMERGENCY])
def test_sql_finds_the_rows_of_a_clerk(relation: Relation) -> None:
    """Stored rows of every kind: found are those that the text names, with and without a consent."""
    for number, row in enumerate(ROWS):
        keep(_resource(number, row), person=7, hospcode=(MINE if row.here else OTHER).hospcode)
    for number, row in enumerate(ROWS):
        database.execute("UPDATE resource SET label = %s WHERE rid = %s", [int(LABELS[row.label]), f"r{number}"])
    for said in SAID:
        permit = ask(Role.CLERK, relation, Purpose.REGISTRATION, said).permit
        expected = {f"r{n}" for n, row in enumerate(ROWS) if may_see("clerk", relation.value, "PATADMIN", said, row)}
        assert (permit is None) == (not expected)
        assert len(expected) in (0, 4)  # Patient and Coverage of the own facility, lately and long ago
        if permit is not None:
            where = permitted(replace(permit, until=clock.now() + timedelta(hours=1)))
            found = {rid for (rid,) in database.rows(f"SELECT r.rid FROM resource r WHERE {where.sql}", where.values)}
            assert found == expected


def _resource(number: int, row: Row) -> dict[str, object]:
    moment = (NEW_YEAR if row.recent else NEW_YEAR - timedelta(days=1)).isoformat()
    if row.kind == "Patient":  # tells of no moment
        return {"resourceType": "Patient", "id": f"r{number}"}
    if row.kind == "Coverage":
        return {"resourceType": "Coverage", "id": f"r{number}", "period": {"start": moment}}
    name = "effectiveDateTime" if row.kind == "Observation" else "recordedDate"
    return {"resourceType": row.kind, "id": f"r{number}", "code": {"text": "x"}, name: moment}
