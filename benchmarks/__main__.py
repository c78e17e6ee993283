"""`make bench`: figures as ratios in one run. Bars and how to read them: docs/reference/performance.md."""

from __future__ import annotations

import subprocess
import sys

SUITES = (
    "ingest",
    "exchange",
    "permits",
    "writes",
    "growth",
    "bulk",
    "measures",
    "views",
    "audit_log",
    "identity",
    "lists",
)


def main() -> None:
    """Run the suites named on the command line, or all of them, each in a process of its own: it has its own database
    and its own peak of memory. One that fails does not stop the others; the exit code tells.
    """
    failed = []
    for name in sys.argv[1:] or SUITES:
        print(f"\n== {name} ==", flush=True)
        if subprocess.run([sys.executable, "-m", f"benchmarks.{name}"], check=False).returncode:
            failed.append(name)
    if failed:
        sys.exit(f"failed: {', '.join(failed)}")


if __name__ == "__main__":
    main()
