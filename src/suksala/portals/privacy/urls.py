"""Addresses under /privacy/."""

from __future__ import annotations

from django.urls import path

from . import web

urlpatterns = [
    path("", web.today, name="privacy"),
]
