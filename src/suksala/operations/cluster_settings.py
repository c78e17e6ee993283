"""What the embedded cluster's configuration says, and why."""

from __future__ import annotations

import os
from pathlib import Path

MEGABYTE = 1 << 20


def text(socket_folder: Path, logs: Path, *, memory: int | None = None, cores: int | None = None) -> str:
    """The configuration for a machine with `memory` bytes and `cores` cores (default: this one)."""
    memory_mb = (memory or _memory()) // MEGABYTE
    cores = cores or os.cpu_count() or 2
    values: dict[str, object] = {
        # Reached through a folder of mode 0700 only; no network, no password that could leak (decision 0003).
        "listen_addresses": "''",
        "unix_socket_directories": _quoted(str(socket_folder)),
        "unix_socket_permissions": "0700",
        "max_connections": 100,
        # Small machines: a clinic's server has 4 GB and runs Python beside it.
        "shared_buffers": f"{_between(128, memory_mb // 8, 2048)}MB",
        "effective_cache_size": f"{_between(256, memory_mb // 2, 65536)}MB",
        "work_mem": f"{_between(8, memory_mb // 256, 64)}MB",
        "maintenance_work_mem": f"{_between(64, memory_mb // 32, 512)}MB",
        "max_parallel_workers_per_gather": max(0, min(2, cores // 2 - 1)),
        "random_page_cost": 1.1,
        "jit": "off",  # our queries are short; compiling them costs more than it saves
        # An acknowledged write survives a power cut (promise 8); few checkpoints make bulk loads quick.
        "fsync": "on",
        "synchronous_commit": "on",
        "wal_compression": "on",
        "max_wal_size": "2GB",
        "min_wal_size": "256MB",
        "checkpoint_timeout": "15min",
        "checkpoint_completion_target": 0.9,
        "idle_in_transaction_session_timeout": "10min",
        "timezone": "'UTC'",
        # A failed statement's text and DETAIL carry values of the data: the server's own log must not hold them.
        "log_min_messages": "log",
        "log_min_error_statement": "panic",
        "log_error_verbosity": "terse",
        "log_statement": "none",
        "log_parameter_max_length": 0,
        "log_parameter_max_length_on_error": 0,
        "log_timezone": "'UTC'",
        "logging_collector": "on",
        "log_directory": _quoted(str(logs)),
        "log_filename": "'postgres-%a.log'",  # one week, each day overwrites the same day of the week before
        "log_rotation_age": "1d",
        "log_rotation_size": 0,
        "log_truncate_on_rotation": "on",
    }
    head = "# Written anew at every start by suksala; put your own settings into local.conf beside this file.\n"
    return head + "".join(f"{name} = {value}\n" for name, value in values.items()) + "include 'local.conf'\n"


ACCESS = """# Only through the unix socket, whose folder (0700) is the lock; the network is not listened to.
local  all          all  trust
local  replication  all  trust
"""


def _between(least: int, wanted: int, most: int) -> int:
    return max(least, min(wanted, most))


def _memory() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
