"""Addresses of the reader's account."""

from __future__ import annotations

from django.urls import path

from . import web

urlpatterns = [
    path("", web.overview, name="account"),
    path("prove/", web.prove, name="prove"),
    path("switch", web.switch_user, name="switch-user"),
    path("sessions/<int:number>/end", web.end_session, name="end-session"),
]
