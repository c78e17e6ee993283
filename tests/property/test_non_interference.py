"""What a reader may not see changes no byte of any answer: the law, over every surface, and leaks that it must find.

An example is a record, a permit and a question; the same question is put to a record that differs only in what the
permit does not open. 2,000 examples by default, as many as SUKSALA_PROOF_EXAMPLES says for `make proof`.
Source: ../shared/trust/security.md sections 5.2, 5.3 and 6 (T06 to T08); HAPI FHIR #6065, Medplum #7641 and #2840,
CVE-2021-40375 of OpenEyes are leaks that others had; decision 0095.
"""
# ruff: noqa: E501 - a row of a table reads best on one line

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple, TypeVar
from unittest import mock
from urllib.parse import quote, urlsplit

import orjson
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from suksala import audit, identity, signin
from suksala.consent import Permit, Purpose, Rows, Scope
from suksala.exchange import (
    audit_events,
    conditions,
    cross_reference,
    exporting,
    live,
    naming,
    reads,
    referring,
    searching,
    service,
    storage,
    subscription_storage,
    subscriptions,
    web,
)
from suksala.exchange.at import At
from suksala.exchange.domain import NUMBER
from suksala.exchange.predicate import Clause, opened
from suksala.foundation import clock, database
from suksala.foundation import settings as own_settings
from tests.property.record_worlds import (
    HOSPITAL_NUMBER,
    ICD10,
    NOW,
    TYPES,
    WORDS,
    Pair,
    Row,
    differing,
    id_of,
    join,
    permits,
    rows,
    store,
)
from tests.record import HOSPITAL, UNIT, Called, rolled_back

EXAMPLES = int(os.environ.get("SUKSALA_PROOF_EXAMPLES", "2000"))
IS_PROOF = "SUKSALA_PROOF_EXAMPLES" in os.environ  # each proof draws anew; the tests of every day are the same ones
AT_ONCE = 20  # questions put to one pair of records
One = TypeVar("One")
OVER_FHIR = 0.6  # of the examples; the others are put to the pages (test_hidden_on_pages)
FHIR = {"CONTENT_TYPE": "application/fhir+json"}
PERMITS = (
    "facility",
    "citizen",
    "treating",
    "names-hiv",
    "some-types-lately",
    "before-and-without",
    "team",
    "clerk",
    "app",
    "somebody",
    "nothing",
)


class Question(NamedTuple):
    """One request."""

    method: str
    target: str
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()


def _json(method: str, target: str, body: Any, **headers: str) -> Question:
    return Question(method, target, orjson.dumps(body), (*FHIR.items(), *headers.items()))


HUMANS = ("HUMAN1", "HUMAN2", "HUMAN3")  # in a question: the ids of the humans that the three persons were at first


# ---- questions ------------------------------------------------------------------------------------------------------

IDS = {rtype: [id_of(rtype, n) for n in range(1, 6)] for rtype in TYPES}
kinds = st.sampled_from(TYPES)
numbers = st.integers(1, 5)
_TESTS = [
    "", "patient={Patient}", "subject={Patient}", "subject:Patient.name={word}", "subject.gender=male", "_id={own}", "_id={own},{other}",
    "code={code}", "code:not={code}", f"code={ICD10}|{{code}}", "code:text={word}", "code:missing=true", "code:missing=false", "code:in=urn:x",
    "date=ge2026-01-01", "date=lt2026", "date=ne2026-01-01", "date:missing=true", "_lastUpdated=gt2026-11-01", "_lastUpdated=lt2026-11-20T04:00:00Z",
    "status=final", "status:not=final", "status=finished", "encounter={Encounter}", "encounter.status=planned", "encounter:missing=true",
    "encounter.reason-code={code}", "encounter.subject.name={word}", "value-quantity=gt10", "value-quantity=50", "value-quantity=le50||mg",
    "value-quantity:missing=false", "code-value-quantity={code}$gt10", "name={word}", "name:exact={word}", "name:contains=า", "family={word}",
    "gender=female", "birthdate=ge2026", "birthdate:missing=false", "organization=99801", "organization.active=true", "result={Observation}",
    "result.code={code}", "result.value-quantity=500", "item={Observation}", "item:Observation.code={code}", "focus={Observation}",
    "focus:Observation.code={code}", "focus.status=final", "_list={List}", "_text={word}", "_content={code}", "_content={word}", "_security=HIV",
    "_security:not=HIV", "_tag:missing=true", "_source=urn:test", "length=gt10", "reason-code={code}", "whenhandedover=ge2026",
    "_has:Observation:patient:code={code}", "_has:Observation:encounter:value-quantity=gt10", "_has:Condition:encounter:code={code}",
    "_has:Condition:patient:code:not={code}", "_has:DiagnosticReport:result:code:text={word}", "_has:List:item:status=current",
    "_has:Observation:patient:encounter.reason-code={code}", "_has:Encounter:patient:_has:Condition:encounter:code={code}",
    "patient._has:Condition:patient:code={code}", "_filter=code eq {code}", "_filter=not (code eq {code})", "_filter=value-quantity gt 10",
    "link={Patient}", "link:missing=false", "link:missing=true", "link:Patient.name={word}", "_has:Patient:link:gender=female",
    "subject:Patient.link={Patient}", "_filter=link eq {Patient}", "_filter=date ge 2026-01-01 or status eq final", "_filter=patient eq Patient/{Patient}", "identifier=x|y", "bogus=1", "_query=x",
]  # fmt: skip
_ENDS = [
    "", "_total=accurate", "_total=estimate", "_summary=count", "_summary=true", "_summary=text", "_summary=data", "_elements=id,status", "_count=1",
    "_count=2&_sort=date", "_count=1&_sort=-_lastUpdated", "_count=1&_sort=-date,_id&_total=accurate", "_sort=code&_count=2", "_sort=-code,subject&_count=1",
    "_sort=value-quantity&_count=1", "_sort=-name&_count=1", "_sort=status,-date&_count=2", "_count=0", "_pretty=true", "_include=*", "_include=*:*",
    "_include={own_type}:subject&_include={own_type}:encounter", "_include:iterate=*&_count=1", "_revinclude=Observation:encounter&_revinclude=Condition:encounter",
    "_revinclude=*", "_revinclude:iterate=DiagnosticReport:result&_revinclude=Observation:subject", "_revinclude=List:item&_total=accurate",
    "_include=Patient:link", "_revinclude=Patient:link&_include:iterate=Patient:link", "_revinclude=Provenance:target", "_include={own_type}:result&_include:iterate=Observation:encounter", "_include={own_type}:focus&_elements=id",
]  # fmt: skip


