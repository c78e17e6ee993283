"""Which links took somebody off a list, and how many sick people they may hide. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from suksala.identity import LineLink

MOST_HIDDEN = 5.0  # people expected to be hidden by links, above which the weakest of them are asked about


class TakenOff(NamedTuple):
    """A link that took rows off the lists of the missing, for without it nobody who cares for them would know them.

    rows    the rows that it took off
    hidden  the chance that they are somebody else's: 1 - p
    """

    link: LineLink
    rows: frozenset[int]
    hidden: float


def taken_off(
    in_care: Mapping[int, bool], links: Iterable[LineLink], same: Collection[tuple[int, int]] = ()
) -> list[TakenOff]:
    """The links of one or more humans that joined rows in nobody's care to rows in care, as the union took them: the
    heaviest first.

    in_care  whether each row tells of care
    links    those between rows of one human
    same     pairs that a person said are one: they hide nobody, and go first
    """
    root = dict.fromkeys(in_care, -1)
    members = {row: {row} for row in in_care}
    cares = dict(in_care)

    def find(row: int) -> int:
        while root[row] >= 0:
            row = root[row]
        return row

    found = []
    certain = [LineLink(a, b, float("inf")) for a, b in sorted(same)]
    for link in [*certain, *sorted(links, key=lambda one: (-one.weight, one.a, one.b))]:
        keep, give = find(link.a), find(link.b)
        if keep == give:
            continue
        if cares[keep] != cares[give]:
            off = give if cares[keep] else keep
            found.append(TakenOff(link, frozenset(members[off]), doubt(link.weight)))
        if len(members[keep]) < len(members[give]):
            keep, give = give, keep
        root[give] = keep
        members[keep] |= members.pop(give)
        cares[keep] = cares[keep] or cares[give]
    return found


def doubt(weight: float) -> float:
    """The chance that two rows of this many bits are two people: 1 - p.

    >>> round(doubt(9), 5), doubt(float("inf")), doubt(0)
    (0.00195, 0.0, 0.5)
    """
    return 1 / (1 + 2.0 ** min(weight, 1000)) if weight != float("inf") else 0.0


def expected_hidden(found: Iterable[TakenOff]) -> float:
    """How many people these links are expected to hide."""
    return sum(one.hidden for one in found)


def weakest(found: Iterable[TakenOff], most: float) -> list[TakenOff]:
    """The links to ask about: the weakest, until the others hide no more than `most`."""
    rest = sorted(found, key=lambda one: (-one.hidden, one.link.a, one.link.b))
    left = expected_hidden(rest)
    asked = []
    for one in rest:
        if left <= most:
            break
        asked.append(one)
        left -= one.hidden
    return asked
