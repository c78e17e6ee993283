"""What django-allauth asks of us: who we are to a passkey, and how secrets lie in the database."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from allauth.core import context
from allauth.mfa.adapter import DefaultMFAAdapter

from suksala.foundation import keys, settings


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # django-allauth is not typed
    """Secrets are sealed with the master key; a passkey belongs to the public address, whatever a request calls us."""

    def encrypt(self, text: str) -> str:
        """A secret as it is stored."""
        return keys.seal(text).hex()

    def decrypt(self, encrypted_text: str) -> str:
        """The secret again."""
        return keys.unseal(bytes.fromhex(encrypted_text))

    def get_totp_issuer(self) -> str:
        """What an authenticator app calls us."""
        return "Suksala"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """Who asks for a passkey: the host of the public address, else of this request."""
        public = settings.current().public_url
        host = urlsplit(public).hostname if public else context.request.get_host().partition(":")[0]
        return {"id": host or "", "name": "สุขศาลา Suksala"}

    def get_public_key_credential_user_entity(self, user: Any) -> dict[str, Any]:
        """Whose passkey it is, as the browser shows it; the handle is a number that means nothing elsewhere."""
        return {
            **super().get_public_key_credential_user_entity(user),
            "name": user.login,
            "display_name": user.display_th.split(" · ")[0],
        }