@st.composite
def filled(draw: st.DrawFn, template: str, rtype: str) -> str:
    """A template with ids, codes and words."""
    known: dict[str, str] = {name: draw(st.sampled_from(ids)) for name, ids in IDS.items() if f"{{{name}}}" in template}
    known |= {"own": draw(st.sampled_from(IDS[rtype])), "other": draw(st.sampled_from(IDS[rtype])), "own_type": rtype}
    known |= {"code": draw(st.sampled_from(["E11.9", "B24", "F32.9"])), "word": draw(st.sampled_from(WORDS))}
    return template.format(**known)


@st.composite
def criteria(draw: st.DrawFn, rtype: str) -> str:
    """One or two tests."""
    chosen = draw(st.lists(st.sampled_from(_TESTS), min_size=1, max_size=2))
    return "&".join(filter(None, [draw(filled(template, rtype)) for template in chosen]))


@st.composite
def searches(draw: st.DrawFn) -> Question:
    """A search of one type, by GET or by POST, or of several."""
    rtype = draw(kinds)
    asked = "&".join(filter(None, [draw(criteria(rtype)), draw(filled(draw(st.sampled_from(_ENDS)), rtype))]))
    how = draw(st.integers(0, 9))
    if how == 0:
        form = (("CONTENT_TYPE", "application/x-www-form-urlencoded"),)
        return Question("POST", f"/fhir/{rtype}/_search", quote(asked, safe="=&").encode(), form)
    if how == 1:
        several = ",".join(dict.fromkeys([rtype, draw(kinds)]))
        return Question("GET", f"/fhir?_type={several}&" + quote(asked, safe="=&:,.$|"))
    return Question("HEAD" if how == 2 else "GET", f"/fhir/{rtype}?" + quote(asked, safe="=&:,.$|"))


@st.composite
def readings(draw: st.DrawFn) -> Question:
    """A read, a version, a history, a whole record."""
    rtype = draw(kinds)
    rid = draw(st.sampled_from(IDS[rtype]))
    patient = draw(st.sampled_from(IDS["Patient"]))
    place = draw(st.sampled_from([
        f"/fhir/{rtype}/{rid}", f"/fhir/{rtype}/{rid}?_summary=text", f"/fhir/{rtype}/{rid}?_elements=status", f"/fhir/{rtype}/{rid}/_history",
        f"/fhir/{rtype}/{rid}/_history/1", f"/fhir/{rtype}/{rid}/_history/2", f"/fhir/{rtype}/_history?_count=2", "/fhir/_history?_count=3",
        f"/fhir/{rtype}/_history?_since=2026-11-20", f"/fhir/{rtype}/{rid}/_history?_at=2026-11-20", f"/fhir/Provenance?target={rtype}/{rid}",
        f"/fhir/Provenance/pv-{NUMBER[rtype]}-{rid}", f"/fhir/Patient/{patient}/$everything", f"/fhir/Patient/{patient}/$everything?_count=2&_type={rtype}",
        f"/fhir/Patient/{patient}/$everything?start=2026-01-01", f"/fhir/Patient/{patient}/$summary", "/fhir/Subscription/sub/$events?eventsSinceNumber=1",
        "/fhir/Subscription/sub/$status",
    ]))  # fmt: skip
    headers = draw(
        st.sampled_from(
            [(), (("HTTP_IF_NONE_MATCH", 'W/"1"'),), (("HTTP_IF_MODIFIED_SINCE", "Fri, 20 Nov 2026 06:00:00 GMT"),)]
        )
    )
    return Question("GET", place, b"", headers)


def _observation(rid: str | None, patient: str, code: str) -> dict[str, Any]:
    body: dict[str, Any] = {"resourceType": "Observation", "status": "final", "code": {"coding": [{"system": ICD10, "code": code}]},
                            "subject": {"reference": f"Patient/{patient}"}}  # fmt: skip
    return body | ({"id": rid} if rid else {})


