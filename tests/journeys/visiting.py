"""Visitors of the pages, in Django's own client: how they come in, and read."""

from __future__ import annotations

from django.test import Client

from suksala import signin


def signed_in(login: str) -> Client:
    """Somebody with a session; nobody asked how it began."""
    client = Client()
    client.force_login(signin.demo_account(login))
    return client


def came_in(login: str) -> Client:
    """Somebody who came in as a visitor of the demo does, who they are just proven, on a device that need not
    wait.
    """
    client = Client()
    assert client.post("/demo-signin", {"login": login}).status_code == 302
    return client


def text(client: Client, address: str) -> str:
    """A page that opens, as it is sent."""
    answer = client.get(address)
    assert answer.status_code == 200, address
    return answer.content.decode()
