"""What goes out to receivers: signed, to the address that was looked at, into no network that nobody named (T19)."""

from __future__ import annotations

import base64
import json
import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives import serialization as form
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from joserfc import jws, jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from suksala import signin
from suksala.exchange import service, subscription_storage
from suksala.foundation import reaching, settings
from suksala.foundation.settings import BadNetwork
from tests.record import Called
from tests.unit.exchange.test_subscriptions import Receiver, receiver, subscribed, token, told, wanted, weight
from tests.unit.exchange.test_writing import MALI, post, put

__all__ = ["receiver", "token"]
pytestmark = pytest.mark.django_db


def hosts(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """What the operator allows."""
    monkeypatch.setenv("SUKSALA_WEBHOOK_HOSTS", text)
    settings.forget()


def names(monkeypatch: pytest.MonkeyPatch, *answers: list[str]) -> list[str]:
    """What a name is told to be, answer after answer; the list fills with where lines were opened to."""
    left, opened = list(answers), []

    def looked_up(host: str, port: int, **_: Any) -> list[Any]:
        found = left.pop(0) if len(left) > 1 else left[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port)) for address in found]

    def connect(place: tuple[str, int], *_: Any) -> socket.socket:
        opened.append(place[0])
        raise ConnectionRefusedError

    monkeypatch.setattr(reaching.socket, "getaddrinfo", looked_up)
    monkeypatch.setattr(reaching.socket, "create_connection", connect)
    return opened


# ---- the signature --------------------------------------------------------------------------------------------------


def content(headers: dict[str, str], body: bytes) -> bytes:
    """What the signature of a notification is of."""
    return f"{headers['Webhook-Id']}.{headers['Webhook-Timestamp']}.".encode() + body


def is_ours(headers: dict[str, str], body: bytes) -> bool:
    """Whether a receiver that reads our published key takes a notification for ours (the how-to's lines)."""
    keys = KeySet.import_key_set(Client(headers={"Host": "localhost"}).get("/oauth/jwks").json())
    head, _, signature = headers["Webhook-Signature"].split(".")
    payload = base64.urlsafe_b64encode(content(headers, body)).rstrip(b"=").decode()
    try:
        jws.deserialize_compact(f"{head}.{payload}.{signature}", keys, algorithms=["ES384"])
    except JoseError:
        return False
    return True


def test_a_receiver_knows_that_we_tell_and_what(token: str, receiver: Receiver) -> None:
    """The handshake and each notification bear a name, the moment and a signature; one letter changed is not ours."""
    put(token, MALI)
    rid = subscribed(token, wanted(receiver))
    weight(token, "w1")
    told(rid)
    assert receiver.kinds == ["handshake", "event-notification"]
    for (headers, _), raw in zip(receiver.got, receiver.raw, strict=True):
        assert is_ours(headers, raw)
        assert not is_ours(headers, raw + b" ")
        assert not is_ours({**headers, "Webhook-Timestamp": str(int(headers["Webhook-Timestamp"]) + 1)}, raw)
        assert not is_ours({**headers, "Webhook-Id": headers["Webhook-Id"] + "0"}, raw)
    assert [headers["Webhook-Id"] for headers, _ in receiver.got] == [f"{rid}-1-0", f"{rid}-1-1"]


def test_what_is_told_again_bears_the_same_name(token: str, receiver: Receiver) -> None:
    """So that a receiver that keeps names takes each once; moment and signature are of the new try."""
    put(token, MALI)
    rid = subscribed(token, wanted(receiver))
    [state] = subscription_storage.states([rid])
    first, again = (signin.webhook_headers(f"{rid}-{state.begun}-7", b"{}") for _ in range(2))
    assert first["Webhook-Id"] == again["Webhook-Id"]


@pytest.mark.parametrize("name", ["Webhook-Signature", "webhook-signature", "WEBHOOK-ID", "Webhook-Timestamp"])
def test_a_subscriber_cannot_write_our_headers(token: str, receiver: Receiver, name: str) -> None:
    """However it is spelt: two of a name would leave it to the receiver which it believes. Nothing is kept."""
    body = wanted(receiver)
    body["channel"]["header"] = [f"{name}: a..b"]
    assert post(token, body).status == 422
    assert subscription_storage.states() == []


