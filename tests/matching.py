"""A made-up model of matching, the same for every population: enough to weigh, with weights that are easy to add up."""

from __future__ import annotations

from typing import Any

from suksala.identity import modelling
from suksala.identity.matching.comparisons import POPULATIONS, Comparison

RECORDS = 1 << 20
PRIOR = 1 / ((1 << 16) + 1)  # -16 bits

# Level -> bits, as exact powers of two; where a field is named, for it alone.
BITS = {
    "equal": 10, "house": 10, "mistyped": 8, "swapped": 6, "reading": 6, "near": 6, "sounds": 5, "alike": 3,
    "year-known": 4, "two-parts": 4, "area": 4, "district": 1, "fails": 0, "differs": -4,
    "sex.equal": 1, "sex.differs": -6, "number.equal": 20, "number.differs": -8, "birth.differs": -8,
}  # fmt: skip


def bits(comparison: str, level: str) -> int:
    """What a level weighs in the made-up model, the rarity of a value apart (0 for a value never seen: see `told`)."""
    return BITS.get(f"{comparison}.{level}", BITS[level])


def told(population: str) -> dict[str, Any]:
    """The file of the made-up model. The u of equal names and dates is a registration's share: rarity adds nothing."""
    return {
        "population": population,
        "records": RECORDS,
        "settings": {
            "probability_two_random_records_match": PRIOR,
            "comparisons": [_comparison(comparison) for comparison in POPULATIONS[population]],
        },
        "terms": {"given": {}, "family": {}, "birth": {}},
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    levels: list[dict[str, Any]] = [{"sql_condition": comparison.unknown.sql, "is_null_level": True}]
    for level in comparison.levels:
        u = 1 / RECORDS if level.term else 1 / 1024
        m = u * 2.0 ** bits(comparison.name, level.name)
        rarity = {"tf_adjustment_column": level.term, "tf_adjustment_weight": 1.0} if level.term else {}
        levels.append(
            {"sql_condition": level.sql, "label_for_charts": level.name, "m_probability": m, "u_probability": u}
            | rarity
        )
    return {"output_column_name": comparison.name, "comparison_levels": levels}


def approve_model() -> None:
    """Keep the made-up model for every population and let it join pairs."""
    keep_model()
    modelling.approve(actor="account:steward")


def keep_model() -> dict[str, int]:
    """Keep it in shadow; returns the numbers of the models."""
    return modelling.keep({population: told(population) for population in POPULATIONS}, actor="account:steward")
