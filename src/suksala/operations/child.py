"""What a child of `suksala up` does: `python -m suksala.operations` with `web HOST PORT N`, `sockets HOST PORT`
or `worker NAME`."""

from __future__ import annotations

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def die_with(parent: int) -> None:
    """End when the supervisor `parent` is gone, even by `kill -9`: the port is free again and no job runs unseen."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:
        sys.exit(0)


def serve(host: str, port: int, workers: int) -> None:
    """Serve pages and /fhir/ with granian: one process per core, four threads each (measured; decision 0001)."""
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "suksala.portals.served:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=4,
        log_access=False,  # a path or a query may hold a name
        respawn_failed_workers=True,
        workers_kill_timeout=10,
        websockets=False,
    ).serve()


def hold_sockets(host: str, port: int) -> None:
    """Tell subscribers over WebSockets: one process, one loop, one database connection (decision 0078)."""
    from granian import Granian
    from granian.constants import Interfaces

    Granian(
        "suksala.portals.asgi:application",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=1,
        log_access=False,
        respawn_failed_workers=True,
        workers_kill_timeout=5,
        websockets=True,
    ).serve()


def work(name: str, *, until_empty: bool = False) -> None:
    """Run background jobs in this process until it is told to stop (SIGTERM finishes the present job first)."""
    import django

    from suksala.foundation import jobs, ticks

    django.setup()
    if not until_empty:
        ticks.start()
    jobs.run_worker(name=name, until_empty=until_empty)


def main(arguments: list[str]) -> None:
    """Run the role named by the first argument; the parent is in SUKSALA_PARENT."""
    die_with(int(os.environ["SUKSALA_PARENT"]))
    role, *rest = arguments
    if role == "web":
        serve(rest[0], int(rest[1]), int(rest[2]))
    elif role == "sockets":
        hold_sockets(rest[0], int(rest[1]))
    else:
        work(rest[0], until_empty="--until-empty" in rest)
