"""Where the present request comes from: kept with every fact that it leaves, given by nobody who writes one."""

from __future__ import annotations

from contextvars import ContextVar

_address: ContextVar[str | None] = ContextVar("suksala.audit.origin", default=None)
MOST = 64  # an IPv6 address with its zone is shorter


def coming_from(address: str | None) -> None:
    """Say over which connection the present request came: the address that the web server saw, never a header."""
    _address.set(address[:MOST] if address else None)


def address() -> str | None:
    """The address of the present request; None in a job or a command."""
    return _address.get()
