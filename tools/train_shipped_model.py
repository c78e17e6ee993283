"""Train the model of matching that ships: from made-up people, fixed seeds, without a name or a date in it.

python -m tools.train_shipped_model     writes src/suksala/identity/matching/shipped.json; a minute
"""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

import orjson

from suksala.identity import thresholds
from suksala.simulation import write_labelled

PEOPLE, SEED, TODAY = 100_000, 20261122, date(2026, 1, 1)
OUT = Path(__file__).parents[1] / "src/suksala/identity/matching/shipped.json"
UNSAID = ("linker_uid", "blocking_rules_to_generate_predictions")


def main() -> None:
    """Write the settings of the three populations."""
    with tempfile.TemporaryDirectory() as folder:
        write_labelled(people=PEOPLE, seed=SEED, out=Path(folder))
        known = thresholds.read_known(Path(folder) / "registrations.csv")
    trained = thresholds.train(known, TODAY)
    told = {
        kind: {"records": one["records"], "settings": {k: v for k, v in one["settings"].items() if k not in UNSAID}}
        for kind, one in trained.items()
    }
    OUT.write_bytes(orjson.dumps(told, option=orjson.OPT_INDENT_2) + b"\n")
    print(f"{OUT.name}: " + ", ".join(f"{kind} from {one['records']:,} registrations" for kind, one in told.items()))


if __name__ == "__main__":
    main()
