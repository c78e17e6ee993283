"""Where the weight of an edge comes from: by what was stored with it and by what its model says of itself.

Nothing is weighed anew, and the comparisons of this version have no part in it: a decision can be shown years later.
"""

from __future__ import annotations

from . import modelling
from .edges import Edge
from .grading import Waterfall
from .matching.model import LevelTold
from .matching.scoring import Part


def waterfall(edge: Edge) -> Waterfall:
    """The waterfall of an edge, stored or fresh."""
    outline = modelling.outline_of(edge.model)
    told = zip(outline.comparisons, edge.levels, edge.rarities, strict=True)
    parts = tuple(_part(name, levels, place, rarity) for (name, levels), place, rarity in told)
    return Waterfall(edge.model, edge.population, outline.prior, parts)


def _part(name: str, levels: tuple[LevelTold, ...], place: int, rarity: float) -> Part:
    if place < 0:
        return Part(name, "unknown", 0.0, 0.0, place)
    level = levels[place]
    one_in = None if level.exact is None else round(2 ** (rarity - level.exact))
    return Part(name, level.name, level.bits, rarity, place, one_in)
