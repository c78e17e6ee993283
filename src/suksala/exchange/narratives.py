"""Free text: `_text` in the narrative of a resource, `_content` in everything that it says.

Thai writes no blanks between words, so a Thai word is found wherever it stands in the text, and any other at the
beginning of a word. Narratives are kept folded, as names are, under an index of trigrams; deposits bring none, so they
cost an import nothing. `_content` reads bodies, letter for letter but for capitals.
Source: FHIR R4 search, _text and _content; decision 0076.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Iterator
from typing import Any

from suksala.standards.thai_codes import folded_text

from . import bodies
from .at import At
from .domain import SearchProblem
from .filters import Filter
from .predicate import Clause, either
from .values import fold

MOST_WORDS = 20  # of one expression
MOST_LETTERS = 100_000  # of a narrative that are searched
_TAG = re.compile(r"<[^>]*>")
_PART = re.compile(r'"([^"]*)"|([()])|([^\s()"]+)')
_THAI = re.compile("[\u0e00-\u0e7f]")
Maker = Callable[[str], Clause]


def of(resource: dict[str, Any]) -> str | None:
    """The folded narrative of a resource, a blank before it; None where it has none."""
    narrative = resource.get("text")
    div = narrative.get("div") if isinstance(narrative, dict) else None
    if not isinstance(div, str):
        return None
    folded = folded_text(html.unescape(_TAG.sub(" ", div[: 4 * MOST_LETTERS])))[:MOST_LETTERS]
    return f" {folded}" if folded else None


def narrated(at: At, test: Filter) -> Clause:
    """`_text`: the narrative passes one of the expressions."""
    return either([_of_narrative(at, expression(test.name, value, _folded)) for value in test.values])


def contained(at: At, test: Filter) -> Clause:
    """`_content`: the narrative, or any other text of the resource, holds each word."""

    def word(text: str) -> Clause:
        return either([_of_narrative(at, _folded(text)), _of_body(at, text)])

    return either([expression(test.name, value, word) for value in test.values])


def _of_narrative(at: At, found: Clause) -> Clause:
    of_row = f"t.person = {at.alias}.person AND t.id = {at.alias}.id"
    return Clause(f"EXISTS (SELECT FROM resource_text t WHERE {of_row} AND {found.sql})", found.values)


def _folded(text: str) -> Clause:
    """A word of a narrative, `t.value`. Raises SearchProblem for signs alone."""
    word = fold(text)
    if not word:
        raise SearchProblem(
            "คำที่ค้นต้องมีตัวอักษรไทย ละติน หรือตัวเลข", "a word to look for has Thai or Latin letters, or digits"
        )
    return Clause("t.value LIKE %s", (f"%{word}%" if _THAI.match(word) else f"% {word}%",))


def _of_body(at: At, text: str) -> Clause:
    """Texts of the body but its narrative; what is packed in base64 says nothing. Looked into only where the bytes have
    the word at all.
    """
    written = bodies.literal(text)
    found = (
        '$.** ? (@.type() == "string" && @ like_regex ' + written + ' flag "iq" && '
        '!(@ like_regex "^[A-Za-z0-9+/=]{100,}$"))'
    )
    like = "%" + re.sub(r"([\\%_])", r"\\\1", written[1:-1]) + "%"
    body = f"convert_from({at.alias}.body, 'UTF8')"
    sql = (
        f"CASE WHEN {body} ILIKE %s "
        f"THEN jsonb_path_exists({body}::jsonb #- '{{text,div}}', %s::jsonpath) ELSE false END"
    )
    return Clause(sql, (like, found))


# ---- expressions: words, "phrases", AND, OR, NOT, parentheses; words beside each other are all wanted --------------


def expression(name: str, text: str, word: Maker) -> Clause:
    """Read an expression; `word` makes the test of one word or phrase. Raises SearchProblem."""
    parts = [(found[1], found[2] or found[3] or "") for found in _PART.finditer(text)]
    if not parts or len(parts) > 3 * MOST_WORDS or text.count('"') % 2:
        raise _unclear(name)
    reading = iter([*parts, (None, "")])
    found, rest = _either(name, next(reading), reading, word)
    if rest != (None, ""):
        raise _unclear(name)
    return found


Part = tuple[str | None, str]  # a phrase in quotes, or a word, sign or nothing


def _either(name: str, part: Part, left: Iterator[Part], word: Maker) -> tuple[Clause, Part]:
    found, part = _every(name, part, left, word)
    several = [found]
    while part[0] is None and part[1].upper() == "OR":
        found, part = _every(name, next(left), left, word)
        several.append(found)
    return either(several), part


def _every(name: str, part: Part, left: Iterator[Part], word: Maker) -> tuple[Clause, Part]:
    found, part = _one(name, part, left, word)
    while part != (None, "") and (part[0] is not None or part[1].upper() not in {"OR", ")"}):
        if part[0] is None and part[1].upper() == "AND":
            part = next(left)
        more, part = _one(name, part, left, word)
        found &= more
    return Clause(f"({found.sql})", found.values), part


def _one(name: str, part: Part, left: Iterator[Part], word: Maker) -> tuple[Clause, Part]:
    phrase, text = part
    if phrase is not None:
        return word(phrase), next(left)
    if text.upper() == "NOT":
        found, part = _one(name, next(left), left, word)
        return found.negated(), part
    if text == "(":
        found, part = _either(name, next(left), left, word)
        if part != (None, ")"):
            raise _unclear(name)
        return found, next(left)
    if text.upper() in {"", ")", "AND", "OR"}:
        raise _unclear(name)
    return word(text), next(left)


def _unclear(name: str) -> SearchProblem:
    return SearchProblem(
        f'{name} ใช้คำ "วลี" AND OR NOT และวงเล็บ ไม่เกิน {MOST_WORDS} คำ',
        f'{name} takes words, "phrases", AND, OR, NOT and parentheses, up to {MOST_WORDS} words',
    )
