"""Whom the program speaks with (docs/reference/connections.md) is all that the code opens a connection to, and the time
limits are the code's; so are the days within which packages are mended (ASVS V13.1.1, V15.1.1).
"""

from __future__ import annotations

import ast
import re
from datetime import timedelta

import pytest

from suksala.audit import witnesses
from suksala.consent.witnessed import STOPS_AFTER
from suksala.foundation import reaching, scanning
from suksala.governance.connections import EXPLOITED_DAYS, MENDED, OTHERWISE_DAYS, PEERS
from suksala.governance.processing import Term
from suksala.operations import certificate
from suksala.signin import provider_http
from suksala.signin.sms_rules import LIVES
from tests.contracts.test_safeguards import THAI, trees

# What opens connections: modules of the standard library and of packages, as they are imported.
OPENERS = re.compile(
    r"(http\.client|socket|ssl|urllib3|urllib\.request|smtplib|ftplib|poplib|imaplib|telnetlib|nntplib|xmlrpc|asyncssh"
    r"|requests|httpx|aiohttp|websockets|paramiko|boto3|django\.core\.mail|twilio|ldap3?|redis|kafka|grpc"
    r"|suksala\.foundation\.reaching)(\.|$)"
)
CALLS = {"psycopg.connect", "psycopg.Connection.connect", "psycopg.AsyncConnection.connect"}
CALLS |= {"asyncio.open_connection", "asyncio.open_unix_connection"}
SETTINGS = {"DATABASES", "EMAIL_HOST"}  # by which Django opens them


def opens(tree: ast.AST) -> bool:
    """Whether a module can connect to somebody: by what it imports, calls or lets Django open."""
    for node in ast.walk(tree):
        names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names = [node.module, *(f"{node.module}.{one.name}" for one in node.names)]
        if any(OPENERS.match(name) for name in names) or CALLS & set(names):
            return True
        if isinstance(node, ast.Call) and ast.unparse(node.func) in CALLS:
            return True
        if isinstance(node, ast.Assign) and SETTINGS & {ast.unparse(target) for target in node.targets}:
            return True
    return False


def test_every_place_that_opens_a_connection_is_listed() -> None:
    """And no place is listed that opens none."""
    found = sorted(name for name, tree in trees().items() if opens(tree))
    assert found == sorted(place for one in PEERS for place in one.places)


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("import urllib3", True),
        ("from urllib import request", True),
        ("from http import client", True),
        ("def f():\n    import smtplib", True),
        ("import psycopg\npsycopg.connect('x')", True),
        ("from psycopg import connect", True),
        ("from django.core.mail import send_mail", True),
        ("from suksala.foundation import log, reaching", True),
        ("EMAIL_HOST = 'mail'", True),
        ("from http import HTTPStatus", False),
        ("import psycopg\nE = psycopg.Error", False),
        ("from urllib.parse import urlsplit", False),
        ("from .socket import x", False),
    ],
)
def test_the_look_bites(text: str, seen: bool) -> None:
    """Both sides."""
    assert opens(ast.parse(text)) is seen


def waits_of(code: str) -> str:
    """What happens while a peer does not answer."""
    return next(one.without.en for one in PEERS if one.code == code)


def test_the_limits_are_those_of_the_code() -> None:
    """In seconds and bytes."""
    limits = {one.code: one.limit for one in PEERS}
    timeout = provider_http.TIMEOUT
    assert limits["providers"].startswith(f"{timeout.connect_timeout} s to connect, {timeout.read_timeout} s for each")
    assert f"{provider_http.LARGEST:,} bytes" in limits["providers"]
    assert limits["receivers"] == f"{reaching.TIMEOUT:.0f} s for each step, {reaching.DEADLINE:.0f} s in all"
    assert limits["sms-gateway"] == limits["receivers"]
    assert f"a code for {LIVES // timedelta(minutes=1)} minutes" in waits_of("sms-gateway")
    assert limits["witnesses"].startswith(f"{witnesses.TIMEOUT:.0f} s for each step, {2 * witnesses.TIMEOUT:.0f} s in")
    assert f"after {STOPS_AFTER // timedelta(hours=1)} hours without" in waits_of("witnesses")
    waits = {name: ast.unparse(trees()[f"operations/{name}.py"]) for name in ("database", "supervise")}
    assert "connect_timeout=10)" in waits["database"]
    assert "timeout=10)" in waits["supervise"]
    assert [limits[code][:4] for code in ("database", "itself")] == ["10 s", "10 s"]
    assert limits["scanner"] == f"{scanning.SECONDS:.0f} s for each step"
    assert limits["front"] == f"{certificate.SECONDS:.0f} s for each step"


def test_both_languages_and_codes_once() -> None:
    """Thai first."""
    terms = [term for one in PEERS for term in vars(one).values() if isinstance(term, Term)]
    assert len(terms) == 3 * len(PEERS)
    assert [term for term in terms if not THAI.search(term.th) or THAI.search(term.en)] == []
    assert len({one.code for one in PEERS}) == len(PEERS)


def test_every_severity_has_its_days_and_the_worse_the_fewer() -> None:
    """The severities of CVSS 4.0 with their lowest scores; none is looked at later than what has no weakness."""
    assert [(one.severity, one.lowest) for one in MENDED] == [
        ("critical", 9.0),
        ("high", 7.0),
        ("medium", 4.0),
        ("low", 0.1),
    ]
    days = [one.days for one in MENDED]
    assert days == sorted(set(days))
    assert days[0] >= EXPLOITED_DAYS
    assert days[-1] <= OTHERWISE_DAYS
