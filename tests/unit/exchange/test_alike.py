"""Who became one human, and who no longer is: told to those who see both, shown by the Patients (issue D, point 6)."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from unittest import mock

import orjson
import pytest

from suksala import exchange, identity, signin
from suksala.commands import identifying
from suksala.exchange import service, subscription_storage, subscriptions
from suksala.foundation import clock, database, settings
from tests.people import events, number
from tests.record import HOSPITAL, UNIT, Called
from tests.unit.exchange.test_subscriptions import Receiver, event_numbers, parameters, receiver, subscribed, wanted
from tests.unit.exchange.test_writing import FHIR, put

__all__ = ["receiver"]  # a fixture
pytestmark = pytest.mark.django_db

CID = "https://terms.sil-th.org/id/th-cid"
TOPIC = "urn:suksala:topic:Patient"


@pytest.fixture
def mpi() -> str:
    """A system of the exchange itself: every registration is open to it."""
    return signin.issue_token("mpi", None, ["system/*.cruds"], 30)


@pytest.fixture
def his() -> str:
    """A system of the hospital alone."""
    return signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30)


def feed(hospcode: str, rid: str, **changes: Any) -> Called:
    """Mali as a system of a facility sends her; without a number she is somebody else to the register."""
    token = signin.issue_token(f"feed-{hospcode}", hospcode, ["system/*.cruds"], 30)
    body = {
        "resourceType": "Patient",
        "id": rid,
        "name": [{"family": "ใจดี", "given": ["มาลี"]}],
        "birthDate": "1970-05-05",
        **changes,
    }
    answer = put(token, body)
    assert answer.status in (200, 201), answer.raw
    return answer


NUMBERED = {"identifier": [{"system": CID, "value": number(1)}]}


def registered_twice() -> None:
    """Two humans by what is known: the unit has not sent the number yet."""
    feed(HOSPITAL, "here", **NUMBERED)
    feed(UNIT, "there")


def joined() -> int:
    """The unit sends the number: they are one human. The event."""
    feed(UNIT, "there", **NUMBERED)
    return events()[-1]


def links(token: str, rid: str) -> list[dict[str, Any]]:
    """What a Patient shows of who else it is."""
    found: list[dict[str, Any]] = Called("GET", f"/fhir/Patient/{rid}", token=token).json.get("link", [])
    return found


def seealso(rid: str) -> list[dict[str, Any]]:
    """The one link that is shown."""
    return [{"id": "same-human-1", "other": {"reference": f"Patient/{rid}"}, "type": "seealso"}]


def told(rid: str, receiver: Receiver) -> list[tuple[str, str, str]]:
    """What the worker does; then the number, the status and the address of each event that came since the last look."""
    before = len(receiver.got)
    subscriptions.dispatch()
    service.deliver(rid)
    found = []
    for _, bundle in receiver.got[before:]:
        entries = [(entry["response"]["status"], entry["request"]["url"]) for entry in bundle["entry"][1:]]
        found += [(n, *entry) for n, entry in zip(event_numbers(bundle), entries, strict=True)]
    return found


def test_a_merge_and_its_undoing_are_told(mpi: str, receiver: Receiver) -> None:
    """Each Patient concerned, once and in order: after the write that led to it when they join, and when they part."""
    registered_twice()
    rid = subscribed(mpi, wanted(receiver, TOPIC))
    event = joined()
    assert told(rid, receiver) == [
        ("1", "200", "Patient/there"),  # that the number was written
        ("2", "200", "Patient/here"),
        ("3", "200", "Patient/there"),
    ]
    assert (links(mpi, "here"), links(mpi, "there")) == (seealso("there"), seealso("here"))
    identity.undo(event, actor="account:steward")
    assert told(rid, receiver) == [("4", "200", "Patient/here"), ("5", "200", "Patient/there")]
    assert (links(mpi, "here"), links(mpi, "there")) == ([], [])
    assert told(rid, receiver) == []


def test_a_notification_holds_no_name_and_no_number(mpi: str, receiver: Receiver) -> None:
    registered_twice()
    rid = subscribed(mpi, wanted(receiver, TOPIC))
    joined()
    told(rid, receiver)
    sent = receiver.raw[-1]
    assert b"Patient/here" in sent
    assert not any(text.encode() in sent for text in ("มาลี", "ใจดี", number(1), "1970"))


def test_with_its_content_a_patient_shows_the_link(mpi: str, receiver: Receiver) -> None:
    registered_twice()
    rid = subscribed(mpi, wanted(receiver, TOPIC, "full-resource"))
    joined()
    told(rid, receiver)
    shown = [entry["resource"] for entry in receiver.got[-1][1]["entry"][1:]]
    assert [(one["id"], one["link"]) for one in shown][1:] == [("here", seealso("there")), ("there", seealso("here"))]


def test_who_sees_one_of_the_two_sees_nothing_of_it(his: str, receiver: Receiver) -> None:
    """No event, not even a number, and every byte of the own Patient as before: read, found, matched, its version."""
    registered_twice()
    rid = subscribed(his, wanted(receiver, TOPIC))
    asked = orjson.dumps({"resourceType": "Patient", **NUMBERED, "birthDate": "1970-05-05"})
    now = clock.now()

    def seen() -> list[tuple[bytes, dict[str, str]]]:
        with mock.patch.object(clock, "now", return_value=now):
            answers = [
                Called("GET", "/fhir/Patient/here", token=his),
                Called("GET", "/fhir/Patient?_id=here", token=his),
                Called("GET", "/fhir/Patient/here/_history", token=his),
                Called("GET", "/fhir/Patient/there", token=his),
                Called("POST", "/fhir/Patient/$match", token=his, body=asked, **FHIR),
                Called("GET", f"/fhir/Subscription/{rid}/$status", token=his),
            ]
        return [(answer.raw, answer.headers) for answer in answers]

    before = seen()
    event = joined()
    assert (told(rid, receiver), seen()) == ([], before)
    identity.undo(event, actor="account:steward")
    assert (told(rid, receiver), seen()) == ([], before)
    assert database.rows("SELECT count(*) FROM subscription_event") == [(0,)]


def test_two_registrations_of_one_facility_are_told_to_it(his: str, receiver: Receiver) -> None:
    """A second HN: the facility sees both."""
    feed(HOSPITAL, "here", **NUMBERED)
    feed(HOSPITAL, "again")
    rid = subscribed(his, wanted(receiver, TOPIC))
    feed(HOSPITAL, "again", **NUMBERED)
    assert [url for _, _, url in told(rid, receiver)] == ["Patient/again", "Patient/here", "Patient/again"]
    assert links(his, "here") == seealso("again")


def test_who_lost_the_leave_meanwhile_is_told_nothing(mpi: str, receiver: Receiver) -> None:
    """Numbered when both were open; sent when one is. The numbers go on behind it."""
    registered_twice()
    rid = subscribed(mpi, wanted(receiver, TOPIC))
    joined()
    subscriptions.dispatch()
    assert Called("DELETE", "/fhir/Patient/there", token=mpi).status == 204
    service.deliver(rid)
    urls = [entry["request"]["url"] for entry in receiver.got[-1][1]["entry"][1:]]
    assert (urls, receiver.numbers) == (["Patient/there", "Patient/there"], ["1", "3"])


@pytest.mark.parametrize(("asked", "numbers"), [("Patient?_id=here", ["1"]), ("Patient?birthdate=1950-01-02", [])])
def test_filters_choose_whose_links_are_told(mpi: str, receiver: Receiver, asked: str, numbers: list[str]) -> None:
    registered_twice()
    rid = subscribed(mpi, wanted(receiver, TOPIC, "", asked))
    joined()
    assert [n for n, _, _ in told(rid, receiver)] == numbers


def test_a_dispatcher_that_dies_tells_all_of_it_later_and_once(mpi: str, receiver: Receiver) -> None:
    """What it took up and what it numbered are one transaction."""
    registered_twice()
    rid = subscribed(mpi, wanted(receiver, TOPIC))
    joined()
    with (
        mock.patch.object(subscription_storage, "add_events", side_effect=KeyboardInterrupt),
        pytest.raises(KeyboardInterrupt),
    ):
        subscriptions.dispatch()
    assert identity.moves_wait()
    assert [n for n, _, _ in told(rid, receiver)] == ["1", "2", "3"]
    assert (told(rid, receiver), identity.moves_wait()) == ([], False)


def test_nobody_asked_so_nothing_waits(mpi: str) -> None:
    """And who asks later is not told of what was before."""
    registered_twice()
    joined()
    assert identity.moves_wait()
    subscriptions.dispatch()
    assert not identity.moves_wait()


def test_who_asks_later_is_told_of_what_came_later(mpi: str, receiver: Receiver) -> None:
    """A merge and a write that still waited when a subscription began are told to those who asked before, not to it."""
    registered_twice()
    early = subscribed(mpi, wanted(receiver, TOPIC))
    event = joined()
    late = subscribed(mpi, wanted(receiver, TOPIC))
    assert [n for n, _, _ in told(early, receiver)] == ["1", "2", "3"]
    assert told(late, receiver) == []
    assert database.rows("SELECT count(*) FROM subscription WHERE earlier_changes IS NOT NULL") == [(0,)]
    identity.undo(event, actor="account:steward")
    feed(UNIT, "there", **NUMBERED, language="th")
    assert [url for _, _, url in told(late, receiver)] == ["Patient/there", "Patient/here", "Patient/there"]


def test_who_asks_anew_for_the_same_misses_nothing(mpi: str, receiver: Receiver) -> None:
    """A new endpoint is no new beginning; one that was off begins anew."""
    registered_twice()
    rid = subscribed(mpi, wanted(receiver, TOPIC))
    joined()
    body = Called("GET", f"/fhir/Subscription/{rid}", token=mpi).json
    assert put(mpi, {**body, "reason": "another"}).status == 200
    service.deliver(rid)
    assert [n for n, _, _ in told(rid, receiver)] == ["1", "2", "3"]
    assert put(mpi, {**body, "status": "off"}).status == 200
    feed(UNIT, "there", **NUMBERED, language="th")
    assert put(mpi, {**body, "status": "requested"}).status == 200
    service.deliver(rid)
    assert told(rid, receiver) == []


def test_a_change_that_was_not_committed_yet_is_not_missed(mpi: str, receiver: Receiver) -> None:
    """It has its number, and its moment, from before the subscription began; who subscribed could not see it then."""
    registered_twice()
    early = clock.now()
    [(seq,)] = database.rows("SELECT nextval('subscription_seq')")
    rid = subscribed(mpi, wanted(receiver, TOPIC))
    database.execute(
        "INSERT INTO subscription_outbox (person, seq, rtype, rid, vid, deleted, at) "
        "SELECT person, %s, rtype, rid, 1, false, %s FROM locator WHERE rid = 'here'",
        [seq, early],
    )
    assert [url for _, _, url in told(rid, receiver)] == ["Patient/here"]


def test_what_waits_is_looked_at_by_a_server_that_starts(mpi: str, receiver: Receiver) -> None:
    """Identity asks no dispatcher; the housekeeping of the server does."""
    registered_twice()
    subscribed(mpi, wanted(receiver, TOPIC))
    joined()
    database.execute("DELETE FROM procrastinate_jobs")
    database.execute("DELETE FROM subscription_outbox")
    service.keep_house()
    assert database.rows("SELECT task_name FROM procrastinate_jobs") == [(subscription_storage.DISPATCH,)]


def test_a_link_that_is_shown_is_not_written(mpi: str, receiver: Receiver) -> None:
    """Who puts back what they read changes nothing; what they link themselves stays, and is not told twice."""
    registered_twice()
    joined()
    read = Called("GET", "/fhir/Patient/here", token=mpi)
    again = put(mpi, read.json)
    assert (again.status, again.headers["ETag"]) == (200, 'W/"1"')
    own = [{"other": {"reference": "Patient/there"}, "type": "seealso"}]
    assert put(mpi, {**read.json, "link": [*own, *read.json["link"]]}).headers["ETag"] == 'W/"2"'
    assert links(mpi, "here") == own
    assert "link" not in Called("GET", "/fhir/Patient/there/_history/2", token=mpi).json


def test_a_search_shows_the_links(mpi: str) -> None:
    """Of what it finds and of what comes along."""
    registered_twice()
    joined()
    put(mpi, {"resourceType": "Observation", "id": "w", "status": "final", "code": {"text": "น้ำหนัก"},
              "subject": {"reference": "Patient/here"}})  # fmt: skip
    found = Called("GET", "/fhir/Patient?family=ใจดี&_sort=_id", token=mpi).json["entry"]
    shown = {entry["resource"]["id"]: entry["resource"]["link"] for entry in found}
    assert shown == {"here": seealso("there"), "there": seealso("here")}
    along = Called("GET", "/fhir/Observation?_id=w&_include=Observation:patient", token=mpi).json["entry"]
    assert [entry["resource"].get("link") for entry in along] == [None, seealso("there")]


# ---- whom to correct ------------------------------------------------------------------------------------------------


def corrections(event: int) -> exchange.Corrections:
    """Whom to correct; there is somebody."""
    found = exchange.corrections(event)
    assert found
    return found


@pytest.fixture
def two_clients(receiver: Receiver) -> Iterator[tuple[str, str]]:
    """A client that is told and has answered, and one that asks for itself and has not yet."""
    registered_twice()
    first, second = (signin.issue_token(name, None, ["system/*.cruds"], 30) for name in ("lab", "pacs"))
    silent = wanted(receiver, TOPIC)
    del silent["channel"]["endpoint"], silent["channel"]["header"]
    yield subscribed(first, wanted(receiver, TOPIC)), subscribed(second, silent)
    settings.forget()


def test_who_was_told_of_a_merge_is_listed_when_it_is_undone(two_clients: tuple[str, str], receiver: Receiver) -> None:
    """By client and subscription: whether it took the notice, and whether the correction reached it."""
    answers, asks = two_clients
    merged = joined()
    told(answers, receiver)
    undone = identity.undo(merged, actor="account:steward")
    [first, second] = corrections(undone).told
    assert (first.client, first.subscription, first.answered, first.corrected) == ("lab", answers, True, False)
    assert (second.client, second.subscription, second.answered, second.corrected) == ("pacs", asks, False, False)
    told(answers, receiver)
    assert [one.corrected for one in corrections(undone).told] == [True, False]


def test_who_read_both_as_one_is_listed(mpi: str, his: str) -> None:
    """Between the joining and the parting, registrations of both; not who read one of them, nor who read before."""
    registered_twice()
    early = signin.issue_token("early", None, ["system/*.rs"], 30)
    Called("GET", "/fhir/Patient?family=ใจดี", token=early)
    merged = joined()
    Called("GET", "/fhir/Patient?family=ใจดี", token=mpi)
    Called("GET", "/fhir/Patient/here", token=his)
    undone = identity.undo(merged, actor="account:steward")
    [reader] = corrections(undone).readers
    assert (reader.actor, reader.facility, reader.openings) == ("client:mpi", None, 2)


def test_an_undone_judgement_lists_who_was_told_of_what_it_joined(mpi: str, receiver: Receiver) -> None:
    """The answer moved nobody itself: what followed from it did."""
    registered_twice()
    rid = subscribed(mpi, wanted(receiver, TOPIC))
    persons = sorted(row["person"] for row in identity.memberships().to_pylist())
    database.execute(
        "INSERT INTO identity_review (kind, person, other, state, at, danger, gain) "
        "VALUES ('possible', %s, %s, 'open', now(), 0, 0)", persons,
    )  # fmt: skip
    with mock.patch("suksala.identity.judging.is_in_sample", return_value=False):
        said = identity.Judgement("same", "เทียบบัตรแล้ว", 5)
        judged = identity.judge("possible", (persons[0], persons[1]), said, identity.Reviewer("account:steward"))
    assert [url for _, _, url in told(rid, receiver)] == ["Patient/here", "Patient/there"]
    undone = identity.undo(judged.event or 0, actor="account:steward")
    assert [one.client for one in corrections(undone).told] == ["mpi"]
    [listed], _ = exchange.recent_corrections(clock.now() - timedelta(days=1))  # the undoing and what followed, once
    assert listed.parting.events[0] == undone
    assert [url for _, _, url in told(rid, receiver)] == ["Patient/here", "Patient/there"]


def test_what_was_told_of_a_merge_is_kept_for_its_correction(mpi: str, receiver: Receiver) -> None:
    """Other events are forgotten after 30 days."""
    registered_twice()
    rid = subscribed(mpi, wanted(receiver, TOPIC))
    joined()
    told(rid, receiver)
    subscription_storage.forget(clock.now())
    assert [event.number for event in subscription_storage.events(rid, 0, 9, 9)] == [2, 3]
    assert parameters(receiver.got[-1][1])["events-since-subscription-start"] == "3"


OTHERS = {"identifier": [{"system": CID, "value": number(2)}], "birthDate": "1980-01-01"}
OTHER_NAME = [{"family": "อื่น", "given": ["คนอื่น"]}]


def test_who_was_told_of_a_third_is_told_of_the_parting(mpi: str, receiver: Receiver) -> None:
    """Nobody was told that the first two are one; of the third, which joined both, a client was."""
    feed(HOSPITAL, "one", **NUMBERED)
    feed(HOSPITAL, "two")
    feed(UNIT, "three")
    feed(HOSPITAL, "two", **NUMBERED)
    subscriptions.dispatch()
    rid = subscribed(mpi, wanted(receiver, TOPIC))
    feed(UNIT, "three", **NUMBERED)
    told(rid, receiver)
    feed(HOSPITAL, "two", **OTHERS, name=OTHER_NAME)
    [first, second, parted] = events()
    found = corrections(parted)
    assert (found.parting.joins, [one.client for one in found.told]) == ((first, second), ["mpi"])


def test_partings_that_concern_nobody_hide_none(mpi: str, receiver: Receiver) -> None:
    """A night's partings of others are looked past; and each facility has its own list."""
    registered_twice()
    rid = subscribed(mpi, wanted(receiver, TOPIC))
    merged = joined()
    told(rid, receiver)
    undone = identity.undo(merged, actor="account:steward")
    database.execute(
        "INSERT INTO identity_event (at, kind, actor, evidence) "
        "SELECT now(), 'unlink', 'system:identity', '{}' FROM generate_series(1, 60)"
    )
    since = clock.now() - timedelta(days=1)
    for served, listed in ((None, [(undone,)]), ([HOSPITAL, UNIT], [(undone,)]), ([HOSPITAL], []), ([UNIT], [])):
        assert [one.parting.events for one in exchange.recent_corrections(since, served)[0]] == listed


