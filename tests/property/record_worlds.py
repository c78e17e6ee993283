"""Made-up records for the law that hidden rows change no byte: rows, who may see which, and how they are stored.

Who may see a row is worked out here from the words of the permit, not by the SQL that is under test.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence, Set
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db import transaction
from hypothesis import strategies as st

from suksala import identity, registry
from suksala.consent import SENSITIVE, Label, Permit, Purpose, Rows, Scope
from suksala.exchange import storage, tokens
from suksala.exchange.domain import NUMBER, Draft
from suksala.foundation import database
from tests.record import HOSPITAL, UNIT

NOW = datetime(2026, 11, 21, 5, 0, tzinfo=UTC)
DAYS = ("2025-12-31", "2026-01-01", "2026-06-15")
NEW_YEAR = datetime(2025, 12, 31, 17, 0, tzinfo=UTC)  # in Bangkok
CODES = {"E11.9": Label(0), "I10": Label(0), "B24": Label.HIV, "F32.9": Label.MENTAL_HEALTH}
HOSPITAL_NUMBER = "urn:test:hn"
ICD10 = "http://hl7.org/fhir/sid/icd-10"
APP_CODE, CODED = "I10", frozenset({"Condition", "Observation"})  # what an app is let see, by a coded value
FOR_AN_APP = frozenset({tokens.coding("code", ICD10, APP_CODE)[0]})
TYPES = ("Patient", "Encounter", "Condition", "Observation", "MedicationDispense", "DiagnosticReport", "List", "Task")
PERSONS = 3  # the last one is nobody's business under any permit here
WORDS = ("มาลี", "ดำ", "somsri")


class Row(NamedTuple):
    """One resource: its type and number, whose it is, where it was recorded, and something to search by.

    visit   the number of an Encounter of the same person; of an Encounter its own
    aim     type and number of a resource that it refers to, which may not be there
    former  there is a version before it, with another number; of no visit
    gone    it was deleted; of no visit
    """

    rtype: str
    n: int
    person: int
    here: bool
    code: str
    day: str
    active: bool
    visit: int | None
    value: int
    aim: tuple[str, int]
    word: str
    former: bool
    gone: bool

    @property
    def rid(self) -> str:
        """The id of the resource."""
        return id_of(self.rtype, self.n)


def id_of(rtype: str, n: int) -> str:
    """The id of the n-th resource of a type."""
    return f"{rtype[:4].lower()}-{n}"


@st.composite
def rows(draw: st.DrawFn, types: Sequence[str] = TYPES) -> Row:
    """One row; Patients have their person's number, the rest few numbers, so that references meet."""
    rtype = draw(st.sampled_from(types))
    person = draw(st.integers(1, PERSONS))
    n = person if rtype == "Patient" else draw(st.integers(1, 4))
    of_no_visit = rtype in ("Patient", "Coverage")
    visit = n if rtype == "Encounter" else None if of_no_visit else draw(st.sampled_from([None, 1, 2, 3]))
    return Row(
        rtype,
        n,
        person,
        draw(st.booleans()),
        draw(st.sampled_from(sorted(CODES))),
        draw(st.sampled_from(DAYS)),
        draw(st.booleans()),
        visit,
        draw(st.sampled_from([5, 50, 500])),
        (draw(st.sampled_from(["Observation", "Condition", "Patient"])), draw(st.integers(1, 4))),
        draw(st.sampled_from(WORDS)),
        visit is None and draw(st.booleans()),
        rtype != "Patient" and visit is None and draw(st.integers(0, 5)) == 0,
    )


# ---- who may see what -----------------------------------------------------------------------------------------------


def permits(persons: Sequence[int], human_of: Callable[[int], Set[int]] = identity.SameHuman) -> dict[str, Permit]:
    """Leave of every form: one plain scope, several, of one human, without classes, bound to types and to moments.

    human_of  the registrations of one human, each person here being one: where nobody is stored, told outright
    """
    one, here = frozenset({persons[0]}), frozenset({registry.org_number(HOSPITAL)})
    both, human = frozenset(persons[:2]), human_of(persons[0])
    unnamed = (Rows(labels=SENSITIVE),)
    found = {
        "facility": (Scope(Rows(organizations=here)),),
        "citizen": (Scope(Rows(human)),),
        "treating": (Scope(Rows(one, here)), Scope(Rows(one), unnamed)),
        "names-hiv": (
            Scope(Rows(one, here)),
            Scope(Rows(one), unnamed),
            Scope(Rows(one, labels=Label.HIV), (Rows(labels=SENSITIVE & ~Label.HIV),)),
        ),
        "some-types-lately": (
            Scope(Rows(both, types=frozenset({"Patient"}))),
            Scope(Rows(both, types=frozenset({"Observation", "Encounter"}), since=NEW_YEAR)),
        ),
        "before-and-without": (
            Scope(Rows(both, before=NEW_YEAR), (Rows(types=frozenset({"Condition"})),)),
            Scope(Rows(both, types=frozenset({"Patient"}))),
        ),
        "team": (Scope(Rows(organizations=here), unnamed),),
        "clerk": (Scope(Rows(both, here, frozenset({"Patient", "Coverage"})), unnamed),),
        "app": (
            Scope(Rows(human, types=frozenset({"Patient"}))),
            Scope(Rows(human, types=CODED, bearing=(FOR_AN_APP,))),
        ),
        "somebody": (Scope(Rows(one)),),
        "nothing": (),
    }
    until = NOW + timedelta(minutes=5)
    return {
        name: Permit("client:own", Purpose.SYSTEM, scopes, until, "system", HOSPITAL) for name, scopes in found.items()
    }


