"""`make bench`: figures as ratios in one run. Bars and how to read them: docs/reference/performance.md."""

from __future__ import annotations

import importlib
import sys

SUITES = ("ingest", "exchange", "writes", "growth", "bulk", "measures", "views", "audit_log")


def main() -> None:
    """Run the suites named on the command line, or all of them, and print one table each."""
    for name in sys.argv[1:] or SUITES:
        print(f"\n== {name} ==", flush=True)
        importlib.import_module(f"benchmarks.{name}").main()


if __name__ == "__main__":
    main()
