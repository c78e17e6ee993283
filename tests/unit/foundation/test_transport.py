"""What leaves this machine goes by TLS with a checked certificate; what stays here need not (ASVS V12.2.1, V12.3.1)."""

from __future__ import annotations

import pytest

from suksala.foundation.transport import is_safe, is_safe_database


@pytest.mark.parametrize(
    ("address", "safe"),
    [
        ("https://lab.example/hook", True),
        ("http://lab.example/hook", False),
        ("http://10.0.0.5/hook", False),
        ("http://127.0.0.1:8001/hook", True),
        ("http://127.0.0.2/", True),
        ("http://[::1]:8001/", True),
        ("http://localhost/", True),
        ("http://localhost.example.org/", False),
        ("http://128.0.0.1/", False),
        ("ftp://127.0.0.1/", False),
        ("https:///path", False),
    ],
)
def test_addresses_of_the_web(address: str, safe: bool) -> None:
    """An inner network is no safe place: only this machine is."""
    assert is_safe(address) is safe


@pytest.mark.parametrize(
    ("address", "env", "safe"),
    [
        ("postgresql:///suksala?host=/run/postgresql", {}, True),
        ("postgresql:///suksala", {}, True),
        ("postgresql://127.0.0.1:5432/suksala", {}, True),
        ("postgresql://u:p@[::1]/suksala", {}, True),
        ("postgresql://db.example/suksala", {}, False),
        ("postgresql://db.example/suksala?sslmode=require", {}, False),
        ("postgresql://db.example/suksala?sslmode=verify-ca", {}, False),
        ("postgresql://db.example/suksala?sslmode=verify-full", {}, True),
        ("host=db.example dbname=suksala sslmode=verify-full", {}, True),
        ("postgresql://127.0.0.1,db.example/suksala", {}, False),
        ("postgresql://localhost/suksala?hostaddr=10.0.0.5", {}, False),
        ("postgresql:///suksala", {"PGHOST": "db.example"}, False),
        ("postgresql:///suksala", {"PGHOSTADDR": "10.0.0.5"}, False),
        ("postgresql://db.example/suksala", {"PGSSLMODE": "verify-full"}, True),
        ("postgresql://db.example/suksala?sslmode=prefer", {"PGSSLMODE": "verify-full"}, False),
        ("postgresql:///suksala?service=main", {}, False),
        ("postgresql:///suksala", {"PGSERVICE": "main"}, False),
        ("postgresql://db.example/suksala?nonsense=1", {}, False),
    ],
)
def test_addresses_of_the_database(address: str, env: dict[str, str], safe: bool) -> None:
    """As libpq reads them, with what it takes from the environment; the weakest of several hosts counts."""
    assert is_safe_database(address, env) is safe