def test_a_signed_message_is_no_id_token(token: str) -> None:
    """Its type says so, and its content is no JSON: no app takes it for who signed in."""
    signature = signin.sign_message(b'{"iss":"http://localhost","sub":"x"}')
    head = json.loads(base64.urlsafe_b64decode(signature.split(".")[0] + "=="))
    assert head["typ"] == "suksala-message"
    keys = KeySet.import_key_set(Client(headers={"Host": "localhost"}).get("/oauth/jwks").json())
    with pytest.raises((JoseError, ValueError)):
        jwt.decode(signature, keys, algorithms=["ES384"])


# ---- where it goes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("203.0.114.1", True),
        ("2400:cb00::1", True),
        ("127.0.0.1", False),
        ("127.8.8.8", False),
        ("0.0.0.0", False),  # noqa: S104 - never bound, asked about
        ("10.0.0.1", False),
        ("172.16.0.1", False),
        ("172.32.0.1", True),
        ("192.168.1.1", False),
        ("100.64.0.1", False),
        ("169.254.169.254", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::", False),
        ("::1", False),
        ("fe80::1", False),
        ("fd00::1", False),
        ("ff02::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:169.254.169.254", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
    ],
)
def test_which_addresses_are_public(address: str, public: bool) -> None:
    """Loopback, private, link-local, shared, multicast, and IPv6 that only wraps one of those, are not."""
    assert reaching.may_reach(ip_address(address), None) is public


@pytest.mark.parametrize(
    "address",
    ["127.0.0.1", "localhost", "0", "[::]", "[::1]", "2130706433", "0x7f000001", "0177.0.0.1", "127.1",
     "169.254.169.254", "his.example@127.0.0.1", "127.0.0.1#his.example", "his.example.evil.example"],
)  # fmt: skip
def test_an_endpoint_that_the_operator_did_not_name_is_refused(
    token: str, monkeypatch: pytest.MonkeyPatch, receiver: Receiver, address: str
) -> None:
    """However an address is written: only the letters that the operator wrote count. Nothing is kept."""
    hosts(monkeypatch, "his.example")
    body = wanted(receiver)
    body["channel"]["endpoint"] = f"http://{address}/hook"
    assert post(token, body).status == 422
    assert subscription_storage.states() == []


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.5", "169.254.169.254", "::1"])
def test_a_name_that_leads_into_a_network_is_not_reached(
    token: str, monkeypatch: pytest.MonkeyPatch, receiver: Receiver, address: str
) -> None:
    """Also when one of several addresses is public: no line is opened, and the subscriber reads why."""
    hosts(monkeypatch, "his.example")
    opened = names(monkeypatch, ["203.0.114.1", address])
    body = wanted(receiver)
    body["channel"]["endpoint"] = "https://his.example/hook"
    rid = subscribed(token, body)
    assert opened == []
    [state] = subscription_storage.states([rid])
    assert (state.status, state.error) == ("requested", "address-not-allowed")


