"""Settings of this installation, read from the environment once."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """Where things lie and how this installation behaves.

    data_dir      everything we store outside PostgreSQL: deposits, lake, keys, the embedded cluster
    database_url  a PostgreSQL server; None means the embedded cluster
    demo          made-up data: demo sign-in is open and every page says so
    debug         Django's debug pages; never in production
    hosts         host names that this server answers to
    """

    data_dir: Path
    database_url: str | None
    demo: bool
    debug: bool
    hosts: tuple[str, ...]


def default_data_dir() -> Path:
    """`/var/lib/suksala` for root, whose home is closed to the database's user; else the user's data home."""
    if os.name == "posix" and os.geteuid() == 0:
        return Path("/var/lib/suksala")
    home = os.environ.get("XDG_DATA_HOME")
    return (Path(home) if home else Path.home() / ".local" / "share") / "suksala"


@lru_cache(maxsize=1)
def current() -> Settings:
    """The settings of this process; `forget()` reads them again after the environment changed."""
    env = os.environ
    return Settings(
        data_dir=Path(env.get("SUKSALA_DATA") or default_data_dir()),
        database_url=env.get("DATABASE_URL") or None,
        demo=env.get("SUKSALA_DEMO") == "1",
        debug=env.get("SUKSALA_DEBUG") == "1",
        hosts=tuple(env.get("SUKSALA_HOSTS", "localhost,127.0.0.1,[::1]").split(",")),
    )


def forget() -> None:
    """Drop the settings read so far (the command line sets the environment before anything else starts)."""
    current.cache_clear()
