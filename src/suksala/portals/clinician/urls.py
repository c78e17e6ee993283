"""Addresses under /care/."""

from __future__ import annotations

from django.urls import path

from . import cosigning, desk, emergency, enrolling, web

urlpatterns = [
    path("", web.find, name="care"),
    path("consent/", desk.enter, name="care-consent"),
    path("consent/<int:number>/", desk.wait, name="care-consent-wait"),
    path("<str:patient>/enrol/", enrolling.enrol_citizen, name="enrol-citizen"),
    path("emergency/", emergency.ask, name="emergency"),
    path("emergency/open", emergency.open_glass, name="emergency-open"),
    path("emergency/cosign/", cosigning.requests, name="emergency-cosign"),
    path("emergency/cosign/<uuid:number>/", cosigning.confirm, name="emergency-cosign-one"),
    path("emergency/<uuid:number>/", emergency.read, name="emergency-record"),
    path("emergency/<uuid:number>/more", emergency.widen, name="emergency-widen"),
    path("emergency/<uuid:number>/refresh", emergency.refresh, name="emergency-refresh"),
    path("emergency/<uuid:number>/end", emergency.end, name="emergency-end"),
    path("<str:patient>/", web.patient_record, name="patient"),
    path("<str:patient>/confirm/", web.ask_to_confirm, name="care-confirm"),
    path("<str:patient>/representative/", desk.representative, name="care-representative"),
]
