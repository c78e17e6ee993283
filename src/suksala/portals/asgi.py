"""The ASGI callable of the process that holds WebSockets open; pages and /fhir/ are WSGI (decision 0078)."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "suksala.foundation.django_settings")

import django

django.setup()  # loads the apps, so the exchange may be imported after it

from suksala.exchange import websocket_application as application  # noqa: E402

__all__ = ["application"]
