"""Made-up things beside the record, for the law that hidden rows change no byte of a page: who looked, consents,
openings, cases, questions, deposits, lines of lists, figures; and how each is stored.

Four registrations: 1 at the hospital and 2 at the unit are one human, 3 at the unit and 4 at the hospital are others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import strategies as st
from psycopg.types.json import Jsonb

from suksala import audit, identity, signin, warehouse
from suksala.consent import (
    Purpose,
    consents_storage,
    grants_storage,
    proxies_storage,
    vault_keys,
)
from suksala.consent.consents import TYPES as SECTION_TYPES
from suksala.consent.consents import Channel, Choice, Consent, Receiver, Section, State
from suksala.consent.grants import ClassReason, Extent, Grant, GrantState, Need, Verdict
from suksala.consent.proxies import Proof, Proxy, Relation, Right
from suksala.foundation import database
from suksala.governance import Breach, Risk
from suksala.governance import storage as governance_storage
from suksala.identity import PersonRow
from suksala.ingest import storage as ingest_storage
from suksala.ingest.domain import FileReceipt, Problem, Sample
from suksala.ingest.rules import rules_of
from suksala.lists import storage as lists_storage
from suksala.lists.domain import Line, Status, StatusAt
from suksala.privacy import storage as privacy_storage
from suksala.privacy.domain import Alert, Case, CaseState
from suksala.privacy.domain import Verdict as PrivacyVerdict
from suksala.privacy.rights import DataRequest, RequestState
from suksala.privacy.rights import Right as DataRight
from suksala.privacy.rights_storage import insert as insert_request
from suksala.warehouse import storage as warehouse_storage
from suksala.warehouse.domain import Run
from tests.property.record_worlds import NOW, WORDS
from tests.record import HOSPITAL, UNIT

FAR = "99803"
FACILITIES = {HOSPITAL: "1901", UNIT: "1901", FAR: "1401", "99804": "1402"}  # district of each
PLACES = {1: (HOSPITAL, "1"), 2: (UNIT, "2"), 3: (UNIT, "3"), 4: (HOSPITAL, "4")}
PHONE = "0812345678"
NAMES = {1: ("มาลี", "ใจดี"), 2: ("มาลี", "ใจดี"), 3: ("ดำ", "แดงดี"), 4: ("somsri", "jaidee")}


class Told(NamedTuple):
    """One thing beside the record: its kind and number, whose it is, whether it is the hospital's, and a variant.

    It stands in a database once for each kind and number.
    """

    kind: str
    n: int
    person: int
    here: bool
    which: int

    @property
    def place(self) -> str:
        """The facility that it is of."""
        return HOSPITAL if self.here else UNIT

    @property
    def number(self) -> int:
        """Its number in addresses, where its kind has numbers of its own."""
        return 100 * (list(KINDS).index(self.kind) + 1) + self.n

    @property
    def uuid(self) -> UUID:
        """The same, for what is named by a UUID."""
        return UUID(int=self.number)

    @property
    def at(self) -> datetime:
        """When it was: of the last days, and no two of one kind at the same moment."""
        return NOW - timedelta(days=self.which, hours=self.n, minutes=self.number % 7)


@st.composite
def things(draw: st.DrawFn, kinds: Sequence[str]) -> Told:
    """One thing of these kinds."""
    kind = draw(st.sampled_from(kinds))
    return Told(
        kind,
        1 if kind == "joined" else draw(st.integers(1, 4)),
        draw(st.integers(1, 4)),
        draw(st.booleans()),
        draw(st.integers(0, 2)),
    )


# ---- storing --------------------------------------------------------------------------------------------------------

Persons = Sequence[int]  # the registrations, in the order of PLACES
_WORDS = "ไม่ได้มารับบริการในวันนั้น"


def fact_of(one: Told, person: int) -> audit.Fact:
    """Somebody saw a record: a clinician, a machine, or somebody who leafed through a list."""
    kind, actor, purpose = (
        ("read", "account:other", "TREAT"),
        ("read", "client:his", "HSYSADMIN"),
        ("panel.read", "account:team", "HOPERAT"),
    )[one.which]
    return audit.Fact(one.at, kind, actor, purpose, person, one.place)


def _looked(one: Told, persons: Persons) -> None:
    """Somebody saw a record, which the log tells."""
    audit.record_many([fact_of(one, persons[one.person - 1])])


def _consent(one: Told, persons: Persons) -> None:
    """Everything for a facility; a class closed to all; results and one class for a facility."""
    receiver = frozenset({Receiver("facility", one.place)})
    treatment = frozenset({Purpose.TREATMENT})
    results = SECTION_TYPES[Section.RESULTS] | {"Patient"}
    choice = (
        Choice(True, receiver, treatment),
        Choice(False, purposes=treatment, labels=frozenset({"HIV"})),
        Choice(True, receiver, treatment, results, frozenset({"MENTAL_HEALTH"})),
    )[one.which]
    state = State.GIVEN if choice.permit else State.REFUSED
    consents_storage.save(
        Consent(
            persons[one.person - 1], one.number, 1, state, choice, (), f"account:giver-{one.person}", "self",
            Channel.APP, "session", "d" * 64, one.at, None, one.at,
        )
    )  # fmt: skip


def _grant(one: Told, persons: Persons, state: GrantState) -> Grant:
    over = state is not GrantState.ACTIVE
    reviewed = state is GrantState.REVIEWED
    return Grant(
        one.uuid, persons[one.person - 1], frozenset({persons[one.person - 1]}), f"account:er-{one.n}", "พญ.เวรดึก",
        one.place, Need("ucep-1", _WORDS, f"ER/{one.n}", "ว.12345", attested=True), state, Extent.FULL_RECORD,
        (ClassReason(1, _WORDS),) if one.n > 2 else (), ("often",), one.at,
        one.at + timedelta(minutes=20) if over else None, one.at + timedelta(minutes=21) if over else None,
        Verdict.UNCLEAR if reviewed else None, _WORDS if reviewed else "", "account:officer" if reviewed else "",
        one.at + timedelta(hours=1) if reviewed else None,
    )  # fmt: skip


def _opening(one: Told, persons: Persons) -> None:
    """Somebody broke the glass; patient and officers are told at once."""
    _open(one, persons, one.at)


def _delayed(one: Told, persons: Persons) -> None:
    """Somebody broke the glass, and the patient is told the day after tomorrow."""
    _open(one, persons, NOW + timedelta(days=2))


def _open(one: Told, persons: Persons, told_from: datetime) -> None:
    grant = _grant(one, persons, (GrantState.ACTIVE, GrantState.SHREDDED, GrantState.REVIEWED)[one.which])
    grants_storage.keep(grant)
    grants_storage.queue_notice(grant, "citizen", told_from, told=told_from <= NOW and one.n % 2 == 0)
    grants_storage.queue_notice(grant, "facility-officer", one.at, facility=one.place, told=True)
    grants_storage.queue_notice(grant, "exchange-officer", one.at, told=True)
    detail = {"grant": str(grant.id)}
    facts = [
        audit.Fact(
            grant.began + timedelta(minutes=after), kind, grant.reader, "ETREAT", grant.person, one.place, detail
        )
        for after, kind in ((0, "grant.opened"), (1, "read.copy"))
    ]
    audit.record_many(facts)


def _own(one: Told, persons: Persons) -> None:
    """The doctor of the emergency room has the first human's whole record open, and what is not sensitive of it."""
    grant = replace(
        _grant(one, persons, GrantState.ACTIVE),
        reader="account:doctor",
        facility=FAR,
        persons=frozenset(persons[:2]),
        reasons=(),
    )
    vault_keys.destroy(grant.id, grant.until)  # that of the world before
    vault_keys.make(grant.id, grant.until)
    grants_storage.keep(grant)


