"""Blocking: two registrations are compared only if they share a key, and one human's nearly always share several.

A key is a keyed hash of a rule and its values: a stolen table of keys tells nobody's name or number.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from suksala.foundation import keys

from .demographics import Demographics

PURPOSE = "identity.block"

# Rule -> the columns whose values make its key. A registration that lacks one has no key of the rule. Each rule with a
# sound stands twice, for either kind of key finds spellings that the other misses.
Rules = Mapping[str, tuple[str, ...]]
RULES: Rules = {
    "number": ("number",),
    "names": ("given_sound", "family_sound"),
    "names-2": ("given_sound_2", "family_sound_2"),
    "birth-given": ("birth", "given_sound"),
    "birth-given-2": ("birth", "given_sound_2"),
    "birth-family": ("birth", "family_sound"),
    "birth-family-2": ("birth", "family_sound_2"),
    "phone-given": ("phone", "given_sound"),
    "birth-phone": ("birth", "phone"),
    "birth-area": ("birth", "area", "sex"),
    "given-house": ("given_sound", "area", "house"),
    "mother-birth": ("mother", "birth"),
    "passport": ("passport",),
}
# The same for the rows of line lists, which know no birth date.
LINE_RULES: Rules = {
    "number": ("number",),
    "names": ("given_sound", "family_sound"),
    "names-2": ("given_sound_2", "family_sound_2"),
    "phone": ("phone",),
    "given-year-district": ("given_sound", "birth_year", "district"),
    "family-year": ("family_sound", "birth_year"),
    "passport": ("passport",),
}


def block_keys(one: Demographics, rules: Rules = RULES) -> list[int]:
    """The keys of a registration, 64 bits each, sorted: in the order in which they are locked."""
    return sorted({key_of(*parts) for parts in _parts(one, rules)})


def rule_of_key(key: int, one: Demographics) -> str | None:
    """By which rule a registration holds a key; None for one that it does not hold any more."""
    return next((parts[0] for parts in _parts(one, RULES) if key_of(*parts) == key), None)


def key_of(*parts: str) -> int:
    """The keyed hash of a rule and its values."""
    return keys.keyed_int(PURPOSE, "\x1f".join(parts))


def _parts(one: Demographics, rules: Rules) -> Iterator[tuple[str, ...]]:
    for rule, columns in rules.items():
        values = [getattr(one, column) for column in columns]
        if all(value is not None for value in values):
            yield (rule, *map(str, values))
