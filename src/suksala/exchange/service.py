"""Use cases of the record."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime

from suksala import consent, registry
from suksala.consent import Permit
from suksala.foundation import clock, database

from . import (
    alike,
    bulk,
    bundle,
    conditions,
    consenting,
    defining,
    delivering,
    exact,
    includes,
    lines,
    naming,
    notifications,
    parameter_storage,
    provenance,
    query,
    reads,
    register,
    searching,
    standing,
    subscription_storage,
    subscriptions,
    versions,
    whole_record,
    writing,
)
from .answers import Refusal
from .domain import NAME, PUBLIC_PERSON, Deleted, DepositRef, Entry, ImportResult, SearchProblem, Version
from .importing import Import, Persons
from .mapping import facilities
from .parameters import STORED
from .rows import Rows
from .searching import Row
from .storage import Batch, Item
from .writes import Resource, Write, WriteProblem, Writer, gone, refused


def import_rows(deposit: DepositRef, hospcode: str, file: str, rows: Rows, persons: Persons) -> ImportResult:
    """Turn rows of one file into resources; only what changed is written.

    rows     the present winners of this deposit, with the lake's columns (`_line`, `_errs` and the official names in
             lower case)
    persons  the identity person of every PID in the rows

    Safe to repeat, and the order of deposits changes no resource. A file that has no mapping gives an empty result.
    """
    publish_sender(hospcode)
    sources = _OneSource(deposit.source)
    return Import(hospcode, file, persons, sources).run(rows)


def rebuild(hospcode: str, file: str, rows: Rows, persons: Persons, deposits: Mapping[int, str]) -> ImportResult:
    """Make the resources of a facility's file what its rows say, and delete those that no row gives any more.

    rows      all present rows of the file (after a void or a retraction); `_deposit` tells where each came from
    deposits  deposit number -> SHA-256 of its zip
    """
    sources = {number: DepositRef(number, sha256).source for number, sha256 in deposits.items()}
    work = Import(hospcode, file, persons, sources, exact=True)
    return work.run(rows) + work.sweep()


def publish_sender(hospcode: str) -> None:
    """See that the sender's Organization exists; its rows refer to it."""
    found = registry.facility(hospcode)
    draft = facilities.organization(found) if found else facilities.unnamed(hospcode)
    with database.transaction():
        batch = Batch(registry.org_number(hospcode), clock.now())
        batch.add(Item(PUBLIC_PERSON, draft, register.SOURCE))
        batch.write()


class _OneSource(dict[int, str]):
    """The same source for every row, whatever deposit the lake says."""

    def __init__(self, source: str) -> None:
        super().__init__()
        self.source = source

    def __missing__(self, key: int) -> str:
        return self.source


def read(permit: Permit, rtype: str, rid: str) -> bytes | None:
    """One resource as it is served; None when it is not there or not for this reader (nobody can tell which)."""
    try:
        found = read_versioned(permit, rtype, rid)
    except Deleted:
        return None
    return found.body if found else None


def read_versioned(permit: Permit, rtype: str, rid: str) -> Version | None:
    """As `read`, with version and moment of the last change. Raises Deleted to those who could read it until then."""
    if rtype == "Provenance" and provenance.target_of(rid):
        return provenance.read(permit, rid)
    if rtype not in STORED:
        return None
    found = _living(reads.by_id_or_deleted(permit, rtype, rid))
    return alike.shown_version(permit, rid, found) if found and rtype == "Patient" else found


def read_version(permit: Permit, rtype: str, rid: str, vid: str) -> Version | None:
    """One version, present or former (vread), under the same rule. Raises Deleted for the version of a deletion."""
    known = vid.isascii() and vid.isdigit() and len(vid) < 11 and 0 < int(vid) <= versions.MOST_VERSION
    if rtype not in STORED or not known or vid[0] == "0":
        return None
    return _living(versions.one(permit, rtype, rid, int(vid)))


def _allow(rtype: str, right: str) -> None:
    """The server's own housekeeping needs no token."""


def keep_house() -> None:
    """What a running server does every few seconds: changes that wait are looked at, bulk jobs that lost their worker
    are given up, old bulk files taken away.
    """
    subscription_storage.sweep()
    bulk.give_up_lost()
    bulk.purge()


def deliver(subscription: str) -> None:
    """Send a subscription what its receiver has not answered yet, and write into the Subscription what became of it."""
    status = delivering.deliver(subscription)
    body = notifications.present(subscription)
    if status is None or body is None or body.get("status") == status:
        return
    permit = consent.permit_for_system("exchange", clock.now())
    writer = Writer(permit, None, _allow, "", lenient=True, own=True)
    changed = {**body, "status": status}
    read = int(body["meta"]["versionId"])  # what its client wrote since stands
    with suppress(WriteProblem):
        writing.apply(writer, [Write("PUT", subscriptions.TYPE, subscription, changed, if_match=read)])


def _living(found: Version | None) -> Version | None:
    if found and found.deleted:
        raise Deleted
    return found


def read_resource(raw: bytes) -> Resource:
    """JSON of one resource. Raises SuksalaError."""
    found = exact.loads(raw)
    if not isinstance(found, dict):
        raise refused(400, "structure", "ต้องเป็นทรัพยากร FHIR หนึ่งรายการ", "this is not one FHIR resource")
    return found


