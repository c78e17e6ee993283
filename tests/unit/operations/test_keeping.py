"""The third machine: what it fetched, nobody of the first changes or ends (T23)."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from structlog.testing import capture_logs

from suksala.commands import backing_up
from suksala.foundation import clock, copies, settings
from suksala.foundation.copies import Age, Copy
from suksala.operations import Verdict, backup, checks, keep, supervise

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


def offer(folder: Path, content: bytes, made: datetime) -> Copy:
    """An archive beside its label, as `suksala backup copy` leaves it; what is inside does not matter here."""
    digest = hashlib.sha256(content).hexdigest()
    copy = Copy(copies.name_of(made, digest), len(content), digest, made)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / copy.name).write_bytes(content)
    copy.write(folder / f"{copy.name}.json")
    return copy


def held(store: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in store.glob("*.backup")}


def test_a_new_copy_is_fetched_once(tmp_path: Path) -> None:
    source, store = tmp_path / "a", tmp_path / "c"
    copy = offer(source, b"one", NOW - HOUR)
    done = keep(source, store, days=90, now=NOW)
    assert ([c.name for c in done.fetched], done.refused, done.ended, done.newest) == ([copy.name], (), (), HOUR)
    assert held(store) == {copy.name: b"one"}
    assert (store / copy.name).stat().st_mode & 0o777 == 0o400
    assert keep(source, store, days=90, now=NOW + HOUR).fetched == ()


def test_who_holds_the_first_machine_destroys_nothing_here(tmp_path: Path) -> None:
    """Archives overwritten, labels made to fit, files deleted, the folder emptied: the third machine still has it."""
    source, store = tmp_path / "a", tmp_path / "c"
    first, second = offer(source, b"one", NOW - 2 * HOUR), offer(source, b"two", NOW - HOUR)
    keep(source, store, days=90, now=NOW)
    whole = held(store)

    (source / first.name).write_bytes(b"ransom")
    digest = hashlib.sha256(b"ransom").hexdigest()
    fits = first.sha256[:16] + digest[16:]  # the name must go on to fit the label
    Copy(first.name, 6, fits, first.at).write(source / f"{first.name}.json")
    (source / second.name).unlink()
    (source / f"{second.name}.json").unlink()
    assert keep(source, store, days=90, now=NOW).refused == (first.name,)
    assert held(store) == whole

    for path in source.iterdir():
        path.unlink()
    assert keep(source, store, days=90, now=NOW + 365 * DAY).ended == ()
    assert held(store) == whole


@pytest.mark.parametrize("content", [b"on", b"ones", b"two"])
def test_what_is_not_what_its_label_says_is_not_taken(tmp_path: Path, content: bytes) -> None:
    source, store = tmp_path / "a", tmp_path / "c"
    copy = offer(source, b"one", NOW - HOUR)
    (source / copy.name).write_bytes(content)
    done = keep(source, store, days=90, now=NOW)
    assert (done.fetched, done.refused, done.newest) == ((), (copy.name,), None)
    assert list(store.iterdir()) == []


def label(name: str = "suksala-20261122T000000Z-0000000000000000.backup", **other: object) -> str:
    """A label whose file is there, but for what is said otherwise."""
    return json.dumps({"name": name, "size": 1, "sha256": "0" * 64, "at": "2026-11-22T00:00:00+00:00", **other})


@pytest.mark.parametrize(
    "told",
    [
        "[]",
        "{}",
        "[" * 4000,
        label("../../etc/passwd"),
        label("suksala-99999999T999999Z-0000000000000000.backup"),
        label(sha256="1" * 64),
        label(at="2026-11-22T00:00:00"),
        label(size=None),
        label(size=1.0),
        label(size=True),
        label(size="1"),
        label().replace('"size": 1', '"size": 1e999'),
        label(at="0001-01-01T00:00:00+14:00"),
    ],
)
def test_a_label_that_is_none_stops_nothing(tmp_path: Path, told: str) -> None:
    """The first machine writes them, whoever holds it: the other copies are fetched all the same."""
    source, store = tmp_path / "a", tmp_path / "c"
    for name in ("suksala-99999999T999999Z-0000000000000000", "suksala-20261122T000000Z-0000000000000000"):
        source.mkdir(exist_ok=True)
        (source / f"{name}.backup").write_bytes(b"x")
        (source / f"{name}.backup.json").write_text(told)
    copy = offer(source, b"one", NOW - HOUR)
    assert [c.name for c in keep(source, store, days=90, now=NOW).fetched] == [copy.name]


@pytest.mark.parametrize("told", [label(), label().replace('"size": 1', '"size": 1e999'), "{}"])
def test_a_receipt_is_read_to_4096_bytes(tmp_path: Path, told: str) -> None:
    """However long the other machine makes it; a pipe of that name is not waited for."""
    path = tmp_path / "suksala-20261122T000000Z-0000000000000000.backup.json"
    path.write_text(told.ljust(4096) + "x")
    assert (copies.read(path) is None) == (told != label())
    path.unlink()
    os.mkfifo(path)
    assert copies.read(path) is None


def test_what_ended_here_is_not_fetched_again(tmp_path: Path) -> None:
    """The first machine offers everything for ever: what is over stays away, in this round and in each later one."""
    source, store = tmp_path / "a", tmp_path / "c"
    names = [offer(source, bytes([day]), NOW - (20 - day) * DAY).name for day in range(9)]
    keep(source, store, days=90, now=NOW)
    late = NOW + 90 * DAY + timedelta(seconds=1)
    assert keep(source, store, days=90, now=late).ended == tuple(names[:2])
    done = keep(source, store, days=90, now=late)
    assert (done.fetched, done.refused, done.ended) == ((), (), ())
    assert sorted(held(store)) == names[2:]


def test_old_copies_end_by_arrival_and_seven_stay(tmp_path: Path) -> None:
    """Nine arrived; 90 days later to the second none ends, a second later the two oldest do."""
    source, store = tmp_path / "a", tmp_path / "c"
    names = [offer(source, bytes([day]), NOW - (20 - day) * DAY).name for day in range(9)]
    keep(source, store, days=90, now=NOW)
    assert keep(source, store, days=90, now=NOW + 90 * DAY).ended == ()
    for path in source.glob("suksala-*"):
        path.unlink()
    assert keep(source, store, days=90, now=NOW + 90 * DAY + timedelta(seconds=1)).ended == tuple(names[:2])
    assert sorted(held(store)) == names[2:]


def test_a_name_from_the_future_makes_nothing_younger(tmp_path: Path) -> None:
    """Its age counts from when it came."""
    source, store = tmp_path / "a", tmp_path / "c"
    offer(source, b"one", NOW + 365 * DAY)
    keep(source, store, days=90, now=NOW)
    assert keep(source, store, days=90, now=NOW + 30 * HOUR).newest == 30 * HOUR


def test_the_command_says_when_the_newest_is_too_old(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Both edges of 26 hours; exit 1 is what a scheduler tells its operator of."""
    source, store = tmp_path / "a", tmp_path / "c"
    offer(source, b"one", NOW)
    monkeypatch.setattr(clock, "now", lambda: NOW + 26 * HOUR - timedelta(seconds=1))
    assert backing_up.keep(source, store, days=90, hours=26, as_json=False) == 0
    monkeypatch.setattr(clock, "now", lambda: NOW + 26 * HOUR)
    assert backing_up.keep(source, store, days=90, hours=26, as_json=False) == 1
    assert "the newest copy is older than 26 hours" in capsys.readouterr().err


