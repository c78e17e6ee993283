"""Is this installation well? Numbers and versions only; nothing about any person."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Callable
from datetime import timedelta
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import django

from suksala import audit, consent
from suksala.foundation import copies, database, log, settings

WORKER_SILENT_SECONDS = 60
DISK_FLOOR_BYTES = 500_000_000
AUDIT_LAG_SECONDS = 60
_log = log.get(__name__)


def health_report() -> dict[str, Any]:
    """Each part with its state; "ok" overall when the database answers and the disk has room.

    A silent worker, an audit log that waits to be sealed, or a third copy that is old, is reported but does not make
    the pages unwell: they can be read meanwhile.
    """
    parts = {
        "database": _asked(_database),
        "worker": _asked(_worker),
        "lake": _asked(_lake),
        "audit": _asked(_audit_log),
        "backup": _asked(_backup),
    }
    well = parts["database"]["ok"] and parts["lake"]["ok"]
    return {"status": "ok" if well else "unwell", **parts, "versions": versions()}


def versions() -> dict[str, str]:
    """Versions of what runs here."""
    try:
        own = version("suksala")
    except PackageNotFoundError:  # run from a source tree that was not installed
        own = "source"
    return {"suksala": own, "python": platform.python_version(), "django": django.get_version()}


def _asked(part: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return part()
    except Exception as problem:  # a health page reports any failure and never fails itself
        _log.warning("health.part", part=part.__name__.strip("_"), problem=type(problem).__name__)
        return {"ok": False}


def _database() -> dict[str, Any]:
    [[server]] = database.rows("SELECT current_setting('server_version')")
    return {"ok": True, "postgresql": server}


def _worker() -> dict[str, Any]:
    [[silent]] = database.rows(
        "SELECT extract(epoch FROM now() - max(last_heartbeat))::float8 FROM procrastinate_workers"
    )
    [[waiting]] = database.rows("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")
    alive = silent is not None and silent < WORKER_SILENT_SECONDS
    return {"ok": alive, "silent_seconds": None if silent is None else round(silent, 1), "jobs_waiting": waiting}


def _audit_log() -> dict[str, Any]:
    waiting, seconds = audit.lag()
    silence = round(audit.silence().total_seconds(), 1)
    fine = seconds < AUDIT_LAG_SECONDS and not consent.is_stopped()
    return {
        "ok": fine,
        "facts_waiting": waiting,
        "oldest_seconds": round(seconds, 1),
        "uncosigned_seconds": silence,
        "exchange_stopped": consent.is_stopped(),
    }


def _lake() -> dict[str, Any]:
    folder = settings.current().data_dir
    free = shutil.disk_usage(folder).free
    return {"ok": free > DISK_FLOOR_BYTES, "free_bytes": free}


def _backup() -> dict[str, Any]:
    """Copies for a third place; well where none are wanted."""
    ours = settings.current()
    if ours.backup_key is None:
        return {"ok": True, "made_hours": None, "kept_hours": None}
    age = copies.age()
    return {
        "ok": age.is_fresh(timedelta(hours=ours.backup_hours)),
        "made_hours": _hours(age.made),
        "kept_hours": _hours(age.kept),
    }


def _hours(age: timedelta | None) -> int | None:
    return None if age is None else int(age.total_seconds() // 3600)
