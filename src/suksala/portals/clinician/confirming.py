"""What a clinician is told of data that probability alone puts into a record."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from suksala import exchange, identity
from suksala.portals import facilities
from suksala.portals.texts import Text


@dataclass(frozen=True)
class Unconfirmed:
    """A facility whose data are in the record by probability: its code, its name, bits of the weakest such link, and
    which of its registrations they are; whether reviewers are asked about all of them.
    """

    hospcode: str
    name: Text
    bits: float
    persons: frozenset[int]
    asked: bool


def unconfirmed(person: int, entries: Iterable[exchange.Entry]) -> list[Unconfirmed]:
    """The facilities to ask the patient about: neither a number nor a reviewer ties their registration to this one.

    entries  the lines that this reader may see: a facility of which none is open is not named, for its name alone
             would tell of a psychiatric hospital
    """
    told = {entry.person for entry in entries}
    of: dict[str, list[identity.ByWeight]] = {}
    for one in identity.linked_by_weight(person):
        if one.person in told:
            of.setdefault(one.hospcode, []).append(one)
    asked = identity.asked_to_confirm(person)
    return [_of(code, links, asked) for code, links in sorted(of.items())]


def _of(code: str, links: Collection[identity.ByWeight], asked: Collection[int]) -> Unconfirmed:
    persons = frozenset(one.person for one in links)
    return Unconfirmed(code, facilities.name(code), min(one.bits for one in links), persons, persons <= set(asked))


def doubtful(found: Iterable[Unconfirmed]) -> frozenset[int]:
    """The registrations whose lines bear a mark."""
    return frozenset(person for one in found for person in one.persons)
