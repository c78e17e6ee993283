"""One child process of a server: started, watched, started again with growing pauses, stopped cleanly."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from suksala.foundation import log

FIRST_PAUSE_SECONDS = 0.5
LONGEST_PAUSE_SECONDS = 30.0
HEALTHY_SECONDS = 60.0  # who lived so long starts again without a pause
LOG_BYTES_MAX = 20 << 20

_log = log.get("operations")


class Child:
    """A process that must run for as long as the server does.

    name      for the log and the name of its log file
    command   program and arguments
    log_file  where its output goes; kept to two files of 20 MB
    """

    def __init__(self, name: str, command: Sequence[str], env: Mapping[str, str], log_file: Path) -> None:
        self.name = name
        self.log_file = log_file
        self.quick_deaths = 0
        self._command = list(command)
        self._env = dict(env)
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._start_again_at = 0.0

    @property
    def pid(self) -> int | None:
        """The process number, None while it is down."""
        return self._process.pid if self._process else None

    def start(self) -> None:
        """Start the process in a session of its own: a Ctrl-C reaches only the supervisor, which stops all in order."""
        self.log_file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with self.log_file.open("ab") as output:
            self._process = subprocess.Popen(
                self._command,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._started = time.monotonic()
        _log.info("process started", name=self.name, process=self._process.pid)

    def watch(self) -> None:
        """Notice a death and start the process again when its pause is over."""
        if self._process is None:
            if time.monotonic() >= self._start_again_at:
                self.start()
            return
        code = self._process.poll()
        if code is not None:
            self._died(code)

    def _died(self, code: int) -> None:
        self._process = None
        lived = time.monotonic() - self._started
        self.quick_deaths = 0 if lived >= HEALTHY_SECONDS else self.quick_deaths + 1
        pause = min(LONGEST_PAUSE_SECONDS, FIRST_PAUSE_SECONDS * 2 ** max(0, self.quick_deaths - 1))
        self._start_again_at = time.monotonic() + pause
        _log.warning(
            "process ended", name=self.name, exit_code=code, attempt=self.quick_deaths, seconds=round(lived, 1)
        )

    def stop(self, patience_seconds: float) -> None:
        """Ask the process to end; after `patience_seconds` end it and whatever it started."""
        process, self._process = self._process, None
        if process is None:
            return
        with suppress(ProcessLookupError):
            process.terminate()
        try:
            process.wait(patience_seconds)
        except subprocess.TimeoutExpired:
            _log.warning("process killed", name=self.name)
        with suppress(ProcessLookupError):  # what is left of its session, the web server's own children included
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def keep_log_small(self) -> None:
        """Move a long log aside. The process keeps its open file (append mode), so the file is emptied, not renamed."""
        with suppress(FileNotFoundError):
            if self.log_file.stat().st_size > LOG_BYTES_MAX:
                shutil.copyfile(self.log_file, self.log_file.with_suffix(".1.log"))
                os.truncate(self.log_file, 0)
