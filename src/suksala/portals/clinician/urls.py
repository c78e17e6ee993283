"""Addresses under /care/."""

from __future__ import annotations

from django.urls import path

from . import desk, enrolling, web

urlpatterns = [
    path("", web.find, name="care"),
    path("consent/", desk.enter, name="care-consent"),
    path("consent/<int:number>/", desk.wait, name="care-consent-wait"),
    path("<str:patient>/enrol/", enrolling.enrol_citizen, name="enrol-citizen"),
    path("<str:patient>/", web.patient_record, name="patient"),
    path("<str:patient>/representative/", desk.representative, name="care-representative"),
]
