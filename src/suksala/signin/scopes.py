"""SMART scopes, v1 and v2, parsed once: what an access token lets its client ask (SMART App Launch 2.2, 3).

    patient/Observation.rs?category=laboratory        of one person, the patient of the launch
    user/*.cruds                                      what the person who signed in may see
    system/Patient.read                               a system by itself; v1: read is rs, write is cud, * is cruds

A scope never gives anything by itself: it is a bound on what policy allows (consent), never a way around it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl

RIGHTS = "cruds"
_V1 = {"read": "rs", "write": "cud", "*": "cruds"}
_SCOPE = re.compile(
    r"(?P<context>patient|user|system)/(?P<rtype>\*|[A-Z][A-Za-z]{2,60})"
    r"\.(?P<rights>c?r?u?d?s?|read|write|\*)(?<!\.)(?:\?(?P<query>[A-Za-z0-9_.:=&|%/+~-]{3,400}))?",
    re.ASCII,
)
# What a client may ask beside data: who signed in, which patient and visit are open, a token that outlives the visit.
LAUNCH = frozenset(
    {"openid", "fhirUser", "launch", "launch/patient", "launch/encounter", "offline_access", "online_access"}
)
SIGNS_IN = frozenset({"openid", "fhirUser"})  # worth a token by themselves


@dataclass(frozen=True, slots=True)
class SmartScope:
    """One scope on data.

    context     patient, user or system
    rtype       a resource type, or * for every one
    rights      letters of create, read, update, delete, search
    conditions  search parameters that a resource must meet, as name and value, such as ("category", "laboratory")
    """

    context: str
    rtype: str
    rights: frozenset[str]
    conditions: tuple[tuple[str, str], ...] = ()

    def gives(self, rtype: str, right: str) -> bool:
        """Whether it gives a right on a type, leaving conditions aside; `*` asks for every type."""
        return right in self.rights and self.rtype in ("*", rtype)

    def within(self, held: SmartScope) -> bool:
        """Whether it asks for no more than another that is held."""
        return (
            self.context == held.context
            and held.rtype in ("*", self.rtype)
            and self.rights <= held.rights
            and set(held.conditions) <= set(self.conditions)
        )


@lru_cache(maxsize=4096)
def parse(text: str) -> SmartScope | None:
    """A scope on data as a value; None for anything else, LAUNCH among it.

    >>> parse("patient/Observation.rs?category=laboratory").conditions
    (('category', 'laboratory'),)
    >>> sorted(parse("system/*.read").rights), parse("system/*.sr"), parse("openid")
    (['r', 's'], None, None)
    """
    found = _SCOPE.fullmatch(text)
    if found is None:
        return None
    conditions = parse_qsl(found["query"] or "", keep_blank_values=True)
    if any(not value for _, value in conditions) or (found["query"] and found["rtype"] == "*"):
        return None
    granted = _V1.get(found["rights"], found["rights"])
    return SmartScope(found["context"], found["rtype"], frozenset(granted), tuple(sorted(conditions)))


def data_scopes(scopes: Iterable[str]) -> Iterator[SmartScope]:
    """Those of the scopes that are on data."""
    return (found for text in scopes if (found := parse(text)) is not None)


def of_context(scopes: Iterable[str], contexts: Collection[str]) -> list[str]:
    """Those of the scopes that are on data in one of the contexts: a system's token is never somebody's."""
    return [text for text in scopes if (found := parse(text)) is not None and found.context in contexts]


def has_scope(scopes: Collection[str], rtype: str, right: str) -> bool:
    """Whether scopes give one of the rights c, r, u, d, s on a type; `*` asks for every type.

    A scope with conditions gives the right too: its conditions bound the rows (exchange), not the question.

    >>> has_scope({"system/Patient.rs"}, "Patient", "r"), has_scope({"system/*.read"}, "Patient", "u")
    (True, False)
    """
    return any(scope.gives(rtype, right) for scope in data_scopes(scopes))


def is_within(asked: str, held: Collection[str]) -> bool:
    """Whether a scope asks for no more than those that are held give.

    >>> is_within("system/Patient.r", {"system/*.rs"}), is_within("system/*.rs", {"system/Patient.rs"})
    (True, False)
    """
    if asked in held:
        return True
    wanted = parse(asked)
    return wanted is not None and any(wanted.within(scope) for scope in data_scopes(held))
