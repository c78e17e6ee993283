"""Short notices from one process to all others, over PostgreSQL: something that they remember is not so any more.

A notice of a transaction is told when it commits, and only then. It carries no personal data: what it is about is read
from the table. Nobody relies on one arriving: whoever cannot listen just now remembers nothing for long.
"""

from __future__ import annotations

import threading
from collections.abc import Callable

import django.db

from . import database, log

PAUSE_SECONDS = 1.0  # before it is tried again to listen
LOOK_SECONDS = 30.0  # a connection that died without a word is found by asking it something

_log = log.get("notices")


def tell(channel: str, text: str = "") -> None:
    """Tell everybody who listens, when the present transaction commits; at once if there is none."""
    database.rows("SELECT pg_notify(%s, %s)", [channel, text])


class Listener:
    """Listens on one channel in a thread of its own, for as long as the process lives.

    heard    called with each notice's text, and with "" whenever notices may have been missed
    is_live  whether it listens at this moment
    """

    def __init__(self, channel: str, heard: Callable[[str], None]) -> None:
        self.channel = channel
        self.heard = heard
        self.is_live = False
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"notices {channel}", daemon=True)

    @property
    def is_started(self) -> bool:
        """Whether it was asked to listen."""
        return self._thread.ident is not None

    def start(self) -> None:
        """Begin to listen; returns at once."""
        self._thread.start()

    def stop(self) -> None:
        """Listen no more; returns when its connection is closed."""
        self._stopped.set()
        tell(self.channel)  # it waits for a notice
        self._thread.join()

    def _run(self) -> None:
        while not self._stopped.is_set():
            try:
                self._listen()
            except Exception as error:  # the database went away: everything is asked anew until it is back
                self.is_live = False
                _log.warning("not listening", name=self.channel, error_type=type(error).__name__)
                django.db.connections.close_all()
                self._stopped.wait(PAUSE_SECONDS)
        self.is_live = False
        django.db.connections.close_all()

    def _listen(self) -> None:
        connection = database.connection()
        database.execute(f'LISTEN "{self.channel}"')
        self.heard("")
        self.is_live = True
        while not self._stopped.is_set():
            for notice in connection.notifies(timeout=LOOK_SECONDS, stop_after=1):
                self.heard(notice.payload)
            database.rows("SELECT 1")
