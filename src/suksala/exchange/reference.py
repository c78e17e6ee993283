"""docs/reference/fhir-search.md, printed from the tables that the FHIR API itself goes by (`make docs`)."""
# ruff: noqa: E501 - a row of a table reads best on one line

from __future__ import annotations

from . import includes
from .filters import MODIFIERS, MOST_LINKS, MOST_VALUES, kind_of
from .parameters import STORED, TARGET, answered, references
from .query import DEFAULT_COUNT, MOST_COUNT, MOST_PARAMETERS
from .searching import MOST_INCLUDED, MOST_MILLISECONDS

_HEAD = f"""# FHIR search

Printed from the code (`make docs`). `GET /fhir/[type]?…` or `POST /fhir/[type]/_search`, FHIR R4, JSON. Whatever is
not listed here is refused with an OperationOutcome; `Prefer: handling=lenient` leaves unknown parameters out, and the
self link shows what was used. A comma is OR, a repeated parameter is AND; a `\\` before a comma takes its meaning away.

| form | answer |
|---|---|
| token | `code`, `system\\|code`, `\\|code` (no system), `system\\|` (any code of it); `:not`, `:missing` |
| string | begins with, without regard to case, tone marks and accents; `:contains`, `:exact`, `:missing` |
| date | `eq ne gt lt ge le sa eb ap`; a day is a day in Bangkok, years are Gregorian; `:missing` |
| reference | `id`, `Type/id` or an address; `patient=` covers every registration of the same human; `:[type]`, `:missing` |
| chain | `encounter.class=AMB`, `subject:Patient.birthdate=1970`, `encounter.patient.gender=female`; to one registration (R-60) |
| `_has` | `Patient?_has:Observation:patient:code=4548-4`; may be nested and hold chains, up to {MOST_LINKS} references in one parameter |
| `_include`, `_revinclude` | up to {MOST_INCLUDED} resources a page, an OperationOutcome among the entries says when there is more; `:iterate` goes on |
| `_sort` | by the type's dates, `_lastUpdated` and `_id`, several keys, `-` for descending; newest first when nothing is asked |
| `_count` | {DEFAULT_COUNT} when nothing is asked, at most {MOST_COUNT}; follow the link `next` as it stands |
| `_total` | `none` when nothing is asked; `accurate` and `estimate` count |
| `_summary` | `true`, `text`, `data`, `count`, `false`; also on a read |
| `_elements` | elements at the root of the type, besides mandatory ones; also on a read |
| `_pretty`, `_format` | indented JSON; JSON only; also on a read |

One search has at most {MOST_PARAMETERS} parameters of {MOST_VALUES} values each. A token needs the search scope of
every type that a chain, `_has` or an include touches. What the permit does not open is no match, no step of a chain,
brings nothing along and is in no total. A search that counts, leads to other types, excludes, or asks for what no index
holds is stopped after {MOST_MILLISECONDS // 1000} s with `too-costly`.
"""


def reference_markdown() -> str:
    """The page."""
    return "\n".join([_HEAD, *(_type(rtype) for rtype in sorted(STORED))])


def _type(rtype: str) -> str:
    lines = [f"## {rtype}", "", "| parameter | type | modifiers | leads to |", "|---|---|---|---|"]
    lines += [_row(rtype, name, found.kind) for name, found in answered(rtype).items()]
    forwards, backwards = (", ".join(f"`{name}`" for name in found) for found in _brought(rtype))
    lines += ["", f"`_include`: {forwards or 'none'}. `_revinclude`: {backwards or 'none'}.", ""]
    return "\n".join(lines)


def _brought(rtype: str) -> tuple[list[str], list[str]]:
    return includes.forwards(rtype), includes.backwards(rtype)


def _row(rtype: str, name: str, kind: str) -> str:
    searched, links = kind_of(rtype, name), references(rtype)
    modifiers = ", ".join(f"`:{modifier}`" for modifier in MODIFIERS[searched]) if searched else ""
    return f"| `{name}` | {kind} | {modifiers} | {TARGET[links[name]] if name in links else ''} |"