def labels_of(world: Iterable[Row]) -> dict[Row, Label]:
    """The classes that each row bears: its own, and those of the diagnoses of its visit."""
    every = list(world)
    return {row: _label(row, every) for row in every}


def _label(row: Row, world: Collection[Row]) -> Label:
    found = _own(row)
    for other in world:
        same = row.visit is not None and (other.person, other.visit) == (row.person, row.visit)
        if same and other.rtype in ("Condition", "Encounter"):
            found |= _own(other)
    return found


def _own(row: Row) -> Label:
    return CODES[row.code] if row.rtype in ("Condition", "Encounter", "Observation") else Label(0)


def seen(permit: Permit, world: Iterable[Row], persons: Sequence[int]) -> dict[Row, Label]:
    """The rows that a permit opens, with their labels."""
    return {
        row: label
        for row, label in labels_of(world).items()
        if any(
            _in(scope.rows, row, label, persons) and not any(_in(out, row, label, persons) for out in scope.without)
            for scope in permit.scopes
        )
    }


def _in(bounds: Rows, row: Row, label: Label, persons: Sequence[int]) -> bool:
    moment = datetime.fromisoformat(f"{row.day}T00:00:00+07:00")
    organization = registry.org_number(HOSPITAL if row.here else UNIT)
    return (
        (bounds.persons is None or persons[row.person - 1] in bounds.persons)
        and (bounds.organizations is None or organization in bounds.organizations)
        and (bounds.types is None or row.rtype in bounds.types)
        and (bounds.labels is None or bool(bounds.labels & label))
        and (bounds.since is None or moment >= bounds.since)
        and (bounds.before is None or moment < bounds.before)
        and (not bounds.bearing or (row.rtype in CODED and row.code == APP_CODE and not row.gone))
    )


@dataclass(frozen=True)
class Pair:
    """Two records that differ only in what a permit does not open."""

    permit: str
    seen: tuple[Row, ...]
    hidden: tuple[tuple[Row, ...], tuple[Row, ...]]


def differing(name: str, permit: Permit, world: Iterable[Row], other: Iterable[Row], persons: Sequence[int]) -> Pair:
    """From rows of one record and candidates for another: what is seen, and what is hidden in the one and in the other.
    A candidate is taken where it changes neither what is seen nor how that is labelled.
    """
    first: dict[tuple[str, int], Row] = {}
    for row in world:
        first.setdefault((row.rtype, row.n), row)
    open_ = seen(permit, first.values(), persons)
    keys = {(row.rtype, row.n) for row in open_}
    second = dict(first)
    for row in first.values():  # what can be taken away
        if row not in open_ and row.n % 2 == 0:
            _try(second, (row.rtype, row.n), None, permit, open_, persons)
    for row in other:  # what can be changed or added
        if (row.rtype, row.n) not in keys:
            _try(second, (row.rtype, row.n), row, permit, open_, persons)
    hidden = tuple(tuple(row for row in rows_.values() if row not in open_) for rows_ in (first, second))
    return Pair(name, tuple(open_), (hidden[0], hidden[1]))


def _try(
    rows_: dict[tuple[str, int], Row],
    key: tuple[str, int],
    row: Row | None,
    permit: Permit,
    open_: dict[Row, Label],
    persons: Sequence[int],
) -> None:
    tried = {k: r for k, r in rows_.items() if k != key} | ({key: row} if row else {})
    if seen(permit, tried.values(), persons) == open_:
        rows_.clear()
        rows_.update(tried)


# ---- storing --------------------------------------------------------------------------------------------------------


def store(pair: Pair, which: int, persons: Sequence[int]) -> None:
    """Store what is seen at one moment under row numbers of its own, and one of the two hidden parts around it."""
    hidden = pair.hidden[which]
    _write([row for row in hidden if row.n < 3], persons, NOW - timedelta(days=2), 1_000_000)
    _write(pair.seen, persons, NOW - timedelta(days=1), 5_000_000)
    _write([row for row in hidden if row.n >= 3], persons, NOW - timedelta(hours=2), 9_000_000)
    for some, moment in ((hidden, NOW - timedelta(hours=1)), (pair.seen, NOW - timedelta(minutes=30))):
        _delete([row for row in some if row.gone], persons, moment)


OF_ONE_HUMAN = frozenset({"citizen", "app"})  # permits by who is one human: whoever joins the first person is seen