@pytest.fixture
def server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A server with the public half of a pair, and a door for receipts."""
    key = tmp_path / "public.pem"
    key.write_text(backup.make_key(tmp_path / "private.pem"), encoding="ascii")
    folder = tmp_path / "copies"
    (folder / "kept").mkdir(parents=True)
    monkeypatch.setenv("SUKSALA_BACKUP_KEY", str(key))
    monkeypatch.setenv("SUKSALA_BACKUPS", str(folder))
    monkeypatch.setattr(clock, "now", lambda: NOW)
    settings.forget()
    yield folder
    monkeypatch.undo()
    settings.forget()


def third_copy(data: Path) -> tuple[Verdict, str]:
    [found] = [check for check in checks(data, 1) if check.name == "third copy"]
    return found.verdict, found.found


def test_the_server_knows_how_old_its_copies_are(server: Path, tmp_path: Path, without_server: None) -> None:
    """Bad while nobody has fetched one; well with a receipt; bad again at 26 hours to the second."""
    assert third_copy(tmp_path) == (Verdict.BAD, "made never, kept elsewhere never")
    offer(server, b"one", NOW - HOUR)
    assert third_copy(tmp_path) == (Verdict.BAD, "made 1 h ago, kept elsewhere never")
    keep(server, tmp_path / "c", days=90, now=NOW)
    assert copies.age() == Age(HOUR, HOUR)
    assert third_copy(tmp_path) == (Verdict.OK, "made 1 h ago, kept elsewhere 1 h ago")
    assert copies.age().is_fresh(HOUR + timedelta(seconds=1))
    assert not copies.age().is_fresh(HOUR)


def test_the_log_of_the_server_tells_of_an_old_copy(server: Path, tmp_path: Path) -> None:
    """Every hour; nothing while it is fresh, and nothing where no copies are wanted."""
    offer(server, b"one", NOW - 30 * HOUR)
    with capture_logs() as told:
        supervise.tell_old_copies()
    [line] = told
    assert (line["event"], line["log_level"]) == ("the newest copy is too old", "error")
    assert (line["made_hours"], line["kept_hours"]) == (30, None)
    offer(server, b"two", NOW - HOUR)
    keep(server, tmp_path / "c", days=90, now=NOW)
    with capture_logs() as told:
        supervise.tell_old_copies()
    assert told == []


def test_no_receipt_ends_the_service(server: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may write receipts writes what they like, and a chore that fails for another reason is done again."""
    copy = offer(server, b"one", NOW - HOUR)
    told = label(copy.name, sha256=copy.sha256).replace('"size": 1', '"size": 1e999')
    (server / "kept" / f"{copy.name}.json").write_text(told)
    assert copies.age().kept is None
    with capture_logs() as lines:
        supervise.tell_old_copies()
        monkeypatch.setattr(copies, "age", lambda: 1 / 0)
        supervise.surviving(supervise.tell_old_copies)()
    assert [line["event"] for line in lines] == [
        "the newest copy is too old",
        "a chore failed, it is done again in its time",
    ]
    chores = supervise._chores([], None, lambda: None)
    monkeypatch.setattr(supervise.settings, "current", lambda: 1 / 0)
    for _, do in chores:
        do()


