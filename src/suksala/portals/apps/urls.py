"""Addresses of the pages about apps."""

from __future__ import annotations

from django.urls import path

from . import web

urlpatterns = [
    path("oauth/authorize", web.authorize, name="authorize"),
    path("me/apps/", web.my_apps, name="my-apps"),
    path("me/apps/<int:number>/end", web.end_app, name="end-app"),
    path("care/<str:patient>/launch", web.launch, name="launch-app"),
]
