"""Sending to the very address that was looked at, never into our own network by a detour, and no longer than allowed
(T19).

A name is looked up once, every address that it has must be a public one, or in the network that the operator wrote
beside it, and the line goes to the address that was looked at: a name that answers differently the second time (DNS
rebinding) reaches nothing. Source: OWASP SSRF prevention; RFC 6890.
"""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

TIMEOUT = 5.0
DEADLINE = 10.0  # of a whole delivery
Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class NotAllowed(OSError):
    """The name leads to an address that the operator did not allow. Nothing was sent."""


def network_of(url: SplitResult, networks: Mapping[str, str]) -> Network | None:
    """The network that a receiver may stand in: the one that the operator wrote beside it; an address that was written
    as such is its own. None: any public address.
    """
    try:
        return ip_network(networks.get(url.netloc.lower()) or url.hostname or "", strict=False)
    except ValueError:
        return None


def may_reach(address: Address, network: Network | None) -> bool:
    """Whether an address is public, or in the network that was allowed.

    >>> from ipaddress import ip_address
    >>> [may_reach(ip_address(text), None) for text in ("8.8.8.8", "127.0.0.1", "::ffff:10.0.0.1", "169.254.169.254")]
    [True, False, False, False]
    """
    if network is not None:
        return address in network
    inner = _inside(address)
    return inner.is_global and not inner.is_multicast and not inner.is_reserved


_NAT64 = ip_network("64:ff9b::/96")


def _inside(address: Address) -> Address:
    """The IPv4 address that an IPv6 one only wraps (RFC 4291, 3056, 6052)."""
    if isinstance(address, IPv6Address):
        if address in _NAT64:
            return IPv4Address(int(address) & 0xFFFFFFFF)
        return address.ipv4_mapped or address.sixtofour or address
    return address


def line_to(url: SplitResult, network: Network | None, seconds: float) -> http.client.HTTPConnection:
    """A connection to be, pinned to an address that was looked at. Raises NotAllowed; OSError where there is none."""
    host = url.hostname or ""
    port = url.port or (443 if url.scheme == "https" else 80)
    found = [info[4][0] for info in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    if not found or not all(may_reach(ip_address(str(text).partition("%")[0]), network) for text in found):
        raise NotAllowed
    line = _line(url, host, port, seconds)
    pinned = str(found[0])
    line._create_connection = lambda _place, timeout, source: socket.create_connection(  # type: ignore[attr-defined]
        (pinned, port), timeout, source
    )
    return line


def _line(url: SplitResult, host: str, port: int, seconds: float) -> http.client.HTTPConnection:
    if url.scheme == "https":  # the certificate must be the name's, whatever the address
        return http.client.HTTPSConnection(host, port, timeout=seconds, context=ssl.create_default_context())
    return http.client.HTTPConnection(host, port, timeout=seconds)


def post(address: str, networks: Mapping[str, str], body: bytes, headers: Mapping[str, str]) -> str | None:
    """POST to an address; what went wrong as a stable word, None when it was taken. Redirects are not followed.

    networks  by host[:port]: the network that it must stand in, "" for any public address
    Words: address-not-allowed, unreachable, timeout, answered-<status>.
    """
    url = urlsplit(address)
    try:
        line = line_to(url, network_of(url, networks), TIMEOUT)
    except NotAllowed:
        return "address-not-allowed"
    except OSError:
        return "unreachable"
    late = threading.Event()
    timer = threading.Timer(DEADLINE, _hang_up, [line, late])
    timer.start()
    try:
        target = url.path + (f"?{url.query}" if url.query else "") or "/"
        line.request("POST", target, body, dict(headers))
        status = line.getresponse().status
    except TimeoutError:
        return "timeout"
    except (OSError, http.client.HTTPException):
        return "timeout" if late.is_set() else "unreachable"
    finally:
        timer.cancel()
        line.close()
    if late.is_set():  # what had come until then reads like a short answer
        return "timeout"
    return None if 200 <= status < 300 else f"answered-{status}"


def _hang_up(line: http.client.HTTPConnection, late: threading.Event) -> None:
    """A receiver that answers a letter a second would hold the worker: the time-out is of each reading only."""
    late.set()
    with suppress(OSError):
        if line.sock:
            line.sock.shutdown(socket.SHUT_RDWR)
