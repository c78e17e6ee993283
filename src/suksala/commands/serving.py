"""`suksala up` and `suksala worker`."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from suksala import operations
from suksala.foundation import log, settings
from suksala.operations import Cluster

from .console import say


def data_folder(given: Path | None) -> Path:
    """The data folder of this command: the option, else $SUKSALA_DATA, else the default. All that we start is told."""
    usual = (
        settings.current().data_dir
    )  # read even if not needed: a setting that is wrong is told before anything starts
    folder = (given or usual).absolute()
    os.environ["SUKSALA_DATA"] = str(folder)
    settings.forget()
    return folder


@contextmanager
def quiet_database(data: Path, *, demo: bool = False) -> Iterator[Cluster | None]:
    """The running database for a command whose reader wants results, not events."""
    log.quiet()
    with operations.running_database(data, demo=demo) as cluster:
        yield cluster


def serve(*, data: Path | None, host: str, port: int, web_workers: int, job_workers: int) -> None:
    """Have everything up until a signal stops it."""
    folder = data_folder(data)
    server = operations.Server(
        folder,
        host,
        port,
        web_workers=web_workers,
        job_workers=job_workers,
        demo=settings.current().demo,
        websocket_port=settings.current().websocket_port,
    )
    operations.refuse_taken_port(host, port)  # before the database starts: the commonest mistake answers at once
    with operations.running_database(server.data) as cluster:
        told = f"เปิดให้บริการแล้วที่ {server.address}\nserving on {server.address}"
        operations.up(
            server,
            cluster,
            lambda: say(told),
            keep_house=operations.keep_house,
            web_database=operations.limit_web(cluster),
        )


def work(*, data: Path | None, until_empty: bool) -> None:
    """Run jobs until told to stop, or until none waits."""
    with operations.running_database(data_folder(data)):
        operations.work(f"worker-{os.getpid()}", until_empty=until_empty)


def print_proxy(
    certificate: Path, key: Path, *, client_ca: Path | None, port: int, listen: str, http_port: int
) -> None:
    """The file for nginx, on stdout."""
    ours = settings.current()
    proxy = operations.ReverseProxy(
        ours.public_url or "",
        certificate.absolute(),
        key.absolute(),
        ours.strict_transport,
        port=port,
        websocket_port=ours.websocket_port,
        client_ca=client_ca.absolute() if client_ca else None,
        listen=listen,
        http_port=http_port,
    )
    print(operations.nginx(proxy), end="")
