"""The weight of a pair: the prior and what each comparison adds, kept part by part so that it can be shown."""

from __future__ import annotations

from typing import NamedTuple

from .demographics import Demographics
from .model import Model


class Part(NamedTuple):
    """What one comparison said: its name, the level that held ("unknown" for none), bits, and bits for the rarity.

    place   of the level among the comparison's, strongest first; -1 for unknown
    one_in  of how many registrations one bears the agreeing value, where an account tells it; None where it counts not
    """

    comparison: str
    level: str
    weight: float
    rarity: float
    place: int
    one_in: int | None = None

    @property
    def bits(self) -> float:
        """What it added, the rarity included."""
        return self.weight + self.rarity


class Score(NamedTuple):
    """Bits for and against two registrations being one human, prior included, and where they come from."""

    weight: float
    parts: tuple[Part, ...]


def score(model: Model, a: Demographics, b: Demographics) -> Score:
    """Compare two registrations under a model; the same weight as Splink gives the pair (tests hold it to 1e-9)."""
    total, parts = model.prior, []
    for comparison, weights in model.comparisons:
        place = comparison.level(a, b)
        if place < 0:
            parts.append(Part(comparison.name, "unknown", 0.0, 0.0, -1))
            continue
        level, weight, rarity = comparison.levels[place], weights.levels[place], 0.0
        if level.term and weights.exact is not None:
            rarity = model.term_weight(level.term, str(getattr(a, level.term)), weights.exact)
        total += weight + rarity
        parts.append(Part(comparison.name, level.name, weight, rarity, place))
    return Score(total, tuple(parts))