def _cosign(one: Told, persons: Persons) -> None:
    """Somebody asks a colleague to confirm that they open a patient again."""
    grant = _grant(one, persons, GrantState.ACTIVE)
    asked = replace(grant, state=GrantState.REQUESTED, started_at=None, asked_at=NOW - timedelta(minutes=one.n))
    grants_storage.keep(asked)


def _case(one: Told, persons: Persons) -> None:
    """A citizen doubted an opening; it waits, is looked at, or was answered."""
    state = (CaseState.OPEN, CaseState.LOOKING, CaseState.ANSWERED)[one.which]
    reader = f"account:other-{one.n}"
    case = Case(one.number, persons[one.person - 1], one.at, reader, one.place, one.at.date(), _WORDS)
    privacy_storage.insert_case(case)
    if state is not CaseState.OPEN:
        answer = (PrivacyVerdict.JUSTIFIED, "มีนัดรับยา", NOW) if state is CaseState.ANSWERED else (None, "", None)
        database.execute(
            "UPDATE privacy_case SET state = %s, officer = 'account:officer', verdict = %s, answer = %s, "
            "answered_at = %s WHERE id = %s",
            [state.value, *answer, one.number],
        )


def _alert(one: Told, persons: Persons) -> None:
    """An opening looked like curiosity; some were judged."""
    judged = (PrivacyVerdict.UNCLEAR, _WORDS, "account:officer", NOW) if one.which == 2 else (None, "", "", None)
    made = Alert(
        one.number, persons[one.person - 1], f"account:other-{one.n}", one.place, one.at.date(), ("no-care",), 2, one.at
    )
    privacy_storage.insert_alerts([made])
    database.execute(
        "UPDATE privacy_alert SET verdict = %s, note = %s, officer = %s, judged_at = %s WHERE id = %s",
        [*judged, one.number],
    )


