"""The address of the lists for agencies' systems."""

from __future__ import annotations

from django.urls import path

from . import web

urlpatterns = [path("lists/<str:name>", web.rows, name="lists-rows")]
