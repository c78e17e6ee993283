"""`suksala doctor`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from suksala import operations
from suksala.operations import Check, Verdict

from .console import print_json
from .serving import data_folder

SIGNS = {Verdict.OK: "✓", Verdict.WARN: "!", Verdict.BAD: "✗"}
EXIT_SICK = 1


def examine(*, data: Path | None, port: int, as_json: bool) -> int:
    """Print every check; 1 when one of them says that something does not work."""
    found = operations.checks(data_folder(data), port)
    sick = any(check.verdict is Verdict.BAD for check in found)
    if as_json:
        print_json({"ok": not sick, "checks": [asdict(check) for check in found]})
    else:
        for check in found:
            _print(check)
    return EXIT_SICK if sick else 0


def _print(check: Check) -> None:
    print(f"{SIGNS[check.verdict]} {check.name}: {check.found}")
    if check.verdict is not Verdict.OK:
        print(f"    {check.th}\n    {check.en}")
