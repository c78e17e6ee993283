"""Every stable code of an error that stands in the sources, with who bears it and what it says: printed into
docs/reference/errors.md, and looked at by a contract test.

A code stands at a class (`code = "SKL-…"`), or is given where an error is made (`code="SKL-…"`); the latter is told
with the English sentence beside it. Codes that are put together from a family and a number are not seen here: those of
deposits stand in docs/reference/receipt.md.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import NamedTuple

SOURCE = Path(__file__).parents[1] / "src"
CODE = re.compile(r"SKL-[A-Z0-9]+(-[A-Z0-9]+)*")
OF_STATUS = re.compile(r"SKL-FHIR-[2-5][0-9][0-9]")  # what an OperationOutcome bears that has no code of its own


class Use(NamedTuple):
    """One place where a code stands.

    by     the class that bears it, or what is called with it
    own    it is the class's own
    says   the first line of the class, or the English sentence, with … for what is filled in
    place  file and line
    """

    code: str
    by: str
    own: bool
    says: str
    place: str


@cache
def uses() -> list[Use]:
    """Every one, by code."""
    return sorted(
        use
        for path in SOURCE.rglob("*.py")
        for use in of_source(path.read_text(encoding="utf-8"), str(path.relative_to(SOURCE)))
    )


def of_source(text: str, name: str) -> Iterator[Use]:
    """Those of one file."""
    tree = ast.parse(text)
    named = {
        target.id: line.value.value
        for line in tree.body
        if isinstance(line, ast.Assign) and isinstance(line.value, ast.Constant) and _code(line.value, {})
        for target in line.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for code, line in _own(node):
                yield Use(code, node.name, True, _first_line(node), f"{name}:{line}")
        elif isinstance(node, ast.Call):
            given = [*node.args, *(word.value for word in node.keywords)]
            codes = {code for value in given if (code := _code(value, named))}
            for code in codes:
                yield Use(code, _name(node.func), False, _english(given), f"{name}:{node.lineno}")


def shared(found: Iterable[Use]) -> dict[str, set[str]]:
    """The codes that stand for more than one kind of error, with who bears them."""
    bearers: dict[str, set[str]] = {}
    for use in found:
        if use.own or not OF_STATUS.fullmatch(use.code):
            bearers.setdefault(use.code, set()).add(use.by)
    return {code: by for code, by in bearers.items() if len(by) > 1}


def page() -> str:
    """docs/reference/errors.md."""
    found = [use for use in uses() if use.own or not OF_STATUS.fullmatch(use.code)]
    rows = dict.fromkeys(f"| {use.code} | `{use.by}` | {use.says.replace('|', chr(92) + '|')} |" for use in found)
    return "\n".join([_HEAD, *rows, ""])


_HEAD = """# รหัสข้อผิดพลาด · Codes of errors

Printed from the code (`make docs`). A code is stable and stands for one kind of error; every message has Thai and
English, says where and what, what was expected and what to do, and no value. Over FHIR a refusal without a code of its
own bears that of its HTTP status (`SKL-FHIR-404`), a refused deposit one of [receipt.md](receipt.md). What is filled in
stands here as `…`.

| code | error | meaning |
|---|---|---|"""


def _own(node: ast.ClassDef) -> Iterator[tuple[str, int]]:
    for line in node.body:
        is_code = isinstance(line, ast.Assign) and [t.id for t in line.targets if isinstance(t, ast.Name)] == ["code"]
        if is_code and (code := _code(line.value, {})):  # type: ignore[union-attr]
            yield code, line.lineno


def _code(value: ast.AST | None, named: dict[str, str]) -> str | None:
    """The code that a value is, as a text or as a name of the file."""
    if isinstance(value, ast.Name):
        return named.get(value.id)
    text = value.value if isinstance(value, ast.Constant) else None
    return text if isinstance(text, str) and CODE.fullmatch(text) else None


def _first_line(node: ast.ClassDef) -> str:
    return (ast.get_docstring(node) or "").partition("\n\n")[0].replace("\n", " ")


def _name(called: ast.expr) -> str:
    return called.attr if isinstance(called, ast.Attribute) else called.id if isinstance(called, ast.Name) else ""


def _english(given: Iterable[ast.expr]) -> str:
    """Of the texts that one error is given, the English one: it has the most letters of the alphabet."""
    if any(isinstance(value, ast.Attribute) and value.attr == "en" for value in given):
        return "What the error behind it says."
    texts = [text for value in given if not CODE.fullmatch(text := _text(value))]
    return max(texts, key=lambda text: len(re.findall("[A-Za-z]", text)), default="").strip()


def _text(value: ast.expr) -> str:
    if isinstance(value, ast.Constant):
        return value.value if isinstance(value.value, str) else ""
    if isinstance(value, ast.JoinedStr):
        return "".join(_text(part) if isinstance(part, ast.Constant) else "…" for part in value.values)
    return ""