@st.composite
def writings(draw: st.DrawFn) -> Question:
    """A write, alone or in a Bundle, with and without conditions; under ids of its own, for what a taken id answers is
    told in decision 0095.
    """
    rtype = draw(kinds)
    rid, patient = draw(st.sampled_from(IDS[rtype])), draw(st.sampled_from([*IDS["Patient"], "nobody"]))
    asked = quote(draw(criteria("Observation")), safe="=&:,.$|")
    new = _observation(None, patient, draw(st.sampled_from(["I10", "B24"])))
    patch = [{"op": "add", "path": "/language", "value": "th"}]
    json_patch = (("CONTENT_TYPE", "application/json-patch+json"),)
    write: list[dict[str, Any]] = [
        {"request": {"method": "GET", "url": f"{rtype}/{rid}"}},
        {"request": {"method": "GET", "url": f"Observation?{asked}"}},
        {"request": {"method": "POST", "url": "Observation", "ifNoneExist": asked}, "resource": new},
        {"request": {"method": "DELETE", "url": f"{rtype}/{rid}"}},
        {"request": {"method": "PUT", "url": f"Observation?{asked}"}, "resource": new},
    ]
    entries = draw(st.lists(st.sampled_from(write), min_size=1, max_size=3))
    return draw(st.sampled_from([
        _json("POST", "/fhir/Observation", new),
        _json("POST", "/fhir/Observation", new, HTTP_IF_NONE_EXIST=asked),
        _json("PUT", "/fhir/Observation/own-1", new | {"id": "own-1"}),
        _json("PUT", "/fhir/Observation/own-1", new | {"id": "own-1"}, HTTP_IF_MATCH='W/"1"'),
        _json("PUT", f"/fhir/Observation?{asked}", new),
        Question("DELETE", f"/fhir/{rtype}/{rid}"),
        Question("DELETE", f"/fhir/Observation?{asked}"),
        Question("PATCH", f"/fhir/{rtype}/{rid}", orjson.dumps(patch), json_patch),
        Question("PATCH", f"/fhir/{rtype}/{rid}", orjson.dumps(patch), (*json_patch, ("HTTP_IF_MATCH", 'W/"1"'))),
        Question("PATCH", f"/fhir/Observation?{asked}", orjson.dumps(patch), json_patch),
        _json("POST", "/fhir", {"resourceType": "Bundle", "type": "transaction", "entry": entries}),
        _json("POST", "/fhir", {"resourceType": "Bundle", "type": "batch", "entry": entries}),
    ]))  # fmt: skip


@st.composite
def operations(draw: st.DrawFn) -> Question:
    """GraphQL, $match, a view, an export."""
    rtype = draw(kinds)
    rid, word = draw(st.sampled_from(IDS[rtype])), draw(st.sampled_from(WORDS))
    asked = quote(draw(criteria(rtype)), safe="=&:,.$|")
    view = {
        "resource": rtype,
        "select": [
            {"column": [{"name": "id", "path": "getResourceKey()"}, {"name": "said", "path": "meta.versionId"}]}
        ],
    }
    view_run = {"resourceType": "Parameters", "parameter": [{"name": "viewResource", "resource": view}]}
    described = {
        "resourceType": "Patient",
        "name": [{"family": word}],
        "birthDate": draw(st.sampled_from(["2025-12-31", "2026-01-01"])),
    }
    graph = [
        f'{{Observation(id: "{draw(st.sampled_from(IDS["Observation"]))}") {{id status subject {{resource {{... on Patient {{name {{family}}}}}}}}}}}}',
        "{ObservationList(status: \"final\") {id subject {resource(optional: true) {... on Patient {gender}}}}}",
        '{DiagnosticReportList {id result {resource(optional: true) {... on Observation {status}}}}}',
        f'{{Patient(id: "{draw(st.sampled_from(IDS["Patient"]))}") {{id ObservationList(_reference: patient) {{id}}}}}}',
    ]  # fmt: skip
    return draw(st.sampled_from([
        Question("GET", "/fhir/$graphql?query=" + quote(draw(st.sampled_from(graph)))),
        _json("POST", "/fhir/Patient/$match", described),
        _json("POST", "/fhir/ViewDefinition/$run", view_run),
        Question("GET", f"/fhir/$export?_type={rtype}", b"", (("HTTP_PREFER", "respond-async"),)),
        Question("GET", f"/fhir/$export?_type={rtype}&_typeFilter={quote(f'{rtype}?{asked}')}", b"", (("HTTP_PREFER", "respond-async"),)),
        Question("GET", "/fhir/Patient/$export?_since=2026-11-20", b"", (("HTTP_PREFER", "respond-async"),)),
        Question("GET", f"/fhir/Group/g/$export?_type={rtype}", b"", (("HTTP_PREFER", "respond-async"),)),
        _json("POST", "/fhir/$viewdefinition-run", view_run),
        Question("GET", f"/fhir/{rtype}/{rid}/_history"),
    ]))  # fmt: skip


