"""What tests of text messages share: a gateway that is set up, and a citizen with a number."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from suksala import signin
from suksala.foundation import settings
from suksala.signin import sms
from suksala.signin.models import Account
from tests.authenticator import Authenticator
from tests.sms_gateway import TOKEN, FakeGateway, served
from tests.unit.signin.test_citizens import clerk, mali, telephone

NUMBER, OTHER_NUMBER = "0004152635", "0009182736"  # made up: no number of Thailand begins with 000


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeGateway]:
    """One that the operator set up."""
    with served() as running:
        monkeypatch.setenv("SUKSALA_SMS_GATEWAY", running.address)
        monkeypatch.setenv("SUKSALA_SMS_TOKEN", TOKEN)
        settings.forget()
        yield running
    settings.forget()


def citizen() -> Account:
    """The one citizen of a test."""
    return Account.objects.get(role="citizen")


def with_number(gateway: FakeGateway, number: str = NUMBER) -> tuple[Client, Authenticator]:
    """Mali's own telephone, with a passkey and her number."""
    client, phone = telephone(signin.enrol_citizen(mali(), by=clerk()))
    keep(client, gateway, number)
    return client, phone


def keep(client: Client, gateway: FakeGateway, number: str = NUMBER) -> None:
    """Leave a number on the account's page."""
    assert client.post("/account/telephone", {"number": number}).status_code == 302
    sms.send_due()
    assert client.post("/account/telephone/code", {"code": gateway.code()}).status_code == 302


def ask(client: Client) -> None:
    """Press the button that has a code sent."""
    answer = client.post("/signin/sms")
    assert (answer.status_code, answer.headers["Location"]) == (302, "/signin/sms/code")
    sms.send_due()


def enter(client: Client, code: str) -> int:
    """Type a code; the status of the answer."""
    return client.post("/signin/sms/code", {"code": code}).status_code
