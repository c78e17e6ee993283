"""Files and functions stay as small as the house holds them: a reader takes in one at a time."""

from __future__ import annotations

import ast
from pathlib import Path
from statistics import median

SOURCE = Path(__file__).parents[2] / "src"
FILES = [path for path in SOURCE.rglob("*.py") if "migrations" not in path.parts]


def over(sizes: dict[str, int], most: int) -> dict[str, int]:
    """What is larger than `most` lines."""
    return {name: lines for name, lines in sizes.items() if lines > most}


def functions() -> dict[str, int]:
    """Every function with its lines, from its name to its last line."""
    return {
        f"{path.relative_to(SOURCE)}:{node.lineno} {node.name}": (node.end_lineno or 0) - node.lineno + 1
        for path in FILES
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.FunctionDef)
    }


def test_no_file_is_over_600_lines_and_95_in_100_are_under_400() -> None:
    sizes = {str(path.relative_to(SOURCE)): len(path.read_text(encoding="utf-8").splitlines()) for path in FILES}
    assert len(sizes) > 300
    assert over(sizes, 600) == {}
    assert len(over(sizes, 399)) <= len(sizes) * 5 // 100


def test_no_function_is_over_60_lines_and_half_are_under_9() -> None:
    sizes = functions()
    assert len(sizes) > 3000
    assert over(sizes, 60) == {}
    assert len(over(sizes, 39)) <= len(sizes) * 5 // 100
    assert median(sizes.values()) < 9


def test_the_look_bites() -> None:
    """Both edges."""
    assert over({"within": 60, "over": 61}, 60) == {"over": 61}
