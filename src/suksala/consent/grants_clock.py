"""Which moment counts for an emergency grant when clocks can lie (T24). Pure; `grants_service` reads the clocks.

The latest of all clocks counts, so a clock that is slow or was set back lengthens nothing. One that was set back by
more than 30 s ends every grant: how much of the 72 hours has passed is not known any more. One that is apart from the
database's only closes the door until they agree.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

SKEW = timedelta(seconds=30)


@dataclass(frozen=True, slots=True)
class Readings:
    """What the clocks say at one moment.

    wall      the system's clock
    elapsed   what it would say had nobody set it since the machine was started; None where nobody noted that start
    database  the database's clock, None where it was not asked
    mark      the latest moment that was ever noted beside the keys, None at first
    """

    wall: datetime
    elapsed: datetime | None = None
    database: datetime | None = None
    mark: datetime | None = None

    @property
    def set_back(self) -> bool:
        """Whether the system's clock was set back, since the machine was started or since the mark was noted."""
        return any(seen is not None and self.wall < seen - SKEW for seen in (self.elapsed, self.mark))

    @property
    def apart(self) -> bool:
        """Whether the system and the database disagree about the time."""
        return self.database is not None and abs(self.wall - self.database) > SKEW

    @property
    def latest(self) -> datetime:
        """The moment that counts."""
        return max(seen for seen in (self.wall, self.elapsed, self.database, self.mark) if seen is not None)