def test_a_look_that_ends_early_says_where_to_go_on(mpi: str, receiver: Receiver) -> None:
    """Many partings of nobody's concern: the page is empty and leads to the next, which is the last."""
    registered_twice()
    rid = subscribed(mpi, wanted(receiver, TOPIC))
    merged = joined()
    told(rid, receiver)
    undone = identity.undo(merged, actor="account:steward")
    said = "INSERT INTO identity_event (at, kind, actor, evidence) SELECT now(), 'unlink', 'x', '{}' "
    database.execute(said + "FROM generate_series(1, 100)")
    since = clock.now() - timedelta(days=1)
    with mock.patch("suksala.exchange.corrections.MOST_LOOKED", 100):
        first, before = exchange.recent_corrections(since)
        second, end = exchange.recent_corrections(since, before=before)
    assert (first, before, [one.parting.events for one in second], end) == ([], undone + 1, [(undone,)], None)


def test_what_followed_from_a_parting_is_found_by_an_index(mpi: str) -> None:
    with database.cursor() as cur:
        cur.execute("SET LOCAL enable_seqscan = off")
        cur.execute(
            "EXPLAIN SELECT seq FROM identity_event WHERE evidence ? 'because' "
            "AND (evidence ->> 'because')::bigint = ANY('{1,2}'::bigint[])"
        )
        assert "identity_by_cause" in str(cur.fetchall())