def _request(one: Told, persons: Persons) -> None:
    """A person asks for what the Act gives them."""
    state = (RequestState.RECEIVED, RequestState.DOING, RequestState.ANSWERED)[one.which]
    right = list(DataRight)[one.n]
    person = persons[one.person - 1]
    insert_request(
        DataRequest(one.number, person, right, one.at, f"account:giver-{one.person}", one.place, _WORDS, state),
        [person],
    )
    if state is RequestState.ANSWERED:
        database.execute(
            "UPDATE privacy_request SET answer = 'ทำแล้ว', answered_at = %s WHERE id = %s", [one.at, one.number]
        )


def _breach(one: Told, persons: Persons) -> None:
    """Something was lost at a facility."""
    what = f"แฟ้มรายชื่อผู้ป่วยถูกส่งผิดหน่วยงาน {one.n}"
    made = governance_storage.add(Breach(what, one.at, list(Risk)[one.which], facility=one.place, persons=one.n))
    database.execute("UPDATE governance_breach SET id = %s WHERE id = %s", [one.number, made])


def _protected(one: Told, persons: Persons) -> None:
    """Somebody is protected by the hospital's officer, the unit's, or the exchange's."""
    facility = one.place if one.which < 2 else ""
    database.execute(
        "INSERT INTO identity_protected (person, since, reason, facility, actor) VALUES (%s, %s, %s, %s, %s)",
        [persons[one.person - 1], one.at, _WORDS, facility, f"account:officer-{one.n}"],
    )


def _proxy(one: Told, persons: Persons) -> None:
    """Somebody acts for a person: a stranger, the second citizen (number 4), or (the third variant) the first one."""
    helper = "account:citizen-2" if one.n == 4 else f"account:helper-{one.n}"
    representative = "account:citizen-1" if one.which == 2 else helper
    proxies_storage.save(
        Proxy(
            persons[one.person - 1], one.number, 1, representative, persons[3], Relation.DELEGATE,
            frozenset({Right.VIEW}), Proof.OWN_PRESS, "", one.at, NOW + timedelta(days=30), one.at,
            NOW if one.which == 1 else None, f"account:giver-{one.person}", one.at,
        )
    )  # fmt: skip


PAIRS = ((1, 4), (1, 3), (2, 3))  # both at the hospital; one of them; none
QUESTIONS = ("possible", "twin", "whose-card", "unconfirmed")


def _question(one: Told, persons: Persons) -> None:
    """Reviewers are asked whether two registrations are one human."""
    a, b = sorted(persons[n - 1] for n in PAIRS[one.which])
    database.execute(
        "INSERT INTO identity_review (person, other, kind, state, event, at, danger, gain, ranked_on) "
        "VALUES (%s, %s, %s, 'open', NULL, %s, %s, %s, %s)",
        [a, b, QUESTIONS[one.n - 1], one.at, one.n % 3, float(one.n), NOW.date()],
    )


def _decided(one: Told, persons: Persons) -> None:
    """A reviewer's answer that holds; events follow each other in time as in number."""
    at = NOW - timedelta(days=5 - one.n)
    a, b = sorted(persons[n - 1] for n in PAIRS[one.which])
    [(event,)] = database.rows(
        "INSERT INTO identity_event (at, kind, actor, evidence) VALUES (%s, 'judge', 'account:reviewer', '{}') "
        "RETURNING seq",
        [at],
    )
    database.execute(
        "INSERT INTO identity_override (person, other, event, kind) VALUES (%s, %s, %s, 'cannot')", [a, b, event]
    )
    database.execute(
        "INSERT INTO identity_answer (person, other, seq, kind, at, reviewer, answer, reason, seconds, sampled, event) "
        "VALUES (%s, %s, %s, %s, %s, 'account:reviewer', 'different', %s, 30, false, %s)",
        [a, b, event, QUESTIONS[one.n - 1], at, _WORDS, event],
    )


