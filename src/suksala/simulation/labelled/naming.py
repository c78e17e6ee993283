"""Names as often as Thai people bear them: given names of a few thousand, family names nearly all different.

Given names are those of pythainlp's lists. Family names are made by joining the head of one name of its list to the
tail of another, so that they sound real, and none that is in the list is used: a family name is one family's own.
The lists are read at run time and never copied (CC-BY-SA); another edition of them makes other people.
"""

from __future__ import annotations

from bisect import bisect
from collections import defaultdict
from functools import cache
from itertools import accumulate
from random import Random
from typing import Final

FAMILIES: Final = 120_000
_HEAD: Final = 3  # letters that twins' names often share


class Frequencies:
    """Names by rank, drawn by the law of Zipf and Mandelbrot: the name of rank r weighs (r + flat) ** -slope."""

    def __init__(self, names: list[str], flat: int, slope: float) -> None:
        self.names = names
        # whole numbers: the last bit of a power may differ from machine to machine
        weights: list[int] = [round(1e9 * (rank + flat) ** -slope) for rank in range(len(names))]
        self.sums = list(accumulate(weights))
        self.heads: dict[str, list[str]] = defaultdict(list)
        for name in names:
            self.heads[name[:_HEAD]].append(name)

    def draw(self, rng: Random) -> str:
        """One name."""
        return self.names[bisect(self.sums, rng.random() * self.sums[-1])]

    def share(self, name: str) -> float:
        """The share of the draws that give this name, of 1."""
        rank = self.names.index(name)
        return (self.sums[rank] - (self.sums[rank - 1] if rank else 0)) / self.sums[-1]

    def alike(self, rng: Random, name: str) -> str:
        """Another name with the same head, as twins are called; any other name where no name has that head."""
        others = [other for other in self.heads.get(name[:_HEAD], ()) if other != name]
        return rng.choice(others) if others else self.draw(rng)


@cache
def given(sex: str) -> Frequencies:
    """The given names of one sex; the commonest is borne by one in two hundred."""
    from pythainlp.corpus import thai_female_names, thai_male_names

    names = sorted(thai_female_names() if sex == "2" else thai_male_names())
    Random(f"given names {sex}").shuffle(names)
    return Frequencies(names, 20, 0.85)


@cache
def family() -> Frequencies:
    """120,000 family names, the commonest borne by one in some ten thousand."""
    return Frequencies(_families(), 50, 0.35)


def _families() -> list[str]:
    from pythainlp.corpus import thai_family_names
    from pythainlp.tokenize.tcc import segment

    real = thai_family_names()
    parts = [found for found in map(segment, sorted(real)) if len(found) > 2]
    rng = Random("family names")
    made: dict[str, None] = {}
    while len(made) < FAMILIES:
        head, tail = rng.choice(parts), rng.choice(parts)
        name = "".join(head[: (len(head) + 1) // 2] + tail[len(tail) // 2 :])
        if name not in real:
            made[name] = None
    return list(made)
