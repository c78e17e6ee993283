"""Only `exchange` speaks SQL to the record: every other module asks it, with a permit (T08)."""

from __future__ import annotations

import ast
import re
from pathlib import Path

SOURCE = Path(__file__).parents[2] / "src" / "suksala"
TABLE = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO|ONLY)\s+(?:resource|resource_history)\b(?!_)")


def statements(path: Path) -> list[str]:
    """The texts of a file that speak SQL to the record."""
    tree = ast.parse(path.read_text())
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [text for text in texts if TABLE.search(text)]


def test_nobody_else_speaks_to_the_record() -> None:
    """Outside `exchange` no file at all."""
    found = {path.relative_to(SOURCE).parts[0] for path in SOURCE.rglob("*.py") if statements(path)}
    assert found == {"exchange"}
