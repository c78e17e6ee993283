"""Addresses under /me/."""

from __future__ import annotations

from django.urls import path

from . import web

urlpatterns = [
    path("", web.my_record, name="me"),
    path("who-looked/", web.who_looked, name="who-looked"),
    path("who-looked/proof.json", web.proof, name="who-looked-proof"),
]
