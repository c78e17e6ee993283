"""Train the model of line lists that is shipped, on made-up lists: run after the comparisons change.

    python -m tools.make_line_list_model

The frequencies of names are left out: they are those of made-up people. No made-up list bears a passport; what its
agreement weighs is set below, between a telephone and a national number.
"""

from __future__ import annotations

import json
from pathlib import Path

from suksala import identity
from suksala.simulation import labelled_outbreak

PEOPLE, SEED, YEAR = 50_000, 20261122, 2026
OUT = Path(identity.__file__).parent / "matching" / "line_list.json"
PASSPORT = {"equal": (0.9, 1e-5), "differs": (0.1, 1 - 1e-5)}


def main() -> None:
    """Write the file."""
    cases = labelled_outbreak(PEOPLE, SEED)
    rows = [
        identity.LineRow(
            c.given, c.family, c.number, None, c.phone, YEAR - int(c.age) if c.age else None, c.district or None
        )
        for c in cases
    ]
    told = identity.train_lines(map(identity.read_line, rows))
    for comparison in told["settings"]["comparisons"]:
        if comparison["output_column_name"] == "passport":
            for level in comparison["comparison_levels"]:
                if not level.get("is_null_level"):
                    level["m_probability"], level["u_probability"] = PASSPORT[level["label_for_charts"]]
    told["terms"] = {column: {} for column in told["terms"]}
    OUT.write_text(json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True) + "\n", encoding="utf-8")
    print(f"{len(rows):,} rows, {OUT.name}")


if __name__ == "__main__":
    main()
