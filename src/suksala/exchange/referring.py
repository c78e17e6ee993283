"""Tests of references: whose it is, and where else it leads."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from suksala import identity, registry
from suksala.consent import Permit
from suksala.foundation import database
from suksala.standards import fhir

from . import bodies, tokens
from .at import NOTHING, At, ends, located, open_rows, tagged
from .domain import SearchProblem
from .filters import Filter, split, targets_of, unescaped
from .parameters import answered, stored
from .predicate import Clause, either


def references_to(at: At, test: Filter) -> Clause:
    """The parameter leads to one of the values: by a column where that says it, and by a token where another is named.

    Every registration of the same human counts as the patient (one person, many facilities).
    """
    if test.modifier == "identifier":
        return tagged(at, [_identifier(test.name, value) for value in test.values])
    layout = stored(at.rtype)
    wanted = [address for value in test.values for address in targets_of(at.rtype, test, value)]
    found: list[Clause] = []
    if test.name in layout.patients:
        wanted += _patients(at, wanted, found)
    elif test.name == layout.encounter:
        visits = [tokens.reference(address) for address in wanted if address.startswith("Encounter/")]
        found += [Clause(f"{at.alias}.enc = ANY(%s::bigint[])", (visits,))] if visits else []
    elif test.name == layout.organization:
        _senders(at, test.name, wanted, found)
    elif test.name == layout.human:
        _same_human_as(at, wanted, found)
    numbers = [tokens.leads(test.name, address) for address in dict.fromkeys(wanted)]
    if not found or is_known(numbers):
        found.append(tagged(at, numbers))
    return either(found) if found else NOTHING


def is_known(numbers: list[int]) -> bool:
    """Whether any resource at all refers so by a token. Tells nobody anything: it only spares a search the second way,
    which an index in the asked order could not follow.
    """
    if not _common().isdisjoint(numbers):
        return True
    # Materialized: planned as if all rows were wanted, so by the index; for one row alone the table would be read.
    sql = "WITH m AS MATERIALIZED (SELECT FROM resource WHERE toks && %s::bigint[]) SELECT EXISTS (SELECT FROM m)"
    [(known,)] = database.rows(sql, [numbers])
    return bool(known)


class _Looked(NamedTuple):
    moment: float = 0.0
    common: frozenset[int] = frozenset()


LOOK_SECONDS = 60.0  # statistics change with ANALYZE
_looked = _Looked()
_COMMON = """
SELECT unnest(most_common_elems::text::bigint[]) FROM pg_stats
WHERE schemaname = current_schema() AND tablename = 'resource' AND attname = 'toks'
"""


def _common() -> frozenset[int]:
    """The most common tokens: the index would list every row of one before it tells that there is any (550 ms for
    780,000 rows). One that is common no more costs a search nothing but the second way.
    """
    global _looked  # noqa: PLW0603 - one answer for a process
    now = time.monotonic()
    if not _looked.moment or now - _looked.moment > LOOK_SECONDS:
        _looked = _Looked(now, frozenset(number for (number,) in database.rows(_COMMON)))
    return _looked.common


def _patients(at: At, wanted: Sequence[str], found: list[Clause]) -> list[str]:
    """The column of whose record it is; gives the other registrations, which tokens may name."""
    rids = [address.removeprefix("Patient/") for address in wanted if address.startswith("Patient/")]
    persons = persons_named(at.permit, rids) if rids else []
    found.append(Clause(f"{at.alias}.person = ANY(%s::bigint[])", (persons,)) if persons else NOTHING)
    if not persons or not stored(at.rtype).open:
        return []
    where = open_rows(At(at.permit, "Patient")) & Clause("r.person = ANY(%s::bigint[])", (persons,))
    return [
        f"Patient/{rid}" for (rid,) in database.rows(f"SELECT r.rid FROM resource r WHERE {where.sql}", where.values)
    ]


def _senders(at: At, name: str, wanted: Sequence[str], found: list[Clause]) -> None:
    numbers = [
        registry.org_number(rid) for kind, _, rid in (a.partition("/") for a in wanted) if kind == "Organization"
    ]
    if numbers:
        sent = f"({at.alias}.org = ANY(%s::bigint[]) AND NOT {at.alias}.toks @> %s::bigint[])"
        found.append(Clause(sent, (numbers, [tokens.beside(name)])))


def _same_human_as(at: At, wanted: Sequence[str], found: list[Clause]) -> None:
    """Who shows a link to one of these Patients; one that the permit does not open is linked by nobody."""
    rids = [address.removeprefix("Patient/") for address in wanted if address.startswith("Patient/")]
    named = open_rows(At(at.permit, "Patient")) & located("Patient", rids)
    sql = f"SELECT h.other FROM resource r JOIN ({identity.EVER_TOGETHER}) h USING (person) WHERE h.now AND {named.sql}"
    others = [person for (person,) in database.rows(sql, named.values)] if rids else []
    if others:
        found.append(Clause(f"{at.alias}.person = ANY(%s::bigint[])", (others,)))


def has_reference(at: At, name: str) -> Clause:
    """The parameter has a value at all."""
    layout = stored(at.rtype)
    if name == layout.human:
        other = At(at.permit, "Patient", at.alias + "h")
        shown = ends(name, "human", at.alias, other.alias) & open_rows(other)
        same = Clause(f"EXISTS (SELECT FROM resource {other.alias} WHERE {shown.sql})", shown.values)
        return either([same, tagged(at, [tokens.has(name)])])
    if name in layout.derived:
        return tagged(at, [tokens.has(name)])
    body = bodies.has(at.alias, answered(at.rtype)[name].expression)
    if name in layout.patients:  # what is somebody's names that patient
        return either([Clause(f"{at.alias}.person <> 0"), body])
    if name == layout.encounter:
        return either([Clause(f"{at.alias}.enc IS NOT NULL"), body])
    sent = Clause(f"({at.alias}.org IS NOT NULL AND NOT {at.alias}.toks @> %s::bigint[])", ([tokens.beside(name)],))
    return either([sent, body])


def _identifier(name: str, value: str) -> int:
    parts = [unescaped(part) for part in split(value, "|")]
    if len(parts) > 2 or not parts[-1]:
        raise SearchProblem(
            f"{name}:identifier ต้องเป็น system|value หรือ value", f"{name}:identifier takes system|value or value"
        )
    system = fhir.canonical(parts[0]) if len(parts) == 2 else tokens.ANY
    return tokens.token(f"{name}:identifier", system, parts[-1])


def persons_of(permit: Permit, patient_ids: list[str]) -> list[int]:
    """The persons behind Patient ids that the permit opens, with the other registrations of the same humans. Gives no
    data out.
    """
    return _with_other_registrations(permit, _open(permit, patient_ids))


def persons_named(permit: Permit, patient_ids: list[str]) -> list[int]:
    """The same, of a search that names the patient: whose record is open an app was told with its token, and asks for
    by that id, whether or not its scopes open the Patient. Every other id is one that the permit opens, or of nobody.
    """
    told = permit.told_patient
    known = [told[1]] if told is not None and told[0] in patient_ids else []
    return _with_other_registrations(permit, [*_open(permit, patient_ids), *known])


def _open(permit: Permit, patient_ids: list[str]) -> list[int]:
    where = open_rows(At(permit, "Patient")) & located("Patient", patient_ids)
    return [person for (person,) in database.rows(f"SELECT r.person FROM resource r WHERE {where.sql}", where.values)]


def _with_other_registrations(permit: Permit, named: list[int]) -> list[int]:
    found = set(named)
    for human in identity.humans_of(named).values():
        found |= identity.persons_of(human)
    return sorted(person for person in found if permit.covers(person))


def same_human(permit: Permit, person: int | None) -> list[int] | None:
    """The registrations of one person's human that the permit names; None: no narrower than the permit."""
    if person is None:
        return None
    humans = identity.humans_of([person])
    return sorted(p for human in humans.values() for p in identity.persons_of(human) if permit.covers(p))
