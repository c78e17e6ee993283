"""docs/reference/receipt.md, printed from the tables that the code goes by."""

from __future__ import annotations

import csv
from collections.abc import Sequence

from .answers import words
from .errors import sayings
from .limits import LIMITS
from .rules import PLAUSIBLE

HEAD = """# The receipt of a deposit

Printed from the code (`make docs`). A deposit is one zip. Its states: **received** (the bytes are safe on disk) →
**applying** → **applied**, or **refused** (nothing was taken in; the reason is below), or **voiding** → **void**
(taken back; the same zip may be sent again).

Each file of an applied deposit is **accepted**, **set aside** whole with a reason, or **ignored** because it is none
of the 43 files. Each row of an accepted file is

| severity | what happens to the row |
|---|---|
| refuse | set aside with its reasons; mend it and send it again, alone or with the next zip |
| empty | goes in, the faulty field left empty |
| flag | goes in as sent, counted |

Counts of a file, in rows: *read* = *accepted* + *refused*; *flagged* are accepted rows with a fault; of the accepted,
*won* are new or newer than the lake, *unchanged* were there letter for letter, *older* lost to a newer row of the
lake, *duplicates* to another row of the same file; *orphans* have no PERSON row; *withdrawn* left the lake by a
DATA_CORRECT. Blank lines are no rows. Lines are those of the file as sent, the header being line 1. A number that
cannot be read (text, Thai digits, 1e2, 1,200) empties its field and keeps the row.
"""

DOCUMENT = """## The receipt as JSON

One form for programs: the download beside a receipt, and each of `deposits` that `suksala ingest --json` prints (beside
them `turned_away`: `file_name`, `code`, `th`, `en` of what was not even kept). It holds no value from a row.

| key | holds |
|---|---|
| `id`, `sha256`, `file_name` | number of the deposit, SHA-256 of the zip, its name |
| `hospcode` | the sender; null until it is known |
| `state` | as above |
| `code`, `th`, `en` | why the whole deposit was refused; else empty |
| `received_at`, `applied_at` | ISO 8601; null until it was applied or refused |
| `exported_at` | from the zip's name, in Bangkok time without a zone; null if it tells none |
| `read`, `accepted`, `refused`, `flagged` | rows of all files |
| `persons` | `created`, `linked`, `reviews`: what became of the people in it |
| `files` | one for each file |
| its `file`, `entry` | name in the standard, name inside the zip |
| its `state` | `accepted`, `set-aside` or `ignored`; why not accepted: `code`, `th`, `en` |
| its `encoding`, `version`, `has_header` | how it was read; `missing` and `unknown` columns beside the standard's |
| its counts | as above |
| its `problems` | one for each rule broken: `rule`, `severity`, `rows`, `lines` (the first), `th`, `en` |
"""


def reference_markdown() -> str:
    """The whole page."""
    return "\n".join([HEAD, DOCUMENT, _kinds(), _plausible(), _codes(), _limits()])


def _table(header: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    return (
        "\n".join(lines + ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]) + "\n"
    )


def _kinds() -> str:
    rows = [(f"`{kind}`", f"{s.found_en}. {s.do_en}", f"{s.found_th} {s.do_th}") for kind, s in words().items()]
    about = (
        "## Rules of rows\n\n"
        "A rule's id is `<FILE>.<COLUMN>.<kind>`, such as `PERSON.BIRTH.buddhist-year`; `*` stands for the whole row.\n"
        "`ingest.rules_of(file)` lists all of a file. Rows are refused for columns, line, key and hospcode, for a key\n"
        "field or D_UPDATE that cannot be read, for a D_UPDATE in the future, and for a Buddhist year in a required\n"
        "date.\n\n"
    )
    return about + _table(("kind", "says", "ว่า"), rows)


def _plausible() -> str:
    with PLAUSIBLE.open(encoding="utf-8", newline="") as stream:
        rows = [(f"{r['file']}.{r['column']}.{r['rule']}", r["params"], r["source"]) for r in csv.DictReader(stream)]
    return "## Plausibility (flag)\n\n" + _table(("rule", "compares with", "why"), rows)


def _codes() -> str:
    rows = [(f"`{code}`", en, th) for code, (th, en) in sayings().items()]
    about = (
        "## Codes of zips, deposits and files\n\n"
        "SKL-FILE-001 to 008 come from reading a file's encoding and header (standards.file43).\n\n"
    )
    return about + _table(("code", "says", "ว่า"), rows)


def _limits() -> str:
    rows = [(name, f"{value:,}") for name, value in vars(LIMITS).items()]
    return "## Limits\n\n" + _table(("limit", "value"), rows)
