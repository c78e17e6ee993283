"""What a clinician is told of data that probability alone puts into a record."""

from __future__ import annotations

from dataclasses import dataclass

from suksala import identity
from suksala.portals import facilities
from suksala.portals.texts import Text


@dataclass(frozen=True)
class Unconfirmed:
    """A facility whose data are in the record by probability: its code, its name, bits of the weakest such link."""

    hospcode: str
    name: Text
    bits: float


def unconfirmed(person: int) -> list[Unconfirmed]:
    """The facilities to ask the patient about: neither a number nor a reviewer ties their registration to this one."""
    weakest: dict[str, float] = {}
    for one in identity.linked_by_weight(person):
        weakest[one.hospcode] = min(weakest.get(one.hospcode, one.bits), one.bits)
    return [Unconfirmed(code, facilities.name(code), bits) for code, bits in sorted(weakest.items())]
