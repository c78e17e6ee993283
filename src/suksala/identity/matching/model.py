"""What each level of agreement weighs: a model as Splink trained it, read for the scorer.

The weights are Fellegi and Sunter's: log2(m / u), m how often the level holds for one human, u for two. The file is
Splink's own settings with the frequencies of names and birth dates beside it; Splink can load it as it is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log2
from typing import Any, NamedTuple

from ..errors import ModelRefused
from .comparisons import COMPARISONS, Comparison


@dataclass(frozen=True, slots=True)
class Weights:
    """The weights of one comparison.

    levels  bits of each level, strongest first
    exact   log2 of the u of the level that counts frequencies, or None where none does
    """

    levels: tuple[float, ...]
    exact: float | None


@dataclass(frozen=True, slots=True)
class Model:
    """A trained model of one population.

    population   adult, child, foreigner or line-list
    comparisons  with their weights, in the order of COMPARISONS
    prior        bits before anything is compared: log2 odds that two registrations taken at random are one human
    terms        column -> value -> share of registrations that bear it
    rarest       column -> the share of a value never seen: one registration's, or what the file says
    """

    population: str
    comparisons: tuple[tuple[Comparison, Weights], ...]
    prior: float
    terms: Mapping[str, Mapping[str, float]]
    rarest: Mapping[str, float]

    def term_weight(self, column: str, value: str, exact: float) -> float:
        """Bits that an agreement on this value adds: a name rarer than the mean adds, a common one takes away.

        None where the model knows no frequencies of the column.
        """
        if not self.terms[column]:
            return 0.0
        return exact - log2(self.terms[column].get(value) or self.rarest[column])


class LevelTold(NamedTuple):
    """A level as the file of a model tells it: its name, its bits, and log2 of its u where frequencies count."""

    name: str
    bits: float
    exact: float | None


@dataclass(frozen=True, slots=True)
class Outline:
    """What the file of a model says of itself: enough to show what it weighed, whatever is compared by now.

    comparisons  name, and its levels from the strongest on
    """

    prior: float
    comparisons: tuple[tuple[str, tuple[LevelTold, ...]], ...]


def outline(told: Mapping[str, Any]) -> Outline:
    """The outline of a model from its file, also of one that this version would refuse to weigh by."""
    settings = told["settings"]
    prior = settings["probability_two_random_records_match"]
    comparisons = ((one["output_column_name"], _levels(one["comparison_levels"])) for one in settings["comparisons"])
    return Outline(log2(prior / (1 - prior)), tuple(comparisons))


def _levels(told: list[dict[str, Any]]) -> tuple[LevelTold, ...]:
    found = []
    for level in (one for one in told if not one.get("is_null_level")):
        m, u = level["m_probability"], level["u_probability"]
        exact = log2(u) if level.get("tf_adjustment_column") else None
        found.append(LevelTold(level["label_for_charts"], log2(m / u), exact))
    return tuple(found)


def load(population: str, told: Mapping[str, Any]) -> Model:
    """A model from its file: {"settings": Splink's settings, "terms": {column: {value: share}}, "records": count}, and
    maybe "rarest": {column: share}.

    Raises ModelRefused for a level that was not trained, and for comparisons that are not the ones of this version.
    """
    settings = told["settings"]
    expected = COMPARISONS[population]
    found = settings["comparisons"]
    if [c.name for c in expected] != [c["output_column_name"] for c in found]:
        raise ModelRefused(population, "other comparisons than this version makes")
    pairs = tuple((c, _weights(population, c, f["comparison_levels"])) for c, f in zip(expected, found, strict=True))
    prior = settings["probability_two_random_records_match"]
    rarest = told.get("rarest") or dict.fromkeys(told["terms"], 1 / told["records"])
    return Model(population, pairs, log2(prior / (1 - prior)), told["terms"], rarest)


def _weights(population: str, comparison: Comparison, told: list[dict[str, Any]]) -> Weights:
    trained = [level for level in told if not level.get("is_null_level")]
    if [level.sql for level in comparison.levels] != [level["sql_condition"] for level in trained]:
        raise ModelRefused(population, f"{comparison.name}: other levels than this version compares")
    found = []
    exact = None
    for level, values in zip(comparison.levels, trained, strict=True):
        m, u = values.get("m_probability"), values.get("u_probability")
        if not m or not u:
            raise ModelRefused(population, f"{comparison.name}.{level.name} was not trained")
        found.append(log2(m / u))
        exact = log2(u) if level.term else exact
    return Weights(tuple(found), exact)
