"""`suksala simulate`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from .console import print_json, progress


def simulate(*, people: int, districts: int, seed: int, out: Path, as_json: bool) -> None:
    """Make up districts and write their zips and the truth to `out`."""
    from suksala import simulation

    summary = simulation.simulate(people, districts, seed, out, progress(quiet=as_json))
    if as_json:
        print_json(asdict(summary))
        return
    for name, value in asdict(summary).items():
        print(f"{name}: {value}")
