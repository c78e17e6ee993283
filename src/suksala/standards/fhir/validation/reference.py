"""docs/reference/fhir-validation.md, printed from the tables that the validator itself goes by (`make docs`)."""
# ruff: noqa: E501 - a row of a table reads best on one line

from __future__ import annotations

from . import tables
from .invariants import checked, rules_of
from .issues import MOST
from .profiles import profile
from .shipped import profile_urls

_REASONS = {
    "ctm-1": "needs the resource that a reference leads to",
    "dom-6": "a recommendation; systems rarely write narratives (decision 0062)",
    "ig-": "implementation guides are not kept here",
    "eld-": "definitions are not kept here",
    "sdf-": "definitions are not kept here",
    "tst-": "test scripts are not kept here",
    "tcp-": "capability statements of others are not kept here",
    "mea-": "measures are not kept as resources",
    "mrp-": "measure reports are not taken in",
    "msq-": "sequences are not taken in",
    "ppc-": "the rule names a system that does not exist",
    "md-": "message definitions are not kept here",
    "ras-": "a risk above 100 percent is left to its sender",
}

_HEAD = f"""# FHIR validation · การตรวจทรัพยากร FHIR

Printed from the code (`make docs`). Every write is checked, and `POST /fhir/[type]/$validate` (or `/fhir/$validate`) checks
without keeping: the body is a resource, or Parameters with `resource`, `mode` (create, update, profile) and `profile`; the
answer is 200 with an OperationOutcome. At most {MOST} issues are told, errors first; none repeats a value.

| what | how |
|---|---|
| structure | unknown elements, wrong JSON shape, null, empty objects, arrays and texts are errors |
| cardinality | required elements (an extension may stand for a primitive's value), one type of a choice |
| primitives | pattern, range and calendar of R4; a year from 2400 to 2699 is asked about (`buddhist-year`, warning) |
| `_` shadows | same length as the values, null only beside an extension |
| required bindings | codes of {len(tables.bound_sets())} value sets; media types and currencies by their pattern; UCUM units are not looked up |
| extensible bindings | codes of {len(tables.bound_sets(extensible=True))} value sets: another code of a system that the set draws on is a warning (decision 0081) |
| references | form, type of the target, `#id` contained, contained resources used, not nested |
| extensions | url, value or extensions; unknown extensions stay; an unknown modifierExtension is an error |
| narrative | formatting elements and attributes only: no script, event, form, frame, foreign picture in a style, DOCTYPE, entity |
| invariants | below; a rule is asked once the objects it looks at can be read |
| profiles | those that `meta.profile` names and those asked for, once the structure is sound; in a Bundle or Parameters each resource by those it names |

"""


def reference_markdown() -> str:
    """The page."""
    return _HEAD + _invariants() + _profiles()


def _invariants() -> str:
    all_keys = {key for node in tables.node_names() for key in tables.invariants(node)}
    asked = sorted(checked())
    left = sorted(all_keys - checked())
    lines = ["## Invariants that are checked", "", f"{len(asked)} keys: {' '.join(f'`{key}`' for key in asked)}.", ""]
    lines += ["A name that breaks the `-0` rules (for computers) and what `con-3` and `nor-1` say is a warning.", ""]
    lines += ["## Invariants that are not checked", "", "| key | why |", "|---|---|"]
    lines += [f"| `{key}` | {_reason(key)} |" for key in left]
    lines += ["", "## Rules with their sentences", "", "| key | where | ไทย | English |", "|---|---|---|---|"]
    for node in tables.node_names():
        lines += [
            f"| `{rule.key}` | {node} | {rule.th} | {rule.en} |"
            for rule in rules_of(node)
            if not rule.key.endswith("-0")
        ]
    return "\n".join([*lines, "", ""])


def _reason(key: str) -> str:
    return _REASONS.get(key) or next(why for start, why in _REASONS.items() if key.startswith(start))


def _profiles() -> str:
    lines = ["## Profiles that are kept", "", "| title | type | canonical |", "|---|---|---|"]
    kept = [found for url in profile_urls() if (found := profile(url))]
    lines += [f"| {found.title} | {found.type} | `{found.url}` |" for found in kept]
    return "\n".join([*lines, "", "What of each is checked: decision 0063.", ""])
