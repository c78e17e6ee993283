"""The jobs of the exchange."""

from suksala.foundation import jobs

from . import service, subscription_storage, subscriptions


@jobs.task(subscription_storage.DISPATCH)
def dispatch() -> None:
    """Number new changes for the subscriptions that they concern."""
    subscriptions.dispatch()


@jobs.task(subscriptions.DELIVER)
def deliver(subscription: str) -> None:
    """Send a subscription what its receiver has not answered yet."""
    service.deliver(subscription)
