"""`make bench` runs, with next to nothing to do."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.journey
ROOT = Path(__file__).parents[2]


def run(*suites: str) -> subprocess.CompletedProcess[str]:
    """Some suites as `make bench` runs them, with next to nothing to do, on databases of their own."""
    small = {"SUKSALA_BENCH_VISITS": "200", "SUKSALA_BENCH_READS": "20", "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
    small |= {"SUKSALA_BENCH_SECONDS": "0.5", "SUKSALA_BENCH_FACTS": "500"}
    env = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "SUKSALA_DATA"}} | small
    return subprocess.run(
        [sys.executable, "-m", "benchmarks", *suites],
        cwd=ROOT, env=env, capture_output=True, text=True, check=False, timeout=200,
    )  # fmt: skip


def test_a_suite_has_its_own_database_and_a_failure_before_it_is_told() -> None:
    """What a read costs by leave; every read by leave is in the log, or the suite would end."""
    done = run("no_such_suite", "permits")
    assert done.returncode == 1
    assert "one read for a facility's client" in done.stdout
    assert done.stderr.splitlines()[-1] == "failed: no_such_suite"


def test_the_log_is_measured_under_reads_of_records() -> None:
    """Reads of 8 threads by their permits; every one is in the log, or the suite would end (issue C)."""
    done = run("audit_log")
    assert done.returncode == 0, done.stderr[-2000:]
    assert "audited reads, 8 readers in one process" in done.stdout
    assert "whole: True" in done.stdout
