"""The FHIR application alone, for the read benchmark: what `portals.wsgi` puts in front of Django."""

from __future__ import annotations

import django

django.setup()

from suksala.exchange import fhir_application as application  # noqa: E402 - Django first

__all__ = ["application"]
