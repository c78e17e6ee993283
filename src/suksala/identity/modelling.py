"""The models that weigh pairs here: kept sealed, in shadow until somebody approves.

A model in shadow joins nobody: what it would do can be looked at first. Until then the one before it weighs on.
"""

from __future__ import annotations

import base64
import zlib
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, NamedTuple

import orjson

from suksala import audit
from suksala.foundation import clock, database, keys

from .errors import ModelRefused
from .matching import comparing
from .matching.comparisons import POPULATIONS
from .matching.model import Model, Outline, load, outline

SHADOW, AUTOMATIC, RETIRED = "shadow", "automatic", "retired"


class Standing(NamedTuple):
    """The model that weighs pairs of a population now.

    number     of the model; edges tell it
    threshold  bits from which a pair joins by itself
    joins      whether it may join pairs; else it is in shadow
    """

    number: int
    threshold: float
    joins: bool

    @property
    def model(self) -> Model:
        """Itself, to weigh by. Raises ModelRefused for one that makes other comparisons than this version."""
        return model_of(self.number)


def keep(models: Mapping[str, Mapping[str, Any]], *, actor: str) -> dict[str, int]:
    """Keep trained models (population -> file), in shadow, instead of others in shadow. Returns their numbers.

    Raises ModelRefused: a population is missing or unknown, or a level was not trained; nothing is changed then.
    """
    if set(models) != set(POPULATIONS):
        raise ModelRefused(", ".join(sorted(models)), f"a model for each of {', '.join(POPULATIONS)} is needed")
    for population, told in models.items():
        load(population, told)
    with database.transaction():
        database.execute("UPDATE identity_model SET state = %s WHERE state = %s", [RETIRED, SHADOW])
        numbers = {population: _insert(population, told) for population, told in models.items()}
        audit.record("identity.model.kept", actor=actor, detail={"models": sorted(numbers.values())})
    return numbers


def _insert(population: str, told: Mapping[str, Any], state: str = SHADOW, approved_by: str = "") -> int:
    sealed = keys.seal(base64.b85encode(zlib.compress(orjson.dumps(told))).decode())
    [(number,)] = database.rows(
        "INSERT INTO identity_model (population, told_sealed, records, threshold, state, made_at, approved_by) "
        "VALUES (%s, %s, %s, %s, %s, %s, %s) RETURNING model",
        [population, sealed, told["records"], comparing.AUTOMATIC[population], state, clock.now(), approved_by],
    )
    return int(number)


def approve(*, actor: str) -> list[int]:
    """Let the models in shadow join pairs, instead of those before them. Returns their numbers; none where none was."""
    with database.transaction():
        database.execute(
            "UPDATE identity_model SET state = %s WHERE state = %s AND population IN "
            "(SELECT population FROM identity_model WHERE state = %s)",
            [RETIRED, AUTOMATIC, SHADOW],
        )
        found = database.rows(
            "UPDATE identity_model SET state = %s, approved_by = %s WHERE state = %s RETURNING model",
            [AUTOMATIC, actor, SHADOW],
        )
        numbers = sorted(number for (number,) in found)
        if numbers:
            audit.record("identity.model.approved", actor=actor, detail={"models": numbers})
    return numbers


def follow(number: int, told: Mapping[str, Any]) -> int:
    """Keep a model whose names were counted anew in the place of model `number`: it weighs as that one was approved to.

    Call in a transaction. Raises ModelRefused.
    """
    load(told["population"], told)
    [(population, state, approved_by)] = database.rows(
        "SELECT population, state, approved_by FROM identity_model WHERE model = %s FOR UPDATE", [number]
    )
    database.execute("UPDATE identity_model SET state = %s WHERE model = %s", [RETIRED, number])
    following = _insert(population, told, state, approved_by)
    audit.record("identity.model.counted", actor="system:identity", detail={"model": following, "instead": number})
    return following


def standing() -> dict[str, Standing]:
    """The model of each population: the approved one, else the one in shadow; empty where none was trained."""
    found = database.rows(
        "SELECT DISTINCT ON (population) population, model, threshold, state FROM identity_model "
        "WHERE state <> 'retired' ORDER BY population, state"  # automatic before shadow
    )
    return {
        population: Standing(number, threshold, state == AUTOMATIC) for population, number, threshold, state in found
    }


def threshold_of(number: int) -> float:
    """Bits from which a pair that a model weighed joined by itself, whatever became of the model."""
    [(threshold,)] = database.rows("SELECT threshold FROM identity_model WHERE model = %s", [number])
    return float(threshold)


def in_shadow() -> dict[str, Standing]:
    """The model of each population that waits to be approved."""
    found = database.rows("SELECT population, model, threshold FROM identity_model WHERE state = %s", [SHADOW])
    return {population: Standing(number, threshold, False) for population, number, threshold in found}


@lru_cache(maxsize=2 * len(POPULATIONS))
def model_of(number: int) -> Model:
    """A model by its number: they never change."""
    return load(*told(number))


@lru_cache(maxsize=64)
def outline_of(number: int) -> Outline:
    """What a model says of itself, also one of comparisons that are not made any more."""
    return outline(told(number)[1])


def told(number: int) -> tuple[str, dict[str, Any]]:
    """The population and the file of a model. Raises ModelRefused for none."""
    found = database.rows("SELECT population, told_sealed FROM identity_model WHERE model = %s", [number])
    if not found:
        raise ModelRefused(str(number), "there is no such model")
    [(population, sealed)] = found
    return population, orjson.loads(zlib.decompress(base64.b85decode(keys.unseal(sealed))))
