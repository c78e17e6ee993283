"""Training a model with Splink, offline: u from random pairs, m by expectation maximisation over two blockings.

Splink is imported here only, and late: a request never meets it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa

from suksala.foundation import log

from ..errors import ModelRefused
from .comparisons import COMPARISONS, LINE_LIST, Comparison, Level
from .demographics import Demographics

RANDOM_PAIRS = 2e6  # pairs of registrations taken at random: enough for a level that one in 200,000 reaches
U_FLOOR = 1e-7  # of a level that none of them reached: how much rarer it is nobody knows from so many
M_FLOOR = 1e-4  # of a level that no pair of one human reached, likewise
FEWEST_MATCHES = 100  # pairs of one human below which the m of a level is a guess
EM_PAIRS = 5e6  # pairs of one blocking; more change no weight by a tenth of a bit
# Share of true pairs that an equal number finds: of 1,000,000 labelled registrations, of 104,061 rows of line lists.
NUMBER_RECALL = {LINE_LIST: 0.47}
USUAL_RECALL = 0.83
TERMS = ("given", "family", "birth")
LENT = 1000  # registrations whose names count as common as where a model was trained: few of one's own prove no rarity
_OTHER = {  # the rest is text
    "readings": pa.list_(pa.string()), "birth": pa.date32(), "year_only": pa.bool_(), "birth_year": pa.int32(),
}  # fmt: skip
_COLUMNS = (
    "number", "typed_number", "given", "given_sound", "given_sound_2", "readings", "family", "family_sound",
    "family_sound_2", "birth", "year_only", "sex", "phone", "area", "house", "mother", "passport",
    "birth_year", "district",
)  # fmt: skip
SCHEMA = pa.schema([("unique_id", pa.int64()), *((name, _OTHER.get(name, pa.string())) for name in _COLUMNS)])


def table(people: Iterable[tuple[int, Demographics]]) -> pa.Table:
    """Registrations as columns for Splink: unique_id and the compared fields of Demographics."""
    numbered = list(people)
    columns = [[person for person, _ in numbered]]
    columns += [[getattr(one, name) for _, one in numbered] for name in _COLUMNS]
    return pa.table([pa.array(c, type=t) for c, t in zip(columns, SCHEMA.types, strict=True)], schema=SCHEMA)


def settings(population: str) -> dict[str, Any]:
    """Splink's settings of a population, before training."""
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "unique_id",
        "comparisons": [_comparison(comparison) for comparison in COMPARISONS[population]],
        "blocking_rules_to_generate_predictions": [],
        "retain_intermediate_calculation_columns": True,
        "retain_matching_columns": False,
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    unknown = {"sql_condition": comparison.unknown.sql, "label_for_charts": "unknown", "is_null_level": True}
    levels = [_level(level) for level in comparison.levels]
    return {"output_column_name": comparison.name, "comparison_levels": [unknown, *levels]}


def _level(level: Level) -> dict[str, Any]:
    told = {"sql_condition": level.sql, "label_for_charts": level.name}
    return told | ({"tf_adjustment_column": level.term, "tf_adjustment_weight": 1.0} if level.term else {})


def train(population: str, registrations: pa.Table, seed: int) -> dict[str, Any]:
    """A model as `model.load` reads it, from the registrations of one population.

    registrations  as `table` makes them, at least some hundred humans with two
    Raises ModelRefused when too few of the registrations are one human's for their weights to mean anything.
    """
    too_few = ModelRefused(population, f"fewer than {FEWEST_MATCHES} pairs of one human to learn from")
    if registrations.num_rows <= FEWEST_MATCHES:
        raise too_few
    with log.silenced("splink"):  # it tells of levels that no pair reached; `_floor` looks after those
        told = _trained(population, registrations, seed)
    pairs = registrations.num_rows * (registrations.num_rows - 1) / 2
    if told["probability_two_random_records_match"] * pairs < FEWEST_MATCHES:
        raise too_few
    _floor(told)
    return {
        "population": population,
        "records": registrations.num_rows,
        "settings": told,
        "terms": shares(registrations),
    }


def _trained(population: str, registrations: pa.Table, seed: int) -> dict[str, Any]:
    from splink import DuckDBAPI, Linker, block_on
    from splink.internals.exceptions import EMTrainingException  # it has no public name

    linker = Linker(DuckDBAPI().register(registrations), settings(population), log_level=None)
    training = linker.training
    recall = NUMBER_RECALL.get(population, USUAL_RECALL)
    training.estimate_probability_two_random_records_match(["l.number = r.number"], recall=recall)
    training.estimate_u_using_random_sampling(max_pairs=RANDOM_PAIRS, seed=seed, min_count_per_level=None)
    try:
        for rule in (block_on("number"), block_on("given", "family")):
            training.estimate_parameters_using_expectation_maximisation(rule, max_pairs=EM_PAIRS)
    except EMTrainingException as error:
        raise ModelRefused(population, "no two registrations share a number, or none share their names") from error
    told: dict[str, Any] = linker.misc.save_model_to_json()
    return told


def _floor(told: dict[str, Any]) -> None:
    """Give the levels that no pair reached their floors; one that neither kind of pair reached says nothing (m = u).

    Splink leaves such levels out of the file, and would weigh them by a default of its own.
    """
    for comparison in told["comparisons"]:
        for level in comparison["comparison_levels"]:
            if not level.get("is_null_level"):
                level["u_probability"] = max(level.get("u_probability") or 0.0, U_FLOOR)
                m = level.get("m_probability")
                level["m_probability"] = max(m, M_FLOOR) if m else min(M_FLOOR, level["u_probability"])


def shares(registrations: pa.Table) -> dict[str, dict[str, float]]:
    """ "terms" of a model's file: how often each name and birth date is borne, of those that bear any, as Splink
    counts it.
    """
    found = {}
    for column in TERMS:
        counts = registrations[column].drop_null().value_counts()
        total = sum(counts.field("counts").to_pylist())
        values = zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True)
        found[column] = {str(value): count / total for value, count in values}
    return found


def frequencies(settings: Mapping[str, Any], registrations: pa.Table) -> dict[str, Any]:
    """ "terms" and "rarest" of a model's file, for names counted here under weights that were trained on others.

    With no registrations every name is as common as the mean where the model was trained; with many, as it is here.
    """
    terms, rarest = {}, {}
    for column, mean in _mean_shares(settings).items():
        known = registrations[column].drop_null()
        total = len(known) + LENT
        counts = known.value_counts()
        values = zip(counts.field("values").to_pylist(), counts.field("counts").to_pylist(), strict=True)
        terms[column] = {str(value): (count + LENT * mean) / total for value, count in values}
        rarest[column] = LENT * mean / total
    return {"terms": terms, "rarest": rarest}


def _mean_shares(settings: Mapping[str, Any]) -> dict[str, float]:
    """How likely two registrations taken at random bear one name: the share of a name, as often as it is borne."""
    return {
        level["tf_adjustment_column"]: level["u_probability"]
        for comparison in settings["comparisons"]
        for level in comparison["comparison_levels"]
        if level.get("tf_adjustment_column")
    }
