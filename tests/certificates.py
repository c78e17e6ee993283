"""An issuer of certificates for tests, and the certificates that it vouches for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass(frozen=True)
class Pair:
    """Two PEM files."""

    certificate: Path
    key: Path


class Authority:
    """A root of its own, in a folder."""

    def __init__(self, folder: Path, name: str = "Made-up root") -> None:
        self.folder = folder
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self._key = ec.generate_private_key(ec.SECP256R1())
        root = self._build(self._name, self._key, timedelta(days=90))
        root = root.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        self.root = folder / f"{name}.pem".replace(" ", "-")
        self.root.write_bytes(root.sign(self._key, hashes.SHA256()).public_bytes(form.Encoding.PEM))

    def issue(self, host: str, ends_in: timedelta = timedelta(days=60)) -> Pair:
        """A certificate for a host name, ending so much later than now."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = self._build(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)]), key, ends_in)
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        pair = Pair(self.folder / f"{host}.pem", self.folder / f"{host}.key")
        pair.certificate.write_bytes(made.sign(self._key, hashes.SHA256()).public_bytes(form.Encoding.PEM))
        pair.key.write_bytes(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()))
        return pair

    def _build(
        self, subject: x509.Name, key: ec.EllipticCurvePrivateKey, ends_in: timedelta
    ) -> x509.CertificateBuilder:
        now = datetime.now(UTC)
        return (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - timedelta(days=100))
            .not_valid_after(now + ends_in)
        )
