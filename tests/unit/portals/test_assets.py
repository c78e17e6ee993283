"""The committed assets: what the manifest says is what lies there, and nothing names an outside address."""

from __future__ import annotations

import gzip
import hashlib
import re

import pytest

from suksala.portals import assets

NAMES = sorted(assets.manifest()["files"])


@pytest.mark.parametrize("name", NAMES)
def test_each_file_is_named_by_its_content_and_has_its_compressed_twin(name: str) -> None:
    told = assets.manifest()["files"][name]
    body = (assets.STATIC / told["file"]).read_bytes()
    assert hashlib.sha256(body).hexdigest() == told["sha256"]
    assert told["sha256"][:12] in told["file"]
    assert re.match(assets.NAMED_BY_CONTENT, told["file"])
    if "gz" in told:
        assert gzip.decompress((assets.STATIC / f"{told['file']}.gz").read_bytes()) == body
        assert (assets.STATIC / f"{told['file']}.br").stat().st_size == int(told["br"])


def test_the_folder_holds_nothing_that_the_manifest_does_not_know() -> None:
    known = {told["file"] for told in assets.manifest()["files"].values()}
    lying = {path.name.removesuffix(".br").removesuffix(".gz") for path in assets.STATIC.iterdir() if path.is_file()}
    assert lying == known | {"manifest.json"}


def test_the_style_asks_no_other_site() -> None:
    style = (assets.STATIC / assets.manifest()["files"]["suksala.css"]["file"]).read_text(encoding="utf-8")
    addresses = set(re.findall(r"https?://[^\s\"')]+", style))
    assert {a for a in addresses if not a.startswith("http://www.w3.org/")} == set()
    assert "@import" not in style
    assert "Frutiger" not in style


def test_versions_and_licences_are_told() -> None:
    packages = assets.manifest()["packages"]
    assert set(packages) == {"nhsuk-frontend", "htmx.org", "@fontsource/noto-sans-thai-looped"}
    assert all(told["version"] and told["license"] for told in packages.values())


def test_what_the_citizen_needs_is_light() -> None:
    """Style, script and four font files leave a quarter of the 100 kB for the page itself."""
    files = assets.manifest()["files"]
    sizes = [int(files[name].get("br", files[name]["bytes"])) for name in NAMES if name != "htmx.js"]
    assert sum(sizes) <= 75_000
