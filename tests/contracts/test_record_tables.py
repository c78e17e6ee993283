"""Only `exchange` speaks SQL to the record, every other module asks it with a permit; and there each function puts the
permit's predicate on what it asks, or it is told here why not (T08; decision 0197).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from tests.record_statements import FOR_NOBODY, SPEAKS

SOURCE = Path(__file__).parents[2] / "src" / "suksala"
TABLE = re.compile(r"\b(?:FROM|JOIN|UPDATE|INTO|ONLY)\s+(?:resource|resource_history)\b(?!_)")
MAKERS = {"permitted", "opened", "opened_former", "open_rows", "open_among"}

NO_RECORD = {"bulk_storage.forget": "tables of jobs"}  # names tables that are filled in, none of them the record's
# The permit stands in what they are given, or in what they are put into: tests/property/test_every_alias.py looks.
GIVEN = {
    "at.ends": "ties two aliases, each of which stands under the permit where it is named",
    "at.located": "ids, to compare those of an alias with",
    "at.beside_rows": "what is kept beside a row of an alias",
    "narratives._of_narrative": "the narrative of a row of an alias",
    "ordering._beside": "what is kept beside a row of an alias, to put the rows in order",
    "ordering._number": "what is kept beside a row of an alias, to put the rows in order",
    "ordering._words": "what is kept beside a row of an alias, to put the rows in order",
    "reads._present": "`allowed`, of by_id and by_id_or_deleted",
    "searching._bodies": "the bodies of a page's own rows",
    "searching._rows": "`where`, which _run begins with open_rows",
    "searching._with_included": "the rows of a page, and of the steps from it",
    "versions._current": "_open, of the version after",
    "versions._narrower": "ids, to compare those of a version with",
    "versions._one_of": "_open, of one version",
    "versions._versions": "_open, of the versions of one table",
    "views._page": "`where`, which _chosen begins with open_rows",
}


def statements(path: Path) -> list[str]:
    """The texts of a file that speak SQL to the record."""
    tree = ast.parse(path.read_text())
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    return [text for text in texts if TABLE.search(text)]


def _speaks(node: ast.AST) -> bool:
    """Whether a text of the code, not of its documentation, speaks to the record or to what is kept beside it."""
    told = {ast.get_docstring(one, clean=False) for one in ast.walk(node) if isinstance(one, ast.FunctionDef)}
    return any(SPEAKS.search(text) for text in _texts(node) if text not in told)


def _texts(node: ast.AST) -> Iterator[str]:
    for one in ast.walk(node):
        if isinstance(one, ast.JoinedStr):
            yield "".join(
                part.value if isinstance(part, ast.Constant) else f"{{{ast.unparse(part.value)}}}"
                for part in one.values
            )
        elif isinstance(one, ast.Constant) and isinstance(one.value, str):
            yield one.value


def _names(node: ast.AST) -> set[str]:
    return {one.id for one in ast.walk(node) if isinstance(one, ast.Name)}


@cache
def askers() -> dict[str, bool]:
    """Every function of exchange that holds or uses such a text, as module.function; whether it makes a predicate."""
    found = {}
    for path in sorted((SOURCE / "exchange").glob("*.py")):
        tree = ast.parse(path.read_text())
        kept = _kept(tree)
        for node in ast.walk(tree):
            if isinstance(node, ast.FunctionDef) and (_speaks(node) or _names(node) & kept):
                found[f"{path.stem}.{node.name}"] = bool(_names(node) & MAKERS)
    return found


def _kept(tree: ast.Module) -> set[str]:
    """The names of the module's texts that speak to the record, those made of others too."""
    kept: set[str] = set()
    for node in tree.body:
        if isinstance(node, ast.Assign) and (_speaks(node.value) or _names(node.value) & kept):
            kept |= {target.id for target in node.targets if isinstance(target, ast.Name)}
    return kept


def test_nobody_else_speaks_to_the_record() -> None:
    """Outside `exchange` no file at all."""
    found = {path.relative_to(SOURCE).parts[0] for path in SOURCE.rglob("*.py") if statements(path)}
    assert found == {"exchange"}


def test_whoever_asks_makes_a_predicate_or_says_why_not() -> None:
    """A new statement without one has to be told here, and one that got its own is struck off."""
    without = {name for name, makes in askers().items() if not makes}
    assert without == FOR_NOBODY.keys() | GIVEN.keys() | NO_RECORD.keys()


def test_the_check_bites() -> None:
    """It sees statements in constants, in f-strings and in constants made of others."""
    assert {name for name, makes in askers().items() if makes} >= {
        "alike._links",
        "conditions._related",
        "ties.household_keys",
    }
    tree = ast.parse(
        '_A = f"x {y} FROM resource_text t"\n_B = _A + "z"\ndef f():\n    "FROM resource"\n    return _B\n'
    )
    assert _kept(tree) == {"_A", "_B"}
    assert not _speaks(tree.body[-1])
