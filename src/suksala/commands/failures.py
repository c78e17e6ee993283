"""How a command says that it failed: one sentence in Thai, one in English, an exit code; details go to a file."""

from __future__ import annotations

import json
import os
import platform
import sys
import tempfile
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from suksala.foundation import SuksalaError

EXIT_REFUSED = 1
EXIT_BAD_INPUT = 2
EXIT_OUR_FAULT = 70  # EX_SOFTWARE of sysexits.h
EXIT_INTERRUPTED = 130
EXIT_TERMINATED = 143


class BadUsage(SuksalaError):
    """An option or an argument is missing, unknown or impossible."""

    code = "SKL-CLI-002"


class Unexpected(SuksalaError):
    """A fault of ours; what happened lies in a file without any value of the data."""

    code = "SKL-CLI-070"
    http_status = 500
    exit_code = EXIT_OUR_FAULT


def report_known(error: SuksalaError, *, as_json: bool) -> int:
    """Print what is wrong and what to do; with `as_json` also the one document on stdout."""
    print(f"{error.th}\n{error.en}\n[{error.code}]", file=sys.stderr)
    if as_json:
        document: dict[str, Any] = {"error": {"code": error.code, "th": error.th, "en": error.en}}
        print(json.dumps(document, ensure_ascii=False))
    return error.exit_code


def report_usage(error: Any, *, as_json: bool) -> int:
    """Print a mistake in options or arguments; a bare `suksala` gets the help."""
    said = error.format_message().strip().rstrip(".")
    if type(error).__name__ == "NoArgsIsHelpError":
        print(said, file=sys.stderr)
        return EXIT_BAD_INPUT
    usage = BadUsage(f"คำสั่งไม่ถูกต้อง: {said} (ดู suksala --help)", f"{said}. See suksala --help.")
    return report_known(usage, as_json=as_json)


def report_unexpected(error: BaseException, *, as_json: bool) -> int:
    """Write where it happened to a file and print its name."""
    path = _write(error)
    return report_known(
        Unexpected(
            f"เกิดข้อผิดพลาดภายในระบบ ไม่ใช่จากข้อมูลที่ส่ง: แจ้งผู้ดูแลพร้อมแฟ้ม {path}",
            f"something broke inside Suksala, not through your input: send {path} to the maintainers",
        ),
        as_json=as_json,
    )


def _write(error: BaseException) -> Path:
    """Keep kinds of errors and places in the code; messages and values stay out, they can hold personal data."""
    from suksala import __version__

    data = os.environ.get("SUKSALA_DATA")
    folder = Path(data) / "logs" if data and Path(data).is_dir() else Path(tempfile.mkdtemp(prefix="suksala-"))
    folder.mkdir(exist_ok=True, mode=0o700)
    path = folder / f"error-{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}.log"
    lines = [f"suksala {__version__}, Python {platform.python_version()}, {platform.platform()}"]
    cause: BaseException | None = error
    while cause is not None:
        lines.append(f"{type(cause).__module__}.{type(cause).__qualname__}")
        lines += [f"  {at.filename}:{at.lineno} {at.name}" for at in traceback.extract_tb(cause.__traceback__)]
        cause = cause.__cause__ or cause.__context__
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    path.chmod(0o600)
    return path
