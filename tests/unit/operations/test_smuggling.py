"""Where a request ends is told once. One that tells it twice or wrongly gets one answer at most, its line is closed,
and what follows on the line is never answered (request smuggling; ASVS V4.2.1; RFC 9112 6.1, 6.3 and 7.1).
"""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from django.db import connection

from suksala import signin
from suksala.foundation import database
from tests.journeys.running import free_port
from tests.record import HOSPITAL, reads_logged

FIRST = b"POST /fhir/Patient HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/fhir+json\r\n"
SMUGGLED = b"GET /static/smuggled HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
CHUNKED = FIRST + b"Transfer-Encoding: chunked\r\n"
NOTHING = b"0\r\n\r\n"
START_SECONDS = 60
PATIENCE_SECONDS = 5.0


@contextmanager
def serving(database_url: str) -> Iterator[int]:
    """The port of a web server as `suksala up` starts it."""
    port = free_port()
    command = [sys.executable, "-m", "suksala.operations", "web", "127.0.0.1", str(port), "1"]
    env = {**os.environ, "DATABASE_URL": database_url, "SUKSALA_PARENT": str(os.getpid())}
    nowhere = subprocess.DEVNULL
    process = subprocess.Popen(command, env=env, stdout=nowhere, stderr=nowhere, start_new_session=True)
    try:
        _wait(port)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """For requests that are refused before a database is asked."""
    with serving(os.environ["DATABASE_URL"]) as chosen:
        yield chosen


def _wait(port: int) -> None:
    until = time.monotonic() + START_SECONDS
    while True:
        try:
            return socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            assert time.monotonic() < until
            time.sleep(0.2)


def sent(port: int, raw: bytes) -> tuple[list[int], bool]:
    """The status of every answer on one line, and whether the server closed it."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as line:
        line.sendall(raw)
        got, closed = b"", False
        try:
            while not closed:
                block = line.recv(65536)
                got, closed = got + block, not block
        except ConnectionResetError:
            closed = True
        except TimeoutError:
            pass
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", got)], closed


TWICE = {
    "two lengths": FIRST + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(SMUGGLED),
    "a list of lengths": FIRST + b"Content-Length: 0, 0\r\n\r\n",
    "a length with a sign": FIRST + b"Content-Length: +0\r\n\r\n",
    "a length in hexadecimal": FIRST + b"Content-Length: 0x0\r\n\r\n",
    "an unknown coding": FIRST + b"Transfer-Encoding: xchunked\r\n\r\n" + NOTHING,
    "chunked, but not last": FIRST + b"Transfer-Encoding: chunked, identity\r\n\r\n" + NOTHING,
    "a space before the colon": FIRST + b"Transfer-Encoding : chunked\r\n\r\n" + NOTHING,
    "chunks in HTTP/1.0": CHUNKED.replace(b"HTTP/1.1", b"HTTP/1.0") + b"Connection: keep-alive\r\n\r\n" + NOTHING,
}


@pytest.mark.parametrize("raw", TWICE.values(), ids=TWICE)
def test_a_head_that_tells_no_one_length_is_refused(port: int, raw: bytes) -> None:
    """By 400, before anybody looks at the address; the line is closed."""
    assert sent(port, raw + SMUGGLED) == ([400], True)


ENDED = {
    "length and chunks": CHUNKED + b"Content-Length: 5\r\n\r\n" + NOTHING,
    "a length over the next request": CHUNKED + b"Content-Length: %d\r\n\r\n" % (5 + len(SMUGGLED)) + NOTHING,
    "length first": FIRST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n" + NOTHING,
    "a size of no digits": CHUNKED + b"\r\nzz\r\n{}\r\n" + NOTHING,
    "a size with a sign": CHUNKED + b"\r\n-2\r\n{}\r\n" + NOTHING,
    "a size with 0x": CHUNKED + b"\r\n0x2\r\n{}\r\n" + NOTHING,
    "a size of 68 bits": CHUNKED + b"\r\nfffffffffffffffff\r\n{}\r\n" + NOTHING,
    "a chunk longer than its size": CHUNKED + b"\r\n1\r\n{}\r\n" + NOTHING,
    "lines that end with LF alone": CHUNKED + b"\r\n2\n{}\n0\n\n",
}


@pytest.mark.django_db(transaction=True)
def test_after_a_doubtful_end_the_line_is_closed_and_nothing_is_written() -> None:
    """Chunks go before a length (RFC 9112 6.3), and nothing more is read from such a line: one refusal for want of a
    body, no second answer. A client that may write sends it, so that the body is read; of one clear length, the same
    client gets two answers.
    """
    token = signin.issue_token("his", HOSPITAL, ["system/*.cruds"], 30).encode()
    url = urlsplit(os.environ["DATABASE_URL"])
    ours = url._replace(path=f"/{connection.settings_dict['NAME']}").geturl()
    clear = {
        "chunks": CHUNKED + b"\r\n2\r\n{}\r\n" + NOTHING,
        "length": FIRST + b"Content-Length: 2\r\n\r\n{}",
    }
    with serving(ours) as port:
        told = {
            name: sent(port, raw.replace(b"\r\n", b"\r\nAuthorization: Bearer " + token + b"\r\n", 1) + SMUGGLED)
            for name, raw in {**ENDED, **clear}.items()
        }
    assert told == {**dict.fromkeys(ENDED, ([400], True)), **dict.fromkeys(clear, ([400, 404], True))}
    assert database.rows("SELECT count(*) FROM resource") == [(0,)]


SEARCH = (
    b"POST /fhir/Patient/_search HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer %s\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\n"
)
FORM = b"name=x&gender=female"
BROKEN = {
    "in chunks, between two": b"Transfer-Encoding: chunked\r\n\r\n7\r\nname=x&\r\n",
    "in chunks, within one": b"Transfer-Encoding: chunked\r\n\r\n14\r\nname=x&",
    "in chunks, before any": b"Transfer-Encoding: chunked\r\n\r\n",
    "of a told length": b"Content-Length: 20\r\n\r\nname=x&",
}


@pytest.mark.django_db(transaction=True)
def test_a_form_that_broke_off_is_answered_nothing() -> None:
    """The client ends its side of the line in the middle of a form, and still listens: one refusal, no Bundle."""
    token = signin.issue_token("his", HOSPITAL, ["system/*.rs"], 30).encode()
    url = urlsplit(os.environ["DATABASE_URL"])
    with serving(url._replace(path=f"/{connection.settings_dict['NAME']}").geturl()) as port:
        told = {name: broken_off(port, SEARCH % token + rest) for name, rest in BROKEN.items()}
        whole = broken_off(port, SEARCH % token + b"Content-Length: 20\r\nConnection: close\r\n\r\n" + FORM, after=None)
    assert {name: (status, b"incomplete" in body, b"Bundle" in body) for name, (status, body) in told.items()} == (
        dict.fromkeys(BROKEN, (400, True, False))
    )
    assert (whole[0], b"Bundle" in whole[1]) == (200, True)
    assert reads_logged() == 1


def broken_off(port: int, raw: bytes, after: int | None = socket.SHUT_WR) -> tuple[int, bytes]:
    """What is answered to a client that sends so much and no more: status and body."""
    with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS) as line:
        line.sendall(raw)
        if after is not None:
            line.shutdown(after)
        got = b"".join(iter(lambda: line.recv(65536), b""))
    head, _, body = got.partition(b"\r\n\r\n")
    return int(head.split(b" ")[1]), body