def test_a_name_that_changes_its_answer_reaches_what_was_looked_at(
    token: str, monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    """DNS rebinding: public when looked at, our own network a moment later."""
    hosts(monkeypatch, "his.example")
    opened = names(monkeypatch, ["203.0.114.1"], ["127.0.0.1"])
    body = wanted(receiver)
    body["channel"]["endpoint"] = "https://his.example/hook"
    subscribed(token, body)
    assert opened == ["203.0.114.1"]


def test_a_receiver_elsewhere_is_told_over_tls_only(
    token: str, monkeypatch: pytest.MonkeyPatch, receiver: Receiver
) -> None:
    """Also in the network that the operator named: what is told of people does not travel in clear. Nothing is kept."""
    hosts(monkeypatch, "lab.local=10.0.0.0/8")
    opened = names(monkeypatch, ["10.1.2.3"])
    body = wanted(receiver)
    body["channel"]["endpoint"] = "http://lab.local/hook"
    answer = post(token, body)
    assert (answer.status, "https" in str(answer.json)) == (422, True)
    assert (subscription_storage.states(), opened) == ([], [])


@pytest.mark.parametrize(
    ("allowed", "answer", "reached"),
    [
        ("lab.local:8443=10.0.0.0/8", "10.1.2.3", True),
        ("lab.local:8443=10.0.0.0/8", "192.168.1.1", False),
        ("lab.local:8443=10.0.0.0/8", "203.0.114.1", False),
        ("lab.local:8443", "10.1.2.3", False),
    ],
)
def test_a_receiver_of_the_own_network_stands_in_the_network_that_was_named(
    token: str, monkeypatch: pytest.MonkeyPatch, receiver: Receiver, allowed: str, answer: str, reached: bool
) -> None:
    """And nowhere else: not in another network, not outside."""
    hosts(monkeypatch, allowed)
    opened = names(monkeypatch, [answer])
    body = wanted(receiver)
    body["channel"]["endpoint"] = "https://lab.local:8443/hook"
    subscribed(token, body)
    assert opened == ([answer] if reached else [])


@pytest.mark.parametrize("text", ["lab.local=10.0.0.0/33", "lab.local=everywhere", "lab.local=10.0.0.1/8"])
def test_a_network_that_is_none_is_told(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """A typing error opens nothing."""
    hosts(monkeypatch, text)
    with pytest.raises(BadNetwork):
        settings.current()
    monkeypatch.undo()
    settings.forget()


def test_an_address_stands_for_itself() -> None:
    """What the operator wrote as an address is that one alone."""
    network = reaching.network_of(urlsplit("http://10.0.0.5:8443/hook"), {"10.0.0.5:8443": ""})
    assert [reaching.may_reach(ip_address(f"10.0.0.{n}"), network) for n in (4, 5, 6)] == [False, True, False]


def certificate(name: str, place: Path) -> Path:
    """A certificate that nobody vouches for, with its key, in one file."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption())
    place.write_bytes(pem + made.public_bytes(form.Encoding.PEM))
    return place


def test_a_receiver_whose_certificate_nobody_vouches_for_is_told_nothing(
    token: str, monkeypatch: pytest.MonkeyPatch, receiver: Receiver, tmp_path: Path
) -> None:
    """The line is pinned to an address, the certificate is the name's all the same; vouched for, it is told."""
    pem = certificate("his.example", tmp_path / "receiver.pem")
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(pem)
    receiver.socket = serving.wrap_socket(receiver.socket, server_side=True)
    place = f"his.example:{receiver.server_port}"
    hosts(monkeypatch, f"{place}=127.0.0.0/8")
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", receiver.server_port))]
    monkeypatch.setattr(reaching.socket, "getaddrinfo", lambda *_, **__: found)
    body = wanted(receiver)
    body["channel"]["endpoint"] = f"https://{place}/hook"
    rid = subscribed(token, body)
    [state] = subscription_storage.states([rid])
    assert (state.status, state.error, receiver.got) == ("requested", "unreachable", [])
    trusting = ssl.create_default_context(cafile=str(pem))
    monkeypatch.setattr(reaching.ssl, "create_default_context", lambda: trusting)
    service.deliver(rid)
    assert receiver.kinds == ["handshake"]


# ---- what comes in --------------------------------------------------------------------------------------------------


def test_no_door_takes_what_nobody_signed() -> None:
    """Nothing is told to us by webhooks: the only addresses that take posts from other sites are OAuth's, where clients
    prove themselves, and the witness's, whose checkpoints are signed. Who adds another must check its signature, and
    name it here.
    """
    found: set[str] = set()

    def walk(patterns: list[Any], before: str = "") -> None:
        for one in patterns:
            if isinstance(one, URLResolver):
                walk(one.url_patterns, before + str(one.pattern))
            elif isinstance(one, URLPattern) and getattr(one.callback, "csrf_exempt", False):
                found.add(before + str(one.pattern))

    walk(get_resolver().url_patterns)
    assert found == {"oauth/token", "oauth/introspect", "oauth/revoke", "audit/add-checkpoint", "lists/<str:name>"}
    for path in ("/fhir/Observation", "/lists/cases"):
        assert Called("POST", path, body=b"{}").status == 401


def test_nothing_is_sent_for_a_client_that_was_ended(token: str, receiver: Receiver) -> None:
    """The line is not opened."""
    put(token, MALI)
    rid = subscribed(token, wanted(receiver))
    weight(token, "w1")
    signin.revoke_client("his", actor="system:operator")
    service.deliver(rid)
    assert receiver.kinds == ["handshake"]
    assert signin.client_named("his") is None