def _deposit(one: Told, persons: Persons) -> None:
    """A zip that was sent: taken in with one fault, waiting, or refused whole."""
    state = ("applied", "received", "refused")[one.which]
    database.execute(
        "INSERT INTO ingest_deposit (id, sha256, file_name, given_sender, hospcode, state, size, received_at, "
        "exported_at, applied_at, void_reason, code, th, en, linked) "
        "VALUES (%s, %s, %s, NULL, %s, %s, 1000, %s, %s, %s, '', %s, %s, %s, '{}')",
        [
            one.number, f"{one.number:064d}", f"F43_{one.place}_2026112{one.n}090000.zip", one.place, state, one.at,
            one.at, one.at if one.which != 1 else None,
            *(("SKL-DEP-004", "ว่าง", "empty") if one.which == 2 else ("", "", "")),
        ],
    )  # fmt: skip
    if state == "applied":
        rule = next(iter(rules_of("PERSON")))
        fault = Problem(rule, one.n, (Sample(2, "1"),))
        ingest_storage.save_files(
            one.number,
            [
                FileReceipt(
                    "PERSON", "PERSON.txt", "accepted", read=10, accepted=10 - one.n, refused=one.n, problems=(fault,)
                )
            ],
        )


def _registered(one: Told, persons: Persons) -> None:
    """Somebody else is registered: at the hospital, at the unit, or far away."""
    place = FAR if one.which == 2 else one.place
    row = PersonRow(
        f"r{one.n}", given=WORDS[one.n % 3], family="อื่นไกล", birth=date(1960, 1, one.n), sex="1", phone=PHONE
    )
    identity.link(place, [row])


def _joined(one: Told, persons: Persons) -> None:
    """The third registration is found to be the first human's too."""
    said = "INSERT INTO identity_event (at, kind, actor, evidence) VALUES (%s, 'link', 'test', '{}') RETURNING seq"
    [(event,)] = database.rows(said, [one.at])
    database.execute("UPDATE identity_membership SET closed_by = %s WHERE person = %s", [event, persons[2]])
    database.execute(
        "INSERT INTO identity_membership (person, human, opened_by) VALUES (%s, %s, %s)",
        [persons[2], persons[0], event],
    )


def _app(one: Told, persons: Persons) -> None:
    """Somebody allowed an app to read their record: citizen 1, or (the other variants) somebody else."""
    login = "citizen-1" if one.which == 0 else "citizen-2"
    database.execute(
        "INSERT INTO signin_authorization (id, client_id, account_id, scopes, patient_person, approved_at, ends_at, "
        "ended_why, code, code_until, redirect_uri, challenge, facility) SELECT %s, c.id, a.id, 'patient/*.rs', %s, "
        "%s, %s, '', %s, %s, 'https://app.example/back', 'x', '' FROM signin_client c, signin_account a "
        "WHERE c.name = 'growth' AND a.login = %s",
        [one.number, persons[0], one.at, NOW + timedelta(days=30), f"{one.number:032d}".encode(), one.at, login],
    )


def _colleague(one: Told, persons: Persons) -> None:
    """Somebody else has an account at a facility."""
    role = ("clinician", "clerk", "steward")[one.which]
    signin.save_demo_account(f"staff-{one.n}", role=role, display_th="สมมติ", display_en="Staff", hospcode=one.place)


AGENCIES = ("system:nhso", "system:niem", f"facility:{HOSPITAL}")


def _line(one: Told, persons: Persons) -> None:
    """A row of an agency's list: of the own district, of another, or of nobody knows where (person 1)."""
    status = (Status.WAITING, Status.POSITIVE, Status.IN_HOSPITAL, Status.VEHICLE_SENT)[one.n - 1]
    ill = StatusAt(status, one.at - timedelta(days=3))
    line = Line(
        f"L{one.n}", WORDS[one.n % 3], f"สกุล{one.n}", birth_year=1950 + one.n, district=district_of(one), history=(ill,)
    )
    [row] = lists_storage.insert_rows(lists_storage.list_id(AGENCIES[one.which], "july"), [line], one.at)
    lists_storage.add_statuses({row: line.history}, "client:his", one.at)
    database.execute("UPDATE lists_row SET public = %s WHERE id = %s", [one.uuid, row])


