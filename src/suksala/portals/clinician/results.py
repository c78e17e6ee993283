"""A registration as the search and the record show it: enough to be sure who it is, the number masked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from suksala import identity
from suksala.portals.record import age
from suksala.portals.texts import Text

SEX = {"1": Text("ชาย", "Male"), "2": Text("หญิง", "Female")}


@dataclass(frozen=True)
class Result:
    """One patient of the own facility."""

    patient: str  # opaque id for addresses
    name: str = field(repr=False)
    pid: str = field(repr=False)
    number: str = field(repr=False)
    birth: date | None = field(repr=False)
    years: int | None
    sex: Text | None


def results(registrations: Iterable[identity.Registration], today: date) -> list[Result]:
    """The registrations as results, in the order found."""
    return [
        Result(
            identity.public_id(r.human),
            " ".join(part for part in (r.title, r.name) if part),
            r.pid,
            masked(r.number),
            r.birth,
            age(r.birth, today),
            SEX.get(r.sex),
        )
        for r in registrations
    ]


def masked(number: str | None) -> str:
    """A national number with only its last four digits: enough to compare with a card.

    >>> masked("0990100000017")
    'x-xxxx-xxxxx-00-17'
    """
    if not number or len(number) != 13:
        return ""
    return f"x-xxxx-xxxxx-{number[9:11]}-{number[11:]}"


def masked_name(name: str) -> str:
    """A name of which the desk sees enough to ask "is it you?", before the patient has said yes.

    >>> masked_name("มาลี ใจดี")
    'มาลี ใ…'
    """
    given, _, family = name.partition(" ")
    return f"{given} {family[:1]}…" if family else given
