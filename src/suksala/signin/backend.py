"""Django's view of our accounts: who a session belongs to. Demo sessions end with demo mode."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend

from suksala.foundation import settings

from . import storage


class AccountBackend(BaseBackend):
    """Finds the account of a session. It checks no password: ways to prove who one is have their own issue."""

    def get_user(self, user_id: int) -> Any:
        """The account, or None when it was closed, or is a demo account outside demo mode."""
        account = storage.accounts().objects.filter(pk=user_id, is_active=True).first()
        if account is not None and account.demo and not settings.current().demo:
            return None
        return account
