"""Addresses under /privacy/."""

from __future__ import annotations

from django.urls import path

from . import duties, web

urlpatterns = [
    path("", web.today, name="privacy"),
    path("processing/", duties.processing, name="processing"),
    path("breaches/", duties.breaches, name="breaches"),
    path("breaches/new/", duties.new, name="new-breach"),
    path("breaches/<int:number>/", duties.breach, name="breach"),
    path("breaches/<int:number>/draft.txt", duties.report, name="breach-report"),
]
