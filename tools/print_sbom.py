"""Print the inventory of installed packages as CycloneDX 1.6, from requirements/runtime.txt: `make sbom`.

Of each pin its name, version and the SHA-256 of every file that may be installed for it. Who depends on whom stands in
no list, so all of them hang on Suksala. Source: ECMA-424 (CycloneDX), ASVS 5 V15.1.2; decision 0147.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom import Bom
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.output.json import JsonV1Dot6
from packageurl import PackageURL

ROOT = Path(__file__).parents[1]
_PIN = re.compile(r"(?P<name>[A-Za-z0-9._-]+)(?:\[[a-z,]+\])?==(?P<version>[^ ;]+)")
_HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


class Pin(NamedTuple):
    """One package of a list, and the digests of its files (SHA-256, hex)."""

    name: str
    version: str
    digests: tuple[str, ...]


def pins(listed: str) -> Iterator[Pin]:
    """The pins of a list as `make lock` writes it. Raises ValueError for a line that pins nothing."""
    for line in listed.replace("\\\n", " ").splitlines():
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        found = _PIN.match(line)
        if found is None:
            raise ValueError(f"no pin: {line[:80]}")
        yield Pin(found["name"], found["version"], tuple(_HASH.findall(line)))


def inventory(version: str, pinned: Iterable[Pin]) -> str:
    """The CycloneDX document (JSON) of this version of Suksala, which stands on these packages."""
    ours = Component(name="suksala", version=version, type=ComponentType.APPLICATION, bom_ref="suksala")
    components = [_component(pin) for pin in pinned]
    bom = Bom(components=components)
    bom.metadata.component = ours
    bom.register_dependency(ours, components)
    return JsonV1Dot6(bom).output_as_string(indent=2)


def _component(pin: Pin) -> Component:
    purl = PackageURL(type="pypi", name=pin.name, version=pin.version)
    return Component(
        name=pin.name,
        version=pin.version,
        type=ComponentType.LIBRARY,
        purl=purl,
        bom_ref=str(purl),
        hashes=[HashType(alg=HashAlgorithm.SHA_256, content=digest) for digest in pin.digests],
    )


def main() -> None:
    """Print it to standard output."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
    listed = (ROOT / "requirements" / "runtime.txt").read_text(encoding="utf-8")
    sys.stdout.write(inventory(version, pins(listed)) + "\n")


if __name__ == "__main__":
    main()