@st.composite
def looking(draw: st.DrawFn) -> Question:
    """The log: searches page by page, one event; and who else somebody is."""
    rtype = draw(kinds)
    rid, patient, word = (
        draw(st.sampled_from(IDS[rtype])),
        draw(st.sampled_from(IDS["Patient"])),
        draw(st.sampled_from(WORDS)),
    )
    number = draw(st.sampled_from([1_000_000, 5_000_000, 9_000_000])) + 10 * (
        TYPES.index(rtype) * 10 + draw(st.integers(1, 4))
    )
    patient_number = quote(f"{HOSPITAL_NUMBER}|{patient}-{word}", safe="")
    return Question("GET", draw(st.sampled_from([
        "/fhir/AuditEvent", "/fhir/AuditEvent?_count=2", "/fhir/AuditEvent?_count=1&date=lt2026-11-20", f"/fhir/AuditEvent?patient={patient}",
        f"/fhir/AuditEvent?patient=Patient/{patient}&_count=1", f"/fhir/AuditEvent?entity={rtype}/{rid}", "/fhir/AuditEvent?agent=account:doctor&_count=2",
        "/fhir/AuditEvent?date=ge2026-11-18&date=lt2026-11-20&action=R", "/fhir/AuditEvent?action=C", f"/fhir/AuditEvent?_id=log-{number}", f"/fhir/AuditEvent/log-{number}",
        f"/fhir/Patient/$ihe-pix?sourceIdentifier={patient_number}", f"/fhir/Patient/$ihe-pix?sourceIdentifier={patient_number}&targetSystem=urn:suksala:human",
        f"/fhir/Patient/$ihe-pix?sourceIdentifier=urn:suksala:human%7C{HUMANS[draw(st.integers(0, 2))]}",
        f"/fhir/Patient?identifier={patient_number}", "/fhir/Subscription/$get-ws-binding-token?id=ws", "/fhir/Subscription/ws/$events?eventsSinceNumber=1",
    ])))  # fmt: skip


QUESTIONS = st.one_of(searches(), searches(), searches(), readings(), readings(), writings(), operations(), looking())


# ---- asking ---------------------------------------------------------------------------------------------------------


@contextmanager
def still(permit: Permit) -> Iterator[None]:
    """One moment, ids in their order, and a client that has this permit: chance is no part of the law."""
    count = iter(range(1, 1_000_000))
    with ExitStack() as held:
        for one in (
            mock.patch("suksala.foundation.clock.now", return_value=NOW),
            mock.patch("uuid.uuid4", side_effect=lambda: uuid.UUID(int=next(count))),
            mock.patch("suksala.consent.permit_for_client", return_value=permit),
        ):
            held.enter_context(one)
        yield


def ask(question: Question, token: str) -> list[Any]:
    """The answer, and what it leads to: the next pages, the files of an export. What was written is undone."""
    with rolled_back():
        said = [_called(question, token)]
        for _ in range(2):
            link = _next(said[-1][2])
            if link is None:
                break
            said.append(_called(Question("GET", link), token))
        return said + _files(said[0], token)


def _called(question: Question, token: str) -> tuple[int, dict[str, str], bytes]:
    target, _, query = question.target.partition("?")
    found = Called(
        question.method,
        f"{target}?{query}" if query else target,
        token=token,
        body=question.body,
        **dict(question.headers),
    )
    assert found.status != 500, (question, found.raw)
    return found.status, found.headers, found.raw


def _next(raw: bytes) -> str | None:
    if not raw.startswith(b'{"resourceType":"Bundle"'):
        return None
    links = {link["relation"]: link["url"] for link in orjson.loads(raw).get("link", [])}
    if "next" not in links:
        return None
    url = urlsplit(links["next"])
    return f"{url.path}?{url.query}"


def _files(first: tuple[int, dict[str, str], bytes], token: str) -> list[Any]:
    where = first[1].get("Content-Location")
    if first[0] != 202 or not where:
        return []
    exporting.run(where.rpartition("=")[2])
    status = _called(Question("GET", where.removeprefix("https://suksala.test")), token)
    told = orjson.loads(status[2])
    files = [*told.get("output", []), *told.get("deleted", []), *told.get("error", [])]
    read = [_called(Question("GET", one["url"].removeprefix("https://suksala.test")), token) for one in files]
    shutil.rmtree(
        own_settings.current().data_dir / "exports", ignore_errors=True
    )  # its names come again in the other record
    return [status, *read]


SUBSCRIPTION = {
    "resourceType": "Subscription", "id": "sub", "status": "requested", "reason": "law", "criteria": "urn:suksala:topic:Observation",
    "channel": {"type": "rest-hook", "endpoint": "http://127.0.0.1:9/hook", "payload": "application/fhir+json",
                "_payload": {"extension": [{"url": "http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-payload-content",
                                            "valueCode": "full-resource"}]}},
    "meta": {"profile": ["http://hl7.org/fhir/uv/subscriptions-backport/StructureDefinition/backport-subscription"]},
}  # fmt: skip


GROUP = {
    "resourceType": "Group", "id": "g", "type": "person", "actual": True,
    "member": [{"entity": {"reference": f"Patient/{rid}"}} for rid in IDS["Patient"]],
}  # fmt: skip
SOCKET = {**SUBSCRIPTION, "id": "ws", "channel": {**SUBSCRIPTION["channel"], "type": "websocket"}}
del SOCKET["channel"]["endpoint"]


