"""Addresses under /desk/."""

from __future__ import annotations

from django.urls import path

from . import web

urlpatterns = [
    path("", web.find, name="desk"),
    path("<str:patient>/", web.registration, name="desk-registration"),
]
