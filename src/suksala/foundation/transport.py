"""Which addresses may be spoken with: over TLS with the certificate checked, or within this machine. Pure.

What leaves the machine in clear can be read and changed on the way, on an inner network too (ASVS 5 V12.2.1, V12.3.1).
"""

from __future__ import annotations

from collections.abc import Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from psycopg import ProgrammingError
from psycopg.conninfo import conninfo_to_dict

CHECKED = "verify-full"  # libpq's only mode that asks for a certificate and whose it is


def is_safe(address: str) -> bool:
    """Whether secrets may be sent to a web address: https, or http within this machine.

    >>> is_safe("https://imauth.bora.dopa.go.th"), is_safe("http://example.org"), is_safe("http://127.0.0.1:8140")
    (True, False, True)
    """
    parts = urlsplit(address)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(parts.hostname or ""))
    )


def is_safe_database(address: str, env: Mapping[str, str]) -> bool:
    """Whether a PostgreSQL address is this machine's own, or asks for TLS with the server's certificate checked.

    address  as libpq reads it; several hosts may stand in it, and the weakest of them counts
    env      the environment: libpq takes from it what the address leaves out (PGHOST, PGSSLMODE, ...)

    >>> is_safe_database("postgresql:///suksala?host=/run/postgresql", {})
    True
    >>> is_safe_database("postgresql://db.example/suksala", {})
    False
    >>> is_safe_database("postgresql://db.example/suksala?sslmode=verify-full", {})
    True
    """
    try:
        told = {name: str(value or "") for name, value in conninfo_to_dict(address).items()}
    except ProgrammingError:
        return False
    if (told.get("sslmode") or env.get("PGSSLMODE", "")) == CHECKED:
        return True
    if told.get("service") or env.get("PGSERVICE"):
        return False  # a file that we do not read says where the server is
    hosts = told.get("hostaddr") or env.get("PGHOSTADDR") or told.get("host") or env.get("PGHOST") or "/"
    return all(host.startswith(("/", "@")) or is_this_machine(host) for host in hosts.split(","))


def is_this_machine(host: str) -> bool:
    """Whether a host name or an address of IPv4 or IPv6 leads nowhere but back here.

    >>> is_this_machine("localhost"), is_this_machine("::1"), is_this_machine("localhost.example.org")
    (True, True, False)
    """
    if host.lower() == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
