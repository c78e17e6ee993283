"""Start the command line and turn every failure into one clear sentence and an exit code."""

from __future__ import annotations

import sys

from suksala.foundation import SuksalaError

from .failures import EXIT_INTERRUPTED, report_known, report_unexpected, report_usage


def main(arguments: list[str] | None = None) -> None:
    """Run `suksala` with `arguments` (default: the process's own) and leave with its exit code."""
    sys.exit(run(sys.argv[1:] if arguments is None else arguments))


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; never raises, never prints a traceback."""
    import typer

    from .app import app

    as_json = "--json" in arguments
    try:
        code = app(arguments, prog_name="suksala", standalone_mode=False)
    except SuksalaError as error:
        return report_known(error, as_json=as_json)
    except (KeyboardInterrupt, typer.Abort):
        return EXIT_INTERRUPTED
    except BrokenPipeError:
        return 0  # the reader (head, less) has seen enough
    except Exception as error:
        if hasattr(error, "format_message"):  # typer's own errors about options and arguments
            return report_usage(error, as_json=as_json)
        return report_unexpected(error, as_json=as_json)
    return code if isinstance(code, int) else 0
