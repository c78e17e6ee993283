"""Laws of the record: the order and the repetition of deposits change nothing; rows a reader may not see change no byte.

Source: architecture, promises 2 and 4; trust/security section 5.2 (non-interference).
"""
# ruff: noqa: E501 - a row of a table reads best on one line

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from suksala import exchange, signin
from suksala.consent import Permit, Rows, Scope
from suksala.exchange import SearchProblem, predicate, storage
from suksala.exchange.mapping.base import identifier, patient_id
from suksala.exchange.predicate import Clause
from suksala.foundation import clock, database
from tests.record import FIRST, HOSPITAL, SECOND, UNIT, Called, permit, person, rolled_back, send, stored

days = st.dates(min_value=date(2024, 1, 1), max_value=date(2026, 11, 1)).map(str)
pids = st.sampled_from(["1", "2", "3"])
amounts = st.one_of(st.none(), st.integers(min_value=1, max_value=250))
words = st.sampled_from(["มาลี", "ดำ", "แดง", "ใจดี", None])


def rows(**columns: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Rows with these columns."""
    return st.fixed_dictionaries({"pid": pids, **columns})


ROWS: dict[str, tuple[st.SearchStrategy[dict[str, Any]], tuple[str, ...]]] = {
    "PERSON": (rows(name=words, lname=words, sex=st.sampled_from(["1", "2", None]), birth=days, hid=st.sampled_from(["7", "8"])), ("pid",)),
    "HOME": (st.fixed_dictionaries({"hid": st.sampled_from(["7", "8"]), "house": words}), ("hid",)),
    "ADDRESS": (rows(addresstype=st.sampled_from(["1", "2"]), houseno=words), ("pid", "addresstype")),
    "DEATH": (rows(ddeath=days, cdeath=st.sampled_from(["I219", None])), ("pid",)),
    "SERVICE": (rows(seq=st.sampled_from(["10", "11"]), date_serv=st.just("2026-01-05"), sbp=amounts, dbp=amounts, pr=amounts), ("pid", "seq")),
    "CHRONICFU": (rows(date_serv=days, weight=st.none() | st.floats(1, 200), foot=st.sampled_from(["1", "2", "3", None])), ("pid", "date_serv")),
    "CHRONIC": (rows(date_diag=days, chronic=st.sampled_from(["E119", "I10"]), typedisch=st.sampled_from(["01", "03"])), ("pid", "date_diag", "chronic")),
}  # fmt: skip


@st.composite
def deposits(draw: Callable[..., Any]) -> list[tuple[str, list[dict[str, Any]]]]:
    """Files with rows; within one file a key stands once, as the lake sees to it."""
    found = []
    for file in draw(st.lists(st.sampled_from(sorted(ROWS)), min_size=1, max_size=5, unique=True)):
        row, key = ROWS[file]
        found.append(
            (file, draw(st.lists(row, min_size=1, max_size=4, unique_by=lambda r, k=key: tuple(r[c] for c in k))))
        )
    return found


def content() -> dict[tuple[str, str], dict[str, Any]]:
    """The record without its versions and sources."""
    return {key: {k: v for k, v in body.items() if k != "meta"} for key, body in stored().items()}


class RecordLaws(TestCase):
    """Each example begins with an empty record."""

    @settings(max_examples=12, deadline=None, derandomize=True)
    @given(deposits(), st.randoms(use_true_random=False))
    def test_any_order_and_any_repetition_gives_one_record(self, sent: list[tuple[str, Any]], shuffler: Any) -> None:
        """Files as they came, and shuffled, in other batches and twice: the same resources."""
        with rolled_back():
            for file, given_rows in sent:
                send(file, *given_rows, deposit=FIRST)
            first = content()
        with rolled_back():
            again = [(file, [row]) for file, given_rows in sent for row in given_rows] * 2
            shuffler.shuffle(again)
            for file, given_rows in again:
                send(file, *given_rows, deposit=SECOND)
            assert content() == first

    @settings(max_examples=15, deadline=None, derandomize=True)
    @given(deposits(), deposits(), st.data())
    def test_hidden_rows_change_no_byte(
        self, seen: list[tuple[str, Any]], hidden: list[tuple[str, Any]], data: st.DataObject
    ) -> None:
        """The same questions over two records that differ only in what the reader may not see: the same answers, to the byte."""
        asked = data.draw(st.lists(questions(), min_size=4, max_size=8))
        assert _answers(seen, [], asked) == _answers(seen, hidden, asked)

    def test_the_law_sees_a_leak(self) -> None:
        """With the facility left out of the predicate, the same questions give other bytes: the law above can fail."""
        hidden = [("PERSON", [{"pid": "1", "name": "ดำ", "sex": "1", "birth": "2025-01-01"}])]
        hidden_patient = f"/fhir/Patient/{HIDDEN[0][1]}"
        asked = ["/fhir/Patient?", "/fhir/Patient?_summary=count", hidden_patient]
        asked += [
            f"{hidden_patient}/_history",
            f"{hidden_patient}/_history/1",
            "/fhir/Patient/_history",
            "/fhir/_history",
            "/fhir/Organization?_summary=count&" + OF_FACILITIES[3],
        ]

        def leaking(permit_: Permit, alias: str = "r", rtype: str | None = None) -> Clause:
            return predicate.permitted(replace(permit_, scopes=(Scope(Rows()),)), alias, rtype)

        def leaking_(permit_: Permit, alias: str = "r", rtype: str | None = None, *, one_row: bool = False) -> Clause:
            return predicate.opened(replace(permit_, scopes=(Scope(Rows()),)), alias, rtype, one_row=one_row)

        assert _answers([], [], asked) == _answers([], hidden, asked)
        with (
            mock.patch("suksala.exchange.at.permitted", leaking),
            mock.patch("suksala.exchange.reads.opened", leaking_),
            mock.patch("suksala.exchange.versions.opened", leaking_),
        ):
            before, after = _answers([], [], asked), _answers([], hidden, asked)
        assert [a != b for a, b in zip(before, after, strict=True)] == [True] * 8


VISIBLE = [("Patient", patient_id(HOSPITAL, "1")), ("Encounter", identifier("sv", HOSPITAL, "1", "10"))]
HIDDEN = [("Patient", patient_id(UNIT, "1")), ("Encounter", identifier("sv", UNIT, "1", "10")), ("Patient", "nobody")]
FILTERS = [
    "", "patient=" + VISIBLE[0][1], "patient=" + HIDDEN[0][1], "_id=" + HIDDEN[1][1], "date=ge2025", "date=lt2025-06-01", "date=2026-01-05",
    "birthdate=ge2025", "name=มา", "family=ใจ", "gender=male", "code=85354-9", "code:not=85354-9", "code=E119", "clinical-status=active",
    "patient.gender=male", "subject:Patient.name=มา", "encounter.class=AMB", "encounter.patient.birthdate=ge2025", "organization.active=true",
    "patient._id=" + HIDDEN[0][1], "encounter._id=" + HIDDEN[1][1], "patient._has:Condition:patient:code=E119", "_has:Observation:patient:code=85354-9",
    "_has:Condition:patient:code=E119", "_has:Encounter:patient:_has:Observation:encounter:code=8867-4", "_has:Observation:encounter:code=85354-9",
    "encounter:missing=true", "phone:missing=true", "family:exact=ใจดี", "code=http://loinc.org|", "identifier=https://terms.sil-th.org/hcode/5/99802/PID|",
    "status=finished", "encounter=" + HIDDEN[1][1], "service-provider=" + UNIT, "organization=" + UNIT, "bogus=1", "component-code=8480-6",
]  # fmt: skip
ENDINGS = [
    "",
    "_total=accurate",
    "_summary=count",
    "_count=1",
    "_count=2&_sort=date",
    "_sort=_lastUpdated&_count=3",
    "_sort=-birthdate",
    "_sort=identifier,-name&_count=1",
    "_sort=-code,subject&_count=1",
]


# A facility is open to all, so what is hidden could show through it.
OF_FACILITIES = [
    f"_id={facility}&{asked}"
    for facility in (HOSPITAL, UNIT)
    for asked in (
        "_has:Patient:organization:gender=male",
        "_has:Encounter:service-provider:status=finished",
        "_has:Patient:organization:_has:Condition:patient:code=E119",
    )
]

BRINGING = [
    "Observation?_include=Observation:patient&_include=Observation:encounter&_count=2",
    "Patient?_revinclude=Observation:patient&_revinclude=Condition:patient",
    "Patient?_count=1&_revinclude:iterate=Encounter:patient&_revinclude:iterate=Observation:encounter&_total=accurate",
    "Encounter?_revinclude=Observation:encounter&_include:iterate=Observation:patient&_revinclude:iterate=Condition:patient",
    "Patient?_summary=true&_revinclude=Encounter:subject&_revinclude=Provenance:target",
    "Encounter?_elements=period&_sort=-date,_id&_pretty=true",
]


def questions() -> st.SearchStrategy[str]:
    """Targets of GET requests: reads, searches, the whole record, provenance, former versions."""
    kinds = st.sampled_from(["Patient", "Encounter", "Observation", "Condition"])
    search = st.tuples(kinds, st.sampled_from(FILTERS), st.sampled_from(ENDINGS)).map(
        lambda t: f"/fhir/{t[0]}?" + "&".join(p for p in t[1:] if p)
    )
    read = st.sampled_from([f"/fhir/{rtype}/{rid}" for rtype, rid in VISIBLE + HIDDEN])
    whole = st.sampled_from(
        [f"/fhir/Patient/{rid}/$everything" for rtype, rid in VISIBLE + HIDDEN if rtype == "Patient"]
    )
    along = st.sampled_from([f"/fhir/{asked}" for asked in BRINGING])
    facility = st.sampled_from([f"/fhir/Organization?_summary=count&{asked}" for asked in OF_FACILITIES])
    source = st.sampled_from([f"/fhir/Provenance?target={rtype}/{rid}" for rtype, rid in VISIBLE + HIDDEN])
    former = st.tuples(
        st.sampled_from(["", "/Patient", *(f"/{rtype}/{rid}" for rtype, rid in VISIBLE + HIDDEN)]),
        st.sampled_from(["", "/1", "/2", "?_count=1", "?_since=2026-01-01", "?_at=2026-01-01", "?_at=2025"]),
    ).map(lambda t: f"/fhir{t[0]}/_history{t[1]}")
    return st.one_of(search, read, whole, along, facility, source, former)


def _answers(seen: list[tuple[str, Any]], hidden: list[tuple[str, Any]], asked: list[str]) -> list[Any]:
    with rolled_back():
        token = signin.issue_token("own", HOSPITAL, ["system/*.rs"], 1)
        for file, given_rows in hidden:
            send(file, *given_rows, hospcode=UNIT)
        _send_dated(seen)
        return [_answer(question, token) for question in asked]


def _send_dated(files: list[tuple[str, Any]]) -> None:
    """Send what is visible at one fixed moment with fixed ids: the clock and the sequence are no part of the law."""
    moment = clock.now().replace(year=2026, month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    database.rows("SELECT setval('resource_id', 10000000, false)")
    storage.numbers_left.clear()
    with mock.patch("suksala.exchange.importing.clock.now", return_value=moment):
        for file, given_rows in files:
            send(file, *given_rows)
    database.execute("UPDATE resource SET upd = %s WHERE person = 0", [moment])


def _answer(target: str, token: str) -> tuple[int, dict[str, str], bytes]:
    called = Called("GET", target, token=token)
    return called.status, called.headers, called.raw


class PermitLaws(TestCase):
    """The front doors that pages use keep the same law."""

    @settings(max_examples=8, deadline=None, derandomize=True)
    @given(deposits())
    def test_the_timeline_of_one_is_not_touched_by_the_others(self, sent: list[tuple[str, Any]]) -> None:
        """Person 1 at the hospital, whoever else is there."""
        with rolled_back():
            for file, given_rows in sent:
                send(file, *given_rows)
            crowded = exchange.timeline(permit(person("1")))
        with rolled_back():
            for file, given_rows in sent:
                own = [row for row in given_rows if row.get("pid", "1") == "1"]
                if own:
                    send(file, *own)
            alone = exchange.timeline(permit(person("1")))
        told = [[(e.date, e.title_th, e.value, e.rid) for e in lines] for lines in (crowded, alone)]
        assert sorted(told[0]) == sorted(told[1])

    @settings(max_examples=40, deadline=None, derandomize=True)
    @given(st.lists(st.tuples(st.text(max_size=12), st.text(max_size=12)), max_size=4))
    def test_any_parameters_are_answered_or_refused(self, asked: list[tuple[str, str]]) -> None:
        """No other way out."""
        for rtype in ("Patient", "Observation"):
            with contextlib.suppress(SearchProblem):
                assert exchange.search(permit(1), rtype, asked).startswith(b'{"resourceType":"Bundle"')