def district_of(one: Told) -> str:
    """Where a line says that somebody lives; "" where it does not say."""
    return "" if one.person == 1 else "1901" if one.here else "1401"


def _called(one: Told, persons: Persons) -> None:
    """Somebody called whom a line is about, or has the page open."""
    lines = 100 * (list(KINDS).index("line") + 1) + one.n
    database.execute(
        "INSERT INTO lists_call (row, answer, caller, at) SELECT id, %s, 'account:caller', %s FROM lists_row "
        "WHERE public = %s",
        [("reached", "unreachable", "do-not-call")[one.which], one.at, UUID(int=lines)],
    )


FIGURED = (HOSPITAL, UNIT, FAR, "99804")  # the facilities with figures; the latter two of other districts
PERIOD = "2569Q4"


def _figure(one: Told, persons: Persons) -> None:
    """What was counted at a facility: the same of every indicator."""
    counts = Jsonb({"A": one.which + 1, "B": 4 + one.person})
    database.execute(
        "INSERT INTO warehouse_result (run_id, hospcode, counts, excluded, contested) "
        "SELECT id, %s, %s, '{}', 0 FROM warehouse_run",
        [FIGURED[one.n - 1], counts],
    )


def _member(one: Told, persons: Persons) -> None:
    """Somebody behind a figure; `publish` writes the file."""


def publish(some: Iterable[Told], persons: Persons) -> None:
    """The rows behind the figures, in a file for each run."""
    told = sorted((one for one in some if one.kind == "member"), key=lambda one: one.n)
    columns = {
        "human": pa.array([one.n for one in told], pa.int64()),
        "hospcode": pa.array([member_place(one) for one in told], pa.string()),
        "person": pa.array([persons[one.person - 1] for one in told], pa.int64()),
        "reason": pa.array(["" for _ in told], pa.string()),
        "in_b": pa.array([int(one.n != 4) for one in told], pa.int64()),
        "in_a": pa.array([int(one.n == 1) for one in told], pa.int64()),
        "value": pa.array([7.0 + one.which for one in told], pa.float64()),
        "value_2": pa.array([None for _ in told], pa.float64()),
        "value_on": pa.array([one.at.date() for one in told], pa.date32()),
    }
    for (number,) in database.rows("SELECT id FROM warehouse_run"):
        pq.write_table(pa.table(columns), warehouse_storage.rows_file(number))


def member_place(one: Told) -> str:
    """At which facility somebody is counted."""
    return FAR if one.which == 2 else one.place


def runs() -> None:
    """One run of each indicator, without a count yet."""
    for measure in warehouse.definitions():
        for version in measure.versions:
            if version.covers(2569):
                warehouse_storage.add(Run(measure.code, version.name, PERIOD, measure.code, "s", NOW), [])


KINDS: dict[str, Callable[[Told, Persons], None]] = {
    "looked": _looked,
    "consent": _consent,
    "opening": _opening,
    "delayed": _delayed,
    "own": _own,
    "cosign": _cosign,
    "case": _case,
    "alert": _alert,
    "request": _request,
    "breach": _breach,
    "protected": _protected,
    "proxy": _proxy,
    "question": _question,
    "decided": _decided,
    "deposit": _deposit,
    "registered": _registered,
    "joined": _joined,
    "app": _app,
    "line": _line,
    "called": _called,
    "figure": _figure,
    "member": _member,
    "colleague": _colleague,
}

_SEQUENCES: list[str] = []


def numbers_given() -> Callable[[], None]:
    """Remember how far the numbers are that the database gives out; what is returned lets them go on from there."""
    found = database.rows("SELECT quote_ident(sequencename), last_value FROM pg_sequences WHERE schemaname = 'public'")
    _SEQUENCES[:] = [name for name, _ in found]

    def restore() -> None:
        for name, last in found:
            database.rows(f"SELECT setval('{name}', {last or 1}, {last is not None})")

    return restore


def number_from(first: int) -> None:
    """Let every number that the database gives out go on from here: who wrote before whom is no part of the law."""
    calls = ", ".join(f"setval('{name}', {first}, false)" for name in _SEQUENCES)
    database.rows(f"SELECT {calls}")


def tell(some: Iterable[Told], persons: Persons) -> None:
    """Store these things, each under numbers of its own."""
    for one in some:
        number_from(100_000 * one.number)
        KINDS[one.kind](one, persons)
