"""Line lists know nobody's registrations and no record (decision 0177): the code that keeps them asks neither."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import suksala.lists

OF_LINES = {
    "Demographics", "LINE_ASKS", "LINE_JOINS", "LineLink", "LineModel", "LineRow", "ModelRefused", "join_lines",
    "line_keys", "line_model", "line_phone_keys", "read_line", "too_many_bearers", "train_lines", "weigh_lines",
}  # fmt: skip


def used(source: str) -> Iterator[tuple[str, str]]:
    """(module of suksala, name taken from it) wherever a file names one."""
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.level == 0 and (node.module or "").startswith("suksala"):
            for alias in node.names:
                yield (alias.name, "") if node.module == "suksala" else (node.module or "", alias.name)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            yield node.value.id, node.attr


def test_lists_take_from_identity_only_how_two_rows_compare() -> None:
    files = sorted(Path(suksala.lists.__file__).parent.glob("*.py"))
    found = {pair for file in files for pair in used(file.read_text(encoding="utf-8"))}
    assert {name for module, name in found if module in {"identity", "suksala.identity"} and name} == OF_LINES
    assert not {module.removeprefix("suksala.").split(".")[0] for module, _ in found} & {"exchange", "lake", "consent"}