def join(pair: Pair, which: int, persons: Sequence[int]) -> None:
    """Make those of whom something is seen one human in both records, and in the second those too of whom nothing is:
    that somebody is one human with a registration that is closed to the reader is as hidden as its rows.
    """
    known = range(2 if pair.permit in OF_ONE_HUMAN else 1, PERSONS + 1)
    seen_ = {row.person for row in pair.seen}
    together = [persons[n - 1] for n in known if which or n in seen_]
    if not together:
        return
    named = min([persons[n - 1] for n in seen_ & {*known}] or together)  # whose id is told by $ihe-pix (decision 0095)
    said = "INSERT INTO identity_event (at, kind, actor, evidence) VALUES (%s, 'link', 'test', '{}') RETURNING seq"
    [(event,)] = database.rows(said, [NOW])
    database.execute("UPDATE identity_membership SET closed_by = %s WHERE person = ANY(%s)", [event, together])
    database.execute(
        "INSERT INTO identity_membership (person, human, opened_by) SELECT p, %s, %s FROM unnest(%s::bigint[]) p",
        [named, event, together],
    )


def _write(some: Sequence[Row], persons: Sequence[int], now: datetime, number: int) -> None:
    database.rows("SELECT setval('resource_id', %s, false)", [number])
    storage.numbers_left.clear()
    for before in (True, False):
        for here in (True, False):
            batch = storage.Batch(registry.org_number(HOSPITAL if here else UNIT), now - timedelta(hours=5 * before))
            for row in some:
                if row.here is here and (row.former or not before):
                    batch.add(_item(row._replace(value=7) if before else row, persons))
            with transaction.atomic():
                batch.write()


def _delete(some: Sequence[Row], persons: Sequence[int], now: datetime) -> None:
    for row in some:
        batch = storage.Batch(registry.org_number(HOSPITAL if row.here else UNIT), now)
        batch.forbid(persons[row.person - 1], NUMBER[row.rtype], row.rid)
        with transaction.atomic():
            batch.write()


def _item(row: Row, persons: Sequence[int]) -> storage.Item:
    return storage.Item(persons[row.person - 1], Draft(row.rtype, row.rid, _body(row)), "urn:test")


def _body(row: Row) -> dict[str, Any]:  # noqa: PLR0911 - a type is a return
    subject = {"reference": f"Patient/{id_of('Patient', row.person)}"}
    visit = {"encounter": {"reference": f"Encounter/{id_of('Encounter', row.visit)}"}} if row.visit else {}
    aim = {"reference": f"{row.aim[0]}/{id_of(*row.aim)}"}
    concept = {"coding": [{"system": ICD10, "code": row.code}]}
    text = {"text": {"status": "generated", "div": f'<div xmlns="http://www.w3.org/1999/xhtml">{row.word}</div>'}}
    match row.rtype:
        case "Patient":
            gender = "female" if row.active else "male"
            sender = {"reference": f"Organization/{HOSPITAL if row.here else UNIT}"}
            number = {"system": HOSPITAL_NUMBER, "value": f"{row.rid}-{row.word}"}
            return {"name": [{"family": row.word}], "gender": gender, "birthDate": row.day, "identifier": [number],
                    "managingOrganization": sender}  # fmt: skip
        case "Encounter":
            status = "finished" if row.active else "planned"
            return {"status": status, "class": {"code": "AMB"}, "subject": subject, "period": {"start": row.day},
                    "reasonCode": [concept], "length": {"value": row.value, "unit": "d"}}  # fmt: skip
        case "Condition":
            return {"code": concept, "subject": subject, "recordedDate": row.day, **visit, **text}
        case "Observation":
            status = "final" if row.active else "preliminary"
            quantity = {"value": float(row.value), "unit": "mg", "system": "http://unitsofmeasure.org", "code": "mg"}
            return {"status": status, "code": concept, "subject": subject, "effectiveDateTime": row.day,
                    "valueQuantity": quantity, **visit, **text}  # fmt: skip
        case "MedicationDispense":
            context = {"context": visit["encounter"]} if visit else {}
            return {"status": "completed", "medicationCodeableConcept": {"text": row.word}, "subject": subject,
                    "whenHandedOver": row.day, "quantity": {"value": row.value}, **context}  # fmt: skip
        case "DiagnosticReport":
            return {"status": "final", "code": {"text": row.word}, "subject": subject, "effectiveDateTime": row.day,
                    "result": [aim], **visit}  # fmt: skip
        case "Coverage":
            status = "active" if row.active else "cancelled"
            return {"status": status, "beneficiary": subject, "payor": [{"reference": f"Organization/{HOSPITAL}"}],
                    "type": {"text": row.word}, "period": {"start": row.day}}  # fmt: skip
        case "List":
            return {"status": "current", "mode": "working", "subject": subject, "date": row.day,
                    "entry": [{"item": aim}], **visit}  # fmt: skip
    return {"status": "requested", "intent": "order", "for": subject, "focus": aim, "authoredOn": row.day,
            "executionPeriod": {"start": row.day}, "description": row.word, **visit}  # fmt: skip
