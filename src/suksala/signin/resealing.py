"""Secrets of authenticator apps under the newest master key: django-allauth keeps them inside a document of its own."""

from __future__ import annotations

from suksala.foundation import database, keys


def reseal_authenticators() -> int:
    """Bring the secret of every authenticator app under the newest master key; returns how many were changed."""
    from allauth.mfa.models import Authenticator

    changed = 0
    with database.transaction():
        for one in Authenticator.objects.select_for_update().filter(type=Authenticator.Type.TOTP).order_by("pk"):
            before = bytes.fromhex(one.data["secret"])
            after = keys.resealed(before)
            if after != before:
                one.data["secret"] = after.hex()
                one.save(update_fields=["data"])
                changed += 1
    return changed
