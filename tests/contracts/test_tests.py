"""Every test can fail: it asserts, waits for an error, or calls a helper of its own file that does."""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).parents[2]
LOOKS = ("raises", "expect")


def called(node: ast.AST) -> set[str]:
    """The last words of what is called within: `raises` for `pytest.raises(...)`, `holds` for `self.holds(...)`."""
    calls = (one.func for one in ast.walk(node) if isinstance(one, ast.Call))
    return {getattr(one, "attr", "") or getattr(one, "id", "") for one in calls}


def looks(function: ast.FunctionDef) -> bool:
    """Whether its own lines can fail on what they see; decorators do not count."""
    return any(
        any(isinstance(node, ast.Assert) for node in ast.walk(line)) or not called(line).isdisjoint(LOOKS)
        for line in function.body
    )


def blind(text: str) -> list[str]:
    """The tests of a file that pass whatever the product does, unless it breaks down."""
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef)]
    sees = {function.name for function in functions if looks(function)}
    return [
        function.name
        for function in functions
        if function.name.startswith("test_") and function.name not in sees and called(function).isdisjoint(sees)
    ]


def test_every_test_can_fail() -> None:
    """Running without an error proves that nothing broke down, not that the answer is right."""
    files = sorted((ROOT / "tests").rglob("test_*.py"))
    assert len(files) > 200
    found = {str(path.relative_to(ROOT)): blind(path.read_text(encoding="utf-8")) for path in files}
    assert {path: names for path, names in found.items() if names} == {}


def test_the_look_bites() -> None:
    """An assertion of its own or of a helper in the file counts; a helper from elsewhere is not seen."""
    text = """
def holds(): assert True
def test_blind(): run()
def test_asserts(): assert run() == 1
def test_waits():
    with pytest.raises(ValueError): run()
def test_by_its_own_helper(): self.holds()
def test_by_another(): how_to.run()
"""
    assert blind(text) == ["test_blind", "test_by_another"]