def told_by_itself() -> list[Any]:
    """What the server sends unasked: to the webhook, and to a socket that was bound before anything happened."""
    sent: list[Any] = []
    with mock.patch("suksala.exchange.delivering._post", lambda _wanted, *what: sent.append(what)):
        subscriptions.dispatch()
        service.deliver("sub")
    [state] = subscription_storage.states(["ws"])
    return [sent, live.news([live.Position("ws", "own", 0, state.begun)])]


def tell_log(pair: Pair, which: int, persons: Sequence[int]) -> None:
    """A log in which the hospital read what the permit opens; and, where it does not see that, the unit what is hidden,
    and the hospital somebody of whom the permit knows nothing.
    """
    permit = permits(persons)[pair.permit]
    known = permit.persons
    for row in pair.seen:
        _looked(row, persons, HOSPITAL, 5_000_000)
    for row in pair.hidden[which]:
        stranger = known is not None and persons[row.person - 1] not in known
        _looked(row, persons, HOSPITAL if stranger and row.here else UNIT, 1_000_000 if row.n < 3 else 9_000_000)


def _looked(row: Row, persons: Sequence[int], facility: str, number: int) -> None:
    """Somebody read one resource, some days ago; facts of one row are numbered by it."""
    place = 10 * (TYPES.index(row.rtype) * 10 + row.n)
    database.rows("SELECT setval('audit_seq', %s, false)", [number + place])
    at = NOW - timedelta(days=row.n, minutes=TYPES.index(row.rtype), seconds=number % 7)
    actor = ("client:his", "account:doctor")[row.n % 2]
    fact = audit.Fact(at, "read", actor, "TREAT", persons[row.person - 1], facility, rtype=row.rtype, rid=row.rid)
    audit.record_many([fact])


class Asked(NamedTuple):
    """What the law is put to."""

    pair: Pair
    questions: Sequence[Question]


class Record(TestCase):
    """Each example begins with an empty record and the same people."""

    @classmethod
    def setUpTestData(cls) -> None:
        """Three people, a client, and where it may be told of changes."""
        found = identity.persons(HOSPITAL, ["1", "2", "3"])
        cls.persons = [found["1"], found["2"], found["3"]]
        cls.token = signin.issue_token("own", HOSPITAL, ["system/*.cruds"], 300, lenient=True)

    persons: list[int]
    token: str

    def setUp(self) -> None:
        """Where webhooks may go."""
        held = mock.patch.dict(os.environ, {"SUKSALA_WEBHOOK_HOSTS": "127.0.0.1:9", "SUKSALA_WEBSOCKET_PORT": "9"})
        held.start()
        self.addCleanup(own_settings.forget)
        self.addCleanup(held.stop)
        own_settings.forget()

    def answers(self, asked: Asked, which: int) -> list[Any]:
        """The answers over one of the two records, and the permit's own way through the front door."""
        permit = permits(self.persons)[asked.pair.permit]
        with rolled_back():
            everybody = Permit("client:own", Purpose.SYSTEM, (Scope(Rows()),), permit.until, "system", HOSPITAL)
            database.rows("SELECT setval('audit_seq', 20000000, false), setval('resource_id', 20000000, false)")
            storage.numbers_left.clear()
            with still(everybody):
                for wanted in (SUBSCRIPTION, SOCKET):
                    made = _called(_json("PUT", f"/fhir/Subscription/{wanted['id']}", wanted), self.token)
                    assert made[0] == 201, made
                made = _called(_json("PUT", "/fhir/Group/g", GROUP), self.token)
                assert made[0] == 201, made
                service.deliver("ws")
            with still(permit):
                tell_log(asked.pair, which, self.persons)
                store(asked.pair, which, self.persons)
                join(asked.pair, which, self.persons)
                database.rows("SELECT setval('audit_seq', 90000000, false)")
                front = [told_by_itself(), service.timeline(permit), service.everything(permit)]
                return [*front, *(ask(self.named(question, asked.pair), self.token) for question in asked.questions)]

    def named(self, question: Question, pair: Pair) -> Question:
        """The question with ids of humans, which are the database's: of those of whom something is seen, if of any.

        The id of a human leads to the human, whoever was found to be one with them (decision 0169): so that they are is
        told to whoever knows the id of a registration that they do not see.
        """
        target = question.target
        seen_ = sorted({row.person for row in pair.seen}) or [1, 2, 3]
        for n, name in enumerate(HUMANS):
            target = target.replace(name, identity.public_id(self.persons[seen_[n % len(seen_)] - 1]))
        return question._replace(target=target)

    def holds(self, asked: Asked) -> None:
        """The law: the same bytes."""
        first, second = self.answers(asked, 0), self.answers(asked, 1)
        for question, one, other in zip(
            ["told by itself", "timeline", "everything", *asked.questions], first, second, strict=True
        ):
            assert one == other, f"{asked.pair}\n{question}\n{one}\n{other}"


