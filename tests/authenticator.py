"""An authenticator in Python: makes passkeys and signs challenges as a telephone does, and as no telephone should."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import Aaguid, AttestationObject, AttestedCredentialData, AuthenticatorData

UP, UV = AuthenticatorData.FLAG.UP, AuthenticatorData.FLAG.UV
AT = AuthenticatorData.FLAG.AT


@dataclass
class Authenticator:
    """One device with one passkey.

    origin   what its browser calls the page
    verifies whether it asked for a finger, a face or a PIN
    """

    origin: str = "http://localhost"
    verifies: bool = True
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    identifier: bytes = field(default_factory=lambda: secrets.token_bytes(32))
    handle: str = ""
    counter: int = 0

    def make(self, options: dict[str, Any]) -> str:
        """What navigator.credentials.create gives for these options, as JSON."""
        asked = options["publicKey"]
        self.handle = asked["user"]["id"]
        public = ES256.from_cryptography_key(self.key.public_key())
        credential = AttestedCredentialData.create(Aaguid(b"\0" * 16), self.identifier, public)
        data = AuthenticatorData.create(self._rp(asked["rp"]["id"]), self._flags() | AT, self._count(), credential)
        response = {
            "clientDataJSON": websafe_encode(self._client("webauthn.create", asked["challenge"])),
            "attestationObject": websafe_encode(AttestationObject.create("none", data, {})),
        }
        return self._told(response)

    def use(self, options: dict[str, Any], **changes: Any) -> str:
        """What navigator.credentials.get gives for these options, as JSON; `changes` to what is signed."""
        asked = {**options["publicKey"], **changes}
        data = AuthenticatorData.create(self._rp(asked["rpId"]), self._flags(), self._count())
        client = self._client("webauthn.get", asked["challenge"])
        signed = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(SHA256()))
        response = {
            "clientDataJSON": websafe_encode(client),
            "authenticatorData": websafe_encode(data),
            "signature": websafe_encode(signed),
            "userHandle": changes.get("handle", self.handle),
        }
        return self._told(response)

    def _told(self, response: dict[str, str]) -> str:
        identifier = websafe_encode(self.identifier)
        return json.dumps({"id": identifier, "rawId": identifier, "type": "public-key", "response": response})

    def _client(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _rp(self, name: str) -> bytes:
        return hashlib.sha256(name.encode()).digest()

    def _flags(self) -> Any:
        return UP | UV if self.verifies else UP

    def _count(self) -> int:
        self.counter += 1
        return self.counter