def test_an_event_that_took_nothing_back_has_nobody_to_correct(mpi: str) -> None:
    registered_twice()
    assert exchange.corrections(joined()) is None


def test_the_command_lists_them(
    two_clients: tuple[str, str],
    receiver: Receiver,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """In words, and as JSON; an undoing that parts nobody again lists who was told of the parting."""
    monkeypatch.setattr(identifying, "quiet_database", lambda _: nullcontext())
    merged = joined()
    told(two_clients[0], receiver)
    Called("GET", "/fhir/Patient?family=ใจดี", token=signin.issue_token("ward", None, ["system/*.rs"], 30))
    identifying.undo(merged, data=None, as_json=False)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:] == [
        f"  แจ้งแก้ระบบ · correct client lab (Subscription/{two_clients[0]}): รับแจ้งแล้ว · took the notice",
        f"  แจ้งแก้ระบบ · correct client pacs (Subscription/{two_clients[1]}): ยังไม่ยืนยัน · not confirmed",
        "  แจ้งผู้ที่เปิดดูทั้งสองฝั่ง · tell who read both: client:ward  × 2",
    ]
    told(two_clients[0], receiver)
    identifying.undo(events()[-1], data=None, as_json=True)
    document = orjson.loads(capsys.readouterr().out)
    assert [(one["client"], one["answered"]) for one in document["told"]] == [("lab", True), ("pacs", False)]
    assert document["read"] == []
