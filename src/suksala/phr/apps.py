"""Django's view of this module: at its start it gives consent's notices their way to telephones, if there is one."""

from __future__ import annotations

from django.apps import AppConfig


class PhrConfig(AppConfig):
    """Where the operator has an SMS gateway, citizens are told by it too."""

    name = "suksala.phr"

    def ready(self) -> None:
        """Add the channel."""
        from suksala import consent, signin

        from .telling import OwnersTelephone

        if signin.sends_sms():
            consent.CHANNELS.append(OwnersTelephone())
