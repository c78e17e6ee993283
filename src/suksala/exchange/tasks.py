"""The jobs of the exchange."""

from suksala import identity
from suksala.foundation import jobs, ticks

from . import bulk, dangers, exporting, loading, register, reindexing, service, subscription_storage, subscriptions


@jobs.task(subscription_storage.DISPATCH)
def dispatch() -> None:
    """Number new changes for the subscriptions that they concern."""
    subscriptions.dispatch()


@jobs.task(subscriptions.DELIVER)
def deliver(subscription: str) -> None:
    """Send a subscription what its receiver has not answered yet."""
    service.deliver(subscription)


@jobs.task("exchange.export")
def export(job: str) -> None:
    """Go on with a bulk export."""
    bulk.guarded(job, lambda: exporting.run(job))


@jobs.task("exchange.import")
def load(job: str) -> None:
    """Go on with a bulk import."""
    bulk.guarded(job, lambda: loading.run(job))


@jobs.task(reindexing.REINDEX)
def reindex() -> None:
    """Make the search columns anew, from where it was."""
    reindexing.run()


@ticks.every(3600.0, "exchange.turn-roles")
def turn_roles() -> None:
    """Say of roles that began or ended that they did."""
    register.turn_roles()


@ticks.every(60.0, "exchange.rank-questions")
def rank_questions() -> None:
    """Put the questions of the review desk in the order of what a wrong answer may do to somebody."""
    identity.rank_questions(dangers.dangers)
