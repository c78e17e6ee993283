"""Addresses under /me/."""

from __future__ import annotations

from django.urls import path

from . import emergency, looking, registrations, representatives, sharing, web

urlpatterns = [
    path("", web.my_record, name="me"),
    path("sharing/", sharing.sharing, name="sharing"),
    path("sharing/give/", sharing.give, name="sharing-give"),
    path("sharing/hide/", sharing.hide, name="sharing-hide"),
    path("sharing/desk/", sharing.desk, name="sharing-desk"),
    path("sharing/desk/<int:number>/", sharing.desk_wait, name="sharing-desk-wait"),
    path("sharing/desk/<int:number>/answer/", sharing.desk_answer, name="sharing-desk-answer"),
    path("sharing/<int:number>/", sharing.change, name="sharing-change"),
    path("sharing/<int:number>/stop/", sharing.stop, name="sharing-stop"),
    path("sharing/whose/", sharing.choose_record, name="choose-record"),
    path("sharing/people/", representatives.appoint, name="proxy-appoint"),
    path("sharing/people/code/", representatives.show, name="proxy-code"),
    path("sharing/people/<int:number>/end/", representatives.end, name="proxy-end"),
    path("sharing/people/<int:number>/agree/", representatives.agree, name="proxy-agree"),
    path("registrations/", registrations.registrations, name="my-registrations"),
    path("registrations/<str:registration>/", registrations.not_me, name="not-me"),
    path("emergency/", emergency.openings, name="emergency-openings"),
    path("emergency/<uuid:number>/certificate.json", emergency.certificate, name="deletion-certificate"),
    path("who-looked/", looking.who_looked, name="who-looked"),
    path("who-looked/proof.json", looking.proof, name="who-looked-proof"),
    path("who-looked/<str:on>/<str:key>/", looking.not_my_care, name="not-my-care"),
]