@st.composite
def asked(
    draw: st.DrawFn,
    questions: st.SearchStrategy[Question] = QUESTIONS,
    types: Sequence[str] = TYPES,
    many: int = AT_ONCE,
) -> Asked:
    """Two records, a permit, and questions."""
    name = draw(st.sampled_from(PERMITS))
    known = [1, 2, 3]  # who somebody is does not decide what is seen of them: the law's persons stand for these
    world = draw(st.lists(rows(types), min_size=3, max_size=9))
    other = draw(st.lists(rows(types), max_size=6))
    pair = differing(name, permits(known, lambda person: frozenset({person}))[name], world, other, known)
    return Asked(pair, draw(st.lists(questions, min_size=many, max_size=many)))


def law(examples: int) -> Callable[[Any], Any]:
    """How an example is drawn: as many as there are to be, without shrinking where thousands are asked for."""
    return settings(
        max_examples=max(1, examples // AT_ONCE), deadline=None, derandomize=not IS_PROOF,
        suppress_health_check=list(HealthCheck), phases=(Phase.generate,), print_blob=IS_PROOF,
    )  # fmt: skip


def tells(leak: Callable[[], Any], examples: st.SearchStrategy[One], holds: Callable[[One], None], tries: int) -> bool:
    """Whether one of so many examples, the same ones each day, tells on a leak that was put in on purpose."""

    @settings(
        max_examples=tries,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(examples)
    def attempt(one: One) -> None:
        with leak():
            holds(one)

    try:
        attempt()
    except AssertionError:
        return True
    return False


class NonInterference(Record):
    """The law."""

    @law(round(EXAMPLES * OVER_FHIR))
    @given(asked())
    def test_hidden_rows_change_no_byte(self, one: Asked) -> None:
        """Status, headers and body, the pages after it, the files of an export."""
        self.holds(one)


class Parity(Record):
    """The same question through every surface: the ids that the words of the permit open, no more and no fewer."""

    @settings(
        max_examples=40,
        deadline=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=(Phase.generate,),
    )
    @given(
        asked(st.just(Question("GET", "/fhir")), TYPES, 1),
        st.sampled_from(("Observation", "Condition", "Encounter", "Task")),
    )
    def test_every_surface_gives_the_same_ids(self, one: Asked, rtype: str) -> None:
        """Search by GET, by POST and among several types, page by page, counted, read, versions, GraphQL, view, export."""
        permit = permits(self.persons)[one.pair.permit]
        expected = sorted(row.rid for row in one.pair.seen if row.rtype == rtype and not row.gone)
        with rolled_back(), still(permit):
            store(one.pair, 0, self.persons)
            for name, surface in SURFACES.items():
                assert sorted(surface(rtype, self.token)) == expected, (name, one.pair)


def _bundle(raw: bytes) -> list[str]:
    return [entry["resource"]["id"] for entry in orjson.loads(raw).get("entry", []) if "resource" in entry]


def _by_pages(rtype: str, token: str) -> list[str]:
    found: list[str] = []
    link: str | None = f"/fhir/{rtype}?_count=1&_sort=-_lastUpdated"
    while link:
        raw = _called(Question("GET", link), token)[2]
        found += _bundle(raw)
        link = _next(raw)
    return found


def _by_form(rtype: str, token: str) -> list[str]:
    form = (("CONTENT_TYPE", "application/x-www-form-urlencoded"),)
    return _bundle(_called(Question("POST", f"/fhir/{rtype}/_search", b"_count=100", form), token)[2])


def _counted(rtype: str, token: str) -> list[str]:
    """As many ids as were counted, those of a search: a wrong number shows as a wrong list."""
    total = orjson.loads(_called(Question("GET", f"/fhir/{rtype}?_summary=count"), token)[2])["total"]
    found = _bundle(_called(Question("GET", f"/fhir/{rtype}?_count=100"), token)[2])
    return found[:total] + ["?"] * (total - len(found))


def _by_graph(rtype: str, token: str) -> list[str]:
    raw = _called(Question("GET", "/fhir/$graphql?query=" + quote(f"{{{rtype}List(_count: 100) {{id}}}}")), token)[2]
    return [found["id"] for found in orjson.loads(raw)["data"][f"{rtype}List"]]


def _by_view(rtype: str, token: str) -> list[str]:
    view = {"resource": rtype, "select": [{"column": [{"name": "id", "path": "getResourceKey()"}]}]}
    asked_ = {"resourceType": "Parameters", "parameter": [{"name": "viewResource", "resource": view}]}
    raw = _called(_json("POST", "/fhir/ViewDefinition/$run", asked_), token)[2]
    return [row["id"].rpartition("/")[2] for row in orjson.loads(raw)]


def _by_export(rtype: str, token: str) -> list[str]:
    question = Question("GET", f"/fhir/$export?_type={rtype}", b"", (("HTTP_PREFER", "respond-async"),))
    with rolled_back():
        first = _called(question, token)
        return [orjson.loads(line)["id"] for *_, raw in _files(first, token)[1:] for line in raw.splitlines()]


def _by_reading(rtype: str, token: str) -> list[str]:
    return [rid for rid in IDS[rtype] if _called(Question("GET", f"/fhir/{rtype}/{rid}"), token)[0] == 200]


def _by_history(rtype: str, token: str) -> list[str]:
    """Whose newest version is told and is no deletion."""
    entries = orjson.loads(_called(Question("GET", f"/fhir/{rtype}/_history?_count=200"), token)[2]).get("entry", [])
    newest: dict[str, str] = {}
    for entry in entries:
        newest.setdefault(entry["fullUrl"].rpartition("/")[2], entry["request"]["method"])
    return [rid for rid, method in newest.items() if method != "DELETE"]


SURFACES: dict[str, Callable[[str, str], list[str]]] = {
    "search": lambda rtype, token: _bundle(_called(Question("GET", f"/fhir/{rtype}?_count=100"), token)[2]),
    "pages": _by_pages,
    "form": _by_form,
    "several": lambda rtype, token: _bundle(_called(Question("GET", f"/fhir?_type={rtype}&_count=100"), token)[2]),
    "count": _counted,
    "graphql": _by_graph,
    "view": _by_view,
    "export": _by_export,
    "read": _by_reading,
    "history": _by_history,
}


# ---- leaks that the law must find -----------------------------------------------------------------------------------


def _unbound(permit: Permit) -> Permit:
    """A permit that opens everything."""
    return Permit(permit.reader, Purpose.SYSTEM, (Scope(Rows()),), permit.until, "system", permit.facility)


def _has_without_permit() -> Any:
    """HAPI #6065: what `_has` and chains go through is not under the permit, so a binary search reads hidden values."""

    def leaking(at: At) -> Clause:
        return conditions_open(at._replace(permit=_unbound(at.permit)) if at.alias != "r" else at)

    conditions_open = conditions.open_rows
    return mock.patch("suksala.exchange.conditions.open_rows", leaking)


def _graph_reads_everything() -> Any:
    """Medplum #7641: GraphQL resolves references without the rule that REST obeys."""
    read = service.read_versioned
    return mock.patch("suksala.exchange.graph.service.read_versioned", lambda permit, *at: read(_unbound(permit), *at))


def _missing_slips() -> Any:
    """Medplum #2840: `:missing` takes the search out of its bounds."""
    condition = searching.condition

    def leaking(at: At, test: Any) -> Clause:
        found = condition(at, test)
        slips = getattr(test, "modifier", "") == "missing"
        return (
            Clause(f"{found.sql} OR (NOT r.deleted AND r.rtype = {NUMBER[at.rtype]})", found.values) if slips else found
        )

    return mock.patch("suksala.exchange.searching.condition", leaking)


def _refusal_carries_the_body() -> Any:
    """CVE-2021-40375: the answer says no, and holds the record."""
    sent = web._sent

    def leaking(environ: dict[str, Any], rtype: str, found: Any, wanted: Any) -> Any:
        if found is not None:
            return sent(environ, rtype, found, wanted)
        everybody = Permit("client:own", Purpose.SYSTEM, (Scope(Rows()),), clock.now() + timedelta(minutes=1), "system")
        hidden = reads.by_id(everybody, rtype, environ["PATH_INFO"].split("/")[3])
        return web.Answer(404, hidden.body) if hidden else sent(environ, rtype, found, wanted)

    return mock.patch("suksala.exchange.web._sent", leaking)


def _total_of_everybody() -> Any:
    """The number of what is there, not of what is open."""
    count = searching._count

    def leaking(permit: Permit, query: Any, rows_: Clause, detail: dict[str, object]) -> Any:
        return count(
            permit, query, Clause(f"resource r WHERE r.rtype = {NUMBER[query.rtype]} AND NOT r.deleted"), detail
        )

    return mock.patch("suksala.exchange.searching._count", leaking)


def _include_leaves_the_record() -> Any:
    """What comes along is not under the permit."""
    among = searching.open_among
    return mock.patch(
        "suksala.exchange.searching.open_among", lambda permit, rtypes, alias: among(_unbound(permit), rtypes, alias)
    )


def _former_versions_stay() -> Any:
    """The history shows what was closed since."""
    return mock.patch(
        "suksala.exchange.versions.opened_former",
        lambda permit, alias, rtype=None: opened(_unbound(permit), alias, rtype),
    )


def _export_chooses_by_type() -> Any:
    """The export chooses its rows without the permit and reads them without it."""
    permitted = exporting.permitted
    return mock.patch("suksala.exchange.exporting.permitted", lambda permit, *at: permitted(_unbound(permit), *at))


def _conditional_sees_all() -> Any:
    """A conditional write looks for its target among everybody's."""
    run = naming.searching.run

    class Leaking:
        """`searching` with a run without the permit."""

        @staticmethod
        def run(permit: Permit, query: Any) -> Any:
            return run(_unbound(permit), query)

    return mock.patch("suksala.exchange.naming.searching", Leaking)


def _events_of_everybody() -> Any:
    """A subscription numbers changes that its client may not see."""
    found = subscriptions._found
    return mock.patch(
        "suksala.exchange.subscriptions._found",
        lambda permit, wanted, rids, **how: found(_unbound(permit), wanted, rids, **how),
    )


def _log_of_everybody() -> Any:
    """The log tells what was done on behalf of any facility."""
    bounded = audit_events._bounded

    def leaking(permit: Permit, wish: Any) -> Any:
        found = bounded(permit, wish)
        return found and replace(found, facility=None)

    return mock.patch("suksala.exchange.audit_events._bounded", leaking)


def _log_names_hidden_patients() -> Any:
    """A fact of the log bears the id of a Patient that the reader may not see."""
    patients = audit_events._open_patients
    return mock.patch(
        "suksala.exchange.audit_events._open_patients", lambda permit, persons: patients(_unbound(permit), persons)
    )


def _cross_reference_sees_all() -> Any:
    """`$ihe-pix` knows an id of whom no Patient is open."""
    patients = cross_reference.patients_of
    return mock.patch(
        "suksala.exchange.cross_reference.patients_of", lambda permit, persons: patients(_unbound(permit), persons)
    )


def _links_of_everybody() -> Any:
    """A Patient shows that it is one human with a registration of somebody else's."""
    return mock.patch("suksala.exchange.alike.opened", lambda permit, *at, **how: opened(_unbound(permit), *at, **how))


def _found_by_everybodys_links() -> Any:
    """A search by link goes from Patients that the reader may not see."""
    open_rows = referring.open_rows
    return mock.patch(
        "suksala.exchange.referring.open_rows", lambda at: open_rows(at._replace(permit=_unbound(at.permit)))
    )


def of(*targets: str) -> st.SearchStrategy[Question]:
    """Questions of some forms."""
    return st.sampled_from([Question("GET", target) for target in targets])


def _of_graph(rid: str) -> str:
    """An Observation over GraphQL."""
    return "/fhir/$graphql?query=" + quote(f'{{Observation(id: "{rid}") {{id status}}}}')


_RESULTS = "{DiagnosticReportList {id result {resource(optional: true) {... on Observation {id status}}}}}"
_GRAPH = "/fhir/$graphql?query=" + quote(_RESULTS)
LEAKS: list[tuple[Any, ...]] = [
    (_has_without_permit, of("/fhir/Patient?_has:Observation:patient:value-quantity=gt10", "/fhir/Patient?_has:Observation:patient:value-quantity=lt100&_summary=count",
                             "/fhir/Observation?encounter.reason-code=B24", "/fhir/DiagnosticReport?result.code=B24"), "Patient", "Observation", "DiagnosticReport"),
    (_graph_reads_everything, of(_GRAPH, *map(_of_graph, IDS["Observation"])), "DiagnosticReport", "Observation"),
    (_missing_slips, of("/fhir/Condition?code:missing=false", "/fhir/Observation?value-quantity:missing=true")),
    (_refusal_carries_the_body, of(*(f"/fhir/{rtype}/{rid}" for rtype in ("Observation", "Condition") for rid in IDS[rtype]))),
    (_total_of_everybody, of(*(f"/fhir/{rtype}?_summary=count" for rtype in TYPES))),
    (_include_leaves_the_record, of("/fhir/DiagnosticReport?_include=DiagnosticReport:result", "/fhir/Task?_include=*", "/fhir/Patient?_revinclude=*")),
    (_former_versions_stay, of("/fhir/_history", *(f"/fhir/Condition/{rid}/_history/1" for rid in IDS["Condition"]))),
    (_export_chooses_by_type, st.just(Question("GET", "/fhir/$export", b"", (("HTTP_PREFER", "respond-async"),)))),
    (_conditional_sees_all, st.just(_json("POST", "/fhir/Observation", _observation(None, id_of("Patient", 1), "I10"), HTTP_IF_NONE_EXIST="status=final"))),
    (_links_of_everybody, of(*(f"/fhir/Patient/{rid}" for rid in IDS["Patient"]), "/fhir/Patient", "/fhir/Patient/$export"), "Patient"),
    (_found_by_everybodys_links, of(*(f"/fhir/Patient?link={rid}" for rid in IDS["Patient"]), "/fhir/Patient?link:missing=false"), "Patient"),
    (_events_of_everybody, of("/fhir/Subscription/sub/$events?eventsSinceNumber=1", "/fhir/Subscription/sub/$status")),
    (_log_of_everybody, of("/fhir/AuditEvent", "/fhir/AuditEvent?_count=2")),
    (_log_names_hidden_patients, of("/fhir/AuditEvent", "/fhir/AuditEvent?agent=account:doctor"), "Patient", "Observation"),
    (_cross_reference_sees_all, of(*(f"/fhir/Patient/$ihe-pix?sourceIdentifier=urn:suksala:human%7C{name}" for name in HUMANS)), "Patient", "Observation"),
]  # fmt: skip


class Leaks(Record):
    """The law can fail: each of these, put in on purpose, is found."""

    def found(self, leak: Callable[[], Any], questions: st.SearchStrategy[Question], types: Sequence[str]) -> bool:
        """Whether an example, a record of these types, tells on it."""

        # it ends with the first that tells; an include that leaves the record is rare
        return tells(leak, asked(questions, types, 4), self.holds, 1000)

    def test_each_leak_is_found(self) -> None:
        """HAPI #6065, Medplum #7641 and #2840, CVE-2021-40375, totals, includes, history, export, conditions, events."""
        missed = []
        for leak, questions, *types in LEAKS:
            with self.subTest(leak=leak.__name__):
                if not self.found(leak, questions, types or TYPES):
                    missed.append(leak.__name__)
        assert missed == []
