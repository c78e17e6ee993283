"""Make a release into dist/: sdist and wheel built twice and compared, the inventory of packages, signed checksums.

`make release KEY=release.key`. What is built is what stands in the commit, never what lies in the folder; two builds in
two places, at two times of day, must agree to the byte, so that anybody can build the same and compare. SHA256SUMS is
signed with Ed25519; `openssl pkeyutl` checks it (docs/how-to/make-a-release.md). Source: threat T25, SLSA level 2.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key

from tools.print_sbom import inventory, pins

ROOT = Path(__file__).parents[1]
SUMS = "SHA256SUMS"


class NoRelease(Exception):
    """Why no release was made. dist/ is as it was."""


def signing_key(path: Path) -> Ed25519PrivateKey:
    """The key of releases (PEM, PKCS#8). Raises NoRelease for another kind of key, or a file that others can read."""
    if stat.S_IMODE(path.stat().st_mode) & 0o077:
        raise NoRelease(f"{path.name} can be read by others: chmod 600")
    try:
        key = load_pem_private_key(path.read_bytes(), password=None)
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise NoRelease(f"{path.name} is no Ed25519 key: openssl genpkey -algorithm ed25519 -out {path.name}")
    return key


def built_twice(commit: str, folder: Path, root: Path = ROOT) -> list[Path]:
    """Build a commit in two places and return the files of the first. Raises NoRelease when a byte differs."""
    moment = _git(root, "show", "-s", "--format=%ct", commit)
    first, second = (
        _build(commit, folder / name, moment, zone, root) for name, zone in (("a", "UTC"), ("b", "Asia/Bangkok"))
    )
    told = [{path.name: digest(path) for path in built} for built in (first, second)]
    if told[0] != told[1] or len(told[0]) != 2:
        raise NoRelease(f"two builds of {commit} differ: {sorted(set(told[0].items()) ^ set(told[1].items()))}")
    return first


def _build(commit: str, place: Path, moment: str, zone: str, root: Path) -> list[Path]:
    source, out = place / "source", place / "out"
    source.mkdir(parents=True)
    packed = place / "commit.tar"
    _git(root, "archive", "--format=tar", f"--output={packed}", commit)
    subprocess.run(["tar", "-xf", str(packed), "-C", str(source)], check=True, timeout=60)
    env = {**os.environ, "SOURCE_DATE_EPOCH": moment, "TZ": zone, "PYTHONPATH": ""}
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(out)]
    subprocess.run(command, cwd=source, env=env, check=True, capture_output=True, timeout=300)
    return sorted(out.iterdir())


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True, timeout=60)
    return done.stdout.strip()


def digest(path: Path) -> str:
    """SHA-256 of a file, hex."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def sums(files: list[Path]) -> str:
    """As `sha256sum` writes them, and `sha256sum --check` reads them."""
    return "".join(f"{digest(path)}  {path.name}\n" for path in sorted(files))


def make(key: Ed25519PrivateKey, dist: Path, commit: str = "HEAD", root: Path = ROOT) -> Iterator[Path]:
    """Build, list, sum up and sign; the files lie in `dist`. Raises NoRelease."""
    if _git(root, "status", "--porcelain"):
        raise NoRelease("there are changes that are not committed: a release is a commit")
    with tempfile.TemporaryDirectory() as folder:
        built = built_twice(_git(root, "rev-parse", commit), Path(folder), root)
        version = built[0].name.split("-")[1]
        listed = Path(folder) / f"suksala-{version}.cdx.json"
        listed.write_text(inventory(version, pins((root / "requirements" / "runtime.txt").read_text())))
        summed = Path(folder) / SUMS
        summed.write_text(sums([*built, listed]))
        signed = Path(folder) / f"{SUMS}.sig"
        signed.write_bytes(key.sign(summed.read_bytes()))
        dist.mkdir(exist_ok=True)
        for path in (*built, listed, summed, signed):
            yield Path(shutil.copy(path, dist / path.name))


def main() -> int:
    """Make a release of the present commit; 1 and a sentence where none was made."""
    told = argparse.ArgumentParser(description="Make a signed release into dist/.")
    told.add_argument("key", type=Path, help="Ed25519 key of releases, PEM")
    try:
        for path in make(signing_key(told.parse_args().key), ROOT / "dist"):
            print(path.relative_to(ROOT))
    except (NoRelease, OSError) as problem:
        print(problem, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
