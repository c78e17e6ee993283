"""`suksala doctor`: what is wrong, and what to do; looking changes nothing."""

from __future__ import annotations

import os
import shutil
import socket
from collections import namedtuple
from pathlib import Path

import psycopg
import pytest
from structlog.testing import capture_logs

from suksala.foundation import settings
from suksala.operations import Check, Verdict, binaries, checks, doctor
from suksala.operations.database import check_server, keep_house
from suksala.operations.errors import NoServer, OpenLine

pytestmark = pytest.mark.usefixtures("without_server")
Usage = namedtuple("Usage", "total used free")


def by_name(data: Path, port: int = 1) -> dict[str, Check]:
    """The checks of a data folder; port 1 is nobody's."""
    return {check.name: check for check in checks(data, port)}


def test_a_fresh_machine_is_well_and_stays_untouched(reachable: Path) -> None:
    """Nothing is made by looking: the first start makes it."""
    found = by_name(reachable / "data")
    wrong = {name for name, check in found.items() if check.verdict is Verdict.BAD}
    assert wrong - {"disk"} == set()
    assert found["database"].found.startswith("not made yet")
    assert not (reachable / "data").exists()
    assert all((check.th, check.en) == ("", "") for check in found.values() if check.verdict is Verdict.OK)


def test_every_complaint_says_what_to_do_in_both_languages(reachable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No programs, no space, a taken port."""
    monkeypatch.setattr(binaries, "candidates", list)
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(0, 0, 0))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        found = checks(reachable, other.getsockname()[1])
    complaints = [check for check in found if check.verdict is not Verdict.OK]
    assert {check.name for check in complaints} >= {"SKL-OPS-001", "disk", "port"}
    assert all(check.th and check.en for check in complaints)


@pytest.mark.parametrize(
    ("free", "verdict"),
    [
        (doctor.DISK_FREE_MIN - 1, Verdict.BAD),
        (doctor.DISK_FREE_MIN, Verdict.WARN),
        (doctor.DISK_FREE_WARN - 1, Verdict.WARN),
        (doctor.DISK_FREE_WARN, Verdict.OK),
    ],
)
def test_disk_space_is_judged_at_its_edges(
    reachable: Path, monkeypatch: pytest.MonkeyPatch, free: int, verdict: Verdict
) -> None:
    """10 GB and 20 GB free (reliability rule R9)."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: Usage(0, 0, free))
    assert by_name(reachable)["disk"].verdict is verdict


def test_a_closed_folder_is_told_before_the_first_start(reachable: Path) -> None:
    """For root the wall is the database's user, for others their own rights."""
    closed = reachable / "closed"
    closed.mkdir()
    closed.chmod(0o700 if os.geteuid() == 0 else 0o500)
    check = by_name(closed / "data")["data folder"]
    assert check.verdict is Verdict.BAD
    assert "choose another --data" in check.en


def test_a_look_that_breaks_does_not_hide_the_others(reachable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its kind is named, its message (which may hold anything) is not."""

    def broken() -> Check:
        raise RuntimeError("somebody's name")

    broken.__name__ = "_memory"
    monkeypatch.setattr(doctor, "_memory", broken)
    found = by_name(reachable)
    assert found["unexpected"].found == "memory: RuntimeError"
    assert "python" in found
    assert "database" in found


def test_a_server_that_does_not_answer_is_told_without_its_password() -> None:
    """Neither the driver's words nor the address reach the message."""
    with pytest.raises(NoServer) as caught:
        check_server("postgresql://suksala:secret@127.0.0.1:1/suksala")
    assert "secret" not in f"{caught.value} {caught.value.th} {caught.value.en}"
    assert caught.value.__suppress_context__


def test_a_database_elsewhere_is_reached_by_checked_tls_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused before a line is opened; made-up data may travel in clear."""
    tried: list[str] = []

    def connect(url: str, **_: object) -> None:
        tried.append(url)
        raise psycopg.OperationalError

    monkeypatch.setattr(psycopg, "connect", connect)
    monkeypatch.delenv("SUKSALA_DEMO", raising=False)
    monkeypatch.delenv("SUKSALA_DEBUG", raising=False)
    settings.forget()
    address = "postgresql://suksala:secret@db.example/suksala"
    with pytest.raises(OpenLine) as caught:
        check_server(f"{address}?sslmode=require")
    assert (tried, "secret" in f"{caught.value.th} {caught.value.en}") == ([], False)
    with pytest.raises(NoServer):
        check_server(f"{address}?sslmode=verify-full")
    with pytest.raises(NoServer):
        check_server(address, demo=True)
    assert tried == [f"{address}?sslmode=verify-full", address]
    monkeypatch.undo()
    settings.forget()


@pytest.mark.parametrize(
    ("keys", "verdict"),
    [("data-epoch-keys", Verdict.OK), ("data/keys", Verdict.BAD), ("data", Verdict.BAD), (".", Verdict.BAD)],
)
def test_keys_of_emergency_copies_lie_outside_the_backup(
    reachable: Path, monkeypatch: pytest.MonkeyPatch, keys: str, verdict: Verdict
) -> None:
    """Beside the data folder, neither in it nor around it."""
    monkeypatch.setenv("SUKSALA_EPOCH_KEYS", str(reachable / keys))
    settings.forget()
    assert by_name(reachable / "data")["epoch keys"].verdict is verdict
    settings.forget()


def test_keys_that_others_can_reach_are_complained_of(reachable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (reachable / "data-epoch-keys").mkdir(mode=0o755)
    monkeypatch.delenv("SUKSALA_EPOCH_KEYS", raising=False)
    settings.forget()
    assert by_name(reachable / "data")["epoch keys"].verdict is Verdict.BAD
    (reachable / "data-epoch-keys").chmod(0o700)
    assert by_name(reachable / "data")["epoch keys"].verdict is Verdict.OK


def test_a_key_that_others_can_read_is_complained_of(reachable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = reachable / "data-epoch-keys"
    keys.mkdir(mode=0o700)
    (keys / "20261125T031500Z-0.key").touch(mode=0o640)
    monkeypatch.delenv("SUKSALA_EPOCH_KEYS", raising=False)
    settings.forget()
    found = by_name(reachable / "data")["epoch keys"]
    assert found.verdict is Verdict.BAD
    assert "chmod 600" in found.en
    (keys / "20261125T031500Z-0.key").chmod(0o600)
    assert by_name(reachable / "data")["epoch keys"].verdict is Verdict.OK


def test_a_key_folder_that_cannot_be_made_is_complained_of(reachable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (reachable / "file").touch()
    monkeypatch.setenv("SUKSALA_EPOCH_KEYS", str(reachable / "file" / "keys"))
    settings.forget()
    found = by_name(reachable / "data")["epoch keys"]
    assert found.verdict is Verdict.BAD
    assert "SUKSALA_EPOCH_KEYS" in found.th
    settings.forget()


def test_a_key_folder_that_cannot_be_made_stops_no_server(reachable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The supervisor's housekeeping tells it in the log and goes on."""
    (reachable / "file").touch()
    monkeypatch.setenv("SUKSALA_EPOCH_KEYS", str(reachable / "file" / "keys"))
    monkeypatch.setattr("suksala.foundation.jobs.rescue", lambda: (_ for _ in ()).throw(psycopg.OperationalError))
    settings.forget()
    with capture_logs() as told:
        keep_house()
    settings.forget()
    assert [(line["event"], line["error_type"]) for line in told] == [
        ("the key folder cannot be used", "KeyFolderProblem"),
        ("housekeeping failed", "OperationalError"),
    ]


PROVIDER = """[[provider]]
id = "hospital-a"
kind = "oidc"
name_th = "โรงพยาบาล ก"
name_en = "Hospital A"
issuer = "https://login.example"
client_id = "suksala"
client_secret = "hush"
"""


@pytest.mark.parametrize(
    ("content", "mode", "name", "verdict"),
    [
        (PROVIDER.encode(), 0o600, "identity providers", Verdict.OK),
        (PROVIDER.encode(), 0o640, "identity providers", Verdict.OK),  # the group may be the server's own
        (PROVIDER.encode(), 0o644, "identity providers", Verdict.BAD),
        (b"", 0o600, "identity providers", Verdict.OK),
        (PROVIDER.replace("https", "http").encode(), 0o600, "SKL-SIGNIN-011", Verdict.BAD),
        (b"[[provider", 0o600, "SKL-SIGNIN-011", Verdict.BAD),
        (PROVIDER.encode("cp874"), 0o600, "SKL-SIGNIN-011", Verdict.BAD),
        (None, 0o600, "SKL-SIGNIN-011", Verdict.BAD),
    ],
)
def test_the_file_of_identity_providers_is_looked_at(
    reachable: Path, monkeypatch: pytest.MonkeyPatch, content: bytes | None, mode: int, name: str, verdict: Verdict
) -> None:
    """Sound and closed to others; not there, not text, no TOML, an address without TLS. No secret is printed."""
    path = reachable / "providers.toml"
    if content is not None:
        path.write_bytes(content)
        path.chmod(mode)
    monkeypatch.setenv("SUKSALA_PROVIDERS", str(path))
    settings.forget()
    found = by_name(reachable / "data")
    settings.forget()
    assert found[name].verdict is verdict
    assert "hush" not in repr(found)
    if verdict is Verdict.OK:
        assert found[name].found == f"{'hospital-a' if content else 'none'} in {path}"
