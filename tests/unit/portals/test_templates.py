"""Rules that every template keeps: both languages through one mechanism, nothing the content policy would refuse."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from suksala import portals

FOLDER = Path(portals.__file__).parent / "templates"
TEMPLATES = sorted(FOLDER.rglob("*.jinja"))
THAI = re.compile(r"[\u0e00-\u0e7f]")
CALL = re.compile(r"\bt\(\s*(?:\"[^\"]*\"|'[^']*')\s*,\s*(?:\"[^\"]*\"|'[^']*')", re.DOTALL)
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_no_thai_stands_outside_a_pair(path: Path) -> None:
    """Thai outside `t("ไทย", "English")` would be Thai on an English page; the switch to Thai itself may be."""
    text = COMMENT.sub("", path.read_text(encoding="utf-8"))
    left = CALL.sub("", text).replace(">ภาษาไทย<", "")
    assert [line.strip() for line in left.splitlines() if THAI.search(line)] == []


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(FOLDER).as_posix())
def test_no_template_carries_style_or_script_of_its_own(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert not re.search(r"\sstyle=|<style|\son\w+=|hx-on|javascript:", text)
    assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", text))
    assert "|safe" not in text.replace(" ", "")
