"""The clock: moments are aware and in UTC, days are days in Bangkok."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

BANGKOK = ZoneInfo("Asia/Bangkok")


def now() -> datetime:
    """The present moment, aware, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The present day in Bangkok, the only civil time of Thailand (UTC+7, no summer time)."""
    return now().astimezone(BANGKOK).date()