def add_search_parameter(resource: Resource) -> tuple[str, int]:
    """Answer a search parameter of the operator's: a SearchParameter of status `active`. The one with the same url is
    replaced, whatever its id. Returns its id and its version.

    Raises WriteProblem for one that cannot be answered, and for what is no SearchParameter.
    """
    if resource.get("resourceType") != defining.TYPE or not defining.is_in_force(resource):
        raise refused(
            422, "invalid", "ต้องเป็น SearchParameter ที่ status เป็น active", "a SearchParameter of status active"
        )
    known = {found.url: found.rid for found in parameter_storage.listed()}
    rid = known.get(str(resource.get("url"))) or resource.get("id") or str(uuid.uuid4())
    if not isinstance(rid, str) or not naming.is_id(rid):
        raise refused(422, "value", "id ไม่ถูกรูปแบบ", "the id is not an id", "SearchParameter.id")
    [done] = writing.apply(_house(), [Write("PUT", defining.TYPE, rid, {**resource, "id": rid})])
    return rid, done.vid


def retire_search_parameter(named: str) -> str:
    """Answer a search parameter no more; its resource stays, with status `retired`. Returns its id.

    named  its id or its url
    Raises WriteProblem when none in force is named so.
    """
    found = [one.rid for one in parameter_storage.listed() if one.active and named in (one.rid, one.url)]
    if not found:
        raise gone()

    def retired(before: Resource) -> Resource:
        return {**before, "status": "retired"}

    writing.apply(_house(), [Write("PATCH", defining.TYPE, found[0], patch=retired)])
    return found[0]


def show_consent(decided: consent.Consent) -> str | None:
    """Show what a person decided here as a Consent in their record, in its present version. Returns its id; None while
    no Patient stands there for it to name. What a system had sent, and was decided anew here, becomes inactive.
    """
    patient = standing.patient_of(decided.person)
    if patient is None:
        return None
    body = consent.body_of(decided, f"Patient/{patient}")
    writer = Writer(consent.permit_for_system("consent", clock.now()), None, _allow, "", lenient=True, own=True)
    writing.apply(writer, [Write("PUT", consenting.TYPE, body["id"], body)])
    if decided.source:  # what a system sent says no longer what counts
        writing.apply(writer, [Write("PATCH", consenting.TYPE, decided.source.partition("/")[2], patch=_ended)])
    return str(body["id"])


def _ended(before: Resource) -> Resource:
    return {**before, "status": "inactive"}


def _house() -> Writer:
    return Writer(consent.permit_for_system("exchange", clock.now()), None, _allow, "", lenient=True)


def history(
    permit: Permit, rtype: str | None, rid: str | None, params: Iterable[tuple[str, str]], *, base: str = "/fhir"
) -> bytes | None:
    """Every version of one resource, of one type (rid None) or of all (rtype None), newest first, as a Bundle.

    params  decoded name and value pairs: _count, _since, _at
    None when the one resource is not there or not for this reader. Raises SearchProblem.
    """
    if rtype is not None and rtype not in STORED:
        return None
    return versions.answer(permit, base, versions.read(rtype, rid, params))


def _open(_: str) -> None:
    """Whoever calls without scopes of a token is bound by the permit alone."""


def search(
    permit: Permit,
    rtype: str | None,
    params: Iterable[tuple[str, str]],
    *,
    base: str = "/fhir",
    lenient: bool = False,
    require: Callable[[str], None] = _open,
) -> bytes:
    """Answer a FHIR search as a Bundle.

    rtype    None: of the types that the parameter `_type` names, of all where it names none
    params   decoded name and value pairs in order, a modifier with its name (`name:contains`)
    base     what addresses in the answer begin with
    require  called with every type that the answer depends on; raises where the caller may not search it
    Raises SearchProblem for an unknown type, parameter or form; lenient leaves unknown parameters out.
    """
    pairs = list(params)
    if rtype is not None and rtype not in STORED:
        raise SearchProblem("ไม่มีทรัพยากรชนิดนี้", "no such resource type here", issue="not-supported")
    asked = query.read(rtype, pairs, lenient=lenient) if rtype else query.read_all(pairs, lenient=lenient)
    for name in asked.types if rtype or any(name == query.TYPE for name, _ in pairs) else ("*",):
        require(name)
    asked.includes = includes.narrowed(asked.includes, lambda name: _may(require, name))
    found = searching.run(permit, asked)
    found = found._replace(rows=_linked(permit, found.rows), included=_linked(permit, found.included))
    made = provenance.search(permit, pairs) if rtype == "Provenance" and not asked.cursor else []
    return bundle.of_search(base, asked, found, made)


def _linked(permit: Permit, rows: Sequence[Row]) -> list[Row]:
    """These rows, Patients with their links to others of the same human."""
    shown = alike.shown_rows(permit, ((NAME[row.rtype], row.rid, row.body) for row in rows))
    return [row._replace(body=body) for row, (_, _, body) in zip(rows, shown, strict=True)]


def _may(require: Callable[[str], None], rtype: str) -> bool:
    try:
        require(rtype)
    except Refusal:
        return False
    return True


def everything(
    permit: Permit, person: int | None = None, since: datetime | None = None, *, base: str = "/fhir"
) -> bytes:
    """The first page (up to 1,000 resources) of a record as a Bundle; `next` in its links leads on.

    person  one registration: all of the same human that the permit opens; None: everybody the permit names
    since   only what changed at this moment or later
    """
    wish = whole_record.Wish(since=since)
    return whole_record.answer(permit, base, wish, persons=conditions.same_human(permit, person)) or b""


def timeline(permit: Permit, *, limit: int = lines.MOST) -> list[Entry]:
    """The permitted record as lines, newest first, over all registrations the permit names."""
    return lines.read(permit, limit=limit)
