"""Addresses under /district/."""

from __future__ import annotations

from django.urls import path

from . import callers, web

urlpatterns = [
    path("", web.home, name="district"),
    path("figures.csv", web.home_csv, name="district-csv"),
    path("missing/", callers.missing, name="missing"),
    path("missing/<uuid:person>/", callers.person, name="missing-person"),
    path("<str:code>/", web.indicator, name="indicator"),
    path("<str:code>/figures.csv", web.indicator_csv, name="indicator-csv"),
    path("<str:code>/<str:hospcode>/", web.facility, name="indicator-facility"),
    path("<str:code>/<str:hospcode>/people/", web.people, name="indicator-people"),
]