def test_without_receipts_the_copies_of_this_machine_are_judged(
    server: Path, tmp_path: Path, without_server: None
) -> None:
    """No folder for receipts: a fresh copy is a warning and no error each hour; an old one is bad all the same."""
    (server / "kept").rmdir()
    offer(server, b"old", NOW - 30 * HOUR)
    assert third_copy(tmp_path) == (Verdict.BAD, "made 30 h ago, kept elsewhere never")
    offer(server, b"one", NOW - HOUR)
    assert third_copy(tmp_path) == (Verdict.WARN, "made 1 h ago, kept elsewhere unknown")
    with capture_logs() as told:
        supervise.tell_old_copies()
    assert told == []


def test_a_clock_that_stood_in_the_future_deletes_no_new_copy(server: Path) -> None:
    """Copies of then tell no age, and end before any of now."""
    for day in range(3):
        offer(server, bytes([day]), NOW + (365 + day) * DAY)
    assert copies.age().made is None
    made = [offer(server, b"now", NOW - HOUR), offer(server, b"then", NOW)]
    backup._tidy(server, made[-1])
    left = {copy.name for copy in copies.labelled(server)}
    assert len(left) == backup.HERE
    assert {copy.name for copy in made} <= left
    assert copies.age().made == timedelta(0)
