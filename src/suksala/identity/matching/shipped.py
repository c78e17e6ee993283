"""The model that ships: what made-up people taught, for installations that have too few registrations of their own.

It holds no name and no date. How common they are is counted where it is adopted. `python -m tools.train_shipped_model`
makes the file.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

import orjson


def settings(population: str) -> dict[str, Any]:
    """Splink's settings of a population, trained."""
    told = orjson.loads(files(__package__).joinpath("shipped.json").read_bytes())
    found: dict[str, Any] = told[population]["settings"]
    return found
