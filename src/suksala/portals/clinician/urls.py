"""Addresses under /care/."""

from __future__ import annotations

from django.urls import path

from . import web

urlpatterns = [
    path("", web.find, name="care"),
    path("<str:patient>/", web.patient_record, name="patient"),
]
