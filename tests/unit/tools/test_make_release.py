"""A release is a commit, built twice to the same bytes, listed, summed up and signed (T25)."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from tools import make_release
from tools.make_release import NoRelease, built_twice, make, signing_key

ROOT = Path(__file__).parents[3]


def git(folder: Path, *arguments: str) -> None:
    command = ["git", "-c", "user.name=Made up", "-c", "user.email=made-up@example.org", *arguments]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=60)


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A small repository that is built as ours is: its own package, our rules of building and our pins."""
    folder = tmp_path / "house"
    (folder / "src" / "suksala").mkdir(parents=True)
    (folder / "src" / "suksala" / "__init__.py").write_text('"""Small."""\n')
    (folder / "requirements").mkdir()
    for name in ("pyproject.toml", "README.md", "LICENSE", "THIRD_PARTY_NOTICES.md", "requirements/runtime.txt"):
        shutil.copy(ROOT / name, folder / name)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "First")
    return folder


def test_a_release_can_be_checked_with_common_tools(house: Path, tmp_path: Path) -> None:
    """sdist, wheel, inventory, sums and their signature; a changed byte is found by each."""
    key = Ed25519PrivateKey.generate()
    dist = tmp_path / "dist"
    names = [path.name for path in make(key, dist, root=house)]
    wheel, sdist = "suksala-0.1.0-py3-none-any.whl", "suksala-0.1.0.tar.gz"
    assert sorted(names) == ["SHA256SUMS", "SHA256SUMS.sig", wheel, "suksala-0.1.0.cdx.json", sdist]
    check = ["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"]
    assert subprocess.run(check, cwd=dist, check=False, capture_output=True, timeout=60).returncode == 0
    summed = (dist / "SHA256SUMS").read_bytes()
    assert summed.count(b"\n") == 3
    key.public_key().verify((dist / "SHA256SUMS.sig").read_bytes(), summed)
    with pytest.raises(InvalidSignature):
        key.public_key().verify((dist / "SHA256SUMS.sig").read_bytes(), summed.replace(b"0", b"1", 1))
    assert len(json.loads((dist / "suksala-0.1.0.cdx.json").read_text())["components"]) > 50
    (dist / sdist).write_bytes((dist / sdist).read_bytes() + b"x")
    assert subprocess.run(check, cwd=dist, check=False, capture_output=True, timeout=60).returncode == 1


def test_openssl_checks_the_signature(house: Path, tmp_path: Path) -> None:
    """As the guide says, without a line of ours."""
    key = Ed25519PrivateKey.generate()
    dist = tmp_path / "dist"
    list(make(key, dist, root=house))
    public = dist / "release.pub"
    public.write_bytes(key.public_key().public_bytes(form.Encoding.PEM, form.PublicFormat.SubjectPublicKeyInfo))
    command = "openssl pkeyutl -verify -pubin -inkey release.pub -rawin -in SHA256SUMS -sigfile SHA256SUMS.sig"
    assert command in (ROOT / "docs" / "how-to" / "make-a-release.md").read_text()
    assert subprocess.run(command.split(), cwd=dist, check=False, capture_output=True, timeout=60).returncode == 0
    (dist / "SHA256SUMS").write_bytes(b"another\n")
    assert subprocess.run(command.split(), cwd=dist, check=False, capture_output=True, timeout=60).returncode == 1


def test_the_wheel_holds_what_the_commit_holds(house: Path, tmp_path: Path) -> None:
    """Not what lies about in the folder; the same commit gives the same bytes later."""
    (house / ".gitignore").write_text("secret.py\n")
    git(house, "add", "-A")
    git(house, "commit", "-qm", "Second")
    (house / "src" / "suksala" / "secret.py").write_text("SECRET = 1\n")
    first = built_twice("HEAD", tmp_path / "one", house)
    again = built_twice("HEAD", tmp_path / "two", house)
    assert [make_release.digest(path) for path in first] == [make_release.digest(path) for path in again]
    [wheel] = [path for path in first if path.suffix == ".whl"]
    with zipfile.ZipFile(wheel) as content:
        assert not [name for name in content.namelist() if "secret" in name]


def test_two_builds_that_differ_are_no_release(house: Path, tmp_path: Path) -> None:
    """Here a step of the build writes its place into the package. Nothing is left in dist."""
    (house / "hatch_build.py").write_text(
        "from pathlib import Path\n"
        "from hatchling.builders.hooks.plugin.interface import BuildHookInterface\n"
        "class Place(BuildHookInterface):\n"
        "    def initialize(self, version, build_data):\n"
        "        Path(self.root, 'src/suksala/place.py').write_text(repr(self.root))\n"
    )
    with (house / "pyproject.toml").open("a") as settings:
        settings.write("\n[tool.hatch.build.hooks.custom]\n")
    git(house, "add", "-A")
    git(house, "commit", "-qm", "Third")
    with pytest.raises(NoRelease, match="differ"):
        list(make(Ed25519PrivateKey.generate(), tmp_path / "dist", root=house))
    assert not (tmp_path / "dist").exists()


def test_what_is_not_committed_is_no_release(house: Path, tmp_path: Path) -> None:
    """A file that git knows nothing of counts too."""
    (house / "more.txt").write_text("more")
    with pytest.raises(NoRelease, match="not committed"):
        list(make(Ed25519PrivateKey.generate(), tmp_path / "dist", root=house))
    assert not (tmp_path / "dist").exists()


def test_the_key_is_an_ed25519_key_that_nobody_else_reads(tmp_path: Path) -> None:
    """Both sides of each."""
    place = tmp_path / "release.key"

    def keep(key: Ed25519PrivateKey | ec.EllipticCurvePrivateKey, mode: int) -> None:
        place.unlink(missing_ok=True)
        place.write_bytes(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()))
        place.chmod(mode)

    own = Ed25519PrivateKey.generate()
    keep(own, 0o600)
    assert signing_key(place).private_bytes_raw() == own.private_bytes_raw()
    keep(own, 0o640)
    with pytest.raises(NoRelease, match="others"):
        signing_key(place)
    keep(ec.generate_private_key(ec.SECP256R1()), 0o600)
    with pytest.raises(NoRelease, match="no Ed25519 key"):
        signing_key(place)
    place.write_bytes(b"nothing")
    with pytest.raises(NoRelease, match="no Ed25519 key"):
        signing_key(place)
