"""What is done about who is who at night: names counted anew, who waits is weighed, on Sundays everybody."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import NamedTuple

from suksala import audit
from suksala.foundation import clock

from . import batch, edges, service, teaching
from .batch import Run
from .errors import AlreadyWeighing

MANY = 3000  # registrations from which on weighing in bulk is quicker: it takes some seconds before the first pair
HOURS = range(1, 5)  # in Bangkok
SUNDAY = 6


class Weighing(NamedTuple):
    """The newest weighing of everybody: when, what it did or would have done, and what says too little.

    crowded  rule of blocking -> keys that more than 500 registrations share: by these nobody is compared
    """

    at: datetime
    run: Run
    crowded: dict[str, int]

    @property
    def is_held_back(self) -> bool:
        """It would have changed more than a run may by itself, so nothing was changed until somebody looks."""
        return self.run.changes_too_many and not self.run.applied


def last_weighing() -> Weighing | None:
    """The newest weighing of everybody, as the audit log tells it; None before the first."""
    for fact in audit.facts_wanted(audit.Wanted(kinds=("identity.weighed",), limit=1)):
        told = {name: value for name, value in fact.detail.items() if name in Run._fields}
        return Weighing(fact.at, Run(**told), fact.detail.get("crowded", {}))
    return None


def weigh(
    *, everybody: bool = False, anyway: bool = False, spark: str | None = None, actor: str = service.SYSTEM
) -> Run:
    """Weigh the registrations that wait, or everybody anew, and make humans what they say then.

    everybody  what would change is looked at first, and nothing is where it is more than batch.MOST_CHANGED of humans
    anyway     go on then
    spark      of everybody: a folder for the rows, to weigh them on a Spark cluster instead of in this process
    Returns what was done; `applied` is False where no model stands, or nothing was changed.
    Raises AlreadyWeighing, NoSpark.
    """
    if everybody:
        return batch.weigh_everybody(actor=actor, anyway=anyway, spark=spark)
    if len(edges.waiting(MANY)) >= MANY:
        return batch.weigh_waiting(actor=actor)
    done = service.weigh_waiting(limit=MANY, actor=actor)
    return Run(done.changed, 0, done.linked, done.unlinked, done.reviews)


def when_few_are_at_work(now: datetime) -> None:
    """Between one and five in the night in Bangkok: what is due. Safe to call every few minutes."""
    here = now.astimezone(clock.BANGKOK)
    if here.hour not in HOURS:
        return
    try:
        if edges.waiting(1):
            teaching.refresh()
            weigh()
        if here.weekday() == SUNDAY and not _was_weighed_since(now - timedelta(days=1)):
            weigh(everybody=True)
    except AlreadyWeighing:
        return  # somebody at the command line is at it


def _was_weighed_since(moment: datetime) -> bool:
    return next(iter(audit.facts("identity.weighed", moment)), None) is not None
