"""`match`: which humans a described person may be. Nothing is written, nothing is locked."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import NamedTuple

from suksala.foundation import clock, keys

from . import edges, modelling, reading, storage, telephones, weighing
from .components import Member, is_dummy
from .domain import Evidence, PersonRow, guard
from .edges import Edge
from .grading import Compared, Decision, decide
from .matching import demographics, vetoes
from .matching.blocking import block_keys
from .matching.comparing import LARGEST_BLOCK
from .matching.demographics import Demographics
from .modelling import Standing
from .telephones import Visible
from .waterfalls import waterfall


class Record(NamedTuple):
    """A described person as it is compared: `member` as if it were registered, person and human 0."""

    told: Demographics
    member: Member


def match(record: PersonRow, *, visible: Visible | None = None) -> Decision:
    """Which humans a described person may be, graded, and whether to link it, to ask somebody, or to register it anew.

    record   its `pid` says nothing here
    visible  of these persons those that count for who asks (default: all); the others change nothing of the answer

    Works without a model: then a trusted number and the guard alone decide. Nothing is kept, and no fact is recorded:
    whoever shows the answer to somebody records that. Source: HL7's identity matching guide (humans, not rows).
    """
    today = clock.today()
    one = read(record, today)
    found = _candidates(one, visible)
    one = _without_shared_phone(one, visible)
    humans = storage.humans(sorted(found))
    persons = storage.persons_of_humans(humans.values())
    members = {m.person: m for m in storage.members(sorted(visible(persons) if visible else persons))}
    near = {person: members[person] for person in found if person in members}
    clusters: dict[int, dict[int, vetoes.Cluster]] = defaultdict(dict)
    for member in members.values():
        clusters[member.human][member.person] = member.cluster
    return decide(one.member.cluster, _compared(one, near, today, visible), clusters)


def read(row: PersonRow, today: date) -> Record:
    """A described person, read as a registration is."""
    kept = demographics.keep(row, reading.read_name(row.given or "", row.family or "", row.title or ""))
    told = demographics.of_kept(kept, today)
    number = reading.number_that_links(kept)
    numbered = reading.number_key(number) if number else None
    own = numbered if kept.cls == "T1" and not kept.newborn else None
    replaceable = numbered if kept.cls == "T2" and not kept.newborn else None
    year = told.birth.year if told.birth else None
    cluster = vetoes.one(
        own, year, replaceable=replaceable, newborn=kept.newborn, order=kept.twin_order, dead=kept.dead
    )
    evidence = Evidence(kept.birth, kept.given, kept.family, kept.newborn)
    return Record(told, Member(0, ("", ""), numbered, evidence, 0, cluster))


def _without_shared_phone(one: Record, visible: Visible | None) -> Record:
    """A telephone that too many bear says nothing of whoever is described either."""
    phone = one.told.phone
    if phone is None or not telephones.shared_among({keys.seal(phone)}, visible):
        return one
    return one._replace(told=one.told._replace(phone=None))


def _candidates(one: Record, visible: Visible | None) -> set[int]:
    """Persons that share a key or the number. A key that too many share says nothing: of those who count, so that
    nobody learns from it how many others there are.
    """
    numbers = set() if one.member.number is None else set(storage.bearers({one.member.number}))
    blocks = block_keys(one.told)
    if visible is None:
        return numbers | set(edges.sharing(blocks))
    shared = edges.shared(blocks)
    counting = set(visible({*numbers, *(person for _, person in shared)}))
    sizes = Counter(key for key, person in shared if person in counting)
    return counting & (numbers | {person for key, person in shared if sizes[key] <= LARGEST_BLOCK})


def _compared(one: Record, near: Mapping[int, Member], today: date, visible: Visible | None) -> Iterator[Compared]:
    models = modelling.standing()
    people = edges.people(near, today, visible) if models else {}
    bearers = [m for m in near.values() if m.number is not None and m.number == one.member.number]
    numbered = set() if is_dummy([*bearers, one.member]) else {m.person for m in bearers}
    for person, member in near.items():
        rule = guard(one.member.evidence, member.evidence) or "" if person in numbered else None
        found = Compared(person, member.human, rule)
        if person in people:
            edge = weighing.compare_pair((0, one.told), (person, people[person]), models, today)
            found = _weighed(found, edge, models[edge.population])
        yield found


def _weighed(found: Compared, edge: Edge, standing: Standing) -> Compared:
    enough = standing.joins and edge.weight >= standing.threshold
    return found._replace(
        waterfall=waterfall(edge),
        enough=enough,
        approved=standing.joins,
        veto=edge.veto,
        newborn=edge.newborn and standing.joins,
    )
