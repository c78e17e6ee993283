"""Start the command line and turn every failure into one clear sentence and an exit code."""

from __future__ import annotations

import os
import signal
import sys
from types import FrameType

from suksala.foundation import SuksalaError, secret_files

from .failures import EXIT_INTERRUPTED, EXIT_TERMINATED, report_known, report_unexpected, report_usage


class Terminated(BaseException):
    """SIGTERM came: everything that is open is closed on the way out, the embedded database last."""


QUIET_ENDS: dict[type[BaseException], int] = {KeyboardInterrupt: EXIT_INTERRUPTED, Terminated: EXIT_TERMINATED}


def main(arguments: list[str] | None = None) -> None:
    """Run `suksala` with `arguments` (default: the process's own) and leave with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; never raises, never prints a traceback."""
    from .app import app

    signal.signal(signal.SIGTERM, _terminate)
    try:
        secret_files.read_into(os.environ)
        code = app(arguments, prog_name="suksala", standalone_mode=False)
    except BaseException as problem:
        return _told(problem, as_json="--json" in arguments)
    return code if isinstance(code, int) else 0


def _told(problem: BaseException, *, as_json: bool) -> int:
    """Say what went wrong; returns the exit code."""
    if isinstance(problem, SuksalaError):
        return report_known(problem, as_json=as_json)
    if hasattr(problem, "format_message"):  # typer's own errors about options and arguments
        return report_usage(problem, as_json=as_json)
    for kind, code in QUIET_ENDS.items():
        if isinstance(problem, kind):
            return code
    if isinstance(problem, SystemExit) and isinstance(problem.__context__, BrokenPipeError):
        return 0  # the reader (head, less) has seen enough
    return report_unexpected(problem, as_json=as_json)


def _terminate(number: int, frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a second one must not interrupt the closing
    raise Terminated
