"""docs/reference/fhir-search.md, printed from the tables that the FHIR API itself goes by (`make docs`)."""
# ruff: noqa: E501 - a row of a table reads best on one line

from __future__ import annotations

from . import includes
from .filters import MOST_LINKS, MOST_VALUES, modifiers_of
from .parameters import EVERY_TYPE, STORED, answered, references
from .query import DEFAULT_COUNT, MOST_COUNT, MOST_PARAMETERS
from .searching import MOST_INCLUDED, MOST_MILLISECONDS

_HEAD = f"""# FHIR search

Printed from the code (`make docs`). `GET /fhir/[type]?…` or `POST /fhir/[type]/_search`, FHIR R4, JSON. Whatever is
not listed here is refused with an OperationOutcome; `Prefer: handling=lenient` leaves unknown parameters out, and the
self link shows what was used. A comma is OR, a repeated parameter is AND; a `\\` before a comma takes its meaning away.

| form | answer |
|---|---|
| token | `code`, `system\\|code`, `\\|code` (no system), `system\\|` (any code of it); `:not`, `:text` (what people read begins so), `:in`, `:not-in` (value sets that are here), `:above`, `:below` (ICD-10, ICD-10-TM), `:of-type` (identifiers), `:missing` |
| string | begins with, without regard to case, tone marks and accents; `:contains`, `:exact`, `:missing` |
| date | `eq ne gt lt ge le sa eb ap`; a day is a day in Bangkok, years are Gregorian; a Timing reaches from its first to its last event; `:missing` |
| reference | `id`, `Type/id` or an address; `patient=` covers every registration of the same human, and `Patient?link=` finds whom links show and whom senders linked; `:[type]`, `:identifier`, `:missing` |
| number | the prefixes of a date; `5.4` is from 5.35 to below 5.45, `5.40` from 5.395; the other prefixes take the number as it stands; `:missing` |
| quantity | `number`, `number\\|system\\|code`, `number\\|\\|code`; UCUM units of one kind are converted exactly (mg/dL and g/L; not mg/dL and mmol/L: that is the substance's); `:missing` |
| uri | the whole address; `:below` (begins with), `:above`, `:missing` |
| composite | `code$value`, both of one and the same element; `:missing` |
| `near` | Location: `latitude\\|longitude\\|distance\\|unit`, 50 km where no distance is given |
| every type | `_id`, `_lastUpdated`, `_tag`, `_security`, `_profile`, `_source` (`:below`), `_list` (what a List names) |
| `_text` | the narrative: words (all of them), `"phrases"`, `AND`, `OR`, `NOT`, parentheses, up to 20 words; a Thai word wherever it stands, another at the beginning of a word; without regard to case, tone marks, accents and signs. Finds no other script than Thai and Latin, no synonym, no inflected form |
| `_content` | as `_text`, in every value of the resource; outside the narrative a word wherever it stands, spelt as it is written but for capitals, codes and references too; not what is packed in base64. It reads bodies: narrow it by patient, type or date |
| `_filter` | `eq ne gt lt ge le sa eb ap co sw pr in ni ss sb re` with `and`, `or`, `not (…)` and parentheses; up to 20 tests; `ew`, `po` and filters inside a path are refused |
| several types | `GET /fhir?_type=Patient,Observation&…` or `POST /fhir/_search`, newest change first; parameters of every type, or those that each named type has (up to 20 types); `_sort` by those of every type; a token needs the search scope of each type named, of all (`system/*.s`) where none is; no `_include` |
| chain | `encounter.class=AMB`, `subject:Patient.birthdate=1970`, `encounter.patient.gender=female`; to one registration (R-60) |
| `_has` | `Patient?_has:Observation:patient:code=4548-4`; may be nested and hold chains, up to {MOST_LINKS} references in one parameter |
| `_include`, `_revinclude` | every reference of the type, `[type]:[parameter]:[target]` for one target, `*` for all; up to {MOST_INCLUDED} resources a page, an OperationOutcome among the entries says when there is more; `:iterate` goes on |
| `_sort` | by any parameter whose values have an order (not composite, `near`, `deceased`), up to 5, `-` for descending: texts in the order of the Thai dictionary, codes and references letter for letter, quantities in the first unit of their kind; of several values the one that comes first; what has none comes last; newest first when nothing is asked |
| `_count` | {DEFAULT_COUNT} when nothing is asked, at most {MOST_COUNT}; follow the link `next` as it stands |
| `_total` | `none` when nothing is asked; `accurate` and `estimate` count |
| `_summary` | `true`, `text`, `data`, `count`, `false`; also on a read |
| `_elements` | elements at the root of the type, besides mandatory ones; also on a read |
| `_pretty`, `_format` | indented JSON; JSON only; also on a read |

An operator may add search parameters of their own (docs/how-to/add-a-search-parameter.md); `/fhir/metadata` names those
of a server.

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
    own = {name: found for name, found in answered(rtype).items() if name not in EVERY_TYPE}
    lines += [_row(rtype, name, found.kind) for name, found in own.items()] or ["| only those of every type | | | |"]
    told = ", ".join(f"`{name}`" for name in includes.told_backwards(rtype))
    lines += ["", f"`_revinclude`: {told or 'none'}.", ""]
    return "\n".join(lines)


def _row(rtype: str, name: str, kind: str) -> str:
    targets = references(rtype).get(name, ())
    modifiers = ", ".join(f"`:{modifier}`" for modifier in modifiers_of(rtype, name) if modifier not in targets)
    leads = ", ".join(targets) if len(targets) < includes.MOST_TOLD else "any type"
    return f"| `{name}` | {kind} | {modifiers} | {leads} |"
